//! One line in the host's log for every call of the contract.

use crate::catalog;
use crate::failure::{Failed, effect_name, kind_name};
use crate::given::log::Level;
use crate::host::Context;
use crate::json;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What the log says of a call that went well.
pub trait Report {
    fn fields(&self) -> Vec<(&'static str, String)>;
}

/// Runs a call on an entity or an action and logs how it ended.
pub fn call<T: Report>(
    context: Context,
    operation: &str,
    target: &str,
    run: impl FnOnce() -> Result<T, Failed>,
) -> Result<T, Failed> {
    let started = context.host.now_ms();
    let result = run();
    let ended = result.as_ref().map(|done| done as &dyn Report);
    write(context, operation, target, started, ended);
    result
}

/// Nothing is put together when nobody listens. Out of line, since every export has a `call` of its own.
#[inline(never)]
fn write(context: Context, operation: &str, target: &str, started: u64, ended: Result<&dyn Report, &Failed>) {
    let level = if ended.is_ok() { Level::Info } else { Level::Error };
    if !context.host.log_enabled(level) {
        return;
    }
    let mut fields: Vec<(&str, String)> = match ended {
        Ok(done) => done.fields(),
        Err(failure) => [
            ("kind", Some(kind_name(failure.kind).to_string())),
            ("effect", Some(effect_name(failure.effect).to_string())),
            ("code", failure.code.clone()),
            ("status", failure.http_status.map(|status| u32::from(status).to_string())),
            ("request-id", failure.request_id.clone()),
            ("error", Some(failure.message.clone())),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect(),
    };
    fields.push(("duration-ms", context.host.now_ms().saturating_sub(started).to_string()));
    let fields: Vec<(String, String)> =
        fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    context.host.log(level, &format!("{operation} {}", known(target)), &fields);
}

/// The name as the catalog has it: a caller's own spelling may hold anything, and a log is no place for that.
fn known(name: &str) -> &'static str {
    let entity = catalog::entity(name).map(|entity| entity.name);
    entity.or_else(|| catalog::action(name).map(|action| action.name)).unwrap_or("(unknown)")
}

fn request_id(id: &Option<String>) -> Vec<(&'static str, String)> {
    id.iter().map(|id| ("request-id", id.clone())).collect()
}

impl Report for crate::api::entities::Page {
    fn fields(&self) -> Vec<(&'static str, String)> {
        let rows = json::items(&self.rows).map_or(0, |rows| rows.len());
        [("rows", rows.to_string()), ("scanned", self.scanned.to_string())].into()
    }
}

impl Report for crate::api::entities::Row {
    fn fields(&self) -> Vec<(&'static str, String)> {
        request_id(&self.request_id)
    }
}

impl Report for crate::api::entities::Change {
    fn fields(&self) -> Vec<(&'static str, String)> {
        request_id(&self.request_id)
    }
}

impl Report for crate::api::entities::BulkResult {
    fn fields(&self) -> Vec<(&'static str, String)> {
        [
            ("matched", self.matched.to_string()),
            ("changed", self.changed.to_string()),
            ("failed", self.failures.len().to_string()),
            ("not-attempted", self.not_attempted.len().to_string()),
        ]
        .into()
    }
}

impl Report for crate::api::actions::Outcome {
    fn fields(&self) -> Vec<(&'static str, String)> {
        request_id(&self.request_id)
    }
}
