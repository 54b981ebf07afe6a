//! The stream of meter events: a session whose token stands in the place of the API key, and the
//! endpoint that takes it. Events are checked and counted nowhere, as meters have no state here.

use serde_json::{Value, json};

use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::instant::rfc3339;
use crate::record::Request;
use crate::route::{Call, Route, post};

const STREAM: &str = "/v2/billing/meter_event_stream";
const SESSION: &str = "v2.billing.meter_event_session";

const LIFETIME: i64 = 15 * 60;
const MAX_EVENTS: usize = 100;

pub const ROUTES: &[Route] =
    &[post("/v2/billing/meter_event_session", SESSION, open), post(STREAM, SESSION, stream)];

/// Whether a request has a session's token in the place of a key.
pub fn is(request: &Request) -> bool {
    request.method == "POST" && request.path == STREAM
}

fn open(account: &mut Account, _: &Call) -> Result<Value> {
    let now = account.now();
    // A session that is over for as long as it lasted is forgotten: its token is then unknown.
    account.meter_sessions.retain(|_, until| now < until.saturating_add(LIFETIME));
    let (token, until) = (random_text(48), now.saturating_add(LIFETIME));
    account.meter_sessions.insert(token.clone(), until);
    Ok(json!({
        "id": account.new_id("mes_test"),
        "object": SESSION,
        "authentication_token": token,
        "created": rfc3339(now),
        "expires_at": rfc3339(until),
        "livemode": false,
    }))
}

fn stream(_: &mut Account, call: &Call) -> Result<Value> {
    let events = call.params.list("events").len();
    if (1..=MAX_EVENTS).contains(&events) {
        return Ok(json!({}));
    }
    Err(ApiError::invalid(format!(
        "Invalid events: 1 to {MAX_EVENTS} of them are sent at once, not {events}."
    ))
    .code("parameter_invalid_length")
    .param("events"))
}

/// The token is no session's; an API key is none either.
pub fn unauthorized() -> ApiError {
    ApiError::unauthorized(format!(
        "{STREAM} needs `Authorization: Bearer TOKEN` with the authentication_token of a session, which \
         POST /v2/billing/meter_event_session opens. An API key is no such token."
    ))
}

pub fn expired() -> ApiError {
    let expired = ApiError::invalid(
        "The meter event session has expired: open another one with POST /v2/billing/meter_event_session.",
    );
    expired.code("billing_meter_event_session_expired").with("type", json!("temporary_session_expired"))
}
