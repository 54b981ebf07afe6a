//! Objects by id, and ordered lists of them, so that a page of a list costs its own length and a
//! cursor is a look-up, however many objects there are.
//!
//! Objects are kept as JSON text: a tree of a million customers would not fit into the memory that
//! their text takes several times over. Everything that a request touches is noted with what it was
//! before, so that a refused request leaves nothing behind and a done one can be told as events.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::indexed;

/// Where an object stands in its lists: by its second of creation, then by order of arrival.
pub type Place = (i64, u64);

/// A list that is kept in order: all objects of a kind, or those with one value in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    list: String,
    value: Box<str>,
}

impl Index {
    pub fn all(kind: &str) -> Index {
        Index::of(kind, "", "")
    }

    /// What belongs to one object, such as the lines of an invoice.
    pub fn under(kind: &str, parent: &str) -> Index {
        Index::of(kind, "(parent)", parent)
    }

    pub fn of(kind: &str, field: &str, value: &str) -> Index {
        Index { list: format!("{kind} {field}"), value: value.into() }
    }
}

/// An object in its lists. The number of the list comes first, so that one map holds them all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    list: u16,
    value: Box<str>,
    place: Place,
}

/// The number of an object, which takes less room in the lists than its id.
type Slot = u32;

#[derive(Debug, Clone)]
struct Entry {
    place: Place,
    parent: Option<Box<str>>,
    text: Box<str>,
    /// Fields that Stripe leaves out unless they are expanded, and what it never shows.
    hidden: Option<Box<Map<String, Value>>>,
}

impl Entry {
    fn object(&self) -> Value {
        parse(&self.text)
    }
}

/// What an object was before the present request.
#[derive(Debug)]
struct Before {
    entry: Option<Entry>,
    tombstone: Option<Box<str>>,
}

/// What a request did to one object.
#[derive(Debug)]
pub struct Change {
    pub before: Option<Value>,
    /// None when the object is gone.
    pub after: Option<Value>,
}

/// All objects of one account.
#[derive(Debug, Default)]
pub struct Store {
    ids: HashMap<Box<str>, Slot>,
    slots: Vec<Option<(Box<str>, Entry)>>,
    free: Vec<Slot>,
    deleted: HashMap<Box<str>, Box<str>>,
    lists: BTreeMap<Key, Slot>,
    names: HashMap<String, u16>,
    arrivals: u64,
    touched: IndexMap<Box<str>, Before>,
    /// How far the search index lags behind.
    pub lag: Duration,
    /// What the index has not seen yet: since when, of which object, and what it was before.
    unseen: VecDeque<(Instant, Box<str>, Option<Box<str>>)>,
}

impl Store {
    /// The object of this kind and id.
    pub fn get(&self, kind: &str, id: &str) -> Option<Value> {
        self.find(id).filter(|object| object["object"] == kind)
    }

    /// The object with this id, whatever it is.
    pub fn find(&self, id: &str) -> Option<Value> {
        self.entry(id).map(Entry::object)
    }

    /// What is left of an object that was deleted.
    pub fn tombstone(&self, id: &str) -> Option<Value> {
        self.deleted.get(id).map(|text| parse(text))
    }

    fn entry(&self, id: &str) -> Option<&Entry> {
        self.at(*self.ids.get(id)?).map(|(_, entry)| entry)
    }

    fn at(&self, slot: Slot) -> Option<&(Box<str>, Entry)> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// Stores an object; one with the same id is replaced and keeps its order of arrival.
    /// Only objects with an `id` can be found again; others are not kept.
    pub fn put(&mut self, object: Value) {
        let id = object["id"].as_str().unwrap_or_default();
        let parent = self.entry(id).and_then(|entry| entry.parent.clone());
        self.insert(object, parent);
    }

    /// Stores an object that is reached through another one.
    pub fn put_under(&mut self, parent: &str, object: Value) {
        self.insert(object, Some(parent.into()));
    }

    fn insert(&mut self, object: Value, parent: Option<Box<str>>) {
        let Some(id) = object["id"].as_str().map(Box::<str>::from) else {
            return;
        };
        // Invoice items call it their date.
        let created = object["created"].as_i64().or(object["date"].as_i64());
        let created = created.unwrap_or(0);
        self.touch(&id);
        let (arrival, hidden) = match self.take(&id) {
            Some(entry) => (entry.place.1, entry.hidden),
            None => {
                self.arrivals += 1;
                (self.arrivals, None)
            }
        };
        let text = object.to_string().into_boxed_str();
        self.deleted.remove(&id);
        self.lay(id, Entry { place: (created, arrival), parent, text, hidden }, &object);
    }

    /// Puts an entry into a free slot and into its lists.
    fn lay(&mut self, id: Box<str>, entry: Entry, object: &Value) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            // Four billion objects of half a kilobyte do not fit into any machine.
            (self.slots.len() - 1) as Slot
        });
        for key in self.keys(&entry, object) {
            self.lists.insert(key, slot);
        }
        self.ids.insert(id.clone(), slot);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some((id, entry));
        }
    }

    fn take(&mut self, id: &str) -> Option<Entry> {
        let slot = self.ids.remove(id)?;
        let (_, entry) = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        for key in self.keys(&entry, &entry.object()) {
            self.lists.remove(&key);
        }
        Some(entry)
    }

    /// Where an object stands in the lists.
    fn keys(&mut self, entry: &Entry, object: &Value) -> Vec<Key> {
        let kind = object["object"].as_str().unwrap_or_default();
        let mut all = vec![Index::all(kind)];
        for field in indexed::fields(kind) {
            if let Some(value) = indexed::value(object, field) {
                all.push(Index::of(kind, field, &value));
            }
        }
        if let Some(parent) = &entry.parent {
            all.push(Index::under(kind, parent));
        }
        let key = |index: Index| {
            let next = self.names.len() as u16;
            let list = *self.names.entry(index.list).or_insert(next);
            Key { list, value: index.value, place: entry.place }
        };
        all.into_iter().map(key).collect()
    }

    pub fn remove(&mut self, id: &str) {
        self.touch(id);
        self.take(id);
    }

    /// Removes an object and leaves this in its place for those who ask for it by id.
    pub fn bury(&mut self, id: &str, tombstone: Value) {
        self.remove(id);
        self.deleted.insert(id.into(), tombstone.to_string().into_boxed_str());
    }

    /// Keeps a field aside that is shown only when it is expanded.
    pub fn hide(&mut self, id: &str, field: &str, value: Value) {
        self.touch(id);
        let slot = self.ids.get(id).and_then(|slot| self.slots.get_mut(*slot as usize));
        if let Some(Some((_, entry))) = slot {
            entry.hidden.get_or_insert_default().insert(field.to_owned(), value);
        }
    }

    pub fn hidden(&self, id: &str, field: &str) -> Option<&Value> {
        self.entry(id)?.hidden.as_ref()?.get(field)
    }

    pub fn place(&self, kind: &str, id: &str) -> Option<Place> {
        let entry = self.entry(id)?;
        (entry.object()["object"] == kind).then_some(entry.place)
    }

    /// The objects of an index between two places, oldest first.
    pub fn scan(
        &self,
        index: &Index,
        range: (Bound<Place>, Bound<Place>),
    ) -> impl DoubleEndedIterator<Item = Value> + use<'_> {
        self.entries(index, range).map(|(_, entry)| entry.object())
    }

    fn entries(
        &self,
        index: &Index,
        range: (Bound<Place>, Bound<Place>),
    ) -> impl DoubleEndedIterator<Item = (&str, &Entry)> + use<'_> {
        // A range whose ends cross holds nothing; BTreeMap would panic on it.
        let list = self.names.get(&index.list).filter(|_| !crossed(&range));
        let key = |list: u16, place: Place| Key { list, value: index.value.clone(), place };
        let keys = list.map(|list| {
            let low = match range.0 {
                Bound::Unbounded => Bound::Included(key(*list, (i64::MIN, 0))),
                bound => bound.map(|place| key(*list, place)),
            };
            let high = match range.1 {
                Bound::Unbounded => Bound::Included(key(*list, (i64::MAX, u64::MAX))),
                bound => bound.map(|place| key(*list, place)),
            };
            self.lists.range((low, high))
        });
        let found = keys.into_iter().flatten().filter_map(|(_, slot)| self.at(*slot));
        found.map(|(id, entry)| (&**id, entry))
    }

    /// All objects of an index, oldest first.
    pub fn all(&self, index: &Index) -> impl DoubleEndedIterator<Item = Value> + use<'_> {
        self.scan(index, (Bound::Unbounded, Bound::Unbounded))
    }

    /// All objects, whatever they are.
    #[cfg(test)]
    pub fn everything(&self) -> impl Iterator<Item = Value> {
        self.slots.iter().flatten().map(|(_, entry)| entry.object())
    }

    fn touch(&mut self, id: &str) {
        if !self.touched.contains_key(id) {
            let before = Before { entry: self.entry(id).cloned(), tombstone: self.deleted.get(id).cloned() };
            self.touched.insert(id.into(), before);
        }
    }

    /// Ends a request whose changes stand, and says what they were, in order of first touch.
    pub fn commit(&mut self) -> Vec<Change> {
        let touched = std::mem::take(&mut self.touched);
        let now = Instant::now();
        if !self.lag.is_zero() {
            self.catch_up(now);
        }
        let mut changes = Vec::new();
        for (id, before) in touched {
            let change = Change { before: before.entry.as_ref().map(Entry::object), after: self.find(&id) };
            if change.before == change.after {
                continue;
            }
            changes.push(change);
            if !self.lag.is_zero() {
                self.unseen.push_back((now, id, before.entry.map(|entry| entry.text)));
            }
        }
        changes
    }

    fn catch_up(&mut self, now: Instant) {
        let seen = |since: &Instant| now.duration_since(*since) >= self.lag;
        while self.unseen.front().is_some_and(|(since, ..)| seen(since)) {
            self.unseen.pop_front();
        }
    }

    /// All objects of an index that search knows, oldest first: where each is, as what search
    /// finds it, and what it is.
    pub fn indexed(&mut self, index: &Index) -> impl DoubleEndedIterator<Item = (Place, Value, Value)> {
        self.catch_up(Instant::now());
        let mut stale: HashMap<&str, Option<&str>> = HashMap::new();
        for (_, id, before) in &self.unseen {
            // The oldest is what the index still has.
            stale.entry(id).or_insert(before.as_deref());
        }
        let found = self.entries(index, (Bound::Unbounded, Bound::Unbounded));
        found.filter_map(move |(id, entry)| {
            let object = entry.object();
            match stale.get(id) {
                Some(before) => Some((entry.place, parse((*before)?), object)),
                None => Some((entry.place, object.clone(), object)),
            }
        })
    }

    /// Ends what was no request, such as objects that were put in from outside.
    pub fn forget(&mut self) {
        self.touched.clear();
    }

    /// Ends a request that was refused: everything is as it was before.
    pub fn roll_back(&mut self) {
        for (id, before) in std::mem::take(&mut self.touched).into_iter().rev() {
            self.take(&id);
            self.deleted.remove(&id);
            if let Some(tombstone) = before.tombstone {
                self.deleted.insert(id.clone(), tombstone);
            }
            if let Some(entry) = before.entry {
                let object = entry.object();
                self.lay(id, entry, &object);
            }
        }
    }
}

/// What was stored as text was made from a value, so it is one.
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
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
