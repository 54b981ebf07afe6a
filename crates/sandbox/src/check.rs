//! What a parameter may be. Each endpoint has tables of names by kind; whatever is not in them is
//! refused by name, as Stripe does, and what is in them arrives typed at the resource.

use serde_json::{Map, Number, Value, json};

use crate::error::{ApiError, Result};

/// Names, separated by blanks, of one kind. A name that ends in `!` is required.
pub type Table = &'static [(Kind, &'static str)];

/// The kinds of parameters.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text; empty means "unset".
    Text,
    /// A text that cannot be empty: ids, currencies.
    Id,
    Int,
    /// A decimal kept as text, as Stripe keeps `*_decimal`.
    Decimal,
    Number,
    Bool,
    /// One of these words, separated by blanks.
    OneOf(&'static str),
    /// A map of texts that merges: an empty value removes its key, an empty map removes all.
    Metadata,
    Hash(Table),
    List(&'static Kind),
    /// A number, or `gt`, `gte`, `lt`, `lte`.
    Range,
    /// Known by name only: what stands below is taken as it is.
    Open,
    /// Stripe's, but nothing that the sandbox did with it would be true: refused, and said so.
    Absent,
    /// The same, or empty for "unset".
    OrUnset(&'static Kind),
}

/// Turns the decoded tree into typed values, or says what is wrong with it.
pub fn check(tree: Map<String, Value>, tables: &[Table]) -> Result<Map<String, Value>> {
    fields(tree, tables, "")
}

fn fields(tree: Map<String, Value>, tables: &[Table], prefix: &str) -> Result<Map<String, Value>> {
    let known = || {
        tables
            .iter()
            .flat_map(|table| table.iter())
            .flat_map(|(kind, names)| names.split_whitespace().map(move |name| (kind, name)))
    };
    let mut typed = Map::new();
    for (name, value) in tree {
        let at = join(prefix, &name);
        let found = known().find(|(_, other)| other.trim_end_matches('!') == name);
        let Some((kind, _)) = found else {
            return Err(ApiError::invalid(format!("Received unknown parameter: {at}"))
                .code("parameter_unknown")
                .param(&at));
        };
        typed.insert(name, convert(kind, value, &at)?);
    }
    for (_, name) in known() {
        if let Some(name) = name.strip_suffix('!')
            && !typed.contains_key(name)
        {
            return Err(ApiError::required(&join(prefix, name)));
        }
    }
    Ok(typed)
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}[{name}]") }
}

fn convert(kind: &Kind, value: Value, at: &str) -> Result<Value> {
    match (kind, value) {
        (Kind::Open, value) => Ok(open(value)),
        (Kind::Absent, _) => Err(ApiError::invalid(format!(
            "The sandbox does not support the parameter {at}, which Stripe has."
        ))
        .param(at)),
        (Kind::OrUnset(_), Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (Kind::OrUnset(inner), value) => convert(inner, value, at),
        (Kind::Metadata, value) => metadata(value, at),
        (Kind::Range, Value::Object(bounds)) => {
            const BOUNDS: Table = &[(Kind::Int, "gt gte lt lte")];
            fields(bounds, &[BOUNDS], at).map(Value::Object)
        }
        (Kind::Hash(table), Value::Object(tree)) => fields(tree, &[table], at).map(Value::Object),
        (Kind::List(inner), Value::Object(tree)) => list(inner, tree, at),
        (Kind::Hash(_) | Kind::List(_), Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (Kind::Hash(_), _) => Err(wrong("object", at)),
        (Kind::List(_), _) => Err(wrong("array", at)),
        (kind, Value::String(text)) => scalar(kind, text, at),
        (_, _) => Err(wrong("string", at)),
    }
}

fn scalar(kind: &Kind, text: String, at: &str) -> Result<Value> {
    if text.is_empty() {
        return match kind {
            Kind::Text => Ok(Value::Null),
            _ => Err(ApiError::invalid(format!(
                "An empty value unsets a parameter, and '{at}' cannot be unset: leave it out or \
                 give it a value."
            ))
            .code("parameter_invalid_empty")
            .param(at)),
        };
    }
    match kind {
        Kind::Int | Kind::Range => match text.parse::<i64>() {
            Ok(number) => Ok(json!(number)),
            Err(_) => Err(ApiError::invalid(format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
                .param(at)),
        },
        Kind::Decimal if text.parse::<f64>().is_ok_and(f64::is_finite) => Ok(Value::String(text)),
        Kind::Number => {
            let number = text.parse::<f64>().ok().and_then(Number::from_f64);
            number.map(Value::Number).ok_or_else(|| wrong("number", at))
        }
        Kind::Decimal => Err(wrong("decimal", at)),
        Kind::Bool => match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(at)),
        },
        Kind::OneOf(words) if !words.split_whitespace().any(|word| word == text) => {
            let words: Vec<&str> = words.split_whitespace().collect();
            Err(ApiError::invalid(format!("Invalid {at}: must be one of {}", words.join(", "))).param(at))
        }
        _ => Ok(Value::String(text)),
    }
}

fn wrong(expected: &str, at: &str) -> ApiError {
    ApiError::invalid(format!("Invalid {expected}: {at}")).param(at)
}

fn list(inner: &Kind, tree: Map<String, Value>, at: &str) -> Result<Value> {
    let mut items = Vec::new();
    for (key, value) in tree {
        let Ok(index) = key.parse::<usize>() else {
            return Err(wrong("array", at));
        };
        items.push((index, convert(inner, value, &join(at, &key))?));
    }
    items.sort_by_key(|(index, _)| *index);
    Ok(items.into_iter().map(|(_, value)| value).collect())
}

fn metadata(value: Value, at: &str) -> Result<Value> {
    let tree = match value {
        Value::Object(tree) => tree,
        Value::String(text) if text.is_empty() => return Ok(Value::Null),
        _ => return Err(wrong("object", at)),
    };
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
    let indexed = !tree.is_empty() && tree.keys().all(|key| key.parse::<usize>().is_ok());
    if indexed {
        tree.into_iter().map(|(_, value)| open(value)).collect()
    } else {
        let tree = tree.into_iter().map(|(key, value)| (key, open(value)));
        Value::Object(tree.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::decode;

    const INNER: Table = &[(Kind::Text, "city line1")];
    const TABLE: Table = &[
        (Kind::Absent, "later"),
        (Kind::Int, "amount!"),
        (Kind::Bool, "active"),
        (Kind::Id, "currency"),
        (Kind::Text, "name"),
        (Kind::Hash(INNER), "address"),
        (Kind::List(&Kind::Text), "ids"),
        (Kind::Metadata, "metadata"),
        (Kind::OneOf("a b"), "letter"),
        (Kind::Range, "created"),
    ];

    fn run(text: &str) -> Result<Map<String, Value>> {
        check(decode(text)?, &[TABLE])
    }

    #[test]
    fn values_arrive_typed() {
        let typed =
            run("amount=5&active=true&name=&address[city]=P&ids[1]=y&ids[0]=x&metadata[k]=&created[gt]=3");
        assert_eq!(
            json!(typed.unwrap()),
            json!({
                "amount": 5, "active": true, "name": null, "address": {"city": "P"},
                "ids": ["x", "y"], "metadata": {"k": null}, "created": {"gt": 3},
            })
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, param, code) in [
            ("amount=1&foo=1", "foo", "parameter_unknown"),
            ("amount=1&address[foo]=1", "address[foo]", "parameter_unknown"),
            ("amount=1&created[ge]=1", "created[ge]", "parameter_unknown"),
            ("name=x", "amount", "parameter_missing"),
            ("amount=1.5", "amount", "parameter_invalid_integer"),
            ("amount=", "amount", "parameter_invalid_empty"),
            ("amount=1&currency=", "currency", "parameter_invalid_empty"),
        ] {
            let error = run(text).unwrap_err().details();
            assert_eq!(error["param"], param, "{text}");
            assert_eq!(error["code"], code, "{text}");
        }
        for text in [
            "amount=1&letter=c", "amount=1&later=1", "amount=1&active=yes", "amount=1&address=x",
            "amount=1&ids=x",
        ] {
            assert_eq!(run(text).unwrap_err().status, 400, "{text}");
        }
    }
}
