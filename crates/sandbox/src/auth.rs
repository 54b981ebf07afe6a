//! Which keys are let in: test keys only, as Bearer token or as Basic user name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{ApiError, Result};

/// Checks the value of `Authorization`. The key itself never enters a message.
pub fn check(authorization: Option<&str>) -> Result<()> {
    let key = authorization.and_then(key_of).filter(|key| !key.is_empty());
    let Some(key) = key else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key: send a test key as `Authorization: Bearer sk_test_...` \
             or as the user name of basic authentication.",
        ));
    };
    if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
        return Err(ApiError::unauthorized(
            "This is a sandbox: it takes only test keys, and it was sent a live one.",
        ));
    }
    let rest = key.strip_prefix("sk_test_").or_else(|| key.strip_prefix("rk_test_"));
    match rest {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()) => Ok(()),
        _ => Err(ApiError::unauthorized(
            "Invalid API Key provided: a test key starts with sk_test_ or rk_test_.",
        )),
    }
}

fn key_of(authorization: &str) -> Option<String> {
    let (scheme, value) = authorization.trim().split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    Some(text.split(':').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn takes_test_keys_only() {
        assert!(check(Some("Bearer sk_test_1")).is_ok());
        assert!(check(Some("bearer rk_test_1")).is_ok());
        // "sk_test_1:" in base64.
        assert!(check(Some("Basic c2tfdGVzdF8xOg==")).is_ok());
        for wrong in [
            None,
            Some(""),
            Some("Bearer "),
            Some("Bearer sk_test_"),
            Some("Bearer sk_live_1"),
            Some("Bearer pk_test_1"),
            Some("Basic !"),
            Some("sk_test_1"),
        ] {
            assert_eq!(check(wrong).unwrap_err().status, 401, "{wrong:?}");
        }
    }
}
