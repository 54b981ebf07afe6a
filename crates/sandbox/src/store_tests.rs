//! The store by itself: its lists, their order, and what a refused request leaves behind.

use std::ops::Bound;

use serde_json::json;

use crate::store::{Index, Store};

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

#[test]
fn a_refused_request_leaves_nothing_behind() {
    let mut store = Store::default();
    store.put(json!({"object": "quote", "id": "a", "created": 1, "customer": "c1"}));
    store.hide("a", "secret", json!(1));
    store.put(json!({"object": "quote", "id": "b", "created": 2}));
    store.bury("b", json!({"id": "b", "deleted": true}));
    store.commit();
    store.put(json!({"object": "quote", "id": "a", "created": 1, "customer": "c2"}));
    store.hide("a", "secret", json!(2));
    store.put(json!({"object": "quote", "id": "b", "created": 2}));
    store.put(json!({"object": "quote", "id": "c", "created": 3}));
    store.remove("a");
    store.roll_back();
    assert_eq!(ids(&store, &Index::all("quote")), ["a"]);
    assert_eq!(ids(&store, &Index::of("quote", "customer", "c1")), ["a"]);
    assert!(ids(&store, &Index::of("quote", "customer", "c2")).is_empty());
    assert_eq!(store.hidden("a", "secret"), Some(&json!(1)));
    assert!(store.tombstone("b").is_some() && store.find("c").is_none());
    assert!(store.commit().is_empty());
}

#[test]
fn changes_are_told_in_order_of_first_touch() {
    let mut store = Store::default();
    store.put(json!({"object": "x", "id": "a"}));
    store.commit();
    store.put(json!({"object": "x", "id": "b"}));
    store.put(json!({"object": "x", "id": "a", "n": 1}));
    store.put(json!({"object": "x", "id": "b", "n": 2}));
    store.put(json!({"object": "x", "id": "c"}));
    store.remove("c");
    let changes = store.commit();
    assert_eq!(changes.len(), 2, "what came and went is no change");
    assert!(changes[0].before.is_none() && changes[0].after.as_ref().unwrap()["n"] == 2);
    assert!(changes[1].before.is_some() && changes[1].after.as_ref().unwrap()["n"] == 1);
}
