//! The pieces of a JSON text that is known to be valid: its members or items, and what a string says.
//!
//! serde_json reads a text once, as a whole, and nothing in it needs to be checked again, however deep it is. Of a text
//! that is not valid the pieces are wrong or missing, and nothing worse.

use alloc::borrow::Cow;
use alloc::string::String;
use core::slice::Iter;
use core::str::Chars;

/// A place in a text.
pub struct Pieces<'a> {
    text: &'a str,
    /// From the place on.
    rest: &'a [u8],
}

impl<'a> Pieces<'a> {
    pub fn of(text: &'a str) -> Self {
        Pieces { text, rest: text.as_bytes() }
    }

    /// The next sign that is no white space.
    fn next(&mut self) -> Option<u8> {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    /// Passes over a sign, if it is the next one.
    pub fn take(&mut self, sign: u8) -> bool {
        let found = self.next() == Some(sign);
        if let (true, [_, rest @ ..]) = (found, self.rest) {
            self.rest = rest;
        }
        found
    }

    /// The text of the value that is next.
    pub fn value(&mut self) -> Option<&'a str> {
        let first = self.next()?;
        let start = self.text.len() - self.rest.len();
        let mut rest = self.rest.iter();
        match first {
            b'"' => {
                rest.next();
                pass_string(&mut rest)?;
            }
            b'{' | b'[' => pass_nested(&mut rest)?,
            _ => {
                while rest.as_slice().first().is_some_and(|b| !b",:]} \n\r\t".contains(b)) {
                    rest.next();
                }
            }
        }
        self.rest = rest.as_slice();
        self.text.get(start..self.text.len() - self.rest.len()).filter(|value| !value.is_empty())
    }
}

/// Passes over a string whose first quote was passed.
fn pass_string(rest: &mut Iter<u8>) -> Option<()> {
    loop {
        match rest.next()? {
            b'"' => return Some(()),
            b'\\' => rest.next().map(drop)?,
            _ => {}
        }
    }
}

/// Passes over an object or an array.
fn pass_nested(rest: &mut Iter<u8>) -> Option<()> {
    let mut depth = 0_usize;
    loop {
        match rest.next()? {
            b'"' => pass_string(rest)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' => return Some(()),
            _ => {}
        }
    }
}

/// What a string says, or nothing if the text is no string, or one with an escape that stands for no letter.
pub fn string(text: &str) -> Option<Cow<'_, str>> {
    // Every name in an answer comes through here, and searching for a `char` takes three times as long.
    let [b'"', inside @ .., b'"'] = text.as_bytes() else {
        return None;
    };
    let mut rest = text.get(1..=inside.len())?;
    if !inside.contains(&b'\\') {
        return Some(Cow::Borrowed(rest));
    }
    let mut own = String::with_capacity(rest.len());
    while let Some((plain, escaped)) = rest.split_once('\\') {
        own.push_str(plain);
        let mut escaped = escaped.chars();
        own.push(match escaped.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => letter(&mut escaped)?,
            sign @ ('"' | '\\' | '/') => sign,
            _ => return None,
        });
        rest = escaped.as_str();
    }
    own.push_str(rest);
    Some(Cow::Owned(own))
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
