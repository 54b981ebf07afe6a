//! Rows: list, get, create, update and delete.

use crate::backend::Backend;
use crate::body;
use crate::catalog;
use crate::contract::catalog::EntitySummary;
use crate::contract::entities::{Change, Order, Query as Rows};
use crate::error::Error;
use crate::http::{Request, Response};
use crate::options::{self, Purpose};
use crate::paging::Page;
use crate::query::{EXECUTION_HEADERS, Query};
use crate::route;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The id of an entity that has one object only.
const SINGLE: &str = "-";

/// A row as it is sent here. The name is output only and the metadata are the service's, so that neither is read.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    fields: Option<Box<RawValue>>,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "metadata")]
    _metadata: Option<Value>,
}

impl Entity {
    /// Reads the body and gives its `fields` as text.
    pub fn read(request: &Request) -> Result<String, Error> {
        let entity: Entity = body::read(request).map_err(|mut error| {
            if error.message.contains("unknown field") {
                error.message.push_str("; columns belong into `fields`");
            }
            error
        })?;
        body::object(entity.fields.as_deref(), "fields").map(str::to_owned)
    }
}

#[derive(Serialize)]
struct Named<'a> {
    name: String,
    fields: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    entities: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// What a request is about: the connection's name, its entity, and the request itself.
pub struct Target<'a> {
    /// `projects/P/locations/L/connections/C`.
    pub connection: &'a str,
    /// As the catalog has it.
    pub entity: EntitySummary,
    /// Where options are.
    pub request: &'a Request,
    /// Its parameters.
    pub query: &'a Query,
}

impl<'a> Target<'a> {
    /// Finds the entity.
    pub fn find(
        backend: &impl Backend,
        connection: &'a str,
        entity: &str,
        request: &'a Request,
        query: &'a Query,
    ) -> Result<Target<'a>, Error> {
        Ok(Target { connection, entity: catalog::find(backend, entity)?, request, query })
    }

    /// The options that the caller gives in the query or in headers.
    pub fn options(&self, purpose: Purpose) -> Result<crate::contract::types::CallOptions, Error> {
        options::read(self.request, self.query.one(EXECUTION_HEADERS)?, purpose)
    }

    fn name(&self, id: &str) -> String {
        format!("{}/entityTypes/{}/entities/{}", self.connection, self.entity.name, route::segment(id))
    }

    /// The id by which a row is found again: with the ids of its parents, as far as it tells them.
    fn id(&self, row: &str) -> Result<String, serde_json::Error> {
        let row: BTreeMap<String, &RawValue> = serde_json::from_str(row)?;
        let text =
            |column: &str| row.get(column).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let parents: Option<Vec<String>> = self
            .entity
            .parents
            .iter()
            .map(|parent| text(parent).or_else(|| text(parent.strip_suffix("Id")?)))
            .collect();
        let mut ids = parents.unwrap_or_default();
        ids.extend(text("Id"));
        Ok(if ids.is_empty() { SINGLE.to_owned() } else { ids.join(":") })
    }

    /// The documented answer to a change: the id. A row without one, such as a link, is there for what is in it.
    fn changed(&self, change: &Change, id: Option<&str>) -> Result<Response, Error> {
        let id = id
            .map_or_else(|| self.id(&change.fields), |id| Ok(id.to_owned()))
            .map_err(|error| Error::unreadable_change(&error))?;
        let fields = match &change.id {
            Some(id) => RawValue::from_string(json!({"Id": id}).to_string()),
            None => RawValue::from_string(change.fields.clone()),
        };
        let fields = fields.map_err(|error| Error::unreadable_change(&error))?;
        Ok(Response::json(200, &Named { name: self.name(&id), fields: &fields }))
    }
}

/// An id of a path as the contract has it: entities with one object have none.
fn own_id<'a>(entity: &EntitySummary, id: &'a str) -> Option<&'a str> {
    Some(id).filter(|id| *id != SINGLE && *id != entity.name)
}

/// The one order that is supported.
pub fn order<'a>(
    mut columns: impl Iterator<Item = &'a str>,
    mut directions: impl Iterator<Item = &'a str>,
) -> Result<Option<Order>, Error> {
    let (column, direction) =
        (columns.next().filter(|own| !own.is_empty()), directions.next().unwrap_or_default());
    if columns.next().is_some() || directions.next().is_some() {
        return Err(Error::invalid(
            "sortBy",
            "rows are sorted by one column only: give `sortBy` and `sortOrder` once",
        ));
    }
    let descending = match direction.to_ascii_uppercase().as_str() {
        "" | "ASC" => false,
        "DESC" => true,
        _ => {
            return Err(Error::invalid(
                "sortOrder",
                format!("`sortOrder` is `{direction}`; give ASC or DESC"),
            ));
        }
    };
    match column {
        Some(column) => Ok(Some(Order { column: column.to_owned(), descending })),
        None if direction.is_empty() => Ok(None),
        None => {
            Err(Error::invalid("sortOrder", "`sortOrder` is given without `sortBy`, the column to sort by"))
        }
    }
}

/// `entities.list`.
pub fn list(backend: &impl Backend, target: &Target) -> Result<Response, Error> {
    let query = target.query;
    query.allow(&["conditions", "pageSize", "pageToken", "sortBy", "sortOrder", EXECUTION_HEADERS])?;
    let page = Page::read(query)?;
    let rows = Rows {
        entity: target.entity.name.clone(),
        filter: query.one("conditions")?.filter(|text| !text.trim().is_empty()).map(str::to_owned),
        order_by: order(query.all("sortBy"), query.all("sortOrder"))?,
        columns: None,
        page_size: Some(page.size),
        page_token: page.token,
        raw: None,
    };
    let found = backend.list(&rows, &target.options(Purpose::Read)?)?;
    let rows: Vec<&RawValue> =
        serde_json::from_str(&found.rows).map_err(|error| Error::unreadable(&error))?;
    let named = |fields: &'_ RawValue| target.id(fields.get()).map(|id| target.name(&id));
    let entities = rows.into_iter().map(|fields| Ok(Named { name: named(fields)?, fields }));
    let entities = entities.collect::<Result<_, _>>().map_err(|error| Error::unreadable(&error))?;
    Ok(Response::json(200, &Listed { entities, next_page_token: found.next_page_token }))
}

/// `entities.create`.
pub fn create(backend: &impl Backend, target: &Target) -> Result<Response, Error> {
    target.query.allow(&[EXECUTION_HEADERS])?;
    let fields = Entity::read(target.request)?;
    let change = backend.create(&target.entity.name, &fields, &target.options(Purpose::Change)?)?;
    target.changed(&change, None)
}

/// `entities.get`.
pub fn get(backend: &impl Backend, target: &Target, id: &str) -> Result<Response, Error> {
    target.query.allow(&[EXECUTION_HEADERS])?;
    let own = own_id(&target.entity, id);
    let row = backend.get(&target.entity.name, own, None, &target.options(Purpose::Read)?)?;
    let fields = RawValue::from_string(row.fields).map_err(|error| Error::unreadable(&error))?;
    Ok(Response::json(200, &Named { name: target.name(own.unwrap_or(SINGLE)), fields: &fields }))
}

/// `entities.patch`.
pub fn patch(backend: &impl Backend, target: &Target, id: &str) -> Result<Response, Error> {
    target.query.allow(&[EXECUTION_HEADERS])?;
    let fields = Entity::read(target.request)?;
    let own = own_id(&target.entity, id);
    let change = backend.update(&target.entity.name, own, &fields, &target.options(Purpose::Change)?)?;
    target.changed(&change, Some(own.unwrap_or(SINGLE)))
}

/// `entities.delete`.
pub fn delete(backend: &impl Backend, target: &Target, id: &str) -> Result<Response, Error> {
    target.query.allow(&[EXECUTION_HEADERS])?;
    let own = own_id(&target.entity, id);
    backend.delete(&target.entity.name, own, &target.options(Purpose::Change)?)?;
    Ok(Response::json(200, &json!({})))
}

#[cfg(test)]
#[path = "entities_tests.rs"]
mod tests;
