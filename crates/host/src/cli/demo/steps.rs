//! The steps, in the order of the documentation.

use serde_json::json;
use stripe_connector_host::contract::{
    CapturePaymentIntentInput, Change, ConfirmPaymentIntentInput, Outcome, Page, Query, State,
};

use super::{Walk, brief};
use crate::cli::Trouble;

const EMAIL: &str = "jenny.rosen@example.com";
const RETURN_URL: &str = "https://example.com/return";

/// What archives a product. One that has prices cannot be deleted.
pub(super) const ARCHIVED: &str = r#"{"Active": false}"#;

pub(super) async fn walk(walk: &mut Walk<'_>) -> Result<(), Trouble> {
    let connector = &walk.session.connector;
    let checked = walk.step("Check the connection", "check", connector.check_status(), |status| {
        format!("{}: {}", status.state, status.description)
    });
    if checked.await?.state != State::Active {
        return Err(Trouble::Told);
    }
    let customer = customer(walk).await?;
    payments(walk).await?;
    payment_method(walk, &customer).await?;
    let price = price(walk).await?;
    invoice(walk, &customer).await?;
    quotes(walk, &customer, &price).await?;
    end(walk, &customer).await
}

async fn customer(walk: &mut Walk<'_>) -> Result<String, Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let fields = json!({"Name": "Jenny Rosen", "Email": EMAIL}).to_string();
    let customer = create(walk, "Create a customer", "Customer", &fields).await?;
    walk.customer = Some(customer.clone());

    let query = Query {
        filter: Some(format!("Email = '{EMAIL}' AND Created >= '2024-01-01'")),
        columns: Some(vec!["Id".to_owned(), "Name".to_owned(), "Email".to_owned()]),
        page_size: Some(3),
        ..Query::new("Customer")
    };
    let call = format!(
        "list Customer --filter \"Email = '{EMAIL}' AND Created >= '2024-01-01'\" --columns Id,Name,Email"
    );
    let rows = |page: &Page| page.rows.clone();
    walk.step("Find it by a filter", call, connector.list(&query, options), rows).await?;

    let changes = json!({"Name": "John"}).to_string();
    let call = format!("update Customer {customer} '{changes}'");
    let update = connector.update("Customer", Some(&customer), &changes, options);
    walk.step("Change it", call, update, id_shown).await?;

    let call = format!("get Customer {customer}");
    let get = connector.get("Customer", Some(&customer), None, false, options);
    walk.step("Read it", call, get, |row| {
        brief(&row.fields, &["Id", "Name", "Email", "Created", "Livemode"])
    })
    .await?;
    Ok(customer)
}

async fn payments(walk: &mut Walk<'_>) -> Result<(), Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let fields = r#"{"PaymentMethod": "pm_card_visa", "Currency": "usd", "Amount": 1500.0}"#;
    let payment = create(walk, "Create a payment intent", "PaymentIntent", fields).await?;
    let input = ConfirmPaymentIntentInput {
        return_url: Some(RETURN_URL.to_owned()),
        ..ConfirmPaymentIntentInput::new(&payment)
    };
    let call = format!(
        "run ConfirmPaymentIntent '{}'",
        json!({"PaymentIntentId": payment, "ReturnUrl": RETURN_URL})
    );
    let confirm = connector.confirm_payment_intent(&input, options);
    walk.step("Confirm it", call, confirm, payment_shown).await?;

    let fields = json!({
        "PaymentMethod": "pm_card_visa", "Currency": "usd", "Amount": 2500, "CaptureMethod": "manual",
        "Confirm": true, "ReturnUrl": RETURN_URL,
    });
    let held =
        create(walk, "Create one that only holds the amount", "PaymentIntent", &fields.to_string()).await?;
    let call = format!("run CapturePaymentIntent '{}'", json!({"PaymentIntentId": held}));
    let input = CapturePaymentIntentInput::new(&held);
    let capture = connector.capture_payment_intent(&input, options);
    walk.step("Capture it", call, capture, payment_shown).await?;

    let fields = json!({"Currency": "usd", "Amount": 990}).to_string();
    let unwanted = create(walk, "Create one that is not wanted any more", "PaymentIntent", &fields).await?;
    let reason = "requested_by_customer";
    let call = format!(
        "run CancelPaymentIntent '{}'",
        json!({"PaymentIntentId": unwanted, "CancellationReason": reason})
    );
    let cancel = connector.cancel_payment_intent(&unwanted, Some(reason), None, options);
    walk.step("Cancel it", call, cancel, payment_shown).await?;
    Ok(())
}

async fn payment_method(walk: &mut Walk<'_>, customer: &str) -> Result<(), Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let fields = json!({"Type": "card", "Card": {"token": "tok_visa"}}).to_string();
    let card = create(walk, "Create a payment method", "PaymentMethod", &fields).await?;
    let call = format!(
        "run AttachPaymentMethodToCustomer '{}'",
        json!({"PaymentMethodId": card, "CustomerId": customer})
    );
    let attach = connector.attach_payment_method_to_customer(&card, customer, None, options);
    walk.step("Attach it to the customer", call, attach, outcome_shown).await?;

    let call = format!("run DetachPaymentMethodFromCustomer '{}'", json!({"PaymentMethodId": card}));
    let detach = connector.detach_payment_method_from_customer(&card, None, options);
    walk.step("Detach it", call, detach, outcome_shown).await?;
    Ok(())
}

async fn price(walk: &mut Walk<'_>) -> Result<String, Trouble> {
    let fields = json!({"Name": "Gold plan"}).to_string();
    let product = create(walk, "Create a product", "Product", &fields).await?;
    walk.product = Some(product.clone());
    let fields = json!({"Product": product, "Currency": "usd", "UnitAmount": 2000}).to_string();
    create(walk, "Create its price", "Price", &fields).await
}

async fn invoice(walk: &mut Walk<'_>, customer: &str) -> Result<(), Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let fields =
        json!({"Customer": customer, "CollectionMethod": "send_invoice", "DaysUntilDue": 30}).to_string();
    let invoice = create(walk, "Create an invoice", "Invoice", &fields).await?;
    let fields = json!({
        "Customer": customer, "Invoice": invoice, "Currency": "usd", "Amount": 4200, "Description": "Set-up",
    });
    create(walk, "Put an item on it", "InvoiceItem", &fields.to_string()).await?;

    let call = format!("run FinalizeInvoice '{}'", json!({"InvoiceId": invoice, "AutoAdvance": "false"}));
    let finalize = connector.finalize_invoice(&invoice, Some(false), None, options);
    walk.step("Finalize it", call, finalize, |outcome| {
        brief(&outcome.output, &["Success", "id", "object", "status", "amount_due", "currency"])
    })
    .await?;
    Ok(())
}

async fn quotes(walk: &mut Walk<'_>, customer: &str, price: &str) -> Result<(), Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let fields = json!({"Customer": customer, "LineItems": [{"price": price, "quantity": 1}]}).to_string();
    let quote = create(walk, "Create a quote", "Quote", &fields).await?;
    let parameters = json!({"QuoteId": quote});

    let call = format!("run FinalizeQuote '{parameters}'");
    let finalize = connector.finalize_quote(&quote, None, options);
    walk.step("Finalize it", call, finalize, outcome_shown).await?;

    let call = format!("run AcceptQuote '{parameters}'");
    let accept = connector.accept_quote(&quote, None, options);
    walk.step("Accept it, which creates an invoice", call, accept, |accepted| {
        outcome_shown(&accepted.outcome)
    })
    .await?;

    let refused = create(walk, "Create another quote", "Quote", &fields).await?;
    let call = format!("run CancelQuote '{}'", json!({"QuoteId": refused}));
    let cancel = connector.cancel_quote(&refused, None, options);
    walk.step("Cancel it", call, cancel, outcome_shown).await?;
    Ok(())
}

async fn end(walk: &mut Walk<'_>, customer: &str) -> Result<(), Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let get = connector.get("Balance", None, None, false, options);
    walk.step("Read the balance", "get Balance", get, |row| brief(&row.fields, &["Available", "Pending"]))
        .await?;

    if let Some(product) = walk.product.clone() {
        let call = format!("update Product {product} '{ARCHIVED}'");
        let archive = connector.update("Product", Some(&product), ARCHIVED, options);
        walk.step("Archive the product", call, archive, id_shown).await?;
        walk.product = None;
    }
    let delete = connector.delete("Customer", Some(customer), options);
    let call = format!("delete Customer {customer}");
    walk.step("Delete the customer", call, delete, |_| "done".to_owned()).await?;
    walk.customer = None;
    Ok(())
}

/// Creates an object and answers its id.
async fn create(
    walk: &mut Walk<'_>,
    title: &'static str,
    entity: &str,
    fields: &str,
) -> Result<String, Trouble> {
    let (connector, options) = (&walk.session.connector, &walk.session.options);
    let call = format!("create {entity} '{fields}'");
    let change = walk.step(title, call, connector.create(entity, fields, options), id_shown).await?;
    Ok(change.id.unwrap_or_default())
}

fn id_shown(change: &Change) -> String {
    json!({"Id": change.id}).to_string()
}

fn outcome_shown(outcome: &Outcome) -> String {
    brief(&outcome.output, &["InvoiceId", "Success", "id", "object", "customer", "status"])
}

fn payment_shown(outcome: &Outcome) -> String {
    let keys = ["Success", "id", "status", "amount", "amount_received", "cancellation_reason"];
    brief(&outcome.output, &keys)
}
