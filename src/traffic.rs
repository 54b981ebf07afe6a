//! What the log tells of requests: by `verbosity` 2 each in a line, 3 with headers and bodies, 4 how it travelled, 5 bodies
//! to their end. A failure that is tried again is told in any case.

use crate::api::types::Failure;
use crate::call::{Body, Call};
use crate::client::Client;
use crate::given::log::Level;
use crate::json;
use crate::log::{self, Fields};
use crate::redact::Redaction;
use crate::transport::{Broken, Response};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

/// From this verbosity on headers and bodies are told.
pub const HEADERS_TOLD: u8 = 3;

/// One sending of a request, which is over.
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it was to go.
    pub since: u64,
    /// What the throttle had it wait before.
    pub throttled_ms: u64,
    /// When it is sent again, if it is.
    pub retry_in_ms: Option<u32>,
}

/// Tells the log of one attempt.
pub fn attempt(
    client: &Client,
    call: &Call,
    attempt: &Attempt,
    result: &Result<Response, Broken>,
    failed: Option<&Failure>,
) {
    let (verbosity, redaction) = (client.settings().verbosity, client.redaction());
    let level = match attempt.retry_in_ms {
        Some(_) => Level::Warning,
        None if verbosity >= 2 => Level::Debug,
        None => return,
    };
    log::event(client.context(), level, client.target(), &mut |fields| {
        if let Some(failure) = failed {
            log::push_failure(fields, failure);
        } else if let Ok(response) = result {
            fields.push(("status", u32::from(response.status).to_string()));
            fields.extend(response.header("request-id").map(|id| ("request-id", redaction.line(&id))));
        }
        fields.push(("attempt", attempt.number.to_string()));
        fields.push(("duration-ms", client.now_ms().saturating_sub(attempt.since).to_string()));
        fields.extend(attempt.retry_in_ms.map(|wait| ("retry-in-ms", wait.to_string())));
        if verbosity >= HEADERS_TOLD {
            push_content(fields, client, call, result.as_ref().ok(), verbosity >= 5);
        }
        if verbosity >= 4 {
            push_way(fields, client, call, attempt, result);
        }
        call.told(redaction)
    });
}

/// Headers and bodies.
fn push_content(fields: &mut Fields, client: &Client, call: &Call, response: Option<&Response>, whole: bool) {
    let mut headers = client.headers(call);
    if !client.secret().is_empty() {
        headers.push(("authorization", String::new()));
    }
    let redaction = client.redaction();
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
    fields.push(("request-headers", lines(redaction, headers)));
    // Stripe keeps the secrets of apps there, under names that say nothing.
    let is_vault = call.path.starts_with("/v1/apps/secrets");
    let told = |body: String| if is_vault { "(a secret)".to_owned() } else { shortened(body, whole) };
    let body = call.body.as_ref().map(|body| match body {
        Body::Form(pairs) => redaction.form(pairs),
        Body::Json(text) => redaction.json(text),
        Body::Multipart { bytes, .. } => format!("({} bytes in parts)", bytes.len()),
    });
    fields.extend(body.map(|body| ("request-body", told(body))));
    if let Some(response) = response {
        let headers = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        fields.push(("answer-headers", lines(redaction, headers)));
        fields.push(("answer-body", told(body_of(redaction, response))));
    }
}

/// What is taken apart takes many times its length.
const MAX_BODY: usize = 2 << 20;

fn body_of(redaction: Redaction, response: &Response) -> String {
    let length = response.body.len();
    match core::str::from_utf8(&response.body) {
        Ok("") => String::new(),
        Ok(_) if length > MAX_BODY => format!("({length} bytes, which are too many to be told)"),
        Ok(text) if json::check(text).is_ok() => redaction.json(text),
        _ => format!("({length} bytes that are no JSON) {}", redaction.sample(&response.body)),
    }
}

/// As many characters of a body as a log is good for.
const SHORT: usize = 2_000;

fn shortened(body: String, whole: bool) -> String {
    match body.char_indices().nth(SHORT) {
        Some((end, _)) if !whole => {
            format!("{}... ({} bytes)", body.get(..end).unwrap_or_default(), body.len())
        }
        _ => body,
    }
}

fn lines<'a>(redaction: Redaction, headers: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines = String::new();
    for (name, value) in headers {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(&format!("{name}: {}", redaction.header(name, value)));
    }
    lines
}

/// Where it went, and what it weighed.
fn push_way(
    fields: &mut Fields,
    client: &Client,
    call: &Call,
    attempt: &Attempt,
    result: &Result<Response, Broken>,
) {
    let origin = client.origin(call);
    let scheme = if origin.https { "https" } else { "http" };
    fields.push(("origin", format!("{scheme}://{}{}", origin.authority, origin.prefix)));
    fields.push(("throttled-ms", attempt.throttled_ms.to_string()));
    let sent = call.body.as_ref().map_or(0, |body| body.bytes().len());
    fields.push(("sent-bytes", sent.to_string()));
    match result {
        Ok(response) => fields.push(("received-bytes", response.body.len().to_string())),
        Err(broken) => fields.push(("reached-stripe", if broken.sent { "perhaps" } else { "no" }.to_owned())),
    }
}
