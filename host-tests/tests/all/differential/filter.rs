//! Filters, printed once in the connector's language and once in SQLite's.

use std::fmt::Write;

use super::columns::{Column, Entity, Kind};
use host_tests::stage::FIRST_SECOND;

#[derive(Clone)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Test(Test),
}

#[derive(Clone, Debug)]
pub struct Test {
    pub column: &'static Column,
    /// Which of its names.
    pub name: usize,
    pub negated: bool,
    pub condition: Condition,
}

#[derive(Clone, Debug)]
pub enum Condition {
    /// With a sign that both languages have.
    Compare(&'static str, Literal),
    In(Vec<Literal>),
    Between(Literal, Literal),
    Like(String, Option<char>),
    Contains(Literal),
    IsNull,
}

#[derive(Clone, Debug)]
pub enum Literal {
    Null,
    Text(String),
    Number(String),
    Boolean(bool),
    Instant(Instant),
}

#[derive(Clone, Copy, Debug)]
pub struct Instant {
    /// Since [`FIRST_SECOND`].
    pub seconds: i64,
    /// Half a second later than that.
    pub half: bool,
    pub style: Style,
}

#[derive(Clone, Copy, Debug)]
pub enum Style {
    Utc,
    /// Two hours ahead of UTC.
    Offset,
    /// Where it is midnight.
    Date,
    Epoch,
    EpochText,
}

/// How tight what is around a part binds.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Around {
    Nothing,
    Any,
    All,
    Not,
}

impl Filter {
    /// In the connector's language.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Around::Nothing, &|test| test.text());
        text
    }

    /// In SQLite's.
    pub fn sql(&self, entity: &Entity) -> String {
        let mut text = String::new();
        self.write(&mut text, Around::Nothing, &|test| test.sql(entity));
        text
    }

    /// Both languages bind alike, so parentheses stand only where they must.
    fn write(&self, text: &mut String, around: Around, test: &dyn Fn(&Test) -> String) {
        let (own, parts, join) = match self {
            Filter::Test(own) => return text.push_str(&test(own)),
            Filter::Not(inner) => {
                text.push_str("NOT ");
                return inner.write(text, Around::Not, test);
            }
            Filter::All(parts) => (Around::All, parts, " AND "),
            Filter::Any(parts) => (Around::Any, parts, " OR "),
        };
        let parenthesized = own < around;
        text.push_str(if parenthesized { "(" } else { "" });
        for (at, part) in parts.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { join });
            part.write(text, own, test);
        }
        text.push_str(if parenthesized { ")" } else { "" });
    }
}

impl Test {
    fn text(&self) -> String {
        let name = self.column.names[self.name % self.column.names.len()];
        let not = if self.negated { " NOT" } else { "" };
        match &self.condition {
            Condition::Compare(sign, literal) => format!("{name} {sign} {}", literal.text()),
            Condition::In(literals) => format!("{name}{not} IN ({})", listed(literals, Literal::text)),
            Condition::Between(low, high) => {
                format!("{name}{not} BETWEEN {} AND {}", low.text(), high.text())
            }
            Condition::Like(pattern, escape) => format!("{name}{not} LIKE {}", like(pattern, *escape)),
            Condition::Contains(literal) => format!("{name}{not} CONTAINS {}", literal.text()),
            Condition::IsNull => format!("{name} IS{not} NULL"),
        }
    }

    fn sql(&self, entity: &Entity) -> String {
        let name = entity.sql_name(self.column);
        let not = if self.negated { " NOT" } else { "" };
        match &self.condition {
            Condition::Compare(sign, literal) => format!("{name} {sign} {}", literal.sql()),
            Condition::In(literals) => format!("{name}{not} IN ({})", listed(literals, Literal::sql)),
            Condition::Between(low, high) => {
                format!("{name}{not} BETWEEN {} AND {}", low.sql(), high.sql())
            }
            Condition::Like(pattern, escape) => format!("{name}{not} LIKE {}", like(pattern, *escape)),
            Condition::Contains(literal) => {
                let wanted = match (self.column.kind, literal) {
                    (Kind::Words(_), Literal::Text(word)) => quoted(&format!("|{word}|")),
                    (_, literal) => literal.sql(),
                };
                // An empty text is in every text, and SQLite says that it is at its first place.
                format!("(instr({name}, {wanted}) {} 0)", if self.negated { "=" } else { ">" })
            }
            Condition::IsNull => format!("{name} IS{not} NULL"),
        }
    }
}

impl Literal {
    fn text(&self) -> String {
        match self {
            Literal::Null => "NULL".to_owned(),
            Literal::Text(text) => quoted(text),
            Literal::Number(number) => number.clone(),
            Literal::Boolean(flag) => if *flag { "TRUE" } else { "false" }.to_owned(),
            Literal::Instant(instant) => instant.text(),
        }
    }

    fn sql(&self) -> String {
        match self {
            Literal::Boolean(flag) => i32::from(*flag).to_string(),
            Literal::Instant(instant) => {
                let half = if instant.half { ".5" } else { "" };
                format!("{}{half}", FIRST_SECOND + instant.seconds)
            }
            other => other.text(),
        }
    }
}

impl Instant {
    fn text(self) -> String {
        let rfc3339 = |ahead: i64, zone: &str| {
            let local = self.seconds + ahead;
            let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
            let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
            let mut text = format!("'2026-01-{:02}T{hour:02}:{minute:02}:{second:02}", day + 1);
            text.push_str(if self.half { ".5" } else { "" });
            write!(text, "{zone}'").expect("a text takes it");
            text
        };
        let epoch = FIRST_SECOND + self.seconds;
        match self.style {
            Style::Epoch if !self.half => epoch.to_string(),
            Style::EpochText if !self.half => format!("'{epoch}'"),
            Style::Date if !self.half && self.seconds % 86_400 == 0 => {
                format!("'2026-01-{:02}'", self.seconds / 86_400 + 1)
            }
            Style::Offset => rfc3339(7_200, "+02:00"),
            _ => rfc3339(0, "Z"),
        }
    }
}

fn listed(literals: &[Literal], print: impl Fn(&Literal) -> String) -> String {
    literals.iter().map(print).collect::<Vec<_>>().join(", ")
}

fn like(pattern: &str, escape: Option<char>) -> String {
    match escape {
        Some(escape) => format!("{} ESCAPE {}", quoted(pattern), quoted(&escape.to_string())),
        None => quoted(pattern),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
