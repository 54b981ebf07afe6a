//! Runs a tool: its parameters become a call of the contract, and what the call answers is its result.

use super::{Deed, Tool};
use crate::actions::Results;
use crate::backend::Backend;
use crate::body;
use crate::contract::catalog::Operation;
use crate::contract::entities::Query;
use crate::contract::types::CallOptions;
use crate::entities;
use crate::error::Error;
use crate::http::Response;
use crate::paging::Page;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct List {
    conditions: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    page_size: Option<i64>,
    page_token: Option<String>,
    columns: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    id: Option<String>,
    columns: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    fields: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    id: Option<String>,
    fields: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delete {
    id: Option<String>,
}

#[derive(Serialize)]
struct Answer<T> {
    result: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rows {
    entities: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Runs it.
pub fn run(
    backend: &impl Backend,
    tool: &Tool,
    parameters: &str,
    options: &CallOptions,
) -> Result<Response, Error> {
    let (operation, entity) = match &tool.deed {
        Deed::Action(name) => {
            let outcome = backend.execute(name, parameters, options)?;
            return Ok(answer(Results::of(outcome.output)?));
        }
        Deed::Operation(operation, entity) => (*operation, entity),
    };
    match operation {
        Operation::List => {
            let own: List = read(parameters)?;
            let page = Page::of(own.page_size, own.page_token)?;
            let query = Query {
                entity: entity.clone(),
                filter: own.conditions.filter(|text| !text.trim().is_empty()),
                order_by: entities::order(
                    own.sort_by.as_deref().into_iter(),
                    own.sort_order.as_deref().into_iter(),
                )?,
                columns: own.columns,
                page_size: Some(page.size),
                page_token: page.token,
                raw: None,
            };
            let found = backend.list(&query, options)?;
            Ok(answer(Rows { entities: raw(found.rows)?, next_page_token: found.next_page_token }))
        }
        Operation::Get => {
            let own: Get = read(parameters)?;
            let row = backend.get(entity, own.id.as_deref(), own.columns.as_deref(), options)?;
            Ok(answer(raw(row.fields)?))
        }
        Operation::Create => {
            let own: Create = read(parameters)?;
            let change = backend.create(entity, body::object(own.fields.as_deref(), "fields")?, options)?;
            Ok(answer(changed(change.fields)?))
        }
        Operation::Update => {
            let own: Update = read(parameters)?;
            let fields = body::object(own.fields.as_deref(), "fields")?;
            Ok(answer(changed(backend.update(entity, own.id.as_deref(), fields, options)?.fields)?))
        }
        Operation::Delete => {
            let own: Delete = read(parameters)?;
            let change = backend.delete(entity, own.id.as_deref(), options)?;
            Ok(answer(change.id.map_or_else(|| json!({}), |id| json!({"Id": id}))))
        }
    }
}

fn read<T: DeserializeOwned>(parameters: &str) -> Result<T, Error> {
    body::parse(parameters, "`parameters`")
}

fn raw(text: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text).map_err(|error| Error::unreadable(&error))
}

/// The row of a change.
fn changed(text: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text).map_err(|error| Error::unreadable_change(&error))
}

fn answer(result: impl Serialize) -> Response {
    Response::json(200, &Answer { result })
}
