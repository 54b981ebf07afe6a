//! Which requests a filter becomes: each one, in order, as `explain` foretells; and the same rows when nothing is pushed.

use std::collections::BTreeSet;

use host_tests::stage::{FIRST_SECOND, Stage, builder, ids, none};
use serde_json::json;
use stripe_connector_host::Connector;
use stripe_connector_host::contract::Query;

/// One request after another, so that their order is known.
const ONE_BY_ONE: (&str, &str) = ("max_in_flight", "1");

/// A query, what it asks Stripe for, and what it finds.
struct Case {
    entity: &'static str,
    filter: String,
    requests: Vec<String>,
    rows: Vec<String>,
}

fn case(entity: &'static str, filter: &str, requests: &[&str], rows: &[&str]) -> Case {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Case { entity, filter: filter.to_owned(), requests: owned(requests), rows: owned(rows) }
}

/// Test clocks, from the newest to the oldest.
const CLOCKS: [&str; 2] = ["clock_1", "clock_2"];

/// Six charges, a second apart.
fn put_charges(stage: &Stage) {
    for n in 0..6 {
        stage.sandbox.put(json!({
            "id": format!("ch_{n}"), "object": "charge", "created": FIRST_SECOND + n, "amount": n * 100,
            "customer": format!("cus_{}", n % 3), "payment_intent": format!("pi_{}", n % 2),
            "transfer_group": format!("g{n}"),
        }));
    }
}

/// Runs the cases with pushdown and without.
async fn check(stage: &Stage, connector: &Connector, cases: &[Case]) {
    let url = stage.sandbox.url();
    let alone = builder(&[("api_base", &url), ("pushdown", "off")]).build().expect("a connector");
    for Case { entity, filter, requests, rows } in cases {
        let query = Query { filter: Some(filter.clone()), page_size: Some(100), ..Query::new(*entity) };
        stage.sent();
        let plan = connector.explain(&query, &none()).await;
        let plan = plan.unwrap_or_else(|error| panic!("explain {entity} {filter}: {error}"));
        assert_eq!(stage.lines(), [""; 0], "explain {entity} {filter}");
        let page = connector.list(&query, &none()).await;
        let page = page.unwrap_or_else(|error| panic!("list {entity} {filter}: {error}"));
        assert_eq!(sent(stage), *requests, "{entity} {filter}");
        assert_eq!(page.next_page_token, None, "{entity} {filter}");
        let found = ids(&page);
        let meant: BTreeSet<&String> = rows.iter().collect();
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), meant, "{entity} {filter}");
        assert_eq!(found.len(), rows.len(), "{entity} {filter}: {found:?}");

        // The ids of clocks are not known beforehand; `explain` has the first of each chain.
        let foretold: Vec<String> =
            plan.requests.iter().map(|line| readable(&line.replace("{TestClock.Id}", CLOCKS[0]))).collect();
        let first: Vec<&String> = requests.iter().filter(|line| !line.contains(CLOCKS[1])).collect();
        let sorted = |lines: Vec<&String>| lines.into_iter().map(|line| by_name(line)).collect::<Vec<_>>();
        assert_eq!(sorted(foretold.iter().collect()), sorted(first), "explain {entity} {filter}");

        stage.sent();
        let page = alone.list(&query, &none()).await;
        let page = page.unwrap_or_else(|error| panic!("without pushdown: {entity} {filter}: {error}"));
        let found = ids(&page);
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), meant, "without pushdown: {entity} {filter}");
        if *entity == "Charge" {
            assert_eq!(sent(stage), ["/v1/charges?limit=100"], "without pushdown: {filter}");
        }
    }
}

/// Path and query of each request since the last look.
fn sent(stage: &Stage) -> Vec<String> {
    stage.lines().iter().map(|line| readable(line)).collect()
}

fn readable(line: &str) -> String {
    let signs = [
        ("%5B", "["),
        ("%5D", "]"),
        ("%40", "@"),
        ("%20", " "),
        ("%22", "\""),
        ("%3A", ":"),
        ("%3D", "="),
        ("%3E", ">"),
        ("GET ", ""),
    ];
    signs.into_iter().fold(line.to_owned(), |line, (coded, sign)| line.replace(coded, sign))
}

/// A line with its parameters in order: what is not known beforehand stands at the end of what `explain` says.
fn by_name(line: &str) -> String {
    let (path, query) = line.split_once('?').unwrap_or((line, ""));
    let mut parameters: Vec<_> = query.split('&').collect();
    parameters.sort_unstable();
    format!("{path}?{}", parameters.join("&"))
}

async fn stage() -> (Stage, Connector) {
    let stage = Stage::with(&[ONE_BY_ONE]).await;
    let connector = stage.connector.clone();
    (stage, connector)
}

#[tokio::test]
async fn conditions_on_one_list() {
    let (stage, connector) = stage().await;
    put_charges(&stage);
    let cases = [
        case("Charge", "Customer = 'cus_1'", &["/v1/charges?customer=cus_1&limit=100"], &["ch_1", "ch_4"]),
        case("Charge", "Customer IN ('cus_2')", &["/v1/charges?customer=cus_2&limit=100"], &["ch_2", "ch_5"]),
        // Of a group the list gives a hundred at most.
        case("Charge", "TransferGroup = 'g2'", &["/v1/charges?limit=100"], &["ch_2"]),
        case(
            "Charge",
            "PaymentIntent = 'pi_1' AND Customer = 'cus_1'",
            &["/v1/charges?payment_intent=pi_1&customer=cus_1&limit=100"],
            &["ch_1"],
        ),
        case(
            "Charge",
            "Created >= '2026-01-01T00:00:01Z' AND Created < 1767225604",
            &["/v1/charges?created[gte]=1767225601&created[lt]=1767225604&limit=100"],
            &["ch_1", "ch_2", "ch_3"],
        ),
        case(
            "Charge",
            "Created BETWEEN 1767225601 AND '2026-01-01T01:00:03+01:00'",
            &["/v1/charges?created[gte]=1767225601&created[lte]=1767225603&limit=100"],
            &["ch_1", "ch_2", "ch_3"],
        ),
        case(
            "Charge",
            "NOT Created <= 1767225603",
            &["/v1/charges?created[gt]=1767225603&limit=100"],
            &["ch_4", "ch_5"],
        ),
        case("Charge", "Created = 1767225602", &["/v1/charges?created=1767225602&limit=100"], &["ch_2"]),
        case(
            "Charge",
            "Customer = 'cus_1' AND Amount > 200",
            &["/v1/charges?customer=cus_1&limit=100"],
            &["ch_4"],
        ),
        case(
            "Charge",
            "Customer = 'cus_0' AND Customer = 'cus_1'",
            &["/v1/charges?customer=cus_0&limit=100"],
            &[],
        ),
        // What Stripe does not check takes one list of all.
        case("Charge", "Amount > 200", &["/v1/charges?limit=100"], &["ch_3", "ch_4", "ch_5"]),
        case("Charge", "Customer <> 'cus_0' AND Amount < 200", &["/v1/charges?limit=100"], &["ch_1"]),
        case("Charge", "NOT (Customer = 'cus_0' OR Amount > 100)", &["/v1/charges?limit=100"], &["ch_1"]),
        case("Charge", "Created > '2026-01-01T00:00:04.5Z'", &["/v1/charges?limit=100"], &["ch_5"]),
        case("Charge", "Customer = NULL OR Customer = ''", &["/v1/charges?limit=100"], &[]),
        case(
            "Charge",
            "Customer = 'cus_0' OR Amount = 100",
            &["/v1/charges?limit=100"],
            &["ch_0", "ch_1", "ch_3"],
        ),
    ];
    check(&stage, &connector, &cases).await;
}

#[tokio::test]
async fn alternatives_and_ids() {
    let (stage, connector) = stage().await;
    put_charges(&stage);
    let customers = |count: usize| {
        let all: Vec<_> = (0..count).map(|n| format!("'cus_{n}'")).collect();
        format!("Customer IN ({})", all.join(", "))
    };
    let (ten, eleven) = (customers(10), customers(11));
    let of_ten: Vec<_> = (0..10).map(|n| format!("/v1/charges?customer=cus_{n}&limit=20")).collect();
    let of_ten: Vec<_> = of_ten.iter().map(String::as_str).collect();
    let all = &["ch_0", "ch_1", "ch_2", "ch_3", "ch_4", "ch_5"];
    let cases = [
        case(
            "Charge",
            "Customer IN ('cus_0', NULL, 'cus_1')",
            &["/v1/charges?customer=cus_0&limit=100", "/v1/charges?customer=cus_1&limit=100"],
            &["ch_0", "ch_1", "ch_3", "ch_4"],
        ),
        case(
            "Charge",
            "Customer = 'cus_0' OR PaymentIntent = 'pi_1'",
            &["/v1/charges?customer=cus_0&limit=100", "/v1/charges?payment_intent=pi_1&limit=100"],
            &["ch_0", "ch_1", "ch_3", "ch_5"],
        ),
        case(
            "Charge",
            "(Customer = 'cus_0' AND Amount > 0) OR PaymentIntent = 'pi_1'",
            &["/v1/charges?customer=cus_0&limit=100", "/v1/charges?payment_intent=pi_1&limit=100"],
            &["ch_1", "ch_3", "ch_5"],
        ),
        case(
            "Charge",
            "Customer IN ('cus_0', 'cus_1') AND PaymentIntent IN ('pi_0', 'pi_1') AND Created < 1767225603",
            &[
                "/v1/charges?created[lt]=1767225603&customer=cus_0&payment_intent=pi_0&limit=50",
                "/v1/charges?created[lt]=1767225603&customer=cus_0&payment_intent=pi_1&limit=50",
                "/v1/charges?created[lt]=1767225603&customer=cus_1&payment_intent=pi_0&limit=50",
                "/v1/charges?created[lt]=1767225603&customer=cus_1&payment_intent=pi_1&limit=50",
            ],
            &["ch_0", "ch_1"],
        ),
        case("Charge", &ten, &of_ten, all),
        case("Charge", &eleven, &["/v1/charges?limit=100"], all),
        case("Charge", "Id = 'ch_2'", &["/v1/charges/ch_2"], &["ch_2"]),
        case("Charge", "Amount = 100 AND Id = 'ch_2'", &["/v1/charges/ch_2"], &[]),
        case(
            "Charge",
            "Id IN ('ch_0', 'ch_9', 'ch_4', 'ch_0')",
            &["/v1/charges/ch_0", "/v1/charges/ch_9", "/v1/charges/ch_4"],
            &["ch_0", "ch_4"],
        ),
        case(
            "Charge",
            "Id = 'ch_2' OR Customer = 'cus_1' OR Id IN ('ch_1', 'ch_3') AND Amount > 100",
            &["/v1/charges?limit=100"],
            &["ch_1", "ch_2", "ch_3", "ch_4"],
        ),
        case(
            "Charge",
            "Id = 'ch_2' OR Customer = 'cus_1'",
            &["/v1/charges/ch_2", "/v1/charges?customer=cus_1&limit=100"],
            &["ch_1", "ch_2", "ch_4"],
        ),
    ];
    check(&stage, &connector, &cases).await;
}

#[tokio::test]
async fn what_lists_leave_out_and_what_they_need() {
    let (stage, connector) = stage().await;
    stage.put_customers(3);
    for n in 0..4 {
        stage.sandbox.put(json!({
            "id": format!("price_{n}"), "object": "price", "created": FIRST_SECOND + n, "active": n < 2,
            "product": format!("prod_{}", n % 2),
        }));
        stage.sandbox.put(json!({
            "id": format!("sub_{n}"), "object": "subscription", "created": FIRST_SECOND + n,
            "status": if n < 2 { "active" } else { "canceled" }, "customer": format!("cus_00{}", n % 2),
        }));
        stage.sandbox.put(json!({
            "id": format!("pm_{n}"), "object": "payment_method", "created": FIRST_SECOND + n,
            "type": if n < 2 { "card" } else { "custom" }, "customer": format!("cus_00{}", n % 2),
        }));
    }
    let product = stage.create("Product", json!({"Name": "Gold"})).await;
    let fields = json!({
        "Product": product, "Currency": "usd", "UnitAmount": 500, "Recurring": {"Interval": "month"},
    });
    let price = stage.create("Price", fields).await;
    let customer = stage.create("Customer", json!({})).await;
    let fields = json!({"Customer": customer, "Items": [{"Price": price}], "CollectionMethod": "send_invoice",
        "DaysUntilDue": 5});
    let subscription = stage.create("Subscription", fields).await;
    let item = stage.ids("SubscriptionItem", &format!("Subscription = '{subscription}'")).await;
    let invoice = stage.ids("Invoice", &format!("Customer = '{customer}'")).await.pop().expect("an invoice");
    let line = stage.ids("InvoiceLineItem", &format!("Invoice = '{invoice}'")).await;

    let of_subscription = format!("Subscription = '{subscription}'");
    let items = format!("/v1/subscription_items?subscription={subscription}&limit=100");
    let of_invoice = format!("Invoice = '{invoice}'");
    let usd = format!("{of_invoice} AND Currency = 'usd'");
    let lines = format!("/v1/invoices/{invoice}/lines?limit=100");
    let (item, line) = ([item[0].as_str()], [line[0].as_str()]);
    let cases = [
        case(
            "Price",
            "Product = 'prod_0'",
            &["/v1/prices?product=prod_0&active=false&limit=100", "/v1/prices?product=prod_0&limit=100"],
            &["price_0", "price_2"],
        ),
        case(
            "Price",
            "Active = TRUE AND Product = 'prod_1'",
            &["/v1/prices?active=true&product=prod_1&limit=100"],
            &["price_1"],
        ),
        case(
            "Price",
            "Active IN (TRUE, FALSE) AND Product = 'prod_1'",
            &[
                "/v1/prices?product=prod_1&active=true&limit=100",
                "/v1/prices?product=prod_1&active=false&limit=100",
            ],
            &["price_1", "price_3"],
        ),
        case(
            "Subscription",
            "Customer = 'cus_001' AND TestClock IS NULL",
            &["/v1/subscriptions?customer=cus_001&status=all&limit=100"],
            &["sub_1", "sub_3"],
        ),
        case(
            "Subscription",
            "Status = 'canceled' AND TestClock IS NULL",
            &["/v1/subscriptions?status=canceled&limit=100"],
            &["sub_2", "sub_3"],
        ),
        case(
            "PaymentMethod",
            "Customer = 'cus_001'",
            &[
                "/v1/payment_methods?customer=cus_001&type=custom&limit=100",
                "/v1/payment_methods?customer=cus_001&limit=100",
            ],
            &["pm_1", "pm_3"],
        ),
        case(
            "PaymentMethod",
            "Type = 'custom'",
            &["/v1/payment_methods?type=custom&limit=100"],
            &["pm_2", "pm_3"],
        ),
        case("SubscriptionItem", &of_subscription, &[&items], &item),
        case("InvoiceLineItem", &of_invoice, &[&lines], &line),
        case("InvoiceLineItem", &usd, &[&lines], &line),
    ];
    check(&stage, &connector, &cases).await;
}

#[tokio::test]
async fn customers_of_test_clocks_come_from_lists_of_their_own() {
    let (stage, connector) = stage().await;
    stage.put_customers(12);
    for (n, clock) in CLOCKS.iter().enumerate() {
        let created = FIRST_SECOND - n as i64;
        stage.sandbox.put(json!({"id": clock, "object": "test_helpers.test_clock", "created": created}));
        stage.sandbox.put(json!({
            "id": format!("cus_clock_{n}"), "object": "customer", "created": FIRST_SECOND,
            "email": "7@example.com", "test_clock": clock,
        }));
    }
    let of_clock = |n: usize| format!("/v1/customers?email=7@example.com&test_clock={}&limit=100", CLOCKS[n]);
    let clocks = "/v1/test_helpers/test_clocks?limit=100";
    let of_first = format!("TestClock = '{}'", CLOCKS[0]);
    let list_of_first = format!("/v1/customers?test_clock={}&limit=100", CLOCKS[0]);
    let cases = [
        case(
            "Customer",
            "Email = '7@example.com' AND Phone IS NULL",
            &["/v1/customers?email=7@example.com&limit=100", clocks, &of_clock(0), &of_clock(1)],
            &["cus_007", "cus_clock_0", "cus_clock_1"],
        ),
        case(
            "Customer",
            "Email = '7@example.com' AND TestClock IS NULL",
            &["/v1/customers?email=7@example.com&limit=100"],
            &["cus_007"],
        ),
        case("Customer", &of_first, &[&list_of_first], &["cus_clock_0"]),
    ];
    check(&stage, &connector, &cases).await;
}

#[tokio::test]
async fn a_search_where_it_is_on_and_of_use() {
    let stage = Stage::with(&[ONE_BY_ONE, ("search", "on")]).await;
    put_charges(&stage);
    stage.put_customers(12);
    let cases = [
        case(
            "Charge",
            "Amount > 200 AND Customer = 'cus_1'",
            &["/v1/charges/search?query=amount>200 AND customer:\"cus_1\"&limit=100"],
            &["ch_4"],
        ),
        case(
            "Charge",
            "Amount >= 200 AND TransferGroup <> 'g5'",
            &["/v1/charges/search?query=amount>=200&limit=100"],
            &["ch_2", "ch_3", "ch_4"],
        ),
        case(
            "Customer",
            "Name = 'Even' AND Email = '0@example.com' AND TestClock IS NULL",
            &["/v1/customers/search?query=name:\"Even\" AND email:\"0@example.com\"&limit=100"],
            &["cus_000", "cus_010"],
        ),
        // The list checks it all.
        case("Charge", "Customer = 'cus_1'", &["/v1/charges?customer=cus_1&limit=100"], &["ch_1", "ch_4"]),
        case("Charge", "Amount = 100 OR Amount = 200", &["/v1/charges?limit=100"], &["ch_1", "ch_2"]),
        case("Charge", "Id = 'ch_1' AND Amount = 100", &["/v1/charges/ch_1"], &["ch_1"]),
    ];
    check(&stage, &stage.connector, &cases).await;
}
