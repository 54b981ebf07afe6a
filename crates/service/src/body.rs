//! Bodies in JSON. What is data of the caller's stays text, so that no digit of an amount is lost on its way.

use crate::error::{Code, Error};
use crate::http::{MAX_BODY, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Reads a body; an empty one is `{}`, as everywhere in Google's APIs.
pub fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Error> {
    let text = std::str::from_utf8(&request.body)
        .map_err(|_| Error::invalid("body", "the body is no UTF-8; send JSON in UTF-8"))?;
    parse(if text.is_empty() { "{}" } else { text }, "the body")
}

/// A member for which `null` means the same as nothing, as everywhere in Google's APIs.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    member: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(member)?.unwrap_or_default())
}

/// Reads JSON that is an object; `what` names it in a message.
pub fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Error> {
    if !text.trim_start().starts_with('{') {
        return Err(Error::invalid("body", format!("{what} must be a JSON object")));
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let kind = if error.is_data() { "is not as it should be" } else { "is no JSON" };
        let field = message.split('`').nth(1).filter(|_| error.is_data()).unwrap_or("body").to_owned();
        Error::invalid(&field, format!("{what} {kind}: {message}"))
    })
}

/// A member that must be an object, as text; absent: an empty one.
pub fn object<'a>(member: Option<&'a RawValue>, name: &str) -> Result<&'a str, Error> {
    let text = member.map_or("{}", RawValue::get);
    match text.starts_with('{') {
        true => Ok(text),
        false => Err(Error::invalid(name, format!("`{name}` must be a JSON object"))),
    }
}

/// Refuses a body that is longer than is taken.
pub fn check_size(request: &Request) -> Result<(), Error> {
    match request.body.len() > MAX_BODY {
        true => Err(Error::new(
            Code::PayloadTooLarge,
            format!("the body has more than {MAX_BODY} bytes, the most"),
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ExecutionConfig;
    use crate::testing::get;

    fn headers(body: &[u8]) -> Result<Option<String>, Error> {
        let request = Request { body: body.to_vec(), ..get("/") };
        read::<ExecutionConfig>(&request).map(|config| config.headers)
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(headers(b"").unwrap(), None);
        assert_eq!(headers(br#"{"headers": "{}"}"#).unwrap().as_deref(), Some("{}"));
        for (wrong, word) in [
            (&br#"{"header": "x"}"#[..], "`header`"),
            (b"{", "no JSON"),
            (b"[]", "a JSON object"),
            (b"\n", "a JSON object"),
            (br#"{"headers": 1}"#, "`1`"),
            (b"\xff", "UTF-8"),
        ] {
            let error = headers(wrong).unwrap_err();
            assert!(error.message.contains(word), "{}", error.message);
        }
    }

    #[test]
    fn too_long_is_413() {
        let request = Request { body: vec![b' '; MAX_BODY + 1], ..get("/") };
        assert_eq!(check_size(&request).unwrap_err().code.http().0, 413);
    }
}
