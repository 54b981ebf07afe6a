//! How ids and parameters look in a URL and in a form body.

use crate::failure::{self, Failed};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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

/// An endpoint's path below `/v1/` with its ids filled in, which must have been checked.
pub fn path(template: &str, ids: &[&str]) -> String {
    let mut path = String::from("/v1");
    let mut ids = ids.iter();
    for segment in template.split('/') {
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

fn push_id(path: &mut String, id: &str) {
    path.extend(utf8_percent_encode(id, RESERVED));
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
        assert_eq!(path("customers", &["cus/../1?x=y#z%41"]), "/v1/customers/cus%2F..%2F1%3Fx%3Dy%23z%2541");
        assert_eq!(path("invoices/{}/lines", &["in_1"]), "/v1/invoices/in_1/lines");
        assert_eq!(path("quotes/{}/accept", &["é"]), "/v1/quotes/%C3%A9/accept");
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
