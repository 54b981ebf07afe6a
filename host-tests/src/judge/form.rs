//! Takes `a[b][0]=v` apart.

/// What a form says, or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    /// An upload: only a form of parts has one.
    File,
    /// What is in brackets, in the order it came.
    Tree(Vec<(String, Self)>),
}

/// The tree of an encoded form or query, and what is wrong with its text.
pub fn parse(text: &str) -> (Node, Vec<String>) {
    let mut pairs = Vec::new();
    let mut complaints = Vec::new();
    for pair in text.split('&').filter(|_| !text.is_empty()) {
        match decode_pair(pair) {
            Ok((key, value)) => pairs.push((key, Node::Text(value))),
            Err(why) => complaints.push(why),
        }
    }
    let (tree, more) = tree(pairs);
    complaints.extend(more);
    (tree, complaints)
}

/// The tree of decoded pairs, and what is wrong with their names.
pub fn tree(pairs: Vec<(String, Node)>) -> (Node, Vec<String>) {
    let mut entries = Vec::new();
    let mut complaints = Vec::new();
    for (key, value) in pairs {
        let put = segments(&key).and_then(|segments| put(&mut entries, &segments, value));
        if let Err(why) = put {
            complaints.push(format!("{key}: {why}"));
        }
    }
    (Node::Tree(entries), complaints)
}

/// What percent-encoded text says.
pub fn decode(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not percent-encoded as it should be");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return Err(wrong()) };
                bytes.push((high * 16 + low) as u8);
            }
            b'!'..=b'~' => bytes.push(byte),
            _ => return Err(wrong()),
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

fn decode_pair(pair: &str) -> Result<(String, String), String> {
    let (key, value) = pair.split_once('=').ok_or_else(|| format!("{pair:?} has no ="))?;
    let text = |text: &str| decode(&text.replace('+', "%20"));
    Ok((text(key)?, text(value)?))
}

/// `a[b][0]` is `a`, `b`, `0`.
fn segments(key: &str) -> Result<Vec<&str>, &'static str> {
    let (name, mut rest) = key.split_at(key.find('[').unwrap_or(key.len()));
    let mut segments = vec![name];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').ok_or("something is behind a bracket")?;
        let (segment, behind) = inner.split_once(']').ok_or("a bracket is not closed")?;
        segments.push(segment);
        rest = behind;
    }
    if segments.contains(&"") { Err("a part of the name is empty") } else { Ok(segments) }
}

fn put(entries: &mut Vec<(String, Node)>, segments: &[&str], value: Node) -> Result<(), &'static str> {
    let Some((first, rest)) = segments.split_first() else { return Err("it has no name") };
    let own = entries.iter().position(|(name, _)| name == first);
    if rest.is_empty() {
        if own.is_some() {
            return Err("it is given twice");
        }
        entries.push(((*first).to_owned(), value));
        return Ok(());
    }
    let at = own.unwrap_or_else(|| {
        entries.push(((*first).to_owned(), Node::Tree(Vec::new())));
        entries.len() - 1
    });
    match &mut entries[at].1 {
        Node::Tree(inner) => put(inner, rest, value),
        _ => Err("it is both a value and an object"),
    }
}
