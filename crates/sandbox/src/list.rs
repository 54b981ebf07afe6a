//! Pages of lists: newest first, cursors by id, `created` ranges, filters.

use std::ops::Bound;

use serde_json::{Value, json};

use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::indexed;
use crate::params::Params;
use crate::route::Call;
use crate::store::{Index, Place};

/// How many objects a page has that does not say, also one inside an object.
pub const EMBEDDED: usize = 10;

/// What a list is to have in its fields.
pub type Wanted<'a> = Vec<(&'static str, &'a Value)>;

/// A page of all objects of the call's kind. `equals` names the parameters that are compared with
/// the field of the same name; `keep` decides about the rest.
pub fn page(
    account: &Account,
    call: &Call,
    equals: &[&'static str],
    keep: impl Fn(&Value) -> bool,
) -> Result<Value> {
    page_with(account, call, &wanted(call, equals), keep)
}

/// Those of these parameters that were sent.
pub fn wanted<'a>(call: &'a Call, equals: &[&'static str]) -> Wanted<'a> {
    equals.iter().filter_map(|name| Some((*name, call.params.get(name)?))).collect()
}

/// A page of the objects of the call's kind that have what is wanted.
pub fn page_with(
    account: &Account,
    call: &Call,
    wanted: &Wanted,
    keep: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let index = indexed::fields(call.kind)
        .iter()
        .find_map(|field| {
            let (name, value) = wanted.iter().find(|(name, _)| name == field)?;
            Some(Index::of(call.kind, name, &indexed::key(value)?))
        })
        .unwrap_or_else(|| Index::all(call.kind));
    page_of(account, call, &index, |object| {
        wanted.iter().all(|(name, value)| object[*name] == **value) && keep(object)
    })
}

/// A page of one index.
pub fn page_of(
    account: &Account,
    call: &Call,
    index: &Index,
    keep: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let limit = limit(&call.params)?;
    let (mut low, mut high) = created(&call.params);
    let backwards = call.params.sent("ending_before").is_some();
    if backwards && call.params.sent("starting_after").is_some() {
        return Err(ApiError::exclusive("starting_after", "ending_before"));
    }
    if let Some(place) = cursor(account, call, "starting_after")? {
        high = lower(high, place);
    }
    if let Some(place) = cursor(account, call, "ending_before")? {
        low = higher(low, place);
    }
    let found = account.store.scan(index, (low, high));
    let found = found.filter(|object| keep(object));
    // One more than the page tells whether there is more.
    let mut data: Vec<Value> =
        if backwards { found.take(limit + 1).collect() } else { found.rev().take(limit + 1).collect() };
    let has_more = data.len() > limit;
    data.truncate(limit);
    if backwards {
        data.reverse();
    }
    Ok(json!({
        "object": "list",
        "data": data,
        "has_more": has_more,
        "url": call.path,
    }))
}

/// A list as it stands inside an object: its first page.
pub fn embedded(mut data: Vec<Value>, url: &str) -> Value {
    let total = data.len();
    data.truncate(EMBEDDED);
    json!({
        "object": "list",
        "data": data,
        "has_more": total > EMBEDDED,
        "url": url,
    })
}

/// Whether a number lies in a range parameter.
pub fn within(range: Option<&Value>, number: Option<i64>) -> bool {
    let Some(range) = range else {
        return true;
    };
    let Some(number) = number else {
        return false;
    };
    match range {
        Value::Object(bounds) => bounds.iter().all(|(name, bound)| {
            let Some(bound) = bound.as_i64() else {
                return true;
            };
            match name.as_str() {
                "gt" => number > bound,
                "gte" => number >= bound,
                "lt" => number < bound,
                _ => number <= bound,
            }
        }),
        exact => exact.as_i64() == Some(number),
    }
}

/// The length of a page.
pub fn limit(params: &Params) -> Result<usize> {
    let Some(limit) = params.int("limit") else {
        return Ok(EMBEDDED);
    };
    match usize::try_from(limit) {
        Ok(limit @ 1..=100) => Ok(limit),
        _ => Err(ApiError::invalid(format!("Invalid limit: {limit} is not between 1 and 100."))
            .code("parameter_invalid_integer")
            .param("limit")),
    }
}

fn cursor(account: &Account, call: &Call, name: &str) -> Result<Option<Place>> {
    let Some(id) = call.params.text(name) else {
        return Ok(None);
    };
    match account.store.place(call.kind, id) {
        Some(place) => Ok(Some(place)),
        None => Err(ApiError::missing(call.kind, id, name)),
    }
}

/// The bounds that `created` sets; the second half of a place never decides.
fn created(params: &Params) -> (Bound<Place>, Bound<Place>) {
    let (mut low, mut high) = (Bound::Unbounded, Bound::Unbounded);
    let first = |second: i64| (second, 0);
    match params.get("created") {
        Some(Value::Object(bounds)) => {
            for (name, bound) in bounds {
                let Some(second) = bound.as_i64() else {
                    continue;
                };
                match name.as_str() {
                    "gt" => low = tighter_low(low, first(second.saturating_add(1))),
                    "gte" => low = tighter_low(low, first(second)),
                    "lt" => high = lower(high, first(second)),
                    _ => high = lower(high, first(second.saturating_add(1))),
                }
            }
        }
        Some(exact) => {
            let second = exact.as_i64().unwrap_or(0);
            low = Bound::Included(first(second));
            high = Bound::Excluded(first(second.saturating_add(1)));
        }
        None => {}
    }
    (low, high)
}

fn tighter_low(low: Bound<Place>, place: Place) -> Bound<Place> {
    match low {
        Bound::Included(old) if old >= place => low,
        _ => Bound::Included(place),
    }
}

/// The smaller of an upper bound and "before this place".
fn lower(high: Bound<Place>, place: Place) -> Bound<Place> {
    match high {
        Bound::Excluded(old) if old <= place => high,
        _ => Bound::Excluded(place),
    }
}

/// The greater of a lower bound and "after this place".
fn higher(low: Bound<Place>, place: Place) -> Bound<Place> {
    match low {
        Bound::Included(old) if old > place => low,
        _ => Bound::Excluded(place),
    }
}
