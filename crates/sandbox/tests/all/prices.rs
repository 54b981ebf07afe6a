//! What prices cost, and what they and their products can become.

use crate::common::{Form, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn prices_in_tiers_and_packages() {
    let api = start().await;
    let tiers = |mode: &'static str| {
        vec![
            ("billing_scheme", "tiered"),
            ("tiers_mode", mode),
            ("currency", "usd"),
            ("product_data[name]", "T"),
            ("tiers[0][up_to]", "5"),
            ("tiers[0][unit_amount]", "100"),
            ("tiers[0][flat_amount]", "1000"),
            ("tiers[1][up_to]", "inf"),
            ("tiers[1][unit_amount_decimal]", "50.5"),
        ]
    };
    let customer = api.customer().await;
    let cost = async |price: &Value, quantity: &str| {
        let form = [
            ("customer", customer.as_str()),
            ("pricing[price]", price["id"].as_str().unwrap()),
            ("quantity", quantity),
        ];
        api.post("/v1/invoiceitems", &form).await["amount"].as_i64().unwrap()
    };
    let graduated = api.post("/v1/prices", &tiers("graduated")).await;
    assert_eq!((&graduated["unit_amount"], &graduated["billing_scheme"]), (&Value::Null, &json!("tiered")));
    for (quantity, amount) in [("0", 1000), ("5", 1500), ("6", 1551), ("7", 1601)] {
        assert_eq!(cost(&graduated, quantity).await, amount, "{quantity}");
    }
    let volume = api.post("/v1/prices", &tiers("volume")).await;
    for (quantity, amount) in [("5", 1500), ("6", 303), ("7", 354)] {
        assert_eq!(cost(&volume, quantity).await, amount, "{quantity}");
    }
    let path = format!("/v1/prices/{}", id(&volume));
    let shown = api.get(&path, &[("expand[]", "tiers")]).await;
    assert_eq!(
        shown["tiers"],
        json!([
            {"flat_amount": 1000, "flat_amount_decimal": "1000", "unit_amount": 100, "unit_amount_decimal": "100", "up_to": 5},
            {"flat_amount": null, "flat_amount_decimal": null, "unit_amount": null, "unit_amount_decimal": "50.5", "up_to": null},
        ])
    );
    for (round, amount) in [("up", 600), ("down", 400)] {
        let form = [
            ("currency", "usd"),
            ("unit_amount", "200"),
            ("product_data[name]", "P"),
            ("transform_quantity[divide_by]", "10"),
            ("transform_quantity[round]", round),
        ];
        let packed = api.post("/v1/prices", &form).await;
        assert_eq!(cost(&packed, "25").await, amount);
    }
    let good = tiers("volume");
    let without = |name: &str| good.iter().copied().filter(|(key, _)| *key != name).collect::<Vec<_>>();
    let plus = |more: &[(&'static str, &'static str)]| [&good, more].concat();
    let replaced = |more: &[(&'static str, &'static str)]| [&without("tiers[1][up_to]"), more].concat();
    for (form, param) in [
        (without("billing_scheme"), "billing_scheme"),
        (without("tiers_mode"), "tiers_mode"),
        (plus(&[("tiers[2][up_to]", "9"), ("tiers[2][unit_amount]", "1")]), "tiers[1][up_to]"),
        (plus(&[("tiers[2][up_to]", "inf"), ("tiers[2][unit_amount]", "1")]), "tiers[1][up_to]"),
        (replaced(&[("tiers[1][up_to]", "9")]), "tiers[1][up_to]"),
        (
            replaced(&[("tiers[1][up_to]", "5"), ("tiers[2][up_to]", "inf"), ("tiers[2][unit_amount]", "1")]),
            "tiers[1][up_to]",
        ),
        (without("tiers[1][unit_amount_decimal]"), "tiers[1][unit_amount]"),
        (plus(&[("unit_amount", "1")]), "tiers"),
        (
            plus(&[("transform_quantity[divide_by]", "2"), ("transform_quantity[round]", "up")]),
            "transform_quantity",
        ),
    ] {
        assert_eq!(api.post_refused("/v1/prices", &form).await.1["param"], param);
    }
}

#[tokio::test]
async fn a_price_has_several_currencies() {
    let api = start().await;
    let form = [
        ("currency", "usd"),
        ("unit_amount", "200"),
        ("product_data[name]", "P"),
        ("currency_options[eur][unit_amount]", "180"),
        ("tax_behavior", "inclusive"),
    ];
    let price = api.post("/v1/prices", &form).await;
    let path = format!("/v1/prices/{}", id(&price));
    api.post(&path, &[("currency_options[gbp][unit_amount_decimal]", "150.5")]).await;
    let shown = api.get(&path, &[("expand[]", "currency_options")]).await;
    assert_eq!(shown["currency_options"]["eur"]["unit_amount_decimal"], "180");
    assert_eq!(shown["currency_options"]["usd"]["tax_behavior"], "inclusive");
    let customer = api.customer().await;
    for (currency, amount) in [("usd", 600), ("eur", 540), ("gbp", 452)] {
        let form = [
            ("customer", customer.as_str()),
            ("currency", currency),
            ("pricing[price]", price["id"].as_str().unwrap()),
            ("quantity", "3"),
        ];
        let item = api.post("/v1/invoiceitems", &form).await;
        assert_eq!((&item["amount"], &item["currency"]), (&json!(amount), &json!(currency)));
    }
    let form = [
        ("customer", customer.as_str()),
        ("currency", "jpy"),
        ("pricing[price]", price["id"].as_str().unwrap()),
    ];
    assert_eq!(api.post_refused("/v1/invoiceitems", &form).await.1["param"], "currency");
    let (_, error) = api.post_refused(&path, &[("tax_behavior", "exclusive")]).await;
    assert_eq!(error["param"], "tax_behavior");
    let form =
        [("currency_options[eur][unit_amount]", "1"), ("currency_options[eur][unit_amount_decimal]", "1")];
    assert_eq!(api.post_refused(&path, &form).await.0, 400);
}

#[tokio::test]
async fn deleted_products_and_default_prices() {
    let api = start().await;
    let form =
        [("name", "P"), ("default_price_data[currency]", "usd"), ("default_price_data[unit_amount]", "5")];
    let product = api.post("/v1/products", &form).await;
    let default = format!("/v1/prices/{}", product["default_price"].as_str().unwrap());
    assert_eq!(api.post_refused(&default, &[("active", "false")]).await.1["param"], "active");
    let path = format!("/v1/products/{}", id(&product));
    let form = [
        ("currency", "usd"),
        ("unit_amount", "6"),
        ("product", product["id"].as_str().unwrap()),
        ("active", "false"),
    ];
    let dead = id(&api.post("/v1/prices", &form).await);
    assert_eq!(api.post_refused(&path, &[("default_price", &dead)]).await.1["param"], "default_price");
    assert_eq!(api.post_refused(&path, &[("name", "")]).await.1["param"], "name");
    api.post(&path, &[("default_price", "")]).await;
    api.post(&default, &[("active", "false")]).await;
    assert_eq!(api.refused(Method::DELETE, &path, &[]).await.0, 400);
    let lone = id(&api.post("/v1/products", &[("name", "L")]).await);
    api.put(json!({"id": "price_old", "object": "price", "product": "prod_gone", "unit_amount": 1}));
    let tombstone = api.delete(&format!("/v1/products/{lone}")).await;
    assert_eq!(tombstone, json!({"id": lone, "object": "product", "deleted": true}));
    api.put(json!({"id": "price_old", "object": "price", "product": lone, "unit_amount": 1}));
    let shown = api.get("/v1/prices/price_old", &[("expand[]", "product")]).await;
    assert_eq!(shown["product"], tombstone);
    let form = [("currency", "usd"), ("unit_amount", "6"), ("product", lone.as_str())];
    assert_eq!(api.post_refused("/v1/prices", &form).await.1["param"], "product");
}

/// The customer would choose the amount on a page, which is not there: nothing is sold for nothing.
#[tokio::test]
async fn a_price_without_an_amount_sells_nothing() {
    let api = start().await;
    let customer = api.customer().await;
    let form = [("currency", "usd"), ("product_data[name]", "Gift"), ("custom_unit_amount[enabled]", "true")];
    let price = id(&api.post("/v1/prices", &form).await);
    for (path, name, more) in [
        ("/v1/invoiceitems", "pricing[price]", ("customer", customer.as_str())),
        ("/v1/quotes", "line_items[0][price]", ("customer", customer.as_str())),
    ] {
        let (status, error) = api.post_refused(path, &[(name, price.as_str()), more]).await;
        assert_eq!((status, &error["param"]), (400, &json!(name)), "{path}: {error}");
    }
}

#[tokio::test]
async fn no_price_bills_more_seldom_than_every_three_years() {
    let api = start().await;
    for (interval, most) in [("day", 1095), ("week", 156), ("month", 36), ("year", 3)] {
        let of = async |count: i64| {
            let count = count.to_string();
            let form = [
                ("currency", "usd"),
                ("unit_amount", "1000"),
                ("product_data[name]", "T"),
                ("recurring[interval]", interval),
                ("recurring[interval_count]", count.as_str()),
            ];
            api.send(Method::POST, "/v1/prices", &form).await.status()
        };
        assert_eq!(of(most).await, 200, "{most} {interval}");
        for count in [most + 1, 0, -1, i64::MAX] {
            assert_eq!(of(count).await, 400, "{count} {interval}");
        }
    }
}

#[tokio::test]
async fn lists_have_the_active_ones_unless_others_are_asked_for() {
    let api = start().await;
    let active = api.price("100", &[("lookup_key", "k")]).await;
    let retired = api.price("200", &[("lookup_key", "l")]).await;
    api.post(&format!("/v1/prices/{retired}"), &[("active", "false")]).await;
    api.put(
        json!({"id": "price_put", "object": "price", "created": 1, "active": false, "product": "prod_1"}),
    );
    let customer = api.customer().await;
    let inline = [
        ("customer", customer.as_str()),
        ("items[0][price_data][currency]", "usd"),
        ("items[0][price_data][unit_amount]", "300"),
        ("items[0][price_data][recurring][interval]", "month"),
        ("items[0][price_data][product]", &id(&api.post("/v1/products", &[("name", "P")]).await)),
        ("trial_period_days", "7"),
    ];
    let subscription = api.post("/v1/subscriptions", &inline).await;
    let inline = &subscription["items"]["data"][0]["price"];
    let cases: &[(Form, &[&str])] = &[
        (&[], &[&active]),
        (&[("active", "true")], &[&active]),
        (&[("active", "false")], &[&retired, "price_put"]),
        (&[("active", "false"), ("limit", "1"), ("starting_after", &retired)], &["price_put"]),
        (&[("product", "prod_1")], &[]),
        (&[("product", "prod_1"), ("active", "false")], &["price_put"]),
        (&[("lookup_keys[]", "l")], &[]),
        (&[("lookup_keys[]", "l"), ("active", "false")], &[&retired]),
    ];
    for (query, expected) in cases {
        assert_eq!(ids(&api.get("/v1/prices", query).await), *expected, "{query:?}");
    }
    let path = format!("/v1/prices/{}", inline["id"].as_str().unwrap());
    assert_eq!(api.get(&path, &[]).await["active"], false, "what was made in passing is read by its id");
}
