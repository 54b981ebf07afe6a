//! Payment intents: making, changing and listing them. Their states are in `payment_confirm`.

use serde_json::{Value, json};

use super::payment_confirm::{cancel, capture, confirm, confirm_intent, unexpected_state};
use super::{check_customer, currency, retrieve, set, set_shaped, shipping, text};
use super::{invoice_payment, payment_method};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};

const KIND: &str = "payment_intent";

pub const ROUTES: &[Route] = &[
    get("/v1/payment_intents", KIND, index),
    post("/v1/payment_intents", KIND, create).lacking("confirmation_token customer_account"),
    get("/v1/payment_intents/{intent}", KIND, retrieve),
    post("/v1/payment_intents/{intent}", KIND, update).lacking("customer_account"),
    post("/v1/payment_intents/{intent}/confirm", KIND, confirm)
        .lacking("amount_to_confirm confirmation_token"),
    post("/v1/payment_intents/{intent}/capture", KIND, capture),
    post("/v1/payment_intents/{intent}/cancel", KIND, cancel),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["customer", "customer_account"], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    make(account, &call.params)
}

/// Makes and stores a payment intent, and confirms it where the parameters say so.
pub fn make(account: &mut Account, params: &Params) -> Result<Value> {
    let amount = params.int("amount").unwrap_or_default();
    let currency = currency(params)?.unwrap_or_default();
    check_amount(amount, &currency)?;
    check_customer(account, params)?;
    if !params.flag("confirm") {
        let confirming = ["error_on_requires_action", "mandate", "mandate_data", "off_session"];
        if let Some(name) = confirming.into_iter().find(|name| params.get(name).is_some()) {
            return Err(ApiError::invalid(format!("{name} needs confirm=true.")).param(name));
        }
    }
    let method = find_method(account, params, params.text("customer"))?;
    let id = account.new_id("pi");
    let secret = format!("{id}_secret_{}", random_text(25));
    let types = params.list("payment_method_types");
    let automatic = params.get("automatic_payment_methods");
    let automatic = match automatic {
        Some(sent) if sent["enabled"] == true => json!({
            "allow_redirects": sent["allow_redirects"].as_str().unwrap_or("always"),
            "enabled": true,
        }),
        None if types.is_empty() => json!({"allow_redirects": "always", "enabled": true}),
        _ => Value::Null,
    };
    let mut intent = json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": automatic,
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": secret,
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": currency,
        "customer": params.text("customer"),
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": false,
        "managed_payments": null,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": params.text("on_behalf_of"),
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {
            "installments": null,
            "mandate_options": null,
            "network": null,
            "request_three_d_secure": "automatic",
        }},
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": "requires_payment_method",
        "transfer_data": null,
        "transfer_group": null,
    });
    set(&mut intent, params, "confirmation_method");
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    account.store.put(intent.clone());
    if params.flag("confirm") {
        return confirm_intent(account, intent, params);
    }
    Ok(intent)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let mut intent = call.subject(account, KIND)?;
    let fixed = [
        "amount", "currency", "customer", "payment_method", "payment_method_data", "capture_method",
        "payment_method_types", "setup_future_usage",
    ];
    let changed = fixed.into_iter().find(|name| params.sent(name).is_some());
    let open = matches!(
        text(&intent, "status"),
        "requires_payment_method" | "requires_confirmation" | "requires_action"
    );
    if let Some(name) = changed
        && !open
    {
        let message = format!(
            "This PaymentIntent's {name} could not be updated because it has a status of {}.",
            text(&intent, "status")
        );
        return Err(unexpected_state(&intent, message).param(name));
    }
    if changed.is_some() {
        invoice_payment::check_free(account, &intent, "changed")?;
    }
    check_customer(account, params)?;
    let currency = currency(params)?.unwrap_or_else(|| text(&intent, "currency").to_owned());
    if let Some(amount) = params.int("amount") {
        check_amount(amount, &currency)?;
    }
    let customer = params.text("customer").or(intent["customer"].as_str());
    let method = find_method(account, params, customer)?;
    set(&mut intent, params, "amount customer");
    if params.sent("currency").is_some() {
        intent["currency"] = json!(currency);
    }
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    account.store.put(intent.clone());
    Ok(intent)
}

/// The fields that create, update and confirm set in the same way.
pub fn fill(intent: &mut Value, params: &Params) {
    set(
        intent,
        params,
        "application_fee_amount capture_method description excluded_payment_method_types metadata \
         receipt_email setup_future_usage statement_descriptor statement_descriptor_suffix \
         transfer_group",
    );
    let transfer = intent["transfer_data"].clone();
    set_shaped(intent, params, "transfer_data", transfer);
    if !params.list("payment_method_types").is_empty() {
        set(intent, params, "payment_method_types");
    }
    if let Some(sent) = params.sent("shipping") {
        intent["shipping"] = shipping(sent);
        if let Value::Object(shape) = &mut intent["shipping"] {
            shape.entry("carrier").or_insert(Value::Null);
            shape.entry("tracking_number").or_insert(Value::Null);
        }
    }
}

/// The method that is named or described, checked against the customer, not yet stored.
pub fn find_method(account: &mut Account, params: &Params, customer: Option<&str>) -> Result<Option<Value>> {
    let method = if let Some(id) = params.text("payment_method") {
        payment_method::resolve(account, id)?
    } else if let Some(Value::Object(data)) = params.get("payment_method_data") {
        payment_method::from_details(account, &Params(data.clone()))?
    } else {
        return Ok(None);
    };
    payment_method::check_unspent(account, &method)?;
    match (method["customer"].as_str(), customer) {
        (Some(holder), None) => Err(ApiError::invalid(format!(
            "The payment method belongs to the customer {holder}: name it in `customer`."
        ))
        .param("payment_method")),
        (Some(holder), Some(customer)) if holder != customer => {
            Err(ApiError::invalid("The payment method belongs to another customer than the payment intent.")
                .param("payment_method"))
        }
        _ => Ok(Some(method)),
    }
}

/// Stores the method and puts it into the intent, which then waits for its confirmation.
pub fn use_method(account: &mut Account, intent: &mut Value, method: Value) {
    intent["payment_method"] = method["id"].clone();
    intent["status"] = json!("requires_confirmation");
    account.store.put(method);
}

/// Stripe's least charges in the currencies that tests use.
pub fn least_amount(currency: &str) -> i64 {
    match currency {
        "gbp" => 30,
        "jpy" | "usd" | "eur" | "cad" | "aud" | "chf" => 50,
        _ => 1,
    }
}

fn check_amount(amount: i64, currency: &str) -> Result<()> {
    if amount < 1 {
        return Err(ApiError::invalid("This value must be greater than or equal to 1.")
            .code("parameter_invalid_integer")
            .param("amount"));
    }
    let least = least_amount(currency);
    if amount < least {
        return Err(ApiError::invalid(format!(
            "Amount must be at least {least} {currency} (in the smallest unit)."
        ))
        .code("amount_too_small")
        .param("amount"));
    }
    if amount > 99_999_999 {
        return Err(ApiError::invalid("Amount must be no more than 99999999.")
            .code("amount_too_large")
            .param("amount"));
    }
    Ok(())
}
