//! Stripe's search language: `status:"active" AND -metadata["key"]:null`
//! (<https://docs.stripe.com/search#search-query-language>).

use std::cmp::Ordering;

use serde_json::Value;
use winnow::ascii::{Caseless, multispace0};
use winnow::combinator::{alt, delimited, opt, preceded, repeat, terminated};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::token::{any, literal, none_of, take_while};

use crate::error::{ApiError, Result};
use crate::search_fields::{self, Field, Kind};

/// Stripe takes so many clauses in one query.
const MAX_CLAUSES: usize = 10;

/// Fewer characters would be found everywhere.
const MIN_SUBSTRING: usize = 3;

#[derive(Debug, PartialEq)]
pub struct SearchQuery {
    terms: Vec<Term>,
    /// All terms, or one of them.
    all: bool,
}

/// A clause of which it is known what field it is about.
#[derive(Debug, PartialEq)]
struct Term {
    negated: bool,
    field: Field,
    operator: Operator,
    /// None is `null`.
    value: Option<String>,
}

/// A clause as it is written.
#[derive(Debug)]
struct Clause {
    negated: bool,
    name: String,
    /// What stands in brackets.
    key: Option<String>,
    operator: Operator,
    value: Written,
}

#[derive(Debug)]
enum Written {
    Null,
    Quoted(String),
    Bare(String),
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
    /// Reads a query of a resource.
    pub fn parse(text: &str, resource: &str) -> Result<SearchQuery> {
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
        let all = more.iter().all(|(join, _)| *join == Join::And);
        if !all && more.iter().any(|(join, _)| *join == Join::And) {
            return Err(refused("AND and OR cannot be mixed, there are no parentheses.".to_owned()));
        }
        let clauses: Vec<Clause> =
            std::iter::once(first).chain(more.into_iter().map(|(_, clause)| clause)).collect();
        if clauses.len() > MAX_CLAUSES {
            return Err(refused(format!("it has more than {MAX_CLAUSES} clauses.")));
        }
        let terms = clauses.into_iter().map(|clause| clause.resolve(resource).map_err(refused));
        Ok(SearchQuery { terms: terms.collect::<Result<_>>()?, all })
    }

    pub fn matches(&self, object: &Value) -> bool {
        let mut verdicts = self.terms.iter().map(|term| term.matches(object));
        if self.all { verdicts.all(|verdict| verdict) } else { verdicts.any(|verdict| verdict) }
    }
}

impl Clause {
    fn resolve(self, resource: &str) -> std::result::Result<Term, String> {
        let name = match &self.key {
            Some(key) => format!("{}[\"{key}\"]", self.name),
            None => self.name.clone(),
        };
        let Some(field) = search_fields::find(resource, &self.name, self.key.as_deref()) else {
            let known = search_fields::names(resource);
            return Err(format!("the field `{name}` cannot be searched; these can: {known}."));
        };
        match (self.operator, field.kind) {
            (Operator::Is, _) | (Operator::Contains, Kind::Text) => {}
            (Operator::Contains, _) => {
                return Err(format!("`~` looks for a part of a text, and `{name}` is none."));
            }
            (_, Kind::Number) => {}
            _ => return Err(format!("`{name}` is no number, which alone can be compared.")),
        }
        let number = |text: &str| text.parse::<f64>().is_ok();
        let value = match self.value {
            Written::Null if self.operator != Operator::Is => {
                return Err("null goes with `:` only.".to_owned());
            }
            Written::Null => None,
            Written::Bare(text) | Written::Quoted(text) if field.kind == Kind::Number && !number(&text) => {
                return Err(format!("`{text}` is no number, and `{name}` is one."));
            }
            Written::Bare(text) if !number(&text) => {
                return Err(format!("`{text}` is a text, so it has to stand in quotes."));
            }
            Written::Quoted(part)
                if self.operator == Operator::Contains && part.chars().count() < MIN_SUBSTRING =>
            {
                return Err(format!("`~` needs at least {MIN_SUBSTRING} characters."));
            }
            Written::Bare(text) | Written::Quoted(text) => Some(text),
        };
        Ok(Term { negated: self.negated, field, operator: self.operator, value })
    }
}

impl Term {
    fn matches(&self, object: &Value) -> bool {
        let found = self.field.path.iter().try_fold(object, |at, name| at.get(name));
        self.holds(found.unwrap_or(&Value::Null)) != self.negated
    }

    fn holds(&self, found: &Value) -> bool {
        let Some(wanted) = &self.value else {
            return found.is_null();
        };
        match (self.operator, found) {
            (Operator::Is, Value::String(text)) if self.field.kind == Kind::Text => has_words(text, wanted),
            (Operator::Is, Value::String(text)) => text.to_lowercase() == wanted.to_lowercase(),
            (Operator::Is, number @ Value::Number(_)) => ordering(number, wanted) == Some(Ordering::Equal),
            (Operator::Is, Value::Bool(flag)) => wanted.parse() == Ok(*flag),
            (Operator::Is, _) => false,
            (Operator::Contains, Value::String(text)) => text.to_lowercase().contains(&wanted.to_lowercase()),
            (Operator::Contains, _) => false,
            (operator, number) => {
                let Some(ordering) = ordering(number, wanted) else {
                    return false;
                };
                match operator {
                    Operator::Above => ordering.is_gt(),
                    Operator::AtLeast => ordering.is_ge(),
                    Operator::Below => ordering.is_lt(),
                    _ => ordering.is_le(),
                }
            }
        }
    }
}

/// Whole numbers are compared as such: as floating-point numbers, large ones would be taken for their neighbours.
fn ordering(number: &Value, wanted: &str) -> Option<Ordering> {
    match (number.as_i64(), wanted.parse::<i64>()) {
        (Some(number), Ok(wanted)) => Some(number.cmp(&wanted)),
        _ => number.as_f64()?.partial_cmp(&wanted.parse::<f64>().ok()?),
    }
}

/// Whether a text has these words, one after the other: Stripe finds "one two three" by "one two".
fn has_words(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    let words = |text: &'_ str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (text, wanted) = (words(&text), words(&wanted));
    match wanted.len() {
        0 => text.is_empty(),
        length => text.windows(length).any(|part| part == wanted),
    }
}

type Parsed<T> = winnow::ModalResult<T>;
type Joined = (Join, Clause);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Join {
    And,
    Or,
}

fn query(input: &mut &str) -> Parsed<(Clause, Vec<Joined>)> {
    let first = preceded(multispace0, clause).parse_next(input)?;
    let more = repeat(0.., (join, clause)).parse_next(input)?;
    multispace0.parse_next(input)?;
    Ok((first, more))
}

/// A blank alone joins as AND does.
fn join(input: &mut &str) -> Parsed<Join> {
    let blank = || take_while(1.., char::is_whitespace);
    let word = alt((Caseless("AND").value(Join::And), Caseless("OR").value(Join::Or)));
    preceded(blank(), opt(terminated(word, blank()))).map(|word| word.unwrap_or(Join::And)).parse_next(input)
}

fn clause(input: &mut &str) -> Parsed<Clause> {
    let key = opt(delimited('[', quoted, ']'));
    (opt('-'), name, key, operator, value)
        .map(|(negated, name, key, operator, value)| Clause {
            negated: negated.is_some(),
            name,
            key,
            operator,
            value,
        })
        .parse_next(input)
}

fn name(input: &mut &str) -> Parsed<String> {
    take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        .map(str::to_owned)
        .parse_next(input)
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

fn value(input: &mut &str) -> Parsed<Written> {
    let bare = take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let bare = bare.map(|word: &str| match word {
        "null" => Written::Null,
        word => Written::Bare(word.to_owned()),
    });
    alt((quoted.map(Written::Quoted), bare)).parse_next(input)
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

    fn found(query: &str) -> bool {
        let object = json!({
            "email": "Ada@example.com", "name": "Ada \"L\" of Lovelace", "created": 50, "phone": null,
            "metadata": {"plan": "gold", "odd. key": "x y", "rank": "7"},
        });
        SearchQuery::parse(query, "customer").unwrap().matches(&object)
    }

    #[test]
    fn queries_find() {
        for (query, expected) in [
            (r#"email:"ada@EXAMPLE.com""#, true),
            (r#"email:'ada@example.com'"#, true),
            (r#"email:"ada""#, false),
            (r#"email~"example""#, true),
            (r#"name:"ada \"L\"""#, true),
            (r#"name:"l of""#, false),
            (r#"name:"OF lovelace""#, true),
            (r#"name:"Ada Lovelace""#, false),
            (r#"name:"Love""#, false),
            (r#"name~"LOVE""#, true),
            (r#"name:"""#, false),
            ("created>49 created<=50", true),
            ("created>=50 and created<51", true),
            ("created:50", true),
            ("created>50 OR created:\"50\"", true),
            ("created>50 or created:51", false),
            ("created>50 AND created:50", false),
            (r#"metadata["plan"]:"Gold" AND metadata["odd. key"]:"x y""#, true),
            (r#"metadata["odd. key"]:"x""#, false),
            (r#"metadata['rank']:7"#, true),
            (r#"-metadata["plan"]:null"#, true),
            (r#"metadata["other"]:null"#, true),
            ("phone:null", true),
            ("-phone:\"1\"", true),
            (r#"-email:"ada@example.com""#, false),
        ] {
            assert_eq!(found(query), expected, "{query}");
        }
    }

    #[test]
    fn each_resource_has_its_fields() {
        let charge = json!({
            "amount": 500, "refunded": false, "currency": "usd",
            "billing_details": {"address": {"postal_code": "00100"}},
            "payment_method_details": {"card": {"last4": "0042", "exp_month": 7}},
        });
        let invoice = json!({
            "last_finalization_error": {"code": "c", "type": "t"},
            "parent": {"subscription_details": {"subscription": "sub_1"}},
        });
        for (resource, object, query, expected) in [
            ("charge", &charge, "billing_details.address.postal_code:\"00100\"", true),
            ("charge", &charge, "payment_method_details.card.last4:0042", true),
            ("charge", &charge, "payment_method_details.card.last4:42", false),
            ("charge", &charge, "payment_method_details.card.exp_month:\"7\"", true),
            ("charge", &charge, "refunded:\"false\" -currency:\"eur\" amount>=500", true),
            ("invoice", &invoice, "last_finalization_error_code:\"c\"", true),
            ("invoice", &invoice, "-last_finalization_error_type:null", true),
            ("invoice", &invoice, "subscription:\"SUB_1\"", true),
            ("product", &json!({"active": true}), "active:\"true\"", true),
            ("subscription", &json!({"canceled_at": null}), "canceled_at>1", false),
        ] {
            let parsed = SearchQuery::parse(query, resource).unwrap();
            assert_eq!(parsed.matches(object), expected, "{query}");
        }
        for (resource, query) in [
            ("charge", "payment_method_details.link.country:\"US\""),
            ("charge", "payment_method_details.card.funding:\"debit\""),
            ("customer", "payment_method_details.card.last4:\"4242\""),
            ("customer", "email[\"x\"]:\"1\""),
            ("price", "unit_amount>1"),
            ("subscription", "customer:\"cus_1\""),
        ] {
            assert!(SearchQuery::parse(query, resource).is_err(), "{query}");
        }
    }

    #[test]
    fn large_numbers_are_told_from_their_neighbours() {
        let invoice = json!({"total": 9_007_199_254_740_993_i64});
        for (query, expected) in [
            ("total:9007199254740993", true),
            ("total:9007199254740992", false),
            ("total>9007199254740992", true),
            ("total>=9007199254740994", false),
        ] {
            let found = SearchQuery::parse(query, "invoice").unwrap().matches(&invoice);
            assert_eq!(found, expected, "{query}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (query, expected) in [
            ("", "expected at the start"),
            ("email", "expected at the start"),
            ("email:\"a\" AND", "at character 11"),
            ("email:\"a", "expected at the start"),
            ("status:\"1\"", "`status` cannot be searched"),
            ("metadata:\"1\"", "`metadata` cannot be searched"),
            ("email~\"ab\"", "at least 3"),
            ("email:ada", "in quotes"),
            ("email>\"a\"", "`email` is no number"),
            ("metadata[\"plan\"]~\"gold\"", "is none"),
            ("created~\"123\"", "is none"),
            ("created>x", "`x` is no number"),
            ("created:\"soon\"", "`soon` is no number"),
            ("created>1 AND created<2 OR created:3", "cannot be mixed"),
            ("created>1 created<2 or created:3", "cannot be mixed"),
            ("email~null", "null goes with"),
        ] {
            let error = SearchQuery::parse(query, "customer").unwrap_err();
            let message = error.details()["message"].to_string().replace('\\', "");
            assert!(message.contains(expected), "{query}: {message}");
        }
        let many = |count| vec!["created:1"; count].join(" ");
        assert!(SearchQuery::parse(&many(10), "customer").is_ok());
        assert!(SearchQuery::parse(&many(11), "customer").is_err());
    }
}
