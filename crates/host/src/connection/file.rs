//! Reading names and values: out of a TOML file, and out of the environment.

use std::ffi::OsString;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistakes::{Mistake, Place};
use super::table::{Kind, SETTINGS, Setting, setting};
use super::{PREFIX, Value, is_below, order, values, variable};

/// What other words people use, and what the settings are called.
const WORDS: &[(&str, &str)] = &[
    ("api_key", "api_key_secret"),
    ("log_level", "log_config.level"),
    ("logging", "log_config.enabled"),
    ("logging_enabled", "log_config.enabled"),
    ("max_node_count", "node_config.max_node_count"),
    ("max_nodes", "node_config.max_node_count"),
    ("min_node_count", "node_config.min_node_count"),
    ("min_nodes", "node_config.min_node_count"),
    ("proxy_server", "proxy_host"),
    ("region", "location"),
    ("secret_version", "api_key_secret_version"),
];

/// What has been read so far.
#[derive(Default)]
pub(super) struct Reading {
    values: Vec<Value>,
    mistakes: Vec<Mistake>,
    /// The file is no TOML in places, so what is missing may stand there.
    unreadable: bool,
}

impl Reading {
    /// Values, mistakes, and whether some of the file could not be read.
    pub(super) fn end(mut self) -> (Vec<Value>, Vec<Mistake>, bool) {
        self.values.sort_by_key(|value| order(&value.name));
        (self.values, self.mistakes, self.unreadable)
    }

    pub(super) fn file(&mut self, text: &str) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut broken = Vec::new();
        for error in &errors {
            // Printed whole it would show the line, which may hold a key that stands there without quotes.
            let place = error.span().map_or(Place::Nowhere, |span| place(text, span.start));
            if let Place::File(line, _) = place {
                broken.push(line);
            }
            self.mistakes.push(Mistake { place, message: format!("this is no TOML: {}", error.message()) });
        }
        self.unreadable = !errors.is_empty();
        let told = self.mistakes.len();
        self.table(text, "", table.get_ref());
        // What is made of a line that cannot be read says nothing beside that.
        let is_broken = |place: &Place| matches!(place, Place::File(line, _) if broken.contains(line));
        let more = self.mistakes.split_off(told);
        self.mistakes.extend(more.into_iter().filter(|mistake| !is_broken(&mistake.place)));
        self.values.retain(|value| !is_broken(&value.place));
    }

    fn table(&mut self, text: &str, above: &str, table: &DeTable) {
        for (key, value) in table {
            let name = if above.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{above}.{}", key.get_ref())
            };
            let (at_name, at_value) = (place(text, key.span().start), place(text, value.span().start));
            match (setting(&name), value.get_ref()) {
                (Some(Setting { kind: Kind::Pairs, .. }), DeValue::Table(pairs)) => {
                    self.pairs(text, &name, pairs)
                }
                (Some(Setting { kind: Kind::Pairs, .. }), _) => {
                    self.mistake(at_value, format!("`{name}` must be NAME = VALUE pairs in a table"));
                }
                (Some(setting), _) => self.value(setting, value, at_value),
                (None, DeValue::Table(inner)) if is_table(&name) => self.table(text, &name, inner),
                (None, _) if is_table(&name) => {
                    let inner = SETTINGS.iter().filter(|setting| is_below(setting.name, &name));
                    let inner: Vec<_> = inner.map(|setting| format!("`{}`", setting.name)).collect();
                    self.mistake(at_value, format!("`{name}` must be a table: {}", inner.join(", ")));
                }
                (None, _) => self.mistake(at_name, unknown(&name)),
            }
        }
    }

    fn value(&mut self, setting: &'static Setting, value: &Spanned<DeValue>, place: Place) {
        match scalar(value.get_ref()) {
            Some(text) => self.put(setting.name, setting.kind, &text, place),
            None => {
                let found = kind(value.get_ref());
                self.mistake(
                    place,
                    format!("`{}` must be one text, number or truth, and is {found}", setting.name),
                );
            }
        }
    }

    fn pairs(&mut self, text: &str, name: &str, pairs: &DeTable) {
        for (key, value) in pairs {
            let at = place(text, value.span().start);
            match scalar(value.get_ref()) {
                Some(text) => self.pair(name, key.get_ref(), &text, at),
                None => {
                    let label = shown(&format!("{name}.{}", key.get_ref()));
                    self.mistake(at, format!("{label} must be text, and is {}", kind(value.get_ref())));
                }
            }
        }
    }

    fn pair(&mut self, name: &str, key: &str, text: &str, place: Place) {
        if values::looks_secret(key) {
            self.mistake(place, format!("`{name}` must hold no secret, and a name there looks like one"));
        } else {
            self.put(&format!("{name}.{key}"), Kind::Pairs, text, place);
        }
    }

    fn put(&mut self, name: &str, kind: Kind, text: &str, place: Place) {
        if text.is_empty() && kind != Kind::Pairs {
            return;
        }
        match values::read(kind, text) {
            Ok(_) if self.values.iter().any(|value| value.name == name) => {
                self.mistake(place, format!("`{name}` is given twice"));
            }
            Ok(text) => self.values.push(Value { name: name.to_owned(), text, place }),
            Err(right) => self.mistake(place, format!("{} must {right}", shown(name))),
        }
    }

    /// Takes what variables say, instead of what the file says of the same.
    pub(super) fn environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        for (variable, value) in variables {
            let Some(name) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let place = Place::Environment(name.to_owned());
            let setting = SETTINGS.iter().find(|setting| self::variable(setting.name) == name);
            match (setting, value.to_str()) {
                // Kubernetes makes variables of its own for a service of this name.
                (None, _) => {
                    if let Some(near) = nearest_variable(name) {
                        self.mistake(place, format!("it is no setting's, {near} is"));
                    }
                }
                (Some(setting), None) => self.mistake(place, format!("`{}` must be UTF-8", setting.name)),
                (Some(_), Some("")) => {}
                (Some(setting), Some(text)) => {
                    let own =
                        |value: &Value| value.name == setting.name || is_below(&value.name, setting.name);
                    self.values.retain(|value| !own(value));
                    self.variable(setting, text, &place);
                }
            }
        }
    }

    fn variable(&mut self, setting: &'static Setting, text: &str, place: &Place) {
        if setting.kind != Kind::Pairs {
            return self.put(setting.name, setting.kind, text, place.clone());
        }
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            match pair.split_once('=') {
                Some((key, text)) => self.pair(setting.name, key.trim(), text.trim(), place.clone()),
                None => {
                    self.mistake(place.clone(), format!("`{}` must be NAME=VALUE,NAME=VALUE", setting.name))
                }
            }
        }
    }

    fn mistake(&mut self, place: Place, message: String) {
        self.mistakes.push(Mistake { place, message });
    }
}

/// A text, a number or a truth as text.
fn scalar(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(number.to_string()),
            Err(_) => Some(number.as_str().to_owned()),
        },
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn kind(value: &DeValue) -> &'static str {
    match value {
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
        DeValue::Datetime(_) => "a date or a time",
        _ => "something else",
    }
}

fn is_table(name: &str) -> bool {
    SETTINGS.iter().any(|setting| is_below(setting.name, name))
}

/// A name as it may be shown.
fn shown(name: &str) -> String {
    if values::looks_secret(name) {
        "a name that looks like a secret".to_owned()
    } else {
        format!("`{}`", name.escape_debug())
    }
}

fn unknown(name: &str) -> String {
    match nearest(name) {
        Some(near) => format!("{} is no setting, `{near}` is", shown(name)),
        None => format!("{} is no setting", shown(name)),
    }
}

/// What may have been meant: another word for it, or what is spelled much like it.
fn nearest(name: &str) -> Option<&'static str> {
    let word = significant(name);
    let known = WORDS.iter().find(|(other, _)| significant(other) == word).map(|(_, name)| *name);
    known.or_else(|| {
        let distances = SETTINGS
            .iter()
            .map(|setting| (strsim::osa_distance(&word, &significant(setting.name)), setting.name));
        let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
        (distance <= 1 + word.len() / 4).then_some(name)
    })
}

/// More narrowly than for names of a file: what begins like ours need not be ours.
fn nearest_variable(name: &str) -> Option<String> {
    let variables = SETTINGS.iter().map(|setting| variable(setting.name));
    variables.into_iter().find(|variable| strsim::osa_distance(variable, name) <= 2)
}

/// The letters and digits of a name, since `accountId` and `account-id` mean `account_id`.
fn significant(name: &str) -> String {
    let letters = name.chars().filter(|character| character.is_ascii_alphanumeric()).take(64);
    letters.map(|character| character.to_ascii_lowercase()).collect()
}

/// Line and column of a byte.
fn place(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Place::File(before.matches('\n').count() + 1, line.chars().count() + 1)
}
