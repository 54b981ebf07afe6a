//! A secret in memory.

use std::fmt;

use zeroize::Zeroizing;

/// A secret's bytes. Neither `Debug` nor anything else prints them, and they are overwritten when dropped. That is true of
/// these alone: on its way into the component and into a request a key is copied by what carries it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Wraps `bytes`, without blanks and line ends around them: no key has any, and files and variables often do.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Zeroizing::new(bytes.into());
        Self(Zeroizing::new(bytes.trim_ascii().to_vec()))
    }

    /// The secret itself, to be handed on and never to be written anywhere.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The same, unless it is empty: an empty file is what remains of a secret that was taken away.
    pub(super) fn unless_empty(self) -> Option<Self> {
        (!self.0.is_empty()).then_some(self)
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_it_are_not_part_of_it() {
        assert_eq!(SecretBytes::new(" sk_test_1\r\n").expose(), b"sk_test_1");
        assert_eq!(SecretBytes::new("\n").unless_empty(), None);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", SecretBytes::new("sk_test_visible")), "SecretBytes(..)");
    }
}
