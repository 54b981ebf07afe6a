//! Orders by a column: of all objects the first ones after the last row of the page before are kept, and no others.

use crate::check::{Domain, Value};
use crate::columns::Column;
use crate::cursor::Place;
use crate::entities::Listing;
use crate::failure::{Failed, invalid};
use crate::json::Members;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// An order by a column, then by the id. What has no value is less than what has one.
pub struct Order {
    column: Column,
    domain: Domain,
    descending: bool,
}

impl Order {
    pub fn by(column: Column, descending: bool) -> Result<Order, Failed> {
        match Domain::of(column.kind) {
            Some(domain) => Ok(Order { column, domain, descending }),
            None => {
                let title = column.title();
                let why = format!(
                    "`{title}` holds more than one value, by which nothing can be ordered; name one inside it"
                );
                Err(invalid("order-by", why))
            }
        }
    }

    /// Whether it is the one in which the plan's requests give everything.
    pub fn is_newest_first(&self, listing: &Listing) -> bool {
        self.descending && self.column.path == "created" && listing.plan.by_age
    }

    fn key(&self, value: &str, id: String) -> Key {
        Key { value: self.domain.read(value), id }
    }

    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let values = match (&one.value, &other.value) {
            // Where types differ, one of them is the lesser for all of its values.
            (Some(one), Some(other)) => {
                one.partial_cmp(other).unwrap_or_else(|| one.rank().cmp(&other.rank()))
            }
            (one, other) => one.is_some().cmp(&other.is_some()),
        };
        let values = if self.descending { values.reverse() } else { values };
        values.then_with(|| one.id.cmp(&other.id))
    }
}

struct Key {
    value: Option<Value>,
    id: String,
}

struct Kept {
    key: Key,
    /// What stands in the column, as JSON.
    value: String,
    object: String,
}

/// The first of all rows so far.
pub struct Best {
    order: Order,
    size: usize,
    after: Option<Key>,
    rows: Vec<Kept>,
    /// There was one that is not among them.
    more: bool,
}

impl Best {
    /// Keeps `size` rows, of those after the one with that value and id.
    pub fn new(order: Order, size: usize, after: Option<(&str, String)>) -> Best {
        let after = after.map(|(value, id)| order.key(value, id));
        Best { order, size, after, rows: Vec::new(), more: false }
    }

    /// The column's name.
    pub fn column(&self) -> String {
        self.order.column.title()
    }

    pub fn consider(&mut self, object: &str, members: &Members) {
        let value = self.order.column.find_in(members).unwrap_or("null");
        let key = self.order.key(value, members.text("id").unwrap_or_default());
        if self.after.as_ref().is_some_and(|after| self.order.compare(&key, after).is_le()) {
            return;
        }
        let at = self.rows.partition_point(|own| self.order.compare(&own.key, &key).is_lt());
        if at < self.size {
            self.more |= self.rows.len() == self.size;
            self.rows.truncate(self.size.saturating_sub(1));
            self.rows.insert(at, Kept { key, value: value.to_string(), object: object.to_string() });
        } else {
            self.more = true;
        }
    }

    /// The objects that were kept.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|own| own.object.as_str())
    }

    /// Where the next page goes on after the first `count` of them, if there is one.
    pub fn place_after(&self, count: usize) -> Option<Place> {
        let last = self.rows.get(count.checked_sub(1)?)?;
        let more = self.more || count < self.rows.len();
        more.then(|| Place::After(last.value.clone(), last.key.id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::entity;

    fn best(column: &str, descending: bool, size: usize, after: Option<(&str, String)>) -> Best {
        let column = Column::find(entity("Customer").unwrap(), column, &[]).unwrap();
        Best::new(Order::by(column, descending).unwrap(), size, after)
    }

    /// The ids of all pages.
    fn pages(column: &str, descending: bool, size: usize, objects: &[String]) -> Vec<String> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let own = after.as_ref().map(|(value, id): &(String, String)| (value.as_str(), id.clone()));
            let mut best = best(column, descending, size, own);
            objects.iter().for_each(|object| best.consider(object, &Members::parse(object).unwrap()));
            ids.extend(best.objects().map(|object| Members::parse(object).unwrap().text("id").unwrap()));
            match best.place_after(best.rows.len()) {
                Some(Place::After(value, id)) => after = Some((value, id)),
                _ => return ids,
            }
        }
    }

    #[test]
    fn pages_of_any_size_are_one_order() {
        let values = ["5", "-1", "null", "12.5", "5", "100", "null", "7"];
        let object = |(n, value): (usize, &&str)| format!(r#"{{"id": "c{n}", "balance": {value}}}"#);
        let objects: Vec<String> = values.iter().enumerate().map(object).collect();
        let rising = ["c2", "c6", "c1", "c0", "c4", "c7", "c3", "c5"];
        let falling = ["c5", "c3", "c7", "c0", "c4", "c1", "c2", "c6"];
        for size in 1..=9 {
            assert_eq!(pages("Balance", false, size, &objects), rising, "{size}");
            assert_eq!(pages("Balance", true, size, &objects), falling, "{size}");
        }
    }

    #[test]
    fn what_is_listed_has_an_id() {
        for entity in crate::catalog::ENTITIES.iter().filter(|entity| entity.list.is_some()) {
            assert!(entity.row.field("id").is_some(), "{}: equals would have no order", entity.name);
        }
    }

    #[test]
    fn texts_are_ordered_by_their_bytes_and_instants_by_time() {
        let objects: Vec<String> = [
            r#"{"id": "a", "name": "b", "created": 100}"#,
            r#"{"id": "b", "name": "B", "created": 20}"#,
            r#"{"id": "c", "name": "é\n", "created": 3}"#,
        ]
        .map(ToString::to_string)
        .into();
        assert_eq!(pages("Name", false, 2, &objects), ["b", "a", "c"]);
        assert_eq!(pages("Created", false, 1, &objects), ["c", "b", "a"]);
        let column = Column::find(entity("Customer").unwrap(), "Metadata", &[]).unwrap();
        assert!(Order::by(column, false).is_err());
    }
}
