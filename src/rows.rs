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

/// One value of a row.
struct Cell<'a> {
    /// `AddressCity`.
    name: String,
    /// So much of the name is the object's own field, and so much the object that holds the value. Both are 0 for a
    /// value that is no other object's.
    root: usize,
    parent: usize,
    /// JSON text.
    value: Cow<'a, str>,
}

impl Cell<'_> {
    fn is_nested(&self) -> bool {
        self.parent > 0
    }
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
        let fits = |cell: &&Cell| cell.is_nested() == column.nested && same_path(&cell.name, &column.name);
        let value = &self.0.iter().find(fits)?.value;
        match &column.key {
            None => Some(Cow::Borrowed(value.as_ref())),
            Some(key) => Members::parse(value).ok()?.get(key).map(|text| Cow::Owned(text.to_string())),
        }
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
                let mut written: Vec<String> = Vec::new();
                let mut once = |name: &str, value: &str| {
                    if !written.iter().any(|earlier| earlier == name) {
                        written.push(name.to_string());
                        push(name, value);
                    }
                };
                for column in columns {
                    let mut inside = self.0.iter().filter(|cell| column.holds(cell)).peekable();
                    match inside.peek() {
                        Some(_) => inside.for_each(|cell| once(&cell.name, &cell.value)),
                        None => once(&column.title(), self.get(column).as_deref().unwrap_or("null")),
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
            let nested = json::is_object(value) && depth < MAX_DEPTH;
            match kind.unwrap_or(if name == "metadata" { Kind::Map } else { Kind::Any }) {
                Kind::Instant => self.push(place, name, instant_cell(value)),
                Kind::Map | Kind::Array => self.push(place, name, Cow::Borrowed(value)),
                // A reference that was expanded: the column keeps the id.
                Kind::Reference if nested => {
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
        let Place { prefix, root } = place;
        let mut column = String::with_capacity(prefix.len() + name.len());
        column.push_str(prefix);
        push_pascal(&mut column, name);
        self.0.push(Cell { name: column, root: *root, parent: prefix.len(), value });
    }

    /// Two fields can come to the same column, such as an expanded customer's `email` and an invoice's own
    /// `customer_email`. The one that is nested deeper gets a dot: `Customer.Email`.
    fn part_namesakes(&mut self) {
        let cells = self.0.iter().enumerate();
        let mut names: Vec<(&str, usize, usize)> =
            cells.map(|(at, cell)| (cell.name.as_str(), cell.parent, at)).collect();
        names.sort_unstable();
        let mut deeper: Vec<usize> = Vec::new();
        let mut first = ("", 0);
        for (name, parent, at) in names {
            if name != first.0 {
                first = (name, parent);
            } else if parent > first.1 {
                deeper.push(at);
            }
        }
        for at in deeper {
            if let Some(cell) = self.0.get_mut(at) {
                let (parent, own) = cell.name.split_at(cell.parent);
                cell.name = format!("{parent}.{own}");
            }
        }
    }
}

/// Where in an object a value is: the column's beginning, and how much of it is the object's own field.
#[derive(Default)]
struct Place {
    prefix: String,
    root: usize,
}

impl Place {
    fn inside(&self, name: &str) -> Place {
        let mut prefix = self.prefix.clone();
        push_pascal(&mut prefix, name);
        let root = if self.root == 0 { prefix.len() } else { self.root };
        Place { prefix, root }
    }
}

/// Whether two columns are the same, whatever dots they are written with.
fn same_path(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace('.', "");
    if one.contains('.') || other.contains('.') { same(&plain(one), &plain(other)) } else { same(one, other) }
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
    /// `AddressCity`.
    pub name: String,
    pub kind: Kind,
    /// A key inside a map: `plan` of `Metadata.plan`.
    pub key: Option<String>,
    /// Stripe's name of the object's own field.
    pub field: &'static str,
    /// The value is inside another object than the row's.
    nested: bool,
}

impl Column {
    /// The name as rows carry it.
    pub fn title(&self) -> String {
        match &self.key {
            Some(key) => format!("{}.{key}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether it is an object, and the cell a value of it.
    fn holds(&self, cell: &Cell) -> bool {
        let object = matches!(self.kind, Kind::Object(_)) && self.key.is_none() && !self.nested;
        object && cell.name.get(..cell.root) == Some(self.name.as_str())
    }

    /// Finds a column of the entity by any spelling: `AddressCity`, `address_city`, `Address.City`, `Metadata.plan`.
    /// What is inside an object whose members the catalog does not list takes a dot (`Tax.IpAddress`), and so does a
    /// reference (`Customer.Email`), which must be among those that are expanded.
    pub fn find(entity: &Entity, name: &str, expand: &[String]) -> Result<Column, Failed> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        let own = catalog::iter(entity.columns).find(|field| same(field.name, first));
        let column = |field: Field, kind, key, nested: &str| Column {
            name: format!("{}{nested}", pascal(field.name)),
            kind,
            key,
            field: field.name,
            nested: !nested.is_empty(),
        };
        let Some(rest) = rest else {
            let flat = || {
                catalog::iter(entity.columns).find_map(|field| {
                    let rest = strip_prefix(name, field.name)?;
                    let kind = match field.kind {
                        Kind::Object(groups) => inner_kind(groups, rest)?,
                        Kind::List if same(rest, "has_more") => Kind::Boolean,
                        _ => return None,
                    };
                    Some(column(field, kind, None, &pascal(&snake(rest))))
                })
            };
            let found = own.map(|field| column(field, field.kind, None, ""));
            return found.or_else(flat).ok_or_else(|| unknown(entity, name));
        };
        let field = own.ok_or_else(|| unknown(entity, name))?;
        let nested: String = rest.split('.').map(|name| pascal(&snake(name))).collect();
        match field.kind {
            Kind::Map => Ok(column(field, Kind::Any, Some(rest.to_string()), "")),
            Kind::Object([]) if !nested.is_empty() => Ok(column(field, Kind::Any, None, &nested)),
            Kind::Object(groups) => match inner_kind(groups, &nested) {
                Some(kind) => Ok(column(field, kind, None, &nested)),
                None => Err(unknown(entity, name)),
            },
            Kind::Reference if !nested.is_empty() => {
                let expanded = |path: &String| path.split('.').next() == Some(field.name);
                if !expand.iter().any(expanded) {
                    return Err(invalid(
                        name,
                        format!("`{name}` is of another object: it takes `{}` in `expand`", field.name),
                    ));
                }
                Ok(column(field, Kind::Any, None, &nested))
            }
            _ => Err(unknown(entity, name)),
        }
    }
}

/// What a flattened name inside groups of fields holds.
fn inner_kind(groups: Fields, name: &str) -> Option<Kind> {
    catalog::iter(groups).find_map(|field| match field.kind {
        kind if same(field.name, name) => Some(kind),
        Kind::Object([]) => None,
        Kind::Object(inner) => inner_kind(inner, strip_prefix(name, field.name)?),
        _ => None,
    })
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
