//! `examples/compose`: a checkout in front of the connector, in one component that stock `wasmtime serve` runs.

use host_tests::program::Program;
use host_tests::stage::{KEY, Stage, header, line, parse};
use host_tests::told::told;
use serde_json::{Value, json};
use stripe_connector_sandbox::Faults;

use crate::wasmtime;

/// A shop: two prices in dollars, others that cannot be bought, and the checkout in front of them.
struct Shop {
    stage: Stage,
    running: Program,
    address: String,
    shirt: String,
    socks: String,
}

/// What the browser gets.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Shop {
    async fn open(key: Option<&str>) -> Self {
        let stage = Stage::new().await;
        let api_base = stage.sandbox.url();
        let mut variables = vec![("STRIPE_CONNECTOR_API_BASE", api_base.as_str())];
        // One attempt, so that a failure comes at once.
        variables.push(("STRIPE_CONNECTOR_MAX_RETRIES", "0"));
        variables.extend(key.map(|key| ("STRIPE_API_KEY", key)));
        let (running, url) = wasmtime::serve("checkout_wasmtime.wasm", &variables).await;
        let address = url.strip_prefix("http://").expect("plain HTTP").to_owned();
        let shirt = price(&stage, json!({"UnitAmount": 1500})).await;
        let socks = price(&stage, json!({"UnitAmount": 1200})).await;
        stage.sent();
        Self { stage, running, address, shirt, socks }
    }

    fn cart(&self, items: &[(&str, u64)]) -> Value {
        let item = |(price, quantity): &(&str, u64)| json!({"price": price, "quantity": quantity});
        json!({"currency": "usd", "items": items.iter().map(item).collect::<Vec<_>>()})
    }

    async fn pay(&self, key: &str, cart: &Value) -> Answer {
        self.send("POST /checkout", &format!("idempotency-key: {key}\r\n"), &cart.to_string()).await
    }

    async fn send(&self, line: &str, headers: &str, body: &str) -> Answer {
        let (address, length) = (&self.address, body.len());
        let head = format!("{line} HTTP/1.0\r\nhost: {address}\r\ncontent-length: {length}\r\n{headers}\r\n");
        let answer = told(address, &format!("{head}{body}")).await;
        assert!(!answer.contains(KEY), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let head = head.to_ascii_lowercase();
        assert!(head.contains("cache-control: no-store"), "{head}");
        Answer { status: status.expect("a status"), head, body: parse(body) }
    }

    /// How many payment intents there are.
    async fn intents(&self) -> usize {
        self.stage.ids("PaymentIntent", "Amount > 0").await.len()
    }

    fn fault(&self, faults: &str) {
        self.stage.sandbox.set_faults(Faults::parse(faults).expect("a rule"));
    }
}

async fn price(stage: &Stage, fields: Value) -> String {
    let mut all = json!({"Currency": "usd", "ProductData": {"name": "cotton"}});
    for (name, value) in fields.as_object().expect("fields") {
        all[name] = value.clone();
    }
    stage.create("Price", all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cart_becomes_one_payment_intent() {
    let shop = Shop::open(Some(KEY)).await;
    let customer = shop.stage.create("Customer", json!({"Name": "Jenny"})).await;
    shop.stage.sent();
    let mut cart = shop.cart(&[(&shop.shirt, 2), (&shop.socks, 1)]);
    cart["customer"] = json!(customer);

    let first = shop.pay("cart-1", &cart).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!((&first.body["amount"], &first.body["currency"]), (&json!(4200), &json!("usd")));
    let id = first.body["payment_intent"].as_str().expect("an id");
    let intent = shop.stage.sandbox.get(id).expect("a payment intent");
    assert_eq!((&intent["amount"], &intent["customer"]), (&json!(4200), &json!(customer)));
    assert_eq!(intent["metadata"], json!({(shop.shirt.as_str()): "2", (shop.socks.as_str()): "1"}));
    assert_eq!(intent["client_secret"], first.body["client_secret"]);
    assert!(first.body["client_secret"].is_string());
    let sent = shop.stage.sent();
    let mut lines: Vec<_> = sent.iter().map(line).collect();
    assert_eq!(lines.pop().as_deref(), Some("POST /v1/payment_intents"));
    let mut looked_up = [&shop.shirt, &shop.socks].map(|price| format!("GET /v1/prices/{price}"));
    looked_up.sort();
    lines.sort();
    assert_eq!(lines, looked_up);
    assert_eq!(sent.last().and_then(|post| header(post, "idempotency-key")), Some("checkout-cart-1"));

    // The same again is the same payment intent, and the key belongs to that cart.
    assert_eq!(shop.pay("cart-1", &cart).await.body, first.body);
    assert_eq!(shop.intents().await, 1);
    let other = shop.pay("cart-1", &shop.cart(&[(&shop.socks, 1)])).await;
    assert_eq!((other.status, &other.body["error"]["effect"]), (409, &json!("none")), "{other:?}");
    assert_eq!(shop.pay("cart-2", &cart).await.status, 200);
    assert_eq!(shop.intents().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_cart_is_refused_before_anything_is_made() {
    let shop = Shop::open(Some(KEY)).await;
    let euro = price(&shop.stage, json!({"UnitAmount": 900, "Currency": "eur"})).await;
    let old = price(&shop.stage, json!({"UnitAmount": 900, "Active": false})).await;
    let monthly = price(&shop.stage, json!({"UnitAmount": 900, "Recurring": {"interval": "month"}})).await;
    shop.stage.sent();
    let cart = |items: &[(&str, u64)]| shop.cart(items).to_string();
    let item = |quantity: &str| {
        format!(r#"{{"currency": "usd", "items": [{{"price": "{}", "quantity": {quantity}}}]}}"#, shop.shirt)
    };
    let bad = [
        (cart(&[(&shop.shirt, 1), (&euro, 1)]), 400, "a payment has one currency"),
        (cart(&[(&old, 1)]), 400, "is not sold any more"),
        (cart(&[(&monthly, 1)]), 400, "is not sold by the piece"),
        (cart(&[(&shop.shirt, 1), ("price_none", 1)]), 400, "there is no price `price_none`"),
        (cart(&[("x') OR Id IN ('y", 1)]), 400, "is no id of a price"),
        (cart(&[(&shop.shirt, 0)]), 400, "must be 1 or more"),
        (cart(&[(&shop.shirt, u64::MAX)]), 400, "more than can be paid"),
        (cart(&[]), 400, "1 to 50 items"),
        (item("-1"), 400, "invalid value: integer `-1`"),
        (item("1.5"), 400, "invalid type: floating point `1.5`"),
        (item("1, \"amount\": 1"), 400, "unknown field `amount`"),
        ("{".to_owned(), 400, "EOF while parsing"),
        (" ".repeat(1 << 20), 413, "at most 16384 bytes"),
    ];
    for (cart, status, why) in bad {
        let answer = shop.send("POST /checkout", "idempotency-key: k\r\n", &cart).await;
        assert_eq!((answer.status, &answer.body["error"]["effect"]), (status, &json!("none")), "{answer:?}");
        let message = answer.body["error"]["message"].as_str().expect("a message");
        assert!(message.contains(why), "{message}");
    }

    let good = cart(&[(&shop.shirt, 1)]);
    for (line, headers, status) in [
        ("POST /checkout", "", 400),
        ("POST /checkout", "idempotency-key: a b\r\n", 400),
        ("GET /checkout", "idempotency-key: k\r\n", 405),
        ("POST /", "idempotency-key: k\r\n", 404),
    ] {
        assert_eq!(shop.send(line, headers, &good).await.status, status, "{line} {headers}");
    }
    let sent = shop.stage.lines();
    assert!(sent.len() > 4 && sent.iter().all(|line| line.starts_with("GET /v1/prices/")), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_says_what_became_of_the_payment() {
    let shop = Shop::open(Some(KEY)).await;
    let cart = shop.cart(&[(&shop.shirt, 1)]);
    let error = |answer: &Answer, status| {
        assert_eq!(answer.status, status, "{answer:?}");
        (answer.body["error"]["effect"].clone(), answer.body["error"]["code"].clone())
    };
    shop.fault("POST /v1/payment_intents status=402");
    assert_eq!(error(&shop.pay("k1", &cart).await, 402), (json!("none"), json!("card_declined")));
    shop.fault("POST /v1/payment_intents status=429 header=Retry-After:7");
    let slower = shop.pay("k2", &cart).await;
    assert_eq!(error(&slower, 429).0, json!("none"));
    assert!(slower.head.contains("retry-after: 7"), "{slower:?}");
    shop.fault("GET /v1/prices/* status=500");
    assert_eq!(error(&shop.pay("k3", &cart).await, 503).0, json!("none"));
    shop.stage.sandbox.clear_faults();
    assert_eq!(shop.intents().await, 0);

    let mut stranger = cart.clone();
    stranger["customer"] = json!("cus_none");
    let unknown = shop.pay("k4", &stranger).await;
    assert_eq!(error(&unknown, 400), (json!("none"), json!("resource_missing")));

    // What is made without an answer is finished by the same request.
    shop.fault("POST /v1/payment_intents close=after");
    assert_eq!(error(&shop.pay("k5", &cart).await, 503).0, json!("unknown"));
    shop.stage.sandbox.clear_faults();
    let finished = shop.pay("k5", &cart).await;
    assert_eq!(finished.status, 200, "{finished:?}");
    assert_eq!(shop.intents().await, 1);
    let log = shop.running.printed();
    assert!(log.contains("ERROR create PaymentIntent") && !log.contains(KEY), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_the_shop_s_own_affair_is_not_told() {
    let shop = Shop::open(None).await;
    let answer = shop.pay("k", &shop.cart(&[(&shop.shirt, 1)])).await;
    let error = json!({"message": "the shop cannot take payments", "effect": "none"});
    assert_eq!((answer.status, answer.body), (502, json!({"error": error})));
    assert_eq!(shop.stage.lines(), [""; 0]);
}
