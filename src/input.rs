//! Decodes what a caller gives, a JSON object with columns, Stripe's names or dotted paths, into Stripe's form
//! parameters, and refuses what Stripe would misunderstand before anything is sent.

use crate::catalog::names::{nearest, pascal, same, snake, strip_prefix};
use crate::catalog::{self, Field, Fields, Kind};
use crate::failure::{Failed, invalid};
use crate::form::Pairs;
use crate::instant;
use crate::json::{self, Members};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Number, Value};

/// The members of a call's JSON input.
pub type Input = Vec<(String, Value)>;

/// What an endpoint takes.
pub struct Schema<'a> {
    /// `Customer` or `ConfirmPaymentIntent`, for messages.
    pub target: &'a str,
    pub parameters: Vec<Field>,
    /// Documented names of parameters that are not theirs: (`CustomerId`, `customer`).
    pub aliases: &'a [(&'static str, &'static str)],
    pub required: &'a [&'static str],
}

/// Integers above this are not exact in every caller's language, and no amount is that large (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Takes a JSON object apart. `what` names it in messages.
pub fn members(what: &str, text: &str) -> Result<Input, Failed> {
    if !json::is_object(text.trim_start()) {
        return Err(invalid(what, format!("`{what}` must be a JSON object, such as {{\"Name\": \"John\"}}")));
    }
    let malformed = |error: serde_json::Error| invalid(what, format!("`{what}` is not valid JSON: {error}"));
    let members = Members::parse(text).map_err(malformed)?;
    let mut input = Input::new();
    for (name, value) in members.iter() {
        if input.iter().any(|(earlier, _)| earlier == name) {
            return Err(twice(name));
        }
        input.push((name.to_string(), serde_json::from_str(value).map_err(malformed)?));
    }
    Ok(input)
}

fn twice(name: &str) -> Failed {
    invalid(name, format!("`{name}` is given twice"))
}

/// Makes form parameters of the input.
pub fn decode(schema: &Schema, input: &Input) -> Result<Pairs, Failed> {
    let mut pairs = Pairs::new();
    for (name, value) in input {
        let before = pairs.len();
        match name.strip_prefix('+') {
            Some(own) if !own.is_empty() => open(own, value, name, &mut pairs)?,
            _ => {
                let (key, kind) = resolve(schema, name)?;
                encode(&key, kind, value, name, &mut pairs)?;
            }
        }
        let (earlier, new) = pairs.split_at(before);
        if new.iter().any(|(key, _)| earlier.iter().any(|(own, _)| own == key)) {
            return Err(twice(name));
        }
    }
    for required in schema.required {
        let nested = format!("{required}[");
        if !pairs
            .iter()
            .any(|(key, value)| (key == required && !value.is_empty()) || key.starts_with(&nested))
        {
            let alias =
                schema.aliases.iter().find(|(_, own)| own == required).map(|(alias, _)| alias.to_string());
            let name = alias.unwrap_or_else(|| pascal(required));
            return Err(invalid(&name, format!("{} needs `{name}`", schema.target)));
        }
    }
    Ok(pairs)
}

/// Finds the parameter of a name: Stripe's key, such as `address[city]`, and what it holds.
fn resolve(schema: &Schema, name: &str) -> Result<(String, Kind), Failed> {
    let mut segments = name.split('.');
    let first = segments.next().unwrap_or_default();
    let alias = schema.aliases.iter().find(|(alias, _)| same(alias, first)).map(|(_, own)| *own);
    let found = lookup(&schema.parameters, alias.unwrap_or(first));
    let Some((mut key, mut kind)) = found else {
        let known = schema.parameters.iter().map(|field| pascal(field.name));
        let hint =
            match nearest(first, known.chain(schema.aliases.iter().map(|(alias, _)| alias.to_string()))) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a name with a leading `+` is sent although it is not known".to_string(),
            };
        return Err(invalid(name, format!("{} has no parameter `{name}`; {hint}", schema.target)));
    };
    while let Some(segment) = segments.next() {
        (key, kind) = match kind {
            // The rest is one key, dots and all.
            Kind::Map => {
                let rest = segments.by_ref().fold(segment.to_string(), |rest, next| format!("{rest}.{next}"));
                (nest(&key, &rest, name)?, Kind::Any)
            }
            Kind::Object(groups) if !groups.is_empty() => {
                let fields: Vec<Field> = catalog::iter(groups).collect();
                let Some((own, inner)) = lookup(&fields, segment) else {
                    let known = nearest(segment, fields.iter().map(|field| pascal(field.name)));
                    let hint = known.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    return Err(invalid(name, format!("{} has no parameter `{name}`{hint}", schema.target)));
                };
                (inside(&key, &own), inner)
            }
            Kind::Object(_) | Kind::Any | Kind::Array => {
                let own = snake(segment);
                (nest(&key, &own, name)?, open_kind(&own))
            }
            _ => return Err(invalid(name, format!("`{name}`: `{key}` holds no further names"))),
        };
    }
    Ok((key, kind))
}

/// The field of that name among some, also flattened: `AddressCity` is `city` inside `address`.
fn lookup(fields: &[Field], name: &str) -> Option<(String, Kind)> {
    if let Some(field) = fields.iter().find(|field| same(field.name, name)) {
        return Some((field.name.to_string(), field.kind));
    }
    fields.iter().find_map(|field| match field.kind {
        Kind::Object(groups) if !groups.is_empty() => {
            let rest = strip_prefix(name, field.name)?;
            let (inner, kind) = lookup(&catalog::iter(groups).collect::<Vec<_>>(), rest)?;
            Some((inside(field.name, &inner), kind))
        }
        _ => None,
    })
}

/// A key of the catalog inside another: `shipping` and `address[city]` make `shipping[address][city]`.
fn inside(key: &str, own: &str) -> String {
    let (first, rest) = own.split_at(own.find('[').unwrap_or(own.len()));
    format!("{key}[{first}]{rest}")
}

/// The same for a key that the caller made up.
fn nest(key: &str, name: &str, param: &str) -> Result<String, Failed> {
    if name.is_empty() || name.contains(['[', ']']) || name.chars().any(char::is_control) {
        return Err(invalid(
            param,
            format!("`{param}`: `{name}` cannot be a key: it is empty or has brackets"),
        ));
    }
    Ok(format!("{key}[{name}]"))
}

/// Adds a value of a known kind. `param` is how the caller called it.
fn encode(key: &str, kind: Kind, value: &Value, param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    let wrong = |right: &str| invalid(param, format!("`{param}` must be {right}"));
    let text = match (kind, value) {
        (_, Value::Null) => String::new(),
        (Kind::Text, Value::String(text)) => text.clone(),
        (Kind::Text, _) => return Err(wrong("a text in quotes")),
        (Kind::Integer, _) => integer(value).ok_or_else(|| wrong("a whole number, exact and below 2^53"))?,
        (Kind::Number, _) => number(value).ok_or_else(|| wrong("a number"))?,
        (Kind::Boolean, Value::Bool(flag)) => flag.to_string(),
        (Kind::Boolean, Value::String(text)) if text == "true" || text == "false" => text.clone(),
        (Kind::Boolean, _) => return Err(wrong("true or false")),
        (Kind::Instant, _) => instant_of(value)
            .ok_or_else(|| wrong("an RFC 3339 instant, a YYYY-MM-DD date or whole Unix seconds"))?,
        (Kind::Map, Value::Object(_)) => return map(key, value, param, pairs),
        (Kind::Map, _) => return Err(wrong("an object of keys and values; null clears it")),
        (Kind::Array | Kind::List, Value::Array(_)) => return open(key, value, param, pairs),
        (Kind::Array | Kind::List, _) => return Err(wrong("an array")),
        (Kind::Object(groups), Value::Object(members)) if !groups.is_empty() => {
            return object(key, groups, members, param, pairs);
        }
        (Kind::Object(_), Value::Object(_)) | (Kind::Any, _) => return open(key, value, param, pairs),
        (Kind::Object(_), _) => return Err(wrong("an object")),
    };
    pairs.push((key.to_string(), text));
    Ok(())
}

fn object(
    key: &str,
    groups: Fields,
    members: &serde_json::Map<String, Value>,
    param: &str,
    pairs: &mut Pairs,
) -> Result<(), Failed> {
    let fields: Vec<Field> = catalog::iter(groups).collect();
    for (name, value) in members {
        let param = format!("{param}.{name}");
        if let Some(own) = name.strip_prefix('+') {
            open(&nest(key, own, &param)?, value, &param, pairs)?;
            continue;
        }
        let Some((own, kind)) = lookup(&fields, name) else {
            let hint = nearest(name, fields.iter().map(|field| pascal(field.name)));
            let hint = hint.map(|near| format!("did you mean `{near}`?"));
            let hint = hint.unwrap_or_else(|| "a leading `+` sends it although it is not known".to_string());
            return Err(invalid(&param, format!("there is no parameter `{param}`; {hint}")));
        };
        encode(&inside(key, &own), kind, value, &param, pairs)?;
    }
    Ok(())
}

/// `metadata` and its like: free keys. Stripe merges them, so an empty object changes nothing.
fn map(key: &str, value: &Value, param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    let Value::Object(members) = value else {
        return Ok(());
    };
    let metadata = key == "metadata" || key.ends_with("[metadata]");
    if metadata && members.len() > 50 {
        return Err(invalid(param, format!("`{param}` takes at most 50 keys")));
    }
    for (name, value) in members {
        let param = format!("{param}.{name}");
        let nested = nest(key, name, &param)?;
        if metadata {
            metadata_entry(name, value, &param)?;
        }
        open(&nested, value, &param, pairs)?;
    }
    Ok(())
}

/// Stripe's limits on one entry of `metadata`.
fn metadata_entry(name: &str, value: &Value, param: &str) -> Result<(), Failed> {
    let wrong = |why: &str| Err(invalid(param, format!("`{param}`: {why}")));
    if name.chars().count() > 40 {
        return wrong("a key of metadata has at most 40 characters");
    }
    match value {
        Value::String(text) if text.chars().count() > 500 => {
            wrong("a value of metadata has at most 500 characters")
        }
        Value::Object(_) | Value::Array(_) => wrong("a value of metadata is a text"),
        _ => Ok(()),
    }
}

/// Adds a value of which the catalog knows nothing: nested JSON as Stripe's notation has it.
fn open(key: &str, value: &Value, param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    let wrong = |right: &str| invalid(param, format!("`{param}` must be {right}"));
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(_) => number(value).ok_or_else(|| wrong("a number that is exact"))?,
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                open(&format!("{key}[{at}]"), item, &format!("{param}[{at}]"), pairs)?;
            }
            return Ok(());
        }
        Value::Object(members) => {
            for (name, value) in members {
                let param = format!("{param}.{name}");
                let own = if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    snake(name)
                } else {
                    name.clone()
                };
                encode(&nest(key, &own, &param)?, open_kind(&own), value, &param, pairs)?;
            }
            return Ok(());
        }
    };
    pairs.push((key.to_string(), text));
    Ok(())
}

/// What a parameter that is not in the catalog holds, by its name: amounts are whole numbers everywhere at Stripe,
/// and a fraction of one must not leave this place.
fn open_kind(name: &str) -> Kind {
    let amount = name == "amount" || name.starts_with("amount_") || name.ends_with("_amount");
    match name {
        "metadata" => Kind::Map,
        "amount_percent" | "amount_tax_display" => Kind::Any,
        _ if amount => Kind::Integer,
        _ => Kind::Any,
    }
}

/// A whole number that is exact, also written `1500.0` or `"1500"`.
fn integer(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => whole(number),
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let plain =
                !digits.is_empty() && digits.len() <= 16 && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| text.clone())
        }
        _ => None,
    }
}

fn whole(number: &Number) -> Option<String> {
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    let float = number.as_f64()?;
    let rounded = float as i64;
    (float.abs() < EXACT && rounded as f64 == float).then(|| rounded.to_string())
}

/// A number as it was written, or as its shortest text.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => whole(number)
            .or_else(|| number.as_f64().filter(|float| float.abs() < EXACT).map(|float| float.to_string())),
        Value::String(text) => {
            let shape = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
            (shape && text.parse::<f64>().is_ok()).then(|| text.clone())
        }
        _ => None,
    }
}

fn instant_of(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => whole(number),
        Value::String(text) => instant::to_seconds(text).map(|seconds| seconds.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
