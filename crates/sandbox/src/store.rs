//! Objects by id, and per kind an ordered index, so that a page of a list costs its own length
//! and a cursor is a look-up, however many objects there are.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use serde_json::{Map, Value};

/// Where an object stands in its lists: by its second of creation, then by order of arrival.
pub type Place = (i64, u64);

/// A list that is kept in order: all objects of a kind, or those with one value in one field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Index {
    kind: String,
    field: &'static str,
    value: String,
}

impl Index {
    pub fn all(kind: &str) -> Index {
        Index::of(kind, "", "")
    }

    /// What belongs to one object, such as the lines of an invoice.
    pub fn under(kind: &str, parent: &str) -> Index {
        Index::of(kind, "(parent)", parent)
    }

    pub fn of(kind: &str, field: &'static str, value: &str) -> Index {
        Index { kind: kind.to_owned(), field, value: value.to_owned() }
    }
}

/// The fields by which lists are commonly narrowed.
pub fn indexed(kind: &str) -> &'static [&'static str] {
    match kind {
        "customer" => &["email"],
        "charge" => &["payment_intent", "customer"],
        "payment_intent" | "payment_method" | "quote" => &["customer"],
        "invoice" => &["customer"],
        "invoiceitem" => &["invoice", "customer"],
        "price" => &["lookup_key", "product"],
        _ => &[],
    }
}

#[derive(Debug)]
struct Entry {
    place: Place,
    parent: Option<String>,
    object: Value,
    /// Fields that Stripe leaves out unless they are expanded.
    hidden: Map<String, Value>,
}

/// All objects of one account.
#[derive(Debug, Default)]
pub struct Store {
    entries: HashMap<String, Entry>,
    deleted: HashMap<String, Value>,
    lists: HashMap<Index, BTreeMap<Place, String>>,
    arrivals: u64,
}

impl Store {
    /// The object of this kind and id.
    pub fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        self.find(id).filter(|object| object["object"] == kind)
    }

    /// The object with this id, whatever it is.
    pub fn find(&self, id: &str) -> Option<&Value> {
        self.entries.get(id).map(|entry| &entry.object)
    }

    /// What is left of an object that was deleted.
    pub fn tombstone(&self, id: &str) -> Option<&Value> {
        self.deleted.get(id)
    }

    /// Stores an object; one with the same id is replaced and keeps its order of arrival.
    /// Only objects with an `id` can be found again; others are not kept.
    pub fn put(&mut self, object: Value) {
        let parent =
            object["id"].as_str().and_then(|id| self.entries.get(id)).and_then(|entry| entry.parent.clone());
        self.insert(object, parent);
    }

    /// Stores an object that is reached through another one.
    pub fn put_under(&mut self, parent: &str, object: Value) {
        self.insert(object, Some(parent.to_owned()));
    }

    fn insert(&mut self, object: Value, parent: Option<String>) {
        let Some(id) = object["id"].as_str().map(str::to_owned) else {
            return;
        };
        // Invoice items call it their date.
        let created = object["created"].as_i64().or(object["date"].as_i64());
        let created = created.unwrap_or(0);
        let old = self.take(&id);
        let (arrival, hidden) = match old {
            Some(entry) => (entry.place.1, entry.hidden),
            None => {
                self.arrivals += 1;
                (self.arrivals, Map::new())
            }
        };
        let entry = Entry { place: (created, arrival), parent, object, hidden };
        for index in indices(&entry) {
            let list = self.lists.entry(index).or_default();
            list.insert(entry.place, id.clone());
        }
        self.deleted.remove(&id);
        self.entries.insert(id, entry);
    }

    fn take(&mut self, id: &str) -> Option<Entry> {
        let entry = self.entries.remove(id)?;
        for index in indices(&entry) {
            if let Some(list) = self.lists.get_mut(&index) {
                list.remove(&entry.place);
                if list.is_empty() {
                    self.lists.remove(&index);
                }
            }
        }
        Some(entry)
    }

    pub fn remove(&mut self, id: &str) {
        self.take(id);
    }

    /// Removes an object and leaves this in its place for those who ask for it by id.
    pub fn bury(&mut self, id: &str, tombstone: Value) {
        self.take(id);
        self.deleted.insert(id.to_owned(), tombstone);
    }

    /// Keeps a field aside that is shown only when it is expanded.
    pub fn hide(&mut self, id: &str, field: &str, value: Value) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.hidden.insert(field.to_owned(), value);
        }
    }

    pub fn hidden(&self, id: &str, field: &str) -> Option<&Value> {
        self.entries.get(id)?.hidden.get(field)
    }

    pub fn place(&self, kind: &str, id: &str) -> Option<Place> {
        let entry = self.entries.get(id)?;
        (entry.object["object"] == kind).then_some(entry.place)
    }

    /// The objects of an index between two places, oldest first.
    pub fn scan(
        &self,
        index: &Index,
        range: (Bound<Place>, Bound<Place>),
    ) -> impl DoubleEndedIterator<Item = &Value> {
        // A range whose ends cross holds nothing; BTreeMap would panic on it.
        let list = self.lists.get(index).filter(|_| !crossed(&range));
        list.into_iter().flat_map(move |list| list.range(range)).filter_map(|(_, id)| self.find(id))
    }

    /// All objects of an index, oldest first.
    pub fn all(&self, index: &Index) -> impl DoubleEndedIterator<Item = &Value> {
        self.scan(index, (Bound::Unbounded, Bound::Unbounded))
    }
}

fn crossed(range: &(Bound<Place>, Bound<Place>)) -> bool {
    match range {
        (Bound::Excluded(low), Bound::Excluded(high)) => low >= high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            low > high
        }
        _ => false,
    }
}

fn indices(entry: &Entry) -> Vec<Index> {
    let kind = entry.object["object"].as_str().unwrap_or_default();
    let mut all = vec![Index::all(kind)];
    for field in indexed(kind) {
        if let Some(value) = entry.object[*field].as_str() {
            all.push(Index::of(kind, field, value));
        }
    }
    if let Some(parent) = &entry.parent {
        all.push(Index::under(kind, parent));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(store: &Store, index: &Index) -> Vec<String> {
        let ids = store.all(index).map(|object| object["id"].to_string());
        ids.map(|id| id.replace('"', "")).collect()
    }

    #[test]
    fn order_is_by_second_then_by_arrival() {
        let mut store = Store::default();
        for (id, created) in [("b", 2), ("c", 2), ("a", 1)] {
            store.put(json!({"object": "x", "id": id, "created": created}));
        }
        assert_eq!(ids(&store, &Index::all("x")), ["a", "b", "c"]);
        store.put(json!({"object": "x", "id": "b", "created": 2, "changed": true}));
        assert_eq!(ids(&store, &Index::all("x")), ["a", "b", "c"]);
        store.remove("b");
        assert_eq!(ids(&store, &Index::all("x")), ["a", "c"]);
    }

    #[test]
    fn indices_follow_changes() {
        let mut store = Store::default();
        store.put(json!({"object": "quote", "id": "q", "customer": "c1"}));
        store.put(json!({"object": "quote", "id": "q", "customer": "c2"}));
        assert!(ids(&store, &Index::of("quote", "customer", "c1")).is_empty());
        assert_eq!(ids(&store, &Index::of("quote", "customer", "c2")), ["q"]);
        store.put_under("q", json!({"object": "item", "id": "i"}));
        store.put(json!({"object": "item", "id": "i", "changed": true}));
        assert_eq!(ids(&store, &Index::under("item", "q")), ["i"]);
    }

    #[test]
    fn a_crossed_range_is_empty() {
        let mut store = Store::default();
        store.put(json!({"object": "x", "id": "a", "created": 5}));
        let range = (Bound::Included((9, 0)), Bound::Excluded((2, 0)));
        assert_eq!(store.scan(&Index::all("x"), range).count(), 0);
        let range = (Bound::Excluded((5, 1)), Bound::Excluded((5, 1)));
        assert_eq!(store.scan(&Index::all("x"), range).count(), 0);
    }
}
