//! Checks what every request carries.

use super::operation::{Host, Operation, Takes};
use crate::server::Received;

/// The token that the judge gives to who opens a session for meter events. Only such a token opens their host.
pub const SESSION_TOKEN: &str = "token_of_a_meter_event_session";

/// What is wrong with the headers of a request, whatever it is for.
pub fn wrong(request: &Received, method: &str, version: &str) -> Vec<String> {
    let mut complaints: Vec<_> = ["host", "authorization", "stripe-version", "user-agent"]
        .into_iter()
        .filter(|name| only(request, name).is_none_or(str::is_empty))
        .map(|name| format!("{name} is not given once"))
        .collect();
    if request.header("stripe-version").is_some_and(|own| own != version) {
        complaints.push(format!("stripe-version is not {version}"));
    }
    if request.header("stripe-account").is_some() && request.header("stripe-context").is_some() {
        complaints.push("stripe-account and stripe-context exclude each other".to_owned());
    }
    if request.header("transfer-encoding").is_some() {
        complaints.push("transfer-encoding is given".to_owned());
    }
    complaints.extend(if method == "POST" {
        wrong_of_post(request)
    } else {
        wrong_of_others(request, method)
    });
    complaints
}

fn wrong_of_post(request: &Received) -> Vec<String> {
    let mut complaints = Vec::new();
    if only(request, "content-length").and_then(|length| length.parse().ok()) != Some(request.bytes.len()) {
        complaints.push("content-length is not given once".to_owned());
    }
    let key = only(request, "idempotency-key").unwrap_or_default();
    if !(1..=255).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        complaints.push("idempotency-key is not 1 to 255 visible characters, given once".to_owned());
    }
    complaints
}

fn wrong_of_others(request: &Received, method: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if request.header("idempotency-key").is_some() {
        complaints.push(format!("idempotency-key means nothing to {method}"));
    }
    if !request.bytes.is_empty() {
        complaints.push(format!("a body means nothing to {method}"));
    }
    complaints
}

/// What is wrong with the credentials: keys open most hosts, and only a session's token opens the one of meter events.
pub fn wrong_authorization(request: &Received, host: Host) -> Option<&'static str> {
    let credentials = request.header("authorization").unwrap_or_default();
    let Some(credentials) = credentials.strip_prefix("Bearer ").filter(|rest| !rest.trim().is_empty()) else {
        return Some("authorization is no bearer's");
    };
    match (host, credentials == SESSION_TOKEN) {
        (Host::MeterEvents, false) => Some("authorization is not the token of a session"),
        (Host::Api | Host::Files, true) => Some("authorization is the token of a session"),
        _ => None,
    }
}

/// What is wrong with the content type by what the operation takes.
pub fn wrong_content_type(request: &Received, operation: &Operation) -> Option<String> {
    let needed = match &operation.takes {
        Takes::Form(_) => "application/x-www-form-urlencoded",
        Takes::Multipart(_) => "multipart/form-data",
        Takes::Json(_) => "application/json",
        // Nothing is said of what is not there.
        Takes::Nothing if request.bytes.is_empty() => return None,
        Takes::Nothing => "application/json",
        Takes::Query(_) => return None,
    };
    let given = only(request, "content-type").unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim();
    (!media.eq_ignore_ascii_case(needed)).then(|| format!("content-type is {given:?} and not {needed}"))
}

/// The value of a header that is given once.
fn only<'a>(request: &'a Received, name: &str) -> Option<&'a str> {
    let mut own = request.headers.iter().filter(|(own, _)| own == name);
    let (_, value) = own.next()?;
    own.next().is_none().then_some(value)
}
