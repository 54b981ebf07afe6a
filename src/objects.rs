//! Gets, creates, updates and deletes one object of whatever entity the catalog has.

use crate::api::catalog::Operation;
use crate::api::entities::{Change, Row as RowOfOne};
use crate::api::types::CallOptions;
use crate::call::{Base, Body, Call};
use crate::catalog::documented::Documented;
use crate::catalog::names::{pascal, same};
use crate::catalog::{Entity, Object, is_v2};
use crate::client::{Answer, Client};
use crate::columns;
use crate::entities::{expand, find};
use crate::failure::{self, Failed, invalid};
use crate::form::{self, Pairs};
use crate::given::log::Level;
use crate::host::Context;
use crate::input::{self, Input, Schema};
use crate::json::Json;
use crate::log;
use crate::nested;
use crate::plan;
use crate::redact::ANYBODYS;
use crate::upload;
use crate::walk;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub fn get(
    context: Context,
    name: &str,
    id: Option<&str>,
    columns: Option<&[String]>,
    raw: bool,
    options: &CallOptions,
) -> Result<RowOfOne, Failed> {
    let entity = find(name, Operation::Get)?;
    let expand = expand(entity.path, options, 4)?;
    let columns = columns::select(entity, columns, expand)?;
    let path = object_path(entity, id, options, &mut Input::new())?;
    let mut parameters = parameters(entity.name, entity.get, options)?;
    check_required(entity, entity.get, &parameters)?;
    parameters.extend(walk::expansions(expand, ""));
    let client = Client::open(context, options, entity.name)?;
    let answer = client.send(Call::get(path, parameters))?;
    let object = answer.object(entity.row)?;
    let fields = match columns {
        _ if raw => answer.body,
        None => answer.whole_row(context, entity.row, &object)?,
        Some(columns) => {
            let mut row = answer.row(context, entity.row, &object)?;
            nested::complete(&client, &mut row, &columns, expand)?;
            row.to_json(Some(&columns))
        }
    };
    Ok(RowOfOne { fields, request_id: answer.request_id })
}

pub fn create(context: Context, name: &str, fields: &str, options: &CallOptions) -> Result<Change, Failed> {
    let entity = find(name, Operation::Create)?;
    no_parameters(options)?;
    let members = if entity.upload { input::members_with_file } else { input::members };
    let mut input = members("fields", fields)?;
    let parents = parents(entity, options, &mut input)?;
    let path = form::path(entity.path, &parents.iter().map(String::as_str).collect::<Vec<_>>());
    if entity.upload {
        let (body, client) = upload::prepare(context, entity, input, options)?;
        return changed(
            context,
            entity,
            client.send(Call::post(path, body, client.idempotency_key()).at(Base::Files))?,
        );
    }
    let parameters = decode(context, entity.name, entity.create, None, &input)?;
    let body = body(&path, parameters, expand(&path, options, 4)?)?;
    let client = Client::open(context, options, entity.name)?;
    changed(context, entity, client.send(Call::post(path, body, client.idempotency_key()))?)
}

pub fn update(
    context: Context,
    name: &str,
    id: Option<&str>,
    fields: &str,
    options: &CallOptions,
) -> Result<Change, Failed> {
    let entity = find(name, Operation::Update)?;
    no_parameters(options)?;
    let mut input = input::members("fields", fields)?;
    let path = object_path(entity, id, options, &mut input)?;
    let parameters = update_parameters(context, entity, &input)?;
    let body = body(&path, parameters, expand(&path, options, 4)?)?;
    let client = Client::open(context, options, entity.name)?;
    changed(context, entity, client.send(Call::post(path, body, client.idempotency_key()))?)
}

/// Decodes what an update is to change.
pub fn update_parameters(context: Context, entity: &Entity, input: &Input) -> Result<Input, Failed> {
    let parameters = decode(context, entity.name, entity.update, None, input)?;
    let nothing = |value: &Json| matches!(value, Json::Object(members) if members.is_empty());
    if parameters.iter().all(|(_, value)| nothing(value)) {
        return Err(invalid("fields", "`fields` names nothing to change"));
    }
    Ok(parameters)
}

pub fn delete(
    context: Context,
    name: &str,
    id: Option<&str>,
    options: &CallOptions,
) -> Result<Change, Failed> {
    let entity = find(name, Operation::Delete)?;
    let path = object_path(entity, id, options, &mut Input::new())?;
    let parameters = parameters(entity.name, entity.delete, options)?;
    let client = Client::open(context, options, entity.name)?;
    let answer = client.send(Call::delete(path, parameters))?;
    let object = answer.object(entity.row)?;
    let mut row = answer.row(context, entity.row, &object)?;
    if row.denies_deletion() {
        return Err(answer.unreadable("it says that the object is not deleted"));
    }
    row.mark_deleted();
    Ok(change(&answer, row.text("Id"), row.to_json(None)))
}

fn changed(context: Context, entity: &Entity, answer: Answer) -> Result<Change, Failed> {
    let object = answer.object(entity.row)?;
    Ok(change(&answer, object.text("id"), answer.whole_row(context, entity.row, &object)?))
}

fn change(answer: &Answer, id: Option<String>, fields: String) -> Change {
    Change {
        id,
        fields,
        request_id: answer.request_id.clone(),
        idempotency_key: answer.idempotency_key.clone(),
    }
}

/// Decodes an input by what the endpoint takes. A value that is no word of an enumeration is only told to the log.
pub fn decode(
    context: Context,
    target: &str,
    parameters: Option<Object>,
    documented: Option<&Documented>,
    input: &Input,
) -> Result<Input, Failed> {
    let parameters = parameters.ok_or_else(|| nothing_taken(target))?;
    let warn = |param: &str, word: &str| {
        log::event(context, Level::Warning, target, &mut |fields| {
            fields.extend([("param", word_or_length(param)), ("value", word_or_length(word))]);
            format!("{target}: a word that the catalog does not know")
        });
    };
    let (aliases, required) = documented.map_or((&[][..], &[][..]), |own| (own.aliases, own.required));
    let schema = Schema { target, parameters, aliases, required, unknown_word: &warn };
    let decoded = input::decode(&schema, input)?;
    input::check_required(&schema, &decoded)?;
    Ok(decoded)
}

/// What is no word may be anything, such as the number of a card, and a log is no place for that.
fn word_or_length(text: &str) -> String {
    let is_word = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-[]".contains(&b));
    if is_word { ANYBODYS.line(text) } else { format!("({} characters)", text.chars().count()) }
}

fn nothing_taken(target: &str) -> Failed {
    failure::new(crate::api::types::FailureKind::Internal, format!("the catalog has no input of {target}"))
}

/// The body of a POST: a form, or JSON in v2.
pub fn body(path: &str, parameters: Input, expand: &[String]) -> Result<Body, Failed> {
    if is_v2(path) {
        return Ok(Body::Json(Json::Object(parameters).to_string()));
    }
    Ok(Body::Form(query(parameters, expand)?))
}

/// The query of a GET or a DELETE.
pub fn query(parameters: Input, expand: &[String]) -> Result<Pairs, Failed> {
    let mut pairs = form::pairs(&parameters)?;
    pairs.extend(walk::expansions(expand, ""));
    Ok(pairs)
}

/// The options' `parameters`, for calls without an input of their own.
pub fn parameters(target: &str, taken: Option<Object>, options: &CallOptions) -> Result<Pairs, Failed> {
    let Some(text) = &options.parameters else {
        return Ok(Pairs::new());
    };
    let input = input::members("parameters", text)?;
    // A walk through a list says these itself.
    const WALK: [&str; 4] = ["limit", "page", "starting_after", "ending_before"];
    if let Some((name, _)) = input.iter().find(|(name, _)| WALK.contains(&name.trim_start_matches('+'))) {
        return Err(invalid(name, format!("`{name}` is the connector's own; pages have a size and a token")));
    }
    let parameters = taken.ok_or_else(|| nothing_taken(target))?;
    let schema = Schema { target, parameters, aliases: &[], required: &[], unknown_word: &|_, _| {} };
    form::pairs(&input::decode(&schema, &input)?)
}

fn no_parameters(options: &CallOptions) -> Result<(), Failed> {
    match options.parameters {
        Some(_) => {
            Err(invalid("parameters", "this call takes its parameters in `fields`, not in the options"))
        }
        None => Ok(()),
    }
}

/// A call without an input of its own may need parameters all the same.
fn check_required(entity: &Entity, taken: Option<Object>, given: &Pairs) -> Result<(), Failed> {
    let Some(field) = taken.and_then(|taken| form::missing(taken, given)) else {
        return Ok(());
    };
    let name = pascal(field.name);
    Err(invalid(&name, format!("{} needs `{name}`: give it as a parameter of the call", entity.name)))
}

/// The path of one object: with its id, or of the collection itself where there is one object only.
fn object_path(
    entity: &Entity,
    id: Option<&str>,
    options: &CallOptions,
    input: &mut Input,
) -> Result<String, Failed> {
    let mut given = parents_given(entity, options, input)?;
    let mut own = id;
    if let Some(parts) = id.and_then(|id| compound(entity, id)) {
        for (parent, part) in entity.parents.iter().zip(&parts) {
            match given.iter().find(|(name, _)| same(name, parent)) {
                Some((name, other)) if other != part => {
                    let why = format!("`{name}` is given twice: as a parent, and in the compound id");
                    return Err(invalid(name, why));
                }
                Some(_) => {}
                None => given.push((parent.to_string(), part.to_string())),
            }
        }
        own = parts.get(entity.parents.len()).copied();
    }
    let mut ids = plan::parent_ids(entity, &given, None)?;
    ids.extend(own.map(ToString::to_string));
    match id {
        Some(_) if entity.singleton && ids.len() > entity.parents.len() => {
            return Err(invalid("id", format!("there is one {} only; leave the id out", entity.name)));
        }
        None if !entity.singleton => {
            return Err(invalid("id", format!("`id` is missing: which {}?", entity.name)));
        }
        _ => {}
    }
    for id in &ids {
        form::check_id("id", id)?;
    }
    Ok(form::path(entity.path, &ids.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The ids in a compound one, `cus_1:cbtxn_2`. No id of Stripe's has a colon.
fn compound<'a>(entity: &Entity, id: &'a str) -> Option<Vec<&'a str>> {
    let depth = entity.parents.len() + usize::from(!entity.singleton);
    let parts: Vec<&str> = id.split(':').collect();
    (!entity.parents.is_empty() && parts.len() == depth).then_some(parts)
}

fn parents(entity: &Entity, options: &CallOptions, input: &mut Input) -> Result<Vec<String>, Failed> {
    let given = parents_given(entity, options, input)?;
    plan::parent_ids(entity, &given, None)
}

/// The ids of the parents that are named, in the options or in the input.
fn parents_given(
    entity: &Entity,
    options: &CallOptions,
    input: &mut Input,
) -> Result<Vec<(String, String)>, Failed> {
    let mut given = options.parents.clone().unwrap_or_default();
    for parent in entity.parents {
        while let Some(at) = input.iter().position(|(name, _)| same(name, parent)) {
            match input.remove(at) {
                (name, Json::Text(id)) => given.push((name, id)),
                (name, _) => {
                    let why = format!("`{name}` must be a text in quotes: the id of one object");
                    return Err(invalid(&name, why));
                }
            }
        }
    }
    Ok(given)
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
