//! Who one is to the proxy.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use http_auth::{DigestClient, PasswordParams, basic, parse_challenges};

use crate::network::error::NotSent;
use crate::secrets::{SecretError, Secrets};

/// User and password, of which the latter stays in the secret store until it is needed.
pub(in crate::network) struct Credentials(Option<Login>);

struct Login {
    scheme: Scheme,
    user: String,
    /// The secret's name and version.
    password: (String, String),
    secrets: Arc<dyn Secrets>,
}

enum Scheme {
    Basic,
    /// With the proxy's last challenge, which is answered until it gives another.
    Digest(Mutex<Option<DigestClient>>),
}

impl Credentials {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn basic(user: String, password: (String, String), secrets: Arc<dyn Secrets>) -> Self {
        Self(Some(Login { scheme: Scheme::Basic, user, password, secrets }))
    }

    pub(super) fn digest(user: String, password: (String, String), secrets: Arc<dyn Secrets>) -> Self {
        Self(Some(Login { scheme: Scheme::Digest(Mutex::default()), user, password, secrets }))
    }

    /// Whether the proxy has to be asked before it can be answered.
    pub(super) fn challenged(&self) -> bool {
        matches!(&self.0, Some(Login { scheme: Scheme::Digest(_), .. }))
    }

    /// What a request carries without being asked for it.
    pub(in crate::network) async fn known(
        &self,
        method: &str,
        uri: &str,
    ) -> Result<Option<HeaderValue>, NotSent> {
        let Some(login) = &self.0 else {
            return Ok(None);
        };
        match &login.scheme {
            Scheme::Basic => {
                let password = login.password().await?;
                header(&basic::encode_credentials(&login.user, &password)).map(Some)
            }
            Scheme::Digest(last) => login.respond(last, method, uri).await,
        }
    }

    /// The answer to a refusal with these challenges; none if there is nothing else to say than before.
    pub(in crate::network) async fn answer(
        &self,
        challenges: &[String],
        method: &str,
        uri: &str,
    ) -> Result<Option<HeaderValue>, NotSent> {
        let Some(Login { scheme: Scheme::Digest(last), .. }) = &self.0 else {
            return Ok(None);
        };
        let Some(client) = digest_of(challenges) else {
            return Ok(None);
        };
        *lock(last) = Some(client);
        self.known(method, uri).await
    }

    /// What a refusal of these comes from, as far as can be told.
    pub(super) fn refused(&self, offered: &[String]) -> String {
        let schemes: Vec<String> = offered.iter().flat_map(|offer| schemes(offer)).collect();
        let wanted =
            if schemes.is_empty() { String::new() } else { format!(", it takes {}", schemes.join(", ")) };
        match &self.0 {
            None => format!("wants a user and a password (407{wanted}): set `proxy_auth_scheme`"),
            Some(login) => format!("refuses `proxy_user` `{}` with its password (407{wanted})", login.user),
        }
    }
}

impl Login {
    async fn password(&self) -> Result<String, NotSent> {
        let told = |why: &str| format!("the secret `{}` of `proxy_password`: {why}", self.password.0);
        let secret =
            self.secrets.get(&self.password.0, &self.password.1).await.map_err(|error| match error {
                SecretError::Unavailable(_) => NotSent::unreachable(told(&error.to_string())),
                SecretError::NotFound | SecretError::Denied => NotSent::refused(told(&error.to_string())),
            })?;
        let password = std::str::from_utf8(secret.expose());
        password.map(str::to_owned).map_err(|_| NotSent::refused(told("it is no text")))
    }

    async fn respond(
        &self,
        last: &Mutex<Option<DigestClient>>,
        method: &str,
        uri: &str,
    ) -> Result<Option<HeaderValue>, NotSent> {
        if lock(last).is_none() {
            return Ok(None);
        }
        let password = self.password().await?;
        let parameters =
            PasswordParams { username: &self.user, password: &password, uri, method, body: None };
        let response = match &mut *lock(last) {
            Some(client) => client.respond(&parameters),
            None => return Ok(None),
        };
        let response = response.map_err(|why| NotSent::refused(format!("the proxy's challenge: {why}")))?;
        header(&response).map(Some)
    }
}

/// The first challenge that can be answered.
fn digest_of(challenges: &[String]) -> Option<DigestClient> {
    let parsed = challenges.iter().filter_map(|text| parse_challenges(text).ok()).flatten();
    let digests = parsed.filter(|challenge| challenge.scheme.eq_ignore_ascii_case("digest"));
    digests.filter_map(|challenge| DigestClient::try_from(&challenge).ok()).next()
}

fn schemes(offer: &str) -> Vec<String> {
    let challenges = parse_challenges(offer).unwrap_or_default();
    challenges.iter().map(|challenge| challenge.scheme.to_ascii_uppercase()).collect()
}

fn header(text: &str) -> Result<HeaderValue, NotSent> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|_| NotSent::refused("`proxy_user` holds what no header does"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn lock(last: &Mutex<Option<DigestClient>>) -> std::sync::MutexGuard<'_, Option<DigestClient>> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("none"),
            Some(Login { scheme: Scheme::Basic, user, .. }) => write!(f, "BASIC {user}"),
            Some(Login { scheme: Scheme::Digest(_), user, .. }) => write!(f, "DIGEST {user}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::FixedSecrets;

    const PASSWORD: &str = "open sesame";

    fn secrets() -> Arc<dyn Secrets> {
        Arc::new(FixedSecrets::default().with("proxy-password", PASSWORD))
    }

    fn digest() -> Credentials {
        Credentials::digest(
            "Aladdin".to_owned(),
            ("proxy-password".to_owned(), "latest".to_owned()),
            secrets(),
        )
    }

    fn text(header: Option<HeaderValue>) -> String {
        let header = header.expect("a header");
        assert!(!format!("{header:?}").contains("Aladdin"), "it is printed");
        header.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn basic_is_said_at_once() {
        let basic = Credentials::basic(
            "Aladdin".to_owned(),
            ("proxy-password".to_owned(), "latest".to_owned()),
            secrets(),
        );
        let header = basic.known("CONNECT", "api.stripe.com:443").await.unwrap();
        assert_eq!(text(header), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let again = basic.answer(&["Basic realm=\"x\"".to_owned()], "CONNECT", "a:1").await.unwrap();
        assert!(again.is_none(), "the same once more");
        assert!(!format!("{basic:?}").contains(PASSWORD));
    }

    #[tokio::test]
    async fn digest_answers_a_challenge_and_counts() {
        let digest = digest();
        assert!(digest.known("CONNECT", "a:1").await.unwrap().is_none());
        for (algorithm, length) in [("MD5", 32), ("SHA-256", 64)] {
            let challenge = format!(
                "Negotiate, Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm={algorithm}, stale=false"
            );
            let first = text(digest.answer(&[challenge], "CONNECT", "a:1").await.unwrap());
            assert!(first.starts_with("Digest username=\"Aladdin\""), "{first}");
            assert!(first.contains("nc=00000001") && first.contains("qop=auth"), "{first}");
            let response = first.split("response=\"").nth(1).unwrap().split('"').next().unwrap();
            assert_eq!(response.len(), length, "{first}");
            let second = text(digest.known("CONNECT", "a:1").await.unwrap());
            assert!(second.contains("nc=00000002"), "{second}");
        }
    }

    #[tokio::test]
    async fn digest_has_nothing_for_other_challenges() {
        let none = digest().answer(&["Basic realm=\"r\"".to_owned()], "CONNECT", "a:1").await.unwrap();
        assert!(none.is_none());
        let told = digest().refused(&["Basic realm=\"r\"".to_owned()]);
        assert_eq!(told, "refuses `proxy_user` `Aladdin` with its password (407, it takes BASIC)");
    }

    #[tokio::test]
    async fn a_password_that_is_missing_is_named() {
        let missing =
            Credentials::basic("u".to_owned(), ("other".to_owned(), "latest".to_owned()), secrets());
        let why = missing.known("CONNECT", "a:1").await.unwrap_err();
        assert_eq!(why.to_string(), "the secret `other` of `proxy_password`: there is no such secret");
    }
}
