//! A request from its text to its answer: key, route, form, parameters, expansion, then the
//! resource's own function. Nothing here waits, so the account is locked for the whole of it.

use serde_json::Value;

use crate::account::Account;
use crate::check::check;
use crate::error::{ApiError, Result};
use crate::expand::{self, EXPAND};
use crate::params::{Params, decode};
use crate::record::Request;
use crate::resources;
use crate::route::{Call, Gives};
use crate::{auth, check as rules};

/// Answers a request with a status and a body.
pub fn answer(account: &mut Account, request: &Request, key: Option<&str>) -> (u16, Value) {
    match auth::check(key).and_then(|()| run(account, request)) {
        Ok(body) => (200, body),
        Err(error) => (error.status, error.body()),
    }
}

fn run(account: &mut Account, request: &Request) -> Result<Value> {
    let (route, ids) = resources::find(&request.method, &request.path).ok_or_else(|| {
        ApiError::invalid(format!(
            "Unrecognized request URL ({}: {}). Either it is mistyped or the sandbox does not have it.",
            request.method, request.path
        ))
        .status(404)
    })?;
    let mut tables: Vec<rules::Table> = route.takes.to_vec();
    if !matches!(route.gives, Gives::Deleted(_)) {
        tables.push(EXPAND);
    }
    let params = Params(check(decode(&parameters(request)?)?, &tables)?);
    let paths: Vec<String> =
        params.list("expand").iter().map(|path| path.as_str().unwrap_or_default().to_owned()).collect();
    for path in &paths {
        expand::check(route.gives, path)?;
    }
    let call = Call { kind: route.gives.kind(), path: request.path.clone(), ids, params };
    let mut body = (route.run)(account, &call)?;
    for path in &paths {
        expand::apply(&account.store, route.gives, &mut body, path);
    }
    Ok(body)
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
