//! The pieces of a JSON text: its members or items, and what a string says.
//!
//! A text is checked as a whole or piece by piece ([`Pieces::pass_checked`]). Of a text that is not valid the other pieces
//! are wrong or missing, and nothing worse.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;
use core::str::Chars;
use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// A place in a text.
pub struct Pieces<'a> {
    text: &'a str,
    pub at: usize,
}

impl<'a> Pieces<'a> {
    pub fn of(text: &'a str) -> Self {
        Pieces { text, at: 0 }
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The next sign that is no white space.
    #[inline(always)]
    pub fn next(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(sign @ b'!'..) => Some(*sign),
            _ => self.pass_space(),
        }
    }

    fn pass_space(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                // Stripe puts every member into a line of its own.
                b'\n' => {
                    self.at += 1;
                    while let Some(word) = word(bytes, self.at) {
                        let others = word ^ each(b' ');
                        self.at += others.trailing_zeros() as usize / 8;
                        if others != 0 {
                            break;
                        }
                    }
                }
                b' ' | b'\r' | b'\t' => self.at += 1,
                sign => return Some(*sign),
            }
        }
    }

    /// Passes over a sign, if it is the next one.
    pub fn take(&mut self, sign: u8) -> bool {
        let found = self.next() == Some(sign);
        self.at += usize::from(found);
        found
    }

    /// The text of the string that is next, without its quotes, and whether there are escapes in it.
    pub fn quoted(&mut self) -> Option<(&'a str, bool)> {
        if self.next()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        let (end, escaped) = pass_string(self.text.as_bytes(), start)?;
        self.at = end;
        Some((self.text.get(start..end - 1)?, escaped))
    }

    /// The text of the value that is next.
    pub fn value(&mut self) -> Option<&'a str> {
        let (first, bytes, start) = (self.next()?, self.text.as_bytes(), self.at);
        self.at = match first {
            b'"' => pass_string(bytes, start + 1)?.0,
            b'{' | b'[' => pass_nested(bytes, start)?,
            _ => pass_plain(bytes, start),
        };
        self.text.get(start..self.at).filter(|value| !value.is_empty())
    }

    /// Passes over the value that is next in a text that is not known to be JSON, where its first sign is; nothing if it is
    /// none. Most values are plain and seen to be right at a glance, and serde_json is asked about the others.
    pub fn pass_checked(&mut self, first: u8) -> Option<()> {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let plain = match first {
            b'"' => plain_string(bytes, start + 1),
            b'0'..=b'9' | b'-' => integer(bytes, start),
            b'n' => passed(bytes, start, b"null"),
            b't' => passed(bytes, start, b"true"),
            b'f' => passed(bytes, start, b"false"),
            _ => None,
        };
        self.at = match plain {
            Some(end) => end,
            None => {
                let mut values = Deserializer::from_str(self.text.get(start..)?).into_iter::<IgnoredAny>();
                values.next()?.ok()?;
                start + values.byte_offset()
            }
        };
        Some(())
    }

    /// Passes over the string that is next in such a text, and tells where its inside is, and whether there may be escapes
    /// in it.
    pub fn pass_name(&mut self) -> Option<(Range<usize>, bool)> {
        self.next().filter(|sign| *sign == b'"')?;
        let start = self.at + 1;
        if let Some(end) = plain_string(self.text.as_bytes(), start) {
            self.at = end;
            return Some((start..end - 1, false));
        }
        self.pass_checked(b'"')?;
        Some((start..self.at - 1, true))
    }

    /// Whether there is nothing more.
    pub fn is_at_end(&mut self) -> bool {
        self.next().is_none()
    }
}

/// Bytes that are looked at together.
const WORD: usize = size_of::<u64>();

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// A word of this byte alone.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

/// Marks the bytes of a word that are this one. What is marked behind the first need not be.
fn marks(word: u64, byte: u8) -> u64 {
    let others = word ^ each(byte);
    others.wrapping_sub(each(0x01)) & !others & each(0x80)
}

/// Passes over all whole words without a marked byte, up to the first one that is.
#[inline(always)]
fn pass_unmarked(bytes: &[u8], mut at: usize, marks: impl Fn(u64) -> u64) -> usize {
    while let Some(word) = word(bytes, at) {
        let found = marks(word);
        at += found.trailing_zeros() as usize / 8;
        if found != 0 {
            break;
        }
    }
    at
}

/// Passes over a string, from behind its first quote, and tells whether there are escapes in it.
fn pass_string(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    loop {
        at = pass_unmarked(bytes, at, |word| marks(word, b'"') | marks(word, b'\\'));
        match bytes.get(at)? {
            b'"' => return Some((at + 1, escaped)),
            b'\\' => {
                escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// Passes over a string, from behind its first quote, if it is right as it stands: nothing is escaped, and nothing had to be.
fn plain_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = pass_unmarked(bytes, at, |word| {
            let control = word.wrapping_sub(each(0x20)) & !word & each(0x80);
            control | marks(word, b'"') | marks(word, b'\\')
        });
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' | ..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// Passes over a number that has nothing but digits.
fn integer(bytes: &[u8], start: usize) -> Option<usize> {
    let first = start + usize::from(bytes.get(start) == Some(&b'-'));
    let mut at = first;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    let is_zero = bytes.get(first) == Some(&b'0');
    let is_whole = !matches!(bytes.get(at), Some(b'.' | b'e' | b'E'));
    (is_whole && at > first && (!is_zero || at == first + 1)).then_some(at)
}

/// Passes over a word.
fn passed(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(word).then_some(at + word.len())
}

/// Passes over an object or an array, from its first sign on.
fn pass_nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        // With these bits all brackets are the same byte, and nothing else is outside of a string.
        at = pass_unmarked(bytes, at, |word| marks(word, b'"') | marks(word | each(0x26), 0x7f));
        match bytes.get(at)? {
            b'"' => {
                at = pass_string(bytes, at + 1)?.0;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

/// Passes over a number or a word.
fn pass_plain(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| PLAIN[usize::from(*byte)]) {
        at += 1;
    }
    at
}

/// What numbers and words are made of.
static PLAIN: [bool; 256] = {
    let (mut plain, mut byte) = ([false; 256], 0);
    while byte < 256 {
        plain[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'-' | b'.');
        byte += 1;
    }
    plain
};

/// What the inside of a string says, or nothing if it has an escape that stands for no letter.
pub fn said(inside: &str, escaped: bool) -> Option<Cow<'_, str>> {
    if !escaped {
        return Some(Cow::Borrowed(inside));
    }
    let mut own = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(sign) = rest.next() {
        own.push(match sign {
            '\\' => meant(&mut rest)?,
            plain => plain,
        });
    }
    Some(Cow::Owned(own))
}

/// What is meant by what follows a backslash.
fn meant(escaped: &mut Chars) -> Option<char> {
    Some(match escaped.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => letter(escaped)?,
        sign @ ('"' | '\\' | '/') => sign,
        _ => return None,
    })
}

/// The letter of `\u`, of which two halves may be needed.
fn letter(escaped: &mut Chars) -> Option<char> {
    let unit = |escaped: &mut Chars| {
        (0..4).try_fold(0, |unit, _| Some(unit << 4 | escaped.next().and_then(|digit| digit.to_digit(16))?))
    };
    let first = unit(escaped)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    *escaped = escaped.as_str().strip_prefix('\\')?.strip_prefix('u')?.chars();
    let second = unit(escaped)?;
    (0xdc00..0xe000)
        .contains(&second)
        .then(|| char::from_u32(0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00))))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text says if it is one string.
    fn string(text: &str) -> Option<Cow<'_, str>> {
        let mut pieces = Pieces::of(text);
        let (inside, escaped) = pieces.quoted()?;
        said(inside, escaped).filter(|_| pieces.at == text.len())
    }

    #[test]
    fn what_a_string_says() {
        for right in [
            r#""""#, r#""é""#, r#""a\n\t\r\b\f\/\\\" b""#, r#""\u00e9\u20AC\uD83D\ude00\u0000x""#,
            r#""\ud7ff\ue000""#,
        ] {
            let expected: String = serde_json::from_str(right).unwrap();
            assert_eq!(string(right).as_deref(), Some(expected.as_str()), "{right}");
        }
        for wrong in [
            "", "\"", "1", r#""\""#, r#""\x""#, r#""\u12""#, r#""\u+123""#, r#""\ud83d""#, r#""\ud83dx""#,
            r#""\ud83d\u0041""#, r#""\ude00""#, r#""\ud83d\ud83d""#, r#""\ud83d\"#, r#""\u12é4""#,
        ] {
            assert_eq!(string(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_text_is_read_beyond_its_end() {
        let text = r#" {"a\"": [1.5e3, {"}": "é\\"}, []], "b" : null}"#;
        for (start, _) in text.char_indices() {
            for (end, _) in text.char_indices().filter(|(end, _)| *end >= start) {
                let mut pieces = Pieces::of(&text[start..end]);
                while pieces.value().is_some() || pieces.take(b',') || pieces.take(b':') || pieces.take(b'}')
                {
                }
            }
        }
        assert_eq!(Pieces::of("\"a\\").value(), None);
        assert_eq!(Pieces::of("[[]").value(), None);
        assert_eq!(Pieces::of("]").value(), None);
    }
}
