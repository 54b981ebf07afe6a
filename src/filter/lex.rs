//! The words and signs of a filter, each with its place.

use super::parse::{MAX_TERMS, too_many};
use crate::failure::{Failed, invalid};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use winnow::Parser;
use winnow::combinator::{alt, delimited, opt, preceded, repeat};
use winnow::token::{any, one_of, take_till, take_while};

#[derive(Clone, PartialEq, Debug)]
pub enum Token {
    /// A keyword or a column, perhaps a dotted path.
    Word(String),
    /// A column in brackets.
    Quoted(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

/// A token and the number of its first character, from 1 on.
pub type Placed = (usize, Token);

impl Token {
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Token::Word(text) | Token::Number(text) => f.write_str(text),
            Token::Sign(sign) => f.write_str(sign),
            Token::Quoted(name) => write!(f, "[{name}]"),
            Token::Text(text) => write!(f, "'{text}'"),
        }
    }
}

/// `AND NOT (column NOT LIKE 'pattern' ESCAPE '!')` are ten, and more parentheses say nothing more.
const MAX_TOKENS: usize = 16 * MAX_TERMS;

pub fn tokens(text: &str) -> Result<Vec<Placed>, Failed> {
    let mut rest = text;
    let (mut tokens, mut at) = (Vec::new(), 1);
    loop {
        let trimmed = rest.trim_ascii_start();
        at += characters(rest, trimmed);
        rest = trimmed;
        if rest.is_empty() {
            return Ok(tokens);
        }
        if tokens.len() == MAX_TOKENS {
            return Err(too_many());
        }
        let before = rest;
        match token(&mut rest) {
            Ok(token) => tokens.push((at, token)),
            Err(_) => {
                let shown: String = before.chars().take(20).collect();
                let why = "a text stands in single quotes, '' is one inside it; an odd column in [brackets]";
                return Err(invalid(
                    "filter",
                    format!("filter, character {at}: cannot read `{shown}`; {why}"),
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
    c.is_ascii_alphabetic() || !c.is_ascii() || c == '_'
}

fn token(input: &mut &str) -> winnow::Result<Token> {
    let digits = || take_while(1.., |c: char| c.is_ascii_digit());
    let name = (
        one_of(is_letter),
        take_while(0.., |c: char| is_letter(c) || c.is_ascii_digit() || ".-".contains(c)),
    );
    let text = delimited('\'', repeat(0.., alt(("''".value('\''), any.verify(|c| *c != '\'')))), '\'');
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), digits());
    let number = (opt('-'), digits(), opt(preceded('.', digits())), opt(exponent));
    let sign = |sign: &'static str| sign.value(Token::Sign(sign));
    alt((
        name.take().map(|name: &str| Token::Word(name.to_string())),
        delimited('[', take_till(1.., ']').map(str::to_string), ']').map(Token::Quoted),
        text.map(Token::Text),
        number.take().map(|number: &str| Token::Number(number.to_string())),
        alt((sign("<="), sign(">="), sign("<>"), "!=".value(Token::Sign("<>")))),
        alt((sign("="), sign("<"), sign(">"), sign("("), sign(")"), sign(","))),
    ))
    .parse_next(input)
}
