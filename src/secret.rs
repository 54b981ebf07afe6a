//! The API key, in a type that cannot be printed, compared or copied by accident.

use crate::api::types::FailureKind;
use crate::failure::{self, Failed};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const SCHEME: &[u8] = b"Bearer ";

/// Stripe's secret key, as the value of the `Authorization` header. Wiped when dropped.
pub struct ApiKey(Vec<u8>);

impl ApiKey {
    /// Takes the bytes of a secret; white space around them, as files have it, is not part of the key. Prefixes and
    /// lengths of keys change, so only what can never be one is refused: a publishable key, and what no header holds.
    pub fn new(bytes: Vec<u8>, name: &str) -> Result<Self, Failed> {
        let given = ApiKey(bytes);
        let key = given.0.trim_ascii();
        let wrong = if key.is_empty() {
            "is empty"
        } else if key.starts_with(b"pk_") {
            "is a publishable key (pk_); a secret (sk_) or restricted (rk_) key is needed"
        } else if !key.iter().all(u8::is_ascii_graphic) {
            "holds characters that no key has"
        } else {
            return Ok(ApiKey([SCHEME, key].concat()));
        };
        Err(failure::new(FailureKind::Unauthenticated, format!("the secret `{name}` {wrong}")))
    }

    /// Takes the token of a session, if a header can hold it.
    pub fn token(token: String) -> Option<Self> {
        let given = ApiKey(token.into_bytes());
        let fits = !given.0.is_empty() && given.0.iter().all(u8::is_ascii_graphic);
        fits.then(|| ApiKey([SCHEME, &given.0].concat()))
    }

    /// The secret alone, to be looked for in what others say.
    pub fn secret(&self) -> &str {
        core::str::from_utf8(&self.0).ok().and_then(|value| value.get(SCHEME.len()..)).unwrap_or_default()
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for ApiKey {
    fn drop(&mut self) {
        for byte in &mut self.0 {
            // SAFETY: a valid, exclusive reference. Volatile, or the compiler leaves out a write that nobody reads.
            unsafe { core::ptr::write_volatile(byte, 0) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_what_a_header_holds() {
        assert_eq!(ApiKey::token("t0ken".to_string()).unwrap().authorization(), b"Bearer t0ken");
        for wrong in ["", "a b", "a\r\nX: y", "é"] {
            assert!(ApiKey::token(wrong.to_string()).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn keys_are_taken_leniently() {
        let key = ApiKey::new(b" sk_test_filler\n".to_vec(), "stripe-api-key").ok().unwrap();
        assert_eq!(key.authorization(), b"Bearer sk_test_filler");
        for (bytes, word) in
            [(&b""[..], "empty"), (b"pk_test_filler", "publishable"), (b"sk_test_\r\nX: y", "characters")]
        {
            let refused = ApiKey::new(bytes.to_vec(), "stripe-api-key").err().unwrap();
            assert_eq!(refused.kind, FailureKind::Unauthenticated);
            assert!(refused.message.contains(word), "{}", refused.message);
            assert!(!refused.message.contains("filler"));
        }
    }
}
