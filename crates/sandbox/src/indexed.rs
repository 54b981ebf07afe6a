//! The fields by which lists are narrowed, each of which the store keeps a list for.

use std::borrow::Cow;

use serde_json::Value;

/// The fields of a kind; dots lead to those inside of others. Where several are asked for, the list of
/// the first is walked, so the most telling one comes first.
pub fn fields(kind: &str) -> &'static [&'static str] {
    match kind {
        "customer" => &["email", "test_clock"],
        "balance_transaction" => &["source"],
        "charge" => &["payment_intent", "customer"],
        "payment_intent" | "payment_method" | "setup_intent" => &["customer"],
        "quote" | "subscription" => &["customer", "test_clock"],
        "refund" => &["charge", "payment_intent"],
        "setup_attempt" => &["setup_intent"],
        "checkout.session" => &["customer", "payment_intent", "subscription"],
        "invoice" => &["customer"],
        "invoice_payment" => &["invoice"],
        "invoiceitem" => &["invoice", "customer"],
        "price" => &["lookup_key", "product", "active"],
        "tax_id" => &["owner.account", "owner.type"],
        _ => &[],
    }
}

/// The value under which an object stands in the list of a field; under null it stands in none.
pub fn value<'a>(object: &'a Value, field: &str) -> Option<Cow<'a, str>> {
    key(field.split('.').fold(object, |at, name| &at[name]))
}

/// A value as a list has it; objects without one are in no list of their own, which would take as much room
/// as all.
pub fn key(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        _ => None,
    }
}
