//! The clauses of a SELECT. They are told apart by words outside quotes, brackets and parentheses.

use crate::contract::entities::Order;
use crate::error::Error;
use std::ops::Range;

/// What is supported, for messages.
const SUPPORTED: &str =
    "supported is SELECT *|columns FROM Entity [WHERE conditions] [ORDER BY column [ASC|DESC]] [LIMIT n]";

/// A SELECT.
#[derive(PartialEq, Debug)]
pub struct Select {
    /// Absent: all.
    pub columns: Option<Vec<String>>,
    /// As written.
    pub entity: String,
    /// As written, parameters included.
    pub filter: Option<String>,
    /// The one column to sort by.
    pub order: Option<Order>,
    /// 1 or more.
    pub limit: Option<u64>,
}

/// Takes a statement apart.
pub fn parse(sql: &str) -> Result<Select, Error> {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let words = words(sql)?;
    let mut clauses = Clauses { sql, words: &words, at: 0, begin: 0 };
    clauses.keyword("SELECT").ok_or_else(|| wrong("it does not begin with SELECT"))?;
    let columns = clauses.until("FROM").ok_or_else(|| wrong("it has no FROM"))?;
    let entity = clauses.rest_until(&["WHERE", "ORDER", "LIMIT"]);
    let filter = clauses.keyword("WHERE").map(|()| clauses.rest_until(&["ORDER", "LIMIT"]));
    let order = clauses.keyword("ORDER").map(|()| clauses.rest_until(&["LIMIT"]));
    let limit = clauses.keyword("LIMIT").map(|()| clauses.rest_until(&[]));
    Ok(Select {
        columns: self::columns(columns)?,
        entity: name(entity, "FROM")?,
        filter: filter.map(self::filter).transpose()?,
        order: order.map(self::order).transpose()?,
        limit: limit.map(self::limit).transpose()?,
    })
}

fn wrong(what: &str) -> Error {
    Error::invalid("query.query", format!("the SQL is not supported: {what}; {SUPPORTED}"))
}

/// The words at the top level, where they are.
fn words(sql: &str) -> Result<Vec<Range<usize>>, Error> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_u32;
    let mut inside: Option<char> = None;
    let mut in_word = false;
    for (at, sign) in sql.char_indices() {
        if let Some(end) = inside {
            inside = Some(end).filter(|end| *end != sign);
            continue;
        }
        let is_word = sign.is_alphanumeric() || "_.".contains(sign);
        if is_word && depth == 0 {
            let end = at + sign.len_utf8();
            match words.last_mut().filter(|_| in_word) {
                Some(word) => word.end = end,
                None => words.push(at..end),
            }
        }
        in_word = is_word && depth == 0;
        match sign {
            '\'' | '"' => inside = Some(sign),
            '[' => inside = Some(']'),
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(|| wrong("a `)` has no `(` before it"))?,
            ';' => return Err(wrong("it is more than one statement")),
            _ => {}
        }
    }
    match (inside, depth) {
        (Some(end), _) => Err(wrong(&format!("a closing `{end}` is missing"))),
        (None, 1..) => Err(wrong("a `)` is missing")),
        (None, 0) => Ok(words),
    }
}

/// Goes from keyword to keyword.
struct Clauses<'a> {
    sql: &'a str,
    words: &'a [Range<usize>],
    /// The next word.
    at: usize,
    /// Where the text after the last keyword begins.
    begin: usize,
}

impl<'a> Clauses<'a> {
    fn is(&self, at: usize, keyword: &str) -> bool {
        let word = self.words.get(at).and_then(|word| self.sql.get(word.clone()));
        word.is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Steps over a keyword that comes next.
    fn keyword(&mut self, keyword: &str) -> Option<()> {
        let word = self.words.get(self.at).filter(|_| self.is(self.at, keyword))?;
        let is_next = self.sql.get(self.begin..word.start).is_some_and(|between| between.trim().is_empty());
        if !is_next {
            return None;
        }
        self.begin = word.end;
        self.at += 1;
        Some(())
    }

    /// The text before a keyword, and steps over that.
    fn until(&mut self, keyword: &str) -> Option<&'a str> {
        let at = (self.at..self.words.len()).find(|at| self.is(*at, keyword))?;
        let word = self.words.get(at)?;
        let text = self.sql.get(self.begin..word.start)?;
        (self.at, self.begin) = (at + 1, word.end);
        Some(text.trim())
    }

    /// The text before the first of some keywords, or all that is left.
    fn rest_until(&mut self, keywords: &[&str]) -> &'a str {
        let is_any = |at: &usize| keywords.iter().any(|keyword| self.is(*at, keyword));
        let at = (self.at..self.words.len()).find(is_any).unwrap_or(self.words.len());
        let end = self.words.get(at).map_or(self.sql.len(), |word| word.start);
        let text = self.sql.get(self.begin..end).unwrap_or_default();
        (self.at, self.begin) = (at, end);
        text.trim()
    }
}

fn columns(text: &str) -> Result<Option<Vec<String>>, Error> {
    match text {
        "*" => Ok(None),
        "" => Err(wrong("SELECT names no column")),
        _ => text.split(',').map(|column| name(column.trim(), "SELECT")).collect::<Result<_, _>>().map(Some),
    }
}

/// A name, perhaps in brackets or double quotes.
fn name(text: &str, clause: &str) -> Result<String, Error> {
    let quoted = |open, close| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    let inner = quoted('[', ']').or_else(|| quoted('"', '"'));
    let is_name = match inner {
        Some(inner) => !inner.is_empty() && !inner.contains(['[', ']', '"']),
        None => !text.is_empty() && text.chars().all(|sign| sign.is_alphanumeric() || "_.".contains(sign)),
    };
    match is_name {
        true => Ok(inner.unwrap_or(text).to_owned()),
        false => Err(wrong(&format!("`{text}` after {clause} is no name alone"))),
    }
}

fn filter(text: &str) -> Result<String, Error> {
    if text.is_empty() { Err(wrong("WHERE has no conditions")) } else { Ok(text.to_owned()) }
}

fn order(text: &str) -> Result<Order, Error> {
    let by = text.get(..2).filter(|by| by.eq_ignore_ascii_case("BY")).and_then(|_| text.get(2..));
    let rest = by
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .ok_or_else(|| wrong("ORDER lacks BY"))?
        .trim();
    if rest.contains(',') {
        return Err(wrong("rows are ordered by one column only"));
    }
    let last = rest
        .rsplit_once(char::is_whitespace)
        .map(|(column, word)| (column.trim(), word.to_ascii_uppercase()));
    let (column, descending) = match last {
        Some((column, word)) if word == "ASC" => (column, false),
        Some((column, word)) if word == "DESC" => (column, true),
        _ => (rest, false),
    };
    Ok(Order { column: name(column, "ORDER BY")?, descending })
}

fn limit(text: &str) -> Result<u64, Error> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| wrong(&format!("LIMIT is `{text}` and no whole number from 1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sql: &str) -> String {
        parse(sql).unwrap_err().message
    }

    #[test]
    fn all_clauses() {
        let select = parse(
            "select Id, [Odd Name], Address.City\nfrom \"Customer\" where (Name = 'x order by y' or [Limit] = 1) \
             and Note = 'it''s' Order  By [Created At] desc limit 5 ; ",
        );
        assert_eq!(
            select.unwrap(),
            Select {
                columns: Some(vec!["Id".to_owned(), "Odd Name".to_owned(), "Address.City".to_owned()]),
                entity: "Customer".to_owned(),
                filter: Some("(Name = 'x order by y' or [Limit] = 1) and Note = 'it''s'".to_owned()),
                order: Some(Order { column: "Created At".to_owned(), descending: true }),
                limit: Some(5),
            }
        );
    }

    #[test]
    fn the_least() {
        let select = parse("SELECT * FROM Customer").unwrap();
        assert_eq!((select.columns, select.filter, select.limit), (None, None, None));
        assert_eq!(parse("SELECT*FROM Customer LIMIT 1").unwrap().limit, Some(1));
    }

    #[test]
    fn what_is_refused_says_what_is_supported() {
        for (sql, word) in [
            ("", "SELECT"),
            ("UPDATE Customer SET Name = 'x'", "begin with SELECT"),
            ("SELECT Id", "FROM"),
            ("SELECT FROM Customer", "no column"),
            ("SELECT COUNT(*) FROM Customer", "`COUNT(*)`"),
            ("SELECT Id AS x FROM Customer", "`Id AS x`"),
            ("SELECT Id, FROM Customer", "``"),
            ("SELECT * FROM Customer, Invoice", "`Customer, Invoice`"),
            ("SELECT * FROM Customer c JOIN Invoice i", "no name"),
            ("SELECT * FROM Customer GROUP BY Name", "no name"),
            ("SELECT * FROM Customer WHERE", "no conditions"),
            ("SELECT * FROM Customer ORDER BY A, B", "one column"),
            ("SELECT * FROM Customer ORDER Name", "BY"),
            ("SELECT * FROM Customer LIMIT 0", "LIMIT"),
            ("SELECT * FROM Customer LIMIT 5 OFFSET 5", "LIMIT"),
            ("SELECT * FROM Customer; DROP TABLE x", "more than one"),
            ("SELECT * FROM Customer WHERE Name = 'x", "`'`"),
            ("SELECT * FROM Customer WHERE (Name = 'x'", "`)`"),
            ("SELECT * FROM Customer WHERE Name = 'x')", "`(`"),
        ] {
            let message = message(sql);
            assert!(message.contains(word) && message.contains("supported is SELECT"), "{sql}: {message}");
        }
    }
}
