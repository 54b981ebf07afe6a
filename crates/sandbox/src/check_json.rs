//! What a JSON body of a v2 endpoint may be, by Stripe's description. JSON has types of its own, so
//! that nothing is converted here: a number in quotes is no number.

use serde_json::{Map, Value};

use crate::error::{ApiError, Result};
use crate::instant::is_rfc3339;
use crate::spec::{Fields, Node, NodeId, SPEC};

/// Hands the parameters on, or says what is wrong with them.
pub fn check(body: Map<String, Value>, takes: NodeId) -> Result<Map<String, Value>> {
    if let Node::Object(known) = SPEC.node(takes) {
        fields(known, &body, "")?;
    }
    Ok(body)
}

fn fields(known: &Fields, sent: &Map<String, Value>, prefix: &str) -> Result<()> {
    let at = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    for (name, sent) in sent {
        let at = at(name);
        let Some(node) = known.all.get(name) else {
            return Err(ApiError::invalid(format!("Received unknown parameter: {at}"))
                .code("parameter_unknown")
                .param(&at));
        };
        value(*node, sent, &at)?;
    }
    match known.required.iter().find(|name| !sent.contains_key(*name)) {
        Some(name) => Err(ApiError::required(&at(name))),
        None => Ok(()),
    }
}

fn value(node: NodeId, sent: &Value, at: &str) -> Result<()> {
    let fits = match (SPEC.node(node), sent) {
        (Node::Object(known), Value::Object(sent)) => return fields(known, sent, at),
        (Node::Map(inner), Value::Object(sent)) => {
            return sent.iter().try_for_each(|(key, sent)| value(*inner, sent, &format!("{at}.{key}")));
        }
        (Node::Array(inner), Value::Array(sent)) => {
            let mut places = sent.iter().enumerate();
            return places.try_for_each(|(place, sent)| value(*inner, sent, &format!("{at}[{place}]")));
        }
        (Node::AnyOf(nodes), sent) => return any_of(nodes, sent, at),
        (Node::Nullable(_), Value::Null) => true,
        (Node::Nullable(inner), sent) => return value(*inner, sent, at),
        (Node::Enum(words), Value::String(text)) => words.contains(text),
        (Node::Text(max), Value::String(text)) => max.is_none_or(|max| text.chars().count() <= max),
        (Node::Decimal, Value::String(text)) => text.parse::<f64>().is_ok_and(f64::is_finite),
        (Node::DateTime, Value::String(text)) => is_rfc3339(text),
        (Node::Unset, Value::String(text)) => text.is_empty(),
        (Node::Integer | Node::Instant, sent) => sent.is_i64(),
        (Node::Number, sent) => sent.is_number(),
        (Node::Boolean, sent) => sent.is_boolean(),
        (Node::Any, _) => true,
        _ => false,
    };
    if fits { Ok(()) } else { Err(wrong(&expected(node), sent, at)) }
}

/// The refusal is the one of the alternative that has the value's own shape.
fn any_of(nodes: &[NodeId], sent: &Value, at: &str) -> Result<()> {
    let mut refused = None;
    for node in nodes {
        let alike = match SPEC.node(*node) {
            Node::Object(_) | Node::Map(_) => sent.is_object(),
            Node::Array(_) => sent.is_array(),
            _ => false,
        };
        match value(*node, sent, at) {
            Ok(()) => return Ok(()),
            Err(error) if refused.is_none() || alike => refused = Some(error),
            Err(_) => {}
        }
    }
    refused.map_or(Ok(()), Err)
}

fn expected(node: NodeId) -> String {
    match SPEC.node(node) {
        Node::Object(_) | Node::Map(_) => "an object".to_owned(),
        Node::Array(_) => "an array".to_owned(),
        Node::Enum(words) => format!("one of the texts {}", words.join(", ")),
        Node::Text(None) => "a text".to_owned(),
        Node::Text(Some(max)) => format!("a text of at most {max} characters"),
        Node::Unset => "an empty text".to_owned(),
        Node::Decimal => "a decimal number in quotes".to_owned(),
        Node::Integer => "an integer".to_owned(),
        Node::Instant => "Unix seconds".to_owned(),
        Node::DateTime => "an instant such as 2026-01-31T12:00:00Z".to_owned(),
        Node::Number => "a number".to_owned(),
        Node::Boolean => "true or false".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn wrong(expected: &str, sent: &Value, at: &str) -> ApiError {
    let kind = match sent {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    // What stands in a compound may be long.
    let sent = match sent {
        Value::Array(_) | Value::Object(_) | Value::Null => kind.to_owned(),
        scalar => format!("{kind}: {scalar}"),
    };
    ApiError::invalid(format!("Invalid {at}: expected {expected}, and was sent {sent}"))
        .code("parameter_invalid_type")
        .param(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(path: &str, body: Value) -> Result<Map<String, Value>> {
        let Value::Object(body) = body else {
            panic!("{body}");
        };
        check(body, SPEC.operation("POST", path).unwrap().takes)
    }

    #[test]
    fn json_is_taken_as_it_is() {
        for (path, body) in [
            (
                "/v2/core/accounts",
                json!({"identity": {"individual": {"date_of_birth": {"day": 1, "month": 2, "year": 2000}}}}),
            ),
            ("/v2/core/accounts/{id}", json!({"metadata": {"kept": "x", "gone": null}})),
            ("/v2/billing/meter_events", json!({"event_name": "a", "payload": {"value": "1"}})),
            (
                "/v2/billing/meter_events",
                json!({"event_name": "a", "payload": {}, "timestamp": "2026-01-31T12:00:00.5+01:00"}),
            ),
        ] {
            assert_eq!(Value::Object(run(path, body.clone()).unwrap()), body, "{path}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let born = |day: Value| json!({"identity": {"individual": {"date_of_birth": {"day": day, "month": 2, "year": 2000}}}});
        let accounts = "/v2/core/accounts";
        for (path, body, param, said) in [
            (accounts, json!({"foo": 1}), "foo", "unknown parameter: foo"),
            (accounts, json!({"display_name": 5}), "display_name", "a text, and was sent a number: 5"),
            (accounts, json!({"display_name": null}), "display_name", "a text, and was sent null"),
            (accounts, born(json!("1")), "identity.individual.date_of_birth.day", "sent a text: \"1\""),
            (accounts, born(json!(1.0)), "identity.individual.date_of_birth.day", "expected an integer"),
            (accounts, json!({"dashboard": "x"}), "dashboard", "one of the texts express, full, none"),
            (accounts, json!({"include": "identity"}), "include", "an array, and was sent a text"),
            (accounts, json!({"include": ["x"]}), "include[0]", "one of the texts"),
            (accounts, json!({"metadata": {"k": 1}}), "metadata.k", "expected a text"),
            (accounts, json!({"metadata": {"k": null}}), "metadata.k", "expected a text"),
            (
                "/v2/billing/meter_events",
                json!({"event_name": "a"}),
                "payload",
                "Missing required param: payload",
            ),
            (
                "/v2/billing/meter_events",
                json!({"event_name": "a", "payload": {}, "timestamp": "2026-01-31"}),
                "timestamp",
                "expected an instant such as 2026-01-31T12:00:00Z, and was sent a text",
            ),
            (
                "/v2/billing/meter_event_stream",
                json!({"events": [{"event_name": "a"}]}),
                "events[0].payload",
                "Missing required param: events[0].payload",
            ),
        ] {
            let error = run(path, body.clone()).unwrap_err().details();
            assert_eq!(error["param"], param, "{body}");
            assert!(error["message"].as_str().unwrap().contains(said), "{error}");
        }
    }
}
