//! Secrets from environment variables: the secret `stripe-api-key` is `STRIPE_API_KEY`, whatever version is asked for.

/// Bindings of the world `secrets-adapter` in `wit/`.
mod bindings {
    wit_bindgen::generate!({ world: "secrets-adapter", path: "../../../wit" });
}

use bindings::exports::connectors::stripe::secrets::{Guest, Reference, SecretError};

struct Environment;

bindings::export!(Environment with_types_in bindings);

impl Guest for Environment {
    fn get(reference: Reference) -> Result<Vec<u8>, SecretError> {
        let value = std::env::var_os(variable(&reference.name)).ok_or(SecretError::NotFound)?;
        match value.into_string() {
            Ok(text) if text.is_empty() => Err(SecretError::NotFound),
            Ok(text) => Ok(text.into_bytes()),
            Err(_) => Err(SecretError::Unavailable(format!(
                "the variable {} is no UTF-8",
                variable(&reference.name)
            ))),
        }
    }
}

/// Letters and digits in upper case; any other sign is an underscore.
fn variable(name: &str) -> String {
    name.chars()
        .map(|sign| if sign.is_ascii_alphanumeric() { sign.to_ascii_uppercase() } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command() {
        assert_eq!(variable("stripe-api-key"), "STRIPE_API_KEY");
        assert_eq!(variable("service-token"), "SERVICE_TOKEN");
    }
}
