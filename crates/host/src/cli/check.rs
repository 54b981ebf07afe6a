//! `check`.

use std::collections::BTreeMap;

use serde::Serialize;
use stripe_connector_host::contract::{State, Status};

use super::args::{Check, Global};
use super::connect::{Session, connect};
use super::output::{self, FailureJson};
use super::{Trouble, reading, table};

#[derive(Serialize)]
struct StatusJson<'a> {
    state: &'static str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureJson<'a>>,
    settings: BTreeMap<&'a str, &'a str>,
}

pub async fn run(global: &Global, check: &Check) -> Result<(), Trouble> {
    let session = connect(global).await?;
    let status = if check.offline {
        session.connector.check_readiness().await
    } else {
        session.connector.check_status().await
    };
    let status = status.map_err(reading)?;
    if global.json {
        output::json(&StatusJson {
            state: status.state.name(),
            description: &status.description,
            failure: status.failure.as_ref().map(FailureJson::from),
            settings: settings(&session).collect(),
        })?;
    } else {
        output::line(text(&session, &status).trim_end())?;
    }
    if status.state == State::Active { Ok(()) } else { Err(Trouble::Told) }
}

/// The settings as they may be shown: one that holds a secret by mistake is not repeated.
fn settings(session: &Session) -> impl Iterator<Item = (&str, &str)> {
    session.settings.iter().map(|(name, value)| {
        let shown =
            if holds_secret(value) { "(not shown: this looks like a secret)" } else { value.as_str() };
        (name.as_str(), shown)
    })
}

/// True for keys, and for URLs with a password.
pub fn holds_secret(value: &str) -> bool {
    let key = ["sk_", "rk_", "pk_", "ek_", "whsec_"].iter().any(|prefix| value.contains(prefix));
    key || value.contains("://") && value.contains('@')
}

fn text(session: &Session, status: &Status) -> String {
    let failure = status.failure.as_ref();
    let more = [
        ("request id", failure.and_then(|failure| failure.request_id.clone())),
        ("see", failure.and_then(|failure| failure.doc_url.clone())),
    ];
    let head = [("api", session.target.api.clone()), ("key", session.target.key.clone())];
    let state = [("state", status.state.to_string()), ("", status.description.clone())];
    let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let settings = settings(session).map(|(name, value)| (name, value.to_owned()));
    table::pairs(head.into_iter().chain(settings).chain(state).chain(more))
}
