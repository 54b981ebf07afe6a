//! Coupons, promotion codes and tax rates by themselves.

use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;

async fn at_now() -> Api {
    let api = start().await;
    api.sandbox.set_clock(Some(NOW));
    api
}

async fn refused(api: &Api, path: &str, form: &[(&str, &str)]) -> Value {
    let (status, error) = api.post_refused(path, form).await;
    assert_eq!(status, 400, "{error}");
    error
}

#[tokio::test]
async fn a_coupon_lives() {
    let api = at_now().await;
    let form = [
        ("id", "TEN"),
        ("amount_off", "1000"),
        ("currency", "USD"),
        ("name", "Ten"),
        ("currency_options[eur][amount_off]", "900"),
        ("metadata[a]", "b"),
    ];
    let coupon = api.post("/v1/coupons", &form).await;
    let expected = json!({
        "id": "TEN", "object": "coupon", "amount_off": 1000, "created": NOW, "currency": "usd",
        "duration": "once", "duration_in_months": null, "livemode": false, "max_redemptions": null,
        "metadata": {"a": "b"}, "name": "Ten", "percent_off": null, "redeem_by": null,
        "times_redeemed": 0, "valid": true,
    });
    assert_eq!(coupon, expected);
    assert_eq!(refused(&api, "/v1/coupons", &form).await["code"], "resource_already_exists");
    let form = [("name", "Other"), ("currency_options[gbp][amount_off]", "800")];
    assert_eq!(api.post("/v1/coupons/TEN", &form).await["name"], "Other");
    let shown = api.get("/v1/coupons/TEN", &[("expand[]", "currency_options")]).await;
    let options =
        json!({"eur": {"amount_off": 900}, "gbp": {"amount_off": 800}, "usd": {"amount_off": 1000}});
    assert_eq!(shown["currency_options"], options);
    let product = id(&api.post("/v1/products", &[("name", "P")]).await);
    let form = [("percent_off", "12.5"), ("duration", "forever"), ("applies_to[products][]", &product)];
    let half = api.post("/v1/coupons", &form).await;
    assert_eq!((&half["percent_off"], half.get("applies_to")), (&json!(12.5), None));
    let path = format!("/v1/coupons/{}", id(&half));
    let shown = api.get(&path, &[("expand[]", "applies_to")]).await;
    assert_eq!(shown["applies_to"], json!({"products": [product]}));
    assert_eq!(ids(&api.get("/v1/coupons", &[]).await), [id(&half), "TEN".to_owned()]);
    refused(&api, &path, &[("currency_options[gbp][amount_off]", "800")]).await;
    assert_eq!(api.delete(&path).await, json!({"id": half["id"], "object": "coupon", "deleted": true}));
    assert_eq!(api.refused(Method::GET, &path, &[]).await.0, 404);
}

#[tokio::test]
async fn a_coupon_says_one_thing() {
    let api = at_now().await;
    let percent = ("percent_off", "10");
    let past = (NOW - 1).to_string();
    let late = (NOW + 6 * 366 * 86_400).to_string();
    for (form, param) in [
        (&[] as &[(&str, &str)], "percent_off"),
        (&[percent, ("amount_off", "5")], "amount_off"),
        (&[("percent_off", "0")], "percent_off"),
        (&[("percent_off", "100.5")], "percent_off"),
        (&[percent, ("currency", "usd")], "currency"),
        (&[("amount_off", "5")], "currency"),
        (&[("amount_off", "0"), ("currency", "usd")], "amount_off"),
        (
            &[("amount_off", "5"), ("currency", "usd"), ("currency_options[eur][amount_off]", "0")],
            "currency_options[eur][amount_off]",
        ),
        (&[percent, ("duration", "repeating")], "duration_in_months"),
        (&[percent, ("duration", "repeating"), ("duration_in_months", "0")], "duration_in_months"),
        (&[percent, ("duration_in_months", "3")], "duration_in_months"),
        (&[percent, ("max_redemptions", "0")], "max_redemptions"),
        (&[percent, ("redeem_by", &past)], "redeem_by"),
        (&[percent, ("redeem_by", &late)], "redeem_by"),
        (&[percent, ("applies_to[products][]", "prod_none")], "applies_to[products]"),
    ] {
        assert_eq!(refused(&api, "/v1/coupons", form).await["param"], param, "{form:?}");
    }
    assert!(ids(&api.get("/v1/coupons", &[]).await).is_empty());
}

#[tokio::test]
async fn a_coupon_expires() {
    let api = at_now().await;
    let until = (NOW + 60).to_string();
    api.post("/v1/coupons", &[("id", "soon"), ("percent_off", "10"), ("redeem_by", &until)]).await;
    api.post("/v1/promotion_codes", &[("promotion[type]", "coupon"), ("promotion[coupon]", "soon")]).await;
    api.sandbox.set_clock(Some(NOW + 61));
    assert_eq!(api.get("/v1/coupons/soon", &[]).await["valid"], false);
    assert_eq!(api.get("/v1/coupons", &[]).await["data"][0]["valid"], false);
    let codes = api.get("/v1/promotion_codes", &[]).await;
    assert_eq!(codes["data"][0]["active"], false);
    assert!(ids(&api.get("/v1/promotion_codes", &[("active", "true")]).await).is_empty());
    let form = [("customer", &*api.customer().await), ("discounts[0][coupon]", "soon")];
    let error = refused(&api, "/v1/invoices", &form).await;
    assert_eq!((&error["code"], &error["param"]), (&json!("coupon_expired"), &json!("discounts[0][coupon]")));
    let form = [("promotion[type]", "coupon"), ("promotion[coupon]", "soon")];
    assert_eq!(refused(&api, "/v1/promotion_codes", &form).await["code"], "coupon_expired");
}

#[tokio::test]
async fn a_promotion_code_lives() {
    let api = at_now().await;
    let until = (NOW + 90).to_string();
    let form = [("id", "c"), ("percent_off", "10"), ("max_redemptions", "9"), ("redeem_by", until.as_str())];
    api.post("/v1/coupons", &form).await;
    let of = [("promotion[type]", "coupon"), ("promotion[coupon]", "c")];
    let all = |more: &[(&'static str, &'static str)]| [&of, more].concat();
    let code = api.post("/v1/promotion_codes", &all(&[("code", "FALL-20"), ("max_redemptions", "3")])).await;
    let expected = json!({
        "id": code["id"], "object": "promotion_code", "active": true, "code": "FALL-20", "created": NOW,
        "customer": null, "customer_account": null, "expires_at": null, "livemode": false,
        "max_redemptions": 3, "metadata": {}, "promotion": {"coupon": "c", "type": "coupon"},
        "restrictions": {
            "first_time_transaction": false, "minimum_amount": null, "minimum_amount_currency": null,
        },
        "times_redeemed": 0,
    });
    assert_eq!(code, expected);
    let path = format!("/v1/promotion_codes/{}", id(&code));
    let shown = api.get(&path, &[("expand[]", "promotion.coupon")]).await;
    assert_eq!(shown["promotion"]["coupon"]["percent_off"], 10.0);
    // Unique whatever the case, for as long as it is active.
    let taken = refused(&api, "/v1/promotion_codes", &all(&[("code", "fall-20")])).await;
    assert_eq!(taken["param"], "code");
    let off = api.post(&path, &[("active", "false"), ("metadata[a]", "b")]).await;
    assert_eq!((&off["active"], &off["metadata"]), (&json!(false), &json!({"a": "b"})));
    let second = api.post("/v1/promotion_codes", &all(&[("code", "fall-20")])).await;
    assert_eq!(refused(&api, &path, &[("active", "true")]).await["param"], "code");
    let listed = api.get("/v1/promotion_codes", &[("active", "true"), ("coupon", "c")]).await;
    assert_eq!(ids(&listed), [id(&second)]);
    assert_eq!(ids(&api.get("/v1/promotion_codes", &[("code", "FALL-20")]).await), [id(&code)]);
    for (more, param) in [
        (("code", "a b"), "code"),
        (("max_redemptions", "10"), "max_redemptions"),
        (("max_redemptions", "0"), "max_redemptions"),
        (("expires_at", "1700000091"), "expires_at"),
        (("expires_at", "1600000000"), "expires_at"),
        (("customer", "cus_none"), "customer"),
        (("restrictions[minimum_amount]", "5"), "restrictions[minimum_amount_currency]"),
    ] {
        assert_eq!(refused(&api, "/v1/promotion_codes", &all(&[more])).await["param"], param);
    }
    assert_eq!(refused(&api, "/v1/promotion_codes", &of[..1]).await["param"], "promotion[coupon]");
    api.post(&format!("/v1/promotion_codes/{}", id(&second)), &[("active", "false")]).await;
    api.sandbox.set_clock(Some(NOW + 91));
    assert_eq!(refused(&api, &path, &[("active", "true")]).await["param"], "active");
}

#[tokio::test]
async fn codes_of_customers_are_their_own() {
    let api = at_now().await;
    api.post("/v1/coupons", &[("id", "c"), ("percent_off", "10")]).await;
    let (one, two) = (api.customer().await, api.customer().await);
    let form = |customer| {
        vec![("promotion[type]", "coupon"), ("promotion[coupon]", "c"), ("code", "X"), ("customer", customer)]
    };
    api.post("/v1/promotion_codes", &form(&one)).await;
    api.post("/v1/promotion_codes", &form(&two)).await;
    assert_eq!(refused(&api, "/v1/promotion_codes", &form(&one)).await["param"], "code");
    assert_eq!(refused(&api, "/v1/promotion_codes", &form(&one)[..3]).await["param"], "code");
}

#[tokio::test]
async fn who_may_redeem_a_code() {
    let api = at_now().await;
    api.post("/v1/coupons", &[("id", "c"), ("percent_off", "10")]).await;
    let (customer, other) = (api.customer().await, api.customer().await);
    let code = async |more: &[(&str, &str)]| {
        let form = [&[("promotion[type]", "coupon"), ("promotion[coupon]", "c")], more].concat();
        id(&api.post("/v1/promotion_codes", &form).await)
    };
    let redeem = async |customer: &str, code: &str| {
        let item = [("customer", customer), ("amount", "500"), ("discounts[0][promotion_code]", code)];
        api.send(Method::POST, "/v1/invoiceitems", &item).await.status().as_u16()
    };
    let own = code(&[("customer", &customer)]).await;
    assert_eq!((redeem(&other, &own).await, redeem(&customer, &own).await), (400, 200));
    let least = [("restrictions[minimum_amount]", "501"), ("restrictions[minimum_amount_currency]", "usd")];
    let least = code(&least).await;
    assert_eq!(redeem(&customer, &least).await, 400);
    let eur = [("restrictions[minimum_amount]", "1"), ("restrictions[minimum_amount_currency]", "eur")];
    assert_eq!(redeem(&customer, &code(&eur).await).await, 400);
    let both = [eur[0], eur[1], ("restrictions[currency_options][usd][minimum_amount]", "400")];
    assert_eq!(redeem(&customer, &code(&both).await).await, 200);
    let once = code(&[("max_redemptions", "1")]).await;
    assert_eq!((redeem(&customer, &once).await, redeem(&customer, &once).await), (200, 400));
    let path = format!("/v1/promotion_codes/{once}");
    let used = api.get(&path, &[]).await;
    assert_eq!((&used["times_redeemed"], &used["active"]), (&json!(1), &json!(false)));
    let first = code(&[("restrictions[first_time_transaction]", "true")]).await;
    assert_eq!(redeem(&customer, &first).await, 200);
    let form = [
        ("amount", "500"),
        ("currency", "usd"),
        ("customer", customer.as_str()),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
    ];
    api.post("/v1/payment_intents", &form).await;
    assert_eq!((redeem(&customer, &first).await, redeem(&other, &first).await), (400, 200));
}

#[tokio::test]
async fn redemptions_are_counted() {
    let api = at_now().await;
    api.post("/v1/coupons", &[("id", "c"), ("percent_off", "10"), ("max_redemptions", "1")]).await;
    let form = [("customer", &*api.customer().await), ("discounts[0][coupon]", "c")];
    let invoice = api.post("/v1/invoices", &form).await;
    let coupon = api.get("/v1/coupons/c", &[]).await;
    assert_eq!((&coupon["times_redeemed"], &coupon["valid"]), (&json!(1), &json!(false)));
    let (_, error) = api.post_refused("/v1/invoices", &form).await;
    assert_eq!(error["code"], "coupon_expired");
    let path = format!("/v1/invoices/{}", id(&invoice));
    let shown = api.get(&path, &[("expand[]", "discounts.source.coupon")]).await;
    let discount = &shown["discounts"][0];
    let expected = json!({
        "id": invoice["discounts"][0], "object": "discount", "checkout_session": null,
        "customer": form[0].1, "customer_account": null, "end": null, "invoice": invoice["id"],
        "invoice_item": null, "promotion_code": null, "source": {"coupon": coupon, "type": "coupon"},
        "start": NOW, "subscription": null, "subscription_item": null,
    });
    assert_eq!(*discount, expected);
    // Named again it stays, left out it goes.
    let kept = [("discounts[0][discount]", discount["id"].as_str().unwrap())];
    assert_eq!(api.post(&path, &kept).await["discounts"], invoice["discounts"]);
    assert_eq!(api.post(&path, &[("discounts", "")]).await["discounts"], json!([]));
    assert_eq!(refused(&api, &path, &kept).await["param"], "discounts[0][discount]");
    for (form, param) in [
        (&[("discounts[0][coupon]", "none")] as &[_], "discounts[0][coupon]"),
        (&[("discounts[0][promotion_code]", "none")], "discounts[0][promotion_code]"),
        (&[("discounts[0][coupon]", "c"), ("discounts[0][discount]", "d")], "discounts[0][discount]"),
    ] {
        assert_eq!(refused(&api, &path, form).await["param"], param);
    }
}

#[tokio::test]
async fn the_discount_of_a_customer() {
    let api = at_now().await;
    let coupon = json!({"id": "c", "object": "coupon", "percent_off": 50, "duration": "forever"});
    api.put(coupon);
    let discount = json!({
        "id": "di_old", "object": "discount", "customer": "cus_old", "end": null, "start": 5,
        "source": {"coupon": "c", "type": "coupon"},
    });
    api.put(json!({"id": "cus_old", "object": "customer", "created": 1, "discount": discount}));
    assert_eq!(api.get("/v1/customers/cus_old/discount", &[]).await, discount);
    let form = [("customer", "cus_old"), ("amount", "500"), ("currency", "usd")];
    api.post("/v1/invoiceitems", &form).await;
    let form = [("customer", "cus_old"), ("pending_invoice_items_behavior", "include"), ("discounts", "")];
    let invoice = api.post("/v1/invoices", &form[..2]).await;
    assert_eq!((&invoice["total"], &invoice["discounts"]), (&json!(250), &json!(["di_old"])));
    assert_eq!(api.post("/v1/invoices", &form).await["discounts"], json!([]));
    // It is the customer's: one invoice that goes does not take it from the others.
    let other = api.post("/v1/invoices", &form[..1]).await;
    api.delete(&format!("/v1/invoices/{}", id(&invoice))).await;
    let shown = [("expand[]", "discounts")];
    let shown = api.get(&format!("/v1/invoices/{}", id(&other)), &shown).await;
    assert_eq!(shown["discounts"][0], discount);
    let deleted = api.delete("/v1/customers/cus_old/discount").await;
    assert_eq!((&deleted["deleted"], &deleted["id"]), (&json!(true), &json!("di_old")));
    assert_eq!(api.get("/v1/customers/cus_old", &[]).await["discount"], Value::Null);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(api.refused(method, "/v1/customers/cus_old/discount", &[]).await.0, 404);
    }
}

#[tokio::test]
async fn a_tax_rate_lives() {
    let api = at_now().await;
    let form = [
        ("display_name", "VAT"),
        ("inclusive", "false"),
        ("percentage", "19"),
        ("country", "DE"),
        ("tax_type", "vat"),
    ];
    let rate = api.post("/v1/tax_rates", &form).await;
    assert_eq!((&rate["percentage"], &rate["active"]), (&json!(19.0), &json!(true)));
    assert_eq!((&rate["rate_type"], &rate["country"]), (&json!("percentage"), &json!("DE")));
    let path = format!("/v1/tax_rates/{}", id(&rate));
    let rate = api.post(&path, &[("active", "false"), ("jurisdiction", "X"), ("country", "")]).await;
    assert_eq!((&rate["active"], &rate["country"]), (&json!(false), &Value::Null));
    assert_eq!(api.get(&path, &[]).await, rate);
    assert!(ids(&api.get("/v1/tax_rates", &[("active", "true")]).await).is_empty());
    assert_eq!(ids(&api.get("/v1/tax_rates", &[("inclusive", "false")]).await).len(), 1);
    assert_eq!(refused(&api, &path, &[("display_name", "")]).await["param"], "display_name");
    assert_eq!(refused(&api, &path, &[("country", "Germany")]).await["param"], "country");
    for percentage in ["-1", "101", "1.00001"] {
        let form = [form[0], form[1], ("percentage", percentage)];
        assert_eq!(refused(&api, "/v1/tax_rates", &form).await["param"], "percentage");
    }
    assert_ne!(api.refused(Method::DELETE, &path, &[]).await.0, 200);
    // An inactive rate is for what has it already.
    let form = [("customer", &*api.customer().await), ("default_tax_rates[]", rate["id"].as_str().unwrap())];
    assert_eq!(refused(&api, "/v1/invoices", &form).await["param"], "default_tax_rates[0]");
}
