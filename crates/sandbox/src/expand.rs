//! `expand`: ids replaced by their objects, and fields that are left out unless asked for.
//!
//! What can be expanded stands in Stripe's description. A path is checked against it before
//! anything happens, so that a wrong one changes nothing.

use serde_json::{Map, Value};

use crate::error::{ApiError, Result};
use crate::list::embedded;
use crate::spec::{Fields, Node, NodeId, SPEC};
use crate::store::{Index, Store};

const MAX_LEVELS: usize = 4;

/// Checks that an endpoint's answer can be expanded along this path.
pub fn check(gives: NodeId, path: &str) -> Result<()> {
    let segments: Vec<&str> = path.split('.').collect();
    if segments.len() > MAX_LEVELS {
        return Err(ApiError::invalid(format!(
            "At most {MAX_LEVELS} levels of a property can be expanded. Property: {path}"
        ))
        .param("expand"));
    }
    let shapes = SPEC.shapes(gives);
    if reaches(&shapes, &segments, false) {
        return Ok(());
    }
    let hint = if shapes.iter().any(|fields| is_list(fields)) && segments.first() != Some(&"data") {
        format!(" On a list it starts with data: data.{path}")
    } else {
        String::new()
    };
    Err(ApiError::invalid(format!("This property cannot be expanded ({path}).{hint}")).param("expand"))
}

/// Whether a path of fields ends at one that can be expanded. `opened` is true below a field that
/// is expanded itself.
fn reaches(shapes: &[&Fields], path: &[&str], opened: bool) -> bool {
    let Some((name, rest)) = path.split_first() else {
        return opened;
    };
    shapes.iter().any(|fields| {
        let Some(node) = fields.all.get(*name) else {
            return false;
        };
        // The objects of a list are as open as the list is. A search counts only when asked to.
        let opens = match (is_list(fields), *name) {
            (true, "data") => opened,
            (true, "total_count") => fields.all.contains_key("next_page"),
            _ => expands(fields, name, *node),
        };
        reaches(&inside(*node), rest, opens)
    })
}

fn expands(fields: &Fields, name: &str, node: NodeId) -> bool {
    refers(node) || fields.left_out.iter().any(|known| known == name)
}

fn refers(node: NodeId) -> bool {
    match SPEC.node(node) {
        Node::Expandable(_) => true,
        Node::Nullable(inner) | Node::Array(inner) => refers(*inner),
        Node::AnyOf(nodes) => nodes.iter().any(|node| refers(*node)),
        _ => false,
    }
}

/// The objects that a field may hold, also as the elements of an array.
fn inside(node: NodeId) -> Vec<&'static Fields> {
    match SPEC.node(node) {
        Node::Array(inner) => inside(*inner),
        Node::Nullable(inner) => inside(*inner),
        Node::AnyOf(nodes) => nodes.iter().flat_map(|node| inside(*node)).collect(),
        _ => SPEC.shapes(node),
    }
}

fn is_list(fields: &Fields) -> bool {
    fields.all.contains_key("data") && fields.all.contains_key("has_more")
}

/// Expands an answer along a path that was checked.
pub fn apply(store: &Store, gives: NodeId, answer: &mut Value, path: &str) {
    let segments: Vec<&str> = path.split('.').collect();
    open(store, &SPEC.shapes(gives), answer, &segments, "");
}

/// Opens one field of a value, then what lies behind it. `owner` is the id of the nearest object
/// around the value, to which its lists belong.
fn open(store: &Store, shapes: &[&Fields], value: &mut Value, path: &[&str], owner: &str) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| open(store, shapes, item, path, owner));
        return;
    }
    let (Some((name, rest)), Value::Object(holder)) = (path.split_first(), value) else {
        return;
    };
    let own = holder.get("id").and_then(Value::as_str).map(str::to_owned);
    let owner = own.as_deref().unwrap_or(owner);
    let Some((fields, node)) = known(shapes, holder, name) else {
        return;
    };
    if !is_list(fields) {
        if holder.get(*name).is_none_or(Value::is_null) {
            let kind = holder.get("object").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(value) = left_out(store, &kind, owner, name, node) {
                holder.insert((*name).to_owned(), value);
            }
        }
        if let Some(slot) = holder.get_mut(*name).filter(|_| refers(node)) {
            resolve(store, slot);
        }
    }
    if let Some(slot) = holder.get_mut(*name) {
        open(store, &inside(node), slot, rest, owner);
    }
}

/// The field's node in the alternative that the object is: by its `object`, where it has one.
fn known<'a>(shapes: &[&'a Fields], holder: &Map<String, Value>, name: &str) -> Option<(&'a Fields, NodeId)> {
    let fits = |fields: &&&Fields| {
        let Some((node, object)) = fields.all.get("object").zip(holder.get("object")) else {
            return true;
        };
        match SPEC.node(*node) {
            Node::Enum(words) => words.iter().any(|word| object == word.as_str()),
            _ => true,
        }
    };
    let having = |fields: &&'a Fields| fields.all.get(name).map(|node| (*fields, *node));
    shapes.iter().filter(fits).find_map(having)
}

/// An id, or a list of ids, becomes the object or what is left of it.
fn resolve(store: &Store, slot: &mut Value) {
    if let Value::Array(slots) = slot {
        slots.iter_mut().for_each(|slot| resolve(store, slot));
    } else if let Some(id) = slot.as_str()
        && let Some(found) = store.find(id).or_else(|| store.tombstone(id))
    {
        *slot = found;
    }
}

/// What is there only when it is expanded: a value kept aside, or the list of what belongs to the
/// object.
fn left_out(store: &Store, kind: &str, owner: &str, name: &str, node: NodeId) -> Option<Value> {
    if let Some(value) = store.hidden(owner, name) {
        return Some(value.clone());
    }
    let list = inside(node).into_iter().find(|fields| is_list(fields))?;
    let kinds = list.all.get("data").map(|data| kinds(*data)).unwrap_or_default();
    let mut items: Vec<Value> =
        kinds.iter().flat_map(|kind| store.all(&Index::under(kind, owner)).rev()).collect();
    items.truncate(crate::list::EMBEDDED + 1);
    // Checkout sessions live at `checkout/sessions`.
    let path = kind.replace('.', "/");
    Some(embedded(items, &format!("/v1/{path}s/{owner}/{name}")))
}

/// What the objects of a list are called in their `object`.
fn kinds(data: NodeId) -> Vec<String> {
    let words = |fields: &&Fields| match fields.all.get("object").map(|node| SPEC.node(*node)) {
        Some(Node::Enum(words)) => words.clone(),
        _ => Vec::new(),
    };
    let mut kinds: Vec<String> = inside(data).iter().flat_map(words).collect();
    kinds.dedup();
    kinds
}
