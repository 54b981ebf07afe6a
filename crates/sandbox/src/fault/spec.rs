//! The text of the faults, read into rules; `Faults::parse` describes the language.

use std::sync::Arc;

use fastrand::Rng;

use super::rule::Rule;
use super::words::{Statement, Word, statements};
use super::{Breach, Fault, FaultError, Faults, Mistake, Trickle, combine, units};
use crate::connection::End;

const REASONS: &[&str] =
    &["global-rate", "endpoint-rate", "global-concurrency", "endpoint-concurrency", "resource-specific"];

pub fn parse(text: &str) -> Result<Faults, FaultError> {
    let mut reader = Reader::default();
    for (n, line) in text.lines().enumerate() {
        reader.line = n + 1;
        match statements(line) {
            Ok(statements) => statements.iter().for_each(|statement| reader.statement(statement)),
            Err(message) => reader.mistake(message),
        }
    }
    if !reader.mistakes.is_empty() {
        return Err(FaultError(reader.mistakes));
    }
    let random = reader.seed.map_or_else(Rng::new, Rng::with_seed);
    Ok(Faults { rules: reader.rules, random })
}

#[derive(Default)]
struct Reader {
    line: usize,
    seed: Option<u64>,
    rules: Vec<Rule>,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn mistake(&mut self, message: String) {
        self.mistakes.push(Mistake { line: self.line, message });
    }

    fn statement(&mut self, statement: &Statement<'_>) {
        match statement.words.as_slice() {
            [seed] if seed.name == "seed" => self.seed(seed),
            [method, path, words @ ..] => self.rule(statement.text, method, path, words),
            _ => self.mistake(format!(
                "`{}` is no rule: it has a method, a path and a fault, as in `POST /v1/* status=503`",
                statement.text
            )),
        }
    }

    fn seed(&mut self, word: &Word<'_>) {
        match value(word, "7", units::whole) {
            Ok(_) if self.seed.is_some() => {
                self.mistake(format!("`{}` is a second seed: keep one", word.text))
            }
            Ok(seed) => self.seed = Some(seed),
            Err(message) => self.mistake(message),
        }
    }

    fn rule(&mut self, text: &str, method: &Word<'_>, path: &Word<'_>, words: &[Word<'_>]) {
        let before = self.mistakes.len();
        if !["GET", "POST", "DELETE", "*"].contains(&method.text) {
            let message = "is no method: a rule starts with GET, POST, DELETE or *";
            self.mistake(format!("`{}` {message}", method.text));
        }
        if !path.text.starts_with(['/', '*']) {
            let message = "is no path: after the method comes one that starts with / or *, like /v1/charges*";
            self.mistake(format!("`{}` {message}", path.text));
        }
        let mut rule = Rule { method: method.text.to_owned(), path: path.text.to_owned(), ..Rule::default() };
        let mut fault = Fault { rule: text.to_owned(), ..Fault::default() };
        for word in words {
            if let Err(message) = read(&mut rule, &mut fault, word) {
                self.mistake(message);
            }
        }
        if self.mistakes.len() == before {
            combine::check(words).into_iter().for_each(|message| self.mistake(message));
        }
        rule.fault = Arc::new(fault);
        self.rules.push(rule);
    }
}

/// One word of a rule after its path.
fn read(rule: &mut Rule, fault: &mut Fault, word: &Word<'_>) -> Result<(), String> {
    match word.name {
        percent if word.value.is_none() && percent.ends_with('%') => {
            let chance = units::percent(percent);
            rule.chance = Some(chance.ok_or_else(|| {
                format!("`{percent}` is no chance: it is above 0% and at most 100%, like 20% or 0.5%")
            })?);
        }
        "skip" => rule.skip = value(word, "2", units::whole)?,
        "times" => rule.times = Some(value(word, "1", |text| units::whole(text).filter(|n| *n > 0))?),
        "when-header" => {
            let (name, pattern) = value(word, "Stripe-Account:acct_*", |text| units::pair(text).map(own))?;
            if name == "authorization" {
                return Err(format!(
                    "`{}=` cannot look at Authorization: a key is no part of a rule",
                    word.name
                ));
            }
            rule.headers.push((name, pattern));
        }
        "status" => fault.status = Some(value(word, "503", status)?),
        "body" => fault.body = Some(value(word, "\"not now\"", |text| Some(text.to_owned()))?),
        "stored" => fault.stored = flag(word)?,
        "rate-limited" => {
            let known = |text: &str| REASONS.iter().copied().find(|reason| *reason == text);
            let expected = format!("one of {}", REASONS.join(", "));
            fault.reason = Some(take(word, &expected, known)?);
            fault.status = Some(429);
        }
        "header" => fault.headers.push(value(word, "Retry-After:1", units::header)?),
        "html" => fault.html = flag(word)?,
        "huge" => fault.huge = Some(value(word, "200MiB", units::size)?),
        "delay-request" => fault.delay_request = value(word, "2s", units::time)?,
        "delay-answer" => fault.delay_answer = value(word, "500ms", units::time)?,
        "delay-body" => fault.delay_body = value(word, "1s", units::time)?,
        "trickle" => fault.trickle = Some(value(word, "1/200ms", trickle)?),
        "reset" => {
            fault.breach = Some(take(word, "before, during or after", |when| match when {
                "before" => Some(Breach::Before(End::Reset)),
                "during" => Some(Breach::During),
                "after" => Some(Breach::After(End::Reset)),
                _ => None,
            })?);
        }
        "close" => {
            fault.breach = Some(take(word, "before or after", |when| match when {
                "before" => Some(Breach::Before(End::Close)),
                "after" => Some(Breach::After(End::Close)),
                _ => None,
            })?);
        }
        "cut" => fault.breach = Some(Breach::Cut(value(word, "20", units::size)?)),
        "length" => fault.breach = Some(Breach::Length(value(word, "+10 or length=-1", units::offset)?)),
        "seed" => return Err(format!("`{}` stands in a rule: it is a line of its own", word.text)),
        _ => {
            return Err(format!(
                "`{}` is no word of a rule: after the path come conditions (20%, times=, skip=, \
                 when-header=) and faults (status=, body=, stored, rate-limited=, header=, html, huge=, \
                 delay-request=, delay-answer=, delay-body=, trickle=, reset=, close=, cut=, length=)",
                word.text
            ));
        }
    }
    Ok(())
}

fn own<T>((name, value): (T, &str)) -> (T, String) {
    (name, value.to_owned())
}

/// A status whose answer has a body.
fn status(text: &str) -> Option<u16> {
    let status = units::whole(text)?.try_into().ok()?;
    (matches!(status, 200..=599) && !matches!(status, 204 | 205 | 304)).then_some(status)
}

fn trickle(text: &str) -> Option<Trickle> {
    let (piece, interval) = text.split_once('/')?;
    let piece = units::size(piece).filter(|piece| *piece > 0)?;
    Some(Trickle { piece, interval: units::time(interval)? })
}

fn flag(word: &Word<'_>) -> Result<bool, String> {
    match word.value {
        None => Ok(true),
        Some(_) => Err(format!("`{}` takes no value: write `{}`", word.text, word.name)),
    }
}

/// The word's value, of which there is an example.
fn value<T>(word: &Word<'_>, example: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, String> {
    take(word, &format!("a value like `{}={example}`", word.name), read)
}

fn take<T>(word: &Word<'_>, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, String> {
    let value = word.value.as_deref().and_then(read);
    value.ok_or_else(|| format!("`{}` cannot be read: `{}` takes {expected}", word.text, word.name))
}
