//! The connector in its host.

use host_tests::canned::FILTER;
use host_tests::stage::{KEY, none};
use serde_json::Value;
use stripe_connector_host::contract::Query;
use stripe_connector_host::{COMPONENT, Connector, FixedSecrets, Reuse, Runtime, Unlimited};

use crate::drive::Client;
use crate::kept;

/// The most that a page has.
const PAGE_SIZE: u32 = 200;

#[derive(Clone)]
pub struct Ours(pub Connector);

impl Ours {
    pub fn new(url: &str, reuse: Reuse, callers: usize) -> Self {
        let runtime = Runtime::cached(COMPONENT, &kept()).expect("the embedded component is usable");
        let connector = Connector::builder()
            .runtime(runtime)
            .settings([("api_base".to_owned(), url.to_owned())])
            .secrets(FixedSecrets::key(KEY))
            .throttle(Unlimited)
            .reuse(reuse)
            .max_instances(callers);
        Self(connector.build().expect("a connector"))
    }

    /// All pages of a query: rows, and objects that were looked at.
    async fn pages(&self, mut query: Query) -> (Vec<String>, usize) {
        let (mut rows, mut scanned) = (Vec::new(), 0);
        loop {
            let page = self.0.list(&query, &none()).await.expect("a page");
            scanned += page.scanned as usize;
            rows.push(page.rows);
            let Some(token) = page.next_page_token else { return (rows, scanned) };
            query.page_token = Some(token);
        }
    }
}

impl Client for Ours {
    async fn retrieve(&self) {
        self.0.get("Customer", Some("cus_00000000000000"), None, false, &none()).await.expect("a row");
    }

    async fn create(&self) {
        let fields = r#"{"Name": "Jenny Rosen", "Email": "jenny@example.com", "Metadata": {"plan": "gold"}}"#;
        self.0.create("Customer", fields, &none()).await.expect("a customer");
    }

    async fn list(&self) -> usize {
        let query = Query { page_size: Some(PAGE_SIZE), ..Query::new("Customer") };
        self.pages(query).await.1
    }

    async fn filter(&self) -> usize {
        let filter = Some(FILTER.to_owned());
        let query = Query { page_size: Some(PAGE_SIZE), filter, ..Query::new("Customer") };
        let (pages, _) = self.pages(query).await;
        let rows = pages.iter().map(|rows| serde_json::from_str::<Vec<Value>>(rows).expect("rows").len());
        rows.sum()
    }
}
