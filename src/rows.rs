//! Stripe's objects as rows: nested objects flattened, instants as RFC 3339, everything else as Stripe sent it.

use crate::catalog::names::pascal;
use crate::catalog::{self, Kind, Object};
use crate::columns::Column;
use crate::instant;
use crate::json::{self, Members};
use crate::layout::{self, Layouts, Place, Title, Titles, joined};
use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Deeper objects stay JSON values: a hostile answer cannot exhaust the stack.
pub const MAX_DEPTH: usize = 16;

/// So do those under longer names, which every one of their members would repeat.
const MAX_NAME: usize = 250;

/// One value of a row.
pub struct Cell<'a> {
    pub title: Rc<Title>,
    /// JSON text.
    pub value: Cow<'a, str>,
}

impl Cell<'_> {
    /// `name` is the path's as a column.
    fn is_at(&self, path: &str, name: &str) -> bool {
        match self.title.is_own() {
            true => !path.contains('.') && self.title.name() == name,
            false => self.title.is_at(path),
        }
    }

    /// Whether it is the row's own value of that name.
    fn is_own(&self, name: &str) -> bool {
        self.title.is_own() && self.title.name() == name
    }
}

const HAS_MORE: &str = "has_more";

/// The values of an object by column, in the order of Stripe's object.
pub struct Row<'a>(Vec<Cell<'a>>);

impl<'a> Row<'a> {
    /// Flattens an object of Stripe's, which has these fields, with what is known of others of its kind.
    pub fn of(layouts: &Layouts, fields: Object, object: &Members<'a>) -> Result<Self, json::Error> {
        let mut cells = Vec::with_capacity(object.len());
        let namesakes = flatten(layouts, fields, object, &mut |title, value| {
            cells.push(Cell { title: Rc::clone(title), value })
        })?;
        let mut row = Row(cells);
        if namesakes {
            row.part_namesakes();
        }
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
        let mut push = |title: &Title, value: &str| {
            let sign = if json.len() == start { b'{' } else { b',' };
            json::push_member(json, sign, &title.begin, value);
        };
        match columns {
            None => self.0.iter().for_each(|cell| push(&cell.title, &cell.value)),
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
                            push(&cell.title, &cell.value);
                        }
                    }
                    let (title, at) = (column.title(), self.position(column));
                    let whole = at.filter(|_| column.key.is_none()).and_then(|at| written.get_mut(at));
                    let again = whole.is_some_and(|written| core::mem::replace(written, true));
                    if !found && !again && !titles.contains(&title) {
                        push(&Title::own(&title), self.get(column).as_deref().unwrap_or("null"));
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
        Members::parse(items.first()?).ok()?.text(name)
    }

    /// Puts a whole list in the place of one that was cut.
    pub fn complete(&mut self, path: &str, items: String) {
        let cut = joined(path, HAS_MORE);
        self.0.retain(|cell| !cell.title.is_at(&cut));
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
        let own = self.0.iter().find(|cell| cell.is_own(name))?;
        json::text(&own.value)
    }

    /// Whether it says that it is not deleted, which is no answer to a DELETE.
    pub fn denies_deletion(&self) -> bool {
        self.0.iter().any(|cell| cell.is_own("Deleted") && cell.value == "false")
    }

    /// Adds `Deleted`, which not every answer to a DELETE says of itself.
    pub fn mark_deleted(&mut self) {
        if !self.0.iter().any(|cell| cell.title.name() == "Deleted") {
            self.0.push(Cell { title: Title::own("Deleted"), value: Cow::Borrowed("true") });
        }
    }

    /// Two fields can come to the same column, such as an expanded customer's `email` and an invoice's own
    /// `customer_email`. The row's own, or else the one in fewer objects, keeps it; the other has dots: `Customer.Email`.
    fn part_namesakes(&mut self) {
        for at in layout::namesakes(&self.0, |cell| &cell.title) {
            if let Some(cell) = self.0.get_mut(at)
                && let Some(title) = cell.title.dotted()
            {
                cell.title = title;
            }
        }
    }
}

/// Appends a whole row as JSON, which is what most callers want: no cell of it is kept.
pub fn write(
    layouts: &Layouts,
    fields: Object,
    object: &Members,
    json: &mut String,
) -> Result<(), json::Error> {
    let start = json.len();
    let mut sign = b'{';
    let namesakes = flatten(layouts, fields, object, &mut |title, value| {
        json::push_member(json, core::mem::replace(&mut sign, b','), &title.begin, &value);
    })?;
    if namesakes {
        json.truncate(start);
        Row::of(layouts, fields, object)?.write(None, json);
    } else {
        json.push_str(if sign == b'{' { "{}" } else { "}" });
    }
    Ok(())
}

/// Takes a column and its value.
type TakeCell<'c, 'a> = &'c mut dyn FnMut(&Rc<Title>, Cow<'a, str>);

/// Gives the values of an object by column, and tells whether columns of its kind can come to the same name.
fn flatten<'a>(
    layouts: &Layouts,
    fields: Object,
    object: &Members<'a>,
    cell: TakeCell<'_, 'a>,
) -> Result<bool, json::Error> {
    layouts.with(fields, |layout| {
        Flattening { titles: &mut layout.titles, cell }.object(&mut layout.root, object, 0)?;
        Ok(layout.has_namesakes())
    })
}

/// The object that is being flattened.
struct Flattening<'l, 'c, 'a> {
    titles: &'l mut Titles,
    cell: TakeCell<'c, 'a>,
}

impl<'a> Flattening<'_, '_, 'a> {
    fn object(&mut self, place: &mut Place, members: &Members<'a>, depth: usize) -> Result<(), json::Error> {
        let mut at = 0;
        place.begin(members);
        for own in members.members() {
            let (name, value) = (own.name, own.value);
            let (names, member) = place.member(&mut at, name);
            let nested = json::is_object(value) && depth < MAX_DEPTH && names.prefix.len() < MAX_NAME;
            let kind = member.kind;
            let mut push = |value| (self.cell)(member.title(names, self.titles), value);
            let fields = match kind {
                Some(Kind::Instant) => {
                    push(instant_cell(value));
                    continue;
                }
                Some(Kind::Map(_) | Kind::Array(_)) => {
                    push(Cow::Borrowed(value));
                    continue;
                }
                None if name == "metadata" => {
                    push(Cow::Borrowed(value));
                    continue;
                }
                // Such as `now` or an instant.
                Some(Kind::OneOf(several)) if several.kinds().any(|kind| kind == Kind::Instant) => {
                    push(instant_cell(value));
                    continue;
                }
                _ if !nested => {
                    push(Cow::Borrowed(value));
                    continue;
                }
                // A reference that was expanded: the column keeps the id.
                Some(Kind::Reference(_) | Kind::Text) => {
                    let expanded = own.inside()?;
                    if let Some(id) = expanded.get("id") {
                        push(Cow::Borrowed(id));
                    }
                    let object = expanded.text("object");
                    let entity = object.and_then(|object| catalog::entity_of_object(&object));
                    let inside = member.inside(names, entity.map(|entity| entity.row));
                    self.object(inside, &expanded, depth + 1)?;
                    continue;
                }
                Some(Kind::Object(inner)) => Some(inner),
                Some(Kind::OneOf(several)) => several.object(),
                _ => None,
            };
            // A nested object: the array of a list's `data`, or its members as columns. Without members it is one itself,
            // so that nothing vanishes.
            let inner = own.inside()?;
            let is_list = inner.get("object") == Some("\"list\"");
            match inner.get("data").filter(|_| is_list) {
                Some(data) => {
                    push(Cow::Borrowed(data));
                    // Stripe nests the first ten at most. A list that is cut must not look whole.
                    if inner.get(HAS_MORE) == Some("true") {
                        let place = member.inside(names, fields);
                        place.begin(&inner);
                        let (names, cut) = place.member(&mut 0, HAS_MORE);
                        (self.cell)(cut.title(names, self.titles), Cow::Borrowed("true"));
                    }
                }
                _ if inner.is_empty() => push(Cow::Borrowed(value)),
                _ => self.object(member.inside(names, fields), &inner, depth + 1)?,
            }
        }
        Ok(())
    }
}

fn instant_cell(value: &str) -> Cow<'_, str> {
    match value.parse().ok().and_then(instant::to_text) {
        Some(text) => Cow::Owned(["\"", &text, "\""].concat()),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
