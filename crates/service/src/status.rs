//! Whether the connection works. That it does not is an answer.

use crate::backend::Backend;
use crate::contract::connection::State;
use crate::error::Error;
use crate::http::Response;
use crate::query::{EXECUTION_HEADERS, Query};
use serde_json::json;

/// `connections.checkStatus`.
pub fn status(backend: &impl Backend, query: &Query) -> Result<Response, Error> {
    query.allow(&[EXECUTION_HEADERS])?;
    let found = backend.check_status();
    let state = match found.state {
        State::Active => "ACTIVE",
        State::Error => "ERROR",
        State::AuthError => "AUTH_ERROR",
    };
    Ok(Response::json(200, &json!({"state": state, "description": found.description})))
}

/// `connections.checkReadiness`.
pub fn readiness(backend: &impl Backend, query: &Query) -> Result<Response, Error> {
    query.allow(&[])?;
    let found = backend.check_readiness();
    let status = match found.state {
        State::Active => "READY".to_owned(),
        State::Error | State::AuthError => format!("NOT_READY: {}", found.description),
    };
    Ok(Response::json(200, &json!({"status": status})))
}

#[cfg(test)]
mod tests {
    use crate::contract::connection::State;
    use crate::testing::Fake;
    use serde_json::json;

    #[test]
    fn a_broken_connection_is_an_answer() {
        let fake = Fake::default();
        assert_eq!(fake.get(":checkStatus"), (200, json!({"state": "ACTIVE", "description": "as it is"})));
        assert_eq!(fake.get(":checkReadiness"), (200, json!({"status": "READY"})));
        let broken = Fake { status: State::AuthError, ..Fake::default() };
        assert_eq!(broken.get(":checkStatus").1["state"], "AUTH_ERROR");
        assert_eq!(broken.get(":checkReadiness"), (200, json!({"status": "NOT_READY: as it is"})));
    }
}
