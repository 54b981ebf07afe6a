//! JSON Schema, draft-07, of what goes in and of what comes out.

use super::graph::{Field, Kind, Object};
use super::names::pascal;
use crate::columns::Listed;
use crate::json::push_quoted;
use alloc::string::String;

/// JSON text in the making. Commas come by themselves.
#[derive(Default)]
pub struct Writer(String);

impl Writer {
    pub fn into_text(self) -> String {
        self.0
    }

    fn separate(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with(['{', '[', ':']) {
            self.0.push(',');
        }
    }

    /// A value of one piece, already JSON.
    pub fn raw(&mut self, json: &str) {
        self.separate();
        self.0.push_str(json);
    }

    pub fn text(&mut self, text: &str) {
        self.separate();
        push_quoted(&mut self.0, text);
    }

    pub fn key(&mut self, name: &str) {
        self.text(name);
        self.0.push(':');
    }

    pub fn member(&mut self, name: &str, text: &str) {
        self.key(name);
        self.text(text);
    }

    pub fn flag(&mut self, name: &str, flag: bool) {
        self.key(name);
        self.raw(if flag { "true" } else { "false" });
    }

    pub fn object(&mut self, members: impl FnOnce(&mut Writer)) {
        self.enclosed('{', members, '}');
    }

    pub fn array(&mut self, items: impl FnOnce(&mut Writer)) {
        self.enclosed('[', items, ']');
    }

    fn enclosed(&mut self, open: char, inside: impl FnOnce(&mut Writer), close: char) {
        self.separate();
        self.0.push(open);
        inside(self);
        self.0.push(close);
    }
}

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// An input by columns: its own names on the first level, Stripe's below it.
pub struct Input<'a> {
    /// Ids and other texts that are no parameters of Stripe's, with whether they are required.
    pub own: &'a [(String, bool)],
    pub parameters: Object,
    /// Documented names of parameters: (`CustomerId`, `customer`).
    pub aliases: &'a [(&'static str, &'static str)],
    /// Parameters that are required although Stripe would do without.
    pub also_required: &'a [&'static str],
    /// Whether what Stripe requires is required: an update's input may leave it out.
    pub required: bool,
}

impl Input<'_> {
    /// What the input is called.
    pub fn name(&self, parameter: &str) -> String {
        let alias = self.aliases.iter().find(|(_, own)| *own == parameter);
        alias.map_or_else(|| pascal(parameter), |(alias, _)| String::from(*alias))
    }

    pub fn requires(&self, parameter: &Field) -> bool {
        self.required && (parameter.required || self.also_required.contains(&parameter.name))
    }

    pub fn write(&self, json: &mut Writer) {
        json.object(|json| {
            json.member("$schema", DRAFT);
            json.member("type", "object");
            json.key("properties");
            json.object(|json| {
                for (name, _) in self.own {
                    json.key(name);
                    json.object(|json| json.member("type", "string"));
                }
                for field in self.parameters.fields() {
                    json.key(&self.name(field.name));
                    input(json, field.kind, field.nullable);
                }
            });
            let own = self.own.iter().filter(|(_, required)| *required).map(|(name, _)| name.clone());
            let parameters = self.parameters.fields().filter(|field| self.requires(field));
            required(json, own.chain(parameters.map(|field| self.name(field.name))));
        });
    }
}

fn required(json: &mut Writer, names: impl Iterator<Item = String>) {
    let mut names = names.peekable();
    if names.peek().is_some() {
        json.key("required");
        json.array(|json| names.for_each(|name| json.text(&name)));
    }
}

/// What a parameter takes. `null` unsets where Stripe says that it can be unset.
fn input(json: &mut Writer, kind: Kind, nullable: bool) {
    match kind {
        Kind::OneOf(several) => json.object(|json| {
            json.key("anyOf");
            json.array(|json| {
                several.kinds().for_each(|kind| input(json, kind, false));
                if nullable {
                    json.object(|json| json.member("type", "null"));
                }
            });
        }),
        Kind::Any => json.object(|_| {}),
        _ => json.object(|json| {
            match kind {
                Kind::Instant => types(json, &["string", "integer"], nullable),
                Kind::Decimal => types(json, &["string", "number"], nullable),
                _ => types(json, &[json_type(kind)], nullable),
            }
            match kind {
                Kind::Object(object) => {
                    json.key("properties");
                    json.object(|json| {
                        for field in object.fields() {
                            json.key(field.name);
                            input(json, field.kind, field.nullable);
                        }
                    });
                    required(
                        json,
                        object.fields().filter(|field| field.required).map(|field| field.name.into()),
                    );
                }
                Kind::Array(item) => {
                    json.key("items");
                    input(json, item.kind(), false);
                }
                Kind::Map(value) => {
                    json.key("additionalProperties");
                    // A key is removed by null.
                    input(json, value.kind(), true);
                }
                Kind::Enum(words) => words_of(json, words, nullable),
                Kind::Instant | Kind::DateTime => json.member("format", "date-time"),
                Kind::Bytes => json.member("contentEncoding", "base64"),
                Kind::Decimal => {
                    json.member("format", "decimal");
                    json.member("pattern", DECIMAL);
                }
                _ => {}
            }
        }),
    }
}

/// What a decimal number in a text looks like.
const DECIMAL: &str = "^-?[0-9]+(\\.[0-9]+)?$";

/// Of enumerations in rows no words are given here but in the columns: Stripe adds some, and a row with one is right.
pub fn rows(json: &mut Writer, columns: &[Listed]) {
    json.object(|json| {
        json.member("$schema", DRAFT);
        json.member("type", "object");
        json.key("properties");
        json.object(|json| {
            for column in columns {
                json.key(&column.name);
                row_value(json, column.field.kind, column.field.nullable || column.path.contains('.'));
            }
        });
    });
}

fn row_value(json: &mut Writer, kind: Kind, nullable: bool) {
    json.object(|json| match kind {
        Kind::Any | Kind::OneOf(_) => {}
        Kind::Instant | Kind::DateTime => {
            types(json, &["string"], nullable);
            json.member("format", "date-time");
        }
        // Flattened: the column itself is there where the object is null or empty.
        Kind::Object(_) => types(json, &["object"], true),
        _ => types(json, &[json_type(kind)], nullable),
    });
}

fn types(json: &mut Writer, names: &[&str], nullable: bool) {
    json.key("type");
    match names {
        [name] if !nullable => json.text(name),
        _ => json.array(|json| {
            names.iter().for_each(|name| json.text(name));
            if nullable {
                json.text("null");
            }
        }),
    }
}

fn json_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Array(_) | Kind::List(_) => "array",
        Kind::Map(_) | Kind::Object(_) => "object",
        _ => "string",
    }
}

fn words_of(json: &mut Writer, words: super::graph::Enumeration, nullable: bool) {
    json.key("enum");
    json.array(|json| {
        words.words(|word| json.text(word));
        if nullable {
            json.raw("null");
        }
    });
}

/// The documented answer of an action: an array with one object whose values are texts or null.
pub fn output(json: &mut Writer, with_invoice: bool) {
    json.object(|json| {
        json.member("$schema", DRAFT);
        json.member("type", "array");
        json.key("items");
        json.object(|json| {
            json.member("type", "object");
            json.key("properties");
            json.object(|json| {
                json.key("Success");
                json.object(|json| json.member("type", "string"));
                if with_invoice {
                    json.key("InvoiceId");
                    json.object(|json| types(json, &["string"], true));
                }
            });
            json.key("required");
            json.array(|json| json.text("Success"));
            json.key("additionalProperties");
            json.object(|json| types(json, &["string"], true));
        });
    });
}
