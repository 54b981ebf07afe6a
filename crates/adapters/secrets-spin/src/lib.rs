//! Secrets from the variables of a Spin application: the secret `stripe-api-key` is the variable `stripe_api_key`, whatever
//! version is asked for.

/// Bindings of Spin's variables and of the contract's secrets.
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package connectors:adapter;
            world adapter {
                import fermyon:spin/variables@2.0.0;
                export connectors:stripe/secrets@0.1.0;
            }
        ",
        generate_all,
        path: ["../wit/spin", "../../../wit"],
    });
}

use bindings::exports::connectors::stripe::secrets::{Guest, Reference, SecretError};
use bindings::fermyon::spin::variables::{self, Error};

struct Variables;

bindings::export!(Variables with_types_in bindings);

impl Guest for Variables {
    fn get(reference: Reference) -> Result<Vec<u8>, SecretError> {
        match variables::get(&variable(&reference.name)) {
            Ok(value) if value.is_empty() => Err(SecretError::NotFound),
            Ok(value) => Ok(value.into_bytes()),
            Err(Error::Undefined(_) | Error::InvalidName(_)) => Err(SecretError::NotFound),
            Err(Error::Provider(why) | Error::Other(why)) => Err(SecretError::Unavailable(why)),
        }
    }
}

/// Letters and digits in lower case; any other sign is an underscore.
fn variable(name: &str) -> String {
    name.chars()
        .map(|sign| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_spin_allows() {
        assert_eq!(variable("stripe-api-key"), "stripe_api_key");
        assert_eq!(variable("Service.Token"), "service_token");
    }
}
