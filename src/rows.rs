//! Stripe's objects as rows: nested objects flattened, instants as RFC 3339, everything else as Stripe sent it.

use crate::catalog::graph::{Cursor, Fields};
use crate::catalog::names::{pascal, push_pascal, strip_prefix};
use crate::catalog::{self, Field, Kind, Object};
use crate::columns::{self, Column};
use crate::instant;
use crate::json::{self, Members};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Deeper objects stay JSON values: a hostile answer cannot exhaust the stack.
pub const MAX_DEPTH: usize = 16;

/// So do those under longer names, which every one of their members would repeat.
const MAX_NAME: usize = 250;

/// One value of a row.
pub struct Cell<'a> {
    /// `AddressCity`.
    pub name: String,
    /// Stripe's names of a value inside another object: `address.city`. Absent for the row's own fields.
    pub path: Option<String>,
    /// JSON text.
    pub value: Cow<'a, str>,
}

impl Cell<'_> {
    /// `name` is the path's as a column.
    fn is_at(&self, path: &str, name: &str) -> bool {
        match &self.path {
            Some(own) => own == path,
            None => !path.contains('.') && self.name == name,
        }
    }
}

const HAS_MORE: &str = "has_more";

/// The values of an object by column, in the order of Stripe's object.
pub struct Row<'a>(Vec<Cell<'a>>);

impl<'a> Row<'a> {
    /// Flattens an object of Stripe's, which has these fields. Its text is known to be JSON.
    pub fn of(fields: Object, object: &'a str) -> Result<Self, json::Error> {
        Row::of_members(fields, &Members::known(object)?)
    }

    /// The same of an object that was taken apart.
    pub fn of_members(fields: Object, object: &Members<'a>) -> Result<Self, json::Error> {
        let mut row = Row(Vec::new());
        row.flatten(&Place { fields: Some(fields), ..Place::default() }, object, 0)?;
        row.part_namesakes();
        Ok(row)
    }

    /// The value of a column; none if the object does not have it.
    pub fn get(&self, column: &Column) -> Option<Cow<'_, str>> {
        self.0.get(self.position(column)?).and_then(|cell| column.value(cell))
    }

    fn position(&self, column: &Column) -> Option<usize> {
        self.0.iter().position(|cell| cell.is_at(&column.path, &column.name))
    }

    /// Appends the row as JSON: all columns, or the selected ones in their order. A selected column that the object
    /// does not have is null; a selected object gives the columns that it has.
    pub fn write(&self, columns: Option<&[Column]>, json: &mut String) {
        let start = json.len();
        let mut push = |name: &str, value: &str| {
            json.push(if json.len() == start { '{' } else { ',' });
            json::push_quoted(json, name);
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

    fn flatten(&mut self, place: &Place, members: &Members<'a>, depth: usize) -> Result<(), json::Error> {
        let mut fields = place.fields.map(Cursor::new);
        for (name, value) in members.iter() {
            let kind = fields.as_mut().and_then(|fields| fields.find(name)).map(|field| field.kind);
            let nested = json::is_object(value) && depth < MAX_DEPTH && place.prefix.len() < MAX_NAME;
            let inside = |inner| place.inside(name, inner, fields.as_ref().map(Cursor::following));
            match kind {
                Some(Kind::Instant) => self.push(place, name, instant_cell(value)),
                Some(Kind::Map(_) | Kind::Array(_)) => self.push(place, name, Cow::Borrowed(value)),
                None if name == "metadata" => self.push(place, name, Cow::Borrowed(value)),
                // A reference that was expanded: the column keeps the id.
                Some(Kind::Reference(_) | Kind::Text) if nested => {
                    let expanded = Members::known(value)?;
                    if let Some(id) = expanded.get("id") {
                        self.push(place, name, Cow::Borrowed(id));
                    }
                    let object = expanded.text("object");
                    let entity = object.and_then(|object| catalog::entity_of_object(&object));
                    self.flatten(&inside(entity.map(|entity| entity.row)), &expanded, depth + 1)?;
                }
                Some(Kind::Object(inner)) if nested => {
                    self.flatten_object(place, name, &inside(Some(inner)), value, depth)?;
                }
                // Such as `now` or an instant.
                Some(Kind::OneOf(several)) if several.kinds().any(|kind| kind == Kind::Instant) => {
                    self.push(place, name, instant_cell(value));
                }
                Some(Kind::OneOf(several)) if nested => {
                    self.flatten_object(place, name, &inside(several.object()), value, depth)?;
                }
                _ if nested => self.flatten_object(place, name, &inside(None), value, depth)?,
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
        inside: &Place,
        value: &'a str,
        depth: usize,
    ) -> Result<(), json::Error> {
        let members = Members::known(value)?;
        match (members.text("object").as_deref(), members.get("data")) {
            (Some("list"), Some(data)) => {
                self.push(place, name, Cow::Borrowed(data));
                // Stripe nests the first ten at most. A list that is cut must not look whole.
                if members.get(HAS_MORE) == Some("true") {
                    self.push(inside, HAS_MORE, Cow::Borrowed("true"));
                }
            }
            _ if members.iter().next().is_none() => self.push(place, name, Cow::Borrowed(value)),
            _ => self.flatten(inside, &members, depth + 1)?,
        }
        Ok(())
    }

    /// The text at a path of Stripe's names.
    pub fn text_at(&self, path: &str) -> Option<String> {
        json::text(&self.cell(path)?.value)
    }

    /// Whether a nested list has more than Stripe sent.
    pub fn is_cut(&self, path: &str) -> bool {
        self.cell(&joined(path, HAS_MORE)).is_some()
    }

    /// A text of a nested list's first item.
    pub fn text_of_first(&self, path: &str, name: &str) -> Option<String> {
        let items = json::items(&self.cell(path)?.value).ok()?;
        Members::known(items.first()?).ok()?.text(name)
    }

    /// Puts a whole list in the place of one that was cut.
    pub fn complete(&mut self, path: &str, items: String) {
        let cut = joined(path, HAS_MORE);
        self.0.retain(|cell| cell.path.as_ref() != Some(&cut));
        let name = pascal(path);
        if let Some(cell) = self.0.iter_mut().find(|cell| cell.is_at(path, &name)) {
            cell.value = Cow::Owned(items);
        }
    }

    fn cell(&self, path: &str) -> Option<&Cell<'a>> {
        let name = pascal(path);
        self.0.iter().find(|cell| cell.is_at(path, &name))
    }

    /// A text of the row's own, such as its `Id`.
    pub fn text(&self, name: &str) -> Option<String> {
        let own = self.0.iter().find(|cell| cell.path.is_none() && cell.name == name)?;
        json::text(&own.value)
    }

    /// Whether it says that it is not deleted, which is no answer to a DELETE.
    pub fn denies_deletion(&self) -> bool {
        self.0.iter().any(|cell| cell.path.is_none() && cell.name == "Deleted" && cell.value == "false")
    }

    /// Adds `Deleted`, which not every answer to a DELETE says of itself.
    pub fn mark_deleted(&mut self) {
        if !self.0.iter().any(|cell| cell.name == "Deleted") {
            self.push(&Place::default(), "deleted", Cow::Borrowed("true"));
        }
    }

    fn push(&mut self, place: &Place, name: &str, value: Cow<'a, str>) {
        let mut column = String::with_capacity(place.prefix.len() + name.len());
        column.push_str(&place.prefix);
        push_pascal(&mut column, name);
        let path = (!place.path.is_empty()).then(|| joined(&place.path, name));
        if let Some(path) = path.as_ref().filter(|_| place.gives_way(&column)) {
            column = columns::dotted(path);
        }
        self.0.push(Cell { name: column, path, value });
    }

    /// Two fields can come to the same column, such as an expanded customer's `email` and an invoice's own
    /// `customer_email`. The row's own, or else the one in fewer objects, keeps it; the other has dots: `Customer.Email`.
    fn part_namesakes(&mut self) {
        let named = self.0.iter().map(|cell| (cell.name.as_str(), cell.path.as_deref().unwrap_or_default()));
        for at in columns::namesakes(named) {
            if let Some(cell) = self.0.get_mut(at)
                && let Some(path) = &cell.path
            {
                cell.name = columns::dotted(path);
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
    /// Of the object there.
    fields: Option<Object>,
    /// Fields of an object around it from the first on that begins with the name of what it is in there, as
    /// `payment_method_type` does with `payment_method`; and how long the prefix is there, and with that name.
    beside: Option<(Fields, usize, usize)>,
}

impl Place {
    /// `following` are the fields after its own: Stripe's are in the order of their names.
    fn inside(&self, name: &str, fields: Option<Object>, following: Option<Fields>) -> Place {
        let mut prefix = self.prefix.clone();
        push_pascal(&mut prefix, name);
        let path = if self.path.is_empty() { name.to_string() } else { joined(&self.path, name) };
        let begins = |field: Field| field.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
        let own = following.filter(|following| { *following }.next().is_some_and(begins));
        let beside = self.beside.or(own.map(|fields| (fields, self.prefix.len(), prefix.len())));
        Place { prefix, path, fields, beside }
    }

    /// Whether a column of a value here is that of a field which is in fewer objects, even where that is left out or null: a
    /// column means the same in every row.
    fn gives_way(&self, column: &str) -> bool {
        let Some((fields, start, end)) = self.beside else { return false };
        let (Some(own), Some(column)) = (column.get(start..end), column.get(start..)) else { return false };
        let begins = |field: &Field| strip_prefix(field.name, own).is_some_and(|rest| !rest.is_empty());
        fields.take_while(begins).any(|field| columns::is_of(field, column))
    }
}

/// `address` and `city` as a path. Every value of every row comes through here, and `format` takes three times as long.
fn joined(path: &str, name: &str) -> String {
    let mut joined = String::with_capacity(path.len() + 1 + name.len());
    joined.push_str(path);
    joined.push('.');
    joined.push_str(name);
    joined
}

/// The `id` of an object.
pub fn id(object: &str) -> Option<String> {
    Members::known(object).ok()?.text("id")
}

fn instant_cell(value: &str) -> Cow<'_, str> {
    match value.parse().ok().and_then(instant::to_text) {
        Some(text) => Cow::Owned(json::quote(&text)),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
