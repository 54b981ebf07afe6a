//! Decodes what a caller gives, a JSON object with columns, Stripe's names or dotted paths, into Stripe's parameters,
//! and refuses what Stripe would misunderstand before anything is sent.
//!
//! Names become paths here; what stands under them is checked in [`values`](crate::values).

use crate::api::types::FailureKind;
use crate::catalog::names::{nearest, pascal, same, snake, strip_prefix};
use crate::catalog::{Field, Kind, Object};
use crate::failure::{self, Failed, invalid};
use crate::json::{self, Json, Member, Members};
use crate::order::repeated;
use crate::values;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

/// The members of a JSON object: a call's input, or Stripe's parameters made of it.
pub type Input = Vec<(String, Json)>;

/// What an endpoint takes.
pub struct Schema<'a> {
    /// `Customer` or `ConfirmPaymentIntent`, for messages.
    pub target: &'a str,
    pub parameters: Object,
    /// Documented names of parameters that are not theirs: (`CustomerId`, `customer`).
    pub aliases: &'a [(&'static str, &'static str)],
    /// Parameters that are required although Stripe would do without.
    pub required: &'a [&'static str],
    /// Told of each value that is none of an enumeration's words, which Stripe may know all the same.
    pub unknown_word: &'a dyn Fn(&str, &str),
}

/// Beyond these no request is one that Stripe would read, and one that is made of it might not fit the memory.
const MAX_BYTES: usize = 1 << 20;

/// Files travel in the input as base64.
const MAX_UPLOAD_BYTES: usize = 16 << 20;

/// Takes a JSON object apart. `what` names it in messages.
pub fn members(what: &str, text: &str) -> Result<Input, Failed> {
    members_of(what, text, MAX_BYTES)
}

/// The same where a file may be inside.
pub fn members_with_file(what: &str, text: &str) -> Result<Input, Failed> {
    members_of(what, text, MAX_UPLOAD_BYTES)
}

fn members_of(what: &str, text: &str, limit: usize) -> Result<Input, Failed> {
    if text.len() > limit {
        return Err(failure::new(
            FailureKind::LimitExceeded,
            format!("`{what}` has {} bytes, and at most {limit} are taken", text.len()),
        ));
    }
    if !json::is_object(text.trim_start()) {
        return Err(invalid(what, format!("`{what}` must be a JSON object, such as {{\"Name\": \"John\"}}")));
    }
    let unreadable = |error: json::Error| invalid(what, format!("`{what}` cannot be read as JSON: {error}"));
    let members = Members::parse(text).map_err(unreadable)?;
    if members.len() > json::MAX_MEMBERS {
        return Err(failure::new(
            FailureKind::LimitExceeded,
            format!("`{what}` has more than {} members", json::MAX_MEMBERS),
        ));
    }
    if let Some(name) = repeated(members.iter().map(|(name, _)| name)) {
        return Err(twice(name));
    }
    let value = |member: Member| Ok((member.name.to_string(), Json::of(&member).map_err(unreadable)?));
    members.members().map(value).collect()
}

/// The failure of an input that says something twice.
pub fn twice(name: &str) -> Failed {
    invalid(name, format!("`{name}` is given twice, perhaps in two spellings"))
}

/// Makes Stripe's parameters of the input.
pub fn decode(schema: &Schema, input: &Input) -> Result<Input, Failed> {
    let mut parameters = Input::new();
    for (name, value) in input {
        match name.strip_prefix('+') {
            Some(own) if own == "expand" || own.starts_with("expand[") => {
                return Err(invalid(name, "what to expand is said in the call's options, as `expand`"));
            }
            Some(own) if !own.is_empty() => {
                let path = [Step::Name(own.to_string())];
                place(&mut parameters, &path, values::open(own, value, name)?, name)?;
            }
            _ => {
                let found = resolve(schema, name)?;
                let value = values::of(schema, &found, value, name)?;
                place(&mut parameters, &found.path, value, name)?;
            }
        }
    }
    check_nested(schema, schema.parameters, &parameters, "")?;
    check_metadata(&parameters, 0)?;
    Ok(parameters)
}

/// Refuses an object inside the input without what Stripe would refuse it without.
fn check_nested(schema: &Schema, object: Object, members: &Input, path: &str) -> Result<(), Failed> {
    let holds_more = |(_, value): &&(String, Json)| matches!(value, Json::Object(_) | Json::Array(_));
    for (name, value) in members.iter().filter(holds_more) {
        let Some(field) = object.field(name) else { continue };
        let path = format!("{path}{}", pascal(field.name));
        let (inner, values): (Kind, &[Json]) = match (field.kind, value) {
            (Kind::Array(item), Json::Array(items)) => (item.kind(), items),
            (kind, value) => (kind, core::slice::from_ref(value)),
        };
        let Some(inner) = object_of(inner) else {
            continue;
        };
        for (at, value) in values.iter().enumerate() {
            let Json::Object(members) = value else {
                continue;
            };
            let index = if matches!(field.kind, Kind::Array(_)) { format!("[{at}]") } else { String::new() };
            let path = format!("{path}{index}");
            let missing = inner.fields().find(|field| field.required && !has(members, field));
            if let Some(field) = missing {
                let name = format!("{path}.{}", pascal(field.name));
                return Err(invalid(&name, format!("{} needs `{name}`", schema.target)));
            }
            check_nested(schema, inner, members, &format!("{path}."))?;
        }
    }
    Ok(())
}

/// Whether there is a value for a field which Stripe takes for one. Where a field can be unset, nothing is one too.
fn has(members: &Input, field: &Field) -> bool {
    members.iter().any(|(own, value)| own == field.name && (field.nullable || !is_nothing(value)))
}

/// Refuses an input without what Stripe would refuse it without.
pub fn check_required(schema: &Schema, parameters: &Input) -> Result<(), Failed> {
    let is_required = |field: &Field| field.required || schema.required.contains(&field.name);
    let missing = |field: &Field| is_required(field) && !has(parameters, field);
    let Some(field) = schema.parameters.fields().find(missing) else {
        return Ok(());
    };
    let alias = schema.aliases.iter().find(|(_, own)| *own == field.name).map(|(alias, _)| alias.to_string());
    let name = alias.unwrap_or_else(|| pascal(field.name));
    Err(invalid(&name, format!("{} needs `{name}`", schema.target)))
}

/// What Stripe takes for no value.
fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Text(text) => text.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Stripe's limits on `metadata`, however it was written.
fn check_metadata(parameters: &Input, depth: usize) -> Result<(), Failed> {
    for (name, value) in parameters {
        let members = match value {
            Json::Object(members) if name == "metadata" => members,
            // What was decoded is not deep.
            Json::Object(members) if depth < json::MAX_DEPTH => {
                check_metadata(members, depth + 1)?;
                continue;
            }
            Json::Array(items) if depth < json::MAX_DEPTH => {
                let objects = items.iter().filter_map(|item| match item {
                    Json::Object(members) => Some(members),
                    _ => None,
                });
                for members in objects {
                    check_metadata(members, depth + 1)?;
                }
                continue;
            }
            _ => continue,
        };
        for (count, (key, value)) in members.iter().enumerate() {
            let wrong =
                |why: &str| Err(invalid(&format!("Metadata.{key}"), format!("`Metadata.{key}`: {why}")));
            let length = match value {
                Json::Null => 0,
                Json::Text(text) | Json::Number(text) => text.chars().count(),
                Json::Boolean(_) => 5,
                Json::Array(_) | Json::Object(_) => return wrong("a value of metadata is a text"),
            };
            if key.chars().count() > 40 {
                return wrong("a key of metadata has at most 40 characters");
            } else if length > 500 {
                return wrong("a value of metadata has at most 500 characters");
            } else if count == 50 {
                return wrong("metadata takes at most 50 keys");
            }
        }
    }
    Ok(())
}

/// One step of a path to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Name(String),
    Index(usize),
}

impl Step {
    fn name(&self) -> Option<&str> {
        match self {
            Step::Name(name) => Some(name),
            Step::Index(_) => None,
        }
    }
}

/// Stripe's spelling of a path: `line_items[0][price]`.
pub fn spelled(path: &[Step]) -> String {
    let mut spelled = String::new();
    for step in path {
        match step {
            Step::Name(name) if spelled.is_empty() => spelled.push_str(name),
            Step::Name(name) => spelled.push_str(&format!("[{name}]")),
            Step::Index(index) => spelled.push_str(&format!("[{index}]")),
        }
    }
    spelled
}

/// Puts a value at a path, where nothing may be yet but parts of an object that this is another part of. `param` is how the
/// caller called it.
pub fn place(parameters: &mut Input, path: &[Step], value: Json, param: &str) -> Result<(), Failed> {
    let Some((Step::Name(name), rest)) = path.split_first() else {
        return Err(invalid(param, format!("`{param}` is a number, not a name")));
    };
    match (parameters.iter_mut().find(|(own, _)| own == name), rest.first()) {
        (Some((_, own)), _) => place_in(own, rest, value, param),
        (None, None) => {
            parameters.push((name.clone(), value));
            Ok(())
        }
        (None, Some(step)) => {
            let mut own = empty_for(step);
            place_in(&mut own, rest, value, param)?;
            parameters.push((name.clone(), own));
            Ok(())
        }
    }
}

fn place_in(own: &mut Json, path: &[Step], value: Json, param: &str) -> Result<(), Failed> {
    match (path.split_first(), own) {
        (None, Json::Object(members)) => match value {
            // The parts of an object, given in two places.
            Json::Object(more) => more
                .into_iter()
                .try_for_each(|(name, value)| place(members, &[Step::Name(name)], value, param)),
            _ => Err(whole_and_parts(param)),
        },
        (None, Json::Array(_)) if !matches!(value, Json::Array(_)) => Err(whole_and_parts(param)),
        (None, _) if matches!(value, Json::Object(_)) => Err(whole_and_parts(param)),
        (None, _) => Err(twice(param)),
        (Some((Step::Name(_), _)), Json::Object(members)) => place(members, path, value, param),
        (Some((Step::Index(index), rest)), Json::Array(items)) => {
            let next = items.len();
            match (items.get_mut(*index), rest.first()) {
                (Some(item), _) => place_in(item, rest, value, param),
                (None, _) if *index > next => {
                    Err(invalid(param, format!("`{param}`: items must be given in their order, from 0 on")))
                }
                (None, None) => {
                    items.push(value);
                    Ok(())
                }
                (None, Some(step)) => {
                    let mut item = empty_for(step);
                    place_in(&mut item, rest, value, param)?;
                    items.push(item);
                    Ok(())
                }
            }
        }
        _ => Err(whole_and_parts(param)),
    }
}

/// What a step leads into.
fn empty_for(step: &Step) -> Json {
    match step {
        Step::Name(_) => Json::Object(Vec::new()),
        Step::Index(_) => Json::Array(Vec::new()),
    }
}

fn whole_and_parts(param: &str) -> Failed {
    invalid(param, format!("`{param}` is given as a whole and in parts; leave one of them out"))
}

/// A parameter that a name means.
pub struct Found {
    pub path: Vec<Step>,
    pub kind: Kind,
    /// Whether it can be unset.
    pub nullable: bool,
}

impl Found {
    /// The innermost of its names.
    pub fn name(&self) -> &str {
        self.path.iter().rev().find_map(Step::name).unwrap_or_default()
    }
}

/// Finds the parameter of a name, and what it holds.
fn resolve(schema: &Schema, name: &str) -> Result<Found, Failed> {
    let mut segments = name.split('.');
    let first = segments.next().unwrap_or_default();
    let alias = schema.aliases.iter().find(|(alias, _)| same(alias, first)).map(|(_, own)| *own);
    let Some(mut found) = lookup(schema.parameters, alias.unwrap_or(first)) else {
        let known = schema.parameters.fields().map(|field| pascal(field.name));
        let hint =
            match nearest(first, known.chain(schema.aliases.iter().map(|(alias, _)| alias.to_string()))) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a name with a leading `+` is sent although it is not known".to_string(),
            };
        return Err(invalid(name, format!("{} has no parameter `{name}`; {hint}", schema.target)));
    };
    while let Some(segment) = segments.next() {
        let path = &mut found.path;
        (found.kind, found.nullable) = match found.kind {
            Kind::Map(value) => {
                // Of a text the rest is one key, dots and all.
                let mut key = segment.to_string();
                if object_of(value.kind()).is_none() {
                    key = segments.by_ref().fold(key, |key, next| format!("{key}.{next}"));
                }
                path.push(Step::Name(values::key(&key, name)?));
                (value.kind(), true)
            }
            Kind::Array(item) if segment.bytes().all(|b| b.is_ascii_digit()) && !segment.is_empty() => {
                path.push(Step::Index(segment.parse::<u32>().map_or(usize::MAX, |index| index as usize)));
                (item.kind(), false)
            }
            Kind::Any => {
                path.push(Step::Name(values::key(&snake(segment), name)?));
                (Kind::Any, true)
            }
            kind => {
                let Some(object) = object_of(kind) else {
                    let own = spelled(path);
                    return Err(invalid(name, format!("`{name}`: `{own}` holds no further names")));
                };
                let Some(inner) = lookup(object, segment) else {
                    let known = nearest(segment, object.fields().map(|field| pascal(field.name)));
                    let hint = known.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    return Err(invalid(name, format!("{} has no parameter `{name}`{hint}", schema.target)));
                };
                path.extend(inner.path);
                (inner.kind, inner.nullable)
            }
        };
    }
    Ok(found)
}

/// The object that a parameter is or can be.
pub fn object_of(kind: Kind) -> Option<Object> {
    match kind {
        Kind::Object(object) => Some(object),
        Kind::OneOf(several) => several.object(),
        _ => None,
    }
}

/// The field of that name in an object, also flattened: `AddressCity` is `city` inside `address`.
pub fn lookup(object: Object, name: &str) -> Option<Found> {
    let step = |name: &str| Step::Name(name.to_string());
    if let Some(Field { name, kind, nullable, .. }) = object.fields().find(|field| same(field.name, name)) {
        return Some(Found { path: vec![step(name)], kind, nullable });
    }
    object.fields().find_map(|field| {
        let inner = object_of(field.kind)?;
        let rest = strip_prefix(name, field.name).filter(|rest| !rest.is_empty())?;
        let mut found = lookup(inner, rest)?;
        found.path.insert(0, step(field.name));
        Some(found)
    })
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
