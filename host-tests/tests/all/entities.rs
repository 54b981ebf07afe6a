//! List, get, create, update and delete for every entity, each as far as Stripe has it.

use host_tests::stage::{Stage, failure, none, parse, rows};
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, Operation, Query};

const ALL: &[Operation] =
    &[Operation::List, Operation::Get, Operation::Create, Operation::Update, Operation::Delete];
const ALL_BUT_DELETE: &[Operation] = &[Operation::List, Operation::Get, Operation::Create, Operation::Update];

const ENTITIES: [(&str, &[Operation]); 15] = [
    ("Balance", &[Operation::Get]),
    ("Charge", ALL_BUT_DELETE),
    ("Customer", ALL),
    ("Invoice", ALL),
    ("InvoiceItem", ALL),
    ("InvoiceLineItem", &[Operation::List, Operation::Update]),
    ("PaymentIntent", ALL_BUT_DELETE),
    ("PaymentMethod", ALL_BUT_DELETE),
    ("Plan", ALL),
    ("Price", ALL_BUT_DELETE),
    ("Product", ALL),
    ("Quote", ALL_BUT_DELETE),
    ("Refund", ALL_BUT_DELETE),
    ("SetupIntent", ALL_BUT_DELETE),
    ("Subscription", ALL_BUT_DELETE),
];

/// Creates an object, reads it, finds it in the list, changes a column, reads that, and deletes it where that is
/// possible. Answers its id.
async fn life(stage: &Stage, entity: &str, fields: Value, (column, value): (&str, Value)) -> String {
    let id = stage.create(entity, fields.clone()).await;
    let row = stage.row(entity, &id).await;
    assert_eq!(row["Id"], json!(id), "{entity}");
    assert_ne!(row[column], value, "{entity}");

    let page = stage.connector.list(&Query::new(entity), &none()).await.expect(entity);
    assert!(rows(&page).contains(&row), "{entity}: {}", page.rows);

    let changes = json!({ column: value }).to_string();
    let change = stage.connector.update(entity, Some(&id), &changes, &none()).await.expect(entity);
    assert_eq!(
        (change.id.as_deref(), &parse(&change.fields)[column]),
        (Some(id.as_str()), &value),
        "{entity}"
    );
    assert_eq!(stage.row(entity, &id).await[column], value, "{entity}");
    id
}

async fn delete(stage: &Stage, entity: &str, id: &str) {
    let change = stage.connector.delete(entity, Some(id), &none()).await.expect(entity);
    assert_eq!(change.id.as_deref(), Some(id));
    assert_eq!(parse(&change.fields)["Deleted"], true);
    assert_eq!(change.idempotency_key, None);
    let page = stage.connector.list(&Query::new(entity), &none()).await.expect(entity);
    assert!(rows(&page).iter().all(|row| row["Id"] != json!(id)), "{entity}: {}", page.rows);
}

#[tokio::test]
async fn the_catalog_has_them_with_stripes_operations() {
    let stage = Stage::new().await;
    let types = stage.connector.list_entity_types().await.expect("the entity types");
    for (name, operations) in ENTITIES {
        let found = types.iter().find(|entity| entity.name == *name).expect(name);
        assert_eq!(found.operations, operations, "{name}");
    }
    assert!(types.len() >= 135, "{}", types.len());
    let line_item = types.iter().find(|entity| entity.name == "InvoiceLineItem").expect("line items");
    assert_eq!(line_item.parents, ["InvoiceId"]);
    for entity in &types {
        for name in [&entity.name, &entity.plural, &entity.name.to_lowercase()] {
            let described = stage.connector.get_entity_type(name).await.expect(name);
            assert_eq!(described.name, entity.name);
            assert!(parse(&described.details)["columns"].is_array(), "{name}");
        }
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn what_stripe_does_not_have_is_unsupported() {
    let stage = Stage::new().await;
    let connector = &stage.connector;
    for (entity, has) in ENTITIES {
        for operation in ALL {
            if has.contains(operation) {
                continue;
            }
            let options = none();
            let failure = match operation {
                Operation::List => failure(connector.list(&Query::new(entity), &options).await),
                Operation::Get => failure(connector.get(entity, Some("x_1"), None, false, &options).await),
                Operation::Create => failure(connector.create(entity, "{}", &options).await),
                Operation::Update => failure(connector.update(entity, Some("x_1"), "{}", &options).await),
                Operation::Delete => failure(connector.delete(entity, Some("x_1"), &options).await),
            };
            assert_eq!(failure.kind.name(), "unsupported", "{operation} {entity}");
            assert!(failure.message.contains(entity), "{operation} {entity}: {}", failure.message);
        }
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn customers() {
    let stage = Stage::new().await;
    let fields = json!({"Name": "Jenny Rosen", "address": {"city": "Oslo"}, "AddressLine1": "1", "Shipping.Name": "J", "Shipping.Address.City": "Rome"});
    let id = life(&stage, "Customer", fields, ("Name", json!("John"))).await;
    let row = stage.row("Customer", &id).await;
    assert_eq!((&row["AddressCity"], &row["AddressLine1"]), (&json!("Oslo"), &json!("1")));
    assert_eq!((&row["ShippingName"], &row["ShippingAddressCity"]), (&json!("J"), &json!("Rome")));
    delete(&stage, "Customer", &id).await;
}

#[tokio::test]
async fn a_deleted_customer_is_a_row() {
    let stage = Stage::new().await;
    let id = stage.create("customers", json!({"Email": "jenny@example.com"})).await;
    delete(&stage, "Customer", &id).await;
    assert_eq!(stage.row("Customer", &id).await, json!({"Id": id, "Object": "customer", "Deleted": true}));
    // A list of Stripe's has no deleted objects, however it is asked for.
    assert_eq!(stage.ids("Customer", &format!("Id = '{id}'")).await, [""; 0]);
    let unknown = stage.connector.get("Customer", Some("cus_unknown"), None, false, &none()).await;
    let unknown = failure(unknown);
    assert_eq!((unknown.kind.name(), unknown.code.as_deref()), ("not-found", Some("resource_missing")));
    assert_eq!((unknown.http_status, unknown.effect.name()), (Some(404), "none"));
    assert!(unknown.request_id.is_some_and(|id| id.starts_with("req_")));
}

#[tokio::test]
async fn payment_intents() {
    let stage = Stage::new().await;
    let fields = json!({"Amount": 1500, "currency": "usd", "CaptureMethod": "manual"});
    life(&stage, "PaymentIntent", fields, ("Description", json!("Shoes"))).await;
    let fields = json!({"Amount": "1500", "Currency": "usd", "PaymentMethod": "pm_card_visa", "Confirm": true, "ReturnUrl": "https://example.com"});
    let paid = stage.create("payment_intent", fields).await;
    let row = stage.row("PaymentIntent", &paid).await;
    assert_eq!((&row["Status"], &row["AmountReceived"]), (&json!("succeeded"), &json!(1500)));
}

#[tokio::test]
async fn payment_methods() {
    let stage = Stage::new().await;
    let customer = stage.create("Customer", json!({})).await;
    let card = json!({"Type": "card", "Card": {"token": "tok_visa"}});
    let id = stage.create("PaymentMethod", card.clone()).await;
    let attached = stage.connector.attach_payment_method_to_customer(&id, &customer, None, &none()).await;
    assert_eq!(parse(&attached.expect("attached").object)["Customer"], json!(customer));
    assert_eq!(stage.ids("PaymentMethod", &format!("Customer = '{customer}'")).await, [id.as_str()]);
    let changes = json!({"BillingDetailsName": "Jenny", "BillingDetails.Address.City": "Oslo"}).to_string();
    stage.connector.update("PaymentMethod", Some(&id), &changes, &none()).await.expect("a change");
    let row = stage.row("PaymentMethod", &id).await;
    let details = (&row["BillingDetailsName"], &row["BillingDetailsAddressCity"], &row["CardLast4"]);
    assert_eq!(details, (&json!("Jenny"), &json!("Oslo"), &json!("4242")));

    // Detached, it is never attached again.
    stage.connector.detach_payment_method_from_customer(&id, None, &none()).await.expect("detached");
    let again = stage.connector.attach_payment_method_to_customer(&id, &customer, None, &none()).await;
    assert_eq!(failure(again).http_status, Some(400));
}

#[tokio::test]
async fn products_and_prices() {
    let stage = Stage::new().await;
    let product = life(&stage, "Product", json!({"Name": "Gold"}), ("Description", json!("Shiny"))).await;
    let fields = json!({"Product": product, "Currency": "usd", "UnitAmount": 2000.0});
    life(&stage, "Price", fields, ("Nickname", json!("yearly"))).await;
    let refused = failure(stage.connector.delete("Product", Some(&product), &none()).await);
    assert_eq!((refused.http_status, refused.effect.name()), (Some(400), "none"));
    let spare = stage.create("Product", json!({"Name": "Spare"})).await;
    delete(&stage, "Product", &spare).await;
}

#[tokio::test]
async fn invoices_with_items_and_lines() {
    let stage = Stage::new().await;
    let customer = stage.create("Customer", json!({"Name": "Jenny"})).await;
    let invoice = life(&stage, "Invoice", json!({"Customer": customer}), ("Description", json!("May"))).await;
    let fields = json!({"Customer": customer, "Invoice": invoice, "Amount": 500, "Currency": "usd"});
    let item = life(&stage, "InvoiceItem", fields.clone(), ("Amount", json!(700))).await;
    for amount in 1..=12 {
        let mut fields = fields.clone();
        fields["Amount"] = json!(amount);
        stage.create("InvoiceItem", fields).await;
    }
    let row = stage.row("Invoice", &invoice).await;
    assert_eq!(row["AmountDue"], json!(700 + 78));

    // All lines, though Stripe puts ten into the invoice itself; by parent and by filter.
    assert_eq!(row["Lines"].as_array().map(Vec::len), Some(10));
    let parents = Some(vec![("InvoiceId".to_owned(), invoice.clone())]);
    let options = CallOptions { parents, ..none() };
    let page = stage.connector.list(&Query::new("InvoiceLineItem"), &options).await.expect("lines");
    let mut amounts: Vec<_> = rows(&page).iter().map(|row| row["Amount"].as_i64()).collect();
    amounts.sort_unstable();
    let expected: Vec<_> = (1..=12).chain([700]).map(Some).collect();
    assert_eq!(amounts, expected);
    assert_eq!(stage.ids("InvoiceLineItem", &format!("Invoice = '{invoice}'")).await.len(), 13);
    let orphan = failure(stage.connector.list(&Query::new("InvoiceLineItem"), &none()).await);
    assert_eq!((orphan.kind.name(), orphan.param.as_deref()), ("invalid-input", Some("InvoiceId")));

    delete(&stage, "InvoiceItem", &item).await;
    let draft = stage.create("Invoice", json!({"Customer": customer})).await;
    delete(&stage, "Invoice", &draft).await;
    let finalized = stage.connector.finalize_invoice(&invoice, Some(false), None, &none()).await;
    assert_eq!(finalized.expect("finalized").status.as_deref(), Some("open"));
    let refused = failure(stage.connector.delete("Invoice", Some(&invoice), &none()).await);
    assert_eq!(refused.http_status, Some(400));
}

#[tokio::test]
async fn quotes_become_invoices() {
    let stage = Stage::new().await;
    let customer = stage.create("Customer", json!({})).await;
    let product = stage.create("Product", json!({"Name": "Gold"})).await;
    let price = json!({"Product": product, "Currency": "usd", "UnitAmount": 2000});
    let price = stage.create("Price", price).await;
    let fields = json!({"Customer": customer, "LineItems": [{"price": price, "quantity": 3}]});
    let quote = life(&stage, "Quote", fields, ("Description", json!("For May"))).await;
    assert_eq!(stage.row("Quote", &quote).await["AmountTotal"], 6000);
    let connector = &stage.connector;
    connector.finalize_quote(&quote, None, &none()).await.expect("finalized");
    let accepted = connector.accept_quote(&quote, None, &none()).await.expect("accepted");
    let invoice = accepted.invoice_id.expect("an invoice");
    assert_eq!(stage.row("Invoice", &invoice).await["AmountDue"], 6000);
    let again = failure(connector.cancel_quote(&quote, None, &none()).await);
    assert_eq!((again.kind.name(), again.effect.name()), ("failed-precondition", "none"));
}

#[tokio::test]
async fn there_is_one_balance() {
    let stage = Stage::new().await;
    let paid = json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa", "Confirm": true, "ReturnUrl": "https://example.com"});
    stage.create("PaymentIntent", paid).await;
    let row = stage.connector.get("Balance", None, None, false, &none()).await.expect("the balance");
    let row = parse(&row.fields);
    // What was paid, less the fee of 2.9 % and 30 cents.
    assert_eq!(row["Pending"][0]["amount"], 1426);
    assert_eq!(row["Livemode"], false);
    stage.sent();
    let refused = stage.connector.get("Balance", Some("bal_1"), None, false, &none()).await;
    assert_eq!(failure(refused).kind.name(), "invalid-input");
    assert_eq!(stage.lines(), [""; 0]);
}
