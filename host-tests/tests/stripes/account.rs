//! What a case is given: the component in front of one Stripe.

use std::sync::atomic::{AtomicU32, Ordering};

use host_tests::stage::{builder, connector, failure, none, parse, rows};
use host_tests::stripes::Stripe;
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, Failure, Query};
use stripe_connector_host::{Connector, FixedSecrets};

pub struct Account {
    pub stripe: Stripe,
    pub connector: Connector,
    url: String,
}

impl Account {
    pub fn new(stripe: Stripe, url: &str) -> Self {
        Self { stripe, connector: connector(url, &[]), url: url.to_owned() }
    }

    /// The same with a key that no Stripe has given out.
    pub fn with_a_wrong_key(&self) -> Connector {
        let builder = builder(&[("api_base", self.url.as_str())]);
        builder.secrets(FixedSecrets::key("no-key-of-stripes")).build().expect("a connector")
    }

    /// Creates an object and answers its row.
    pub async fn create(&self, entity: &str, fields: Value) -> Value {
        let change = self.connector.create(entity, &fields.to_string(), &none()).await;
        parse(&change.unwrap_or_else(|error| panic!("create {entity} {fields}: {error}")).fields)
    }

    /// What Stripe refuses to create.
    pub async fn refused(&self, entity: &str, fields: Value) -> Failure {
        failure(self.connector.create(entity, &fields.to_string(), &none()).await)
    }

    /// A whole row.
    pub async fn get(&self, entity: &str, id: &str) -> Value {
        let row = self.connector.get(entity, Some(id), None, false, &none()).await;
        parse(&row.unwrap_or_else(|error| panic!("get {entity} {id}: {error}")).fields)
    }

    /// Changes an object and answers its row.
    pub async fn update(&self, entity: &str, id: &str, fields: Value) -> Value {
        let change = self.connector.update(entity, Some(id), &fields.to_string(), &none()).await;
        parse(&change.unwrap_or_else(|error| panic!("update {entity} {id} {fields}: {error}")).fields)
    }

    pub async fn delete(&self, entity: &str, id: &str) -> Value {
        let change = self.connector.delete(entity, Some(id), &none()).await;
        parse(&change.unwrap_or_else(|error| panic!("delete {entity} {id}: {error}")).fields)
    }

    /// Every row that a filter selects, or every row there is, read page by page to the end.
    pub async fn list(&self, entity: &str, filter: Option<&str>, page_size: u32) -> Vec<Value> {
        let filter = filter.map(str::to_owned);
        let mut query = Query { filter, page_size: Some(page_size), ..Query::new(entity) };
        let mut all = Vec::new();
        loop {
            let page = self.connector.list(&query, &none()).await;
            let page = page.unwrap_or_else(|error| panic!("list {entity} {:?}: {error}", query.filter));
            all.extend(rows(&page));
            query.page_token = page.next_page_token;
            if query.page_token.is_none() {
                return all;
            }
        }
    }

    /// The ids of the rows that a filter selects.
    pub async fn ids(&self, entity: &str, filter: &str) -> Vec<String> {
        self.list(entity, Some(filter), 100).await.iter().map(id).collect()
    }

    /// The lines of an invoice, which have no list but within it.
    pub async fn lines(&self, invoice: &str) -> Vec<Value> {
        let parents = Some(vec![("InvoiceId".to_owned(), invoice.to_owned())]);
        let options = CallOptions { parents, ..none() };
        let page = self.connector.list(&Query::new("InvoiceLineItem"), &options).await;
        rows(&page.unwrap_or_else(|error| panic!("the lines of {invoice}: {error}")))
    }

    /// Runs an action and answers the object's row.
    pub async fn run(&self, action: &str, parameters: Value) -> Value {
        let outcome = self.connector.execute(action, &parameters.to_string(), &none()).await;
        parse(&outcome.unwrap_or_else(|error| panic!("{action} {parameters}: {error}")).object)
    }

    /// A customer whose default payment method pays.
    pub async fn paying_customer(&self) -> String {
        let customer = id(&self.create("Customer", json!({ "Email": email() })).await);
        let attach = json!({"PaymentMethodId": "pm_card_visa", "CustomerId": customer});
        let method = id(&self.run("AttachPaymentMethodToCustomer", attach).await);
        let default = json!({ "InvoiceSettingsDefaultPaymentMethod": method });
        self.update("Customer", &customer, default).await;
        customer
    }
}

/// With a caller's own idempotency key.
pub fn keyed(key: &str) -> CallOptions {
    CallOptions { idempotency_key: Some(key.to_owned()), ..none() }
}

pub fn id(row: &Value) -> String {
    row["Id"].as_str().unwrap_or_else(|| panic!("a row has an id: {row}")).to_owned()
}

/// An address that no other customer has.
pub fn email() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("customer-{}@example.com", COUNT.fetch_add(1, Ordering::Relaxed))
}
