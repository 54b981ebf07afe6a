//! Lines of quotes and checkout sessions: prices and quantities that are offered, not yet billed.

use serde_json::{Map, Value, json};

use super::price;
use super::price_cost::cost;
use super::subscription_items::{check_active, join};
use super::{check_lacks, product, set, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::store::Index;

pub const KIND: &str = "item";

/// The lines that were sent, in order, not yet stored.
pub fn new(account: &mut Account, sent: &[Value], lacks: &str) -> Result<Vec<Value>> {
    let mut items: Vec<Value> = Vec::new();
    for (place, sent) in sent.iter().enumerate() {
        let at = format!("line_items[{place}]");
        check_lacks(sent, &at, lacks)?;
        let price = priced(account, sent, &at)?;
        if items.first().is_some_and(|first| first["currency"] != price["currency"]) {
            return Err(ApiError::invalid("All lines have one currency.").param(&join(&at, "price")));
        }
        let quantity = sent["quantity"].as_i64().unwrap_or(1);
        if quantity < 0 {
            return Err(ApiError::invalid("A quantity is not negative.")
                .code("parameter_invalid_integer")
                .param(&join(&at, "quantity")));
        }
        let product = account.store.get("product", text(&price, "product")).unwrap_or_default();
        let amount = cost(account, &price, quantity);
        items.push(json!({
            "id": account.new_id("li"),
            "object": KIND,
            "adjustable_quantity": null,
            "amount_discount": 0,
            "amount_subtotal": amount,
            "amount_tax": 0,
            "amount_total": amount,
            "currency": price["currency"],
            "description": product["name"],
            "metadata": {},
            "price": price,
            "quantity": quantity,
        }));
    }
    check_intervals(&items)?;
    Ok(items)
}

fn priced(account: &mut Account, sent: &Value, at: &str) -> Result<Value> {
    let param = join(at, "price");
    match (sent["price"].as_str(), sent["price_data"].as_object()) {
        (Some(_), Some(_)) => {
            Err(ApiError::invalid("price and price_data exclude each other: send one of them.")
                .code("parameters_exclusive")
                .param(&param))
        }
        (Some(id), None) => {
            let price = account.refer("price", id, &param)?;
            check_active(&price, &param)?;
            Ok(price)
        }
        (None, Some(data)) => inline(account, data.clone(), &join(at, "price_data")),
        (None, None) => Err(ApiError::required(&param)),
    }
}

/// A price made for one line, and where it is described the product too.
fn inline(account: &mut Account, mut data: Map<String, Value>, at: &str) -> Result<Value> {
    match (data.contains_key("product"), data.shift_remove("product_data")) {
        (true, Some(_)) => {
            return Err(ApiError::invalid("product and product_data exclude each other: send one of them.")
                .code("parameters_exclusive")
                .param(&join(at, "product")));
        }
        (false, None) => return Err(ApiError::required(&join(at, "product"))),
        (false, Some(Value::Object(described))) => {
            let described = Params(described);
            let name = described.text("name").unwrap_or_default();
            let mut product = product::new(account, None, name);
            set(&mut product, &described, "description images metadata tax_code unit_label");
            data.insert("product".to_owned(), product["id"].clone());
            account.store.put(product);
        }
        _ => {}
    }
    price::inline(account, &data, at)
}

fn check_intervals(items: &[Value]) -> Result<()> {
    let mut intervals = items.iter().filter(|item| is_recurring(item)).map(|item| {
        let recurring = &item["price"]["recurring"];
        (&recurring["interval"], &recurring["interval_count"])
    });
    match intervals.next() {
        Some(first) if !intervals.all(|other| other == first) => {
            Err(ApiError::invalid("All recurring prices have one interval.").param("line_items"))
        }
        _ => Ok(()),
    }
}

pub fn is_recurring(item: &Value) -> bool {
    item["price"]["type"] == "recurring"
}

/// What lines come to.
pub fn total<'a>(items: impl Iterator<Item = &'a Value>) -> i64 {
    items.filter_map(|item| item["amount_total"].as_i64()).fold(0, i64::saturating_add)
}

/// The lines of an object, in the order in which they are shown.
pub fn of(account: &Account, holder: &str) -> Vec<Value> {
    account.store.all(&Index::under(KIND, holder)).rev().collect()
}

/// Stores lines in place of earlier ones.
pub fn replace(account: &mut Account, holder: &str, items: Vec<Value>) {
    for item in of(account, holder) {
        account.store.remove(text(&item, "id"));
    }
    // Lists are newest first, so the first line is the last to arrive.
    for item in items.into_iter().rev() {
        account.store.put_under(holder, item);
    }
}

/// The parameters `items` and `add_invoice_items` of a subscription to these lines.
pub fn subscribing(items: &[Value]) -> [(String, Value); 2] {
    // A price that was made for one line is not active, so it is handed over itself.
    let sent = |item: &Value| json!({"price": item["price"], "quantity": item["quantity"]});
    let of = |recurring: bool| -> Value {
        items.iter().filter(|item| is_recurring(item) == recurring).map(sent).collect()
    };
    [("items".to_owned(), of(true)), ("add_invoice_items".to_owned(), of(false))]
}
