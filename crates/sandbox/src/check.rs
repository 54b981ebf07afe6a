//! What a parameter may be, by Stripe's description: whatever is not in it is refused by name, as
//! Stripe does, and what is in it arrives typed at the resource.

use serde_json::{Map, Number, Value, json};

use crate::error::{ApiError, Result};
use crate::instant::is_rfc3339;
use crate::params::join;
use crate::spec::{Fields, Node, NodeId, SPEC};

/// Parameters that name something and so cannot be unset by an empty value. The description does
/// not tell them from other texts.
const NEVER_EMPTY: &[&str] = &[
    "amount", "charge", "currency", "customer", "ending_before", "id", "invoice", "payment_intent",
    "payment_method", "price", "product", "query", "source", "starting_after", "subscription",
];

/// So many keys of metadata an object has at most.
const MAX_METADATA: usize = 50;

/// Turns the decoded tree into typed values, or says what is wrong with it.
pub fn check(tree: Map<String, Value>, takes: NodeId) -> Result<Map<String, Value>> {
    match SPEC.node(takes) {
        Node::Object(known) => fields(tree, known, ""),
        _ => Ok(tree),
    }
}

fn fields(tree: Map<String, Value>, known: &Fields, prefix: &str) -> Result<Map<String, Value>> {
    let mut typed = Map::new();
    for (name, value) in tree {
        let at = join(prefix, &name);
        let Some(node) = known.all.get(&name) else {
            return Err(ApiError::invalid(format!("Received unknown parameter: {at}"))
                .code("parameter_unknown")
                .param(&at));
        };
        let value = convert(*node, value, &name, &at)?;
        typed.insert(name, value);
    }
    for name in &known.required {
        if !typed.contains_key(name) {
            return Err(ApiError::required(&join(prefix, name)));
        }
        if typed.get(name).is_some_and(Value::is_null) {
            return Err(never_empty(&join(prefix, name)));
        }
    }
    Ok(typed)
}

fn convert(node: NodeId, value: Value, name: &str, at: &str) -> Result<Value> {
    match (SPEC.node(node), value) {
        (Node::AnyOf(nodes), value) => any_of(nodes, value, name, at),
        (Node::Nullable(inner), value) => convert(*inner, value, name, at),
        (Node::Object(known), Value::Object(tree)) => fields(tree, known, at).map(Value::Object),
        (Node::Map(_), Value::Object(tree)) if name == "metadata" => metadata(tree, at),
        (Node::Map(inner), Value::Object(tree)) => {
            let convert = |(key, value): (String, Value)| {
                let value = convert(*inner, value, "", &join(at, &key))?;
                Ok((key, value))
            };
            tree.into_iter().map(convert).collect::<Result<_>>().map(Value::Object)
        }
        (Node::Array(inner), Value::Object(tree)) => list(*inner, tree, at),
        (Node::Any, value) => Ok(open(value)),
        // An empty list, and a map that is to be cleared, are sent as an empty value.
        (Node::Array(_) | Node::Map(_), Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (Node::Object(_) | Node::Map(_), _) => Err(wrong("object", at)),
        (Node::Array(_), _) => Err(wrong("array", at)),
        (node, Value::String(text)) => scalar(node, text, name, at),
        (_, _) => Err(wrong("string", at)),
    }
}

/// The first alternative that takes the value. The refusal is the one of the alternative that has
/// the value's own shape, so that it names the field inside an object that is wrong.
fn any_of(nodes: &[NodeId], value: Value, name: &str, at: &str) -> Result<Value> {
    let is_object = value.is_object();
    let mut refused = None;
    for node in nodes {
        let compound = matches!(SPEC.node(*node), Node::Object(_) | Node::Map(_) | Node::Array(_));
        match convert(*node, value.clone(), name, at) {
            Ok(value) => return Ok(value),
            Err(error) if refused.is_none() || compound == is_object => refused = Some(error),
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or_else(|| wrong("value", at)))
}

fn scalar(node: &Node, text: String, name: &str, at: &str) -> Result<Value> {
    if text.is_empty() {
        return match node {
            Node::Unset => Ok(Value::Null),
            Node::Text(_) if !NEVER_EMPTY.contains(&name) => Ok(Value::Null),
            _ => Err(never_empty(at)),
        };
    }
    match node {
        Node::Integer | Node::Instant => match text.parse::<i64>() {
            Ok(number) => Ok(json!(number)),
            Err(_) => Err(ApiError::invalid(format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
                .param(at)),
        },
        Node::Decimal if text.parse::<f64>().is_ok_and(f64::is_finite) => Ok(Value::String(text)),
        Node::Decimal => Err(wrong("decimal", at)),
        Node::DateTime if !is_rfc3339(&text) => Err(wrong("date-time", at)),
        Node::Number => {
            let number = text.parse::<f64>().ok().and_then(Number::from_f64);
            number.map(Value::Number).ok_or_else(|| wrong("number", at))
        }
        Node::Boolean => match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(at)),
        },
        Node::Enum(words) if !words.contains(&text) => {
            Err(ApiError::invalid(format!("Invalid {at}: must be one of {}", words.join(", "))).param(at))
        }
        Node::Text(Some(max)) if text.chars().count() > *max => {
            Err(ApiError::invalid(format!("Invalid string: {at} has at most {max} characters."))
                .code("parameter_invalid_string_length")
                .param(at))
        }
        Node::Unset => {
            Err(ApiError::invalid(format!("Invalid {at}: only an empty value is known.")).param(at))
        }
        _ => Ok(Value::String(text)),
    }
}

pub fn never_empty(at: &str) -> ApiError {
    ApiError::invalid(format!(
        "An empty value unsets a parameter, and '{at}' cannot be unset: leave it out or give it a value."
    ))
    .code("parameter_invalid_empty")
    .param(at)
}

fn wrong(expected: &str, at: &str) -> ApiError {
    ApiError::invalid(format!("Invalid {expected}: {at}")).param(at)
}

fn list(inner: NodeId, tree: Map<String, Value>, at: &str) -> Result<Value> {
    let mut items = Vec::new();
    for (key, value) in tree {
        let Ok(index) = key.parse::<usize>() else {
            return Err(wrong("array", at));
        };
        let at = join(at, &key);
        match convert(inner, value, "", &at)? {
            // A list has no place that could be unset.
            Value::Null => return Err(never_empty(&at)),
            value => items.push((index, value)),
        }
    }
    items.sort_by_key(|(index, _)| *index);
    Ok(items.into_iter().map(|(_, value)| value).collect())
}

fn metadata(tree: Map<String, Value>, at: &str) -> Result<Value> {
    let kept = tree.values().filter(|value| **value != "").count();
    if kept > MAX_METADATA {
        return Err(ApiError::invalid(format!("Metadata has at most {MAX_METADATA} keys.")).param(at));
    }
    let mut typed = Map::new();
    for (key, value) in tree {
        let name = join(at, &key);
        let Value::String(text) = value else {
            return Err(wrong("string", &name));
        };
        if key.chars().count() > 40 {
            return Err(ApiError::invalid("A metadata key has at most 40 characters.").param(at));
        }
        if text.chars().count() > 500 {
            return Err(ApiError::invalid("A metadata value has at most 500 characters.").param(&name));
        }
        typed.insert(key, if text.is_empty() { Value::Null } else { json!(text) });
    }
    Ok(Value::Object(typed))
}

/// Indices become a list, everything else stays as sent.
fn open(value: Value) -> Value {
    let Value::Object(tree) = value else {
        return value;
    };
    let index = |key: &String| key.parse::<usize>();
    let indexed = !tree.is_empty() && tree.keys().all(|key| index(key).is_ok());
    if indexed {
        let mut items: Vec<_> = tree.into_iter().collect();
        items.sort_by_key(|(key, _)| index(key).unwrap_or(usize::MAX));
        items.into_iter().map(|(_, value)| open(value)).collect()
    } else {
        let tree = tree.into_iter().map(|(key, value)| (key, open(value)));
        Value::Object(tree.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::decode;

    fn run(method: &str, path: &str, text: &str) -> Result<Map<String, Value>> {
        check(decode(text)?, SPEC.operation(method, path).unwrap().takes)
    }

    #[test]
    fn values_arrive_typed() {
        let typed = run(
            "POST",
            "/v1/prices",
            "currency=usd&unit_amount=5&active=true&nickname=&recurring[interval]=month&metadata[k]=\
             &tiers[1][up_to]=inf&tiers[0][up_to]=9&unit_amount_decimal=1.5",
        );
        assert_eq!(
            json!(typed.unwrap()),
            json!({
                "currency": "usd", "unit_amount": 5, "active": true, "nickname": null,
                "recurring": {"interval": "month"}, "metadata": {"k": null},
                "tiers": [{"up_to": 9}, {"up_to": "inf"}], "unit_amount_decimal": "1.5",
            })
        );
        let typed = run("GET", "/v1/customers", "created[gt]=3&limit=5&expand[0]=data.default_source");
        let expand = json!(["data.default_source"]);
        assert_eq!(json!(typed.unwrap()), json!({"created": {"gt": 3}, "limit": 5, "expand": expand}));
        assert_eq!(json!(run("GET", "/v1/customers", "created=3").unwrap()), json!({"created": 3}));
        let unset = run("POST", "/v1/customers/{id}", "address=&email=&metadata=&preferred_locales=");
        assert!(unset.unwrap().values().all(Value::is_null));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (path, text, param, code) in [
            ("/v1/customers", "foo=1", "foo", "parameter_unknown"),
            ("/v1/customers", "address[foo]=1", "address[foo]", "parameter_unknown"),
            (
                "/v1/customers", "cash_balance[settings][foo]=1", "cash_balance[settings][foo]",
                "parameter_unknown",
            ),
            ("/v1/payment_intents", "currency=usd", "amount", "parameter_missing"),
            ("/v1/payment_intents", "currency=usd&amount=1.5", "amount", "parameter_invalid_integer"),
            ("/v1/payment_intents", "currency=usd&amount=", "amount", "parameter_invalid_empty"),
            ("/v1/payment_intents", "currency=&amount=1", "currency", "parameter_invalid_empty"),
            ("/v1/refunds", "charge=", "charge", "parameter_invalid_empty"),
        ] {
            let error = run("POST", path, text).unwrap_err().details();
            assert_eq!(error["param"], param, "{text}");
            assert_eq!(error["code"], code, "{text}");
        }
        for text in [
            "capture_method=c", "confirm=yes", "shipping=x", "payment_method_types=x",
            "payment_method_types[a]=card", "metadata[a][b]=c",
        ] {
            let error = run("POST", "/v1/payment_intents", &format!("amount=1&currency=usd&{text}"));
            assert_eq!(error.unwrap_err().status, 400, "{text}");
        }
    }
}
