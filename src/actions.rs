//! Runs actions: whatever of the catalog, by name and JSON input.

use crate::api::actions::{AcceptedQuote, Outcome};
use crate::api::types::{CallOptions, Effect};
use crate::base64::STANDARD;
use crate::call::{Base, Body, Call};
use crate::catalog::documented::{self, Answer as Documented};
use crate::catalog::names::{nearest, same};
use crate::catalog::{self, ACTIONS, Action, Object, Special};
use crate::client::{Answer, Client, File};
use crate::entities;
use crate::failure::{Failed, invalid};
use crate::form;
use crate::host::Context;
use crate::idempotency::IdempotencyKey;
use crate::input::{self, Input};
use crate::json::{self, Json, Members};
use crate::objects;
use crate::order::repeated;
use crate::output;
use crate::secret::ApiKey;
use crate::transport::Method;
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
pub fn typed(
    context: Context,
    name: &str,
    given: Vec<(&str, Option<Json>)>,
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
    if let Some(name) = repeated(pairs.iter().map(|(name, _)| name.as_str())) {
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
    if options.parents.as_ref().is_some_and(|parents| !parents.is_empty()) {
        return Err(invalid(
            "parents",
            format!("{} takes no parents; its input names the object", action.name),
        ));
    }
    if options.parameters.is_some() {
        return Err(invalid("parameters", format!("{} takes its parameters as its input", action.name)));
    }
    let documented = documented::of_action(action.name);
    let aliases = documented.map_or(&[][..], |documented| documented.aliases);
    let ids = take_ids(action, aliases, &mut input)?;
    let path = form::path(action.path, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    let token = match action.special {
        Some(Special::EventStream) => take_text(&mut input, SESSION_TOKEN)?,
        _ => None,
    };
    let parameters = objects::decode(context, action.name, Some(action.parameters), documented, &input)?;
    let expand = entities::expand(action.path, options, 4)?;
    let client = Client::open(context, options, action.name)?;
    let call = match action.method {
        Method::Post => {
            Call::post(path.clone(), objects::body(&path, parameters, expand)?, client.idempotency_key())
        }
        Method::Get => Call::get(path, objects::query(parameters, expand)?),
        Method::Delete => Call::delete(path, objects::query(parameters, expand)?),
    };
    match (action.special, action.answer) {
        (None, Some(fields)) => outcome(context, action, fields, client.send(call)?),
        (Some(Special::EventStream), Some(fields)) => {
            outcome(context, action, fields, stream(context, client, call, token)?)
        }
        (Some(Special::Download), _) | (_, None) => file(client.send_for_file(call.at(Base::Files))?),
    }
}

fn outcome(context: Context, action: &Action, fields: Object, answer: Answer) -> Result<Outcome, Failed> {
    let object = answer.object(fields)?;
    let documented = documented::of_action(action.name).map_or(Documented::Object, |own| own.answer);
    Ok(Outcome {
        output: output::of(documented, &answer.body).map_err(|error| answer.unreadable(error))?,
        object: answer.whole_row(context, fields, &object)?,
        id: object.text("id"),
        status: object.text("status"),
        request_id: answer.request_id.clone(),
        idempotency_key: answer.idempotency_key.clone(),
    })
}

/// A file as an outcome: its bytes as base64, since everything here is JSON.
fn file(file: File) -> Result<Outcome, Failed> {
    let is_pdf = file.content_type.as_ref().is_some_and(|own| own.starts_with("application/pdf"));
    if !is_pdf || file.bytes.is_empty() {
        return Err(file.answer.unreadable("it is no PDF"));
    }
    let content = json::quote(&STANDARD.encode(&file.bytes));
    let content_type = json::quote(&file.content_type.unwrap_or_default());
    Ok(Outcome {
        output: format!(r#"[{{"Success":"true","content":{content},"content_type":{content_type}}}]"#),
        object: format!(r#"{{"Content":{content},"ContentType":{content_type}}}"#),
        id: None,
        status: None,
        request_id: file.answer.request_id,
        idempotency_key: None,
    })
}

/// The input by which a caller gives the token of a session that it has already.
pub const SESSION_TOKEN: &str = "authentication_token";

/// Sends meter events to their own host, which takes a session's token and never the key. Without one a session is begun.
fn stream(context: Context, client: Client, call: Call, token: Option<String>) -> Result<Answer, Failed> {
    let (token, whose) = match token {
        Some(token) => (token, "the input"),
        None => {
            let begun = begin_session(context, &client).map_err(|mut failure| {
                // No event was sent, whatever became of the session.
                failure.effect = Effect::None;
                failure.idempotency_key = None;
                failure
            });
            (begun?, "Stripe's session")
        }
    };
    let key = ApiKey::token(token).ok_or_else(|| {
        invalid(
            SESSION_TOKEN,
            format!("the `{SESSION_TOKEN}` of {whose} is empty or holds what no header does"),
        )
    })?;
    let mut answer = client.with_key(key).send(call.at(Base::MeterEvents))?;
    if answer.body.is_empty() {
        answer.body = "{}".to_string();
    }
    Ok(answer)
}

fn begin_session(context: Context, client: &Client) -> Result<String, Failed> {
    let path = "/v2/billing/meter_event_session".to_string();
    // Not the caller's: repeated with it a day later, Stripe would give the same session, which is over by then.
    let key = IdempotencyKey::random(context.host.random());
    let answer = client.send(Call::post(path, Body::Json("{}".to_string()), key))?;
    let members = Members::parse(&answer.body).map_err(|error| answer.unreadable(error))?;
    let token = members.text(SESSION_TOKEN);
    token.ok_or_else(|| answer.unreadable("a session without `authentication_token`"))
}

/// Takes the ids of the path out of the input.
fn take_ids(
    action: &Action,
    aliases: &[(&'static str, &'static str)],
    input: &mut Input,
) -> Result<Vec<String>, Failed> {
    let take = |id: &&'static str| {
        let is_id =
            |name: &str| same(name, id) || aliases.iter().any(|(alias, own)| own == id && same(alias, name));
        let at = input.iter().position(|(name, _)| is_id(name));
        let Some((name, value)) = at.map(|at| input.remove(at)) else {
            return Err(invalid(id, format!("{} needs `{id}`", action.name)));
        };
        if let Some((again, _)) = input.iter().find(|(name, _)| is_id(name)) {
            return Err(invalid(again, format!("`{again}` is given twice: `{name}` is the same")));
        }
        match value {
            Json::Text(id) => form::check_id(&name, &id).map(|()| id),
            _ => Err(invalid(
                &name,
                format!("`{name}` must be a text in quotes, such as the id of one object"),
            )),
        }
    };
    action.ids.iter().map(take).collect()
}

fn take_text(input: &mut Input, name: &str) -> Result<Option<String>, Failed> {
    let at = input.iter().position(|(own, _)| same(own, name));
    match at.map(|at| input.remove(at)) {
        None => Ok(None),
        Some((_, Json::Text(text))) => Ok(Some(text)),
        Some((name, _)) => Err(invalid(&name, format!("`{name}` must be a text in quotes"))),
    }
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;
