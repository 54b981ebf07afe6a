//! Base64 (RFC 4648): a file's bytes in JSON, and a page token.

use alloc::string::String;
use alloc::vec::Vec;

/// One of the two alphabets.
pub struct Base64 {
    /// The last two of the 64 signs.
    last: [u8; 2],
    /// Whether the text is filled up to whole groups of four.
    padded: bool,
}

pub const STANDARD: Base64 = Base64 { last: *b"+/", padded: true };
pub const URL_SAFE: Base64 = Base64 { last: *b"-_", padded: false };

impl Base64 {
    pub fn encode(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for group in bytes.chunks(3) {
            let missing = 3 - group.len();
            let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * missing);
            for at in 0..4 - missing {
                text.push(self.sign((bits >> (18 - 6 * at)) as u8 & 0x3f).into());
            }
            if self.padded {
                text.push_str(["", "=", "=="][missing]);
            }
        }
        text
    }

    /// The bytes, or at which byte of the text it is not what [`encode`](Self::encode) makes.
    pub fn decode(&self, text: &str) -> Result<Vec<u8>, usize> {
        let signs = text.trim_end_matches('=');
        let padding = if self.padded { (4 - signs.len() % 4) % 4 } else { 0 };
        if text.len() - signs.len() != padding || signs.len() % 4 == 1 {
            return Err(signs.len());
        }
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
        for (at, group) in signs.as_bytes().chunks(4).enumerate() {
            let mut bits = 0;
            for (own, sign) in group.iter().enumerate() {
                bits = bits << 6 | self.value(*sign).ok_or(4 * at + own)?;
            }
            let [_, own @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
            let (own, rest) = own.split_at(group.len() - 1);
            // A last sign with bits that belong to no byte is none that was written.
            if rest.iter().any(|bits| *bits != 0) {
                return Err(signs.len() - 1);
            }
            bytes.extend_from_slice(own);
        }
        Ok(bytes)
    }

    fn sign(&self, value: u8) -> u8 {
        match value {
            0..26 => b'A' + value,
            26..52 => b'a' + (value - 26),
            52..62 => b'0' + (value - 52),
            62 => self.last[0],
            _ => self.last[1],
        }
    }

    fn value(&self, sign: u8) -> Option<u32> {
        Some(u32::from(match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            _ if sign == self.last[0] => 62,
            _ if sign == self.last[1] => 63,
            _ => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, standard, url_safe) in [
            ("", "", ""),
            ("f", "Zg==", "Zg"),
            ("fo", "Zm8=", "Zm8"),
            ("foo", "Zm9v", "Zm9v"),
            ("foob", "Zm9vYg==", "Zm9vYg"),
            ("~~?", "fn4/", "fn4_"),
            ("~~>", "fn4+", "fn4-"),
        ] {
            for (base64, encoded) in [(STANDARD, standard), (URL_SAFE, url_safe)] {
                assert_eq!(base64.encode(text.as_bytes()), encoded);
                assert_eq!(base64.decode(encoded).as_deref(), Ok(text.as_bytes()), "{encoded}");
            }
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(STANDARD.decode(&STANDARD.encode(&all)), Ok(all));
    }

    #[test]
    fn what_nobody_encoded_is_refused() {
        for (wrong, at) in [
            ("Zg", 2),
            ("Zg=", 2),
            ("Zg===", 2),
            ("Zm9v=", 4),
            ("Zm9v====", 4),
            ("=", 0),
            ("Z", 1),
            ("Z===", 1),
            ("Zh==", 1),
            ("Zm9=", 2),
            ("Zm9v!m8=", 4),
            ("Zm-v", 2),
            ("Zg==Zg==", 2),
            ("Zm9é", 5),
            ("Z g=", 1),
        ] {
            assert_eq!(STANDARD.decode(wrong), Err(at), "{wrong}");
        }
        for (wrong, at) in [("Zg==", 2), ("Zh", 1), ("Zm+v", 2), ("Zm9vZ", 5)] {
            assert_eq!(URL_SAFE.decode(wrong), Err(at), "{wrong}");
        }
    }
}
