//! Decodes what a caller gives, a JSON object with columns, Stripe's names or dotted paths, into Stripe's form
//! parameters, and refuses what Stripe would misunderstand before anything is sent.

use crate::api::types::FailureKind;
use crate::catalog::names::{nearest, pascal, same, snake, strip_prefix};
use crate::catalog::{self, Field, Fields, Kind};
use crate::failure::{self, Failed, invalid};
use crate::form::Pairs;
use crate::instant;
use crate::json::{self, Json, Members};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The members of a call's JSON input.
pub type Input = Vec<(String, Json)>;

/// What an endpoint takes.
pub struct Schema<'a> {
    /// `Customer` or `ConfirmPaymentIntent`, for messages.
    pub target: &'a str,
    pub parameters: Vec<Field>,
    /// Documented names of parameters that are not theirs: (`CustomerId`, `customer`).
    pub aliases: &'a [(&'static str, &'static str)],
    pub required: &'a [&'static str],
}

/// Beyond these no request is one that Stripe would read, and one that is made of it might not fit the memory.
const MAX_BYTES: usize = 1 << 20;
const MAX_PARAMETERS: usize = 10_000;
const MAX_KEY: usize = 500;

/// Takes a JSON object apart. `what` names it in messages.
pub fn members(what: &str, text: &str) -> Result<Input, Failed> {
    if text.len() > MAX_BYTES {
        return Err(failure::new(
            FailureKind::LimitExceeded,
            format!("`{what}` has {} bytes, and at most {MAX_BYTES} are taken", text.len()),
        ));
    }
    if !json::is_object(text.trim_start()) {
        return Err(invalid(what, format!("`{what}` must be a JSON object, such as {{\"Name\": \"John\"}}")));
    }
    let unreadable =
        |error: serde_json::Error| invalid(what, format!("`{what}` cannot be read as JSON: {error}"));
    let members = Members::parse(text).map_err(unreadable)?;
    if let Some(name) = json::repeated(members.iter().map(|(name, _)| name)) {
        return Err(twice(name));
    }
    let value = |(name, value): (&str, &str)| Ok((name.to_string(), Json::parse(value).map_err(unreadable)?));
    members.iter().map(value).collect()
}

fn twice(name: &str) -> Failed {
    invalid(name, format!("`{name}` is given twice, perhaps in two spellings"))
}

/// Makes form parameters of the input.
pub fn decode(schema: &Schema, input: &Input) -> Result<Pairs, Failed> {
    let mut pairs = Pairs::new();
    for (name, value) in input {
        match name.strip_prefix('+') {
            Some(own) if own.starts_with("expand") => {
                return Err(invalid(name, "what to expand is said in the call's options, as `expand`"));
            }
            Some(own) if !own.is_empty() => open(own, value, name, &mut pairs)?,
            _ => {
                let (key, kind) = resolve(schema, name)?;
                encode(&key, kind, value, name, &mut pairs)?;
            }
        }
    }
    check_shapes(&pairs)?;
    check_metadata(&pairs)?;
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

/// Refuses a parameter that is given twice, or as a whole and in parts: `address` and `address[city]`.
fn check_shapes(pairs: &Pairs) -> Result<(), Failed> {
    if let Some(key) = json::repeated(pairs.iter().map(|(key, _)| key.as_str())) {
        return Err(twice(key));
    }
    let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    let whole = |key: &&str| {
        let parts = key.match_indices('[').filter_map(|(at, _)| key.get(..at));
        parts.filter(|part| keys.binary_search(part).is_ok()).map(ToString::to_string).next()
    };
    match keys.iter().find_map(whole) {
        Some(key) => {
            Err(invalid(&key, format!("`{key}` is given as a whole and in parts; leave one of them out")))
        }
        None => Ok(()),
    }
}

/// Stripe's limits on `metadata`, however it was written.
fn check_metadata(pairs: &Pairs) -> Result<(), Failed> {
    let mut count = 0;
    for (key, value) in pairs {
        let nested = key.split_once("[metadata][").map(|(_, name)| name);
        let Some(name) = key.strip_prefix("metadata[").or(nested) else {
            continue;
        };
        let (name, deeper) = name.split_once(']').unwrap_or((name, ""));
        let wrong =
            |why: &str| Err(invalid(&format!("Metadata.{name}"), format!("`Metadata.{name}`: {why}")));
        count += 1;
        if !deeper.is_empty() {
            return wrong("a value of metadata is a text");
        } else if name.chars().count() > 40 {
            return wrong("a key of metadata has at most 40 characters");
        } else if value.chars().count() > 500 {
            return wrong("a value of metadata has at most 500 characters");
        } else if count > 50 {
            return wrong("metadata takes at most 50 keys");
        }
    }
    Ok(())
}

/// Adds a parameter.
fn push(key: &str, value: String, param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    if key.len() > MAX_KEY {
        return Err(invalid(param, format!("a parameter's name has at most {MAX_KEY} bytes")));
    }
    if pairs.len() == MAX_PARAMETERS {
        return Err(failure::new(
            FailureKind::LimitExceeded,
            format!("the input makes more than {MAX_PARAMETERS} parameters"),
        ));
    }
    pairs.push((key.to_string(), value));
    Ok(())
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
fn encode(key: &str, kind: Kind, value: &Json, param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    let wrong = |right: &str| invalid(param, format!("`{param}` must be {right}"));
    let text = match (kind, value) {
        (_, Json::Null) => String::new(),
        (Kind::Text | Kind::Reference, Json::Text(text)) => text.clone(),
        (Kind::Text | Kind::Reference, _) => return Err(wrong("a text in quotes")),
        (Kind::Integer, Json::Number(number) | Json::Text(number)) => {
            whole(number).ok_or_else(|| wrong("a whole number that is exact, such as 1500"))?
        }
        (Kind::Integer, _) => return Err(wrong("a whole number, such as 1500")),
        (Kind::Number, Json::Number(number) | Json::Text(number)) => {
            plain(number).ok_or_else(|| wrong("a number without exponent, such as 12.5"))?
        }
        (Kind::Number, _) => return Err(wrong("a number, such as 12.5")),
        (Kind::Boolean, Json::Boolean(flag)) => flag.to_string(),
        (Kind::Boolean, Json::Text(text)) if text == "true" || text == "false" => text.clone(),
        (Kind::Boolean, _) => return Err(wrong("true or false")),
        (Kind::Instant, _) => instant_of(value)
            .ok_or_else(|| wrong("an RFC 3339 instant, a YYYY-MM-DD date or whole Unix seconds"))?,
        (Kind::Map, Json::Object(members)) => return map(key, members, param, pairs),
        (Kind::Map, _) => return Err(wrong("an object of keys and values; null clears it")),
        (Kind::Array | Kind::List, Json::Array(_)) => return open(key, value, param, pairs),
        (Kind::Array | Kind::List, _) => return Err(wrong("an array")),
        (Kind::Object(groups), Json::Object(members)) if !groups.is_empty() => {
            return object(key, groups, members, param, pairs);
        }
        (Kind::Object(_), Json::Object(_)) | (Kind::Any, _) => return open(key, value, param, pairs),
        (Kind::Object(_), _) => return Err(wrong("an object")),
    };
    push(key, text, param, pairs)
}

fn object(
    key: &str,
    groups: Fields,
    members: &[(String, Json)],
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
fn map(key: &str, members: &[(String, Json)], param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    for (name, value) in members {
        let param = format!("{param}.{name}");
        open(&nest(key, name, &param)?, value, &param, pairs)?;
    }
    Ok(())
}

/// Adds a value of which the catalog knows nothing: nested JSON as Stripe's notation has it.
fn open(key: &str, value: &Json, param: &str, pairs: &mut Pairs) -> Result<(), Failed> {
    let wrong = |right: &str| invalid(param, format!("`{param}` must be {right}"));
    let text = match value {
        Json::Null => String::new(),
        Json::Boolean(flag) => flag.to_string(),
        // Amounts are whole everywhere at Stripe, and a fraction of one must not leave this place.
        Json::Number(number) if is_amount(key) => {
            whole(number).ok_or_else(|| wrong("a whole number that is exact, such as 1500"))?
        }
        Json::Number(number) => {
            whole(number).or_else(|| plain(number)).ok_or_else(|| wrong("a number without exponent"))?
        }
        Json::Text(text) if is_amount(key) && text.parse::<f64>().is_ok() => {
            whole(text).ok_or_else(|| wrong("a whole number that is exact, such as 1500"))?
        }
        Json::Text(text) => text.clone(),
        Json::Array(items) if items.is_empty() => String::new(),
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                open(&format!("{key}[{at}]"), item, &format!("{param}[{at}]"), pairs)?;
            }
            return Ok(());
        }
        Json::Object(members) => {
            for (name, value) in members {
                let param = format!("{param}.{name}");
                let pascal = name.starts_with(|c: char| c.is_ascii_uppercase());
                let own = if pascal { snake(name) } else { name.clone() };
                encode(&nest(key, &own, &param)?, open_kind(&own), value, &param, pairs)?;
            }
            return Ok(());
        }
    };
    push(key, text, param, pairs)
}

/// What a parameter that is not in the catalog holds, by its name.
fn open_kind(name: &str) -> Kind {
    if name == "metadata" { Kind::Map } else { Kind::Any }
}

/// Whether a key, such as `line_items[0][unit_amount]`, is named like an amount of money.
fn is_amount(key: &str) -> bool {
    let name = snake(key.rsplit('[').next().unwrap_or(key).trim_end_matches(']'));
    name == "amount" || name.starts_with("amount_") && name != "amount_percent" || name.ends_with("_amount")
}

/// Below this every whole number has a floating-point number of its own (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number as its digits, also one that is written `1500.0` or `1.5e3`.
fn whole(number: &str) -> Option<String> {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let fits = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
        return fits.then(|| if digits == "0" { "0" } else { number }.to_string());
    }
    // A text with more digits than these may be read as a number that it is not.
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    if mantissa.bytes().filter(u8::is_ascii_digit).count() > 15 {
        return None;
    }
    let float: f64 = number.parse().ok()?;
    let rounded = float as i64;
    // Too small for a floating-point number is not nothing.
    if rounded == 0 && mantissa.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        return None;
    }
    (float.abs() < EXACT && rounded as f64 == float).then(|| rounded.to_string())
}

/// A decimal number as it was written.
fn plain(number: &str) -> Option<String> {
    let shape = number.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    (shape && number.parse::<f64>().is_ok()).then(|| number.to_string())
}

fn instant_of(value: &Json) -> Option<String> {
    match value {
        Json::Number(number) => whole(number),
        Json::Text(text) => instant::to_seconds(text).map(|seconds| seconds.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
