//! What is written, and JSON shapes of the contract's records.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use stripe_connector_host::CallError;
use stripe_connector_host::contract::{
    ActionSummary, BulkResult, Effect, EntitySummary, Failure, FailureKind, RowFailure,
};

use super::Trouble;
use super::fields::Fields;
use super::report::effect_of;

/// Writes one line.
pub fn line(text: impl std::fmt::Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Writes what is no answer, to standard error, and ends the line. Whoever has closed that wants none of it.
pub fn aside(text: impl std::fmt::Display) {
    let text = text.to_string();
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Writes a value as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<(), Trouble> {
    let text = serde_json::to_string(value).map_err(io::Error::from)?;
    Ok(line(text)?)
}

/// The rows of a page as they stand there.
pub fn raw_rows(rows: &str) -> Result<Vec<&RawValue>, Trouble> {
    serde_json::from_str(rows).map_err(unreadable)
}

/// The rows of a page, to be shown.
pub fn rows(rows: &str) -> Result<Vec<Fields>, Trouble> {
    serde_json::from_str(rows).map_err(unreadable)
}

/// A row, to be shown.
pub fn fields(row: &str) -> Result<Fields, Trouble> {
    serde_json::from_str(row).map_err(unreadable)
}

/// A component that answers with something else than JSON is not the one of the contract.
fn unreadable(error: serde_json::Error) -> Trouble {
    super::reading(CallError::Host(anyhow::anyhow!("its answer is not the JSON it should be: {error}")))
}

/// `{"Id": ...}`, as the connector's documentation has it.
#[derive(Serialize)]
pub struct Id<'a> {
    #[serde(rename = "Id")]
    pub id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageJson<'a> {
    pub rows: Vec<&'a RawValue>,
    pub next_page_token: Option<&'a str>,
}

#[derive(Serialize)]
pub struct PlanJson<'a> {
    pub requests: &'a [String],
    pub pushed: &'a [String],
    pub residual: Option<&'a str>,
}

#[derive(Serialize)]
pub struct ErrorJson<'a> {
    pub error: FailureJson<'a>,
}

/// A failure, with what is known of it only.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureJson<'a> {
    kind: &'static str,
    message: String,
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe: Option<&'a RawValue>,
}

impl<'a> From<&'a Failure> for FailureJson<'a> {
    fn from(failure: &'a Failure) -> Self {
        Self {
            kind: failure.kind.name(),
            message: failure.message.clone(),
            effect: failure.effect.name(),
            code: failure.code.as_deref(),
            decline_code: failure.decline_code.as_deref(),
            param: failure.param.as_deref(),
            http_status: failure.http_status,
            request_id: failure.request_id.as_deref(),
            idempotency_key: failure.idempotency_key.as_deref(),
            retry_after_ms: failure.retry_after_ms,
            rate_limit_reason: failure.rate_limit_reason.as_deref(),
            doc_url: failure.doc_url.as_deref(),
            stripe: failure.stripe.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        }
    }
}

impl<'a> FailureJson<'a> {
    /// Of a call that has no result, and was given that key.
    pub fn of(error: &'a CallError, write: bool, key: Option<&'a str>) -> Self {
        match error {
            CallError::Failure(failure) => Self::from(&**failure),
            CallError::Host(_) | CallError::Closed => {
                let effect = effect_of(error, write);
                let key = key.filter(|_| effect != Effect::None);
                Self::own(FailureKind::Internal.name(), error.to_string(), effect, key)
            }
        }
    }

    /// One that the connector has no part in.
    pub fn own(
        kind: &'static str,
        message: String,
        effect: Effect,
        idempotency_key: Option<&'a str>,
    ) -> Self {
        Self {
            kind,
            message,
            effect: effect.name(),
            code: None,
            decline_code: None,
            param: None,
            http_status: None,
            request_id: None,
            idempotency_key,
            retry_after_ms: None,
            rate_limit_reason: None,
            doc_url: None,
            stripe: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkJson<'a> {
    matched: u32,
    changed: u32,
    failures: Vec<RowFailureJson<'a>>,
    not_attempted: &'a [String],
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
}

#[derive(Serialize)]
struct RowFailureJson<'a> {
    id: &'a str,
    error: FailureJson<'a>,
}

impl<'a> From<&'a RowFailure> for RowFailureJson<'a> {
    fn from(row: &'a RowFailure) -> Self {
        Self { id: &row.id, error: FailureJson::from(&row.failure) }
    }
}

impl<'a> From<&'a BulkResult> for BulkJson<'a> {
    fn from(result: &'a BulkResult) -> Self {
        Self {
            matched: result.matched,
            changed: result.changed,
            failures: result.failures.iter().map(RowFailureJson::from).collect(),
            not_attempted: &result.not_attempted,
            effect: result.effect.name(),
            idempotency_key: result.idempotency_key.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub struct EntityJson<'a> {
    name: &'a str,
    plural: &'a str,
    operations: Vec<&'static str>,
    parents: &'a [String],
}

impl<'a> From<&'a EntitySummary> for EntityJson<'a> {
    fn from(entity: &'a EntitySummary) -> Self {
        Self {
            name: &entity.name,
            plural: &entity.plural,
            operations: entity.operations.iter().map(|operation| operation.name()).collect(),
            parents: &entity.parents,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionJson<'a> {
    name: &'a str,
    test_only: bool,
}

impl<'a> From<&'a ActionSummary> for ActionJson<'a> {
    fn from(action: &'a ActionSummary) -> Self {
        Self { name: &action.name, test_only: action.test_only }
    }
}
