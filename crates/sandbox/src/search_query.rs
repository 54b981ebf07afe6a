//! Stripe's search language: `status:"active" AND -metadata["key"]:null`
//! (<https://docs.stripe.com/search#search-query-language>).

use serde_json::Value;
use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, opt, preceded, repeat, terminated};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::token::{any, literal, none_of, take_while};

use crate::error::{ApiError, Result};

/// Stripe takes so many clauses in one query.
const MAX_CLAUSES: usize = 10;

/// Fewer characters would be found everywhere.
const MIN_SUBSTRING: usize = 3;

#[derive(Debug, PartialEq)]
pub struct SearchQuery {
    clauses: Vec<Clause>,
    /// All clauses, or one of them.
    all: bool,
}

#[derive(Debug, PartialEq)]
struct Clause {
    negated: bool,
    /// `email`, `metadata["key"]` as `metadata`, `key`, or `billing_details.address.postal_code`.
    field: Vec<String>,
    operator: Operator,
    /// None is `null`.
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operator {
    Is,
    Contains,
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl SearchQuery {
    /// Reads a query over these fields; a trailing `.` in a name stands for any keys below it.
    pub fn parse(text: &str, fields: &[&str]) -> Result<SearchQuery> {
        let refused =
            |why: String| ApiError::invalid(format!("The search query is wrong: {why}")).param("query");
        let mut rest = text;
        let (first, more) = query.parse_next(&mut rest).map_err(|_: ErrMode<ContextError>| {
            refused(format!("a clause such as name:\"value\" was expected at the start of `{text}`."))
        })?;
        if !rest.is_empty() {
            return Err(refused(format!(
                "at character {} a clause such as name:\"value\", AND or OR was expected, not `{rest}`.",
                text.chars().count() - rest.chars().count() + 1
            )));
        }
        let all = more.iter().all(|(join, _)| *join == "AND");
        if !all && more.iter().any(|(join, _)| *join == "AND") {
            return Err(refused("AND and OR cannot be mixed, there are no parentheses.".to_owned()));
        }
        let clauses: Vec<Clause> =
            std::iter::once(first).chain(more.into_iter().map(|(_, clause)| clause)).collect();
        if clauses.len() > MAX_CLAUSES {
            return Err(refused(format!("it has more than {MAX_CLAUSES} clauses.")));
        }
        for clause in &clauses {
            clause.check(fields).map_err(refused)?;
        }
        Ok(SearchQuery { clauses, all })
    }

    pub fn matches(&self, object: &Value) -> bool {
        let mut verdicts = self.clauses.iter().map(|clause| clause.matches(object));
        if self.all { verdicts.all(|verdict| verdict) } else { verdicts.any(|verdict| verdict) }
    }
}

impl Clause {
    fn check(&self, fields: &[&str]) -> std::result::Result<(), String> {
        let name = self.field.join(".");
        let known = |known: &&str| match known.strip_suffix('.') {
            Some(_) => name.starts_with(*known),
            None => name == **known,
        };
        if !fields.iter().any(known) {
            return Err(format!("the field `{name}` cannot be searched; {} can.", fields.join(", ")));
        }
        match (self.operator, &self.value) {
            (Operator::Is, _) => Ok(()),
            (_, None) => Err("null goes with `:` only.".to_owned()),
            (Operator::Contains, Some(part)) if part.chars().count() < MIN_SUBSTRING => {
                Err(format!("`~` needs at least {MIN_SUBSTRING} characters."))
            }
            (Operator::Contains, _) => Ok(()),
            (_, Some(number)) if number.parse::<f64>().is_err() => {
                Err(format!("`{number}` is no number, which the comparison of `{name}` needs."))
            }
            _ => Ok(()),
        }
    }

    fn matches(&self, object: &Value) -> bool {
        let found = self.field.iter().try_fold(object, |at, name| at.get(name)).unwrap_or(&Value::Null);
        self.holds(found) != self.negated
    }

    fn holds(&self, found: &Value) -> bool {
        let Some(wanted) = &self.value else {
            return found.is_null();
        };
        match (self.operator, found) {
            (_, Value::Null) => false,
            (Operator::Is, Value::String(text)) => text.to_lowercase() == wanted.to_lowercase(),
            (Operator::Is, Value::Number(number)) => number.as_f64() == wanted.parse().ok(),
            (Operator::Is, Value::Bool(flag)) => wanted.parse() == Ok(*flag),
            (Operator::Is, _) => false,
            (Operator::Contains, Value::String(text)) => text.to_lowercase().contains(&wanted.to_lowercase()),
            (Operator::Contains, _) => false,
            (operator, number) => {
                let Some((number, wanted)) = number.as_f64().zip(wanted.parse::<f64>().ok()) else {
                    return false;
                };
                match operator {
                    Operator::Above => number > wanted,
                    Operator::AtLeast => number >= wanted,
                    Operator::Below => number < wanted,
                    _ => number <= wanted,
                }
            }
        }
    }
}

type Parsed<T> = winnow::ModalResult<T>;
type Joined<'a> = (&'a str, Clause);

fn query<'a>(input: &mut &'a str) -> Parsed<(Clause, Vec<Joined<'a>>)> {
    let first = preceded(multispace0, clause).parse_next(input)?;
    let more = repeat(0.., (join, clause)).parse_next(input)?;
    multispace0.parse_next(input)?;
    Ok((first, more))
}

/// A blank alone joins as AND does.
fn join<'a>(input: &mut &'a str) -> Parsed<&'a str> {
    let blank = take_while(1.., char::is_whitespace);
    let word = opt(terminated(alt(("AND", "OR")), take_while(1.., char::is_whitespace)));
    (blank, word).map(|(_, word)| word.unwrap_or("AND")).parse_next(input)
}

fn clause(input: &mut &str) -> Parsed<Clause> {
    (opt('-'), field, operator, value)
        .map(|(negated, field, operator, value)| Clause {
            negated: negated.is_some(),
            field,
            operator,
            value,
        })
        .parse_next(input)
}

fn field(input: &mut &str) -> Parsed<Vec<String>> {
    let name = take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let (path, key): (&str, _) = (name, opt(delimited('[', quoted, ']'))).parse_next(input)?;
    let mut field: Vec<String> = path.split('.').map(str::to_owned).collect();
    field.extend(key);
    Ok(field)
}

fn operator(input: &mut &str) -> Parsed<Operator> {
    alt((
        ">=".value(Operator::AtLeast),
        "<=".value(Operator::AtMost),
        '>'.value(Operator::Above),
        '<'.value(Operator::Below),
        ':'.value(Operator::Is),
        '~'.value(Operator::Contains),
    ))
    .parse_next(input)
}

fn value(input: &mut &str) -> Parsed<Option<String>> {
    let bare = take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    alt((quoted.map(Some), bare.map(|word: &str| (word != "null").then(|| word.to_owned()))))
        .parse_next(input)
}

/// A text in either kind of quotes, in which a backslash takes the next character as it is.
fn quoted(input: &mut &str) -> Parsed<String> {
    let quote = alt((literal('"').value('"'), literal('\'').value('\''))).parse_next(input)?;
    let character = alt((preceded('\\', any), none_of([quote, '\\'])));
    terminated(repeat(0.., character), quote).parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[&str] = &["email", "name", "created", "metadata.", "billing_details.address.postal_code"];

    fn found(query: &str) -> bool {
        let object = json!({
            "email": "Ada@example.com", "name": "Ada \"L\"", "created": 50, "active": true,
            "metadata": {"plan": "gold", "odd key": "x"},
            "billing_details": {"address": {"postal_code": "00100"}},
        });
        SearchQuery::parse(query, FIELDS).unwrap().matches(&object)
    }

    #[test]
    fn queries_find() {
        for (query, expected) in [
            (r#"email:"ada@EXAMPLE.com""#, true),
            (r#"email:'ada@example.com'"#, true),
            (r#"email:"ada""#, false),
            (r#"email~"example""#, true),
            (r#"name:"Ada \"L\"""#, true),
            ("created>49 created<=50", true),
            ("created:50", true),
            ("created>50 OR created:\"50\"", true),
            ("created>50 AND created:50", false),
            (r#"metadata["plan"]:"gold" AND metadata["odd key"]:"x""#, true),
            (r#"-metadata["plan"]:null"#, true),
            (r#"metadata["other"]:null"#, true),
            (r#"-email:"ada@example.com""#, false),
            (r#"billing_details.address.postal_code:"00100""#, true),
        ] {
            assert_eq!(found(query), expected, "{query}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (query, expected) in [
            ("", "expected at the start"),
            ("email", "expected at the start"),
            ("email:\"a\" AND", "at character 11"),
            ("email:\"a", "expected at the start"),
            ("phone:\"1\"", "`phone` cannot be searched"),
            ("email~\"ab\"", "at least 3"),
            ("created>x", "no number"),
            ("created>1 AND created<2 OR created:3", "cannot be mixed"),
            ("email~null", "null goes with"),
        ] {
            let error = SearchQuery::parse(query, FIELDS).unwrap_err();
            let message = error.details()["message"].to_string().replace('\\', "");
            assert!(message.contains(expected), "{query}: {message}");
        }
        let many = ["created:1"; 11].join(" ");
        assert!(SearchQuery::parse(&many, FIELDS).is_err());
    }
}
