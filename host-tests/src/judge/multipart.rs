//! Takes a body of parts, `multipart/form-data`, apart.

use super::form::Node;

/// The fields of a body with that content type, and what is wrong with its parts.
pub fn parse(content_type: &str, body: &[u8]) -> (Vec<(String, Node)>, Vec<String>) {
    let mut fields = Vec::new();
    let mut complaints = Vec::new();
    let parts = boundary(content_type).and_then(|boundary| parts(&boundary, body));
    match parts {
        Ok(parts) => {
            for part in parts {
                match field(part) {
                    Ok(field) => fields.push(field),
                    Err(why) => complaints.push(why),
                }
            }
        }
        Err(why) => complaints.push(why),
    }
    (fields, complaints)
}

fn boundary(content_type: &str) -> Result<String, String> {
    let found = attributes(content_type).find(|(name, _)| name == "boundary");
    let boundary = found.map(|(_, boundary)| boundary).unwrap_or_default();
    if boundary.is_empty() || boundary.len() > 70 {
        return Err(format!("{content_type:?} has no boundary of 1 to 70 characters"));
    }
    Ok(boundary)
}

/// What is between the boundaries.
fn parts<'a>(boundary: &str, body: &'a [u8]) -> Result<Vec<&'a [u8]>, String> {
    let first = format!("--{boundary}\r\n");
    let next = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes()).ok_or("the body does not begin with its boundary")?;
    let mut parts = Vec::new();
    loop {
        let (part, behind) = split(rest, next.as_bytes()).ok_or("the body does not end with its boundary")?;
        parts.push(part);
        match behind {
            b"--" | b"--\r\n" => return Ok(parts),
            _ => rest = behind.strip_prefix(b"\r\n").ok_or("something is behind a boundary")?,
        }
    }
}

fn field(part: &[u8]) -> Result<(String, Node), String> {
    let (head, content) = split(part, b"\r\n\r\n").ok_or("a part has no head")?;
    let head = std::str::from_utf8(head).map_err(|_| "the head of a part is not UTF-8")?;
    let mut headers = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let disposition = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"));
    let disposition = disposition.map(|(_, value)| value.trim()).unwrap_or_default();
    if disposition.split(';').next() != Some("form-data") {
        return Err(format!("the head of a part is no form-data: {head:?}"));
    }
    let attribute =
        |wanted: &str| attributes(disposition).find(|(name, _)| name == wanted).map(|(_, value)| value);
    let name = attribute("name").ok_or_else(|| format!("a part has no name: {head:?}"))?;
    match attribute("filename") {
        Some(file) if file.is_empty() => Err(format!("{name} is a file without a name")),
        Some(_) => Ok((name, Node::File)),
        None => match std::str::from_utf8(content) {
            Ok(text) => Ok((name, Node::Text(text.to_owned()))),
            Err(_) => Err(format!("{name} is not UTF-8")),
        },
    }
}

/// `form-data; name="a"; filename="b;c"` has `name` and `filename`.
fn attributes(header: &str) -> impl Iterator<Item = (String, String)> {
    let mut quoted = false;
    let pieces = header.split(move |character| {
        quoted ^= character == '"';
        character == ';' && !quoted
    });
    pieces.filter_map(|piece| {
        let (name, value) = piece.trim().split_once('=')?;
        let plain = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        Some((name.to_ascii_lowercase(), plain.to_owned()))
    })
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..place], &bytes[place + at.len()..]))
}
