//! What an invoice comes to: discounts, taxes, shipping, and changes of its lines.

use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

async fn rate(api: &Api, percentage: &str, inclusive: &str) -> String {
    let form = [("display_name", "T"), ("percentage", percentage), ("inclusive", inclusive)];
    id(&api.post("/v1/tax_rates", &form).await)
}

async fn coupon(api: &Api, form: &[(&str, &str)]) -> String {
    id(&api.post("/v1/coupons", form).await)
}

/// An empty draft: its path, and the parameters that put an item on it.
struct Draft {
    path: String,
    customer: String,
}

impl Draft {
    async fn new(api: &Api, more: &[(&str, &str)]) -> Draft {
        let customer = api.customer().await;
        let form = [&[("customer", customer.as_str()), ("currency", "usd")], more].concat();
        let invoice = api.post("/v1/invoices", &form).await;
        Draft { path: format!("/v1/invoices/{}", id(&invoice)), customer }
    }

    async fn item(&self, api: &Api, form: &[(&str, &str)]) -> Value {
        let on = [("customer", self.customer.as_str()), ("invoice", &self.path[13..])];
        api.post("/v1/invoiceitems", &[&on, form].concat()).await
    }

    async fn get(&self, api: &Api) -> Value {
        api.get(&self.path, &[]).await
    }
}

fn sums(invoice: &Value) -> [i64; 5] {
    ["subtotal", "subtotal_excluding_tax", "total_excluding_tax", "total", "amount_due"]
        .map(|name| invoice[name].as_i64().unwrap())
}

/// The amounts in a list of objects.
fn amounts(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|entry| entry["amount"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn taxes_are_rounded_line_by_line() {
    let api = start().await;
    let vat = rate(&api, "15", "false").await;
    let draft = Draft::new(&api, &[("default_tax_rates[]", &vat)]).await;
    for amount in ["43", "484"] {
        draft.item(&api, &[("amount", amount)]).await;
    }
    let invoice = draft.get(&api).await;
    assert_eq!(sums(&invoice), [527, 527, 527, 606, 606]);
    assert_eq!(
        invoice["total_taxes"],
        json!([{
            "amount": 79, "tax_behavior": "exclusive", "tax_rate_details": {"tax_rate": vat},
            "taxability_reason": "not_available", "taxable_amount": 527, "type": "tax_rate_details",
        }])
    );
    assert_eq!(amounts(&invoice["lines"]["data"][0]["taxes"]), [73]);
    assert_eq!(invoice["default_tax_rates"][0]["percentage"], 15.0);
    assert_eq!(sums(&api.post(&draft.path, &[("default_tax_rates", "")]).await)[3], 527);
}

#[tokio::test]
async fn an_item_has_rates_of_its_own() {
    let api = start().await;
    let (outside, inside) = (rate(&api, "10", "false").await, rate(&api, "20", "true").await);
    let draft = Draft::new(&api, &[("default_tax_rates[]", &outside)]).await;
    draft.item(&api, &[("amount", "1000")]).await;
    let item = draft.item(&api, &[("amount", "1200"), ("tax_rates[]", &inside)]).await;
    assert_eq!(item["tax_rates"][0]["id"], inside);
    let invoice = draft.get(&api).await;
    assert_eq!(sums(&invoice), [2200, 2000, 2000, 2300, 2300]);
    assert_eq!(amounts(&invoice["total_taxes"]), [200, 100]);
    assert_eq!(invoice["total_taxes"][0]["taxable_amount"], 1000);
    api.post(&format!("/v1/invoiceitems/{}", id(&item)), &[("tax_rates", "")]).await;
    assert_eq!(sums(&draft.get(&api).await)[3], 2420);
    let six = vec![("default_tax_rates[]", outside.as_str()); 6];
    assert_eq!(api.post_refused(&draft.path, &six).await.1["param"], "default_tax_rates");
    assert_eq!(api.post_refused(&draft.path, &[("default_tax_rates[]", "txr_none")]).await.0, 400);
}

#[tokio::test]
async fn who_is_exempt_pays_no_tax() {
    let api = start().await;
    let vat = rate(&api, "15", "false").await;
    let customer = id(&api.post("/v1/customers", &[("tax_exempt", "reverse")]).await);
    let form = [("customer", customer.as_str()), ("default_tax_rates[]", &vat)];
    let invoice = api.post("/v1/invoices", &form).await;
    let form =
        [("customer", customer.as_str()), ("amount", "900"), ("invoice", invoice["id"].as_str().unwrap())];
    api.post("/v1/invoiceitems", &form).await;
    let invoice = api.get(&format!("/v1/invoices/{}", id(&invoice)), &[]).await;
    assert_eq!(invoice["total"], 900);
    assert_eq!(invoice["total_taxes"][0]["taxability_reason"], "reverse_charge");
}

#[tokio::test]
async fn discounts_of_items_come_before_those_of_the_invoice() {
    let api = start().await;
    let half = coupon(&api, &[("percent_off", "50")]).await;
    let five = coupon(&api, &[("amount_off", "500"), ("currency", "usd")]).await;
    let tenth = coupon(&api, &[("percent_off", "10")]).await;
    let vat = rate(&api, "10", "false").await;
    let form = [
        ("discounts[0][coupon]", five.as_str()),
        ("discounts[1][coupon]", &tenth),
        ("default_tax_rates[]", &vat),
    ];
    let draft = Draft::new(&api, &form).await;
    let item = draft.item(&api, &[("amount", "6000"), ("discounts[0][coupon]", &half)]).await;
    draft.item(&api, &[("amount", "1000")]).await;
    draft.item(&api, &[("amount", "700"), ("discountable", "false")]).await;
    let invoice = draft.get(&api).await;
    // 3000 + 1000 + 700; 500 off 4000 by proportion; a tenth off 3500; a tenth of tax on 3850.
    assert_eq!(sums(&invoice), [4700, 4700, 3850, 4235, 4235]);
    let lines = invoice["lines"]["data"].as_array().unwrap();
    assert_eq!(amounts(&lines[2]["discount_amounts"]), [3000, 375, 262]);
    assert_eq!(amounts(&lines[1]["discount_amounts"]), [125, 88]);
    assert_eq!(lines[0]["discount_amounts"], json!([]));
    assert_eq!((&lines[2]["amount"], &lines[2]["subtotal"]), (&json!(6000), &json!(6000)));
    assert_eq!(lines[2]["discounts"], item["discounts"]);
    assert_eq!(lines[1]["pretax_credit_amounts"][0]["type"], "discount");
    let mut totals = amounts(&invoice["total_discount_amounts"]);
    assert_eq!(totals.len(), 3);
    totals.sort_unstable();
    assert_eq!(totals, [350, 500, 3000]);
    assert_eq!(amounts(&lines[2]["taxes"]), [236]);
    // A coupon that is deleted stays redeemed.
    api.delete(&format!("/v1/coupons/{tenth}")).await;
    draft.item(&api, &[("amount", "1")]).await;
    assert_eq!(amounts(&draft.get(&api).await["total_discount_amounts"]).len(), 3);
}

#[tokio::test]
async fn a_discount_takes_what_there_is_and_what_it_is_for() {
    let api = start().await;
    let much = coupon(
        &api,
        &[("amount_off", "5000"), ("currency", "usd"), ("currency_options[eur][amount_off]", "70")],
    )
    .await;
    let draft = Draft::new(&api, &[("discounts[0][coupon]", &much)]).await;
    draft.item(&api, &[("amount", "1200")]).await;
    draft.item(&api, &[("amount", "-100")]).await;
    let invoice = draft.get(&api).await;
    assert_eq!((&invoice["subtotal"], &invoice["total"]), (&json!(1100), &json!(-100)));
    assert_eq!(amounts(&invoice["total_discount_amounts"]), [1200]);
    let price = api.price("300", &[]).await;
    let product = api.get(&format!("/v1/prices/{price}"), &[]).await["product"].as_str().unwrap().to_owned();
    let scoped = coupon(&api, &[("percent_off", "50"), ("applies_to[products][]", &product)]).await;
    let draft = Draft::new(&api, &[("discounts[0][coupon]", &scoped)]).await;
    draft.item(&api, &[("pricing[price]", &price), ("quantity", "2")]).await;
    draft.item(&api, &[("amount", "1000")]).await;
    assert_eq!(draft.get(&api).await["total"], 1300);
    let customer = api.customer().await;
    let eur = [("customer", customer.as_str()), ("currency", "eur"), ("discounts[0][coupon]", &much)];
    let invoice = api.post("/v1/invoices", &eur).await;
    let form =
        [("customer", customer.as_str()), ("amount", "100"), ("invoice", invoice["id"].as_str().unwrap())];
    api.post("/v1/invoiceitems", &form).await;
    assert_eq!(api.get(&format!("/v1/invoices/{}", id(&invoice)), &[]).await["total"], 30);
    let gbp = [eur[0], ("currency", "gbp"), eur[2]];
    assert_eq!(api.post_refused("/v1/invoices", &gbp).await.1["param"], "discounts[0][coupon]");
}

#[tokio::test]
async fn shipping_comes_on_top() {
    let api = start().await;
    let form = [
        ("display_name", "Ground"),
        ("fixed_amount[amount]", "500"),
        ("fixed_amount[currency]", "usd"),
        ("fixed_amount[currency_options][eur][amount]", "450"),
        ("type", "fixed_amount"),
    ];
    let shipping = api.post("/v1/shipping_rates", &form).await;
    assert_eq!(shipping["fixed_amount"], json!({"amount": 500, "currency": "usd"}));
    let rate = id(&shipping);
    let half = coupon(&api, &[("percent_off", "50")]).await;
    let form = [("shipping_cost[shipping_rate]", rate.as_str()), ("discounts[0][coupon]", &half)];
    let draft = Draft::new(&api, &form).await;
    draft.item(&api, &[("amount", "1000")]).await;
    let invoice = draft.get(&api).await;
    assert_eq!(sums(&invoice), [1000, 1000, 1000, 1000, 1000]);
    assert_eq!(invoice["amount_shipping"], 500);
    let cost = json!({"amount_subtotal": 500, "amount_tax": 0, "amount_total": 500, "shipping_rate": rate});
    assert_eq!(invoice["shipping_cost"], cost);
    let customer = draft.customer.as_str();
    let abroad = [("customer", customer), ("currency", "eur"), form[0]];
    assert_eq!(api.post("/v1/invoices", &abroad).await["total"], 450);
    let abroad = [abroad[0], ("currency", "gbp"), form[0]];
    assert_eq!(api.post_refused("/v1/invoices", &abroad).await.1["param"], "shipping_cost[shipping_rate]");
    let data = [
        ("shipping_cost[shipping_rate_data][display_name]", "Air"),
        ("shipping_cost[shipping_rate_data][fixed_amount][amount]", "900"),
        ("shipping_cost[shipping_rate_data][fixed_amount][currency]", "usd"),
    ];
    assert_eq!(api.post(&draft.path, &data).await["total"], 1400);
    assert_eq!(api.post(&draft.path, &[("shipping_cost", "")]).await["total"], 500);
    let path = format!("/v1/shipping_rates/{rate}");
    api.post(&path, &[("active", "false"), ("tax_behavior", "inclusive")]).await;
    assert_eq!(api.post_refused(&path, &[("tax_behavior", "exclusive")]).await.0, 400);
    assert_eq!(api.post_refused(&draft.path, &form[..1]).await.1["param"], "shipping_cost[shipping_rate]");
    assert_eq!(ids(&api.get("/v1/shipping_rates", &[("active", "false")]).await), [rate]);
    assert_eq!(api.post_refused(&draft.path, &[("shipping_cost[shipping_rate]", "shr_none")]).await.0, 400);
    let free = [("display_name", "F"), ("fixed_amount[amount]", "-1"), ("fixed_amount[currency]", "usd")];
    assert_eq!(api.post_refused("/v1/shipping_rates", &free).await.0, 400);
    assert_eq!(api.post_refused("/v1/shipping_rates", &free[..1]).await.1["param"], "fixed_amount");
}

#[tokio::test]
async fn quantities_are_decimals() {
    let api = start().await;
    let draft = Draft::new(&api, &[]).await;
    let item = draft.item(&api, &[("unit_amount_decimal", "12.5"), ("quantity_decimal", "2.5")]).await;
    assert_eq!((&item["amount"], &item["quantity"]), (&json!(31), &json!(2)));
    assert_eq!(item["quantity_decimal"], "2.5");
    let path = format!("/v1/invoiceitems/{}", id(&item));
    assert_eq!(api.post(&path, &[("quantity", "3")]).await["amount"], 38);
    assert_eq!(draft.get(&api).await["total"], 38);
    let price = api.price("250", &[]).await;
    let priced = api.post(&path, &[("pricing[price]", &price)]).await;
    assert_eq!((&priced["amount"], &priced["quantity"]), (&json!(750), &json!(3)));
    assert_eq!(api.post(&path, &[("quantity", "4")]).await["amount"], 1000);
    for form in [
        &[("quantity", "1"), ("quantity_decimal", "1")] as &[_],
        &[("amount", "1"), ("quantity", "2")],
        &[("amount", "1"), ("pricing[price]", &price)],
        &[("quantity", "-1")],
        &[("quantity_decimal", "0.0000000000001")],
        &[("quantity_decimal", "9223372036854775808")],
    ] {
        assert_eq!(api.post_refused(&path, form).await.0, 400, "{form:?}");
    }
    let negative = draft.item(&api, &[("amount", "-5")]).await;
    assert_eq!(negative["discountable"], false);
    api.post(&format!("/v1/prices/{price}"), &[("active", "false")]).await;
    let form = [("customer", draft.customer.as_str()), ("pricing[price]", &price)];
    assert_eq!(api.post_refused("/v1/invoiceitems", &form).await.1["param"], "pricing[price]");
}

#[tokio::test]
async fn lines_are_changed_where_they_stand() {
    let api = start().await;
    let draft = Draft::new(&api, &[]).await;
    let item = draft.item(&api, &[("amount", "1000")]).await;
    let line = draft.get(&api).await["lines"]["data"][0].clone();
    let path = format!("{}/lines/{}", draft.path, id(&line));
    let vat = rate(&api, "10", "false").await;
    let form = [("amount", "2000"), ("description", "D"), ("tax_rates[]", vat.as_str())];
    let line = api.post(&path, &form).await;
    assert_eq!((&line["amount"], amounts(&line["taxes"])), (&json!(2000), vec![200]));
    let item = api.get(&format!("/v1/invoiceitems/{}", id(&item)), &[]).await;
    assert_eq!((&item["amount"], &item["description"]), (&json!(2000), &json!("D")));
    assert_eq!(draft.get(&api).await["total"], 2200);
    let (status, error) = api.post_refused(&format!("{}/lines/il_none", draft.path), &form).await;
    assert_eq!((status, &error["param"]), (404, &json!("line_item_id")));
    let other = Draft::new(&api, &[]).await;
    assert_eq!(api.post_refused(&format!("{}/lines/{}", other.path, id(&line)), &form).await.0, 404);
    assert!(
        api.post_refused(&path, &[("tax_amounts[0][amount]", "1")]).await.1["message"]
            .as_str()
            .unwrap()
            .contains("sandbox")
    );
    api.post(&format!("{}/finalize", draft.path), &[]).await;
    assert_eq!(api.post_refused(&path, &form).await.1["code"], "invoice_not_editable");
}

#[tokio::test]
async fn several_lines_at_once() {
    let api = start().await;
    let draft = Draft::new(&api, &[]).await;
    let pending = [("customer", draft.customer.as_str()), ("amount", "70"), ("currency", "usd")];
    let pending = id(&api.post("/v1/invoiceitems", &pending).await);
    let add = format!("{}/add_lines", draft.path);
    let form = [
        ("lines[0][amount]", "1000"),
        ("lines[0][description]", "first"),
        ("lines[1][price_data][currency]", "usd"),
        ("lines[1][price_data][unit_amount]", "30"),
        ("lines[1][price_data][product_data][name]", "New"),
        ("lines[1][quantity]", "3"),
        ("lines[2][invoice_item]", &pending),
        ("lines[2][description]", "third"),
        ("invoice_metadata[a]", "b"),
    ];
    let invoice = api.post(&add, &form).await;
    assert_eq!((&invoice["total"], &invoice["metadata"]), (&json!(1160), &json!({"a": "b"})));
    let lines = invoice["lines"]["data"].as_array().unwrap();
    assert_eq!((&lines[0]["amount"], &lines[0]["description"]), (&json!(70), &json!("third")));
    assert_eq!(api.post_refused(&add, &form[6..7]).await.1["param"], "lines[0][invoice_item]");
    let all: Vec<String> = lines.iter().map(id).collect();
    let form = [
        ("lines[0][id]", all[2].as_str()),
        ("lines[0][amount]", "900"),
        ("lines[1][id]", &all[1]),
        ("lines[1][quantity]", "1"),
    ];
    let invoice = api.post(&format!("{}/update_lines", draft.path), &form).await;
    assert_eq!(invoice["total"], 1000);
    let remove = format!("{}/remove_lines", draft.path);
    let form = [
        ("lines[0][id]", all[0].as_str()),
        ("lines[0][behavior]", "unassign"),
        ("lines[1][id]", &all[1]),
        ("lines[1][behavior]", "delete"),
    ];
    let invoice = api.post(&remove, &form).await;
    assert_eq!((&invoice["total"], ids(&invoice["lines"]).len()), (&json!(900), 1));
    let free = api.get("/v1/invoiceitems", &[("pending", "true")]).await;
    assert_eq!(ids(&free), [pending]);
    assert_eq!(ids(&api.get("/v1/invoiceitems", &[]).await).len(), 2);
    assert_eq!(api.post_refused(&remove, &form).await.0, 404);
    let form = [("lines[0][tax_amounts][0][amount]", "1"), ("lines[0][amount]", "1")];
    assert_eq!(api.post_refused(&add, &form).await.0, 400);
    api.post(&format!("{}/finalize", draft.path), &[]).await;
    for step in ["add_lines", "update_lines", "remove_lines"] {
        let form = [("lines[0][id]", all[2].as_str()), ("lines[0][behavior]", "delete")];
        let form = if step == "add_lines" {
            &[("lines[0][amount]", "1")] as &[_]
        } else if step == "update_lines" {
            &form[..1]
        } else {
            &form
        };
        let (_, error) = api.post_refused(&format!("{}/{step}", draft.path), form).await;
        assert_eq!(error["code"], "invoice_not_editable", "{step}");
    }
    assert_eq!(api.refused(Method::GET, &format!("{}/add_lines", draft.path), &[]).await.0, 404);
}
