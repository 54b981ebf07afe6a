//! Rows. The input is `ENTITY COLUMN,COLUMN` in the first line, and one of Stripe's objects after it.

use crate::{assert_refused, entity, is_json, split_line};
use std::collections::BTreeMap;
use stripe_connector_native::api::types::FailureKind;
use stripe_connector_native::catalog::names::pascal;
use stripe_connector_native::catalog::{Entity, Kind};
use stripe_connector_native::columns::select;
use stripe_connector_native::json::{Members, is_object, items, text};
use stripe_connector_native::layout::Layouts;
use stripe_connector_native::rows::Row;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An object that is JSON makes a row that is JSON, with the object's id, and of an object like Stripe's nothing changes but
/// how instants are written; picked columns hold what the whole row holds.
pub fn row(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (head, object) = split_line(input);
    let (name, columns) = head.split_once(' ').unwrap_or((head, ""));
    let entity = entity(name);
    let Ok(members) = Members::parse(object) else { return };
    let Ok(row) = Row::of(&Layouts::new(), entity.row, &members) else { return };
    let json = row.to_json(None);
    assert!(is_json(&json), "{json}");
    // What was known of other objects before makes no difference.
    thread_local! { static LAYOUTS: Layouts = const { Layouts::new() } }
    let again = LAYOUTS.with(|layouts| Row::of(layouts, entity.row, &members).map(|row| row.to_json(None)));
    assert_eq!(again.ok().as_deref(), Some(json.as_str()));

    let is_like_stripes = is_like_stripes(object.trim_ascii_start(), 0);
    if is_like_stripes {
        let whole = cells(&json);
        if let Some(id) = members.text("id") {
            assert_eq!(row.text("Id"), Some(id));
        }
        for (name, value) in members.iter().filter(|(name, value)| !is_object(value) || *name == "metadata") {
            assert_same(name, value, whole.get(&pascal(name)));
        }
    }
    assert_picked(entity, columns, &members, &row, is_like_stripes.then(|| cells(&json)).as_ref());
}

fn assert_picked(
    entity: &Entity,
    columns: &str,
    members: &Members,
    row: &Row,
    whole: Option<&BTreeMap<String, &str>>,
) {
    let references = entity.row.fields().filter(|field| matches!(field.kind, Kind::Reference(_)));
    let expand: Vec<String> = references.map(|field| field.name.to_owned()).collect();
    let names: Vec<String> = columns.split(',').map(str::to_owned).collect();
    let columns = match select(entity, Some(&names), &expand) {
        Ok(columns) => columns.unwrap_or_default(),
        Err(failure) => return assert_refused(&failure, &[FailureKind::InvalidInput]),
    };
    let json = row.to_json(Some(&columns));
    assert!(is_json(&json), "{json}");
    let Some(whole) = whole else { return };
    for (name, value) in cells(&json) {
        let column = columns.iter().find(|column| column.title() == name);
        let is_inside = column.is_some_and(|column| column.key.is_some());
        let is_same = whole.get(&name).map_or(column.is_some(), |own| *own == value);
        assert!(is_inside || is_same, "{name}: {json}");
    }
    for column in columns.iter().filter(|column| column.key.is_none() && is_single(column.kind)) {
        let in_row = row.get(column).filter(|value| value != "null");
        let in_object = column.find_in(members);
        let is_whole = column.path.ends_with("has_more");
        assert!(is_whole || in_row.as_deref() == in_object, "{column:?}: {in_row:?}, {in_object:?}");
    }
}

/// Whether a filter looks at what is in the row, as it is.
fn is_single(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Text | Kind::Enum(_) | Kind::Reference(_) | Kind::Integer | Kind::Number | Kind::Boolean
    )
}

/// The members of a row by name, of which no two have the same.
fn cells(json: &str) -> BTreeMap<String, &str> {
    let members = Members::parse(json).expect("a row is an object");
    let mut cells = BTreeMap::new();
    for (name, value) in members.iter() {
        assert_eq!(cells.insert(name.to_owned(), value), None, "`{name}` stands twice in {json}");
    }
    cells
}

fn assert_same(name: &str, value: &str, cell: Option<&&str>) {
    let cell = cell.unwrap_or_else(|| panic!("`{name}` is lost"));
    if *cell != value {
        let instant = text(cell).and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok());
        let seconds = instant.map(|instant| instant.unix_timestamp());
        assert!(seconds.is_some() && seconds == value.parse().ok(), "`{name}` was {value} and is {cell}");
    }
}

/// Whether an object is named as all of Stripe's are, each name once, and is no deeper than any of them.
fn is_like_stripes(json: &str, depth: usize) -> bool {
    if json.starts_with('[') {
        return depth < 10
            && items(json).is_ok_and(|items| items.iter().all(|item| is_like_stripes(item, depth + 1)));
    }
    if !is_object(json) {
        return true;
    }
    let Ok(members) = Members::parse(json) else { return false };
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    depth < 10
        && names.windows(2).all(|pair| pair[0] != pair[1])
        && members.iter().all(|(name, value)| is_name(name) && is_like_stripes(value, depth + 1))
}

fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.len() <= 40 && name.split('_').all(is_word)
}
