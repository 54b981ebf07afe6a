//! Checks a caller's values against what the catalog says that they hold, and makes of them what Stripe reads: exact
//! numbers, Unix seconds, texts.

use crate::catalog::graph::Alternatives;
use crate::catalog::names::{nearest, pascal, snake};
use crate::catalog::{Kind, Object};
use crate::decimal::{plain, whole};
use crate::failure::{Failed, invalid};
use crate::input::{Found, Input, Schema, Step, lookup, place};
use crate::instant;
use crate::json::Json;
use alloc::format;
use alloc::string::{String, ToString};

/// A value of a parameter. Where that can be unset, an empty text does it, as in Stripe's forms.
pub fn of(schema: &Schema, found: &Found, value: &Json, param: &str) -> Result<Json, Failed> {
    match value {
        Json::Text(text) if text.is_empty() && found.nullable => Ok(Json::Null),
        _ => typed(schema, found.name(), found.kind, value, param),
    }
}

/// A value of a known kind. `name` is Stripe's name of it, `param` is how the caller called it.
fn typed(schema: &Schema, name: &str, kind: Kind, value: &Json, param: &str) -> Result<Json, Failed> {
    let wrong = |right: &str| invalid(param, format!("`{param}` must be {right}"));
    Ok(match (kind, value) {
        (_, Json::Null) => Json::Null,
        (Kind::Text | Kind::Reference(_) | Kind::Bytes, Json::Text(_)) => value.clone(),
        (Kind::Enum(words), Json::Text(text)) => {
            if !text.is_empty() && !words.has(text) {
                (schema.unknown_word)(param, text);
            }
            value.clone()
        }
        (Kind::Text | Kind::Reference(_) | Kind::Bytes | Kind::Enum(_), _) => {
            return Err(wrong("a text in quotes"));
        }
        (Kind::Integer, Json::Number(number) | Json::Text(number)) => {
            Json::Number(whole(number).ok_or_else(|| wrong("a whole number that is exact, such as 1500"))?)
        }
        (Kind::Integer, _) => return Err(wrong("a whole number, such as 1500")),
        (Kind::Number, Json::Number(number) | Json::Text(number)) => {
            Json::Number(plain(number).ok_or_else(|| wrong("a number without exponent, such as 12.5"))?)
        }
        (Kind::Number, _) => return Err(wrong("a number, such as 12.5")),
        (Kind::Decimal, Json::Text(text)) if text.is_empty() => value.clone(),
        (Kind::Decimal, Json::Number(number) | Json::Text(number)) => {
            Json::Text(plain(number).ok_or_else(|| wrong("a decimal number, such as \"12.5\""))?)
        }
        (Kind::Decimal, _) => return Err(wrong("a decimal number in quotes, such as \"12.5\"")),
        (Kind::Boolean, Json::Boolean(_)) => value.clone(),
        (Kind::Boolean, Json::Text(text)) if text == "true" || text == "false" => {
            Json::Boolean(text == "true")
        }
        (Kind::Boolean, _) => return Err(wrong("true or false")),
        (Kind::Instant, _) => Json::Number(
            instant_of(value)
                .ok_or_else(|| wrong("an RFC 3339 instant, a YYYY-MM-DD date or whole Unix seconds"))?,
        ),
        (Kind::DateTime, _) => Json::Text(
            date_time_of(value)
                .ok_or_else(|| wrong("an RFC 3339 instant, a YYYY-MM-DD date or whole Unix seconds"))?,
        ),
        (Kind::Map(inner), Json::Object(members)) => map(schema, inner.kind(), members, param)?,
        (Kind::Map(_), _) => return Err(wrong("an object of keys and values; null clears it")),
        (Kind::Array(inner) | Kind::List(inner), Json::Array(items)) => {
            let item = |(at, item): (usize, &Json)| {
                typed(schema, name, inner.kind(), item, &format!("{param}[{at}]"))
            };
            Json::Array(items.iter().enumerate().map(item).collect::<Result<_, _>>()?)
        }
        (Kind::Array(_) | Kind::List(_), _) => return Err(wrong("an array")),
        (Kind::Object(inner), Json::Object(members)) => object(schema, inner, members, param)?,
        (Kind::Object(_), _) => return Err(wrong("an object")),
        (Kind::OneOf(several), _) => return one_of(schema, name, several, value, param),
        (Kind::Any, _) => open(name, value, param)?,
    })
}

/// A value that may be of several kinds: of those of its own JSON type the strictest, since every text is a word that
/// Stripe may know.
fn one_of(
    schema: &Schema,
    name: &str,
    several: Alternatives,
    value: &Json,
    param: &str,
) -> Result<Json, Failed> {
    let is_of_type = |kind: &Kind| match value {
        Json::Object(_) => matches!(kind, Kind::Object(_) | Kind::Map(_)),
        Json::Array(_) => matches!(kind, Kind::Array(_)),
        _ => !matches!(kind, Kind::Object(_) | Kind::Map(_) | Kind::Array(_)),
    };
    let is_any_text = |kind: &Kind| matches!(kind, Kind::Text | Kind::Enum(_));
    let fits = several.kinds().any(|kind| is_of_type(&kind));
    let mut first = None;
    for strict in [true, false] {
        let tried = several.kinds().filter(|kind| is_any_text(kind) != strict && (is_of_type(kind) || !fits));
        for kind in tried {
            match typed(schema, name, kind, value, param) {
                Err(failure) => first = first.or(Some(failure)),
                done => return done,
            }
        }
    }
    Err(first.unwrap_or_else(|| invalid(param, format!("`{param}` has no right value"))))
}

fn object(schema: &Schema, object: Object, members: &Input, param: &str) -> Result<Json, Failed> {
    let mut parameters = Input::new();
    for (name, value) in members {
        let param = format!("{param}.{name}");
        if let Some(own) = name.strip_prefix('+') {
            let value = open(own, value, &param)?;
            place(&mut parameters, &[Step::Name(key(own, &param)?)], value, &param)?;
            continue;
        }
        let Some(found) = lookup(object, name) else {
            let hint = nearest(name, object.fields().map(|field| pascal(field.name)));
            let hint = hint.map(|near| format!("did you mean `{near}`?"));
            let hint = hint.unwrap_or_else(|| "a leading `+` sends it although it is not known".to_string());
            return Err(invalid(&param, format!("there is no parameter `{param}`; {hint}")));
        };
        let value = of(schema, &found, value, &param)?;
        place(&mut parameters, &found.path, value, &param)?;
    }
    Ok(Json::Object(parameters))
}

/// `metadata` and its like: free keys. Stripe merges them, so an empty object changes nothing.
fn map(schema: &Schema, kind: Kind, members: &Input, param: &str) -> Result<Json, Failed> {
    let value = |(name, value): &(String, Json)| {
        let param = format!("{param}.{name}");
        let value = match (kind, value) {
            // Nobody means another value by a number than its digits.
            (Kind::Text, Json::Number(text)) => Json::Text(text.clone()),
            (Kind::Text, Json::Boolean(flag)) => Json::Text(flag.to_string()),
            (Kind::Text, Json::Array(_) | Json::Object(_)) => {
                return Err(invalid(&param, format!("`{param}`: a value of metadata is a text")));
            }
            _ => typed(schema, name, kind, value, &param)?,
        };
        Ok((key(name, &param)?, value))
    };
    Ok(Json::Object(members.iter().map(value).collect::<Result<_, _>>()?))
}

/// A key that the caller made up.
pub fn key(name: &str, param: &str) -> Result<String, Failed> {
    if name.is_empty() || name.contains(['[', ']']) || name.chars().any(char::is_control) {
        return Err(invalid(
            param,
            format!("`{param}`: `{name}` cannot be a key: it is empty or has brackets"),
        ));
    }
    Ok(name.to_string())
}

/// A value of which the catalog knows nothing: its names are Stripe's own.
pub fn open(name: &str, value: &Json, param: &str) -> Result<Json, Failed> {
    let wrong = |right: &str| invalid(param, format!("`{param}` must be {right}"));
    Ok(match value {
        // Amounts are whole everywhere at Stripe, and a fraction of one must not leave this place.
        Json::Number(number) if is_amount(name) => {
            Json::Number(whole(number).ok_or_else(|| wrong("a whole number that is exact, such as 1500"))?)
        }
        Json::Number(number) => {
            let exact = whole(number).or_else(|| plain(number));
            Json::Number(exact.ok_or_else(|| wrong("a number without exponent"))?)
        }
        Json::Text(text) if is_amount(name) && is_number(text) => {
            Json::Text(whole(text).ok_or_else(|| wrong("a whole number that is exact, such as 1500"))?)
        }
        Json::Array(items) => {
            let item = |(at, item): (usize, &Json)| open(name, item, &format!("{param}[{at}]"));
            Json::Array(items.iter().enumerate().map(item).collect::<Result<_, _>>()?)
        }
        Json::Object(members) => {
            let mut parameters = Input::new();
            for (name, value) in members {
                let param = format!("{param}.{name}");
                let value = open(name, value, &param)?;
                parameters.push((key(name, &param)?, value));
            }
            Json::Object(parameters)
        }
        other => other.clone(),
    })
}

/// Whether a parameter, such as `unit_amount`, is named like an amount of money.
fn is_amount(name: &str) -> bool {
    let name = snake(name.rsplit('[').next().unwrap_or(name).trim_end_matches(']'));
    name == "amount" || name.starts_with("amount_") && name != "amount_percent" || name.ends_with("_amount")
}

/// Whether a text is meant as a number.
fn is_number(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().all(|b| b"0123456789.+-eE".contains(&b))
}

fn instant_of(value: &Json) -> Option<String> {
    match value {
        Json::Number(number) => whole(number),
        Json::Text(text) => instant::to_seconds(text).map(|seconds| seconds.to_string()),
        _ => None,
    }
}

/// An instant as v2 reads it. One between two seconds keeps its fraction.
fn date_time_of(value: &Json) -> Option<String> {
    match value {
        Json::Number(number) => instant::to_text(whole(number)?.parse().ok()?),
        Json::Text(text) => match instant::to_seconds(text) {
            Some(seconds) => instant::to_text(seconds),
            None => instant::is_rfc3339(text).then(|| text.clone()),
        },
        _ => None,
    }
}
