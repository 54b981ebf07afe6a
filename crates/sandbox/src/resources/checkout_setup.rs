//! The setup intent of a checkout session that saves a method without charging it.

use serde_json::{Value, json};

use super::checkout_session::data;
use super::{payment_method, text};
use crate::account::{Account, random_text};
use crate::error::Result;

/// Makes the setup intent of a new session, which is stored, and names it there.
pub fn open(account: &mut Account, session: &mut Value) {
    let data = data(account, session);
    let id = account.new_id("seti");
    let intent = json!({
        "id": id,
        "object": "setup_intent",
        "application": null,
        "automatic_payment_methods": null,
        "cancellation_reason": null,
        "client_secret": format!("{id}_secret_{}", random_text(31)),
        "created": account.now(),
        "customer": session["customer"],
        "customer_account": null,
        "description": data.get("description"),
        "excluded_payment_method_types": null,
        "flow_directions": null,
        "last_setup_error": null,
        "latest_attempt": null,
        "livemode": false,
        "managed_payments": null,
        "mandate": null,
        "metadata": data.get("metadata").cloned().unwrap_or_else(|| json!({})),
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {
            "mandate_options": null,
            "network": null,
            "request_three_d_secure": "automatic",
        }},
        "payment_method_types": session["payment_method_types"],
        "single_use_mandate": null,
        "status": "requires_payment_method",
        "usage": "off_session",
    });
    session["setup_intent"] = intent["id"].clone();
    account.store.put(intent);
}

/// The customer typed a card in: it is saved.
pub fn complete(account: &mut Account, session: &Value, card: &str) -> Result<()> {
    let mut method = payment_method::resolve(account, card)?;
    if let Some(customer) = session["customer"].as_str() {
        method = payment_method::join(account, method, customer);
    } else {
        account.store.put(method.clone());
    }
    if let Some(mut intent) = of(account, session) {
        intent["customer"] = session["customer"].clone();
        intent["payment_method"] = method["id"].clone();
        intent["status"] = json!("succeeded");
        account.store.put(intent);
    }
    Ok(())
}

/// Nobody typed anything in, and nobody will.
pub fn abandon(account: &mut Account, session: &Value) {
    if let Some(mut intent) = of(account, session) {
        intent["cancellation_reason"] = json!("abandoned");
        intent["status"] = json!("canceled");
        account.store.put(intent);
    }
}

fn of(account: &Account, session: &Value) -> Option<Value> {
    account.store.get("setup_intent", text(session, "setup_intent"))
}
