//! Where keys come from.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;

/// The secret that a connection asks for when its `api_key_secret` does not say otherwise.
pub const DEFAULT_SECRET: &str = "stripe-api-key";

/// The version that a connection asks for when its `api_key_secret_version` does not say otherwise.
pub const LATEST: &str = "latest";

/// A secret's bytes. Neither `Debug` nor anything else prints them.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Wraps `bytes`, without blanks and line ends around them: no key has any, and files and variables often do.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self(bytes.trim_ascii().to_vec())
    }

    /// The secret itself, to be handed on and never to be written anywhere.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// Why there is no secret. The connector makes a failure of it: `unauthenticated`, or `unavailable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// The store has no secret of that name and version.
    NotFound,
    /// The store has it and does not give it to this connection.
    Denied,
    /// The store could not be asked. The text says why and holds no secret.
    Unavailable(String),
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such secret"),
            Self::Denied => f.write_str("the secret may not be read"),
            Self::Unavailable(why) => write!(f, "the secret store cannot be asked: {why}"),
        }
    }
}

impl std::error::Error for SecretError {}

/// A store of secrets. It is asked for every call, so a rotated key is used at once; one that is slow to ask should
/// cache.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret `name` in `version`, which is [`LATEST`] or whatever the store numbers its versions by.
    ///
    /// # Errors
    /// [`SecretError`], as its cases say.
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError>;
}

/// Secrets from the process's environment: the secret `stripe-api-key` is the variable `STRIPE_API_KEY`, and so for
/// every name. The environment knows one version, which answers for all.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnvSecrets;

impl EnvSecrets {
    /// The variable that holds the secret `name`: in capitals, all but letters and digits replaced by `_`.
    pub fn variable(name: &str) -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
    }
}

#[async_trait]
impl Secrets for EnvSecrets {
    async fn get(&self, name: &str, _version: &str) -> Result<SecretBytes, SecretError> {
        let value = std::env::var_os(Self::variable(name)).ok_or(SecretError::NotFound)?;
        let secret = SecretBytes::new(value.into_encoded_bytes());
        if secret.expose().is_empty() {
            return Err(SecretError::NotFound);
        }
        Ok(secret)
    }
}

/// Secrets held in memory, one version each.
#[derive(Clone, Debug, Default)]
pub struct FixedSecrets(HashMap<String, SecretBytes>);

impl FixedSecrets {
    /// One secret: `key` under [`DEFAULT_SECRET`].
    pub fn key(key: impl Into<Vec<u8>>) -> Self {
        Self::default().with(DEFAULT_SECRET, key)
    }

    /// The same and `secret` under `name`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, secret: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name.into(), SecretBytes::new(secret));
        self
    }
}

#[async_trait]
impl Secrets for FixedSecrets {
    async fn get(&self, name: &str, _version: &str) -> Result<SecretBytes, SecretError> {
        self.0.get(name).cloned().ok_or(SecretError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_of_a_name() {
        assert_eq!(EnvSecrets::variable(DEFAULT_SECRET), "STRIPE_API_KEY");
        assert_eq!(EnvSecrets::variable("team.a/key-2"), "TEAM_A_KEY_2");
    }

    #[test]
    fn debug_shows_no_key() {
        let secrets = FixedSecrets::key("sk_test_visible");
        assert!(!format!("{secrets:?}").contains("visible"));
    }

    #[tokio::test]
    async fn a_key_has_no_line_end() {
        let key = FixedSecrets::key("sk_test_1\n").get(DEFAULT_SECRET, LATEST).await;
        assert_eq!(key.as_ref().map(SecretBytes::expose), Ok("sk_test_1".as_bytes()));
    }

    #[tokio::test]
    async fn an_unknown_name_is_not_found() {
        let none = FixedSecrets::default().get("other", LATEST).await;
        assert_eq!(none, Err(SecretError::NotFound));
    }
}
