//! Reads a filter: OR binds weakest, then AND, then NOT.

use super::lex::{Placed, Token, tokens};
use super::{Comparison, Condition, Expr, Literal, Test};
use crate::failure::{Failed, invalid};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const MAX_BYTES: usize = 64 << 10;

/// Conditions, and values in lists.
pub const MAX_TERMS: usize = 1_000;

/// Parentheses in parentheses.
const MAX_DEPTH: usize = 64;

/// Reads the conditions. Without any text all objects are meant.
pub fn parse(text: &str) -> Result<Expr<Test>, Failed> {
    if text.len() > MAX_BYTES {
        return Err(invalid("filter", "a filter has at most 64 KiB"));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Expr::All(Vec::new()));
    }
    let mut parser = Parser { tokens: &tokens, terms: 0, depth: 0 };
    let expr = parser.any()?;
    match parser.next() {
        None => Ok(expr),
        end => Err(unexpected(end, "AND, OR or the end")),
    }
}

pub fn too_many() -> Failed {
    invalid("filter", format!("a filter has at most {MAX_TERMS} conditions and values in lists"))
}

struct Parser<'a> {
    tokens: &'a [Placed],
    terms: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Placed> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Takes the keyword if it comes next.
    fn takes(&mut self, keyword: &str) -> bool {
        let found = self.tokens.first().is_some_and(|(_, token)| token.is(keyword));
        if found {
            self.next();
        }
        found
    }

    fn sign(&mut self, sign: &'static str, expected: &str) -> Result<(), Failed> {
        match self.next() {
            Some((_, Token::Sign(own))) if *own == sign => Ok(()),
            other => Err(unexpected(other, expected)),
        }
    }

    fn term(&mut self) -> Result<(), Failed> {
        self.terms += 1;
        if self.terms > MAX_TERMS { Err(too_many()) } else { Ok(()) }
    }

    fn any(&mut self) -> Result<Expr<Test>, Failed> {
        let mut parts = Vec::from([self.all()?]);
        while self.takes("OR") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, true))
    }

    fn all(&mut self) -> Result<Expr<Test>, Failed> {
        let mut parts = Vec::from([self.not()?]);
        while self.takes("AND") {
            parts.push(self.not()?);
        }
        Ok(joined(parts, false))
    }

    fn not(&mut self) -> Result<Expr<Test>, Failed> {
        let mut negated = false;
        while self.takes("NOT") {
            negated = !negated;
        }
        let expr = match self.tokens.first() {
            Some((at, Token::Sign("("))) => {
                if self.depth == MAX_DEPTH {
                    let why = format!("filter, character {at}: parentheses are nested over {MAX_DEPTH} deep");
                    return Err(invalid("filter", why));
                }
                self.next();
                self.depth += 1;
                let inner = self.any()?;
                self.depth -= 1;
                self.sign(")", "AND, OR or )")?;
                inner
            }
            _ => Expr::Test(self.test()?),
        };
        Ok(if negated { negation(expr) } else { expr })
    }

    fn test(&mut self) -> Result<Test, Failed> {
        self.term()?;
        let (at, column) = match self.next() {
            Some((at, Token::Word(word))) if !is_keyword(word) => (*at, word.clone()),
            Some((at, Token::Quoted(name))) => (*at, name.clone()),
            other => return Err(unexpected(other, "a column, NOT or (")),
        };
        let mut negated = self.takes("NOT");
        let after_not = negated;
        let comparison = |sign: &str| {
            use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
            [Equal, Less, LessOrEqual, Greater, GreaterOrEqual].into_iter().find(|own| own.sign() == sign)
        };
        let condition = match self.next() {
            Some((_, Token::Sign("<>"))) if !after_not => {
                negated = true;
                Condition::Compare(Comparison::Equal, self.literal()?)
            }
            Some((_, Token::Sign(sign))) if !after_not && comparison(sign).is_some() => {
                Condition::Compare(comparison(sign).unwrap_or(Comparison::Equal), self.literal()?)
            }
            Some((_, token)) if token.is("IN") => Condition::In(self.list()?),
            Some((_, token)) if token.is("BETWEEN") => {
                let low = self.literal()?;
                if !self.takes("AND") {
                    return Err(unexpected(self.next(), "AND between the two bounds"));
                }
                Condition::Between(low, self.literal()?)
            }
            Some((_, token)) if token.is("LIKE") => self.like()?,
            Some((_, token)) if token.is("CONTAINS") => Condition::Contains(self.literal()?),
            Some((_, token)) if token.is("IS") && !after_not => {
                negated = self.takes("NOT");
                if !self.takes("NULL") {
                    return Err(unexpected(self.next(), "NULL or NOT NULL"));
                }
                Condition::IsNull
            }
            other => {
                let expected = match after_not {
                    true => "IN, BETWEEN, LIKE or CONTAINS",
                    false => "one of = <> < <= > >= IN BETWEEN LIKE CONTAINS IS NOT",
                };
                return Err(unexpected(other, expected));
            }
        };
        Ok(Test { column, at, negated, condition })
    }

    fn list(&mut self) -> Result<Vec<Literal>, Failed> {
        self.sign("(", "( and values with commas between them")?;
        let mut literals = Vec::from([self.literal()?]);
        loop {
            match self.next() {
                Some((_, Token::Sign(","))) => {
                    self.term()?;
                    literals.push(self.literal()?);
                }
                Some((_, Token::Sign(")"))) => return Ok(literals),
                other => return Err(unexpected(other, ", or )")),
            }
        }
    }

    fn like(&mut self) -> Result<Condition, Failed> {
        let pattern =
            self.text("a pattern in single quotes, in which % stands for any text and _ for a character")?;
        let mut escape = None;
        if self.takes("ESCAPE") {
            let at = self.tokens.first().map_or(0, |(at, _)| *at);
            let text = self.text("one character in single quotes")?;
            let mut characters = text.chars();
            escape = characters.next();
            if escape.is_none() || characters.next().is_some() {
                return Err(invalid(
                    "filter",
                    format!("filter, character {at}: ESCAPE takes one character, not `{text}`"),
                ));
            }
        }
        Ok(Condition::Like { pattern, escape })
    }

    fn text(&mut self, expected: &str) -> Result<String, Failed> {
        match self.next() {
            Some((_, Token::Text(text))) => Ok(text.clone()),
            other => Err(unexpected(other, expected)),
        }
    }

    fn literal(&mut self) -> Result<Literal, Failed> {
        Ok(match self.next() {
            Some((_, Token::Text(text))) => Literal::Text(text.clone()),
            Some((_, Token::Number(number))) => Literal::Number(number.clone()),
            Some((_, token)) if token.is("TRUE") => Literal::Boolean(true),
            Some((_, token)) if token.is("FALSE") => Literal::Boolean(false),
            Some((_, token)) if token.is("NULL") => Literal::Null,
            other => {
                let expected = "a value: 'text' in single quotes, a number, TRUE, FALSE or NULL";
                return Err(unexpected(other, expected));
            }
        })
    }
}

/// Joins by OR or by AND, without chains in chains of their kind.
fn joined(parts: Vec<Expr<Test>>, any: bool) -> Expr<Test> {
    if parts.len() == 1 {
        return parts.into_iter().next().unwrap_or(Expr::All(Vec::new()));
    }
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Expr::Any(inner) if any => flat.extend(inner),
            Expr::All(inner) if !any => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if any { Expr::Any(flat) } else { Expr::All(flat) }
}

fn negation(expr: Expr<Test>) -> Expr<Test> {
    match expr {
        Expr::All(parts) => Expr::Any(parts.into_iter().map(negation).collect()),
        Expr::Any(parts) => Expr::All(parts.into_iter().map(negation).collect()),
        Expr::Test(mut test) => {
            test.negate();
            Expr::Test(test)
        }
    }
}

const KEYWORDS: &[&str] =
    &["AND", "OR", "NOT", "IN", "LIKE", "IS", "BETWEEN", "CONTAINS", "NULL", "TRUE", "FALSE", "ESCAPE"];

fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

fn unexpected(found: Option<&Placed>, expected: &str) -> Failed {
    let why = match found {
        None => format!("the filter ends where {expected} is expected"),
        Some((at, token)) => {
            let shown: String = token.to_string().chars().take(60).collect();
            format!("filter, character {at}: expected {expected}, found `{shown}`")
        }
    };
    invalid("filter", why)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
