//! How ids and parameters look in a URL and in a form body.

use crate::api::types::FailureKind;
use crate::catalog::{Field, Object};
use crate::failure::{self, Failed};
use crate::input::Input;
use crate::json::Json;
use crate::order::{order, repeated};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Parameters by Stripe's name, such as `address[city]`, in the order in which they are sent.
pub type Pairs = Vec<(String, String)>;

/// Everything but RFC 3986's unreserved characters is encoded: an id is data, whatever is in it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `application/x-www-form-urlencoded`, which serves as a query too.
pub fn encode(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, RESERVED));
        text.push('=');
        text.extend(utf8_percent_encode(value, RESERVED));
    }
    text
}

/// Beyond these no request is one that Stripe would read, and one that is made of it might not fit the memory.
const MAX_PARAMETERS: usize = 10_000;
const MAX_KEY: usize = 500;

/// Parameters in Stripe's notation: `line_items[0][price]`. Null and what is empty unset, as nothing after `=`; free keys
/// merge, so an empty object says nothing.
pub fn pairs(parameters: &Input) -> Result<Pairs, Failed> {
    let mut pairs = Pairs::new();
    for (name, value) in parameters {
        flatten(name.clone(), value, &mut pairs)?;
    }
    check_shapes(&pairs)?;
    Ok(pairs)
}

/// A required field of which the parameters say nothing.
pub fn missing(object: Object, pairs: &Pairs) -> Option<Field> {
    let given = |name: &str| {
        let inside =
            |own: &str| own.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('['));
        pairs.iter().any(|(own, _)| inside(own))
    };
    object.fields().find(|field| field.required && !given(field.name))
}

fn flatten(key: String, value: &Json, pairs: &mut Pairs) -> Result<(), Failed> {
    if key.len() > MAX_KEY {
        let shown: String = key.chars().take(40).collect();
        return Err(failure::invalid(
            &shown,
            format!("a parameter's name has at most {MAX_KEY} bytes, unlike `{shown}...`"),
        ));
    }
    let text = match value {
        Json::Null => String::new(),
        Json::Boolean(flag) => flag.to_string(),
        Json::Number(text) | Json::Text(text) => text.clone(),
        Json::Array(items) if items.is_empty() => String::new(),
        Json::Array(items) => {
            let mut items = items.iter().enumerate();
            return items.try_for_each(|(at, item)| flatten(format!("{key}[{at}]"), item, pairs));
        }
        Json::Object(members) => {
            return members
                .iter()
                .try_for_each(|(name, value)| flatten(format!("{key}[{name}]"), value, pairs));
        }
    };
    if pairs.len() == MAX_PARAMETERS {
        return Err(failure::new(
            FailureKind::LimitExceeded,
            format!("the input makes more than {MAX_PARAMETERS} parameters"),
        ));
    }
    pairs.push((key, text));
    Ok(())
}

/// Refuses a parameter that is given twice, or as a whole and in parts. Only names that were sent as they are, with a
/// leading `+`, can still do that here.
fn check_shapes(pairs: &Pairs) -> Result<(), Failed> {
    if let Some(key) = repeated(pairs.iter().map(|(key, _)| key.as_str())) {
        return Err(failure::invalid(key, format!("`{key}` is given twice, perhaps in two spellings")));
    }
    let key = |at: usize| pairs.get(at).map_or("", |(key, _)| key.as_str());
    let sorted = order(pairs.len(), &|one, other| key(one).cmp(key(other)));
    let keys: Vec<&str> = sorted.into_iter().map(key).collect();
    let whole = |key: &&str| {
        let parts = key.match_indices('[').filter_map(|(at, _)| key.get(..at));
        parts.filter(|part| keys.binary_search(part).is_ok()).map(ToString::to_string).next()
    };
    match keys.iter().find_map(whole) {
        Some(key) => Err(failure::invalid(
            &key,
            format!("`{key}` is given as a whole and in parts; leave one of them out"),
        )),
        None => Ok(()),
    }
}

/// An endpoint's path with its ids filled in, which must have been checked.
pub fn path(template: &str, ids: &[&str]) -> String {
    let mut path = String::new();
    let mut ids = ids.iter();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment {
            "{}" => push_id(&mut path, ids.next().copied().unwrap_or_default()),
            _ => path.push_str(segment),
        }
    }
    for id in ids {
        path.push('/');
        push_id(&mut path, id);
    }
    path
}

/// Appends an id as it stands in a path.
pub fn push_id(path: &mut String, id: &str) {
    path.extend(utf8_percent_encode(id, RESERVED));
}

/// An id as it was before it stood in a path.
pub fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

/// Refuses what cannot be an id and would change the path: empty, `.`, `..`, control characters, over 255 long.
pub fn check_id(name: &str, id: &str) -> Result<(), Failed> {
    let wrong = if id.is_empty() {
        "is empty"
    } else if id == "." || id == ".." {
        "is a path segment, not an id"
    } else if id.chars().any(char::is_control) {
        "has control characters"
    } else if id.chars().count() > 255 {
        "is over 255 characters long"
    } else {
        return Ok(());
    };
    Err(failure::invalid(
        name,
        format!("the id `{name}` {wrong}; give the id of one object, such as cus_123"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_data() {
        assert_eq!(
            path("/v1/customers", &["cus/../1?x=y#z%41"]),
            "/v1/customers/cus%2F..%2F1%3Fx%3Dy%23z%2541"
        );
        assert_eq!(path("/v1/invoices/{}/lines", &["in_1"]), "/v1/invoices/in_1/lines");
        assert_eq!(path("/v1/quotes/{}/accept", &["é"]), "/v1/quotes/%C3%A9/accept");
    }

    #[test]
    fn pairs() {
        let pairs = [("address[city]", "A b&c"), ("x", "")].map(|(n, v)| (n.into(), v.into()));
        assert_eq!(encode(&pairs), "address%5Bcity%5D=A%20b%26c&x=");
        assert_eq!(encode(&[]), "");
    }

    #[test]
    fn bad_ids() {
        for id in ["", ".", "..", "a\nb", "\u{7f}", &"x".repeat(256)] {
            assert!(check_id("CustomerId", id).is_err(), "{id:?}");
        }
        for id in ["cus_1", "...", "a/b", &"é".repeat(255)] {
            assert!(check_id("CustomerId", id).is_ok(), "{id:?}");
        }
    }
}
