//! Setup intents: making, changing and listing them. Their states are in `setup_confirm`.

use serde_json::{Value, json};

use super::payment_intent::{automatic_methods, find_method, retrieve, set_options};
use super::setup_confirm::{cancel, confirm, confirm_setup, enter, is_open, unexpected_state};
use super::{change, check_customer, payment_method, set, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};

const KIND: &str = "setup_intent";

/// Money of the account itself, and what Stripe sets up outside of its API.
const LACKING: &str = "attach_to_self confirmation_token customer_account flow_directions mandate_data \
                       payment_method_configuration single_use";

pub const ROUTES: &[Route] = &[
    get("/v1/setup_intents", KIND, index).lacking("attach_to_self"),
    post("/v1/setup_intents", KIND, create).lacking(LACKING),
    get("/v1/setup_intents/{intent}", KIND, retrieve),
    post("/v1/setup_intents/{intent}", KIND, update).lacking(LACKING),
    post("/v1/setup_intents/{intent}/confirm", KIND, confirm).lacking("confirmation_token mandate_data"),
    post("/v1/setup_intents/{intent}/cancel", KIND, cancel),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["customer", "customer_account", "payment_method"], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    make(account, &call.params)
}

/// Makes and stores a setup intent, and confirms it where the parameters say so.
pub fn make(account: &mut Account, params: &Params) -> Result<Value> {
    check_customer(account, params)?;
    if params.get("return_url").is_some() && !params.flag("confirm") {
        return Err(ApiError::invalid("return_url needs confirm=true.").param("return_url"));
    }
    let method = find_method(account, params, params.text("customer"))?;
    let id = account.new_id("seti");
    let secret = format!("{id}_secret_{}", random_text(31));
    let mut intent = json!({
        "id": id,
        "object": KIND,
        "application": null,
        "automatic_payment_methods": automatic_methods(params)?,
        "cancellation_reason": null,
        "client_secret": secret,
        "created": account.now(),
        "customer": params.text("customer"),
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "flow_directions": null,
        "last_setup_error": null,
        "latest_attempt": null,
        "livemode": false,
        "managed_payments": null,
        "mandate": null,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": params.text("on_behalf_of"),
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {
            "mandate_options": null,
            "network": null,
            "request_three_d_secure": "automatic",
        }},
        "payment_method_types": ["card"],
        "single_use_mandate": null,
        "status": "requires_payment_method",
        "usage": params.text("usage").unwrap_or("off_session"),
    });
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    account.store.put(intent.clone());
    if params.flag("confirm") {
        return confirm_setup(account, intent, params);
    }
    Ok(intent)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let mut intent = call.subject(account, KIND)?;
    let fixed = [
        "customer", "payment_method", "payment_method_data", "payment_method_options", "payment_method_types",
    ];
    if let Some(name) = fixed.into_iter().find(|name| params.sent(name).is_some())
        && !is_open(&intent)
    {
        let message = format!(
            "This SetupIntent's {name} could not be updated because it has a status of {}.",
            text(&intent, "status")
        );
        return Err(unexpected_state(&intent, message).param(name));
    }
    check_customer(account, params)?;
    let customer = params.text("customer").or(intent["customer"].as_str());
    let method = find_method(account, params, customer)?;
    set(&mut intent, params, "customer");
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    account.store.put(intent.clone());
    Ok(intent)
}

fn fill(intent: &mut Value, params: &Params) {
    set(intent, params, "description excluded_payment_method_types metadata");
    if !params.list("payment_method_types").is_empty() {
        set(intent, params, "payment_method_types");
    }
    set_options(intent, params);
}

/// Stores the method and puts it into the intent, which then waits for its confirmation.
pub fn use_method(account: &mut Account, intent: &mut Value, method: Value) {
    intent["payment_method"] = method["id"].clone();
    enter(intent, "requires_confirmation");
    change(intent, "next_action", Value::Null);
    payment_method::keep(account, method);
}
