//! Secrets from environment variables.

use async_trait::async_trait;

use super::{SecretBytes, SecretError, Secrets};

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
        SecretBytes::new(value.into_encoded_bytes()).unless_empty().ok_or(SecretError::NotFound)
    }

    fn place(&self, name: &str, _version: &str) -> String {
        format!("the environment variable {}", Self::variable(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::DEFAULT_SECRET;

    #[test]
    fn variable_of_a_name() {
        assert_eq!(EnvSecrets::variable(DEFAULT_SECRET), "STRIPE_API_KEY");
        assert_eq!(EnvSecrets::variable("team.a/key-2"), "TEAM_A_KEY_2");
    }
}
