use super::*;
use crate::given::throttle::Admission;
use crate::testing::{Fake, customers, options};
use crate::transport::{Broken, Cause};
use alloc::borrow::ToOwned;
use alloc::vec;

#[test]
fn bulk_changes_collect_first_and_count() {
    let fake = Fake::new(&[]);
    let selection = |filter: &str, dry_run| Selection {
        entity: "Customer".to_owned(),
        filter: filter.to_owned(),
        dry_run,
    };
    fake.answers(200, &customers(1..=100, true)).answers(200, &customers(101..=103, false));
    let counted = delete_where(fake.context(), &selection("Name = '1'", true), &options()).unwrap();
    assert_eq!((counted.matched, counted.changed, fake.lines().len()), (52, 0, 2));

    let key = CallOptions { idempotency_key: Some("k".to_owned()), ..options() };
    fake.answers(200, &customers(1..=5, false)).answers(200, r#"{"id": "cus_1"}"#);
    fake.answers(404, r#"{"error": {"code": "resource_missing"}}"#).answers(500, "{}");
    let changed =
        update_where(fake.context(), &selection("Name = '1'", false), r#"{"Name": "x"}"#, &key).unwrap();
    assert_eq!((changed.matched, changed.changed, changed.effect), (3, 1, Effect::Unknown));
    let failed: Vec<&str> = changed.failures.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(failed, ["cus_3", "cus_5"]);
    let sent = fake.sent.borrow();
    let keys: Vec<_> = sent[3..].iter().map(|sent| sent.header("idempotency-key").unwrap()).collect();
    assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    drop(sent);

    for empty in ["", "  "] {
        let refused = delete_where(fake.context(), &selection(empty, false), &options()).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some("filter"));
    }
    let small = Fake::new(&[("max_scan", "100")]);
    small.answers(200, &customers(1..=100, true));
    let over = delete_where(small.context(), &selection("Name = '1'", false), &options()).unwrap_err();
    assert_eq!((over.kind, over.effect), (FailureKind::LimitExceeded, Effect::None));
    let refused =
        update_where(small.context(), &selection("Name = '1'", false), "{}", &options()).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("fields"));
}

#[test]
fn what_the_throttle_held_back_was_not_attempted() {
    let fake = Fake::new(&[]);
    fake.answers(200, &customers(1..=3, false)).answers(200, r#"{"id": "cus_1"}"#);
    fake.admissions.borrow_mut().extend([
        Admission::After(0),
        Admission::After(0),
        Admission::After(0),
        Admission::Refused(5),
    ]);
    let selection =
        Selection { entity: "Customer".to_owned(), filter: "Name = '1'".to_owned(), dry_run: false };
    let result = delete_where(fake.context(), &selection, &options()).unwrap();
    assert_eq!(
        (result.changed, result.not_attempted, result.effect),
        (1, vec!["cus_3".to_owned()], Effect::Partial)
    );
}

#[test]
fn what_could_not_be_reached_in_time_failed_and_says_why() {
    let fake = Fake::new(&[]);
    fake.answers(200, &customers(1..=1, false));
    fake.breaks(Broken::new(Cause::Timeout, false, "connection timeout"));
    let selection =
        Selection { entity: "Customer".to_owned(), filter: "Name = '1'".to_owned(), dry_run: false };
    let result = delete_where(fake.context(), &selection, &options()).unwrap();
    assert_eq!((result.failures.len(), result.not_attempted.len(), result.effect), (1, 0, Effect::None));
    assert!(result.failures[0].failure.message.contains("connection timeout"));
}

#[test]
fn a_bulk_change_tells_the_key_that_repeats_it() {
    let fake = Fake::new(&[]);
    let selection =
        Selection { entity: "Customer".to_owned(), filter: "Name = '1'".to_owned(), dry_run: false };
    let mut sent = Vec::new();
    let mut key = None;
    for _ in 0..2 {
        fake.answers(200, &customers(1..=1, false)).answers(200, "{}");
        let again = CallOptions { idempotency_key: key, ..options() };
        let result = update_where(fake.context(), &selection, r#"{"Phone": "1"}"#, &again).unwrap();
        key = result.idempotency_key;
        sent.push(fake.sent.borrow().last().unwrap().header("idempotency-key").unwrap().to_owned());
    }
    assert_eq!(sent[0], sent[1]);
}

#[test]
fn only_ids_go_into_paths_and_each_once() {
    let fake = Fake::new(&[]);
    let page = |ids: &[&str]| {
        let data: Vec<String> = ids.iter().map(|id| format!(r#"{{"id": "{id}", "name": "1"}}"#)).collect();
        format!(r#"{{"has_more": false, "data": [{}]}}"#, data.join(","))
    };
    let selection =
        Selection { entity: "Customer".to_owned(), filter: "Name = '1'".to_owned(), dry_run: false };
    for id in ["", ".."] {
        fake.answers(200, &page(&["cus_1", id]));
        let refused = delete_where(fake.context(), &selection, &options()).unwrap_err();
        assert_eq!((refused.kind, refused.effect), (FailureKind::Unavailable, Effect::None));
    }
    fake.answers(200, &page(&["cus_1", "cus_1"])).answers(200, r#"{"id": "cus_1", "deleted": true}"#);
    let result = delete_where(fake.context(), &selection, &options()).unwrap();
    assert_eq!((result.matched, result.changed), (1, 1));
}

#[test]
fn an_answer_that_cannot_be_read_is_no_change() {
    let fake = Fake::new(&[]);
    fake.answers(200, &customers(1..=1, false)).answers(200, "{\"id\": \"cus");
    let selection =
        Selection { entity: "Customer".to_owned(), filter: "Name = '1'".to_owned(), dry_run: false };
    let result = update_where(fake.context(), &selection, r#"{"Phone": "1"}"#, &options()).unwrap();
    assert_eq!((result.changed, result.failures.len(), result.effect), (0, 1, Effect::Unknown));
}
