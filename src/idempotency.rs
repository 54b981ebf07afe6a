//! The key by which Stripe recognises a repeated request.

use crate::failure::{self, Failed};
use crate::form;
use alloc::format;
use alloc::string::{String, ToString};
use uuid::Builder;

/// Stripe takes no longer one.
const MAX: usize = 255;

/// 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The caller's own key.
    pub fn parse(key: &str) -> Result<Self, Failed> {
        if key.is_empty() || key.len() > MAX || !key.bytes().all(|b| b.is_ascii_graphic()) {
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
        let mut own = format!("{}:", self.0);
        form::push_id(&mut own, id);
        // An id is without colons here, so no two pairs run together, and a hash has none at all.
        if own.len() > MAX {
            let hash = hash(&own);
            own = format!("{:016x}{:016x}", (hash >> 64) as u64, hash as u64);
        }
        IdempotencyKey(own)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// FNV-1a. Nobody gains by two keys of one hash: only their own changes would be lost.
fn hash(text: &str) -> u128 {
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(START, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
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
        let [outer, inner] = ["a:b", "a"].map(|key| IdempotencyKey::parse(key).unwrap());
        assert_ne!(outer.derive("c"), inner.derive("b:c"));
    }

    #[test]
    fn a_derived_key_is_one_that_stripe_takes() {
        let [short, long] = [1, 255].map(|length| IdempotencyKey::parse(&"k".repeat(length)).unwrap());
        assert_eq!(short.derive("cus_é 1").as_str(), "k:cus_%C3%A9%201");
        let mut derived = Vec::new();
        for key in [short, long] {
            for id in ["cus_1", "cus_2", &"x".repeat(255), &"é".repeat(255)] {
                derived.push(key.derive(id));
            }
        }
        for (at, key) in derived.iter().enumerate() {
            assert_eq!(IdempotencyKey::parse(key.as_str()).as_ref(), Ok(key));
            assert!(!derived[..at].contains(key), "{}", key.as_str());
        }
    }

    #[test]
    fn hashes_are_fnv_1a() {
        assert_eq!(hash("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
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
