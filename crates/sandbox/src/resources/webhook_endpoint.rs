//! Webhook endpoints. Their secret is told once, when they are made.

use serde_json::{Value, json};

use super::{retrieve, set, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};

const KIND: &str = "webhook_endpoint";

/// So many endpoints an account may have in test mode.
const MOST: usize = 16;

pub const ROUTES: &[Route] = &[
    get("/v1/webhook_endpoints", KIND, index),
    post("/v1/webhook_endpoints", KIND, create).lacking("connect"),
    get("/v1/webhook_endpoints/{webhook_endpoint}", KIND, retrieve),
    post("/v1/webhook_endpoints/{webhook_endpoint}", KIND, update),
    delete("/v1/webhook_endpoints/{webhook_endpoint}", KIND, remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &[], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    check(&call.params)?;
    if account.store.all(&crate::store::Index::all(KIND)).count() >= MOST {
        return Err(ApiError::invalid(format!(
            "An account has at most {MOST} webhook endpoints: delete one that is not needed any more."
        )));
    }
    let mut endpoint = json!({
        "id": account.new_id("we"),
        "object": KIND,
        "api_version": call.params.text("api_version"),
        "application": null,
        "created": account.now(),
        "description": null,
        "enabled_events": [],
        "livemode": false,
        "metadata": {},
        "status": "enabled",
        "url": null,
    });
    set(&mut endpoint, &call.params, "description enabled_events metadata url");
    account.store.put(endpoint.clone());
    let secret = format!("whsec_{}", random_text(32));
    account.store.hide(text(&endpoint, "id"), "secret", json!(secret));
    endpoint["secret"] = json!(secret);
    Ok(endpoint)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut endpoint = call.subject(account, KIND)?;
    check(&call.params)?;
    set(&mut endpoint, &call.params, "description enabled_events metadata url");
    if let Some(disabled) = call.params.get("disabled") {
        endpoint["status"] = json!(if *disabled == true { "disabled" } else { "enabled" });
    }
    account.store.put(endpoint.clone());
    Ok(endpoint)
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, KIND)?;
    account.store.remove(call.id());
    Ok(json!({"id": call.id(), "object": KIND, "deleted": true}))
}

fn check(params: &Params) -> Result<()> {
    if params.sent("enabled_events").is_some() && params.list("enabled_events").is_empty() {
        return Err(ApiError::invalid("An endpoint listens to at least one event; `*` stands for all.")
            .param("enabled_events"));
    }
    match params.text("url") {
        Some(url) if !is_web(url) => Err(ApiError::invalid(format!(
            "Invalid URL: {url} does not begin with https:// or http:// and a host."
        ))
        .code("url_invalid")
        .param("url")),
        _ => Ok(()),
    }
}

/// Whether a text is an address that a browser or a server can go to.
pub fn is_web(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty()) && !url.contains(char::is_whitespace)
}
