//! Secrets that the host has already.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{DEFAULT_SECRET, SecretBytes, SecretError, Secrets};

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
    use crate::secrets::LATEST;

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
