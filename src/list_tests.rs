use super::*;
use crate::api::entities::Order as By;
use crate::api::types::{Effect, FailureKind};
use crate::testing::{Fake, customers, ids, options, query};
use alloc::borrow::ToOwned;

#[test]
fn a_list_is_one_request_with_what_is_needed() {
    let fake = Fake::new(&[("account_id", "acct_1")]);
    fake.answers(200, &customers(1..=2, false));
    let page = list(fake.context(), query("customers"), &options()).unwrap();
    assert_eq!(ids(&page), ["cus_1", "cus_2"]);
    assert_eq!((page.next_page_token, page.scanned), (None, 2));
    let sent = fake.sent.borrow();
    assert_eq!(sent[0].line, "GET /v1/customers?limit=25");
    assert_eq!(sent[0].authorization.as_deref(), Some("Bearer sk_test_filler"));
    assert_eq!(sent[0].header("stripe-version"), Some(crate::catalog::API_VERSION));
    assert_eq!(sent[0].header("stripe-account"), Some("acct_1"));
    assert_eq!((sent[0].header("idempotency-key"), &sent[0].body), (None, &None));
    let lane = &fake.lanes.borrow()[0];
    assert_eq!((lane.target.as_str(), lane.write, lane.attempt), ("Customer", false, 1));
    assert_eq!(*fake.observed.borrow(), [(Some(200), None), (Some(200), None)]);
}

#[test]
fn two_hundred_rows_take_two_of_stripes_pages_and_the_token_goes_on() {
    let fake = Fake::new(&[]);
    fake.answers(200, &customers(1..=100, true)).answers(200, &customers(101..=200, true));
    let first =
        list(fake.context(), Query { page_size: Some(200), ..query("Customer") }, &options()).unwrap();
    assert_eq!(ids(&first).len(), 200);
    fake.answers(200, &customers(201..=203, false));
    let token = first.next_page_token.clone();
    let second =
        list(fake.context(), Query { page_token: token.clone(), ..query("Customer") }, &options()).unwrap();
    assert_eq!(ids(&second), ["cus_201", "cus_202", "cus_203"]);
    assert_eq!(second.next_page_token, None);
    assert_eq!(
        fake.lines(),
        [
            "GET /v1/customers?limit=100",
            "GET /v1/customers?limit=100&starting_after=cus_100",
            "GET /v1/customers?limit=25&starting_after=cus_200"
        ]
    );
    let other = Query { page_token: token, filter: Some("Email = 'x'".to_owned()), ..query("Customer") };
    assert_eq!(list(fake.context(), other, &options()).unwrap_err().param.as_deref(), Some("page-token"));
}

#[test]
fn a_filter_that_stripe_does_not_check_is_checked_on_every_object() {
    let fake = Fake::new(&[]);
    fake.answers(200, &customers(1..=100, true)).answers(200, &customers(101..=150, true));
    let odd = Query { filter: Some("Name = '1'".to_owned()), page_size: Some(60), ..query("Customer") };
    let page = list(fake.context(), odd.clone(), &options()).unwrap();
    assert_eq!((ids(&page).len(), page.scanned), (60, 119));
    // The next page begins after the last object that was looked at.
    fake.answers(200, &customers(120..=121, false));
    let next = list(fake.context(), Query { page_token: page.next_page_token, ..odd }, &options()).unwrap();
    assert_eq!(fake.lines()[2], "GET /v1/customers?limit=100&starting_after=cus_119");
    assert_eq!((ids(&next), next.next_page_token), (vec!["cus_121".to_owned()], None));
}

#[test]
fn a_page_stops_at_max_scan_and_says_so_by_its_token() {
    let fake = Fake::new(&[("max_scan", "120")]);
    fake.answers(200, &customers(1..=100, true)).answers(200, &customers(101..=120, true));
    let none = Query { filter: Some("Name = 'x'".to_owned()), ..query("Customer") };
    let page = list(fake.context(), none, &options()).unwrap();
    assert_eq!((page.rows.as_str(), page.scanned), ("[]", 120));
    assert!(page.next_page_token.is_some());
    assert_eq!(fake.lines()[1], "GET /v1/customers?limit=20&starting_after=cus_100");
}

#[test]
fn a_deleted_cursor_falls_back_to_the_object_before_it() {
    let fake = Fake::new(&[]);
    fake.answers(200, &customers(1..=2, true));
    let first = list(fake.context(), Query { page_size: Some(2), ..query("Customer") }, &options()).unwrap();
    let gone = r#"{"error": {"code": "resource_missing", "param": "starting_after", "type": "invalid_request_error"}}"#;
    fake.answers(400, gone).answers(200, &customers(3..=3, false));
    let again = Query { page_token: first.next_page_token.clone(), ..query("Customer") };
    assert_eq!(ids(&list(fake.context(), again.clone(), &options()).unwrap()), ["cus_3"]);
    assert!(fake.lines()[2].ends_with("starting_after=cus_1"));
    // All that was read is gone: what is there now was not read.
    fake.answers(400, gone).answers(400, gone).answers(200, &customers(3..=3, false));
    assert_eq!(ids(&list(fake.context(), again, &options()).unwrap()), ["cus_3"]);
    assert_eq!(fake.lines().last().unwrap(), "GET /v1/customers?limit=25");
    // Of more than are remembered nobody knows whether they are.
    fake.answers(200, &customers(1..=6, true));
    let first = list(fake.context(), Query { page_size: Some(6), ..query("Customer") }, &options()).unwrap();
    for _ in 0..5 {
        fake.answers(400, gone);
    }
    let again = Query { page_token: first.next_page_token, ..query("Customer") };
    assert_eq!(list(fake.context(), again, &options()).unwrap_err().kind, FailureKind::Conflict);
}

#[test]
fn broken_pages_are_failures_and_never_empty_lists() {
    for (status, body) in [
        (200, r#"{"object": "list", "has_more": true, "data": []}"#),
        (200, r#"{"object": "list", "has_more": true, "data": [{"name": "no id"}]}"#),
        (200, r#"{"object": "list", "data": []}"#),
        (200, r#"{"object": "list", "has_more": false, "data": [5]}"#),
        (200, "<html>"),
        (500, "{}"),
        (204, ""),
    ] {
        let fake = Fake::new(&[]);
        fake.answers(status, body);
        let failure = list(fake.context(), query("Customer"), &options()).unwrap_err();
        assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::None), "{body}");
        assert_eq!(failure.request_id.as_deref(), Some("req_1"));
    }
}

#[test]
fn pages_that_lead_nowhere_are_failures_too() {
    for (entity, first, second) in [
        ("V2CoreAccount", r#"{"data": [{"id": "acct_1"}]}"#, None),
        ("V2CoreAccount", r#"{"data": [{"id": "acct_1"}], "next_page_url": "/v2/core/accounts"}"#, None),
        ("V2CoreAccount", r#"{"data": [], "next_page_url": "/v2/core/accounts?page=a"}"#, None),
        (
            "V2CoreAccount",
            r#"{"data": [{"id": "acct_1"}], "next_page_url": "/?page=a"}"#,
            Some(r#"{"data": [{"id": "acct_2"}], "next_page_url": "/?page=a"}"#),
        ),
        ("ReportingReportType", r#"{"data": [{"id": "x"}], "has_more": true}"#, None),
        ("ReportingReportType", r#"{"data": [{"id": "x"}]}"#, None),
        (
            "Customer",
            r#"{"data": [{"id": "cus_1"}, {"id": "cus_2"}], "has_more": true}"#,
            Some(r#"{"data": [{"id": "cus_1"}, {"id": "cus_2"}], "has_more": true}"#),
        ),
    ] {
        let fake = Fake::new(&[]);
        fake.answers(200, first);
        if let Some(second) = second {
            fake.answers(200, second);
        }
        let failure = list(fake.context(), query(entity), &options()).unwrap_err();
        assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::None), "{first}");
    }
}

#[test]
fn the_object_of_an_id_is_that_object() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "cus_2", "object": "customer"}"#);
    let by_id = Query { filter: Some("Id = 'cus_1'".to_owned()), ..query("Customer") };
    assert_eq!(list(fake.context(), by_id, &options()).unwrap().rows, "[]");
}

#[test]
fn wrong_queries_send_nothing_and_ask_for_no_secret() {
    let fake = Fake::new(&[]);
    let order = |column: &str, descending| Some(By { column: column.to_owned(), descending });
    for (wrong, kind) in [
        (query("Custmer"), FailureKind::InvalidInput),
        (query("Balance"), FailureKind::Unsupported),
        (Query { page_size: Some(0), ..query("Customer") }, FailureKind::InvalidInput),
        (Query { page_size: Some(201), ..query("Customer") }, FailureKind::InvalidInput),
        (Query { filter: Some("Email".to_owned()), ..query("Customer") }, FailureKind::InvalidInput),
        (
            Query { filter: Some("Pending = TRUE OR Amount = 5".to_owned()), ..query("InvoiceItem") },
            FailureKind::Unsupported,
        ),
        (Query { columns: Some(vec!["Emial".to_owned()]), ..query("Customer") }, FailureKind::InvalidInput),
        (Query { page_token: Some("x".to_owned()), ..query("Customer") }, FailureKind::InvalidInput),
        (Query { order_by: order("Metadata", true), ..query("Customer") }, FailureKind::InvalidInput),
        (Query { order_by: order("Naem", true), ..query("Customer") }, FailureKind::InvalidInput),
        (query("InvoiceLineItem"), FailureKind::InvalidInput),
    ] {
        assert_eq!(list(fake.context(), wrong.clone(), &options()).unwrap_err().kind, kind, "{wrong:?}");
    }
    let expand = CallOptions { expand: Some(vec!["data.customer&x=y".to_owned()]), ..options() };
    assert!(list(fake.context(), query("Customer"), &expand).is_err());
    assert_eq!((fake.lines().len(), fake.secrets_asked()), (0, 0));
}

#[test]
fn explain_tells_without_sending() {
    let fake = Fake::new(&[]);
    let wanted = Query { filter: Some("Email = 'a@b.c' AND Name = 'x'".to_owned()), ..query("Customer") };
    let plan = entities::explain(fake.context(), wanted, &options()).unwrap();
    assert_eq!(
        plan.requests,
        [
            "GET /v1/customers?email=a%40b.c&limit=100",
            "GET /v1/test_helpers/test_clocks?limit=100",
            "GET /v1/customers?email=a%40b.c&limit=100&test_clock={TestClock.Id}"
        ]
    );
    assert_eq!(
        (plan.pushed, plan.residual),
        (vec!["Email = 'a@b.c'".to_owned()], Some("Name = 'x'".to_owned()))
    );
}

#[test]
fn a_deleted_object_is_in_no_list() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "cus_1", "deleted": true}"#)
        .answers(404, r#"{"error": {"code": "resource_missing"}}"#);
    for _ in 0..2 {
        let by_id = Query { filter: Some("Id = 'cus_1'".to_owned()), ..query("Customer") };
        assert_eq!(list(fake.context(), by_id, &options()).unwrap().rows, "[]");
    }
}

#[test]
fn a_server_that_gives_more_than_was_asked_for_does_no_harm() {
    let fake = Fake::new(&[("max_scan", "50")]);
    fake.answers(200, &customers(1..=80, true));
    let none = Query { filter: Some("Name = 'x'".to_owned()), ..query("Customer") };
    let page = list(fake.context(), none, &options()).unwrap();
    assert_eq!((page.scanned, page.next_page_token.is_some()), (50, true));
}

#[test]
fn the_log_has_one_line_a_call_and_no_secret() {
    let fake = Fake::new(&[("verbosity", "5")]);
    *fake.secret.borrow_mut() = Ok(b"sk_live_filler".to_vec());
    fake.answers(200, &customers(1..=2, false));
    let listed = crate::log::call(fake.context(), "customers", |context| {
        list(context, query("customers"), &options())
    });
    listed.unwrap();
    let failed = crate::log::call(fake.context(), "a\nb", |context| list(context, query("a\nb"), &options()));
    failed.unwrap_err();
    let logged = fake.logged.borrow();
    assert!(logged[0].starts_with("Level::Debug GET /v1/customers?limit=25"), "{}", logged[0]);
    assert!(
        logged[1].starts_with("Level::Info test Customer") && logged[1].contains(r#"("rows", "2")"#),
        "{}",
        logged[1]
    );
    assert!(
        logged[2].starts_with("Level::Error test (unknown)") && logged[2].contains("invalid-input"),
        "{}",
        logged[2]
    );
    assert!(!logged.iter().any(|line| line.contains("filler")));
}

#[test]
fn another_404_than_stripes_is_no_empty_list() {
    let fake = Fake::new(&[]);
    for body in [
        "<html>not found</html>",
        r#"{"error": {"type": "invalid_request_error", "message": "no such URL"}}"#,
    ] {
        fake.answers(404, body);
        let by_id = Query { filter: Some("Id = 'cus_1'".to_owned()), ..query("Customer") };
        assert_eq!(list(fake.context(), by_id, &options()).unwrap_err().kind, FailureKind::NotFound);
    }
}

#[test]
fn a_page_of_large_objects_ends_early_and_goes_on() {
    let fake = Fake::new(&[("max_response_bytes", "2048")]);
    let large = |n: u32| format!(r#"{{"id": "cus_{n}", "name": "{}"}}"#, "x".repeat(900));
    let data: Vec<String> = (1..=3).map(large).collect();
    fake.answers(200, &format!(r#"{{"has_more": false, "data": [{}]}}"#, data.join(",")));
    let whole = Query { columns: None, ..query("Customer") };
    let page = list(fake.context(), whole, &options()).unwrap();
    assert_eq!((ids(&page).len(), page.next_page_token.is_some()), (3, false));
    let data: Vec<String> = (1..=5).map(large).collect();
    fake.answers(200, &format!(r#"{{"has_more": false, "data": [{}]}}"#, data.join(",")));
    let whole = Query { columns: None, ..query("Customer") };
    let page = list(fake.context(), whole, &options()).unwrap();
    assert_eq!((ids(&page).len(), page.next_page_token.is_some()), (3, true));
}

#[test]
fn explain_foretells_how_many_objects_each_request_asks_for() {
    let by_name = || Some(By { column: "Name".to_owned(), descending: false });
    let either = "Email = 'a' OR Email = 'b'";
    for (filter, order_by, settings) in [
        ("TestClock IS NULL", None, &[][..]),
        ("Email = 'a'", None, &[]),
        ("Email = 'a'", by_name(), &[]),
        (either, None, &[]),
        (either, by_name(), &[]),
        ("(Email = 'a' OR Email = 'b') AND Name = 'x'", None, &[]),
        ("Email = 'a'", by_name(), &[("max_scan", "7")]),
    ] {
        let fake = Fake::new(settings);
        let query =
            Query { filter: Some(filter.to_owned()), order_by, page_size: Some(70), ..query("Customer") };
        let plan = entities::explain(fake.context(), query.clone(), &options()).unwrap();
        let lists = plan.requests.iter().filter(|line| !line.contains("clock"));
        for _ in lists.clone() {
            fake.answers(200, &customers(0..0, false));
        }
        list(fake.context(), query, &options()).unwrap();
        assert_eq!(fake.lines(), lists.cloned().collect::<Vec<_>>(), "{filter}");
    }
}
