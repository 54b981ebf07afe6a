//! The command itself: entities, actions and what is around them, with `--json`.

use host_tests::command::{Call, json};
use host_tests::stage::{KEY, Stage, line};
use serde_json::{Value, json};

/// The id that a change printed, alone.
fn id(printed: &Value) -> String {
    let id = printed["Id"].as_str().expect("an id").to_owned();
    assert_eq!(*printed, json!({ "Id": id }));
    id
}

#[tokio::test]
async fn create_get_list_update_and_delete() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let fields = r#"{"Name": "Jenny", "Email": "jenny@example.com"}"#;
    let customer = id(&json(&base, &["create", "Customer", fields]).await.done());
    let row = json(&base, &["get", "Customer", &customer]).await.done();
    assert_eq!((&row["Id"], &row["Name"]), (&json!(customer), &json!("Jenny")));
    let narrow = json(&base, &["get", "Customer", &customer, "--columns", "Email,Id"]).await;
    assert_eq!(narrow.stdout, format!("{{\"Email\":\"jenny@example.com\",\"Id\":\"{customer}\"}}\n"));
    let raw = json(&base, &["get", "Customer", &customer, "--raw"]).await.done();
    assert_eq!(Some(raw), stage.sandbox.get(&customer));

    let listed = json(&base, &["list", "Customer"]).await.done();
    assert_eq!(listed, json!({"rows": [row], "nextPageToken": null}));
    assert_eq!(
        id(&json(&base, &["update", "Customer", &customer, r#"{"Name": "John"}"#]).await.done()),
        customer
    );
    assert_eq!(json(&base, &["delete", "Customer", &customer]).await.done(), json!({}));
    let gone = json(&base, &["get", "Customer", &customer]).await.done();
    assert_eq!(gone, json!({"Id": customer, "Object": "customer", "Deleted": true}));
    assert_eq!(json(&base, &["get", "Balance"]).await.done()["Object"], "balance");
}

#[tokio::test]
async fn every_action_on_objects_of_its_own() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let run = async |action: &str, parameters: Value| {
        let output = json(&base, &["run", action, &parameters.to_string()]).await.done();
        let first = output[0].clone();
        assert_eq!(output, json!([first]), "{action}");
        assert_eq!(first["Success"], "true", "{action}");
        first
    };
    let pay = json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa", "PaymentMethodTypes": ["card"]});
    let payment = stage.create("PaymentIntent", pay.clone()).await;
    let confirmed =
        json!({"PaymentIntentId": payment, "ReturnUrl": "https://example.com", "OffSession": "true"});
    assert_eq!(run("ConfirmPaymentIntent", confirmed).await["status"], "succeeded");

    let mut hold = pay.clone();
    hold["CaptureMethod"] = json!("manual");
    let held = stage.create("PaymentIntent", hold).await;
    let confirmed = run("ConfirmPaymentIntent", json!({"PaymentIntentId": held})).await;
    assert_eq!(confirmed["status"], "requires_capture");
    let part = json!({"PaymentIntentId": held, "AmountToCapture": "1000", "Metadata": {"order": "1"}});
    let captured = run("CapturePaymentIntent", part).await;
    assert_eq!((&captured["amount_received"], &captured["metadata.order"]), (&json!("1000"), &json!("1")));

    let unwanted = stage.create("PaymentIntent", pay).await;
    let reason = json!({"PaymentIntentId": unwanted, "CancellationReason": "abandoned"});
    assert_eq!(run("CancelPaymentIntent", reason).await["cancellation_reason"], "abandoned");

    let customer = stage.create("Customer", json!({})).await;
    let method = stage.create("PaymentMethod", json!({"Type": "card", "Card": {"token": "tok_visa"}})).await;
    let attach = json!({"PaymentMethodId": method, "CustomerId": customer});
    assert_eq!(run("AttachPaymentMethodToCustomer", attach).await, json!({"Success": "true"}));
    assert_eq!(stage.row("PaymentMethod", &method).await["Customer"], json!(customer));
    run("DetachPaymentMethodFromCustomer", json!({"PaymentMethodId": method})).await;
    assert_eq!(stage.row("PaymentMethod", &method).await["Customer"], Value::Null);

    let invoice = stage.create("Invoice", json!({"Customer": customer})).await;
    let item = json!({"Customer": customer, "Invoice": invoice, "Amount": 500, "Currency": "usd"});
    stage.create("InvoiceItem", item).await;
    let finalized = run("FinalizeInvoice", json!({"InvoiceId": invoice, "AutoAdvance": "false"})).await;
    assert_eq!((&finalized["status"], &finalized["amount_due"]), (&json!("open"), &json!("500")));

    let product = stage.create("Product", json!({"Name": "Gold"})).await;
    let price = json!({"Product": product, "Currency": "usd", "UnitAmount": 2000});
    let price = stage.create("Price", price).await;
    let quote = json!({"Customer": customer, "LineItems": [{"price": price}]});
    let [accepted, refused] =
        [stage.create("Quote", quote.clone()).await, stage.create("Quote", quote).await];
    run("FinalizeQuote", json!({"QuoteId": accepted})).await;
    let made = run("AcceptQuote", json!({"QuoteId": accepted})).await;
    let invoice = stage.row("Invoice", made["InvoiceId"].as_str().expect("an invoice")).await;
    assert_eq!(invoice["Total"], 2000);
    run("CancelQuote", json!({"QuoteId": refused})).await;
    assert_eq!(stage.row("Quote", &refused).await["Status"], "canceled");
}

#[tokio::test]
async fn many_objects_by_a_condition() {
    let stage = Stage::new().await;
    stage.put_customers(20);
    let base = stage.sandbox.url();
    let changes = r#"{"Phone": "1"}"#;
    let even = "Name = 'Even'";
    let update = ["update", "Customer", "--where", even, changes, "--idempotency-key", "bulk-1"];
    let counted = json(&base, &[&update[..], &["--dry-run"]].concat()).await.done();
    assert_eq!((&counted["matched"], &counted["changed"]), (&json!(10), &json!(0)));
    let result = json!({
        "matched": 10, "changed": 10, "failures": [], "notAttempted": [], "effect": "none",
        "idempotencyKey": "bulk-1",
    });
    assert_eq!(json(&base, &update).await.done(), result);
    let changed = stage.sandbox.get("cus_004").expect("a customer");
    assert_eq!(changed["phone"], "1");
    let delete = ["delete", "Customer", "--where", "Metadata.plan = 'gold'"];
    let result = json!({"matched": 7, "changed": 7, "failures": [], "notAttempted": [], "effect": "none"});
    assert_eq!(json(&base, &delete).await.done(), result);
    stage.sent();
    for filter in ["", " "] {
        let refused = json(&base, &["delete", "Customer", "--where", filter]).await.failed();
        assert_eq!((&refused["kind"], &refused["param"]), (&json!("invalid-input"), &json!("filter")));
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn what_is_shown_once_is_shown() {
    let stage = Stage::new().await;
    let url = stage.sandbox.url();
    let link = r#"{"Account": "acct_1", "Type": "account_onboarding"}"#;
    let link = json(&url, &["create", "AccountLink", link]).await.done();
    assert!(link["Url"].is_string() && link.get("Id").is_none(), "{link}");
    let hook = r#"{"Url": "https://example.com/hook", "EnabledEvents": ["*"]}"#;
    let hook = json(&url, &["create", "WebhookEndpoint", hook, "--row"]).await.done();
    assert!(hook["Secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{hook}");
    let id = hook["Id"].as_str().expect("an id");
    let changed = json(&url, &["update", "WebhookEndpoint", id, r#"{"Description": "x"}"#]).await.done();
    assert_eq!(changed, json!({ "Id": id }));
}

#[tokio::test]
async fn entities_and_actions_are_described() {
    let described = async |arguments: &[&str]| Call::new(arguments.iter().chain(&["--json"])).run().await;
    let ran = described(&["entities"]).await;
    assert_eq!(ran.stderr, "", "nothing is connected to");
    let entities = ran.done();
    let entities = entities.as_array().expect("entities");
    assert!(entities.len() >= 135, "{}", entities.len());
    let customer = json!({
        "name": "Customer", "plural": "Customers",
        "operations": ["list", "get", "create", "update", "delete"], "parents": [],
    });
    assert!(entities.contains(&customer), "{entities:?}");
    let actions = described(&["actions"]).await.done();
    let actions = actions.as_array().expect("actions");
    assert!(actions.len() >= 95, "{}", actions.len());
    assert!(actions.contains(&json!({"name": "AcceptQuote", "testOnly": false})));
    assert!(actions.contains(&json!({"name": "ExpireRefund", "testOnly": true})));

    let customer = described(&["entities", "customers"]).await.done();
    assert_eq!(customer["name"], "Customer");
    let email = customer["columns"].as_array().expect("columns").iter().find(|c| c["name"] == "Email");
    let expected = json!({
        "name": "Email", "type": "text", "key": false, "creatable": true, "updatable": true,
        "nullable": true, "filterable": true, "filteredByStripe": true, "sortable": true,
    });
    assert_eq!(email, Some(&expected));
    let shown = Call::new(["entities", "customers"]).run().await.stdout;
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "operations list, get, create, update, delete",
        " Email text create update filter ",
        " Id text get filter ",
        "id of a TestClock",
        "exempt, none, reverse",
        "Shown by --json: listParameters, getParameters, deleteParameters, jsonSchema, createSchema, updateSchema",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    for schema in ["jsonSchema", "createSchema", "updateSchema"] {
        assert!(customer[schema]["properties"]["Email"].is_object(), "{schema}");
    }
    let attach = described(&["actions", "AttachPaymentMethodToCustomer"]).await.done();
    assert_eq!(attach["inputSchema"]["required"], json!(["PaymentMethodId", "CustomerId"]));
    assert_eq!(attach["entity"], "PaymentMethod");

    let unknown = described(&["entities", "Custmer"]).await.failed();
    assert!(unknown["message"].as_str().is_some_and(|m| m.contains("`Customer`")), "{unknown}");
    assert_eq!(described(&["actions", "AceptQuote"]).await.failed()["kind"], "invalid-input");
}

#[tokio::test]
async fn check_tells_what_is_wrong() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let check = async |key: Option<&str>, more: &[&str]| {
        let call = Call::new(["check", "--json"].iter().chain(more));
        let call = key.into_iter().fold(call, Call::key);
        call.run().await
    };
    let works = check(Some(KEY), &["--api-base", &base]).await.done();
    assert_eq!((&works["state"], &works["settings"]["api_base"]), (&json!("active"), &json!(base)));
    assert_eq!(stage.lines(), ["GET /v1/balance"]);
    assert_eq!(check(Some(KEY), &["--api-base", &base, "--offline"]).await.done()["state"], "active");
    assert_eq!(stage.lines(), [""; 0]);
    // The embedded sandbox, and a filler for an API on this machine.
    assert_eq!(check(None, &[]).await.done()["state"], "active");
    assert_eq!(check(None, &["--api-base", &base]).await.done()["state"], "active");

    let states = async |key, more: &[&str]| {
        let ran = check(key, more).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let told = ran.json();
        (told["state"].clone(), told["failure"]["kind"].clone())
    };
    let auth_error = (json!("auth-error"), json!("unauthenticated"));
    assert_eq!(states(Some("sk_live_filler"), &["--api-base", &base]).await, auth_error);
    assert_eq!(states(Some("pk_test_filler"), &["--api-base", &base, "--offline"]).await, auth_error);
    let away = states(Some(KEY), &["--api-base", "http://127.0.0.1:1"]).await;
    assert_eq!(away, (json!("error"), json!("unavailable")));
    let wrong = states(Some(KEY), &["--api-base", "http://example.com", "--offline"]).await;
    assert_eq!(wrong, (json!("error"), json!("invalid-input")));
    // An API that is not on this machine gets no filler.
    let keyless = states(None, &["--api-base", "https://example.com", "--offline"]).await;
    assert_eq!(keyless, auth_error);
}

#[tokio::test]
async fn the_demo_runs_to_its_end() {
    let ran = Call::new(["demo"]).run().await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("embedded sandbox"), "{}", ran.stderr);
    let actions = [
        "ConfirmPaymentIntent", "CapturePaymentIntent", "CancelPaymentIntent",
        "AttachPaymentMethodToCustomer", "DetachPaymentMethodFromCustomer", "FinalizeInvoice",
        "FinalizeQuote", "AcceptQuote", "CancelQuote",
    ];
    for shown in actions.iter().chain(&["create", "get", "list", "update", "delete"]) {
        assert!(
            ran.stdout.contains(&format!("> {}", shown)) || ran.stdout.contains(&format!("> run {shown}")),
            "{shown}: {}",
            ran.stdout
        );
    }
    assert!(ran.stdout.contains("all nine actions"), "{}", ran.stdout);

    let told = Call::new(["--json", "demo"]).run().await.done();
    assert_eq!(told["passed"], true);
    assert!(told["steps"].as_array().is_some_and(|steps| steps.len() > 20));
}

#[tokio::test]
async fn the_demo_refuses_a_live_key_and_fails_aloud() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    for key in ["sk_live_filler", "rk_live_filler", "nonsense"] {
        let ran = Call::new(["demo", "--api-base", &base]).key(key).run().await;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("test key") && !ran.stderr.contains("filler"), "{}", ran.stderr);
    }
    assert_eq!(stage.lines(), [""; 0]);
    let away = Call::new(["demo", "--api-base", "http://127.0.0.1:1"]).key(KEY).run().await;
    assert_eq!(away.code, Some(1), "{away:?}");
    // Against an API that is there it leaves no customer behind.
    let ran = Call::new(["demo", "--api-base", &base]).key(KEY).run().await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(stage.sent().iter().any(|request| line(request).starts_with("DELETE /v1/customers/")));
    assert_eq!(stage.ids("Customer", "Livemode = FALSE").await, [""; 0]);
}
