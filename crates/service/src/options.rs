//! What a caller says about a call beside its input: `executionConfig.headers`, or headers of the request.
//!
//! `Idempotency-Key` and `Stripe-Account` are heard, in any case, and `executionConfig` wins over a header of the request.
//! Other names are passed over: Google's own clients send some (`x-integration-connectors-...`) to every connector.

use crate::contract::types::CallOptions;
use crate::error::Error;
use crate::http::Request;
use crate::query::EXECUTION_HEADERS;
use serde::Deserialize;
use serde_json::{Map, Value};

/// `executionConfig` in a body.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields)]
pub struct ExecutionConfig {
    /// A text that is a JSON object.
    pub headers: Option<String>,
}

/// Whether a call may change something: only then it has an idempotency key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It only reads.
    Read,
    /// It may change something.
    Change,
}

/// The options of a call.
pub fn read(request: &Request, configured: Option<&str>, purpose: Purpose) -> Result<CallOptions, Error> {
    let configured = match configured.filter(|text| !text.trim().is_empty()) {
        Some(text) => serde_json::from_str::<Map<String, Value>>(text).map_err(|error| {
            let message = format!(
                "`{EXECUTION_HEADERS}` must be a text that is a JSON object, such as \
                 {{\"Idempotency-Key\": \"k-1\"}}: {error}"
            );
            Error::invalid(EXECUTION_HEADERS, message)
        })?,
        None => Map::new(),
    };
    let find = |name: &str| {
        let mut found = configured.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(twice(EXECUTION_HEADERS, name)),
            (Some((_, Value::String(value))), None) => Ok(Some(value.clone())),
            (Some((own, _)), None) => Err(Error::invalid(
                EXECUTION_HEADERS,
                format!("`{own}` in `{EXECUTION_HEADERS}` must be a text"),
            )),
            (None, _) => {
                let mut found = request.headers.iter().filter(|(own, _)| own == name);
                let value = found.next().map(|(_, value)| value.clone());
                found.next().map_or(Ok(value), |_| Err(twice("the request", name)))
            }
        }
    };
    let key = find("idempotency-key")?;
    Ok(CallOptions {
        account: find("stripe-account")?,
        idempotency_key: key.filter(|_| purpose == Purpose::Change),
        deadline_ms: None,
        expand: None,
        parents: None,
        parameters: None,
    })
}

/// Which of two is meant nobody can tell.
fn twice(place: &str, name: &str) -> Error {
    Error::invalid(name, format!("{place} has the header `{name}` twice; send it once"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::get;

    #[test]
    fn both_places_and_any_case() {
        let mut request = get("/");
        request.headers.push(("idempotency-key".to_owned(), "outer".to_owned()));
        request.headers.push(("stripe-account".to_owned(), "acct_1".to_owned()));
        let options = read(&request, None, Purpose::Change).unwrap();
        assert_eq!(options.idempotency_key.as_deref(), Some("outer"));
        let headers = r#"{"IDEMPOTENCY-key": "inner", "x-integration-connectors-runtime-config": {"a": 1}}"#;
        let options = read(&request, Some(headers), Purpose::Change).unwrap();
        assert_eq!(options.idempotency_key.as_deref(), Some("inner"));
        assert_eq!(options.account.as_deref(), Some("acct_1"));
        assert_eq!(read(&request, None, Purpose::Read).unwrap().idempotency_key, None);
    }

    #[test]
    fn what_is_said_twice_is_refused() {
        let mut request = get("/");
        request.headers.extend(["a", "b"].map(|key| ("idempotency-key".to_owned(), key.to_owned())));
        assert!(read(&request, None, Purpose::Change).is_err());
        let headers = r#"{"Idempotency-Key": "a", "idempotency-key": "b"}"#;
        assert!(read(&get("/"), Some(headers), Purpose::Change).is_err());
        // The inner one wins over the outer ones.
        assert!(read(&request, Some(r#"{"Idempotency-Key": "a"}"#), Purpose::Change).is_ok());
    }

    #[test]
    fn what_is_no_object_of_texts_is_refused() {
        for wrong in ["[]", "x", r#"{"Stripe-Account": 1}"#] {
            let error = read(&get("/"), Some(wrong), Purpose::Read).unwrap_err();
            assert!(error.message.contains(EXECUTION_HEADERS), "{}", error.message);
        }
    }
}
