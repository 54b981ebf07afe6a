//! Invoices, subscriptions and quotes.

use host_tests::stage::{none, parse};
use host_tests::stripes::Stripe;
use serde_json::{Value, json};

use crate::account::{Account, email, id};
use crate::cases;

cases![
    invoice_items { StatefulMock: NO_INVOICES },
    invoices_with_items { Localstripe: OF_SUBSCRIPTIONS, StatefulMock: NO_INVOICES },
    drafts_are_changed_and_deleted { Localstripe: OF_SUBSCRIPTIONS, StatefulMock: NO_INVOICES },
    invoices_are_finalized { Localstripe: "cannot finalize an invoice", StatefulMock: NO_INVOICES },
    subscriptions,
    subscriptions_are_invoiced { StatefulMock: NO_INVOICES },
    subscriptions_are_changed { StatefulMock: "cannot update a subscription" },
    quotes_become_invoices { Localstripe: "has no quotes", StatefulMock: "has no quotes" },
];

const NO_INVOICES: &str = "has no invoices";
const OF_SUBSCRIPTIONS: &str = "makes invoices of subscriptions only";

async fn invoice_items(account: Account) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    let fields = json!({"Customer": customer, "Amount": 700, "Currency": "usd", "Description": "Shoes"});
    let created = account.create("InvoiceItem", fields).await;
    assert_eq!((&created["Amount"], &created["Customer"]), (&json!(700), &json!(customer)));
    let item = id(&created);
    assert_eq!(account.get("InvoiceItem", &item).await, created);
    let filter = format!("Customer = '{customer}'");
    assert_eq!(account.ids("InvoiceItem", &filter).await, [item.as_str()]);
    let changed = account.update("InvoiceItem", &item, json!({"Description": "Boots"})).await;
    assert_eq!(changed["Description"], "Boots");
    assert_eq!(account.delete("InvoiceItem", &item).await["Deleted"], true);
    assert_eq!(account.ids("InvoiceItem", &filter).await, [""; 0]);
}

/// A draft of one item.
async fn draft(account: &Account) -> (String, Value) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    let item = json!({"Customer": customer, "Amount": 700, "Currency": "usd", "Description": "Shoes"});
    account.create("InvoiceItem", item).await;
    let fields = json!({"Customer": customer, "PendingInvoiceItemsBehavior": "include"});
    let invoice = account.create("Invoice", fields).await;
    (customer, invoice)
}

async fn invoices_with_items(account: Account) {
    let (customer, invoice) = draft(&account).await;
    let told = (&invoice["Status"], &invoice["AmountDue"], &invoice["Customer"]);
    assert_eq!(told, (&json!("draft"), &json!(700), &json!(customer)));
    assert_eq!(account.get("Invoice", &id(&invoice)).await["AmountDue"], 700);
    assert_eq!(account.ids("Invoice", &format!("Customer = '{customer}'")).await, [id(&invoice)]);
    let lines = account.lines(&id(&invoice)).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["Amount"], &lines[0]["Description"]), (&json!(700), &json!("Shoes")));
}

async fn drafts_are_changed_and_deleted(account: Account) {
    let (customer, invoice) = draft(&account).await;
    let changed = account.update("Invoice", &id(&invoice), json!({"Description": "May"})).await;
    assert_eq!(changed["Description"], "May");
    assert_eq!(account.delete("Invoice", &id(&invoice)).await["Deleted"], true);
    assert_eq!(account.ids("Invoice", &format!("Customer = '{customer}'")).await, [""; 0]);
}

async fn invoices_are_finalized(account: Account) {
    let (_, invoice) = draft(&account).await;
    let finalized = account.run("FinalizeInvoice", json!({ "InvoiceId": id(&invoice) })).await;
    assert_eq!((&finalized["Status"], &finalized["AmountRemaining"]), (&json!("open"), &json!(700)));
}

/// What a subscription is to: a price, or a plan as it was before there were prices.
async fn subscribable(account: &Account) -> Value {
    let product = id(&account.create("Product", json!({"Name": "Gold"})).await);
    if account.stripe != Stripe::Sandbox {
        let fields = json!({"Product": product, "Currency": "usd", "Amount": 2000, "Interval": "month"});
        // Stripe's own API has prices in its place by now.
        return json!({ "+plan": id(&account.create("Plan", fields).await) });
    }
    let fields =
        json!({"Product": product, "Currency": "usd", "UnitAmount": 2000, "RecurringInterval": "month"});
    json!({ "price": id(&account.create("Price", fields).await) })
}

/// An active subscription and its customer.
async fn subscribe(account: &Account) -> (String, Value) {
    let customer = match account.stripe {
        // It asks nobody to pay.
        Stripe::StatefulMock => id(&account.create("Customer", json!({ "Email": email() })).await),
        _ => account.paying_customer().await,
    };
    let mut item = subscribable(account).await;
    item["quantity"] = json!(2);
    let fields = json!({"Customer": customer, "Items": [item], "Metadata": {"seat": "12"}});
    let subscription = account.create("Subscription", fields).await;
    (customer, subscription)
}

async fn subscriptions(account: Account) {
    let (customer, created) = subscribe(&account).await;
    let told = (&created["Status"], &created["Customer"], &created["Metadata"]);
    assert_eq!(told, (&json!("active"), &json!(customer), &json!({"seat": "12"})));
    assert_eq!(created["Items"][0]["quantity"], 2);
    assert_eq!(account.get("Subscription", &id(&created)).await, created);
    assert_eq!(account.ids("Subscription", &format!("Customer = '{customer}'")).await, [id(&created)]);
}

async fn subscriptions_are_invoiced(account: Account) {
    let (customer, subscription) = subscribe(&account).await;
    let invoices = account.list("Invoice", Some(&format!("Customer = '{customer}'")), 25).await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(subscription["LatestInvoice"], invoices[0]["Id"]);
    assert_eq!((&invoices[0]["Status"], &invoices[0]["Total"]), (&json!("paid"), &json!(4000)));
    assert_eq!(account.lines(&id(&invoices[0])).await.len(), 1);
}

async fn subscriptions_are_changed(account: Account) {
    let (_, created) = subscribe(&account).await;
    assert_eq!(created["CancelAtPeriodEnd"], false);
    let changed = account.update("Subscription", &id(&created), json!({"CancelAtPeriodEnd": true})).await;
    assert_eq!((id(&changed), &changed["CancelAtPeriodEnd"]), (id(&created), &json!(true)));
    assert_eq!(account.get("Subscription", &id(&created)).await["Status"], "active");
}

async fn quotes_become_invoices(account: Account) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    let product = id(&account.create("Product", json!({"Name": "Gold"})).await);
    let fields = json!({"Product": product, "Currency": "usd", "UnitAmount": 2000});
    let price = id(&account.create("Price", fields).await);
    let fields = json!({"Customer": customer, "LineItems": [{"price": price, "quantity": 3}]});
    let quote = account.create("Quote", fields).await;
    assert_eq!((&quote["Status"], &quote["AmountTotal"]), (&json!("draft"), &json!(6000)));
    let parameters = json!({ "QuoteId": id(&quote) });
    assert_eq!(account.run("FinalizeQuote", parameters.clone()).await["Status"], "open");
    let accepted = account.connector.accept_quote(&id(&quote), None, &none()).await.expect("accepted");
    let invoice = accepted.invoice_id.expect("an invoice");
    assert_eq!(parse(&accepted.outcome.object)["Status"], "accepted");
    assert_eq!(account.get("Invoice", &invoice).await["AmountDue"], 6000);
}
