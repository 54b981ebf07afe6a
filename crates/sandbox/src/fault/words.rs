//! The text of the faults, taken apart into rules and words.

/// What stands between line ends and `;`.
#[derive(Debug, Default)]
pub struct Statement<'a> {
    pub text: &'a str,
    pub words: Vec<Word<'a>>,
}

/// `name=value`, or a text without a value.
#[derive(Debug)]
pub struct Word<'a> {
    pub name: &'a str,
    pub value: Option<String>,
    /// The word as it was written.
    pub text: &'a str,
}

/// The statements of one line.
pub fn statements(line: &str) -> Result<Vec<Statement<'_>>, String> {
    let mut done = Vec::new();
    let mut words = Vec::new();
    let mut start = line;
    let mut rest = line;
    loop {
        let next = rest.trim_start();
        if words.is_empty() {
            start = next;
        }
        let ends = next.is_empty() || next.starts_with([';', '#']);
        if !ends {
            let (word, after) = word(next)?;
            words.push(word);
            rest = after;
            continue;
        }
        if !words.is_empty() {
            let text = start.strip_suffix(next).unwrap_or(start).trim_end();
            done.push(Statement { text, words: std::mem::take(&mut words) });
        }
        match next.strip_prefix(';') {
            Some(after) => rest = after,
            None => return Ok(done),
        }
    }
}

/// The word that the text starts with, and what comes after it.
fn word(text: &str) -> Result<(Word<'_>, &str), String> {
    let name_end = text.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
    if let Some((name, rest)) = name_end.and_then(|end| text.split_at_checked(end))
        && let Some(quoted) = rest.strip_prefix("=\"")
    {
        let (value, after) = unquote(name, quoted)?;
        if !(after.is_empty() || after.starts_with([';', ' ', '\t', '\r'])) {
            return Err(format!(
                "`{name}=\"...\"` is followed by more: a space or `;` comes after the quote"
            ));
        }
        let text = text.strip_suffix(after).unwrap_or(text);
        return Ok((Word { name, value: Some(value), text }, after));
    }
    let end = text.find(|letter: char| letter.is_whitespace() || letter == ';').unwrap_or(text.len());
    let (text, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let (name, value) = match text.split_once('=') {
        Some((name, value)) if !name.starts_with(['/', '*']) => (name, Some(value.to_owned())),
        _ => (text, None),
    };
    Ok((Word { name, value, text }, after))
}

/// The text up to the closing quote, and what comes after it.
fn unquote<'a>(name: &str, text: &'a str) -> Result<(String, &'a str), String> {
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Ok((value, letters.as_str())),
            '\\' => match letters.next() {
                Some(escaped @ ('"' | '\\')) => value.push(escaped),
                Some('n') => value.push('\n'),
                _ => {
                    return Err(format!(
                        "`{name}=\"...\"` has a `\\` that escapes nothing: write \\\\, \\\" or \\n"
                    ));
                }
            },
            other => value.push(other),
        }
    }
    Err(format!("the quoted text of `{name}=` does not end: it needs a closing quote on the same line"))
}

#[cfg(test)]
mod tests {
    use super::statements;

    fn words(line: &str) -> Vec<Vec<(String, Option<String>)>> {
        let statements = statements(line).unwrap();
        let pairs = |statement: super::Statement<'_>| {
            statement.words.into_iter().map(|word| (word.name.to_owned(), word.value)).collect()
        };
        statements.into_iter().map(pairs).collect()
    }

    #[test]
    fn text_is_taken_apart() {
        let word = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert!(words("  # nothing; at all").is_empty());
        assert!(words(" ; ;").is_empty());
        assert_eq!(
            words("GET /v1/a=b#c  html;x=1;# no"),
            [
                vec![word("GET", None), word("/v1/a=b#c", None), word("html", None)],
                vec![word("x", Some("1"))]
            ]
        );
        assert_eq!(
            words(r#"body={"a":"b"} body="a; #\"\\\n" z"#),
            [vec![word("body", Some(r#"{"a":"b"}"#)), word("body", Some("a; #\"\\\n")), word("z", None)]]
        );
        let statements = statements(" GET  * a=\"x y\" ; POST * # why").unwrap();
        let texts: Vec<_> = statements.iter().map(|statement| statement.text).collect();
        assert_eq!(texts, ["GET  * a=\"x y\"", "POST *"]);
        for wrong in ["a=\"x", "a=\"\\x\"", "a=\"x\"y", "a=\"\\"] {
            assert!(super::statements(wrong).is_err(), "{wrong}");
        }
    }
}
