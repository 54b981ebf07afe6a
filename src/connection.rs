//! Whether the connection works. What is wrong with it is an answer here.

use crate::api::connection::{State, Status};
use crate::api::types::{Failure, FailureKind};
use crate::call::Call;
use crate::client::{self, Client};
use crate::failure::Failed;
use crate::form::Pairs;
use crate::host::Context;
use crate::json::Members;
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
    let options = client::no_options();
    let client = Client::open(context, &options, "Balance")?;
    let answer = client.send(Call::get("/v1/balance".to_string(), Pairs::new()))?;
    // Something that answers everything with a 200, such as a portal, is not Stripe.
    let body = Members::parse(&answer.body).map_err(|error| answer.unreadable(error))?;
    match body.text("object").as_deref() {
        Some("balance") => Ok(()),
        _ => Err(answer.unreadable("it is no balance")),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::secrets::SecretError;
    use crate::testing::Fake;

    #[test]
    fn readiness_sends_nothing() {
        let fake = Fake::new(&[]);
        assert_eq!(check_readiness(fake.context()).state, State::Active);
        *fake.secret.borrow_mut() = Err(SecretError::NotFound);
        assert_eq!(check_readiness(fake.context()).state, State::AuthError);
        let wrong = Fake::new(&[("verbosity", "9")]);
        let status = check_readiness(wrong.context());
        assert!(status.state == State::Error && status.description.contains("`verbosity`"));
        assert!(fake.lines().is_empty() && wrong.lines().is_empty());
    }

    #[test]
    fn only_stripes_own_answer_is_a_connection_that_works() {
        let missing_right =
            r#"{"error": {"type": "invalid_request_error", "message": "required permissions"}}"#;
        let wrong_account = r#"{"error": {"code": "account_invalid", "message": "no such account"}}"#;
        for (status, body, state) in [
            (200, r#"{"object": "balance", "available": []}"#, State::Active),
            (200, "<html>Sign in</html>", State::Error),
            (200, r#"{"object": "customer"}"#, State::Error),
            (401, r#"{"error": {"message": "Invalid API Key"}}"#, State::AuthError),
            (403, missing_right, State::Active),
            (403, wrong_account, State::Error),
            (403, "<html>Forbidden</html>", State::Error),
            (500, "{}", State::Error),
        ] {
            let fake = Fake::new(&[]);
            fake.answers(status, body);
            let found = check_status(fake.context());
            assert_eq!(found.state, state, "{status} {body}");
            assert_eq!(found.failure.is_some(), state != State::Active, "{status} {body}");
            assert_eq!(fake.lines(), ["GET /v1/balance"]);
        }
    }
}
