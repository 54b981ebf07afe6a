//! Events, newest first. They are made by `crate::events` at the end of each request.

use serde_json::Value;

use super::retrieve;
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::route::{Call, Route, get};

pub const ROUTES: &[Route] = &[
    get("/v1/events", "event", index).lacking("delivery_success"),
    get("/v1/events/{id}", "event", retrieve),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let pattern = call.params.text("type");
    let types = call.params.list("types");
    if pattern.is_some() && !types.is_empty() {
        return Err(ApiError::exclusive("type", "types"));
    }
    page(account, call, &[], |event| {
        let name = event["type"].as_str().unwrap_or_default();
        pattern.is_none_or(|pattern| matches(pattern, name))
            && (types.is_empty() || types.contains(&event["type"]))
    })
}

/// `charge.*` stands for everything about charges.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}
