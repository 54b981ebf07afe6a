//! Stripe's objects as rows: nested objects flattened, instants as RFC 3339, everything else as Stripe sent it.

use crate::catalog::names::{nearest, pascal, push_pascal, same, snake, strip_prefix};
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

/// So do those under longer names, which every one of their members would repeat.
const MAX_NAME: usize = 250;

/// One value of a row.
struct Cell<'a> {
    /// `AddressCity`.
    name: String,
    /// Stripe's names of a value inside another object: `address.city`. Absent for the row's own fields.
    path: Option<String>,
    /// JSON text.
    value: Cow<'a, str>,
}

/// The values of an object by column, in the order of Stripe's object.
pub struct Row<'a>(Vec<Cell<'a>>);

impl<'a> Row<'a> {
    /// Flattens an object of the entity.
    pub fn of(entity: &Entity, object: &'a str) -> Result<Self, serde_json::Error> {
        let mut row = Row(Vec::new());
        row.flatten(&Place::default(), entity.columns, object, 0)?;
        row.part_namesakes();
        Ok(row)
    }

    /// The value of a column; none if the object does not have it.
    pub fn get(&self, column: &Column) -> Option<Cow<'_, str>> {
        self.0.get(self.position(column)?).and_then(|cell| column.value(cell))
    }

    fn position(&self, column: &Column) -> Option<usize> {
        self.0.iter().position(|cell| match &cell.path {
            Some(path) => *path == column.path,
            None => cell.name == column.name,
        })
    }

    /// Appends the row as JSON: all columns, or the selected ones in their order. A selected column that the object
    /// does not have is null; a selected object gives the columns that it has.
    pub fn write(&self, columns: Option<&[Column]>, json: &mut String) {
        let start = json.len();
        let mut push = |name: &str, value: &str| {
            json.push(if json.len() == start { '{' } else { ',' });
            json.push_str(&json::quote(name));
            json.push(':');
            json.push_str(value);
        };
        match columns {
            None => self.0.iter().for_each(|cell| push(&cell.name, &cell.value)),
            Some(columns) => {
                // Which cells are written, by whatever name, and the titles of those columns that are none.
                let mut written = alloc::vec![false; self.0.len()];
                let mut titles: Vec<String> = Vec::new();
                for column in columns {
                    let mut found = false;
                    for (cell, written) in
                        self.0.iter().zip(&mut written).filter(|(cell, _)| column.holds(cell))
                    {
                        found = true;
                        if !core::mem::replace(written, true) {
                            push(&cell.name, &cell.value);
                        }
                    }
                    let (title, at) = (column.title(), self.position(column));
                    let whole = at.filter(|_| column.key.is_none()).and_then(|at| written.get_mut(at));
                    let again = whole.is_some_and(|written| core::mem::replace(written, true));
                    if !found && !again && !titles.contains(&title) {
                        push(&title, self.get(column).as_deref().unwrap_or("null"));
                        titles.push(title);
                    }
                }
            }
        }
        if json.len() == start {
            json.push('{');
        }
        json.push('}');
    }

    /// The row as JSON, as [`write`](Self::write) has it.
    pub fn to_json(&self, columns: Option<&[Column]>) -> String {
        let mut json = String::new();
        self.write(columns, &mut json);
        json
    }

    fn flatten(
        &mut self,
        place: &Place,
        fields: Fields,
        object: &'a str,
        depth: usize,
    ) -> Result<(), serde_json::Error> {
        for (name, value) in Members::parse(object)?.iter() {
            let kind = catalog::field(fields, name).map(|field| field.kind);
            let nested = json::is_object(value) && depth < MAX_DEPTH && place.prefix.len() < MAX_NAME;
            match kind.unwrap_or(if name == "metadata" { Kind::Map } else { Kind::Any }) {
                Kind::Instant => self.push(place, name, instant_cell(value)),
                Kind::Map | Kind::Array => self.push(place, name, Cow::Borrowed(value)),
                // A reference that was expanded: the column keeps the id.
                Kind::Reference | Kind::Text if nested => {
                    let expanded = Members::parse(value)?;
                    if let Some(id) = expanded.get("id") {
                        self.push(place, name, Cow::Borrowed(id));
                    }
                    let entity = expanded.text("object").and_then(|object| catalog::entity(&object));
                    let fields = entity.map(|entity| entity.columns).unwrap_or_default();
                    self.flatten(&place.inside(name), fields, value, depth + 1)?;
                }
                Kind::Object(inner) if nested => self.flatten_object(place, name, inner, value, depth)?,
                _ if nested => self.flatten_object(place, name, &[], value, depth)?,
                _ => self.push(place, name, Cow::Borrowed(value)),
            }
        }
        Ok(())
    }

    /// A nested object: the array of a list's `data`, or its members as columns. Without members it is one itself, so
    /// that nothing vanishes.
    fn flatten_object(
        &mut self,
        place: &Place,
        name: &str,
        fields: Fields,
        value: &'a str,
        depth: usize,
    ) -> Result<(), serde_json::Error> {
        let members = Members::parse(value)?;
        match (members.text("object").as_deref(), members.get("data")) {
            (Some("list"), Some(data)) => {
                self.push(place, name, Cow::Borrowed(data));
                // Stripe nests the first ten at most. A list that is cut must not look whole.
                if members.get("has_more") == Some("true") {
                    self.push(&place.inside(name), "has_more", Cow::Borrowed("true"));
                }
            }
            _ if members.iter().next().is_none() => self.push(place, name, Cow::Borrowed(value)),
            _ => self.flatten(&place.inside(name), fields, value, depth + 1)?,
        }
        Ok(())
    }

    fn push(&mut self, place: &Place, name: &str, value: Cow<'a, str>) {
        let mut column = String::with_capacity(place.prefix.len() + name.len());
        column.push_str(&place.prefix);
        push_pascal(&mut column, name);
        let path = (!place.path.is_empty()).then(|| format!("{}.{name}", place.path));
        self.0.push(Cell { name: column, path, value });
    }

    /// Two fields can come to the same column, such as an expanded customer's `email` and an invoice's own
    /// `customer_email`. The row's own, or else the one in fewer objects, keeps it; the other has dots: `Customer.Email`.
    fn part_namesakes(&mut self) {
        let depth = |cell: &Cell| cell.path.as_ref().map_or(0, |path| path.matches('.').count());
        let cells = self.0.iter().enumerate();
        let mut names: Vec<(&str, usize, usize)> =
            cells.map(|(at, cell)| (cell.name.as_str(), depth(cell), at)).collect();
        names.sort_unstable();
        let same_name = |pair: &[(&str, usize, usize)]| match pair {
            [(one, ..), (other, _, at)] if one == other => Some(*at),
            _ => None,
        };
        let later: Vec<usize> = names.windows(2).filter_map(same_name).collect();
        for at in later {
            if let Some(cell) = self.0.get_mut(at)
                && let Some(path) = &cell.path
            {
                cell.name = dotted(path);
            }
        }
    }
}

/// Where in an object a value is.
#[derive(Default)]
struct Place {
    /// The column's beginning: `ShippingAddress`.
    prefix: String,
    /// The same by Stripe's names: `shipping.address`.
    path: String,
}

impl Place {
    fn inside(&self, name: &str) -> Place {
        let mut prefix = self.prefix.clone();
        push_pascal(&mut prefix, name);
        let path = if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) };
        Place { prefix, path }
    }
}

/// `customer.address.city` as a column with dots: `Customer.Address.City`.
fn dotted(path: &str) -> String {
    path.split('.').map(pascal).collect::<Vec<_>>().join(".")
}

/// The `id` of an object.
pub fn id(object: &str) -> Option<String> {
    Members::parse(object).ok()?.text("id")
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
    /// `AddressCity`; with dots (`Customer.Email`) where the catalog does not know what is inside.
    name: String,
    /// `address.city`.
    path: String,
    pub kind: Kind,
    /// A key inside a map: `plan` of `Metadata.plan`.
    key: Option<String>,
}

impl Column {
    fn own(field: Field) -> Column {
        Column { name: pascal(field.name), path: field.name.to_string(), kind: field.kind, key: None }
    }

    /// A value inside the object or the list of a field. `inner` is its path there.
    fn inside(field: Field, inner: &str, kind: Kind) -> Column {
        let path = format!("{}.{inner}", field.name);
        Column { name: path.split('.').map(pascal).collect(), path, kind, key: None }
    }

    /// The name as rows carry it.
    pub fn title(&self) -> String {
        match &self.key {
            Some(key) => format!("{}.{key}", self.name),
            None => self.name.clone(),
        }
    }

    /// Its value in its cell.
    fn value<'a>(&self, cell: &'a Cell) -> Option<Cow<'a, str>> {
        match &self.key {
            None => Some(Cow::Borrowed(cell.value.as_ref())),
            Some(key) => Members::parse(&cell.value).ok()?.get(key).map(|text| Cow::Owned(text.to_string())),
        }
    }

    /// Whether it is an object, and the cell a value of it.
    fn holds(&self, cell: &Cell) -> bool {
        let inside = |path: &String| path.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('.'));
        matches!(self.kind, Kind::Object(_)) && self.key.is_none() && cell.path.as_ref().is_some_and(inside)
    }

    /// Finds a column of the entity by any spelling: `AddressCity`, `address_city`, `Address.City`, `Metadata.plan`.
    /// What is inside an object whose members the catalog does not list takes a dot (`Tax.IpAddress`), and so does a
    /// reference (`Customer.Email`), which must be among those that are expanded.
    pub fn find(entity: &Entity, name: &str, expand: &[String]) -> Result<Column, Failed> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        let own = catalog::iter(entity.columns).find(|field| same(field.name, first));
        let Some(rest) = rest else {
            let flat = || {
                catalog::iter(entity.columns).find_map(|field| {
                    let (inner, kind) = listed(field.kind, strip_prefix(name, field.name)?)?;
                    Some(Column::inside(field, &inner, kind))
                })
            };
            return own.map(Column::own).or_else(flat).ok_or_else(|| unknown(entity, name));
        };
        let field = own.ok_or_else(|| unknown(entity, name))?;
        if let Kind::Map = field.kind {
            return Ok(Column { kind: Kind::Any, key: Some(rest.to_string()), ..Column::own(field) });
        }
        if let Some((inner, kind)) = listed(field.kind, &rest.replace('.', "")) {
            return Ok(Column::inside(field, &inner, kind));
        }
        match field.kind {
            Kind::Object([]) => {}
            Kind::Reference if expand.iter().any(|path| path.split('.').next() == Some(field.name)) => {}
            Kind::Reference => {
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
        let inner: Vec<String> = rest.split('.').map(snake).collect();
        let column = Column::inside(field, &inner.join("."), Kind::Any);
        Ok(Column { name: dotted(&column.path), ..column })
    }
}

/// Path and kind of a name that the catalog lists inside a field.
fn listed(kind: Kind, name: &str) -> Option<(String, Kind)> {
    match kind {
        Kind::Object(groups) => catalog::iter(groups).find_map(|field| {
            if same(field.name, name) {
                return Some((field.name.to_string(), field.kind));
            }
            let (inner, kind) = listed(field.kind, strip_prefix(name, field.name)?)?;
            Some((format!("{}.{inner}", field.name), kind))
        }),
        Kind::List if same(name, "has_more") => Some(("has_more".to_string(), Kind::Boolean)),
        _ => None,
    }
}

fn unknown(entity: &Entity, name: &str) -> Failed {
    let open = catalog::iter(entity.columns).find(|field| {
        let rest = strip_prefix(name, field.name).filter(|rest| !rest.is_empty() && !rest.starts_with('.'));
        matches!(field.kind, Kind::Object([])) && rest.is_some()
    });
    let near = nearest(name, catalog::iter(entity.columns).map(|field| pascal(field.name)));
    let hint = match (near, open) {
        (Some(near), _) => format!("; did you mean `{near}`?"),
        (None, Some(open)) => format!("; what is inside `{0}` is written `{0}.Name`", pascal(open.name)),
        (None, None) => String::new(),
    };
    invalid(name, format!("{} has no column `{name}`{hint}", entity.name))
}

/// Finds all columns of a selection.
pub fn select(
    entity: &Entity,
    names: Option<&[String]>,
    expand: &[String],
) -> Result<Option<Vec<Column>>, Failed> {
    names.map(|names| names.iter().map(|name| Column::find(entity, name, expand)).collect()).transpose()
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
