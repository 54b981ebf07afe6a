//! Runs actions: whatever of the catalog, by name and JSON input.

use crate::api::actions::{AcceptedQuote, Outcome};
use crate::api::types::CallOptions;
use crate::catalog::names::{nearest, same};
use crate::catalog::{self, ACTIONS, Action};
use crate::client::{Call, Client};
use crate::entities;
use crate::failure::{self, Failed, invalid};
use crate::form;
use crate::host::Context;
use crate::input::{self, Input, Schema};
use crate::json::{self, Json, Members};
use crate::output;
use crate::page;
use crate::rows::Row;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The action of that name.
pub fn find(name: &str) -> Result<&'static Action, Failed> {
    catalog::action(name).ok_or_else(|| {
        let hint = nearest(name, ACTIONS.iter().map(|action| action.name));
        let hint = hint.map(|near| format!("did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| "the catalog lists all actions".to_string());
        invalid(name, format!("there is no action `{name}`; {hint}"))
    })
}

pub fn execute(
    context: Context,
    name: &str,
    parameters: &str,
    options: &CallOptions,
) -> Result<Outcome, Failed> {
    run(context, find(name)?, input::members("parameters", parameters)?, options)
}

/// Runs an action with the input of its typed function: documented names, and `more` as JSON.
pub fn typed<const N: usize>(
    context: Context,
    name: &str,
    given: [(&str, Option<Json>); N],
    more: Option<&str>,
    options: &CallOptions,
) -> Result<Outcome, Failed> {
    let mut input = match more {
        Some(more) => input::members("more", more)?,
        None => Input::new(),
    };
    let given = given.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_string(), value)));
    input.extend(given);
    run(context, find(name)?, input, options)
}

/// Metadata of a typed function as JSON.
pub fn metadata(pairs: Vec<(String, String)>) -> Result<Json, Failed> {
    if let Some(name) = json::repeated(pairs.iter().map(|(name, _)| name.as_str())) {
        return Err(invalid("metadata", format!("`metadata` gives the key `{name}` twice")));
    }
    Ok(Json::Object(pairs.into_iter().map(|(name, value)| (name, Json::Text(value))).collect()))
}

/// The outcome of AcceptQuote, with the invoice's id taken out of the answer.
pub fn accepted(outcome: Outcome) -> AcceptedQuote {
    let invoice_id = outcome.output.strip_prefix('[').and_then(|output| output.strip_suffix(']'));
    let invoice_id = invoice_id.and_then(|output| Members::parse(output).ok()?.text("InvoiceId"));
    AcceptedQuote { outcome, invoice_id }
}

fn run(
    context: Context,
    action: &'static Action,
    mut input: Input,
    options: &CallOptions,
) -> Result<Outcome, Failed> {
    let started = context.host.now_ms();
    let id = take_id(action, &mut input)?;
    let schema = Schema {
        target: action.name,
        parameters: catalog::iter(action.parameters).collect(),
        aliases: action.aliases,
        required: action.required,
    };
    let mut parameters = input::decode(&schema, &input)?;
    parameters.extend(page::expansions(entities::expand(options, 4)?, ""));
    if options.parents.as_ref().is_some_and(|parents| !parents.is_empty()) {
        return Err(invalid(
            "parents",
            format!("{} takes no parents; its input names the object", action.name),
        ));
    }
    let client = Client::open(context, options, action.name, started)?;
    let call = Call::post(form::path(action.path, &[&id]), parameters, client.idempotency_key());
    let answer = client.send(call)?;

    let entity = catalog::entity(action.entity).ok_or_else(|| {
        failure::new(
            crate::api::types::FailureKind::Internal,
            format!("the catalog has no {}", action.entity),
        )
    })?;
    let unreadable = |error| answer.unreadable(error);
    let members = Members::parse(&answer.body).map_err(unreadable)?;
    Ok(Outcome {
        output: output::of(action.answer, &answer.body).map_err(unreadable)?,
        object: Row::of(entity, &answer.body).map_err(unreadable)?.to_json(None),
        id: members.text("id"),
        status: members.text("status"),
        request_id: answer.request_id.clone(),
        idempotency_key: answer.idempotency_key.clone(),
    })
}

/// Takes the id of the object out of the input.
fn take_id(action: &Action, input: &mut Input) -> Result<String, Failed> {
    let is_id = |name: &str| {
        same(name, action.id) || action.aliases.iter().any(|(alias, own)| *own == "id" && same(alias, name))
    };
    let at = input.iter().position(|(name, _)| is_id(name));
    let Some((name, value)) = at.map(|at| input.remove(at)) else {
        return Err(invalid(action.id, format!("{} needs `{}`", action.name, action.id)));
    };
    if let Some((again, _)) = input.iter().find(|(name, _)| is_id(name)) {
        return Err(invalid(again, format!("`{again}` is given twice: `{name}` is the same")));
    }
    match value {
        Json::Text(id) => form::check_id(&name, &id).map(|()| id),
        _ => Err(invalid(&name, format!("`{name}` must be a text in quotes, such as the id of one object"))),
    }
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;
