//! The connector in its host, or another component in its place.

use std::path::Path;

use host_tests::canned::{FILTER, share};
use host_tests::stage::{KEY, none};
use serde_json::Value;
use stripe_connector_host::contract::{Page, Query};
use stripe_connector_host::{Connector, FixedSecrets, Reuse, Runtime, Unlimited};

use crate::drive::Client;
use crate::run::kept;

/// The most that a page has.
const PAGE_SIZE: u32 = 200;

#[derive(Clone)]
pub struct Ours(pub Connector);

impl Ours {
    pub fn new(component: &[u8], url: &str, roots: Option<&Path>, reuse: Reuse, callers: usize) -> Self {
        let runtime = Runtime::cached(component, &kept()).expect("the component is usable");
        let mut connector = Connector::builder()
            .runtime(runtime)
            .settings([("api_base".to_owned(), url.to_owned())])
            .secrets(FixedSecrets::key(KEY))
            .throttle(Unlimited)
            .reuse(reuse)
            .max_instances(callers);
        if let Some(roots) = roots {
            connector = connector.extra_roots(std::fs::read(roots).expect("a certificate"));
        }
        Self(connector.build().expect("a connector"))
    }

    /// The sum of what all pages of a query count.
    async fn pages(&self, filter: Option<String>, count: impl Fn(&Page) -> usize) -> usize {
        let mut query = Query { page_size: Some(PAGE_SIZE), filter, ..Query::new("Customer") };
        let mut sum = 0;
        loop {
            let page = self.0.list(&query, &none()).await.expect("a page");
            sum += count(&page);
            let Some(token) = page.next_page_token else { return sum };
            query.page_token = Some(token);
        }
    }

    async fn found(&self, filter: String) -> usize {
        let rows = |page: &Page| serde_json::from_str::<Vec<Value>>(&page.rows).expect("rows").len();
        self.pages(Some(filter), rows).await
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
        self.pages(None, |page| page.scanned as usize).await
    }

    async fn filter(&self) -> usize {
        self.found(FILTER.to_owned()).await
    }

    async fn share(&self, percent: usize) -> usize {
        self.found(share(percent)).await
    }

    fn linear_memory(&self) -> Option<usize> {
        Some(self.0.memory())
    }
}
