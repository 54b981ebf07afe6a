//! Reads a filter: conditions joined by AND. The rest of the language is recognised, so that it is refused as not
//! offered and not as wrong.

use crate::failure::{Failed, invalid, unsupported};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use winnow::Parser;
use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, opt, preceded, repeat};
use winnow::token::{any, one_of, take_till, take_while};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Comparison::Equal => "=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        })
    }
}

#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    Text(String),
    /// As it was written.
    Number(String),
    Boolean(bool),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Literal::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Literal::Number(number) => f.write_str(number),
            Literal::Boolean(flag) => f.write_str(if *flag { "TRUE" } else { "FALSE" }),
        }
    }
}

/// `column comparison literal`.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    pub column: String,
    pub comparison: Comparison,
    pub literal: Literal,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {} {}", self.column, self.comparison, self.literal)
    }
}

const MAX_BYTES: usize = 64 << 10;
const MAX_TERMS: usize = 1000;

/// Reads the conditions, all of which must hold. Without any text there are none.
pub fn parse(text: &str) -> Result<Vec<Condition>, Failed> {
    if text.len() > MAX_BYTES {
        return Err(invalid("filter", "a filter has at most 64 KiB"));
    }
    let tokens = tokens(text)?;
    let mut tokens = tokens.iter().peekable();
    let mut conditions = Vec::new();
    while tokens.peek().is_some() {
        if !conditions.is_empty() {
            match tokens.next() {
                Some((_, Token::Word(word))) if word.eq_ignore_ascii_case("AND") => {}
                other => return Err(unexpected(other, "AND")),
            }
        }
        conditions.push(condition(&mut tokens)?);
        if conditions.len() > MAX_TERMS {
            return Err(invalid("filter", "a filter has at most 1,000 conditions"));
        }
    }
    Ok(conditions)
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    /// A keyword or a column, perhaps a dotted path.
    Word(String),
    /// A column in brackets.
    Quoted(String),
    Text(String),
    Number(String),
    Symbol(&'static str),
}

type Placed = (usize, Token);

fn condition<'a>(tokens: &mut impl Iterator<Item = &'a Placed>) -> Result<Condition, Failed> {
    let column = match tokens.next() {
        Some((_, Token::Word(word))) if !is_keyword(word) => word.clone(),
        Some((_, Token::Quoted(name))) => name.clone(),
        other => return Err(unexpected(other, "a column")),
    };
    let comparison = match tokens.next() {
        Some((_, Token::Symbol("="))) => Comparison::Equal,
        Some((_, Token::Symbol("<"))) => Comparison::Less,
        Some((_, Token::Symbol("<="))) => Comparison::LessOrEqual,
        Some((_, Token::Symbol(">"))) => Comparison::Greater,
        Some((_, Token::Symbol(">="))) => Comparison::GreaterOrEqual,
        other => return Err(unexpected(other, "one of = < <= > >=")),
    };
    let literal = match tokens.next() {
        Some((_, Token::Text(text))) => Literal::Text(text.clone()),
        Some((_, Token::Number(number))) => Literal::Number(number.clone()),
        Some((_, Token::Word(word))) if word.eq_ignore_ascii_case("TRUE") => Literal::Boolean(true),
        Some((_, Token::Word(word))) if word.eq_ignore_ascii_case("FALSE") => Literal::Boolean(false),
        other => {
            return Err(unexpected(other, "a value: 'text' in single quotes, a number, TRUE or FALSE"));
        }
    };
    Ok(Condition { column, comparison, literal })
}

const KEYWORDS: &[&str] =
    &["AND", "OR", "NOT", "IN", "LIKE", "IS", "BETWEEN", "CONTAINS", "NULL", "TRUE", "FALSE", "ESCAPE"];

fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

fn unexpected(found: Option<&Placed>, expected: &str) -> Failed {
    let Some((at, token)) = found else {
        return invalid("filter", format!("the filter ends where {expected} is expected"));
    };
    let (shown, offered) = match token {
        Token::Word(word) => (
            word.clone(),
            !is_keyword(word) || ["AND", "TRUE", "FALSE"].iter().any(|own| own.eq_ignore_ascii_case(word)),
        ),
        Token::Symbol(symbol) => (symbol.to_string(), !["(", ")", ",", "<>", "!="].contains(symbol)),
        Token::Quoted(name) => (format!("[{name}]"), true),
        Token::Text(text) => (format!("'{text}'"), true),
        Token::Number(number) => (number.clone(), true),
    };
    let at = at + 1;
    if offered {
        invalid("filter", format!("filter, character {at}: expected {expected}, found `{shown}`"))
    } else {
        unsupported(
            "filter",
            format!(
                "filter, character {at}: `{shown}` is not offered; conditions are column = value, or < <= > >= on instants, joined by AND"
            ),
        )
    }
}

fn tokens(text: &str) -> Result<Vec<Placed>, Failed> {
    let mut rest = text;
    let (mut tokens, mut at) = (Vec::new(), 0);
    loop {
        let trimmed = rest.trim_start();
        at += characters(rest, trimmed);
        rest = trimmed;
        if rest.is_empty() {
            return Ok(tokens);
        }
        // A condition has three tokens, and AND one more.
        if tokens.len() > 4 * MAX_TERMS {
            return Err(invalid("filter", "a filter has at most 1,000 conditions"));
        }
        let before = rest;
        match token(&mut rest) {
            Ok(token) => tokens.push((at, token)),
            Err(_) => {
                let shown: String = before.chars().take(20).collect();
                let place = at + 1;
                return Err(invalid(
                    "filter",
                    format!(
                        "filter, character {place}: cannot read `{shown}`; a text stands in single quotes, '' is one \
                         inside it"
                    ),
                ));
            }
        }
        at += characters(before, rest);
    }
}

/// How many characters a text has before its rest.
fn characters(text: &str, rest: &str) -> usize {
    text.get(..text.len() - rest.len()).unwrap_or_default().chars().count()
}

/// A key of metadata may be in any script, and the tables that tell letters from signs are large.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii() && !c.is_whitespace()
}

fn token(input: &mut &str) -> winnow::Result<Token> {
    let name = |input: &mut &str| -> winnow::Result<String> {
        (
            one_of(|c: char| is_letter(c) || c == '_'),
            take_while(0.., |c: char| is_letter(c) || c.is_ascii_digit() || "_.-".contains(c)),
        )
            .take()
            .map(str::to_string)
            .parse_next(input)
    };
    let text = delimited('\'', repeat(0.., alt(("''".value('\''), any.verify(|c| *c != '\'')))), '\'');
    let number = (
        opt('-'),
        take_while(1.., |c: char| c.is_ascii_digit()),
        opt(preceded('.', take_while(1.., |c: char| c.is_ascii_digit()))),
    );
    preceded(
        multispace0,
        alt((
            name.map(Token::Word),
            delimited('[', take_till(1.., ']').map(str::to_string), ']').map(Token::Quoted),
            text.map(Token::Text),
            number.take().map(|number: &str| Token::Number(number.to_string())),
            alt((alt(("<=", ">=", "<>", "!=")), alt(("=", "<", ">", "(", ")", ",")))).map(symbol),
        )),
    )
    .parse_next(input)
}

/// The static spelling of a symbol.
fn symbol(found: &str) -> Token {
    const SYMBOLS: [&str; 10] = ["<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ","];
    Token::Symbol(SYMBOLS.into_iter().find(|symbol| *symbol == found).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::FailureKind;

    #[test]
    fn conditions() {
        let all =
            parse("Email = 'jenny''s@example.com' and [Odd Name] >= -1.5 AND Metadata.a-b=TRUE").unwrap();
        let shown: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["Email = 'jenny''s@example.com'", "Odd Name >= -1.5", "Metadata.a-b = TRUE"]);
        assert_eq!(parse("  "), Ok(Vec::new()));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, place) in [
            ("Email", "ends"),
            ("Email = ", "ends"),
            ("Email = jenny", "character 9"),
            ("= 'x'", "character 1"),
            ("Email = 'x' Name = 'y'", "character 13"),
            ("Email = 'x", "character 9"),
            ("Émail = 'x' ;", "character 13"),
        ] {
            let failure = parse(text).unwrap_err();
            assert_eq!(failure.kind, FailureKind::InvalidInput, "{text}");
            assert!(failure.message.contains(place), "{text}: {}", failure.message);
        }
    }

    #[test]
    fn the_rest_of_the_language_is_not_offered_yet() {
        for text in [
            "a = 'x' OR b = 'y'", "NOT a = 'x'", "a IN ('x')", "a <> 'x'", "(a = 'x')", "a IS NULL",
            "a LIKE 'x%'",
        ] {
            assert_eq!(parse(text).unwrap_err().kind, FailureKind::Unsupported, "{text}");
        }
    }

    #[test]
    fn limits() {
        let long = |length| alloc::format!("a = '{}'", "x".repeat(length));
        assert!(parse(&long(65_000)).is_ok());
        assert!(parse(&long(70_000)).is_err());
        assert!(parse(&"(".repeat(65_000)).is_err());
        let many = alloc::vec!["a = 1"; 1001].join(" AND ");
        assert!(parse(&many).is_err());
    }
}
