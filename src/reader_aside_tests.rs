//! What Stripe gives in other lists only.

use super::*;

#[test]
fn a_refusal_of_customers_is_no_lack_of_test_clocks() {
    let refused = r#"{"error": {"type": "invalid_request_error", "message": "No."}}"#;
    let fake = Fake::new(&[]);
    fake.has_clocks.set(true);
    fake.answers(200, &stripes(&["t1 9"], false)).answers(400, refused);
    assert!(list(fake.context(), query("TaxId", ""), &options()).is_err());
    fake.answers(200, &stripes(&[], false))
        .answers(200, &stripes(&["clock_1 9"], false))
        .answers(400, refused);
    assert!(list(fake.context(), query("Invoice", ""), &options()).is_err());
}

const CLOCKED: &str = r#", "test_clock": "clock_1""#;

#[test]
fn what_is_on_test_clocks_comes_after_the_rest() {
    let fake = Fake::new(&[]);
    fake.has_clocks.set(true);
    let all = Query { page_size: Some(2), ..query("Customer", "") };
    fake.answers(200, &stripes(&["c1 90", "c2 80"], false));
    // What comes aside must not come twice, if a list has it after all.
    let both = [with("c9 99", CLOCKED), "c3 70".to_owned()];
    let both = both.each_ref().map(String::as_str);
    fake.answers(200, &stripes(&["clock_2 5", "clock_1 4"], false));
    fake.answers(200, &stripes(&[], false)).answers(200, &stripes(&both[..1], false));
    let first = page(&fake, &all, None);
    assert_eq!(ids(&first), ["c1", "c2"]);
    fake.answers(200, &stripes(&both[..1], false));
    let second = page(&fake, &all, first.next_page_token);
    assert_eq!((ids(&second), second.next_page_token), (vec!["c9".to_owned()], None));
    fake.answers(200, &stripes(&both, false)).answers(200, &stripes(&[], false));
    let third = page(&fake, &all, None);
    assert_eq!((ids(&third), third.next_page_token), (vec!["c3".to_owned()], None));
    assert_eq!(
        fake.lines()[..4],
        [
            "GET /v1/customers?limit=2",
            "GET /v1/test_helpers/test_clocks?limit=100",
            "GET /v1/customers?test_clock=clock_2&limit=2",
            "GET /v1/customers?test_clock=clock_1&limit=2",
        ]
    );
}

#[test]
fn without_test_clocks_there_is_nothing_aside() {
    // With a key for live mode nobody asks.
    let fake = Fake::new(&[]);
    fake.has_clocks.set(true);
    *fake.secret.borrow_mut() = Ok(b"rk_live_filler".to_vec());
    fake.answers(200, &stripes(&["c1 90"], false));
    assert_eq!(ids(&page(&fake, &query("Customer", ""), None)), ["c1"]);
    // Where the key is not known Stripe may refuse, and the log tells.
    let fake = Fake::new(&[("authorization", "injected")]);
    fake.has_clocks.set(true);
    fake.answers(200, &stripes(&["c1 90"], false))
        .answers(400, r#"{"error": {"type": "invalid_request_error"}}"#);
    assert_eq!(ids(&page(&fake, &query("Customer", ""), None)), ["c1"]);
    assert!(fake.logged.borrow().iter().any(|line| line.contains("no test clocks here")));
    // With a key for test mode it is no answer.
    let test = Fake::new(&[]);
    test.has_clocks.set(true);
    test.answers(200, &stripes(&["c1 90"], false))
        .answers(400, r#"{"error": {"type": "invalid_request_error"}}"#);
    let refused = list(test.context(), query("Customer", ""), &options()).unwrap_err();
    assert_eq!(refused.kind, FailureKind::InvalidInput);
    // A key that may not see them cannot tell whether there are some.
    fake.answers(200, &stripes(&["c1 90"], false))
        .answers(403, r#"{"error": {"type": "invalid_request_error"}}"#);
    let refused = list(fake.context(), query("Customer", ""), &options()).unwrap_err();
    assert_eq!(refused.kind, FailureKind::PermissionDenied);
    assert!(refused.message.contains("TestClock IS NULL"), "{}", refused.message);
    fake.answers(200, &stripes(&["c1 90"], false));
    assert_eq!(ids(&page(&fake, &query("Customer", "TestClock IS NULL"), None)), ["c1"]);
}

#[test]
fn a_page_ends_before_it_takes_too_many_requests() {
    let fake = Fake::new(&[("max_scan", "100")]);
    fake.answers(200, &stripes(&["t1 9"], false));
    let customers: Vec<String> = (0..30).map(|n| format!("cus_{n} {}", 90 - n)).collect();
    let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
    fake.answers(200, &stripes(&customers, false));
    for _ in 0..8 {
        fake.answers(200, &stripes(&[], false));
    }
    let own = query("TaxId", "OwnerAccount IS NULL");
    let first = page(&fake, &own, None);
    assert_eq!((ids(&first), fake.lines().len()), (vec!["t1".to_owned()], 10));
    // It was about to look at the ninth customer.
    fake.answers(200, &stripes(&[], false)).answers(200, &stripes(&customers[9..], false));
    for _ in 0..8 {
        fake.answers(200, &stripes(&[], false));
    }
    let second = page(&fake, &own, first.next_page_token);
    assert_eq!(second.rows, "[]");
    assert!(second.next_page_token.is_some());
    assert!(fake.lines()[10].contains("owner%5Bcustomer%5D=cus_8"), "{}", fake.lines()[10]);
    assert_eq!(fake.lines()[11], "GET /v1/customers?limit=100&starting_after=cus_8");
}

#[test]
fn newest_first_takes_in_what_is_on_test_clocks() {
    let fake = Fake::new(&[]);
    fake.has_clocks.set(true);
    let order = Some(Order { column: "Created".to_owned(), descending: true });
    let newest = Query { order_by: order, page_size: Some(1), ..query("Customer", "") };
    fake.answers(200, &stripes(&[], false)).answers(200, &stripes(&["c1 90", "c2 80"], true));
    assert_eq!(ids(&page(&fake, &newest, None)), ["c1"]);
    let clocked = with("c9 99", CLOCKED);
    let sorted = Fake::new(&[]);
    sorted.has_clocks.set(true);
    sorted.answers(200, &stripes(&["clock_1 4"], false)).answers(200, &stripes(&[&clocked], false));
    sorted.answers(200, &stripes(&["c1 90", "c2 80"], false));
    sorted.answers(200, &stripes(&["clock_1 4"], false)).answers(200, &stripes(&[&clocked], false));
    assert_eq!(ids(&page(&sorted, &newest, None)), ["c9"]);
}
