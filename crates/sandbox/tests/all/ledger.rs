//! Balance transactions, and the balance as their sum.

use crate::common;
use crate::common::money::{NOON, charge_of, funds, paid, path_of};
use crate::common::{Api, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

async fn transactions(api: &Api, query: &[(&str, &str)]) -> Vec<Value> {
    let list = api.get("/v1/balance_transactions", query).await;
    list["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_payment_is_a_transaction_less_the_fee() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let intent = paid(&api, "pm_card_visa", &[("description", "Socks"), ("amount", "12345")]).await;
    let charge = charge_of(&api, &intent).await;
    let id = charge["balance_transaction"].as_str().unwrap();
    let transaction = api.get(&format!("/v1/balance_transactions/{id}"), &[("expand[]", "source")]).await;
    assert_eq!(transaction["source"]["id"], charge["id"]);
    let midnight = NOON - 43_200;
    let expected = json!({
        "id": id,
        "object": "balance_transaction",
        "amount": 12345,
        "available_on": midnight + 2 * 86_400,
        "balance_type": "payments",
        "created": NOON,
        "currency": "usd",
        "description": "Socks",
        "exchange_rate": null,
        "fee": 388,
        "fee_details": [{
            "amount": 388, "application": null, "currency": "usd",
            "description": "Stripe processing fees", "type": "stripe_fee",
        }],
        "net": 11957,
        "reporting_category": "charge",
        "source": charge["id"],
        "status": "pending",
        "type": "charge",
    });
    assert_eq!(api.get(&format!("/v1/balance_transactions/{id}"), &[]).await, expected);
    assert_eq!(api.get(&format!("/v1/balance/history/{id}"), &[]).await, expected);
    assert_eq!(funds(&api).await, (0, 11957));
}

#[tokio::test]
async fn money_becomes_available_with_time() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let intent = paid(&api, "pm_card_visa", &[]).await;
    let refund = [("payment_intent", id(&intent)), ("amount", "100".to_owned())];
    let refund: Vec<(&str, &str)> = refund.iter().map(|(name, value)| (*name, value.as_str())).collect();
    api.post("/v1/refunds", &refund).await;
    assert_eq!(funds(&api).await, (0, 841), "a refund comes out of the same pending money");
    let payday = NOON - 43_200 + 2 * 86_400;
    api.sandbox.set_clock(Some(payday - 1));
    assert_eq!(funds(&api).await, (0, 841));
    api.sandbox.set_clock(Some(payday));
    assert_eq!(funds(&api).await, (841, 0));
    assert!(transactions(&api, &[]).await.iter().all(|one| one["status"] == "available"));
    api.post("/v1/refunds", &refund).await;
    assert_eq!(funds(&api).await, (741, 0));
    paid(&api, "pm_card_bypassPending", &[]).await;
    assert_eq!(funds(&api).await, (741 + 941, 0));
}

#[tokio::test]
async fn the_balance_is_the_sum_of_the_transactions() {
    let api = start().await;
    for (currency, method) in
        [("usd", "pm_card_visa"), ("eur", "pm_card_visa"), ("eur", "pm_card_refundFail")]
    {
        let intent = paid(&api, method, &[("currency", currency)]).await;
        let form = [("payment_intent", id(&intent)), ("amount", "250".to_owned())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        api.post("/v1/refunds", &form).await;
        // Neither a refused capture nor a decline moves anything.
        api.post_refused(&path_of(&intent, "/capture"), &[]).await;
        common::money::unpaid(&api, "pm_card_chargeDeclined", &[("currency", currency)]).await;
    }
    let balance = api.get("/v1/balance", &[]).await;
    for (place, currency) in ["eur", "usd"].into_iter().enumerate() {
        let sum: i64 = transactions(&api, &[("currency", currency)])
            .await
            .iter()
            .map(|one| one["net"].as_i64().unwrap())
            .sum();
        let side = |name: &str| balance[name][place]["amount"].as_i64().unwrap();
        assert_eq!(balance["pending"][place]["currency"], currency);
        assert_eq!(side("available") + side("pending"), sum, "{currency}");
    }
}

#[tokio::test]
async fn a_refused_request_moves_no_money() {
    let api = start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("return_url", "https://example.com/"),
        ("off_session", "maybe"),
    ];
    api.post_refused("/v1/payment_intents", &form).await;
    assert_eq!(funds(&api).await, (0, 0));
    assert_eq!(transactions(&api, &[]).await.len(), 0);
}

#[tokio::test]
async fn transactions_have_filters() {
    let api = start().await;
    api.sandbox.set_clock(Some(NOON));
    let dollars = paid(&api, "pm_card_visa", &[]).await;
    api.sandbox.set_clock(Some(NOON + 5));
    let euros = paid(&api, "pm_card_visa", &[("currency", "eur")]).await;
    let refund = api.post("/v1/refunds", &[("payment_intent", &id(&dollars))]).await;
    let of = |intent: &Value| intent["latest_charge"].as_str().unwrap().to_owned();
    for (name, value, sources) in [
        ("type", "refund".to_owned(), vec![id(&refund)]),
        ("currency", "EUR".to_owned(), vec![of(&euros)]),
        ("source", of(&dollars), vec![of(&dollars)]),
        ("created[lt]", (NOON + 5).to_string(), vec![of(&dollars)]),
        ("type", "payout".to_owned(), vec![]),
    ] {
        let found = transactions(&api, &[(name, &value)]).await;
        let found: Vec<&str> = found.iter().map(|one| one["source"].as_str().unwrap()).collect();
        assert_eq!(found, sources, "{name}");
    }
    assert_eq!(ids(&api.get("/v1/balance/history", &[]).await).len(), 3);
    let query = [("payout", "po_1")];
    let (status, error) = api.refused(Method::GET, "/v1/balance_transactions", &query).await;
    assert_eq!((status, &error["code"]), (400, &json!("resource_missing")));
}
