//! Every example payload of the connector's documentation: its input is accepted as printed, and its output comes with
//! the printed keys and values, in the printed order, through the typed function, `execute` and the command.

use host_tests::command;
use host_tests::stage::{Stage, none, parse};
use serde_json::{Map, Value, json};
use stripe_connector_host::Connector;
use stripe_connector_host::contract::{CapturePaymentIntentInput, ConfirmPaymentIntentInput, Outcome, Query};
use stripe_connector_sandbox::Sandbox;

#[derive(Clone, Copy, Debug)]
enum Way {
    Typed,
    Execute,
    Command,
}

fn facts() -> Value {
    parse(include_str!("../../fixtures/seed-actions.json"))
}

/// The example of an action.
fn example(action: &str) -> Value {
    let facts = facts();
    let all = facts["actions"].as_array().expect("actions");
    all.iter().find(|example| example["action"] == action).expect("an example").clone()
}

/// Runs an example in each way, in a sandbox where `before` put the state before the action, and compares.
async fn check(action: &str, before: fn(&Sandbox, &Value)) {
    let example = example(action);
    let printed = &example["output"][0];
    for way in [Way::Typed, Way::Execute, Way::Command] {
        let stage = Stage::new().await;
        before(&stage.sandbox, printed);
        let output = run(&stage, action, &example["input"], way).await;
        let output = output.as_array().expect("an array");
        assert_eq!(output.len(), 1, "{action} by {way:?}");
        compare(printed, &output[0], &format!("{action} by {way:?}"));
        let sent = stage.sandbox.requests();
        let stripe = example["stripe"].as_str().expect("an endpoint");
        let (_, name) = stripe.rsplit_once('/').expect("a path");
        let name = name.split_whitespace().next().unwrap_or_default();
        assert_eq!(sent.len(), 1, "{action} by {way:?}");
        assert!(sent[0].method == "POST" && sent[0].path.ends_with(name), "{action}: {:?}", sent[0]);
    }
}

async fn run(stage: &Stage, action: &str, input: &Value, way: Way) -> Value {
    let printed = input.to_string();
    match way {
        Way::Execute => {
            let outcome = stage.connector.execute(action, &printed, &none()).await;
            parse(&outcome.expect(action).output)
        }
        Way::Typed => parse(&typed(&stage.connector, action, input).await.output),
        Way::Command => command::json(&stage.sandbox.url(), &["run", action, &printed]).await.done(),
    }
}

/// Runs an action by its typed function, with the printed inputs.
async fn typed(connector: &Connector, action: &str, input: &Value) -> Outcome {
    let given = |name: &str| input[name].as_str().map(str::to_owned);
    let id = |name: &str| given(name).unwrap_or_else(|| panic!("{action} prints no {name}"));
    let options = none();
    let outcome = match action {
        "ConfirmPaymentIntent" => {
            let input = ConfirmPaymentIntentInput {
                return_url: given("ReturnUrl"),
                ..ConfirmPaymentIntentInput::new(id("PaymentIntentId"))
            };
            connector.confirm_payment_intent(&input, &options).await
        }
        "CapturePaymentIntent" => {
            let input = CapturePaymentIntentInput::new(id("PaymentIntentId"));
            connector.capture_payment_intent(&input, &options).await
        }
        "CancelPaymentIntent" => {
            connector.cancel_payment_intent(&id("PaymentIntentId"), None, None, &options).await
        }
        "AttachPaymentMethodToCustomer" => {
            let (method, customer) = (id("PaymentMethodId"), id("CustomerId"));
            connector.attach_payment_method_to_customer(&method, &customer, None, &options).await
        }
        "DetachPaymentMethodFromCustomer" => {
            connector.detach_payment_method_from_customer(&id("PaymentMethodId"), None, &options).await
        }
        "FinalizeInvoice" => connector.finalize_invoice(&id("InvoiceId"), None, None, &options).await,
        "FinalizeQuote" => connector.finalize_quote(&id("QuoteId"), None, &options).await,
        "AcceptQuote" => {
            let accepted = connector.accept_quote(&id("QuoteId"), None, &options).await.expect(action);
            let printed = parse(&accepted.outcome.output)[0]["InvoiceId"].clone();
            assert_eq!(accepted.invoice_id.as_deref(), printed.as_str());
            Ok(accepted.outcome)
        }
        "CancelQuote" => connector.cancel_quote(&id("QuoteId"), None, &options).await,
        other => panic!("{other} is no documented action"),
    };
    outcome.expect(action)
}

/// The printed keys come in the printed order with the printed values; more may stand between. Every value of an answer
/// is a text or null.
fn compare(printed: &Value, output: &Value, what: &str) {
    let (printed, output) = (printed.as_object().expect("an object"), output.as_object().expect("an object"));
    let mut rest = output.iter();
    for (name, value) in printed {
        let found = rest.find(|(own, _)| *own == name);
        let (_, found) = found.unwrap_or_else(|| {
            let place = if output.contains_key(name) { "in another place" } else { "missing" };
            panic!("{what}: `{name}` is {place}: {:?}", output.keys().collect::<Vec<_>>())
        });
        assert_eq!(found, value, "{what}: `{name}`");
    }
    for (name, value) in output {
        assert!(value.is_string() || value.is_null(), "{what}: `{name}` is {value}");
    }
}

/// A Stripe object with the printed values: texts that are numbers and truth values become such, dotted keys nest.
fn object(printed: &Value) -> Value {
    let mut object = json!({});
    for (name, value) in printed.as_object().expect("an object") {
        if name == "Success" {
            continue;
        }
        let value = match value.as_str() {
            Some("true") => json!(true),
            Some("false") => json!(false),
            Some(text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
            // Null is printed for arrays too.
            None if name == "lines.data" || name == "discounts" => json!([]),
            None if name == "payment_method_types" => json!(["card"]),
            None => Value::Null,
        };
        let mut place = &mut object;
        for part in name.split('.') {
            place = &mut place[part];
        }
        *place = value;
    }
    object
}

/// Puts the printed object as it was before.
fn put_before(sandbox: &Sandbox, printed: &Value, changes: Value) {
    let mut object = object(printed);
    for (name, value) in changes.as_object().expect("an object") {
        object[name] = value.clone();
    }
    sandbox.put(object);
}

fn put_method(sandbox: &Sandbox, id: &Value, customer: Value) {
    sandbox.put(json!({"object": "payment_method", "id": id, "type": "card", "customer": customer}));
}

fn put_quote(sandbox: &Sandbox, action: &str, status: &str) {
    let id = &example(action)["input"]["QuoteId"];
    let price = json!({"object": "price", "id": "price_1", "type": "one_time", "currency": "usd", "unit_amount": 100});
    let line = json!({"object": "item", "id": "li_1", "quantity": 1, "amount_total": 100, "price": price});
    sandbox.put(json!({
        "object": "quote", "id": id, "status": status, "customer": "cus_1", "line_items": {"data": [line]},
    }));
    sandbox.put(json!({"object": "customer", "id": "cus_1"}));
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn second(value: &Value) -> Option<i64> {
    Some(text(value).parse().expect("a second"))
}

#[tokio::test]
async fn confirm_payment_intent() {
    check("ConfirmPaymentIntent", |sandbox, printed| {
        put_method(sandbox, &printed["payment_method"], Value::Null);
        let changes = json!({"status": "requires_confirmation", "amount_received": 0, "latest_charge": null});
        put_before(sandbox, printed, changes);
        sandbox.next_id("ch", text(&printed["latest_charge"]));
    })
    .await;
}

#[tokio::test]
async fn capture_payment_intent() {
    check("CapturePaymentIntent", |sandbox, printed| {
        put_method(sandbox, &printed["payment_method"], printed["customer"].clone());
        let changes = json!({"status": "requires_capture", "amount_received": 0, "amount_capturable": 33000});
        put_before(sandbox, printed, changes);
    })
    .await;
}

#[tokio::test]
async fn cancel_payment_intent() {
    check("CancelPaymentIntent", |sandbox, printed| {
        put_method(sandbox, &printed["payment_method"], printed["customer"].clone());
        let changes = json!({"status": "requires_capture", "amount_capturable": 33000, "canceled_at": null});
        put_before(sandbox, printed, changes);
        sandbox.set_clock(second(&printed["canceled_at"]));
    })
    .await;
}

#[tokio::test]
async fn attach_payment_method_to_customer() {
    check("AttachPaymentMethodToCustomer", |sandbox, _| {
        let input = &example("AttachPaymentMethodToCustomer")["input"];
        put_method(sandbox, &input["PaymentMethodId"], Value::Null);
        sandbox.put(json!({"object": "customer", "id": input["CustomerId"]}));
    })
    .await;
}

#[tokio::test]
async fn detach_payment_method_from_customer() {
    check("DetachPaymentMethodFromCustomer", |sandbox, _| {
        let input = &example("DetachPaymentMethodFromCustomer")["input"];
        put_method(sandbox, &input["PaymentMethodId"], json!("cus_PNX7n9xMDsMPH4"));
        sandbox.put(json!({"object": "customer", "id": "cus_PNX7n9xMDsMPH4"}));
    })
    .await;
}

#[tokio::test]
async fn finalize_invoice() {
    check("FinalizeInvoice", |sandbox, printed| {
        // The number is the customer's prefix and how many invoices it had.
        let (prefix, count) = text(&printed["number"]).rsplit_once('-').expect("a number");
        sandbox.put(json!({
            "object": "customer", "id": "cus_1", "invoice_prefix": prefix,
            "next_invoice_sequence": count.parse::<i64>().expect("a count"),
        }));
        let changes = json!({
            "status": "draft", "customer": "cus_1", "paid": false, "number": null, "effective_at": null,
            "total": 0, "amount_due": 0, "starting_balance": 0, "ending_balance": null,
        });
        put_before(sandbox, printed, changes);
        sandbox.set_clock(second(&printed["effective_at"]));
    })
    .await;
}

#[tokio::test]
async fn finalize_quote() {
    check("FinalizeQuote", |sandbox, _| put_quote(sandbox, "FinalizeQuote", "draft")).await;
}

#[tokio::test]
async fn accept_quote() {
    check("AcceptQuote", |sandbox, printed| {
        put_quote(sandbox, "AcceptQuote", "open");
        sandbox.next_id("in", text(&printed["InvoiceId"]));
    })
    .await;
}

#[tokio::test]
async fn cancel_quote() {
    check("CancelQuote", |sandbox, _| put_quote(sandbox, "CancelQuote", "open")).await;
}

#[tokio::test]
async fn all_nine_actions_have_a_test_here() {
    let connector = Stage::new().await.connector;
    let actions = connector.list_actions().await.expect("the actions");
    let printed: Vec<_> = facts()["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .map(|a| text(&a["action"]).to_owned())
        .collect();
    let names: Vec<_> = actions.into_iter().map(|action| action.name).collect();
    assert_eq!(printed.len(), 9);
    for name in printed {
        assert!(names.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn the_misspelt_name_of_the_quotes_id_is_accepted() {
    let id = &example("FinalizeQuote")["input"]["QuoteId"];
    let input = json!({ "SouQuoteIdrcePath": id });
    for way in [Way::Execute, Way::Command] {
        let stage = Stage::new().await;
        put_quote(&stage.sandbox, "FinalizeQuote", "draft");
        assert_eq!(run(&stage, "FinalizeQuote", &input, way).await, json!([{"Success": "true"}]));
        assert_eq!(stage.row("Quote", text(id)).await["Status"], "open");
    }
}

/// The example of an operation on an entity.
fn operation(entity: &str, operation: &str) -> Map<String, Value> {
    let facts = facts();
    let all = facts["entity_examples"].as_array().expect("examples");
    let found = all.iter().find(|one| one["entity"] == entity && one["operation"] == operation);
    found.and_then(Value::as_object).expect("an example").clone()
}

#[tokio::test]
async fn list_and_get_of_a_customer() {
    let id = text(&operation("Customer", "Get")["entityId"]).to_owned();
    let stage = Stage::new().await;
    let customer = json!({"object": "customer", "id": id, "created": 1707196279, "email": "a'b@example.com"});
    stage.sandbox.put(customer);
    stage.put_customers(3);
    let row = json!({"Object": "customer", "Id": id, "Created": "2024-02-06T05:11:19Z", "Email": "a'b@example.com"});
    assert_eq!(stage.row("Customer", &id).await, row);
    let base = stage.sandbox.url();
    assert_eq!(command::json(&base, &["get", "Customer", &id]).await.done(), row);

    let filter = "Email = 'a''b@example.com'";
    let query = Query { filter: Some(filter.to_owned()), ..Query::new("Customer") };
    let page = stage.connector.list(&query, &none()).await.expect("a page");
    assert_eq!(parse(&page.rows), json!([row]));
    let listed = command::json(&base, &["list", "Customer", "--filter", filter]).await.done();
    assert_eq!(listed, json!({"rows": [row], "nextPageToken": null}));
}

#[tokio::test]
async fn create_of_a_payment_intent_prints_its_id_alone() {
    let example = operation("PaymentIntent", "Create");
    // `Amount` as it is printed: a number with a fraction of nothing.
    let input = example["connectorInputPayload"].to_string();
    assert!(input.contains("1500.0"), "{input}");
    let printed = &example["connectorOutputPayload"];
    let stage = Stage::new().await;
    put_method(&stage.sandbox, &example["connectorInputPayload"]["PaymentMethod"], Value::Null);
    let id = text(&printed["Id"]);

    stage.sandbox.next_id("pi", id);
    let change = stage.connector.create("PaymentIntent", &input, &none()).await.expect("a change");
    assert_eq!(change.id.as_deref(), Some(id));
    stage.sandbox.next_id("pi", id);
    let ran = command::json(&stage.sandbox.url(), &["create", "PaymentIntent", &input]).await;
    assert_eq!(ran.stdout, format!("{{\"Id\":\"{id}\"}}\n"));
    assert_eq!(ran.done(), *printed);

    let sent = stage.sent();
    assert_eq!(sent.len(), 2);
    for request in sent {
        let form = request.form();
        assert!(form.contains(&("amount".to_owned(), "1500".to_owned())), "{form:?}");
        assert_eq!(form.len(), 3, "{form:?}");
    }
}

#[tokio::test]
async fn an_amount_with_a_fraction_is_not_sent() {
    let stage = Stage::new().await;
    let before = stage.create("PaymentIntent", json!({"Amount": 900, "Currency": "usd"})).await;
    stage.sent();
    for amount in ["1500.5", "\"1500.5\"", "1e-1", "9007199254740993.0"] {
        let fields = format!("{{\"Currency\": \"usd\", \"Amount\": {amount}}}");
        let created = stage.connector.create("PaymentIntent", &fields, &none()).await;
        let failure = host_tests::stage::failure(created);
        assert_eq!(failure.kind.name(), "invalid-input", "{amount}");
        assert_eq!(failure.param.as_deref(), Some("Amount"), "{amount}");
        let changes = format!("{{\"Amount\": {amount}}}");
        assert!(stage.connector.update("PaymentIntent", Some(&before), &changes, &none()).await.is_err());
        let ran = command::json(&stage.sandbox.url(), &["create", "PaymentIntent", &fields]).await;
        assert_eq!(ran.failed()["kind"], "invalid-input", "{amount}");
    }
    // Nor where the parameter is one that the catalog does not describe, deep inside another.
    let line = json!([{"price_data": {"currency": "usd", "product": "prod_1", "unit_amount": 1500.5}}]);
    let quote = json!({"Customer": "cus_1", "LineItems": line}).to_string();
    assert!(stage.connector.create("Quote", &quote, &none()).await.is_err());
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn update_and_delete_of_a_customer() {
    let update = operation("Customer", "Update");
    let id = text(&update["entityId"]);
    let input = update["connectorInputPayload"].to_string();
    let stage = Stage::new().await;
    stage.sandbox.put(json!({"object": "customer", "id": id, "name": "Jenny", "email": "jenny@example.com"}));
    let change = stage.connector.update("Customer", Some(id), &input, &none()).await.expect("a change");
    assert_eq!(change.id.as_deref(), Some(id));
    let ran = command::json(&stage.sandbox.url(), &["update", "Customer", id, &input]).await;
    assert_eq!(ran.stdout, format!("{{\"Id\":\"{id}\"}}\n"));
    assert_eq!(ran.done(), update["connectorOutputPayload"]);
    let row = stage.row("Customer", id).await;
    assert_eq!((&row["Name"], &row["Email"]), (&json!("John"), &json!("jenny@example.com")));

    let gone = operation("Customer", "Delete")["entityId"].clone();
    for by_command in [false, true] {
        stage.sandbox.put(json!({"object": "customer", "id": gone}));
        if by_command {
            let ran = command::json(&stage.sandbox.url(), &["delete", "Customer", text(&gone)]).await;
            assert_eq!(ran.done(), json!({}));
        } else {
            stage.connector.delete("Customer", Some(text(&gone)), &none()).await.expect("a change");
        }
        assert_eq!(stage.row("Customer", text(&gone)).await["Deleted"], true);
    }
}
