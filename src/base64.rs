//! Base64 (RFC 4648): a file's bytes in JSON, and a page token.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// One of the two alphabets.
pub struct Base64 {
    signs: [u8; 64],
    /// By sign; [`NO_SIGN`] for all others. A table, since which sign comes next cannot be foreseen.
    values: [u8; 256],
    /// Whether the text is filled up to whole groups of four.
    padded: bool,
}

pub static STANDARD: Base64 =
    Base64::new(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
pub static URL_SAFE: Base64 =
    Base64::new(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);

const NO_SIGN: u8 = 64;

impl Base64 {
    const fn new(signs: &[u8; 64], padded: bool) -> Self {
        let mut values = [NO_SIGN; 256];
        let mut value = 0;
        while value < NO_SIGN {
            values[signs[value as usize] as usize] = value;
            value += 1;
        }
        Base64 { signs: *signs, values, padded }
    }

    pub fn encode(&self, bytes: &[u8]) -> String {
        let mut text = vec![b'='; bytes.len().div_ceil(3) * 4];
        for (group, signs) in bytes.chunks(3).zip(text.chunks_mut(4)) {
            let bits = match *group {
                [one, two, three] => [0, one, two, three],
                [one, two] => [0, one, two, 0],
                [one] => [0, one, 0, 0],
                _ => [0; 4],
            };
            let bits = u32::from_be_bytes(bits);
            for (at, sign) in signs.iter_mut().enumerate().take(group.len() + 1) {
                *sign = self.signs[(bits >> (18 - 6 * at) & 0x3f) as usize];
            }
        }
        if !self.padded {
            text.truncate((bytes.len() * 4).div_ceil(3));
        }
        String::from_utf8(text).unwrap_or_default()
    }

    /// The bytes, or at which byte of the text it is not what [`encode`](Self::encode) makes.
    pub fn decode(&self, text: &str) -> Result<Vec<u8>, usize> {
        let signs = text.trim_end_matches('=');
        let last = signs.len() % 4;
        let padding = if self.padded { (4 - last) % 4 } else { 0 };
        if text.len() - signs.len() != padding || last == 1 {
            return Err(signs.len());
        }
        let mut bytes = vec![0; signs.len() / 4 * 3 + last * 3 / 4];
        for ((at, group), own) in signs.as_bytes().chunks(4).enumerate().zip(bytes.chunks_mut(3)) {
            let mut bits = 0;
            for (own, sign) in group.iter().enumerate() {
                let value = self.values[usize::from(*sign)];
                if value == NO_SIGN {
                    return Err(4 * at + own);
                }
                bits = bits << 6 | u32::from(value);
            }
            // A last sign with bits that belong to no byte is none that was written.
            if bits & (0xff >> (2 * group.len())) != 0 {
                return Err(signs.len() - 1);
            }
            bits <<= 6 * (4 - group.len());
            for (at, byte) in own.iter_mut().enumerate() {
                *byte = (bits >> (16 - 8 * at)) as u8;
            }
        }
        Ok(bytes)
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
            for (base64, encoded) in [(&STANDARD, standard), (&URL_SAFE, url_safe)] {
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
