//! Who may call: whoever shows the token that the host keeps as a secret.

use crate::backend::Backend;
use crate::contract::secrets::SecretError;
use crate::error::{Code, Error};
use crate::http::Request;

/// The settings that are the service's. Their names begin with `service_`, which the connector leaves alone.
const PREFIX: &str = "service_";
const AUTH: &str = "service_auth";
const SECRET: &str = "service_token_secret";
const VERSION: &str = "service_token_secret_version";

/// Refuses a request that does not show the token and, where none is asked for, one that a page of somebody else's makes in the
/// browser of one who may call.
pub fn check(backend: &impl Backend, request: &Request) -> Result<(), Error> {
    let settings = Settings::read(&backend.settings())?;
    if !settings.guarded {
        return check_origin(request);
    }
    let (name, version) = (settings.secret.as_str(), settings.version.as_str());
    let unset = |why: &str| {
        unauthenticated(format!(
            "{why}; let the host's secret `{name}` (version `{version}`) hold the token that callers send as \
             `Authorization: Bearer TOKEN`, name another one with the settings `{SECRET}` and `{VERSION}`, or let \
             anybody in with `{AUTH}` = `none`"
        ))
    };
    let token = match backend.secret(name, version) {
        Ok(token) if token.trim_ascii().is_empty() => return Err(unset("the service's token is empty")),
        Ok(token) => token,
        Err(SecretError::NotFound) => return Err(unset("the service has no token to compare with")),
        Err(SecretError::Denied) => return Err(unset("the host does not give the service its token")),
        // The store's words are for its operator, not for somebody who has shown nothing yet.
        Err(SecretError::Unavailable(_)) => {
            let message =
                format!("the store with the service's token (`{name}`) cannot be asked now; try again later");
            return Err(Error::new(Code::Unavailable, message));
        }
    };
    let Some(shown) = request.header("authorization").and_then(bearer) else {
        return Err(unauthenticated("send the service's token as `Authorization: Bearer TOKEN`".to_owned()));
    };
    match same(shown.as_bytes(), token.trim_ascii()) {
        true => Ok(()),
        false => Err(unauthenticated("the token in `Authorization` is not the service's".to_owned())),
    }
}

/// A browser names the origin of the page with all that may change something, and says of the rest whether it is for a page
/// of the same origin.
fn check_origin(request: &Request) -> Result<(), Error> {
    let host = request.header("host");
    let of_this = |origin: &str| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some() && authority == host
    };
    let foreign = request.headers.iter().any(|(name, value)| match name.as_str() {
        "origin" => !of_this(value),
        "sec-fetch-site" => !["same-origin", "none"].contains(&value.as_str()),
        _ => false,
    });
    match foreign {
        false => Ok(()),
        true => Err(Error::new(
            Code::PermissionDenied,
            format!(
                "a page of another origin may not call a service with `{AUTH}` = `none`; let its callers show a token"
            ),
        )),
    }
}

fn unauthenticated(message: String) -> Error {
    let mut error = Error::new(Code::Unauthenticated, message);
    error.headers.push(("www-authenticate", "Bearer".to_owned()));
    error
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compares without telling by its time where two texts differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |found, (a, b)| std::hint::black_box(found | (a ^ b)));
    one.len() == other.len() && differences == 0
}

struct Settings {
    guarded: bool,
    secret: String,
    version: String,
}

impl Settings {
    /// A mistyped name must not leave the door as it was by default, so that unknown ones are refused.
    fn read(pairs: &[(String, String)]) -> Result<Settings, Error> {
        let get = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        let text = |name: &str, default: &str| {
            get(name).filter(|value| !value.is_empty()).unwrap_or(default).to_owned()
        };
        let mut mistakes: Vec<String> = pairs
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX) && ![AUTH, SECRET, VERSION].contains(&name.as_str()))
            .map(|(name, _)| format!("`{name}` is not known, `{AUTH}`, `{SECRET}` and `{VERSION}` are"))
            .collect();
        let auth = text(AUTH, "token");
        if !["token", "none"].contains(&auth.as_str()) {
            mistakes.push(format!("`{AUTH}` must be `token` or `none`"));
        }
        if !mistakes.is_empty() {
            let message = format!("the service's settings are wrong: {}", mistakes.join("; "));
            return Err(Error::new(Code::FailedPrecondition, message));
        }
        Ok(Settings {
            guarded: auth == "token",
            secret: text(SECRET, "service-token"),
            version: text(VERSION, "latest"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, get};

    fn check_with(fake: &Fake, authorization: &str) -> Result<(), (Code, String)> {
        let mut request = get("/v2");
        request.headers.retain(|(name, _)| name != "authorization");
        if !authorization.is_empty() {
            request.headers.push(("authorization".to_owned(), authorization.to_owned()));
        }
        check(fake, &request).map_err(|error| (error.code, error.message))
    }

    #[test]
    fn only_the_token_opens() {
        let fake = Fake::default();
        assert_eq!(check_with(&fake, "Bearer the-token"), Ok(()));
        assert_eq!(check_with(&fake, "bearer  the-token "), Ok(()));
        for wrong in
            ["", "Bearer", "Bearer the-toke", "Bearer the-tokenn", "Bearer The-token", "Basic the-token"]
        {
            let (code, message) = check_with(&fake, wrong).unwrap_err();
            assert_eq!(code, Code::Unauthenticated, "{wrong}");
            assert!(!message.contains("the-token"), "{message}");
        }
    }

    #[test]
    fn without_a_secret_nobody_comes_in_and_is_told_why() {
        for secret in [Err(SecretError::NotFound), Err(SecretError::Denied), Ok(b" \n".to_vec())] {
            let fake = Fake { secret, ..Fake::default() };
            let (code, message) = check_with(&fake, "Bearer the-token").unwrap_err();
            assert_eq!(code, Code::Unauthenticated);
            assert!(
                message.contains("`service-token`") && message.contains("`service_auth` = `none`"),
                "{message}"
            );
        }
        let fake = Fake { secret: Err(SecretError::Unavailable("inside".to_owned())), ..Fake::default() };
        let (code, message) = check_with(&fake, "Bearer the-token").unwrap_err();
        assert!(code == Code::Unavailable && !message.contains("inside"));
    }

    #[test]
    fn without_a_token_no_page_of_another_origin_comes_in() {
        let open = [("service_auth".to_owned(), "none".to_owned())];
        let fake = Fake { settings: open.to_vec(), ..Fake::default() };
        let from = |origin: &str| {
            let mut request = get("/v2");
            request.headers.push(("host".to_owned(), "127.0.0.1:8080".to_owned()));
            request.headers.push(("origin".to_owned(), origin.to_owned()));
            check(&fake, &request).map_err(|error| error.code)
        };
        assert_eq!(from("http://127.0.0.1:8080"), Ok(()));
        for other in ["http://127.0.0.1:9090", "https://shop.example", "null", ""] {
            assert_eq!(from(other), Err(Code::PermissionDenied), "{other}");
        }
        for (site, comes_in) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            let mut request = get("/v2");
            request.headers.push(("sec-fetch-site".to_owned(), site.to_owned()));
            assert_eq!(check(&fake, &request).is_ok(), comes_in, "{site}");
        }
    }

    #[test]
    fn settings_open_and_name() {
        let with = |pairs: &[(&str, &str)]| Fake {
            settings: pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            secret: Err(SecretError::NotFound),
            ..Fake::default()
        };
        assert_eq!(check_with(&with(&[("service_auth", "none")]), ""), Ok(()));
        let (_, message) = check_with(&with(&[("service_token_secret", "door")]), "").unwrap_err();
        assert!(message.contains("`door`"));
        for wrong in [("service_auth", "off"), ("service_auht", "none")] {
            let (code, message) = check_with(&with(&[wrong]), "").unwrap_err();
            assert!(code == Code::FailedPrecondition && message.contains(wrong.0), "{message}");
        }
    }
}
