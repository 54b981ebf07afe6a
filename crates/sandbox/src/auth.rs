//! Which keys are let in: test keys only, as Bearer token or as Basic user name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{ApiError, Result};
use crate::resources::test_clock;

/// The account that every key belongs to.
pub const PLATFORM: &str = "acct_1SandboxPlatform";

/// The key in the value of `Authorization`, for a request to a path. It never enters a message. A live
/// key is no key here, but where Stripe itself has nothing for it, it is told so as by Stripe.
pub fn check(authorization: Option<&str>, path: &str) -> Result<String> {
    let key = authorization.and_then(key_of).filter(|key| !key.is_empty());
    let Some(key) = key else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key: send a test key as `Authorization: Bearer sk_test_...` \
             or as the user name of basic authentication.",
        ));
    };
    let live = key.starts_with("sk_live_") || key.starts_with("rk_live_");
    if live && path.starts_with(test_clock::PATH) {
        return Err(ApiError::invalid(
            "Test clocks exist in test mode only, and this request was made with a live key.",
        ));
    }
    if live {
        return Err(ApiError::unauthorized(
            "This is a sandbox: it takes only test keys, and it was sent a live one.",
        ));
    }
    let rest = key.strip_prefix("sk_test_").or_else(|| key.strip_prefix("rk_test_"));
    match rest {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()) => Ok(key),
        _ => Err(ApiError::unauthorized(
            "Invalid API Key provided: a test key starts with sk_test_ or rk_test_.",
        )),
    }
}

/// The account that a request is for: the platform, or the connected one that `Stripe-Account`
/// names. Every well-formed id is a connected account, with objects of its own.
pub fn account(header: Option<&str>) -> Result<String> {
    let Some(id) = header else {
        return Ok(PLATFORM.to_owned());
    };
    let rest = id.strip_prefix("acct_").unwrap_or_default();
    if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(id.to_owned());
    }
    Err(ApiError::invalid(format!(
        "The key does not have access to the account '{id}', or there is no such account: the id of \
         an account is acct_ and letters and digits."
    ))
    .status(403)
    .code("account_invalid"))
}

/// Checks the form of `Stripe-Version`; the sandbox has the shapes of one version only.
pub fn version(header: Option<&str>) -> Result<()> {
    let Some(version) = header else {
        return Ok(());
    };
    let (date, release) = version.split_once('.').map_or((version, None), |(date, rest)| (date, Some(rest)));
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = date.split('-');
    let dated = [4, 2, 2].into_iter().all(|length| parts.next().is_some_and(|part| digits(part, length)));
    let named =
        release.is_none_or(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()));
    if dated && parts.next().is_none() && named {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid Stripe API version: {version}. A version looks like 2026-05-27.dahlia."
    )))
}

/// The token in the value of `Authorization`, empty where there is none.
pub fn token(authorization: Option<&str>) -> String {
    authorization.and_then(key_of).unwrap_or_default()
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
    use super::{PLATFORM, account, check, version};

    const CUSTOMERS: &str = "/v1/customers";

    #[test]
    fn takes_test_keys_only() {
        assert!(check(Some("Bearer sk_test_1"), CUSTOMERS).is_ok());
        assert!(check(Some("bearer rk_test_1"), CUSTOMERS).is_ok());
        // "sk_test_1:" in base64.
        assert!(check(Some("Basic c2tfdGVzdF8xOg=="), CUSTOMERS).is_ok());
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
            assert_eq!(check(wrong, CUSTOMERS).unwrap_err().status, 401, "{wrong:?}");
        }
    }

    #[test]
    fn accounts_and_versions_have_a_form() {
        assert_eq!(account(None).unwrap(), PLATFORM);
        assert_eq!(account(Some("acct_1a")).unwrap(), "acct_1a");
        for wrong in ["", "acct_", "cus_1", "acct_a/b"] {
            assert_eq!(account(Some(wrong)).unwrap_err().status, 403, "{wrong}");
        }
        for right in [None, Some("2020-08-27"), Some("2026-05-27.dahlia")] {
            assert!(version(right).is_ok(), "{right:?}");
        }
        for wrong in ["", "latest", "2026-5-27", "2026-05-27.", "2026-05-27-01"] {
            assert_eq!(version(Some(wrong)).unwrap_err().status, 400, "{wrong}");
        }
    }
}
