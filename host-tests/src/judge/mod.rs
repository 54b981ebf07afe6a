//! A server that knows nothing of Stripe but its OpenAPI description, and judges every request by it.
//!
//! The connector and its sandbox are made from tables that are made from the description. The judge reads the
//! description itself and shares no code with either, so a mistake in the tables shows.
//!
//! A request that is right is answered with an example of what the operation answers; one that is wrong is answered
//! with all that is wrong with it, and remembered.

mod check;
mod check_form;
mod check_json;
mod description;
mod example;
mod findings;
mod form;
mod headers;
mod multipart;
mod operation;
mod parameters;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

pub use description::Description;
pub use headers::SESSION_TOKEN;
pub use operation::{Host, Operation, Takes};

use crate::server::{Answer, Received, Server};
use findings::Place;

/// What a binary answer has: the least that calls itself a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n%%EOF\n";

/// The judge, which listens as each of Stripe's hosts until it is dropped.
pub struct Judge {
    api: Server,
    files: Server,
    meter_events: Server,
    record: Arc<Mutex<Record>>,
}

#[derive(Default)]
struct Record {
    complaints: Vec<String>,
    seen: BTreeMap<String, BTreeSet<String>>,
    /// Whether lists have a second page.
    two_pages: bool,
}

impl Judge {
    /// Listens on free ports of loopback.
    pub async fn start(description: &Description) -> Self {
        let record = Arc::<Mutex<Record>>::default();
        let listen = |host| {
            let (description, record) = (description.clone(), record.clone());
            Server::start(move |request| {
                std::future::ready(judge(&description, host, &request, &mut lock(&record)))
            })
        };
        let (api, files) = (listen(Host::Api).await, listen(Host::Files).await);
        let meter_events = listen(Host::MeterEvents).await;
        Self { api, files, meter_events, record }
    }

    /// Where it is `https://api.stripe.com`.
    pub fn api_url(&self) -> String {
        self.api.url()
    }

    /// Where it is `https://files.stripe.com`.
    pub fn files_url(&self) -> String {
        self.files.url()
    }

    /// Where it is `https://meter-events.stripe.com`.
    pub fn meter_events_url(&self) -> String {
        self.meter_events.url()
    }

    /// From now on every list that can go on has a second page, which is the last.
    pub fn give_two_pages(&self) {
        lock(&self.record).two_pages = true;
    }

    /// All that was wrong so far, each with the line of its request.
    pub fn complaints(&self) -> Vec<String> {
        lock(&self.record).complaints.clone()
    }

    /// The operations that were called so far, also wrongly, each with the parameters that had a value:
    /// `GET /v1/customers/{customer}` with `expand[]`, `POST /v1/customers` with `address[city]` and `metadata[*]`.
    /// One that was unset is there as `name=`.
    pub fn seen(&self) -> BTreeMap<String, BTreeSet<String>> {
        lock(&self.record).seen.clone()
    }

    /// Every request so far, host by host.
    pub fn received(&self) -> Vec<Received> {
        [&self.api, &self.files, &self.meter_events].into_iter().flat_map(Server::received).collect()
    }
}

/// An answer that an operation may give, as the judge gives it. None when the answer is no JSON.
pub fn example(description: &Description, operation: &Operation) -> Option<Value> {
    if operation.answers.media != "application/json" {
        return None;
    }
    let mut example = example::of(description, &operation.answers.schema);
    if let Some(token) = example.get_mut("authentication_token") {
        *token = Value::from(SESSION_TOKEN);
    }
    Some(example)
}

/// What is wrong with an answer of an operation.
pub fn wrong_answer(description: &Description, operation: &Operation, answer: &Value) -> Vec<String> {
    check_json::check(description, &operation.answers.schema, answer, &Place::default()).complaints
}

fn judge(description: &Description, host: Host, request: &Received, record: &mut Record) -> Answer {
    let verdict = verdict::of(description, host, request);
    if let Some(operation) = verdict.operation {
        record.seen.entry(operation.name()).or_default().extend(verdict.found.parameters);
    }
    let complaints = verdict.found.complaints;
    let own = complaints.iter().map(|complaint| format!("{}: {complaint}", request.line));
    record.complaints.extend(own);
    match verdict.operation {
        Some(operation) if complaints.is_empty() => match example(description, operation) {
            Some(mut example) => {
                let asks_for_first =
                    !request.line.contains("starting_after=") && !request.line.contains("page=");
                if record.two_pages && asks_for_first && has_pages(operation) {
                    make_first_page(&mut example);
                }
                Answer::json(&example.to_string())
            }
            None => Answer::binary("200 OK", &[("Content-Type", operation.answers.media.as_str())], PDF),
        },
        _ => {
            let message = complaints.join("; ");
            let error = json!({"error": {"type": "invalid_request_error", "message": message}});
            let headers = [("Content-Type", "application/json"), ("Request-Id", "req_1")];
            Answer::http("400 Bad Request", &headers, &error.to_string())
        }
    }
}

fn has_pages(operation: &Operation) -> bool {
    let Takes::Query(schema) = &operation.takes else { return false };
    ["starting_after", "page"].iter().any(|name| schema["properties"].get(name).is_some())
}

/// Of a list that goes on: what it has is not what the page after it has.
fn make_first_page(list: &mut Value) {
    if let Some(id) = list.pointer_mut("/data/0/id") {
        *id = json!("first_1");
    }
    match (list.get("has_more"), list.get("next_page_url")) {
        (Some(_), _) => list["has_more"] = json!(true),
        (None, Some(_)) => list["next_page_url"] = json!("/v2/somewhere?page=second"),
        (None, None) => {}
    }
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}
