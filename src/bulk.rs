//! Changes every object that a filter finds. All ids are collected before the first change: a walk through a list
//! that changes under it would lose its place.

use crate::api::catalog::Operation;
use crate::api::entities::{BulkResult, RowFailure, Selection};
use crate::api::types::{CallOptions, Effect, Failure, FailureKind};
use crate::call::Call;
use crate::client::Client;
use crate::cursor::STRIPES_LIMIT;
use crate::entities::{self, Listing};
use crate::failure::{self, Failed, invalid};
use crate::form;
use crate::host::Context;
use crate::input;
use crate::objects;
use crate::order::order;
use crate::reader::{Next, Reader};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub fn update_where(
    context: Context,
    selection: &Selection,
    fields: &str,
    options: &CallOptions,
) -> Result<BulkResult, Failed> {
    let entity = entities::find(&selection.entity, Operation::Update)?;
    let parameters = objects::update_parameters(context, entity, &input::members("fields", fields)?)?;
    let body = objects::body(entity.path, parameters, &[])?;
    let listing = listing(context, selection, options)?;
    let client = Client::open(context, options, entity.name)?;
    let key = client.idempotency_key();
    let change = |path, id: &str| Call::post(path, body.clone(), key.derive(id));
    let result = run(&client, &listing, selection.dry_run, change)?;
    let sent = !selection.dry_run && result.not_attempted.len() < result.matched as usize;
    Ok(BulkResult { idempotency_key: sent.then(|| key.as_str().to_string()), ..result })
}

pub fn delete_where(
    context: Context,
    selection: &Selection,
    options: &CallOptions,
) -> Result<BulkResult, Failed> {
    let entity = entities::find(&selection.entity, Operation::Delete)?;
    let listing = listing(context, selection, options)?;
    let client = Client::open(context, options, entity.name)?;
    run(&client, &listing, selection.dry_run, |path, _| Call::delete(path, Vec::new()))
}

fn listing<'a>(
    context: Context,
    selection: &Selection,
    options: &'a CallOptions,
) -> Result<Listing<'a>, Failed> {
    if selection.filter.trim().is_empty() {
        return Err(invalid(
            "filter",
            "`filter` is empty, which never means every row; say which rows to change",
        ));
    }
    let entity = entities::find(&selection.entity, Operation::List)?;
    // What an index says of a row may be over.
    Listing::of(context, entity, Some(&selection.filter), options, false)
}

fn run(
    client: &Client,
    listing: &Listing,
    dry_run: bool,
    change: impl Fn(String, &str) -> Call,
) -> Result<BulkResult, Failed> {
    let ids = matching_ids(client, listing)?;
    let mut result = BulkResult {
        matched: ids.len() as u32,
        changed: 0,
        failures: Vec::new(),
        not_attempted: Vec::new(),
        effect: Effect::None,
        idempotency_key: None,
    };
    if dry_run {
        return Ok(result);
    }
    let parents: Vec<&str> = listing.plan.parents.iter().map(String::as_str).collect();
    for chunk in ids.chunks(STRIPES_LIMIT as usize) {
        if client.is_late() {
            result.not_attempted.extend_from_slice(chunk);
            continue;
        }
        let calls = chunk.iter().map(|id| {
            let path: Vec<&str> = parents.iter().copied().chain([id.as_str()]).collect();
            change(form::path(listing.entity.path, &path), id)
        });
        for (id, answer) in chunk.iter().zip(client.send_all(calls.collect())) {
            // A 2xx that cannot be read says nothing of the change, here as for one object.
            let changed = answer.and_then(|answer| answer.object(listing.entity.row).map(drop));
            match changed {
                Ok(()) => result.changed += 1,
                Err(failure) if was_not_sent(&failure, client.is_late()) => {
                    result.not_attempted.push(id.clone())
                }
                Err(failure) => result.failures.push(RowFailure { id: id.clone(), failure: *failure }),
            }
        }
    }
    result.effect = effect(&result);
    Ok(result)
}

/// Whether the time was over before the request could go. A connection that did not come about in its own time is
/// another matter.
fn was_not_sent(failure: &Failure, late: bool) -> bool {
    failure.effect == Effect::None
        && failure.http_status.is_none()
        && (failure.kind == FailureKind::Throttled || failure.kind == FailureKind::Timeout && late)
}

/// What the numbers leave open.
fn effect(result: &BulkResult) -> Effect {
    if result.failures.iter().any(|row| row.failure.effect != Effect::None) {
        Effect::Unknown
    } else if result.changed > 0 && result.changed < result.matched {
        Effect::Partial
    } else {
        Effect::None
    }
}

fn matching_ids(client: &Client, listing: &Listing) -> Result<Vec<String>, Failed> {
    let max_scan = client.settings().max_scan;
    let mut reader = Reader::new(listing, client, None)?;
    let mut ids = Vec::new();
    loop {
        if reader.exceeds(max_scan)? {
            let least = reader.scanned + 1;
            return Err(failure::new(
                FailureKind::LimitExceeded,
                format!(
                    "nothing was changed: there are at least {least} objects to look at, and `max_scan` is {max_scan}; narrow the filter, for example by Created"
                ),
            ));
        }
        let at = match reader.next(STRIPES_LIMIT)? {
            Next::End => return Ok(each_once(ids)),
            Next::Pause => continue,
            Next::Object(at) => at,
        };
        let (_, members) = reader.object(at)?;
        let head = reader.head(at, &members);
        if head.admitted {
            // It goes into the path of a change.
            let id = head.id.clone().filter(|id| form::check_id("Id", id).is_ok());
            ids.push(
                id.ok_or_else(|| reader.unreadable(at, "the id of an object is none that a path can have"))?,
            );
        }
        reader.pass(at, head)?;
    }
}

/// An object that a list gives twice is changed once.
fn each_once(mut ids: Vec<String>) -> Vec<String> {
    let mut again = alloc::vec![false; ids.len()];
    let sorted = order(ids.len(), &|one, other| ids.get(one).cmp(&ids.get(other)));
    for pair in sorted.windows(2) {
        if let [one, other] = *pair
            && let (true, Some(again)) = (ids.get(one) == ids.get(other), again.get_mut(other))
        {
            *again = true;
        }
    }
    let mut again = again.into_iter();
    ids.retain(|_| again.next() != Some(true));
    ids
}

#[cfg(test)]
#[path = "bulk_tests.rs"]
mod tests;
