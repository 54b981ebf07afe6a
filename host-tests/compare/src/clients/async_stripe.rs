//! The client that most programs in Rust use, as it is by default.

use futures_util::{StreamExt, future};
use host_tests::canned::PAGE;
use host_tests::stage::KEY;
use stripe::ClientBuilder;
use stripe_core::Customer;
use stripe_core::customer::{CreateCustomer, ListCustomer, RetrieveCustomer, RetrieveCustomerReturned};

use crate::drive::Client;

#[derive(Clone)]
pub struct AsyncStripe(stripe::Client);

impl AsyncStripe {
    pub fn new(url: &str) -> Self {
        Self(ClientBuilder::new(KEY).url(format!("{url}/")).build().expect("a client"))
    }

    /// Looks at all customers and answers how many are wanted.
    async fn count(&self, wanted: impl Fn(&Customer) -> bool + Send + Sync) -> usize {
        let customers = ListCustomer::new().limit(PAGE as i64).paginate().stream(&self.0);
        let found = customers.filter(|customer| {
            let customer = customer.as_ref().expect("a customer");
            future::ready(wanted(customer))
        });
        found.count().await
    }
}

impl Client for AsyncStripe {
    async fn retrieve(&self) {
        let found = RetrieveCustomer::new("cus_00000000000000").send(&self.0).await.expect("a customer");
        assert!(matches!(found, RetrieveCustomerReturned::Customer(_)));
    }

    async fn create(&self) {
        let metadata = [("plan".to_owned(), "gold".to_owned())];
        let customer = CreateCustomer::new().name("Jenny Rosen").email("jenny@example.com");
        customer.metadata(metadata).send(&self.0).await.expect("a customer");
    }

    async fn list(&self) -> usize {
        self.count(|_| true).await
    }

    async fn filter(&self) -> usize {
        let gold = |customer: &Customer| {
            customer
                .metadata
                .as_ref()
                .and_then(|metadata| metadata.get("plan"))
                .is_some_and(|plan| plan == "gold")
        };
        let jenny =
            |customer: &Customer| customer.name.as_ref().is_some_and(|name| name.starts_with("Jenny"));
        self.count(|customer| gold(customer) && jenny(customer)).await
    }
}
