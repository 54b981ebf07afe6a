//! A request from its text to its answer: key, account, version, idempotency, route, parameters,
//! expansion, then the resource's own function. Nothing here waits.

use serde_json::{Map, Value};

use crate::account::{Account, Origin};
use crate::answer::{Answer, new_request_id};
use crate::check::never_empty;
use crate::content::Content;
use crate::error::{ApiError, Result};
use crate::idempotency::{Claim, Ticket};
use crate::params::Params;
use crate::record::Request;
use crate::resources::meter_event_stream;
use crate::route::{Call, PathId, Route};
use crate::spec::{Node, Operation, SPEC};
use crate::world::World;
use crate::{auth, expand, resources, stateless};

/// Answers a request. Its idempotency key is in use until the ticket is settled.
pub fn answer(world: &mut World, request: &Request, key: Option<&str>) -> (Answer, Option<Ticket>) {
    let (name, key, claim) = match admit(world, request, key) {
        Ok(admitted) => admitted,
        Err(error) => return (refusal(error, request), None),
    };
    let ticket = match claim {
        Claim::Replay(answer) => return (answer, None),
        Claim::New(ticket) => Some(ticket),
        Claim::None => None,
    };
    let (answer, carried_out) = carry_out(world, &name, request, &key);
    let Some(ticket) = ticket else {
        return (answer, None);
    };
    if !carried_out {
        world.keys.release(&ticket);
        return (answer, None);
    }
    world.keys.keep(&ticket, answer.clone());
    (answer, Some(ticket))
}

/// Keeps an answer that a fault gave in Stripe's place, as if the request had been carried out.
pub fn refuse(world: &mut World, request: &Request, key: Option<&str>, answer: Answer) {
    if let Ok((_, _, Claim::New(ticket))) = admit(world, request, key) {
        world.keys.keep(&ticket, answer);
        world.keys.settle(&ticket);
    }
}

/// What comes before an operation: the account, the key and what the idempotency key says.
fn admit(world: &mut World, request: &Request, key: Option<&str>) -> Result<(String, String, Claim)> {
    let (account, key) = if meter_event_stream::is(request) {
        world.meter_session(key)?
    } else {
        let key = auth::check(key, &request.path)?;
        (auth::account(request.header("stripe-account"))?, key)
    };
    auth::version(request.header("stripe-version"))?;
    world.count_request()?;
    let now = world.now();
    let claim = world.keys.claim(&account, request, now)?;
    Ok((account, key, claim))
}

/// Carries a request out, and says whether it came so far that its answer is kept for its key.
fn carry_out(world: &mut World, name: &str, request: &Request, key: &str) -> (Answer, bool) {
    let (method, path) = (&request.method, &request.path);
    let found = resources::find(method, path).or_else(|| stateless::find(method, path));
    let Some((route, ids)) = found else {
        return (refusal(unknown(request), request), false);
    };
    let (answer, executed) = run(world, name, request, key, (&route, ids));
    (if route.stateless { answer.stateless() } else { answer }, executed)
}

fn run(
    world: &mut World,
    name: &str,
    request: &Request,
    key: &str,
    (route, ids): (&Route, Vec<PathId>),
) -> (Answer, bool) {
    let prepared = prepare(request, name, route, ids).and_then(|prepared| {
        world.permit(key, route, name)?;
        Ok(prepared)
    });
    let (call, expansions) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return (refusal(error, request), false),
    };
    let id = new_request_id();
    let origin = Origin {
        request_id: Some(id.clone()),
        idempotency_key: request.header("idempotency-key").map(str::to_owned),
    };
    let account = world.account(name);
    resources::clock::pass_time(account);
    let (answer, executed) = match (route.run)(account, &call) {
        Ok(body) => {
            account.commit(&origin);
            (given(account, call.operation, body, &expansions), true)
        }
        Err(error) => {
            if error.took_effect() {
                account.commit(&origin);
            } else {
                account.roll_back();
            }
            let executed = !error.is_validation();
            (refusal(error, request), executed)
        }
    };
    if let Some((file, bytes)) = account.uploaded.take() {
        world.uploads.keep(&file, bytes);
    }
    (answer.called(id), executed)
}

/// What an operation has made, with what was asked for beside it.
fn given(account: &Account, operation: &Operation, body: Value, expansions: &[String]) -> Answer {
    match (operation.gives, body) {
        (Some(gives), Value::String(text)) if matches!(SPEC.node(gives), Node::Binary) => Answer::pdf(text),
        (Some(gives), mut body) => {
            for path in expansions {
                expand::apply(&account.store, gives, &mut body, path);
            }
            body.into()
        }
        (None, body) => body.into(),
    }
}

/// The endpoints of v2 have a form of errors of their own.
pub fn refusal(error: ApiError, request: &Request) -> Answer {
    if request.path.starts_with("/v2/") { error.v2().into() } else { error.into() }
}

/// Everything about a request that can be wrong before an object is looked at; the call, and what is
/// to be expanded.
fn prepare(request: &Request, account: &str, route: &Route, ids: Vec<PathId>) -> Result<(Call, Vec<String>)> {
    let operation = SPEC.operation(route.method, route.path).ok_or_else(|| unknown(request))?;
    let content = Content::read(request, operation)?;
    check_lacks(route, operation, &content.sent)?;
    let (params, upload) = content.check(operation)?;
    check_filters(route, &params)?;
    let expansions: Vec<String> =
        params.list("expand").iter().map(|path| path.as_str().unwrap_or_default().to_owned()).collect();
    if let Some(gives) = operation.gives {
        expansions.iter().try_for_each(|path| expand::check(gives, path))?;
    }
    let (account, path) = (account.to_owned(), request.path.clone());
    let call = Call { operation, kind: route.kind, account, path, ids, params, upload };
    Ok((call, expansions))
}

fn unknown(request: &Request) -> ApiError {
    ApiError::invalid(format!(
        "Unrecognized request URL ({}: {}). Either it is mistyped or the sandbox does not have it.",
        request.method, request.path
    ))
    .status(404)
}

/// Where nothing is changed nothing can be unset: an empty filter would find everything.
fn check_filters(route: &Route, params: &Params) -> Result<()> {
    match params.names().find(|name| route.method == "GET" && params.get(name).is_none()) {
        Some(name) => Err(never_empty(name)),
        None => Ok(()),
    }
}

fn check_lacks(route: &Route, operation: &Operation, sent: &Map<String, Value>) -> Result<()> {
    let lacks = |name: &&str| route.lacks(name) && operation.takes(name);
    match sent.keys().map(String::as_str).find(lacks) {
        Some(name) => Err(ApiError::unsupported(name)),
        None => Ok(()),
    }
}
