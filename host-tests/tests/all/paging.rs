//! Pages: every object once, whatever the page's size, also when the object that ended a page is gone.

use host_tests::stage::{Stage, failure, ids, none};
use stripe_connector_host::contract::{Order, Page, Query};

const COUNT: i64 = 250;

fn query(size: u32, token: Option<String>) -> Query {
    Query {
        columns: Some(vec!["Id".to_owned()]),
        page_size: Some(size),
        page_token: token,
        ..Query::new("Customer")
    }
}

/// Reads to the end. `between` sees each page before the next is asked for.
async fn walk(stage: &Stage, size: u32, mut between: impl AsyncFnMut(&Page)) -> Vec<String> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let page = stage.connector.list(&query(size, token), &none()).await.expect("a page");
        let found = ids(&page);
        assert!(found.len() <= size as usize, "{} rows on a page of {size}", found.len());
        assert!(found.len() == size as usize || page.next_page_token.is_none(), "a short page of {size}");
        all.extend(found);
        between(&page).await;
        token = page.next_page_token;
        if token.is_none() {
            return all;
        }
    }
}

/// Newest first.
fn all() -> Vec<String> {
    (0..COUNT).rev().map(|n| format!("cus_{n:03}")).collect()
}

#[tokio::test]
async fn every_page_size_gives_every_object_once() {
    let stage = Stage::new().await;
    stage.put_customers(COUNT);
    for size in 1..=200 {
        assert_eq!(walk(&stage, size, async |_| {}).await, all(), "pages of {size}");
    }
    for request in stage.sent() {
        let limit = request.query_pairs().into_iter().find(|(name, _)| name == "limit").expect("a limit");
        assert!(limit.1.parse().is_ok_and(|limit: u32| (1..=100).contains(&limit)), "{limit:?}");
    }
}

#[tokio::test]
async fn a_page_is_25_rows_if_not_said() {
    let stage = Stage::new().await;
    stage.put_customers(COUNT);
    let page = stage.connector.list(&Query::new("Customers"), &none()).await.expect("a page");
    assert_eq!((ids(&page).len(), page.scanned), (25, 25));
    assert!(page.next_page_token.is_some());
}

#[tokio::test]
async fn the_last_object_of_each_page_may_be_deleted_in_between() {
    for size in [2, 10, 100, 125, 200] {
        let stage = Stage::new().await;
        stage.put_customers(COUNT);
        let connector = stage.connector.clone();
        let found = walk(&stage, size, async |page| {
            let last = ids(page).pop().expect("a row");
            connector.delete("Customer", Some(&last), &none()).await.expect("deleted");
        });
        assert_eq!(found.await, all(), "pages of {size}");
    }
}

#[tokio::test]
async fn objects_that_are_new_in_between_move_nothing() {
    let stage = Stage::new().await;
    stage.put_customers(COUNT);
    let mut n = COUNT;
    let found = walk(&stage, 40, async |_| {
        stage.sandbox.put(host_tests::stage::customer(n));
        n += 1;
    });
    assert_eq!(found.await, all());
}

#[tokio::test]
async fn when_all_that_the_token_knows_are_deleted_it_goes_on_or_says_so() {
    let stage = Stage::new().await;
    stage.put_customers(20);
    let first = stage.connector.list(&query(5, None), &none()).await.expect("a page");
    for id in ids(&first) {
        stage.connector.delete("Customer", Some(&id), &none()).await.expect("deleted");
    }
    // Its second says where to go on.
    let page = stage.connector.list(&query(5, first.next_page_token), &none()).await.expect("a page");
    assert_eq!(ids(&page), ["cus_014", "cus_013", "cus_012", "cus_011", "cus_010"]);
    for n in 0..20 {
        let mut same = host_tests::stage::customer(n);
        same["created"] = host_tests::stage::FIRST_SECOND.into();
        stage.sandbox.put(same);
    }
    let first = stage.connector.list(&query(6, None), &none()).await.expect("a page");
    for id in ids(&first) {
        stage.connector.delete("Customer", Some(&id), &none()).await.expect("deleted");
    }
    // Which of that second were read is known of five only.
    let lost = failure(stage.connector.list(&query(5, first.next_page_token), &none()).await);
    assert_eq!(lost.kind.name(), "conflict");
}

#[tokio::test]
async fn a_filtered_listing_has_full_pages_and_an_end() {
    let stage = Stage::new().await;
    stage.put_customers(COUNT);
    let filter = || Some("Metadata.plan = 'gold'".to_owned());
    let expected: Vec<_> = (0..COUNT).rev().filter(|n| n % 3 == 0).map(|n| format!("cus_{n:03}")).collect();
    for size in [1, 7, 42, 84, 200] {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let query = Query { filter: filter(), ..query(size, token) };
            let page = stage.connector.list(&query, &none()).await.expect("a page");
            found.extend(ids(&page));
            token = page.next_page_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "pages of {size}");
    }
}

#[tokio::test]
async fn max_scan_ends_a_page_but_not_the_walk() {
    let stage = Stage::with(&[("max_scan", "30")]).await;
    stage.put_customers(100);
    let (mut found, mut token, mut pages) = (Vec::new(), None, 0);
    loop {
        let query =
            Query { filter: Some("Email = '7@example.com' AND Name = 'Even'".to_owned()), ..query(5, token) };
        let page = stage.connector.list(&query, &none()).await.expect("a page");
        found.extend(ids(&page));
        token = page.next_page_token;
        pages += 1;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(found, [""; 0], "{pages} pages");
    let query = Query { filter: Some("Metadata.plan = 'gold'".to_owned()), ..query(200, None) };
    let page = stage.connector.list(&query, &none()).await.expect("a page");
    assert_eq!((ids(&page).len(), page.scanned, page.next_page_token.is_some()), (10, 30, true));
}

#[tokio::test]
async fn rows_are_in_the_order_that_is_asked_for() {
    let stage = Stage::with(&[("max_scan", "50")]).await;
    stage.put_customers(12);
    let order = |column: &str, descending| Query {
        order_by: Some(Order { column: column.to_owned(), descending }),
        ..Query::new("Customer")
    };
    for (column, descending, expected) in [
        ("Created", true, ["cus_011", "cus_010", "cus_009", "cus_008", "cus_007"]),
        ("Created", false, ["cus_000", "cus_001", "cus_002", "cus_003", "cus_004"]),
        ("Email", true, ["cus_009", "cus_008", "cus_007", "cus_006", "cus_005"]),
        ("Metadata.plan", true, ["cus_000", "cus_003", "cus_006", "cus_009", "cus_001"]),
        ("Id", false, ["cus_000", "cus_001", "cus_002", "cus_003", "cus_004"]),
    ] {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let query = Query { page_size: Some(5), page_token: token, ..order(column, descending) };
            let page = stage.connector.list(&query, &none()).await.expect("a page");
            found.extend(ids(&page));
            token = page.next_page_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!((&found[..5], found.len()), (&expected.map(str::to_owned)[..], 12), "{column}");
    }
    stage.put_customers(51);
    let refused = failure(stage.connector.list(&order("Email", true), &none()).await);
    assert_eq!(refused.kind.name(), "limit-exceeded");
    assert!(refused.message.contains("at least 51 objects"), "{}", refused.message);
    let newest = Query { page_size: Some(1), ..order("Created", true) };
    assert_eq!(ids(&stage.connector.list(&newest, &none()).await.expect("a page")), ["cus_050"]);
}
