//! The host's log: one line for every call of the contract, and what else there is to tell.

use crate::api::types::Failure;
use crate::catalog;
use crate::failure::{Failed, effect_name, kind_name};
use crate::given::log::Level;
use crate::host::Context;
use crate::json;
use crate::redact::ANYBODYS;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

/// What the log says of a call that went well.
pub trait Report {
    fn fields(&self) -> Fields;
}

/// Names and values of a line.
pub type Fields = Vec<(&'static str, String)>;

/// Writes a line about an entity or an action, if anybody listens: `describe` adds its fields and gives its message.
pub fn event(context: Context, level: Level, target: &str, describe: &mut dyn FnMut(&mut Fields) -> String) {
    if !context.host.log_enabled(level) {
        return;
    }
    let what = if context.operation == "run" { "action" } else { "entity" };
    let mut fields = vec![("operation", context.operation.to_string()), (what, known(target).to_string())];
    let message = describe(&mut fields);
    let fields: Vec<(String, String)> =
        fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    context.host.log(level, &message, &fields);
}

/// Runs a call on an entity or an action and logs how it ended.
pub fn call<'a, T: Report>(
    context: Context<'a>,
    target: &str,
    run: impl FnOnce(Context<'a>) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let result = run(context);
    let ended = result.as_ref().map(|done| done as &dyn Report);
    write(context, target, ended);
    result
}

/// Out of line, since every export has a `call` of its own.
#[inline(never)]
fn write(context: Context, target: &str, ended: Result<&dyn Report, &Failed>) {
    let level = if ended.is_ok() { Level::Info } else { Level::Error };
    event(context, level, target, &mut |fields| {
        match ended {
            Ok(done) => fields.extend(done.fields()),
            Err(failure) => push_failure(fields, failure),
        }
        fields.push(("duration-ms", context.host.now_ms().saturating_sub(context.started).to_string()));
        format!("{} {}", context.operation, known(target))
    });
}

/// What failed, and what that leaves open.
pub fn push_failure(fields: &mut Fields, failure: &Failure) {
    let told = [
        ("kind", Some(kind_name(failure.kind).to_string())),
        ("effect", Some(effect_name(failure.effect).to_string())),
        ("code", failure.code.clone()),
        ("status", failure.http_status.map(|status| u32::from(status).to_string())),
        ("request-id", failure.request_id.clone()),
        ("error", Some(failure.message.clone())),
    ];
    fields.extend(told.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
}

/// The name as the catalog has it: a caller's own spelling may hold anything, and a log is no place for that.
fn known(name: &str) -> &'static str {
    let entity = catalog::entity(name).map(|entity| entity.name);
    entity.or_else(|| catalog::action(name).map(|action| action.name)).unwrap_or("(unknown)")
}

fn request_id(id: &Option<String>) -> Fields {
    id.iter().map(|id| ("request-id", ANYBODYS.line(id))).collect()
}

impl Report for crate::api::entities::Page {
    fn fields(&self) -> Fields {
        let rows = json::items(&self.rows).map_or(0, |rows| rows.len());
        [("rows", rows.to_string()), ("scanned", self.scanned.to_string())].into()
    }
}

impl Report for crate::api::entities::Row {
    fn fields(&self) -> Fields {
        request_id(&self.request_id)
    }
}

impl Report for crate::api::entities::Change {
    fn fields(&self) -> Fields {
        request_id(&self.request_id)
    }
}

impl Report for crate::api::entities::BulkResult {
    fn fields(&self) -> Fields {
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
    fn fields(&self) -> Fields {
        request_id(&self.request_id)
    }
}
