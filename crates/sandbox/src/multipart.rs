//! `multipart/form-data`, by RFC 7578: the parts of an upload, taken from its bytes.

use percent_encoding::percent_decode_str;

use crate::error::{ApiError, Result};

/// By RFC 2046.
const MAX_BOUNDARY: usize = 70;

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    pub name: String,
    pub filename: Option<String>,
    pub bytes: Vec<u8>,
}

/// The parts of a body whose `Content-Type` this is.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>> {
    let boundary = parameter(content_type, "boundary").ok_or_else(|| {
        refused("the header `Content-Type: multipart/form-data` needs a `boundary`, and has none")
    })?;
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return Err(refused(&format!(
            "a boundary has 1 to {MAX_BOUNDARY} characters, and this one has {}",
            boundary.len()
        )));
    }
    let delimiter = format!("\r\n--{boundary}");
    // What stands before the first delimiter is for readers that know no multipart.
    let mut rest = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => rest,
        None => split(body, delimiter.as_bytes())
            .map(|(_, rest)| rest)
            .ok_or_else(|| refused(&format!("the body has no line `--{boundary}`, its boundary")))?,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let place = parts.len() + 1;
        let at = |said: &str| refused(&format!("part {place} {said}"));
        let (padding, inside) = split(rest, b"\r\n").ok_or_else(|| at("is cut"))?;
        if !padding.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(at("has more than its boundary on the line before it"));
        }
        let (part, after) = split(inside, delimiter.as_bytes()).ok_or_else(|| {
            at(&format!("does not end with a line `--{boundary}`, and the last with `--{boundary}--`"))
        })?;
        parts.push(self::part(part).map_err(|said| at(&said))?);
        rest = after;
    }
    Ok(parts)
}

fn part(bytes: &[u8]) -> std::result::Result<Part, String> {
    // A part without headers begins with the empty line.
    let (head, bytes) = match bytes.strip_prefix(b"\r\n") {
        Some(bytes) => (&b""[..], bytes),
        None => split(bytes, b"\r\n\r\n").ok_or("has no empty line after its headers")?,
    };
    let head = std::str::from_utf8(head).map_err(|_| "has headers that are no UTF-8")?;
    let disposition = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value.trim())
        .filter(|value| kind(value).eq_ignore_ascii_case("form-data"))
        .ok_or("has no header `Content-Disposition: form-data; name=\"...\"`")?;
    let name = parameter(disposition, "name").ok_or("has no `name` in its Content-Disposition")?;
    let filename = extended(disposition).or_else(|| parameter(disposition, "filename"));
    Ok(Part { name, filename, bytes: bytes.to_vec() })
}

/// What a header's value says before its parameters.
pub fn kind(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// A parameter of a header, such as `boundary=x` or `name="x"`.
fn parameter(value: &str, name: &str) -> Option<String> {
    parameters(value).into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// `filename*=UTF-8''...`, as some clients send names beyond ASCII.
fn extended(value: &str) -> Option<String> {
    let coded = parameter(value, "filename*")?;
    let (charset, rest) = coded.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| decoded.into_owned())
}

fn parameters(value: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (value, left) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), left)
            }
        };
        found.push((name.trim().to_owned(), value));
        rest = left.trim_start().trim_start_matches(';');
    }
    found
}

/// The text up to the closing quote, and what comes after it. Browsers write a quote inside as `%22`,
/// others with a backslash; a backslash before anything else is one.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text.replace("%22", "\""), quoted.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => text.push(escaped),
                None => text.push(character),
            },
            _ => text.push(character),
        }
    }
    (text, "")
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = bytes.windows(at.len()).position(|window| window == at)?;
    Some((bytes.get(..start)?, bytes.get(start + at.len()..)?))
}

fn refused(said: &str) -> ApiError {
    ApiError::invalid(format!("This is no multipart form: {said}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"b b\"";

    fn read(body: &[u8]) -> std::result::Result<Vec<Part>, String> {
        parts(TYPE, body).map_err(|error| error.details()["message"].as_str().unwrap().to_owned())
    }

    #[test]
    fn parts_have_names_and_bytes() {
        let body = b"preamble\r\n--b b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nlogo\r\n\
            --b b\t\r\ncontent-type: image/png\r\ncontent-disposition: form-data; name=file; \
            filename=\"a\\\"b%22;c\\d.png\"\r\n\r\n\x00\xff\r\n--b \r\n--b b--\r\nepilogue";
        let read = read(body).unwrap();
        let text = Part { name: "purpose".into(), filename: None, bytes: b"logo".to_vec() };
        let file = Part {
            name: "file".into(),
            filename: Some("a\"b\";c\\d.png".into()),
            bytes: b"\x00\xff\r\n--b ".to_vec(),
        };
        assert_eq!(read, [text, file]);
        let coded = b"--b b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"?\"; \
            filename*=UTF-8''%C3%BC.png\r\n\r\n\r\n--b b--";
        let part = &self::read(coded).unwrap()[0];
        assert_eq!((part.filename.as_deref(), part.bytes.len()), (Some("ü.png"), 0));
        assert_eq!(self::read(b"--b b--").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let head = "--b b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n";
        for (body, said) in [
            ("purpose=logo", "no line `--b b`"),
            (&format!("{head}1"), "part 1 does not end"),
            (&format!("{head}1\r\n--b b"), "part 2 is cut"),
            (&head.replace("--b b", "--b bc"), "part 1 has more than its boundary"),
            ("--b b\r\n\r\n1\r\n--b b--", "part 1 has no header `Content-Disposition: form-data"),
            ("--b b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b b--", "part 1 has no `name`"),
            ("--b b\r\nContent-Disposition: form-data\r\n--b b--", "no empty line"),
        ] {
            let message = read(body.as_bytes()).unwrap_err();
            assert!(message.contains(said), "{body:?}: {message}");
        }
        let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
        for (kind, said) in [("multipart/form-data", "needs a `boundary`"), (&long, "this one has 71")] {
            let message = parts(kind, b"").unwrap_err().details()["message"].to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
