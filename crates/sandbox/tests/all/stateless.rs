//! Operations that keep nothing: what their made-up objects say, and what holds for them as for all.

use crate::common::{Form, KEY, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};
use stripe_connector_sandbox::{Faults, answer_violations};

const PAYOUT: Form = &[("amount", "500"), ("currency", "eur"), ("metadata[k]", "v"), ("metadata[gone]", "")];

#[tokio::test]
async fn an_object_says_what_was_sent_and_is_marked() {
    let api = start().await;
    api.sandbox.set_clock(Some(1_780_000_000));
    api.sandbox.next_id("po", "po_planned");
    let response = api.send(Method::POST, "/v1/payouts", PAYOUT).await;
    assert_eq!(response.headers()["sandbox-stateless"], "true");
    assert!(response.headers().contains_key("stripe-version"));
    let payout: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!((&payout["id"], &payout["object"]), (&json!("po_planned"), &json!("payout")));
    assert_eq!((&payout["amount"], &payout["currency"]), (&json!(500), &json!("eur")));
    assert_eq!((&payout["metadata"], &payout["created"]), (&json!({"k": "v"}), &json!(1_780_000_000)));
    assert_eq!(payout["failure_code"], Value::Null, "what may be null is null");
    assert!(id(&api.post("/v1/payouts", PAYOUT).await).starts_with("po_"));
    let read = api.get("/v1/payouts/po_any", &[]).await;
    assert_eq!((&read["id"], &read["amount"]), (&json!("po_any"), &json!(0)), "nothing was kept");
    let kept = api.send(Method::GET, "/v1/balance", &[]).await;
    assert!(!kept.headers().contains_key("sandbox-stateless"));
}

#[tokio::test]
async fn nested_parameters_come_back_in_whole_objects() {
    let api = start().await;
    let form = [
        ("name", "A"),
        ("billing[address][city]", "P"),
        ("billing[address][country]", "FR"),
        ("billing[address][line1]", "1"),
        ("billing[address][postal_code]", "75001"),
        ("phone_number", ""),
    ];
    let holder = api.post("/v1/issuing/cardholders", &form).await;
    assert_eq!(holder["billing"]["address"]["country"], "FR");
    assert_eq!(holder["name"], "A");
    assert_eq!(answer_violations("POST", "/v1/issuing/cardholders", &holder), [""; 0]);
}

#[tokio::test]
async fn ids_and_names_of_the_path_are_the_objects_own() {
    let api = start().await;
    for (method, path, field, value) in [
        (Method::POST, "/v1/payouts/po_1/cancel", "id", "po_1"),
        (Method::POST, "/v1/test_helpers/treasury/outbound_payments/obp_1/fail", "id", "obp_1"),
        (Method::POST, "/v1/test_helpers/issuing/settlements/ise_1/complete", "id", "ise_1"),
        (Method::GET, "/v1/accounts/acct_1/persons/person_1", "account", "acct_1"),
        (Method::POST, "/v1/accounts/acct_1/persons", "account", "acct_1"),
        (Method::GET, "/v1/account", "id", "acct_1SandboxPlatform"),
        (Method::DELETE, "/v1/accounts/acct_1/external_accounts/card_1", "object", "card"),
        (Method::DELETE, "/v1/accounts/acct_1/external_accounts/ba_1", "object", "bank_account"),
        (Method::GET, "/v1/accounts/acct_1/external_accounts/card_1", "object", "card"),
        (Method::DELETE, "/v1/customers/cus_1/bank_accounts/x", "object", "bank_account"),
        (Method::GET, "/v1/charges/ch_1/dispute", "id", "du_sandbox"),
        (Method::POST, "/v1/charges/ch_1/dispute", "id", "du_sandbox"),
        (Method::POST, "/v1/charges/ch_1/dispute/close", "id", "du_sandbox"),
        (Method::POST, "/v1/customers/cus_1/sources/ba_1/verify", "id", "ba_1"),
        (Method::GET, "/v1/credit_notes/preview?invoice=in_1", "invoice", "in_1"),
    ] {
        let response = api.send(method.clone(), path, &[]).await;
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(answer[field], value, "{method} {path}: {answer}");
        let deleted = answer.get("deleted").is_some_and(|deleted| *deleted == json!(true));
        assert_eq!(deleted, method == Method::DELETE, "{method} {path}: {answer}");
    }
    // Making something for an object is not that object.
    let person = api.post("/v1/accounts/acct_1/persons", &[]).await;
    assert!(id(&person).starts_with("person_"), "{person}");
}

/// A state is one that Stripe's object can have; a step that has none of its name leaves it alone.
#[tokio::test]
async fn after_a_step_an_object_has_the_state_of_that_step() {
    let api = start().await;
    let values = [("values[0]", "32")];
    for (path, status) in [
        ("/v1/payouts/po_1/cancel", "canceled"),
        ("/v1/payouts/po_1/reverse", "pending"),
        ("/v1/sources/src_1/verify", "pending"),
        ("/v1/customers/cus_1/bank_accounts/ba_1/verify", "verified"),
        ("/v1/customers/cus_1/sources/ba_1/verify", "verified"),
        ("/v1/topups/tu_1/cancel", "canceled"),
        ("/v1/credit_notes/cn_1/void", "void"),
        ("/v1/billing/meters/mtr_1/deactivate", "inactive"),
        ("/v1/billing/meters/mtr_1/reactivate", "active"),
        ("/v1/billing/alerts/alrt_1/archive", "archived"),
        ("/v1/invoice_rendering_templates/inrtem_1/unarchive", "active"),
        ("/v1/disputes/du_1/close", "lost"),
        ("/v1/charges/ch_1/dispute/close", "lost"),
        ("/v1/financial_connections/accounts/fca_1/disconnect", "disconnected"),
        ("/v1/identity/verification_sessions/vs_1/cancel", "canceled"),
        ("/v1/issuing/disputes/idp_1/submit", "submitted"),
        ("/v1/subscription_schedules/sub_sched_1/release", "released"),
        ("/v1/test_helpers/issuing/authorizations/iauth_1/expire", "expired"),
        ("/v1/test_helpers/issuing/settlements/ise_1/complete", "complete"),
        ("/v1/test_helpers/treasury/outbound_payments/obp_1/post", "posted"),
        ("/v1/test_helpers/treasury/outbound_transfers/obt_1/return", "returned"),
        ("/v1/treasury/financial_accounts/fa_1/close", "closed"),
    ] {
        let answer = api.post(path, if path.starts_with("/v1/sources") { &values } else { &[] }).await;
        assert_eq!(answer["status"], status, "{path}: {answer}");
    }
    let refund = api.post("/v1/test_helpers/refunds/re_x/expire", &[]).await;
    assert_eq!(refund["status"], Value::Null);
}

#[tokio::test]
async fn reading_makes_nothing() {
    let api = start().await;
    api.sandbox.next_id("du", "du_planned");
    let dispute = api.get("/v1/charges/ch_1/dispute", &[]).await;
    assert_eq!(api.get("/v1/charges/ch_1/dispute", &[]).await["id"], dispute["id"]);
    assert_ne!(dispute["id"], "du_planned");
}

#[tokio::test]
async fn lists_are_short_and_end() {
    let api = start().await;
    let all = api.get("/v1/payouts", &[("status", "paid")]).await;
    assert_eq!((ids(&all).len(), &all["has_more"], &all["url"]), (2, &json!(false), &json!("/v1/payouts")));
    assert_eq!(all["data"][1]["status"], "paid", "what is found is what was asked for");
    let first = api.get("/v1/payouts", &[("limit", "1")]).await;
    assert_eq!((ids(&first).as_slice(), &first["has_more"]), (&ids(&all)[..1], &json!(true)));
    let cursor = |name: &'static str, id: String| {
        let api = &api;
        async move { api.get("/v1/payouts", &[("limit", "1"), (name, id.as_str())]).await }
    };
    let second = cursor("starting_after", ids(&first)[0].clone()).await;
    assert_eq!((ids(&second).as_slice(), &second["has_more"]), (&ids(&all)[1..], &json!(false)));
    assert!(ids(&cursor("starting_after", "po_other".to_owned()).await).is_empty());
    assert_eq!(ids(&cursor("ending_before", ids(&all)[1].clone()).await), ids(&first));
    for (form, param) in [
        (vec![("limit", "0")], "limit"),
        (vec![("limit", "101")], "limit"),
        (vec![("starting_after", "a"), ("ending_before", "b")], "ending_before"),
        (vec![("foo", "a")], "foo"),
        (vec![("status", "")], "status"),
    ] {
        let (status, error) = api.refused(Method::GET, "/v1/payouts", &form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form:?}");
    }
}

#[tokio::test]
async fn parameters_are_judged_as_everywhere() {
    let api = start().await;
    for (form, param, code) in [
        (vec![("amount", "5"), ("currency", "usd"), ("foo", "1")], "foo", "parameter_unknown"),
        (vec![("amount", "5.5"), ("currency", "usd")], "amount", "parameter_invalid_integer"),
        (vec![("amount", "5")], "currency", "parameter_missing"),
    ] {
        let (status, error) = api.post_refused("/v1/payouts", &form).await;
        assert_eq!((status, &error["param"], &error["code"]), (400, &json!(param), &json!(code)));
    }
    let (_, error) = api.refused(Method::GET, "/v1/payouts/po_1", &[("expand[]", "amount")]).await;
    assert_eq!(error["param"], "expand");
    let plain = api.http.post(format!("{}/v1/payouts", api.sandbox.url())).header("authorization", KEY);
    assert_eq!(plain.send().await.unwrap().status(), 400, "a form is needed here too");
}

/// What the sandbox keeps is not contradicted by what it makes up.
#[tokio::test]
async fn about_what_is_kept_nothing_is_made_up() {
    let api = start().await;
    let customer = api.customer().await;
    let intent = api.post("/v1/payment_intents", &[("amount", "500"), ("currency", "usd")]).await;
    let path = format!("/v1/payment_intents/{}/apply_customer_balance", id(&intent));
    let (status, error) = api.post_refused(&path, &[]).await;
    assert_eq!((status, &error["param"]), (400, &json!("intent")));
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("POST /v1/payment_intents/{intent}/apply_customer_balance only for"),
        "{message}"
    );
    let (_, error) = api.post_refused("/v1/invoices/create_preview", &[("customer", &customer)]).await;
    assert_eq!(error["param"], "customer");
    assert_eq!(id(&api.post("/v1/payment_intents/pi_other/apply_customer_balance", &[]).await), "pi_other");
    api.post("/v1/invoices/create_preview", &[("customer", "cus_other")]).await;
    let line = [("invoice_items[0][amount]", "5"), ("invoice_items[0][currency]", "usd")];
    let (_, error) = api.post_refused("/v1/invoices/create_preview", &line).await;
    assert_eq!(error["param"], "invoice_items", "its total would be wrong");
    // They say whether they have any.
    let form = [("amount", "500"), ("currency", "usd"), ("source", "tok_visa")];
    let charge = id(&api.post("/v1/charges", &form).await);
    for (method, path) in [
        (Method::GET, format!("/v1/charges/{charge}/dispute")),
        (Method::POST, format!("/v1/charges/{charge}/dispute/close")),
        (Method::GET, format!("/v1/disputes?charge={charge}")),
    ] {
        let (status, error) = api.refused(method, &path, &[]).await;
        assert_eq!((status, &error["param"]), (400, &json!("charge")), "{path}");
    }
    api.put(json!({"object": "file", "id": "file_kept"}));
    let (_, error) = api.post_refused("/v1/file_links", &[("file", "file_kept")]).await;
    assert_eq!(error["param"], "file");
    assert_eq!(api.post("/v1/file_links", &[("file", "file_other")]).await["file"], "file_other");
    // Of what has no state at all something may be said.
    let schedule = api.post("/v1/subscription_schedules", &[("customer", &customer)]).await;
    assert_eq!(schedule["customer"], customer);
}

#[tokio::test]
async fn expansions_are_kept_objects_or_made_up_ones() {
    let api = start().await;
    let customer = api.customer().await;
    let form = [("customer", customer.as_str()), ("expand[]", "customer")];
    let schedule = api.post("/v1/subscription_schedules", &form).await;
    assert_eq!(schedule["customer"]["name"], "Some One");
    let schedule = api.get("/v1/subscription_schedules/sub_sched_1", &[("expand[]", "customer")]).await;
    assert_eq!(schedule["customer"]["object"], "customer");
    let wrong = answer_violations("GET", "/v1/subscription_schedules/{schedule}", &schedule);
    assert!(wrong.is_empty(), "{wrong:?}");
    let list = api.get("/v1/subscription_schedules", &[("expand[]", "data.customer")]).await;
    assert_eq!(list["data"][0]["customer"]["object"], "customer");
    let dispute = api.get("/v1/disputes/du_1", &[("expand[]", "charge.customer")]).await;
    assert_eq!(dispute["charge"]["customer"]["object"], "customer");
}

#[tokio::test]
async fn a_key_replays_the_same_object() {
    let api = start().await;
    let send = |amount: &'static str| {
        let request = api.http.post(format!("{}/v1/payouts", api.sandbox.url()));
        let request = request.header("authorization", KEY).header("idempotency-key", "k");
        request.form(&[("amount", amount), ("currency", "usd")]).send()
    };
    let first = send("5").await.unwrap().text().await.unwrap();
    let second = send("5").await.unwrap();
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(second.headers()["sandbox-stateless"], "true");
    assert_eq!(second.text().await.unwrap(), first);
    assert_eq!(send("6").await.unwrap().status(), 400);
}

#[tokio::test]
async fn restricted_keys_and_faults_and_the_record() {
    let api = start().await;
    api.sandbox.restrict("rk_test_1", &["payout_read", "v2.core.account_write"]);
    api.sandbox.set_faults(Faults::parse("GET /v1/topups status=503").unwrap());
    let url = api.sandbox.url();
    let with = |method: Method, path: &str| {
        let request = api.http.request(method, format!("{url}{path}"));
        request.header("authorization", "Bearer rk_test_1")
    };
    for (request, expected) in [
        (with(Method::GET, "/v1/payouts"), 200),
        (with(Method::GET, "/v1/payouts/po_1"), 200),
        (with(Method::POST, "/v1/payouts").form(PAYOUT), 403),
        (with(Method::GET, "/v1/transfers"), 403),
        (with(Method::POST, "/v2/core/accounts"), 200),
        (with(Method::DELETE, "/v2/core/event_destinations/ed_1"), 403),
        (with(Method::GET, "/v1/topups"), 503),
    ] {
        let response = request.send().await.unwrap();
        let (path, status) = (response.url().path().to_owned(), response.status());
        assert_eq!(status, expected, "{path}: {}", response.text().await.unwrap());
    }
    let requests = api.sandbox.requests();
    let last = requests.last().unwrap();
    assert_eq!((requests.len(), last.path.as_str(), last.status), (7, "/v1/topups", 503));
}

#[tokio::test]
async fn what_is_done_is_told_as_events() {
    let api = start().await;
    api.post("/v1/payouts", PAYOUT).await;
    api.post("/v1/payouts/po_1", &[("metadata[k]", "v")]).await;
    api.post("/v1/payouts/po_1/cancel", &[]).await;
    api.post("/v1/issuing/cards", &[("currency", "usd"), ("type", "virtual")]).await;
    api.post("/v1/balance_settings", &[]).await;
    api.delete("/v1/plans/plan_1").await;
    api.post("/v1/charges/ch_1/dispute/close", &[]).await;
    // Nothing happens in these.
    api.get("/v1/payouts/po_1", &[]).await;
    api.post("/v1/invoices/create_preview", &[]).await;
    api.post("/v1/accounts/acct_1/external_accounts", &[]).await;
    api.post_refused("/v1/payouts", &[]).await;
    let events = api.get("/v1/events", &[]).await;
    let types: Vec<_> =
        events["data"].as_array().unwrap().iter().rev().map(|event| event["type"].clone()).collect();
    assert_eq!(
        types,
        [
            "payout.created", "payout.updated", "payout.updated", "payout.canceled", "issuing_card.created",
            "balance_settings.updated", "plan.deleted", "charge.dispute.updated", "charge.dispute.closed",
        ]
    );
    let created = events["data"].as_array().unwrap().last().unwrap();
    assert_eq!(created["data"]["object"]["amount"], 500);
    assert!(created["request"]["id"].as_str().unwrap().starts_with("req_"));
    let updated = &events["data"][7]["data"];
    assert_eq!(updated["previous_attributes"], json!({"metadata": {"k": null}}));
    assert!(api.sandbox.get("po_1").is_none(), "an event is all that is left of it");
}
