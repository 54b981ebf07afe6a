//! `expand`: ids replaced by their objects, and lists that are left out unless asked for.
//!
//! Paths are checked against a table before anything happens, so that a wrong one changes nothing.

use serde_json::{Map, Value};

use crate::check::{Kind, Table};
use crate::error::{ApiError, Result};
use crate::list::embedded;
use crate::route::Gives;
use crate::store::{Index, Store};

/// What every endpoint takes that answers with objects.
pub const EXPAND: Table = &[(Kind::List(&Kind::Text), "expand")];

const MAX_LEVELS: usize = 4;

#[derive(Debug, Clone, Copy)]
enum Target {
    /// An id, or a list of ids, of objects of this kind.
    One(&'static str),
    /// A list of objects of this kind, which belong to the object that shows it.
    List(&'static str),
    /// A value kept aside.
    Hidden,
}

use Target::{Hidden, List, One};

/// The fields of a kind that can be expanded. Kinds that the sandbox does not keep are here too:
/// asking for them is right, there is just nothing to put in.
fn fields(kind: &str) -> &'static [(&'static str, Target)] {
    match kind {
        "customer" => &[
            ("default_source", One("card")),
            ("invoice_settings.default_payment_method", One("payment_method")),
            ("sources", List("card")),
            ("subscriptions", List("subscription")),
            ("tax_ids", List("tax_id")),
            ("test_clock", One("test_helpers.test_clock")),
        ],
        "payment_intent" => &[
            ("application", One("application")),
            ("customer", One("customer")),
            ("latest_charge", One("charge")),
            ("on_behalf_of", One("account")),
            ("payment_method", One("payment_method")),
            ("review", One("review")),
            ("transfer_data.destination", One("account")),
        ],
        "charge" => &[
            ("application", One("application")),
            ("application_fee", One("application_fee")),
            ("balance_transaction", One("balance_transaction")),
            ("customer", One("customer")),
            ("failure_balance_transaction", One("balance_transaction")),
            ("on_behalf_of", One("account")),
            ("payment_intent", One("payment_intent")),
            ("refunds", List("refund")),
            ("review", One("review")),
            ("source_transfer", One("transfer")),
            ("transfer", One("transfer")),
            ("transfer_data.destination", One("account")),
        ],
        "payment_method" => &[("customer", One("customer"))],
        "product" => &[("default_price", One("price")), ("tax_code", One("tax_code"))],
        "price" => &[("currency_options", Hidden), ("product", One("product")), ("tiers", Hidden)],
        "invoice" => &[
            ("account_tax_ids", One("tax_id")),
            ("application", One("application")),
            ("customer", One("customer")),
            ("default_payment_method", One("payment_method")),
            ("default_source", One("card")),
            ("discounts", One("discount")),
            ("from_invoice.invoice", One("invoice")),
            ("latest_revision", One("invoice")),
            ("lines", List("line_item")),
            ("on_behalf_of", One("account")),
            ("parent.subscription_details.subscription", One("subscription")),
            ("payments", List("invoice_payment")),
            ("test_clock", One("test_helpers.test_clock")),
        ],
        "line_item" => &[
            ("discounts", One("discount")),
            ("pricing.price_details.price", One("price")),
            ("subscription", One("subscription")),
        ],
        "invoiceitem" => &[
            ("customer", One("customer")),
            ("discounts", One("discount")),
            ("invoice", One("invoice")),
            ("pricing.price_details.price", One("price")),
            ("test_clock", One("test_helpers.test_clock")),
        ],
        "quote" => &[
            ("application", One("application")),
            ("computed.upfront.line_items", List("item")),
            ("customer", One("customer")),
            ("default_tax_rates", One("tax_rate")),
            ("discounts", One("discount")),
            ("from_quote.quote", One("quote")),
            ("invoice", One("invoice")),
            ("line_items", List("item")),
            ("on_behalf_of", One("account")),
            ("subscription", One("subscription")),
            ("subscription_schedule", One("subscription_schedule")),
            ("test_clock", One("test_helpers.test_clock")),
            ("transfer_data.destination", One("account")),
        ],
        // The price of a line stands there as an object already.
        "item" => &[("price", One("price"))],
        "card" => &[("customer", One("customer"))],
        _ => &[],
    }
}

/// The field that a path starts with, and how many of its segments that takes.
fn lookup(kind: &str, path: &[&str]) -> Option<(Target, usize)> {
    fields(kind).iter().find_map(|(field, target)| {
        let length = field.split('.').count();
        let starts = path.len() >= length && field.split('.').eq(path[..length].iter().copied());
        starts.then_some((*target, length))
    })
}

/// Checks that an endpoint's answer can be expanded along this path.
pub fn check(gives: Gives, path: &str) -> Result<()> {
    let segments: Vec<&str> = path.split('.').collect();
    if segments.len() > MAX_LEVELS {
        return Err(ApiError::invalid(format!(
            "At most {MAX_LEVELS} levels of a property can be expanded. Property: {path}"
        ))
        .param("expand"));
    }
    let refused = |hint: &str| {
        Err(ApiError::invalid(format!("This property cannot be expanded ({path}).{hint}")).param("expand"))
    };
    let mut kind = gives.kind();
    let mut rest = segments.as_slice();
    if matches!(gives, Gives::List(_)) {
        match rest.split_first() {
            Some((&"data", tail)) => rest = tail,
            _ => return refused(&format!(" On a list it starts with data: data.{path}")),
        }
    }
    while !rest.is_empty() {
        let Some((target, length)) = lookup(kind, rest) else {
            return refused("");
        };
        rest = &rest[length..];
        match target {
            One(next) => kind = next,
            List(next) => {
                kind = next;
                match rest.split_first() {
                    Some((&"data", tail)) => rest = tail,
                    None => {}
                    Some(_) => return refused(""),
                }
            }
            Hidden if rest.is_empty() => {}
            Hidden => return refused(""),
        }
    }
    Ok(())
}

/// Expands an answer along a path that was checked.
pub fn apply(store: &Store, gives: Gives, answer: &mut Value, path: &str) {
    let segments: Vec<&str> = path.split('.').collect();
    match gives {
        Gives::One(kind) => object(store, kind, answer, &segments),
        Gives::List(kind) => page(store, kind, answer, &segments),
        Gives::Deleted(_) => {}
    }
}

fn page(store: &Store, kind: &str, list: &mut Value, path: &[&str]) {
    let Some((&"data", rest)) = path.split_first() else {
        return;
    };
    if let Some(Value::Array(items)) = list.get_mut("data") {
        for item in items {
            object(store, kind, item, rest);
        }
    }
}

fn object(store: &Store, kind: &str, value: &mut Value, path: &[&str]) {
    let Some((target, length)) = lookup(kind, path) else {
        return;
    };
    let id = value["id"].as_str().unwrap_or_default().to_owned();
    let (field, rest) = path.split_at(length);
    let Some((name, above)) = field.split_last() else {
        return;
    };
    let holder = above.iter().try_fold(value, |at, key| at.get_mut(*key));
    let Some(Value::Object(holder)) = holder else {
        return;
    };
    match target {
        One(next) => reference(store, next, holder, name, rest),
        List(next) => {
            if !holder.get(*name).is_some_and(Value::is_object) {
                let url = format!("/v1/{kind}s/{id}/{name}");
                let index = Index::under(next, &id);
                let items = store.all(&index).rev().cloned();
                holder.insert((*name).to_owned(), embedded(items.collect(), &url));
            }
            if let Some(list) = holder.get_mut(*name) {
                page(store, next, list, rest);
            }
        }
        Hidden => {
            if let Some(value) = store.hidden(&id, name) {
                holder.insert((*name).to_owned(), value.clone());
            }
        }
    }
}

fn reference(store: &Store, kind: &str, holder: &mut Map<String, Value>, name: &str, rest: &[&str]) {
    let resolve = |slot: &mut Value| {
        let found = slot.as_str().and_then(|id| {
            let found = store.get(kind, id).or_else(|| store.tombstone(id));
            found.cloned()
        });
        if let Some(found) = found {
            *slot = found;
        }
        if slot.is_object() {
            object(store, kind, slot, rest);
        }
    };
    match holder.get_mut(name) {
        Some(Value::Array(slots)) => slots.iter_mut().for_each(resolve),
        Some(slot) => resolve(slot),
        None => {}
    }
}
