//! Lists of made-up objects. They are few and the same each time, so that a client's paging has
//! something to page through.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::make::Maker;
use super::words;
use crate::error::{ApiError, Result};
use crate::list::limit;
use crate::route::Call;
use crate::spec::NodeId;

const OF_V1: usize = 2;
const OF_V2: usize = 3;

/// A page by cursors. After an object that is none of these stands nothing.
pub fn v1(maker: &Maker, call: &Call, data: NodeId, sent: &Map<String, Value>) -> Result<Value> {
    let limit = limit(&call.params)?;
    let ids = ids(maker, data, OF_V1);
    let place = |id: &str| ids.iter().position(|own| own == id);
    let (after, before) = (call.params.text("starting_after"), call.params.text("ending_before"));
    let (page, has_more) = match (after, before) {
        (Some(_), Some(_)) => return Err(ApiError::exclusive("starting_after", "ending_before")),
        (_, Some(before)) => {
            let end = place(before).unwrap_or_default();
            let start = end.saturating_sub(limit);
            (ids.get(start..end), start > 0)
        }
        (after, None) => {
            let start = after.map_or(0, |id| place(id).map_or(ids.len(), |place| place + 1));
            let end = ids.len().min(start + limit);
            (ids.get(start..end), end < ids.len())
        }
    };
    let objects = page.unwrap_or_default().iter().map(|id| maker.item(data, "data", id, sent));
    Ok(json!({
        "object": "list",
        "data": objects.collect::<Vec<_>>(),
        "has_more": has_more,
        "url": words::list_url(maker.kind(data)).unwrap_or(&call.path),
    }))
}

/// A page by its token, which carries the filters. They may be sent again with it, and no others.
pub fn v2(maker: &Maker, call: &Call, data: NodeId, sent: Map<String, Value>) -> Result<Value> {
    let limit = limit(&call.params)?;
    let (start, filters) = match call.params.text("page") {
        Some(token) => {
            let (start, filters) = read(token, &call.path)?;
            let carried = |name: &&str| {
                matches!(*name, "include" | "limit" | "page") || call.params.get(name) == filters.get(*name)
            };
            if let Some(name) = call.params.names().find(|name| !carried(name)) {
                return Err(other_filter(name));
            }
            (start, filters)
        }
        None => (0, sent),
    };
    let ids = ids(maker, data, OF_V2);
    let start = start.min(ids.len());
    let end = ids.len().min(start + limit);
    let page = ids.get(start..end).unwrap_or_default();
    let objects = page.iter().map(|id| maker.item(data, "", id, &filters));
    let url = |start: usize| {
        let token = token(&call.path, start, &filters);
        format!("{}?limit={limit}&page={token}", call.path)
    };
    Ok(json!({
        "data": objects.collect::<Vec<_>>(),
        "next_page_url": (end < ids.len()).then(|| url(end)),
        "previous_page_url": (start > 0).then(|| url(start.saturating_sub(limit))),
    }))
}

fn other_filter(name: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid {name}: the page is one of a list with another {name} or without it. Leave it out, or begin the list \
         anew without page."
    ))
    .param(name)
}

fn ids(maker: &Maker, data: NodeId, count: usize) -> Vec<String> {
    let kind = maker.kind(data);
    (1..=count).map(|number| words::numbered(kind, number)).collect()
}

fn token(path: &str, start: usize, filters: &Map<String, Value>) -> String {
    URL_SAFE_NO_PAD.encode(json!([path, start, filters]).to_string())
}

fn read(token: &str, path: &str) -> Result<(usize, Map<String, Value>)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    let parts: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let start = parts[1].as_u64().and_then(|start| usize::try_from(start).ok());
    match (start, parts[2].as_object()) {
        (Some(start), Some(filters)) if parts[0] == path => Ok((start, filters.clone())),
        _ => Err(ApiError::invalid(
            "Invalid page: it is none of this list. Take it from the next_page_url or previous_page_url of a page.",
        )
        .param("page")),
    }
}
