use crate::api::entities::{Order, Page, Query};
use crate::api::types::{CallOptions, FailureKind};
use crate::cursor::{Cursor, Place};
use crate::entities::Listing;
use crate::list::list;
use crate::testing::{Fake, ids, options};

#[path = "reader_aside_tests.rs"]
mod asides;

fn query(entity: &str, filter: &str) -> Query {
    Query { filter: (!filter.is_empty()).then(|| filter.to_owned()), ..crate::testing::query(entity) }
}

/// A page of Stripe with these objects: the id is the first word, `created` the second, and the rest more members.
fn stripes(objects: &[&str], has_more: bool) -> String {
    let object = |text: &&str| {
        let mut words = text.splitn(3, ' ');
        let (id, created) = (words.next().unwrap(), words.next().unwrap());
        format!(r#"{{"id": "{id}", "created": {created}{}}}"#, words.next().unwrap_or_default())
    };
    let objects: Vec<String> = objects.iter().map(object).collect();
    format!(r#"{{"object": "list", "has_more": {has_more}, "data": [{}]}}"#, objects.join(","))
}

fn page(fake: &Fake, query: &Query, token: Option<String>) -> Page {
    list(fake.context(), Query { page_token: token, ..query.clone() }, &options())
        .unwrap_or_else(|f| panic!("{}", f.message))
}

const A: &str = r#", "customer": "a""#;
const B: &str = r#", "customer": "b""#;

fn with(text: &str, more: &str) -> String {
    format!("{text} {more}")
}

#[test]
fn alternatives_are_merged_by_age_and_go_on_where_each_stood() {
    let fake = Fake::new(&[]);
    let either = Query { page_size: Some(3), ..query("Charge", "Customer IN ('a', 'b')") };
    let list_a = ["a1 90", "a2 70", "a3 10"].map(|text| with(text, A));
    let list_b = ["b1 80", "b2 60", "b3 50"].map(|text| with(text, B));
    let (list_a, list_b) = (list_a.each_ref().map(String::as_str), list_b.each_ref().map(String::as_str));
    fake.answers(200, &stripes(&list_a, false)).answers(200, &stripes(&list_b, true));
    let first = page(&fake, &either, None);
    assert_eq!((ids(&first), first.scanned), (["a1", "b1", "a2"].map(String::from).to_vec(), 3));
    fake.answers(200, &stripes(&list_a[2..], false)).answers(200, &stripes(&list_b[1..], false));
    let second = page(&fake, &either, first.next_page_token);
    assert_eq!(ids(&second), ["b2", "b3", "a3"]);
    assert_eq!(second.next_page_token, None);
    assert_eq!(
        fake.lines(),
        [
            "GET /v1/charges?customer=a&limit=3",
            "GET /v1/charges?customer=b&limit=3",
            "GET /v1/charges?customer=a&limit=3&starting_after=a2",
            "GET /v1/charges?customer=b&limit=3&starting_after=b1",
        ]
    );
}

#[test]
fn objects_by_their_ids_are_sorted_by_age_and_come_once() {
    let fake = Fake::new(&[]);
    let by_ids = Query { page_size: Some(2), ..query("Charge", "Id IN ('x', 'y', 'gone', 'z')") };
    let object = |id: &str, created: u32| format!(r#"{{"id": "{id}", "created": {created}}}"#);
    fake.answers(200, &object("x", 1)).answers(200, &object("y", 3));
    fake.answers(404, r#"{"error": {"code": "resource_missing"}}"#).answers(200, &object("z", 2));
    let first = page(&fake, &by_ids, None);
    assert_eq!(ids(&first), ["y", "z"], "{:?}", fake.lines());
    fake.answers(200, &object("x", 1));
    let second = page(&fake, &by_ids, first.next_page_token);
    assert_eq!((ids(&second), second.next_page_token), (vec!["x".to_owned()], None));
    assert_eq!(fake.lines().last().unwrap(), "GET /v1/charges/x");
}

#[test]
fn when_all_that_are_remembered_are_gone_the_second_goes_on() {
    let fake = Fake::new(&[]);
    let all = Query { page_size: Some(6), ..query("Charge", "Created < 100") };
    fake.answers(200, &stripes(&["c1 90", "c2 80", "c3 70", "c4 60", "c5 50", "c6 40"], true));
    let first = page(&fake, &all, None);
    let gone = r#"{"error": {"code": "resource_missing", "param": "starting_after"}}"#;
    for _ in 0..5 {
        fake.answers(400, gone);
    }
    fake.answers(200, &stripes(&["c6b 40", "c7 30"], false));
    let second = page(&fake, &all, first.next_page_token);
    assert_eq!(ids(&second), ["c6b", "c7"]);
    let lines = fake.lines();
    assert!(
        lines[1].ends_with("&starting_after=c6") && lines[5].ends_with("&starting_after=c2"),
        "{lines:?}"
    );
    assert_eq!(lines[6], "GET /v1/charges?created%5Blte%5D=40&limit=6");
    // More of one second were read than are remembered: what of it is left is not known.
    let crowd = Query { page_size: Some(6), ..query("Charge", "") };
    fake.answers(200, &stripes(&["c1 9", "c2 9", "c3 9", "c4 9", "c5 9", "c6 9", "c7 9"], true));
    let first = page(&fake, &crowd, None);
    for _ in 0..5 {
        fake.answers(400, gone);
    }
    let again = Query { page_token: first.next_page_token, ..crowd };
    let lost = list(fake.context(), again, &options()).unwrap_err();
    assert_eq!(lost.kind, FailureKind::Conflict);
}

#[test]
fn a_list_that_waits_for_others_keeps_its_place_when_what_was_read_of_it_is_gone() {
    let fake = Fake::new(&[]);
    let either = Query { page_size: Some(6), ..query("Charge", "Customer IN ('a', 'b')") };
    let of = |objects: &[&str], more: &str, has_more| {
        let objects: Vec<String> = objects.iter().map(|text| with(text, more)).collect();
        stripes(&objects.iter().map(String::as_str).collect::<Vec<_>>(), has_more)
    };
    fake.answers(200, &of(&["a1 99", "a2 98", "a3 97", "a4 96", "a5 95", "a6 94", "a7 20"], A, true));
    fake.answers(200, &of(&["b1 80", "b2 70"], B, false));
    let mut token = page(&fake, &either, None).next_page_token;
    let gone = r#"{"error": {"code": "resource_missing", "param": "starting_after"}}"#;
    for (rest, expected) in [(&["b1 80", "b2 70"][..], "b1"), (&["b2 70"], "b2"), (&[], "a7")] {
        // What is asked for together; then what was read before, one after the other.
        fake.answers(400, gone);
        if !rest.is_empty() {
            fake.answers(200, &of(rest, B, false));
        }
        let again = if rest.is_empty() { 4 } else { 5 };
        for _ in 0..again {
            fake.answers(400, gone);
        }
        fake.answers(200, &of(&["a7 20"], A, false));
        let next = page(&fake, &Query { page_size: Some(1), ..either.clone() }, token);
        assert_eq!(ids(&next), [expected]);
        token = next.next_page_token;
    }
    assert_eq!(token, None);
}

#[test]
fn what_a_condition_names_and_stripe_does_not_know_has_no_rows() {
    let missing = |param: &str| format!(r#"{{"error": {{"code": "resource_missing", "param": "{param}"}}}}"#);
    let fake = Fake::new(&[]);
    fake.answers(200, &stripes(&[&with("ch_1 9", A)], false)).answers(400, &missing("customer"));
    assert_eq!(ids(&page(&fake, &query("Charge", "Customer IN ('a', 'gone')"), None)), ["ch_1"]);
    fake.answers(404, &missing("customer"));
    let of_parent = query("CustomerBalanceTransaction", "Customer = 'gone' AND Id = 'cbtxn_1'");
    assert_eq!(list(fake.context(), of_parent, &options()).unwrap_err().kind, FailureKind::NotFound);
    fake.answers(404, &missing("transaction"));
    let of_parent = query("CustomerBalanceTransaction", "Customer = 'cus_1' AND Id = 'cbtxn_1'");
    assert_eq!(page(&fake, &of_parent, None).rows, "[]");
    fake.answers(400, &missing("subscription"));
    let of_one = query("SubscriptionItem", "Subscription = 'gone'");
    assert_eq!(list(fake.context(), of_one, &options()).unwrap_err().kind, FailureKind::NotFound);
    fake.answers(400, &missing("customer"));
    let given = CallOptions { parameters: Some(r#"{"Customer": "gone"}"#.to_owned()), ..options() };
    assert!(list(fake.context(), query("Charge", ""), &given).is_err());
}

#[test]
fn a_page_of_tokens_is_turned_when_all_that_was_left_of_it_is_gone() {
    let fake = Fake::new(&[]);
    let closed =
        Query { page_size: Some(2), ..query("V2CoreAccount", "Closed = TRUE AND DisplayName LIKE '%'") };
    let v2 = |ids: &[&str], next: &str| {
        let account = |id: &&str| format!(r#"{{"id": "{id}", "display_name": "x", "closed": true}}"#);
        let accounts: Vec<String> = ids.iter().map(account).collect();
        format!(r#"{{"data": [{}], "next_page_url": {next}}}"#, accounts.join(","))
    };
    let next = "\"/v2/core/accounts?page=p2\"";
    fake.answers(200, &v2(&["a1", "a2", "a3"], next));
    let token = page(&fake, &closed, None).next_page_token;
    fake.answers(200, &v2(&["a1", "a2"], next)).answers(200, &v2(&["a4"], "null"));
    assert_eq!(ids(&page(&fake, &closed, token.clone())), ["a4"]);
    // All of it is gone that was read.
    fake.answers(200, &v2(&["a3"], next)).answers(200, &v2(&["a4"], "null"));
    assert_eq!(ids(&page(&fake, &closed, token)), ["a3", "a4"]);
}

#[test]
fn an_order_by_a_column_keeps_the_best_and_says_where_it_cannot() {
    let fake = Fake::new(&[("max_scan", "4")]);
    let by = |column: &str, descending| Query {
        order_by: Some(Order { column: column.to_owned(), descending }),
        page_size: Some(2),
        ..query("Charge", "")
    };
    let named = [
        "c1 90 , \"amount\": 5", "c2 80 , \"amount\": 7", "c3 70 , \"amount\": 5", "c4 60 , \"amount\": null",
    ];
    fake.answers(200, &stripes(&named, false));
    let first = page(&fake, &by("Amount", true), None);
    assert_eq!(ids(&first), ["c2", "c1"]);
    fake.answers(200, &stripes(&named, false));
    let second = page(&fake, &by("Amount", true), first.next_page_token);
    assert_eq!((ids(&second), second.next_page_token), (vec!["c3".to_owned(), "c4".to_owned()], None));
    fake.answers(200, &stripes(&named, true));
    let over = list(fake.context(), by("Amount", false), &options()).unwrap_err();
    assert_eq!(over.kind, FailureKind::LimitExceeded);
    assert!(
        over.message.contains("at least 5 objects") && over.message.contains("narrow"),
        "{}",
        over.message
    );
    // Newest first costs nothing more.
    fake.answers(200, &stripes(&named[..2], true));
    assert_eq!(ids(&page(&fake, &by("Created", true), None)), ["c1", "c2"]);
    fake.answers(200, &stripes(&named, false));
    assert_eq!(ids(&page(&fake, &by("Created", false), None)), ["c4", "c3"]);
}

#[test]
fn a_search_goes_on_by_its_pages() {
    let fake = Fake::new(&[("search", "on")]);
    let named = Query { page_size: Some(2), ..query("Charge", "Amount > 5") };
    let found = |objects: &[&str], next: &str| {
        stripes(objects, next != "null")
            .replace("\"object\": \"list\"", &format!("\"object\": \"search_result\", \"next_page\": {next}"))
    };
    let amount = |id: &str| format!("{id} 9 , \"amount\": 6");
    let (one, two, three) = (amount("c1"), amount("c2"), amount("c3"));
    fake.answers(200, &found(&[&one, &two], "\"p2\""));
    let first = page(&fake, &named, None);
    fake.answers(200, &found(&[&three], "null"));
    let second = page(&fake, &named, first.next_page_token.clone());
    assert_eq!((ids(&first).len(), ids(&second), second.next_page_token), (2, vec!["c3".to_owned()], None));
    assert_eq!(
        fake.lines(),
        [
            "GET /v1/charges/search?query=amount%3E5&limit=2",
            "GET /v1/charges/search?query=amount%3E5&limit=2&page=p2"
        ]
    );
}

#[test]
fn a_search_that_breaks_off_is_no_end() {
    let fake = Fake::new(&[("search", "on")]);
    fake.answers(200, &stripes(&["c1 9 , \"amount\": 6"], true));
    let failure = list(fake.context(), query("Charge", "Amount > 5"), &options()).unwrap_err();
    assert!(failure.message.contains("nothing says how to get it"), "{}", failure.message);
}

#[test]
fn a_token_of_a_listing_with_other_lists_is_refused() {
    let fake = Fake::new(&[]);
    fake.answers(200, &stripes(&["c1 90", "c2 80"], true));
    let one = Query { page_size: Some(1), ..query("Charge", "") };
    let token = page(&fake, &one, None).next_page_token;
    for other in [
        query("Charge", "Customer = 'a'"),
        query("Refund", ""),
        Query {
            order_by: Some(Order { column: "Amount".to_owned(), descending: false }),
            ..query("Charge", "")
        },
    ] {
        let other = Query { page_token: token.clone(), ..other };
        assert_eq!(list(fake.context(), other, &options()).unwrap_err().param.as_deref(), Some("page-token"));
    }
    let account = CallOptions { account: Some("acct_1".to_owned()), ..options() };
    assert!(list(fake.context(), Query { page_token: token, ..one }, &account).is_err());
    assert_eq!(fake.lines().len(), 1);
}

#[test]
fn cursors_that_fit_no_list_of_the_plan_are_refused() {
    let fake = Fake::new(&[]);
    let query = query("Customer", "");
    let options = options();
    let entity = crate::catalog::entity("Customer").unwrap();
    let listing = Listing::of(fake.context(), entity, None, &options, true).unwrap();
    let fingerprint = listing.fingerprint(fake.context(), &query, &options).unwrap();
    let (none, mut some) = (Cursor::default(), Cursor::default());
    some.pass(Some("clock_1".to_owned()), None);
    for lists in [
        vec![],
        vec![vec![none.clone()]],
        vec![vec![none.clone(), none.clone()], vec![]],
        vec![vec![none.clone()], vec![none.clone(), none.clone()]],
        vec![vec![none.clone()], vec![some.clone(), some.clone(), none.clone()]],
        vec![vec![none.clone()], vec![], vec![]],
    ] {
        let token = Some(Place::Lists(lists.clone()).to_token(fingerprint));
        let failure =
            list(fake.context(), Query { page_token: token, ..query.clone() }, &options).unwrap_err();
        assert_eq!(failure.param.as_deref(), Some("page-token"), "{lists:?}");
    }
    fake.answers(200, &stripes(&[], false)).answers(200, &stripes(&[], false));
    fake.has_clocks.set(true);
    let token = Some(
        Place::Lists(vec![vec![none.finished(true)], vec![some.finished(true), Cursor::default()]])
            .to_token(fingerprint),
    );
    assert_eq!(list(fake.context(), Query { page_token: token, ..query }, &options).unwrap().rows, "[]");
    assert_eq!(fake.lines(), ["GET /v1/customers?test_clock=clock_1&limit=25"]);
}
