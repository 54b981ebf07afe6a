//! A request from its text to its answer: key, account, version, idempotency, route, parameters,
//! expansion, then the resource's own function. Nothing here waits.

use serde_json::{Map, Value};

use crate::account::random_text;
use crate::check::check;
use crate::error::{ApiError, Result};
use crate::idempotency::{Claim, Ticket};
use crate::params::{Params, decode};
use crate::record::Request;
use crate::route::{Call, Route};
use crate::spec::{Operation, SPEC};
use crate::world::World;
use crate::{auth, expand, resources};

/// What goes out.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    fn new(status: u16, body: &Value) -> Answer {
        let id = format!("req_{}", random_text(14));
        let headers = vec![("content-type", "application/json".to_owned()), ("request-id", id)];
        Answer { status, headers, body: body.to_string() }
    }

    /// The same as the answer to a repetition of its request.
    pub fn replayed(mut self) -> Answer {
        let original = self.headers.iter().find(|(name, _)| *name == "request-id").cloned();
        self.headers.retain(|(name, _)| *name != "request-id");
        self.headers.push(("request-id", format!("req_{}", random_text(14))));
        if let Some((_, id)) = original {
            self.headers.push(("original-request", id));
        }
        self.headers.push(("idempotent-replayed", "true".to_owned()));
        self
    }
}

impl From<ApiError> for Answer {
    fn from(mut error: ApiError) -> Answer {
        let headers = std::mem::take(&mut error.headers);
        let mut answer = Answer::new(error.status, &error.body());
        answer.headers.extend(headers);
        answer
    }
}

/// Answers a request. Its idempotency key is in use until [`World::settle`] is given the ticket.
pub fn answer(world: &mut World, request: &Request, key: Option<&str>) -> (Answer, Option<Ticket>) {
    let (mut answer, ticket) = match admit(world, request, key) {
        Ok((_, _, Claim::Replay(answer))) => (answer, None),
        Ok((name, key, claim)) => {
            let (answer, executed) = carry_out(world, &name, request, &key);
            let ticket = match claim {
                Claim::New(ticket) if executed => Some(ticket),
                Claim::New(ticket) => {
                    world.keys.release(&ticket);
                    None
                }
                _ => None,
            };
            (answer, ticket)
        }
        Err(error) => (error.into(), None),
    };
    let version = request.header("stripe-version").unwrap_or(&SPEC.version);
    answer.headers.push(("stripe-version", version.to_owned()));
    for name in ["idempotency-key", "stripe-account"] {
        if let Some(value) = request.header(name) {
            answer.headers.push((name, value.to_owned()));
        }
    }
    (answer, ticket)
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
    let account = world.account(name);
    match (route.run)(account, &call) {
        Ok(mut body) => {
            account.commit(Some(request));
            if let Some(gives) = operation.gives {
                for path in &expansions {
                    expand::apply(&account.store, gives, &mut body, path);
                }
            }
            (Answer::new(200, &body), true)
        }
        Err(error) => {
            if error.took_effect() {
                account.commit(Some(request));
            } else {
                account.roll_back();
            }
            let executed = !error.is_validation();
            (error.into(), executed)
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
    check_lacks(route, &sent)?;
    let params = Params(check(sent, operation.takes)?);
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

fn check_lacks(route: &Route, sent: &Map<String, Value>) -> Result<()> {
    match route.lacks.split_whitespace().find(|name| sent.contains_key(*name)) {
        Some(name) => Err(ApiError::unsupported(name)),
        None => Ok(()),
    }
}

/// A POST has its parameters in a form (and may have some in the query), everything else in the
/// query alone.
fn parameters(request: &Request) -> Result<String> {
    if request.method != "POST" {
        return Ok(request.query.clone());
    }
    let form = "application/x-www-form-urlencoded";
    let sent = request.header("content-type").unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    if !sent.eq_ignore_ascii_case(form) {
        return Err(ApiError::invalid(format!(
            "A POST request needs the header `Content-Type: {form}`, also with an empty body."
        )));
    }
    Ok(format!("{}&{}", request.query, request.body))
}
