//! Payment methods, intents, charges and refunds.

use host_tests::stage::{failure, none};
use serde_json::{Value, json};

use crate::account::{Account, email, id};
use crate::cases;

cases![
    payment_methods_are_created { StatefulMock: CHARGES_ONLY },
    payment_methods_are_attached_and_detached { StatefulMock: CHARGES_ONLY },
    payment_intents_are_confirmed { StatefulMock: CHARGES_ONLY },
    payment_intents_are_captured { StatefulMock: CHARGES_ONLY },
    payment_intents_are_canceled { StatefulMock: CHARGES_ONLY },
    payment_intents_are_listed_by_customer {
        Localstripe: "lists payment intents by no customer",
        StatefulMock: CHARGES_ONLY,
    },
    what_is_canceled_stays_canceled { Localstripe: "refuses it without a code", StatefulMock: CHARGES_ONLY },
    references_are_expanded { StatefulMock: CHARGES_ONLY },
    setup_intents { StatefulMock: CHARGES_ONLY },
    charges { Localstripe: NO_TOKENS },
    payments_are_refunded { StatefulMock: CHARGES_ONLY },
    charges_are_refunded { Localstripe: NO_TOKENS },
    refunds_end_at_the_amount { Localstripe: NO_TOKENS },
];

const CHARGES_ONLY: &str = "has charges only, no payment methods and intents";
const NO_TOKENS: &str = "charges no tokens such as tok_visa";

/// A payment by card, which needs nothing but to be confirmed.
fn payment() -> Value {
    json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa", "PaymentMethodTypes": ["card"]})
}

async fn payment_methods_are_created(account: Account) {
    let card = json!({"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"});
    let fields = json!({"Type": "card", "Card": card, "BillingDetails": {"name": "Jenny"}});
    let created = account.create("PaymentMethod", fields).await;
    assert_eq!((&created["CardLast4"], &created["CardExpYear"]), (&json!("4242"), &json!(2034)));
    assert_eq!(created["BillingDetailsName"], "Jenny");
    assert_eq!(account.get("PaymentMethod", &id(&created)).await, created);
}

async fn payment_methods_are_attached_and_detached(account: Account) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    let filter = format!("Customer = '{customer}' AND Type = 'card'");
    assert_eq!(account.ids("PaymentMethod", &filter).await, [""; 0]);
    let attach = json!({"PaymentMethodId": "pm_card_visa", "CustomerId": customer});
    let attached = account.run("AttachPaymentMethodToCustomer", attach).await;
    assert_eq!(attached["Customer"], json!(customer));
    assert_eq!(account.ids("PaymentMethod", &filter).await, [id(&attached)]);
    let detach = json!({ "PaymentMethodId": id(&attached) });
    let detached = account.run("DetachPaymentMethodFromCustomer", detach).await;
    assert_eq!((id(&detached), &detached["Customer"]), (id(&attached), &Value::Null));
    assert_eq!(account.ids("PaymentMethod", &filter).await, [""; 0]);
}

async fn payment_intents_are_confirmed(account: Account) {
    let created = account.create("PaymentIntent", payment()).await;
    assert_eq!((&created["Status"], &created["Amount"]), (&json!("requires_confirmation"), &json!(1500)));
    let confirm = json!({ "PaymentIntentId": id(&created) });
    let confirmed = account.run("ConfirmPaymentIntent", confirm).await;
    assert_eq!((id(&confirmed), &confirmed["Status"]), (id(&created), &json!("succeeded")));
    assert!(confirmed["LatestCharge"].as_str().is_some_and(|id| id.starts_with("ch_")), "{confirmed}");
    assert_eq!(account.get("PaymentIntent", &id(&created)).await["Status"], "succeeded");
}

async fn payment_intents_are_captured(account: Account) {
    let mut fields = payment();
    fields["CaptureMethod"] = json!("manual");
    fields["Confirm"] = json!(true);
    let authorized = account.create("PaymentIntent", fields).await;
    assert_eq!(authorized["Status"], "requires_capture");
    let capture = json!({"PaymentIntentId": id(&authorized), "AmountToCapture": 1000});
    assert_eq!(account.run("CapturePaymentIntent", capture).await["Status"], "succeeded");
}

async fn payment_intents_are_canceled(account: Account) {
    let created = account.create("PaymentIntent", payment()).await;
    let canceled = account.run("CancelPaymentIntent", json!({ "PaymentIntentId": id(&created) })).await;
    assert_eq!((id(&canceled), &canceled["Status"]), (id(&created), &json!("canceled")));
}

async fn payment_intents_are_listed_by_customer(account: Account) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    let mut fields = payment();
    fields["Customer"] = json!(customer);
    let payment = id(&account.create("PaymentIntent", fields).await);
    assert_eq!(account.ids("PaymentIntent", &format!("Customer = '{customer}'")).await, [payment]);
}

async fn what_is_canceled_stays_canceled(account: Account) {
    let created = account.create("PaymentIntent", payment()).await;
    let parameters = json!({ "PaymentIntentId": id(&created) });
    account.run("CancelPaymentIntent", parameters.clone()).await;
    for action in ["CancelPaymentIntent", "CapturePaymentIntent", "ConfirmPaymentIntent"] {
        let refused = failure(account.connector.execute(action, &parameters.to_string(), &none()).await);
        let told = (refused.kind.name(), refused.effect.name(), refused.code.as_deref());
        let expected = ("failed-precondition", "none", Some("payment_intent_unexpected_state"));
        assert_eq!(told, expected, "{action}");
    }
}

async fn references_are_expanded(account: Account) {
    let email = email();
    let customer = id(&account.create("Customer", json!({ "Email": email })).await);
    let mut fields = payment();
    fields["Customer"] = json!(customer);
    let payment = id(&account.create("PaymentIntent", fields).await);
    let mut options = none();
    options.expand = Some(vec!["customer".to_owned()]);
    let row = account.connector.get("PaymentIntent", Some(&payment), None, false, &options).await;
    let row = host_tests::stage::parse(&row.expect("a row").fields);
    assert_eq!((&row["Customer"], &row["CustomerEmail"]), (&json!(customer), &json!(email)));
}

async fn setup_intents(account: Account) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    let fields = json!({"Customer": customer, "PaymentMethodTypes": ["card"], "Usage": "off_session"});
    let created = account.create("SetupIntent", fields).await;
    let told = (&created["Status"], &created["Customer"]);
    assert_eq!(told, (&json!("requires_payment_method"), &json!(customer)));
    assert_eq!(account.get("SetupIntent", &id(&created)).await, created);
}

async fn charges(account: Account) {
    let fields = json!({"Amount": 1500, "Currency": "usd", "Source": "tok_visa", "Description": "Shoes"});
    let created = account.create("Charge", fields).await;
    assert_eq!((&created["Status"], &created["Captured"]), (&json!("succeeded"), &json!(true)));
    assert_eq!((&created["Amount"], &created["AmountRefunded"]), (&json!(1500), &json!(0)));
    let charge = id(&created);
    assert_eq!(account.get("Charge", &charge).await, created);
    assert_eq!(
        account.update("Charge", &charge, json!({"Description": "Boots"})).await["Description"],
        "Boots"
    );
    let all = account.list("Charge", None, 100).await;
    assert_eq!(all.iter().filter(|row| row["Id"] == json!(charge)).count(), 1);
}

async fn payments_are_refunded(account: Account) {
    let mut fields = payment();
    fields["Confirm"] = json!(true);
    let payment = id(&account.create("PaymentIntent", fields).await);
    let refund = account.create("Refund", json!({"PaymentIntent": payment, "Amount": 500})).await;
    assert_eq!((&refund["Status"], &refund["Amount"]), (&json!("succeeded"), &json!(500)));
    assert_eq!(account.get("Refund", &id(&refund)).await, refund);
    let changed = account.update("Refund", &id(&refund), json!({"Metadata": {"why": "worn"}})).await;
    assert_eq!(changed["Metadata"], json!({"why": "worn"}));
    assert_eq!(account.ids("Refund", &format!("PaymentIntent = '{payment}'")).await, [id(&refund)]);
}

async fn charges_are_refunded(account: Account) {
    let fields = json!({"Amount": 1500, "Currency": "usd", "Source": "tok_visa"});
    let charge = id(&account.create("Charge", fields).await);
    let first = account.create("Refund", json!({"Charge": charge, "Amount": 500})).await;
    assert_eq!((&first["Amount"], &first["Charge"]), (&json!(500), &json!(charge)));
    let row = account.get("Charge", &charge).await;
    assert_eq!((&row["AmountRefunded"], &row["Refunded"]), (&json!(500), &json!(false)));
    let rest = account.create("Refund", json!({ "Charge": charge })).await;
    assert_eq!(rest["Amount"], 1000);
    assert_eq!(account.get("Charge", &charge).await["Refunded"], true);
    let mut found = account.ids("Refund", &format!("Charge = '{charge}'")).await;
    let mut expected = [id(&first), id(&rest)];
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

async fn refunds_end_at_the_amount(account: Account) {
    let fields = json!({"Amount": 1500, "Currency": "usd", "Source": "tok_visa"});
    let charge = id(&account.create("Charge", fields).await);
    let refused = account.refused("Refund", json!({"Charge": charge, "Amount": 1501})).await;
    assert_eq!((refused.http_status, refused.effect.name()), (Some(400), "none"));
    account.create("Refund", json!({ "Charge": charge })).await;
    let refused = account.refused("Refund", json!({ "Charge": charge })).await;
    assert_eq!(
        (refused.kind.name(), refused.code.as_deref()),
        ("failed-precondition", Some("charge_already_refunded"))
    );
}
