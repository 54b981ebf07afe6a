//! Changes every object that a filter finds. All ids are collected before the first change: a walk through a list
//! that changes under it would lose its place.

use crate::api::catalog::Operation;
use crate::api::entities::{BulkResult, RowFailure, Selection};
use crate::api::types::{CallOptions, Effect, Failure, FailureKind};
use crate::client::{Call, Client};
use crate::columns;
use crate::entities::{self, Listing};
use crate::failure::{self, Failed, invalid};
use crate::form;
use crate::host::Context;
use crate::input;
use crate::objects;
use crate::page::{Cursor, STRIPES_LIMIT};
use crate::rows::Row;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub fn update_where(
    context: Context,
    selection: &Selection,
    fields: &str,
    options: &CallOptions,
) -> Result<BulkResult, Failed> {
    let started = context.host.now_ms();
    let entity = entities::find(&selection.entity, Operation::Update)?;
    let parameters = objects::update_parameters(context, entity, &input::members("fields", fields)?)?;
    let body = objects::body(entity.path, parameters, &[])?;
    let listing = listing(selection, options)?;
    let client = Client::open(context, options, entity.name, started)?;
    let key = client.idempotency_key();
    let change = |path, id: &str| Call::post(path, body.clone(), key.derive(id));
    let result = run(&client, &listing, selection.dry_run, change)?;
    let sent = !selection.dry_run && result.matched > 0;
    Ok(BulkResult { idempotency_key: sent.then(|| key.as_str().to_string()), ..result })
}

pub fn delete_where(
    context: Context,
    selection: &Selection,
    options: &CallOptions,
) -> Result<BulkResult, Failed> {
    let started = context.host.now_ms();
    let entity = entities::find(&selection.entity, Operation::Delete)?;
    let listing = listing(selection, options)?;
    let client = Client::open(context, options, entity.name, started)?;
    run(&client, &listing, selection.dry_run, |path, _| Call::delete(path, Vec::new()))
}

fn listing<'a>(selection: &Selection, options: &'a CallOptions) -> Result<Listing<'a>, Failed> {
    if selection.filter.trim().is_empty() {
        return Err(invalid(
            "filter",
            "`filter` is empty, which never means every row; say which rows to change",
        ));
    }
    let entity = entities::find(&selection.entity, Operation::List)?;
    Listing::filtered(entity, Some(&selection.filter), options)
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
            let changed = answer.and_then(|answer| answer.row(listing.entity.row).map(drop));
            match changed {
                Ok(()) => result.changed += 1,
                Err(failure) if was_not_sent(&failure) => result.not_attempted.push(id.clone()),
                Err(failure) => result.failures.push(RowFailure { id: id.clone(), failure: *failure }),
            }
        }
    }
    result.effect = effect(&result);
    Ok(result)
}

/// Whether the time was over before the request could go.
fn was_not_sent(failure: &Failure) -> bool {
    failure.effect == Effect::None
        && failure.http_status.is_none()
        && matches!(failure.kind, FailureKind::Timeout | FailureKind::Throttled)
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
    let plural = listing.entity.plural();
    let mut ids = Vec::new();
    if let Some(id) = &listing.plan.id {
        if let Some(answer) = listing.object(client, id)? {
            let row = answer.row(listing.entity.row)?;
            if listing.plan.admits(&row) {
                ids.push(id.clone());
            }
        }
        return Ok(ids);
    }
    let walk = listing.walk();
    let max_scan = client.settings().max_scan;
    let mut cursor = Cursor::default();
    let mut scanned = 0;
    loop {
        let answer = walk.fetch(client, &mut cursor, STRIPES_LIMIT.min(max_scan - scanned))?;
        let batch = walk.read(&answer, &cursor)?;
        for object in &batch.objects {
            let row = Row::of(listing.entity.row, object).map_err(|error| answer.unreadable(error))?;
            let id = row.text("Id").ok_or_else(|| answer.unreadable("an object of a list has no id"))?;
            // It goes into the path of a change.
            form::check_id("Id", &id).map_err(|_| answer.unreadable("the id of an object is none"))?;
            if listing.plan.admits(&row) {
                ids.push(id.to_string());
            }
            cursor.passed(id);
        }
        scanned += batch.objects.len() as u32;
        if !batch.has_more {
            return Ok(each_once(ids));
        }
        cursor.turn(batch.next);
        if scanned >= max_scan {
            return Err(failure::new(
                FailureKind::LimitExceeded,
                format!(
                    "nothing was changed: there are more than {scanned} {plural} to look at, and `max_scan` is {max_scan}; narrow the filter, for example by Created"
                ),
            ));
        }
    }
}

/// An object that a list gives twice is changed once.
fn each_once(mut ids: Vec<String>) -> Vec<String> {
    let mut again = alloc::vec![false; ids.len()];
    for at in columns::namesakes(ids.iter().map(|id| (id.as_str(), ""))) {
        if let Some(again) = again.get_mut(at) {
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
