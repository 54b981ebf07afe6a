//! Stripe's objects as rows: nested objects flattened, instants as RFC 3339, everything else as Stripe sent it.

use crate::catalog::names::{nearest, pascal, push_pascal, same, strip_prefix};
use crate::catalog::{self, Entity, Field, Fields, Kind};
use crate::failure::{Failed, invalid};
use crate::instant;
use crate::json::{self, Members};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Deeper objects stay JSON values: a hostile answer cannot exhaust the stack.
const MAX_DEPTH: usize = 16;

/// A column's name and the JSON text of its value, in the order of Stripe's object.
pub struct Row<'a>(Vec<(String, Cow<'a, str>)>);

impl<'a> Row<'a> {
    /// Flattens an object of the entity.
    pub fn of(entity: &Entity, object: &'a str) -> Result<Self, serde_json::Error> {
        let mut cells = Vec::new();
        flatten("", entity.columns, object, 0, &mut cells)?;
        Ok(Row(cells))
    }

    /// The value of a column; none if the object does not have it.
    pub fn get(&self, column: &Column) -> Option<Cow<'_, str>> {
        let (_, value) = self.0.iter().find(|(name, _)| same(name, &column.name))?;
        match &column.key {
            None => Some(Cow::Borrowed(value.as_ref())),
            Some(key) => Members::parse(value).ok()?.get(key).map(|text| Cow::Owned(text.to_string())),
        }
    }

    /// The row as JSON: all columns, or the selected ones in their order. A selected column that the object does not
    /// have is null; of a nested object those that it has.
    pub fn to_json(&self, columns: Option<&[Column]>) -> String {
        let mut json = String::from("{");
        let mut push = |name: &str, value: &str| {
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&json::quote(name));
            json.push(':');
            json.push_str(value);
        };
        let Some(columns) = columns else {
            self.0.iter().for_each(|(name, value)| push(name, value));
            json.push('}');
            return json;
        };
        for column in columns {
            if let (Kind::Object(_), None) = (column.kind, &column.key) {
                let inside = |name: &str| strip_prefix(name, &column.name).is_some();
                self.0.iter().filter(|(name, _)| inside(name)).for_each(|(name, value)| push(name, value));
            } else {
                push(&column.title(), self.get(column).as_deref().unwrap_or("null"));
            }
        }
        json.push('}');
        json
    }
}

/// The `id` of an object.
pub fn id(object: &str) -> Option<String> {
    Members::parse(object).ok()?.text("id")
}

fn flatten<'a>(
    prefix: &str,
    fields: Fields,
    object: &'a str,
    depth: usize,
    cells: &mut Vec<(String, Cow<'a, str>)>,
) -> Result<(), serde_json::Error> {
    for (name, value) in Members::parse(object)?.iter() {
        let mut column = String::with_capacity(prefix.len() + name.len());
        column.push_str(prefix);
        push_pascal(&mut column, name);
        let kind = catalog::field(fields, name).map(|field| field.kind);
        let nested = json::is_object(value) && depth < MAX_DEPTH;
        match kind.unwrap_or(if name == "metadata" { Kind::Map } else { Kind::Any }) {
            Kind::Instant => cells.push((column, instant_cell(value))),
            Kind::Map | Kind::Array => cells.push((column, Cow::Borrowed(value))),
            // A reference that was expanded: the column keeps the id.
            Kind::Text if nested => {
                if let Some(id) = Members::parse(value)?.get("id") {
                    cells.push((column.clone(), Cow::Borrowed(id)));
                }
                flatten(&column, referenced(value), value, depth + 1, cells)?;
            }
            Kind::Object(inner) if nested => object_cells(column, inner, value, depth, cells)?,
            _ if nested => object_cells(column, &[], value, depth, cells)?,
            _ => cells.push((column, Cow::Borrowed(value))),
        }
    }
    Ok(())
}

/// A nested object: the array of a list's `data`, or its members as columns. Without members it is one itself, so
/// that nothing vanishes.
fn object_cells<'a>(
    column: String,
    fields: Fields,
    value: &'a str,
    depth: usize,
    cells: &mut Vec<(String, Cow<'a, str>)>,
) -> Result<(), serde_json::Error> {
    let members = Members::parse(value)?;
    match (members.text("object").as_deref(), members.get("data")) {
        (Some("list"), Some(data)) => cells.push((column, Cow::Borrowed(data))),
        _ if members.iter().next().is_none() => cells.push((column, Cow::Borrowed(value))),
        _ => flatten(&column, fields, value, depth + 1, cells)?,
    }
    Ok(())
}

/// The columns of an expanded object, if it is an entity of the catalog.
fn referenced(object: &str) -> Fields {
    let kind = Members::parse(object).ok().and_then(|members| members.text("object"));
    kind.and_then(|kind| catalog::entity(&kind)).map(|entity| entity.columns).unwrap_or_default()
}

fn instant_cell(value: &str) -> Cow<'_, str> {
    match value.parse().ok().and_then(instant::to_text) {
        Some(text) => Cow::Owned(json::quote(&text)),
        None => Cow::Borrowed(value),
    }
}

/// A column that a caller names, in a filter or a selection.
#[derive(Clone, Debug)]
pub struct Column {
    /// `AddressCity`.
    pub name: String,
    pub kind: Kind,
    /// A key inside a map: `plan` of `Metadata.plan`.
    pub key: Option<String>,
    /// Stripe's name, if it is a field of the object itself.
    pub field: Option<&'static str>,
}

impl Column {
    /// The name as rows carry it.
    pub fn title(&self) -> String {
        match &self.key {
            Some(key) => format!("{}.{key}", self.name),
            None => self.name.clone(),
        }
    }

    /// Finds a column of the entity by any spelling: `AddressCity`, `address_city`, `Address.City`,
    /// `Metadata.plan`.
    pub fn find(entity: &Entity, name: &str) -> Result<Column, Failed> {
        let mut segments = name.splitn(2, '.');
        let (first, rest) = (segments.next().unwrap_or_default(), segments.next());
        let fields: Vec<Field> = catalog::iter(entity.columns).collect();
        let of = |field: &Field, kind, name, key| Column { name, kind, key, field: Some(field.name) };
        for field in fields.iter().filter(|field| same(field.name, first)) {
            match (field.kind, rest) {
                (kind, None) => return Ok(of(field, kind, pascal(field.name), None)),
                (Kind::Map, Some(key)) => {
                    return Ok(of(field, Kind::Any, pascal(field.name), Some(key.to_string())));
                }
                // The object of a reference, when it is expanded.
                (Kind::Object(_) | Kind::Text, Some(_)) => {}
                _ => return Err(unknown(entity, name, &fields)),
            }
        }
        let flat: String = name.split('.').map(pascal).collect();
        let nested = |field: &Field| {
            let rest = strip_prefix(&flat, field.name)?;
            let kind = match field.kind {
                Kind::Object([]) => Some(Kind::Any),
                Kind::Object(groups) => inner_kind(groups, rest),
                Kind::Text if name.contains('.') => Some(Kind::Any),
                _ => None,
            }?;
            (!rest.is_empty()).then(|| Column { name: flat.clone(), kind, key: None, field: None })
        };
        fields.iter().find_map(nested).ok_or_else(|| unknown(entity, name, &fields))
    }
}

fn inner_kind(groups: Fields, name: &str) -> Option<Kind> {
    catalog::iter(groups).find_map(|field| match field.kind {
        kind if same(field.name, name) => Some(kind),
        Kind::Object(inner) => {
            let rest = strip_prefix(name, field.name)?;
            if inner.is_empty() { Some(Kind::Any) } else { inner_kind(inner, rest) }
        }
        _ => None,
    })
}

fn unknown(entity: &Entity, name: &str, fields: &[Field]) -> Failed {
    let hint = nearest(name, fields.iter().map(|field| pascal(field.name)));
    let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    invalid(name, format!("{} has no column `{name}`{hint}", entity.name))
}

/// Finds all columns of a selection.
pub fn select(entity: &Entity, names: Option<&[String]>) -> Result<Option<Vec<Column>>, Failed> {
    names.map(|names| names.iter().map(|name| Column::find(entity, name)).collect()).transpose()
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
