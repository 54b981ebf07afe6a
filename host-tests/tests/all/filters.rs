//! Filters: what Stripe checks is pushed, the rest is checked here, and the answer is the same.

use host_tests::stage::{FIRST_SECOND, Stage, failure, none};
use serde_json::json;
use stripe_connector_host::contract::Query;

/// Numbers of the customers whose ids these are.
fn numbers(ids: &[String]) -> Vec<i64> {
    ids.iter().map(|id| id.trim_start_matches("cus_").parse().expect("a number")).collect()
}

fn newest_first(keep: impl Fn(i64) -> bool) -> Vec<i64> {
    (0..120).rev().filter(|n| keep(*n)).collect()
}

/// The parameters by which Stripe filtered, of each request since the last look.
fn pushed(stage: &Stage) -> Vec<String> {
    let filters = |query: &str| {
        let kept = query.split('&').filter(|p| !p.starts_with("limit=") && !p.starts_with("starting_after="));
        kept.collect::<Vec<_>>().join("&").replace("%5B", "[").replace("%5D", "]").replace("%40", "@")
    };
    // There are no test clocks, and every listing of customers asks.
    let lists = stage.sent().into_iter().filter(|request| request.path != "/v1/test_helpers/test_clocks");
    let mut all: Vec<_> = lists.map(|request| filters(&request.query)).collect();
    all.dedup();
    all
}

#[tokio::test]
async fn equalities() {
    let stage = Stage::new().await;
    stage.put_customers(120);
    for (filter, keep, parameters) in [
        ("Email = '7@example.com'", (|n| n % 10 == 7) as fn(i64) -> bool, "email=7@example.com"),
        ("Name = 'Even'", |n| n % 2 == 0, ""),
        ("name='Even' and Metadata.plan = 'gold'", |n| n % 6 == 0, ""),
        ("[Email] = '6@example.com' AND Name = 'Even'", |n| n % 10 == 6, "email=6@example.com"),
        ("Email = '7@example.com' AND Name = 'Even'", |_| false, "email=7@example.com"),
        ("Livemode = FALSE AND metadata.plan='gold'", |n| n % 3 == 0, ""),
        ("Email = '7@example.com' AND Email = '8@example.com'", |_| false, "email=7@example.com"),
        ("Email = 'it''s & <odd>?'", |_| false, "email=it%27s%20%26%20%3Codd%3E%3F"),
        ("Name = 'even'", |_| false, ""),
        ("Description = ''", |_| false, ""),
    ] {
        assert_eq!(numbers(&stage.ids("Customer", filter).await), newest_first(keep), "{filter}");
        assert_eq!(pushed(&stage), [parameters], "{filter}");
    }
}

#[tokio::test]
async fn ranges_of_instants() {
    let stage = Stage::new().await;
    stage.put_customers(120);
    let second = FIRST_SECOND;
    for (filter, keep, parameters) in [
        (
            "Created >= '2026-01-01T00:00:50Z'".to_owned(),
            (|n| n >= 50) as fn(i64) -> bool,
            format!("created[gte]={}", second + 50),
        ),
        (
            "Created > '2026-01-01T01:00:50+01:00' AND Created < '2026-01-01T00:01:00Z'".to_owned(),
            |n| n > 50 && n < 60,
            format!("created[gt]={}&created[lt]={}", second + 50, second + 60),
        ),
        ("Created <= '2026-01-01'".to_owned(), |n| n == 0, format!("created[lte]={second}")),
        (format!("Created = {}", second + 7), |n| n == 7, format!("created={}", second + 7)),
        (
            format!("Created >= {} AND Created >= {}", second + 3, second + 117),
            |n| n >= 117,
            format!("created[gte]={}", second + 3),
        ),
        (
            "Created >= '2027-01-01' AND Email = '1@example.com'".to_owned(),
            |_| false,
            format!("created[gte]={}&email=1@example.com", second + 31_536_000),
        ),
    ] {
        assert_eq!(numbers(&stage.ids("Customer", &filter).await), newest_first(keep), "{filter}");
        assert_eq!(pushed(&stage), [parameters], "{filter}");
    }
}

#[tokio::test]
async fn an_id_is_one_request_for_one_object() {
    let stage = Stage::new().await;
    stage.put_customers(120);
    assert_eq!(stage.ids("Customer", "Id = 'cus_007'").await, ["cus_007"]);
    assert_eq!(stage.ids("Customer", "Id = 'cus_007' AND Name = 'Odd'").await, ["cus_007"]);
    assert_eq!(stage.ids("Customer", "Name = 'Even' AND Id = 'cus_007'").await, [""; 0]);
    assert_eq!(stage.ids("Customer", "Id = 'cus_unknown'").await, [""; 0]);
    let get = "GET /v1/customers/cus_007";
    assert_eq!(stage.lines(), [get, get, get, "GET /v1/customers/cus_unknown"]);
}

#[tokio::test]
async fn numbers_and_truth_values() {
    let stage = Stage::new().await;
    for (n, active) in [(1, true), (2, false), (3, true)] {
        stage.sandbox.put(json!({
            "id": format!("price_{n}"), "object": "price", "created": FIRST_SECOND + n, "active": active,
            "unit_amount": n * 100, "currency": "usd", "recurring": {"interval": "month"},
        }));
    }
    for (filter, expected, parameters) in [
        ("Active = TRUE", &["price_3", "price_1"][..], "active=true"),
        ("UnitAmount = 200", &["price_2"], "active=false | "),
        ("UnitAmount = 200.0 AND active = false", &["price_2"], "active=false"),
        (
            "RecurringInterval = 'month' AND Currency = 'usd' AND UnitAmount = 300",
            &["price_3"],
            "recurring[interval]=month&currency=usd&active=false | recurring[interval]=month&currency=usd",
        ),
    ] {
        assert_eq!(stage.ids("Price", filter).await, expected, "{filter}");
        assert_eq!(pushed(&stage).join(" | "), parameters, "{filter}");
    }
}

#[tokio::test]
async fn explain_says_what_list_does_and_sends_nothing() {
    let stage = Stage::new().await;
    stage.put_customers(120);
    let query = Query {
        filter: Some("Created >= '2026-01-01' AND Name = 'Even' AND Email = '2@example.com'".to_owned()),
        ..Query::new("Customer")
    };
    let plan = stage.connector.explain(&query, &none()).await.expect("a plan");
    assert_eq!(stage.lines(), [""; 0]);
    assert_eq!(plan.pushed, ["Created >= '2026-01-01'", "Email = '2@example.com'"]);
    assert_eq!(plan.residual.as_deref(), Some("Name = 'Even'"));
    stage.connector.list(&query, &none()).await.expect("a page");
    // There is no test clock whose customers could be asked for.
    assert_eq!(stage.lines(), plan.requests[..2]);
    let aside = "GET /v1/customers?created%5Bgte%5D=1767225600&email=2%40example.com&limit=100&test_clock={TestClock.Id}";
    assert_eq!(plan.requests[2], aside);
}

#[tokio::test]
async fn the_whole_language() {
    let stage = Stage::new().await;
    stage.put_customers(120);
    for (filter, keep) in [
        ("Name = 'Odd' OR Email = '2@example.com'", (|n| n % 2 == 1 || n % 10 == 2) as fn(i64) -> bool),
        ("NOT Name = 'Odd'", |n| n % 2 == 0),
        ("NOT (Name = 'Odd' OR Metadata.plan = 'gold')", |_| false),
        ("NOT (Name = 'Odd' OR Metadata.plan IS NOT NULL)", |n| n % 2 == 0 && n % 3 != 0),
        ("Email IN ('1@example.com', '3@example.com')", |n| n % 10 == 1 || n % 10 == 3),
        ("Name <> 'Odd' AND Email != '2@example.com'", |n| n % 2 == 0 && n % 10 != 2),
        ("Metadata.plan IS NULL", |n| n % 3 != 0),
        ("Email LIKE '_@ex%.com' AND Email NOT LIKE '%7@%'", |n| n % 10 != 7),
        ("Name CONTAINS 've'", |n| n % 2 == 0),
        ("Created BETWEEN '2026-01-01T00:00:10Z' AND '2026-01-01T00:00:20Z'", |n| (10..=20).contains(&n)),
        ("Name > 'Even'", |n| n % 2 == 1),
        ("Id IN ('cus_005', 'cus_117', 'cus_050', 'cus_unknown')", |n| [5, 50, 117].contains(&n)),
        ("Id = 'cus_005' OR Email = '8@example.com'", |n| n == 5 || n % 10 == 8),
        ("Email = NULL OR Email <> NULL", |_| false),
    ] {
        assert_eq!(numbers(&stage.ids("Customer", filter).await), newest_first(keep), "{filter}");
    }
}

#[tokio::test]
async fn mistakes_are_told_with_their_place_and_nothing_is_sent() {
    let stage = Stage::new().await;
    for (filter, place) in [
        ("Name = 'a' OR", "the filter ends where a column"),
        ("Name = 'a' ORDER BY Name", "character 12: expected AND, OR or the end, found `ORDER`"),
        ("(Name = 'a'", "the filter ends where AND, OR or )"),
        ("Name LIKE 5", "character 11: expected a pattern"),
        ("Balance >= 'x'", "character 1: `Balance >= 'x'`: `Balance` is compared with a number"),
        ("Name = 'a' AND Emial = 'x'", "character 16: Customer has no column `Emial`; did you mean `Email`?"),
    ] {
        let query = Query { filter: Some(filter.to_owned()), ..Query::new("Customer") };
        let refused = failure(stage.connector.list(&query, &none()).await);
        assert_eq!(refused.kind.name(), "invalid-input", "{filter}: {}", refused.message);
        assert!(refused.message.contains(place), "{filter}: {}", refused.message);
    }
    assert_eq!(stage.lines(), [""; 0]);
}
