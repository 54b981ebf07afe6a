//! Events: what a request changed, told in Stripe's names. They are derived from what each object
//! was before and is after, so that no resource can forget one.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::account::Passing;
use crate::spec::{Node, NodeId, SPEC};
use crate::store::Change;

/// The types that Stripe has: what a webhook endpoint can be told of.
static TYPES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let endpoint = SPEC.operation("POST", "/v1/webhook_endpoints").map(|operation| operation.takes);
    let fields = endpoint.map_or_else(Vec::new, |takes| SPEC.shapes(takes));
    let named = fields.first().and_then(|fields| fields.all.get("enabled_events"));
    named.map_or_else(HashSet::new, |node| words(*node))
});

fn words(node: NodeId) -> HashSet<&'static str> {
    match SPEC.node(node) {
        Node::Array(inner) | Node::Nullable(inner) => words(*inner),
        Node::Enum(words) => words.iter().map(String::as_str).collect(),
        _ => HashSet::new(),
    }
}

/// The events of a change: the type of each, and what it tells. Only an update tells what was there
/// before.
pub fn of(change: &Change) -> Vec<(String, Value)> {
    let nothing = Value::Null;
    let (before, after) =
        (change.before.as_ref().unwrap_or(&nothing), change.after.as_ref().unwrap_or(&nothing));
    let subject = if after.is_null() { before } else { after };
    let told = |name: String| {
        let mut data = json!({ "object": subject });
        if let (true, Value::Object(old), Value::Object(new)) = (name.ends_with(".updated"), before, after) {
            data["previous_attributes"] = Value::Object(previous(old, new));
        }
        (name, data)
    };
    types(before, after).into_iter().map(told).collect()
}

/// The events of what happened to an object that is not kept.
pub fn of_passing(passing: &Passing) -> Vec<(String, Value)> {
    let mut events = of(&passing.change);
    if let (Some(step), Some(object)) = (&passing.step, &passing.change.after) {
        let name = format!("{}.{step}", prefix(object["object"].as_str().unwrap_or_default()));
        if TYPES.contains(name.as_str()) {
            events.push((name, json!({ "object": object })));
        }
    }
    events
}

/// The types of Stripe's that fit a change; null stands for an object that is not there.
fn types(before: &Value, after: &Value) -> Vec<String> {
    let subject = if after.is_null() { before } else { after };
    let prefix = prefix(subject["object"].as_str().unwrap_or_default());
    let generic = match (before, after) {
        (Value::Null, _) => "created",
        (_, Value::Null) => "deleted",
        _ => "updated",
    };
    let mut names = vec![format!("{prefix}.{generic}")];
    if !after.is_null() {
        names.extend(states(before, after).into_iter().map(|name| format!("{prefix}.{name}")));
    }
    match (prefix.as_str(), generic) {
        // The deletion of a subscription leaves it behind as a canceled one.
        ("customer.subscription", "updated") if became(before, after, "status", "canceled") => {
            names = vec!["customer.subscription.deleted".to_owned()];
        }
        // Older listeners hear of refunds under this name.
        ("refund", "updated") => names.push("charge.refund.updated".to_owned()),
        _ => {}
    }
    names.retain(|name| TYPES.contains(name.as_str()));
    names
}

/// What the types of a kind begin with.
fn prefix(kind: &str) -> String {
    let prefix = match kind {
        "dispute" => "charge.dispute",
        "fee_refund" => "application_fee.refund",
        "subscription" => "customer.subscription",
        "tax_id" => "customer.tax_id",
        "discount" => "customer.discount",
        "card" | "bank_account" | "source" => "customer.source",
        other => match other.strip_prefix("issuing.") {
            Some(kind) => return format!("issuing_{kind}"),
            None => other,
        },
    };
    prefix.to_owned()
}

/// The steps that an object took.
fn states(before: &Value, after: &Value) -> Vec<&'static str> {
    let status = |status| became(before, after, "status", status);
    let turned = |field: &str| before[field] != after[field];
    let grew = |field: &str| after[field].as_i64().unwrap_or(0) > before[field].as_i64().unwrap_or(0);
    let steps: &[(&'static str, bool)] = match after["object"].as_str().unwrap_or_default() {
        "charge" => &[
            ("succeeded", status("succeeded")),
            ("failed", status("failed")),
            ("pending", status("pending")),
            ("captured", !before.is_null() && became(before, after, "captured", true)),
            ("refunded", !before.is_null() && grew("amount_refunded")),
        ],
        "payment_intent" => &[
            ("succeeded", status("succeeded")),
            ("canceled", status("canceled")),
            ("processing", status("processing")),
            ("requires_action", status("requires_action")),
            (
                "amount_capturable_updated",
                turned("amount_capturable") && after["status"] == "requires_capture",
            ),
            ("payment_failed", turned("last_payment_error") && after["last_payment_error"].is_object()),
        ],
        "setup_intent" => &[
            ("succeeded", status("succeeded")),
            ("canceled", status("canceled")),
            ("requires_action", status("requires_action")),
            ("setup_failed", turned("last_setup_error") && after["last_setup_error"].is_object()),
        ],
        "payment_method" => &[
            ("attached", before["customer"].is_null() && after["customer"].is_string()),
            ("detached", before["customer"].is_string() && after["customer"].is_null()),
        ],
        "invoice" => {
            let attempted = grew("attempt_count");
            let draft = before["status"].is_null() || before["status"] == "draft";
            &[
                ("finalized", draft && !after["status"].is_null() && after["status"] != "draft"),
                ("paid", status("paid")),
                ("payment_succeeded", status("paid")),
                ("payment_failed", attempted && after["status"] == "open"),
                ("voided", status("void")),
                ("marked_uncollectible", status("uncollectible")),
            ]
        }
        "invoice_payment" => &[("paid", status("paid"))],
        "subscription" => &[
            ("paused", status("paused")),
            ("resumed", before["status"] == "paused" && after["status"] != "paused"),
        ],
        "quote" => &[
            ("finalized", status("open")),
            ("accepted", status("accepted")),
            ("canceled", status("canceled")),
        ],
        "checkout.session" => &[("completed", status("complete")), ("expired", status("expired"))],
        "refund" => &[("failed", status("failed"))],
        _ => &[],
    };
    steps.iter().filter(|(_, taken)| *taken).map(|(name, _)| *name).collect()
}

fn became(before: &Value, after: &Value, field: &str, value: impl Into<Value>) -> bool {
    let value = value.into();
    before[field] != value && after[field] == value
}

/// The old values of what changed, as deep as the objects go. A field that is new was null.
fn previous(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let changed = names.filter_map(|name| {
        let (old, new) = (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
        if old == new {
            return None;
        }
        let value = match (old, new) {
            (Value::Object(old), Value::Object(new)) => Value::Object(previous(old, new)),
            _ => old.clone(),
        };
        Some((name.clone(), value))
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(before: Value, after: Value) -> Vec<String> {
        types(&before, &after)
    }

    #[test]
    fn changes_have_stripes_names() {
        let intent = |status: &str| json!({"object": "payment_intent", "id": "pi", "status": status});
        assert_eq!(named(Value::Null, intent("requires_confirmation")), ["payment_intent.created"]);
        assert_eq!(
            named(Value::Null, intent("succeeded")),
            ["payment_intent.created", "payment_intent.succeeded"]
        );
        assert_eq!(named(intent("requires_capture"), intent("canceled")), ["payment_intent.canceled"]);
        let customer = json!({"object": "customer", "id": "cus"});
        assert_eq!(named(customer.clone(), Value::Null), ["customer.deleted"]);
        let subscription = |status: &str| json!({"object": "subscription", "id": "sub", "status": status});
        assert_eq!(
            named(subscription("active"), subscription("canceled")),
            ["customer.subscription.deleted"]
        );
        assert_eq!(
            named(subscription("active"), subscription("past_due")),
            ["customer.subscription.updated"]
        );
        let item = json!({"object": "line_item", "id": "il"});
        assert!(named(Value::Null, item).is_empty(), "lines have no events");
        let invoice = |status: &str| json!({"object": "invoice", "id": "in", "status": status});
        assert_eq!(
            named(invoice("draft"), invoice("paid")),
            ["invoice.updated", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"]
        );
    }

    #[test]
    fn previous_attributes_are_what_changed() {
        let before = json!({
            "object": "invoice", "id": "in", "status": "draft", "gone": 1,
            "customer_address": {"city": "P", "line1": "1"},
        });
        let after = json!({
            "object": "invoice", "id": "in", "status": "open", "new": 2,
            "customer_address": {"city": "Q", "line1": "1"},
        });
        let events = of(&Change { before: Some(before), after: Some(after) });
        let [(updated, told), (finalized, plain)] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!((updated.as_str(), finalized.as_str()), ("invoice.updated", "invoice.finalized"));
        assert_eq!(
            told["previous_attributes"],
            json!({"status": "draft", "customer_address": {"city": "P"}, "gone": 1, "new": null})
        );
        assert_eq!(plain.get("previous_attributes"), None, "only an update tells what was there before");
    }
}
