//! Columns: the names by which callers speak of what is in a row, in a filter or a selection.

use crate::catalog::names::{nearest, pascal, same, snake, strip_prefix};
use crate::catalog::{Entity, Field, Kind, Object};
use crate::failure::{Failed, invalid};
use crate::input::object_of;
use crate::json::{self, Members};
use crate::order::order;
use crate::rows::{Cell, MAX_DEPTH};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// `customer.address.city` as a column with dots: `Customer.Address.City`.
pub fn dotted(path: &str) -> String {
    path.split('.').map(pascal).collect::<Vec<_>>().join(".")
}

/// A column that a caller names, in a filter or a selection.
#[derive(Clone, Debug)]
pub struct Column {
    /// `AddressCity`; with dots (`Customer.Email`) for what is inside another object and was named so.
    pub name: String,
    /// `address.city`.
    pub path: String,
    pub kind: Kind,
    /// A key inside a map: `plan` of `Metadata.plan`.
    pub key: Option<String>,
}

impl Column {
    fn own(field: Field) -> Column {
        Column { name: pascal(field.name), path: field.name.to_string(), kind: field.kind, key: None }
    }

    /// A value at a path.
    fn at(path: String, kind: Kind, key: Option<String>) -> Column {
        Column { name: path.split('.').map(pascal).collect(), path, kind, key }
    }

    /// The name as rows carry it.
    pub fn title(&self) -> String {
        match &self.key {
            Some(key) => format!("{}.{key}", self.name),
            None => self.name.clone(),
        }
    }

    /// What stands for it in one of Stripe's objects, as JSON; none if it is missing or null.
    pub fn find_in<'a>(&self, object: &Members<'a>) -> Option<&'a str> {
        let mut names = self.path.split('.').chain(self.key.as_deref());
        let (mut own, mut name) = (object.clone(), names.next()?);
        for inner in names {
            own = own.member(name)?.inside().ok()?;
            name = inner;
        }
        let found = own.member(name)?;
        let mut value = found.value;
        if self.key.is_none() && holds_id(self.kind, value) {
            value = found.inside().ok()?.get("id")?;
        }
        // A row has `LinesHasMore` only where it is true.
        let is_whole = value == "false" && self.path.ends_with(".has_more");
        (value != "null" && !is_whole).then_some(value)
    }

    /// Its value in its cell.
    pub fn value<'a>(&self, cell: &'a Cell) -> Option<Cow<'a, str>> {
        match &self.key {
            None => Some(Cow::Borrowed(cell.value.as_ref())),
            Some(key) => Members::parse(&cell.value).ok()?.get(key).map(|text| Cow::Owned(text.to_string())),
        }
    }

    /// Whether it is an object, and the cell a value of it.
    pub fn holds(&self, cell: &Cell) -> bool {
        object_of(self.kind).is_some() && self.key.is_none() && cell.title.is_inside(&self.path)
    }

    /// Finds a column of the entity by any spelling: `AddressCity`, `address_city`, `Address.City`, `Metadata.plan`. For
    /// what is inside a reference (`Customer.Email`, `BalanceTransactionFee`) it must be among those that are expanded.
    pub fn find(entity: &Entity, name: &str, expand: &[String]) -> Result<Column, Failed> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        let own = entity.row.fields().find(|field| same(field.name, first));
        let inside = |name: &str, expand: &[String]| {
            entity.row.fields().find_map(|field| {
                let (inner, kind) =
                    listed(field.kind, field.name, strip_prefix(name, field.name)?, expand, 0)?;
                Some(Column::at(format!("{}.{inner}", field.name), kind, None))
            })
        };
        // The row's own goes before what another object adds to it.
        let flat = |name: &str| inside(name, &[]).or_else(|| inside(name, expand));
        let Some(rest) = rest else {
            let own = own.map(Column::own).or_else(|| flat(name));
            return own.ok_or_else(|| unknown(entity, name));
        };
        if rest.is_empty() {
            return Err(unknown(entity, name));
        }
        let Some(field) = own else {
            // `AddressExtra.plan`: a key of a map inside an object.
            return match flat(first) {
                Some(Column { path, kind: Kind::Map(value), .. }) => {
                    Ok(Column::at(path, value.kind(), Some(rest.to_string())))
                }
                _ => Err(unknown(entity, name)),
            };
        };
        if let Kind::Map(value) = field.kind {
            return Ok(Column { kind: value.kind(), key: Some(rest.to_string()), ..Column::own(field) });
        }
        if let Some((path, kind, key)) = listed_path(field.kind, field.name, rest, expand) {
            let column = Column::at(path, kind, key);
            // Of another object it keeps the dots, since a column of the row's own may have the name without.
            let name =
                if matches!(field.kind, Kind::Reference(_)) { dotted(&column.path) } else { column.name };
            return Ok(Column { name, ..column });
        }
        match field.kind {
            Kind::Any => {}
            Kind::Reference(_) if expand.iter().any(|path| path.split('.').next() == Some(field.name)) => {}
            Kind::Reference(_) => {
                return Err(invalid(
                    name,
                    format!("`{name}` is of another object: it takes `{}` in `expand`", field.name),
                ));
            }
            _ => return Err(unknown(entity, name)),
        }
        if rest.split('.').any(str::is_empty) {
            return Err(unknown(entity, name));
        }
        let (mut path, mut rest) = (field.name.to_string(), rest);
        let mut key = None;
        while key.is_none() && !rest.is_empty() {
            let (inner, after) = rest.split_once('.').unwrap_or((rest, ""));
            path = format!("{path}.{}", snake(inner));
            rest = after;
            // Its keys are whatever somebody called them.
            key = (same(inner, "metadata") && !rest.is_empty()).then(|| rest.to_string());
        }
        let column = Column::at(path, Kind::Any, key);
        Ok(Column { name: dotted(&column.path), ..column })
    }

    /// Its own text in JSON: of a reference that was expanded, the id.
    pub fn id_of(kind: Kind, value: &str) -> Option<&str> {
        match holds_id(kind, value) {
            true => Members::parse(value).ok()?.get("id"),
            false => Some(value),
        }
    }
}

/// Whether it is a reference that was expanded.
fn holds_id(kind: Kind, value: &str) -> bool {
    matches!(kind, Kind::Reference(_) | Kind::Text) && json::is_object(value)
}

/// What stands at a path: of a reference that is expanded, the whole object.
fn expanded(kind: Kind, path: &str, expand: &[String]) -> Kind {
    let leads_there =
        |own: &String| own.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    match kind {
        Kind::Reference(target) if expand.iter().any(leads_there) => {
            target.entity().map_or(kind, |entity| Kind::Object(entity.row))
        }
        kind => kind,
    }
}

/// Path, kind and key of names with dots between them, each of which may be flattened. `path` is where they begin.
fn listed_path(
    kind: Kind,
    path: &str,
    names: &str,
    expand: &[String],
) -> Option<(String, Kind, Option<String>)> {
    let (mut kind, mut path, mut names) = (kind, path.to_string(), names);
    for depth in 0..MAX_DEPTH {
        let (name, rest) = names.split_once('.').map_or((names, None), |(name, rest)| (name, Some(rest)));
        let (inner, found) = listed(kind, &path, name, expand, depth)?;
        path = format!("{path}.{inner}");
        match (rest, found) {
            (None, _) => return Some((path, found, None)),
            (Some(""), _) => return None,
            (Some(key), Kind::Map(value)) => return Some((path, value.kind(), Some(key.to_string()))),
            (Some(rest), _) => (kind, names) = (found, rest),
        }
    }
    None
}

/// Path and kind of a name that the catalog lists inside what stands at a path. What has just that name goes before what
/// is inside something with the beginning of it.
fn listed(kind: Kind, path: &str, name: &str, expand: &[String], depth: usize) -> Option<(String, Kind)> {
    if let Kind::List(_) = kind {
        return same(name, "has_more").then(|| ("has_more".to_string(), Kind::Boolean));
    }
    // Objects can contain each other, and rows are not flattened deeper than this.
    let object = object_of(expanded(kind, path, expand)).filter(|_| depth < MAX_DEPTH)?;
    if let Some(field) = object.fields().find(|field| same(field.name, name)) {
        return Some((field.name.to_string(), field.kind));
    }
    object.fields().find_map(|field| {
        let rest = strip_prefix(name, field.name)?;
        let path = format!("{path}.{}", field.name);
        let (inner, kind) = listed(field.kind, &path, rest, expand, depth + 1)?;
        Some((format!("{}.{inner}", field.name), kind))
    })
}

/// Whether a name means a field, or what is listed inside it.
pub fn is_of(field: Field, name: &str) -> bool {
    let inside = |rest: &str| rest.is_empty() || listed(field.kind, "", rest, &[], 1).is_some();
    strip_prefix(name, field.name).is_some_and(inside)
}

fn unknown(entity: &Entity, name: &str) -> Failed {
    let inside = entity.row.fields().filter_map(|field| {
        let rest = strip_prefix(name, field.name).filter(|rest| !rest.is_empty())?;
        let inner: Vec<String> = object_of(field.kind)?.fields().map(|inner| pascal(inner.name)).collect();
        nearest(rest.trim_start_matches('.'), inner).map(|near| format!("{}{near}", pascal(field.name)))
    });
    let near = nearest(name, entity.row.fields().map(|field| pascal(field.name)));
    let hint = near.or_else(|| inside.into_iter().next());
    let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    invalid(name, format!("{} has no column `{name}`{hint}", entity.name))
}

/// More than any entity has.
const MAX_COLUMNS: usize = 5_000;

/// Finds all columns of a selection.
pub fn select(
    entity: &Entity,
    names: Option<&[String]>,
    expand: &[String],
) -> Result<Option<Vec<Column>>, Failed> {
    if names.is_some_and(|names| names.len() > MAX_COLUMNS) {
        return Err(invalid("columns", format!("at most {MAX_COLUMNS} columns can be selected")));
    }
    names.map(|names| names.iter().map(|name| Column::find(entity, name, expand)).collect()).transpose()
}

/// A column of every row of an entity, as the catalog lists it.
pub struct Listed {
    pub name: String,
    /// `address.city`.
    pub path: String,
    pub field: Field,
}

/// The columns of rows of an object, in the order of Stripe's description. An object is one itself, which stands for all
/// inside it; one that contains itself is not taken apart again.
pub fn of_rows(row: Object) -> Vec<Listed> {
    let mut columns = Vec::new();
    list(row, &mut Vec::new(), &mut Vec::new(), &mut columns);
    part_namesakes(&mut columns);
    columns
}

fn list(object: Object, above: &mut Vec<Object>, path: &mut Vec<&'static str>, columns: &mut Vec<Listed>) {
    above.push(object);
    for field in object.fields() {
        path.push(field.name);
        let name = path.iter().map(|own| pascal(own)).collect();
        let name: String = name;
        columns.push(Listed { name: name.clone(), path: path.join("."), field });
        if let Kind::List(_) = field.kind {
            let path = format!("{}.has_more", path.join("."));
            let field = Field { kind: Kind::Boolean, nullable: true, ..field };
            columns.push(Listed { name: format!("{name}HasMore"), path, field });
        }
        if let Some(inner) = object_of(field.kind)
            && above.len() < MAX_DEPTH
            && !above.contains(&inner)
        {
            list(inner, above, path, columns);
        }
        path.pop();
    }
    above.pop();
}

/// Of columns with one name the one in fewer objects keeps it, as in rows; the others have dots.
fn part_namesakes(columns: &mut [Listed]) {
    let at = |at: usize| columns.get(at);
    let name = |own| at(own).map_or("", |column| column.name.as_str());
    let path = |own| Cow::Borrowed(at(own).map_or("", |column| column.path.as_str()));
    for at in namesakes(columns.len(), &name, &path) {
        if let Some(column) = columns.get_mut(at) {
            column.name = dotted(&column.path);
        }
    }
}

/// Which of so many columns, by name and path, share their name with another that is in fewer objects.
pub fn namesakes<'a>(
    count: usize,
    name: &dyn Fn(usize) -> &'a str,
    path: &dyn Fn(usize) -> Cow<'a, str>,
) -> Vec<usize> {
    let sorted = order(count, &|one, other| name(one).cmp(name(other)));
    let depth = |path: &str| path.bytes().filter(|b| *b == b'.').count();
    let mut later = Vec::new();
    for same in sorted.chunk_by(|one, other| name(*one) == name(*other)).filter(|same| same.len() > 1) {
        let same: Vec<_> = same.iter().map(|at| (*at, path(*at))).collect();
        let first = same.iter().min_by_key(|(at, path)| (depth(path), *at));
        // What is at one path is one column, such as the id of whatever a reference leads to.
        let others = same.iter().filter(|(_, path)| first.is_some_and(|(_, own)| own != path));
        later.extend(others.map(|(at, _)| *at));
    }
    later
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ENTITIES;

    #[test]
    fn every_listed_column_is_found_by_its_name() {
        for entity in ENTITIES {
            for listed in of_rows(entity.row) {
                let found = Column::find(entity, &listed.name, &[]).unwrap();
                assert_eq!((&found.path, found.kind), (&listed.path, listed.field.kind), "{}", entity.name);
            }
        }
    }

    #[test]
    fn a_name_without_end_is_no_column() {
        let intent = crate::catalog::entity("PaymentIntent").unwrap();
        let endless = "LastPaymentErrorPaymentIntent".repeat(5_000) + "Id";
        assert!(Column::find(intent, &endless, &[]).is_err());
    }
}
