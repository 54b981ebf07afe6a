//! A request from its text to its answer: key, account, version, idempotency, route, parameters,
//! expansion, then the resource's own function. Nothing here waits.

use serde_json::{Map, Value};

use crate::account::Origin;
use crate::answer::{Answer, new_request_id};
use crate::check::{check, never_empty};
use crate::error::{ApiError, Result};
use crate::idempotency::{Claim, Ticket};
use crate::params::{Params, decode};
use crate::record::Request;
use crate::route::{Call, Route};
use crate::spec::{Operation, SPEC};
use crate::world::World;
use crate::{auth, expand, resources};

/// Answers a request. Its idempotency key is in use until the ticket is settled.
pub fn answer(world: &mut World, request: &Request, key: Option<&str>) -> (Answer, Option<Ticket>) {
    let (name, key, claim) = match admit(world, request, key) {
        Ok(admitted) => admitted,
        Err(error) => return (error.into(), None),
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
    let key = auth::check(key)?;
    let account = auth::account(request.header("stripe-account"))?;
    auth::version(request.header("stripe-version"))?;
    world.count_request()?;
    let now = world.now();
    let claim = world.keys.claim(&account, request, now)?;
    Ok((account, key, claim))
}

/// Carries a request out, and says whether it came so far that its answer is kept for its key.
fn carry_out(world: &mut World, name: &str, request: &Request, key: &str) -> (Answer, bool) {
    let prepared = prepare(request).and_then(|prepared| {
        world.permit(key, prepared.route, name)?;
        Ok(prepared)
    });
    let Prepared { route, operation, call, expansions } = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return (error.into(), false),
    };
    let id = new_request_id();
    let origin = Origin {
        request_id: Some(id.clone()),
        idempotency_key: request.header("idempotency-key").map(str::to_owned),
    };
    let account = world.account(name);
    resources::clock::pass_time(account);
    match (route.run)(account, &call) {
        Ok(mut body) => {
            account.commit(&origin);
            if let Some(gives) = operation.gives {
                for path in &expansions {
                    expand::apply(&account.store, gives, &mut body, path);
                }
            }
            (Answer::from(body).called(id), true)
        }
        Err(error) => {
            if error.took_effect() {
                account.commit(&origin);
            } else {
                account.roll_back();
            }
            let executed = !error.is_validation();
            (Answer::from(error).called(id), executed)
        }
    }
}

struct Prepared {
    route: &'static Route,
    operation: &'static Operation,
    call: Call,
    expansions: Vec<String>,
}

/// Everything about a request that can be wrong before an object is looked at.
fn prepare(request: &Request) -> Result<Prepared> {
    let (route, ids) = resources::find(&request.method, &request.path).ok_or_else(|| unknown(request))?;
    let operation = SPEC.operation(route.method, route.path).ok_or_else(|| unknown(request))?;
    let sent = decode(&parameters(request)?)?;
    check_lacks(route, operation, &sent)?;
    let params = Params(check(sent, operation.takes)?);
    check_filters(route, &params)?;
    let expansions: Vec<String> =
        params.list("expand").iter().map(|path| path.as_str().unwrap_or_default().to_owned()).collect();
    if let Some(gives) = operation.gives {
        expansions.iter().try_for_each(|path| expand::check(gives, path))?;
    }
    let call = Call { kind: route.kind, path: request.path.clone(), ids, params };
    Ok(Prepared { route, operation, call, expansions })
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

/// A POST has its parameters in a form (and may have some in the query), so may a DELETE, and a GET
/// has them in the query alone.
fn parameters(request: &Request) -> Result<String> {
    let formless = request.method == "DELETE" && request.body.is_empty();
    if request.method == "GET" || formless {
        return Ok(request.query.clone());
    }
    let form = "application/x-www-form-urlencoded";
    let sent = request.header("content-type").unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    if !sent.eq_ignore_ascii_case(form) {
        let empty = if request.method == "POST" { ", also with an empty body" } else { "" };
        return Err(ApiError::invalid(format!(
            "A {} request needs the header `Content-Type: {form}`{empty}.",
            request.method
        )));
    }
    Ok(format!("{}&{}", request.query, request.body))
}
