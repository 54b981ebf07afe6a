//! Whether the connection works. What is wrong with it is an answer here.

use crate::api::connection::{State, Status};
use crate::api::types::{CallOptions, Failure, FailureKind};
use crate::client::{self, Call, Client};
use crate::failure::Failed;
use crate::form::{self, Pairs};
use crate::host::Context;
use alloc::string::ToString;

/// Settings and secret are in order. Nothing is sent.
pub fn check_readiness(context: Context) -> Status {
    match client::check_key(context) {
        Ok(()) => active("Settings and API key are in order. Nothing was sent to Stripe."),
        Err(failure) => broken(*failure),
    }
}

/// Readiness, and the account's balance read from Stripe.
pub fn check_status(context: Context) -> Status {
    match read_balance(context) {
        Ok(()) => active("Stripe answers and accepts the API key."),
        // A restricted key without the right to the balance is a good key.
        Err(failure) if is_missing_right(&failure) => {
            active("Stripe answers and accepts the API key, which may not read the balance.")
        }
        Err(failure) => broken(*failure),
    }
}

/// Stripe's own 403 for what a key may not do; a wrong account has a code of its own, and a proxy's 403 no error.
fn is_missing_right(failure: &Failure) -> bool {
    let code = failure.code.as_deref();
    failure.kind == FailureKind::PermissionDenied
        && failure.stripe.is_some()
        && code.is_none_or(|code| code.starts_with("more_permissions"))
}

fn read_balance(context: Context) -> Result<(), Failed> {
    let options =
        CallOptions { account: None, idempotency_key: None, deadline_ms: None, expand: None, parents: None };
    let client = Client::open(context, &options, "Balance", context.host.now_ms())?;
    client.send(Call::get(form::path("balance", &[]), Pairs::new())).map(drop)
}

fn active(description: &str) -> Status {
    Status { state: State::Active, description: description.to_string(), failure: None }
}

fn broken(failure: Failure) -> Status {
    let state = match failure.kind {
        FailureKind::Unauthenticated => State::AuthError,
        _ => State::Error,
    };
    Status { state, description: failure.message.clone(), failure: Some(failure) }
}
