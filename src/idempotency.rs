//! The key by which Stripe recognises a repeated request.

use crate::failure::{self, Failed};
use alloc::format;
use alloc::string::{String, ToString};
use uuid::{Builder, Uuid};

/// 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The caller's own key.
    pub fn parse(key: &str) -> Result<Self, Failed> {
        if key.is_empty() || key.len() > 255 || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(failure::invalid(
                "idempotency-key",
                "an idempotency key is 1 to 255 visible ASCII characters without spaces",
            ));
        }
        Ok(IdempotencyKey(key.to_string()))
    }

    /// A version 4 UUID from random bytes.
    pub fn random(bytes: [u8; 16]) -> Self {
        IdempotencyKey(Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// The key of one object's part in a bulk change: the same for the same call and object, and for no other.
    pub fn derive(&self, id: &str) -> Self {
        let name = format!("{}\n{id}", self.0);
        IdempotencyKey(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_keys_differ_by_object_and_by_call() {
        let [k, j] = ["k", "j"].map(|key| IdempotencyKey::parse(key).unwrap());
        assert_eq!(k.derive("cus_1"), k.derive("cus_1"));
        assert_ne!(k.derive("cus_1"), k.derive("cus_2"));
        assert_ne!(k.derive("cus_1"), j.derive("cus_1"));
    }

    #[test]
    fn a_made_up_key_is_a_version_4_uuid() {
        let key = IdempotencyKey::random([0xff; 16]);
        assert_eq!(key.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn what_no_header_holds_is_refused() {
        for key in ["", "a b", "a\r\nX: y", "é", &"k".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(key).unwrap_err().param.as_deref(), Some("idempotency-key"));
        }
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
    }
}
