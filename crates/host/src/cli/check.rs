//! `check`.

use std::collections::BTreeMap;

use serde::Serialize;
use stripe_connector_host::connection::{looks_secret, schema};
use stripe_connector_host::contract::{FailureKind, State, Status};

use super::args::{Check, Global};
use super::connect::{Session, connect};
use super::output::{self, FailureJson};
use super::{Trouble, reading, report, table};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusJson<'a> {
    /// Of all that was looked at.
    state: &'static str,
    description: &'a str,
    readiness: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureJson<'a>>,
    what_to_do: String,
    api: &'a str,
    key: &'a str,
    settings: BTreeMap<&'a str, &'a str>,
}

pub async fn run(global: &Global, check: &Check) -> Result<(), Trouble> {
    if check.schema {
        let text = serde_json::to_string_pretty(&schema()).map_err(std::io::Error::from)?;
        return Ok(output::line(text)?);
    }
    let session = connect(global).await?;
    let readiness = session.connector.check_readiness().await.map_err(reading)?;
    // What is not ready would fail in the same way once more.
    let status = if check.offline || readiness.state != State::Active {
        None
    } else {
        Some(session.connector.check_status().await.map_err(reading)?)
    };
    let last = status.as_ref().unwrap_or(&readiness);
    if global.json {
        output::json(&StatusJson {
            state: last.state.name(),
            description: &last.description,
            readiness: readiness.state.name(),
            status: status.as_ref().map(|status| status.state.name()),
            failure: last.failure.as_ref().map(FailureJson::from),
            what_to_do: what_to_do(&session, last, check.offline),
            api: &session.target.api,
            key: &session.target.key,
            settings: settings(&session).collect(),
        })?;
    } else {
        let advice = what_to_do(&session, last, check.offline);
        output::line(text(&session, &readiness, status.as_ref(), advice).trim_end())?;
    }
    if last.state == State::Active { Ok(()) } else { Err(Trouble::Told) }
}

/// The settings as they may be shown: one that holds a secret by mistake is not repeated, and the command that prints
/// secrets may have such among its arguments.
fn settings(session: &Session) -> impl Iterator<Item = (&str, &str)> {
    session.config.said().map(|(name, value)| {
        let shown = match value {
            command if name == "secrets" && command.starts_with("command:") => "command:...",
            secret if looks_secret(secret) => "(not shown: this looks like a secret)",
            plain => plain,
        };
        (name, shown)
    })
}

fn what_to_do(session: &Session, status: &Status, offline: bool) -> String {
    match &status.failure {
        None if offline => "ask Stripe too, without --offline".to_owned(),
        None => "nothing, the connection works".to_owned(),
        Some(failure) if failure.kind == FailureKind::Unauthenticated => {
            format!("let {} hold a secret key of your account (sk_... or rk_...)", session.place())
        }
        Some(failure) => {
            let advice = report::advice(failure);
            if advice.is_empty() { "see the description".to_owned() } else { advice }
        }
    }
}

fn text(session: &Session, readiness: &Status, status: Option<&Status>, advice: String) -> String {
    let failure = status.unwrap_or(readiness).failure.as_ref();
    let more = [
        ("request id", failure.and_then(|failure| failure.request_id.clone())),
        ("what to do", Some(advice)),
        ("see", failure.and_then(|failure| failure.doc_url.clone())),
    ];
    let head = [("api", session.target.api.clone()), ("key", session.target.key.clone())];
    let states = [("readiness", Some(readiness)), ("status", status)];
    let states = states.into_iter().filter_map(|(name, state)| Some((name, state?)));
    let states =
        states.flat_map(|(name, state)| [(name, state.state.to_string()), ("", state.description.clone())]);
    let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let settings = settings(session).map(|(name, value)| (name, value.to_owned()));
    table::pairs(head.into_iter().chain(settings).chain(states).chain(more))
}
