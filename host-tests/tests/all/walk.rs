//! Long walks: a hundred thousand objects, of which some come and go between the pages, in little memory.

use std::collections::HashSet;
use std::io::Write;
use std::time::Instant;

use host_tests::stage::{FIRST_SECOND, Stage, ids, none};
use serde_json::{Value, json};
use stripe_connector_host::contract::{Order, Query};

const COUNT: usize = 100_000;
const PAGE: u32 = 200;

/// What an instance may have. It keeps a page and the objects of one of Stripe's, whatever the length of the list.
const MAX_MEMORY: usize = 4 << 20;

/// Prints a line also where the output of tests is captured, as `println` would not.
macro_rules! say {
    ($($part:tt)*) => { writeln!(std::io::stdout(), $($part)*).expect("standard output") };
}

fn id(number: usize) -> String {
    format!("cus_{number:06}")
}

/// A customer with all that Stripe sends of one. Two share a second.
fn customer(number: usize) -> Value {
    let address = json!({
        "city": "Oslo", "country": "NO", "line1": "Karl Johans gate 22", "line2": null, "postal_code": "0026",
        "state": null,
    });
    json!({
        "id": id(number),
        "object": "customer",
        "address": address,
        "balance": if number.is_multiple_of(11) { Value::Null } else { json!(number * 7_919 % 1_000) },
        "created": FIRST_SECOND + number as i64 / 2,
        "currency": "nok",
        "default_source": null,
        "delinquent": false,
        "description": "The customer of a long walk, described at some length as customers are",
        "discount": null,
        "email": format!("customer.{number}@example.com"),
        "invoice_prefix": "0759376C",
        "invoice_settings": {
            "custom_fields": null, "default_payment_method": "pm_1PqZ7uB7WZ01zgkWUc4PFbDk", "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": {"plan": if number.is_multiple_of(50) { "gold" } else { "silver" }, "order": number.to_string()},
        "name": format!("Customer {number}"),
        "next_invoice_sequence": 1,
        "phone": "+4712345678",
        "preferred_locales": ["no", "en"],
        "shipping": {"address": address, "name": "Jenny Rosen", "phone": "+4712345678"},
        "tax_exempt": "none",
        "test_clock": null,
    })
}

async fn stage(count: usize) -> Stage {
    let stage = Stage::new().await;
    (0..count).for_each(|number| stage.sandbox.put(customer(number)));
    stage
}

async fn delete(stage: &Stage, id: &str) {
    stage.connector.delete("Customer", Some(id), &none()).await.expect("deleted");
}

/// Reads to the end, from page to page. `between` sees the number and the ids of each.
async fn walk(stage: &Stage, query: Query, mut between: impl AsyncFnMut(usize, &[String])) -> Vec<String> {
    let (mut all, mut query) = (Vec::new(), Query { page_size: Some(PAGE), ..query });
    for number in 0.. {
        let page = stage.connector.list(&query, &none()).await.expect("a page");
        let found = ids(&page);
        between(number, &found).await;
        all.extend(found);
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            break;
        }
    }
    all
}

fn check_memory(stage: &Stage, what: &str, rows: usize, started: Instant) {
    let (memory, seconds) = (stage.connector.memory(), started.elapsed().as_secs_f64());
    say!("{what}: {rows} rows in {seconds:.1} s, linear memory {memory} bytes (budget {MAX_MEMORY})");
    assert!((1..=MAX_MEMORY).contains(&memory), "{what}: {memory} bytes of linear memory");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_walk_loses_and_repeats_nothing_while_objects_come_and_go() {
    let stage = stage(COUNT).await;
    let (mut gone, mut new) = (HashSet::new(), COUNT);
    let started = Instant::now();
    let found = walk(&stage, Query::new("Customer"), async |number, page| {
        // Newer than all: they stand before what is left to read.
        for _ in 0..3 {
            stage.sandbox.put(customer(new));
            new += 1;
        }
        match (number % 8, page) {
            (0, [.., last]) => delete(&stage, last).await,
            (2, [.., a, b, c, d, e]) => {
                for id in [a, b, c, d, e] {
                    delete(&stage, id).await;
                }
            }
            (4, [.., first, last]) => {
                delete(&stage, first).await;
                delete(&stage, last).await;
            }
            // The first and the last of the next page, and one further on.
            (6, [.., last]) => {
                let last: usize = last["cus_".len()..].parse().expect("a number");
                for ahead in [1, PAGE as usize, 1_000] {
                    if let Some(number) = last.checked_sub(ahead) {
                        delete(&stage, &id(number)).await;
                        gone.insert(id(number));
                    }
                }
            }
            _ => {}
        }
    })
    .await;
    assert!(gone.len() > 150, "{} objects were deleted before they were reached", gone.len());
    let expected: Vec<String> = (0..COUNT).rev().map(id).filter(|id| !gone.contains(id)).collect();
    assert_same(&found, &expected);
    check_memory(&stage, "walk", found.len(), started);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_in_an_order_stays_in_it_while_objects_go() {
    const COUNT: usize = 3_000;
    let stage = stage(COUNT).await;
    let balance = |number: &usize| customer(*number)["balance"].as_i64();
    for descending in [false, true] {
        let mut numbers: Vec<usize> = (0..COUNT).collect();
        // Rising numbers have rising ids, and the sort leaves equals as they are.
        match descending {
            false => numbers.sort_by_key(balance),
            true => numbers.sort_by_key(|number| std::cmp::Reverse(balance(number))),
        }
        let expected: Vec<String> = numbers.into_iter().map(id).collect();
        let order = Order { column: "Balance".to_owned(), descending };
        let started = Instant::now();
        let mut gone = Vec::new();
        let found =
            walk(&stage, Query { order_by: Some(order), ..Query::new("Customer") }, async |_, page| {
                let last = page.last().expect("a row").clone();
                gone.push(stage.sandbox.get(&last).expect("a customer"));
                delete(&stage, &last).await;
            });
        assert_same(&found.await, &expected);
        gone.into_iter().for_each(|object| stage.sandbox.put(object));
        check_memory(&stage, "walk in an order", COUNT, started);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filtered_walk_finds_all_that_is_meant() {
    const COUNT: usize = 30_000;
    let stage = stage(COUNT).await;
    let started = Instant::now();
    let filter =
        format!("Metadata.plan = 'gold' AND Created >= {} OR Id = '{}'", FIRST_SECOND + 5_000, id(7));
    let query = Query { filter: Some(filter), ..Query::new("Customer") };
    let found = walk(&stage, query, async |_, page| {
        if let Some(last) = page.last() {
            delete(&stage, last).await;
        }
    });
    let found = found.await;
    let meant = (0..COUNT).rev().filter(|number| number % 50 == 0 && *number >= 10_000 || *number == 7);
    assert_same(&found, &meant.map(id).collect::<Vec<_>>());
    check_memory(&stage, "filtered walk", found.len(), started);
}

/// Says where two long lists part.
fn assert_same(found: &[String], expected: &[String]) {
    let same = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    assert!(
        found.len() == expected.len() && same == found.len(),
        "{} rows of {}; from row {same} on: {:?}, expected {:?}",
        found.len(),
        expected.len(),
        found.iter().skip(same).take(3).collect::<Vec<_>>(),
        expected.iter().skip(same).take(3).collect::<Vec<_>>()
    );
}
