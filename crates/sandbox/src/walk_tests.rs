//! A walk through the resources, after which every object has Stripe's shape.

use serde_json::Value;

use crate::conform::violations;
use crate::record::Request;
use crate::world::World;

/// A world that is spoken to without a network.
#[derive(Default)]
pub struct Direct(pub World);

impl Direct {
    /// The status and the body of an answer.
    pub fn send(&mut self, method: &str, path: &str, form: &str) -> (u16, Value) {
        let (query, body) = if method == "POST" { ("", form) } else { (form, "") };
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: body.to_owned(),
            bytes: body.to_owned().into(),
            status: 0,
            fault: None,
        };
        let (answer, _) = self.0.answer(&request, Some("Bearer sk_test_filler"));
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    pub fn post(&mut self, path: &str, form: &str) -> String {
        let (status, body) = self.send("POST", path, form);
        assert_eq!(status, 200, "{path} {form}: {body}");
        body["id"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn what_is_made_has_stripes_shape() {
    let mut stripe = Direct::default();
    let product = stripe.post("/v1/products", "name=P&images[0]=https://example.com/p.png");
    let price = stripe.post("/v1/prices", &format!("product={product}&currency=usd&unit_amount=500"));
    let monthly = format!("product={product}&currency=usd&unit_amount=500&recurring[interval]=month");
    let monthly = stripe.post("/v1/prices", &monthly);
    let customer = stripe.post(
        "/v1/customers",
        "name=A&email=a@example.com&address[city]=P&shipping[name]=A&shipping[address][line1]=1&source=tok_visa",
    );
    let method = stripe.post("/v1/payment_methods/pm_card_visa/attach", &format!("customer={customer}"));
    let paying = format!(
        "amount=1000&currency=usd&customer={customer}&payment_method={method}&confirm=true&payment_method_types[]=card"
    );
    stripe.post("/v1/payment_intents", &paying);
    stripe.post("/v1/payment_intents", &format!("{paying}&capture_method=manual"));
    stripe.post(
        "/v1/payment_intents",
        "amount=1000&currency=usd&payment_method=pm_card_threeDSecure2Required&confirm=true&payment_method_types[]=card",
    );
    stripe.send(
        "POST",
        "/v1/payment_intents",
        "amount=1000&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true&payment_method_types[]=card",
    );
    stripe.post("/v1/invoiceitems", &format!("customer={customer}&pricing[price]={price}&quantity=2"));
    let including = format!("customer={customer}&pending_invoice_items_behavior=include&description=D");
    let invoice = stripe.post("/v1/invoices", &including);
    stripe.post(&format!("/v1/invoices/{invoice}/finalize"), "");
    let lines = format!("line_items[0][price]={price}&line_items[1][price]={monthly}");
    let quote = stripe.post("/v1/quotes", &format!("customer={customer}&{lines}"));
    stripe.post(&format!("/v1/quotes/{quote}/finalize"), "");
    stripe.post(&format!("/v1/quotes/{quote}/accept"), "");
    let clock = stripe.post("/v1/test_helpers/test_clocks", "frozen_time=1577836800&name=T");
    stripe.post(&format!("/v1/test_helpers/test_clocks/{clock}/advance"), "frozen_time=1577836801");
    let simulated = stripe.post("/v1/customers", &format!("test_clock={clock}&source=tok_visa"));
    stripe.post("/v1/subscriptions", &format!("customer={simulated}&items[0][price]={monthly}"));
    stripe.post("/v1/invoiceitems", &format!("customer={simulated}&pricing[price]={price}"));
    stripe.post("/v1/payment_methods", "type=custom&custom[type]=cpmt_1");
    for owner in ["self", "account&owner[account]=acct_1"] {
        stripe.post("/v1/tax_ids", &format!("type=eu_vat&value=DE123456789&owner[type]={owner}"));
    }
    let wrong: Vec<String> =
        stripe.0.platform().store.everything().flat_map(|object| violations(&object)).collect();
    assert!(wrong.is_empty(), "{:#?}", wrong);
}
