//! Payment intents: making, changing and listing them. Their states are in `payment_confirm`.

use serde_json::{Value, json};

use super::payment_capture::{cancel, capture, increment};
use super::payment_confirm::{confirm, confirm_intent};
use super::payment_states::{enter, is_open, unexpected_state};
use super::{
    change, check_customer, currency, invoice_payment, payment_method, set, set_shaped, shipping, text,
};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};

const KIND: &str = "payment_intent";

/// Fees and transfers to other accounts, taxes, and what Stripe sets up outside of its API.
const LACKING: &str = "amount_details application_fee_amount confirmation_token customer_account hooks \
                       mandate mandate_data payment_method_configuration radar_options transfer_data";

pub const ROUTES: &[Route] = &[
    get("/v1/payment_intents", KIND, index),
    post("/v1/payment_intents", KIND, create).lacking(LACKING),
    get("/v1/payment_intents/{intent}", KIND, retrieve),
    post("/v1/payment_intents/{intent}", KIND, update).lacking(LACKING),
    post("/v1/payment_intents/{intent}/confirm", KIND, confirm).lacking(
        "amount_details amount_to_confirm confirmation_token hooks mandate mandate_data radar_options",
    ),
    post("/v1/payment_intents/{intent}/capture", KIND, capture).lacking(LACKING),
    post("/v1/payment_intents/{intent}/cancel", KIND, cancel),
    post("/v1/payment_intents/{intent}/increment_authorization", KIND, increment).lacking(LACKING),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["customer", "customer_account"], |_| true)
}

/// GET of a payment or setup intent.
pub fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    let intent = call.subject(account, call.kind)?;
    check_secret(&intent, &call.params)?;
    Ok(intent)
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
        let confirming = ["error_on_requires_action", "off_session", "return_url"];
        if let Some(name) = confirming.into_iter().find(|name| params.get(name).is_some()) {
            return Err(ApiError::invalid(format!("{name} needs confirm=true.")).param(name));
        }
    }
    let method = find_method(account, params, params.text("customer"))?;
    let id = account.new_id("pi");
    let secret = format!("{id}_secret_{}", random_text(25));
    let automatic = automatic_methods(params)?;
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
        check_return(account, &intent, params)?;
        return confirm_intent(account, intent, params);
    }
    Ok(intent)
}

/// Either the types of methods are listed, or all that fit are there.
pub fn automatic_methods(params: &Params) -> Result<Value> {
    let listed = !params.list("payment_method_types").is_empty();
    match params.get("automatic_payment_methods") {
        Some(sent) if sent["enabled"] == true && listed => Err(ApiError::invalid(
            "payment_method_types and automatic_payment_methods[enabled]=true exclude each other.",
        )
        .param("payment_method_types")),
        Some(sent) if sent["enabled"] == true => Ok(json!({
            "allow_redirects": sent["allow_redirects"].as_str().unwrap_or("always"),
            "enabled": true,
        })),
        None if !listed => Ok(json!({"allow_redirects": "always", "enabled": true})),
        _ => Ok(Value::Null),
    }
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let mut intent = call.subject(account, KIND)?;
    let fixed = [
        "amount", "currency", "customer", "payment_method", "payment_method_data", "capture_method",
        "payment_method_options", "payment_method_types", "setup_future_usage",
    ];
    let changed = fixed.into_iter().find(|name| params.sent(name).is_some());
    if let Some(name) = changed
        && !is_open(&intent)
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
    let kept = payment_method::stored(account, text(&intent, "payment_method")).filter(|_| method.is_none());
    if let Some(holder) = kept.as_ref().and_then(|kept| kept["customer"].as_str())
        && customer != Some(holder)
    {
        return Err(ApiError::invalid(format!(
            "The intent's payment method belongs to the customer {holder}: send one of the new customer's too."
        ))
        .param("customer"));
    }
    set(&mut intent, params, "amount customer");
    if params.sent("currency").is_some() {
        intent["currency"] = json!(currency);
    }
    fill(&mut intent, params);
    if let Some(method) = method {
        use_method(account, &mut intent, method);
    }
    // An authentication is for one amount.
    let asked = params.sent("amount").is_some() || params.sent("currency").is_some();
    if asked && intent["status"] == "requires_action" {
        enter(&mut intent, "requires_confirmation");
        change(&mut intent, "next_action", Value::Null);
    }
    account.store.put(intent.clone());
    Ok(intent)
}

/// The fields that create, update and confirm set in the same way.
pub fn fill(intent: &mut Value, params: &Params) {
    set(
        intent,
        params,
        "capture_method description excluded_payment_method_types metadata receipt_email \
         setup_future_usage statement_descriptor statement_descriptor_suffix transfer_group",
    );
    set_details(intent, params);
    set_options(intent, params);
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

/// The references that a payment has elsewhere. The field is there only where there are any.
pub fn set_details(intent: &mut Value, params: &Params) {
    let nothing = json!({"customer_reference": null, "order_reference": null});
    set_shaped(intent, params, "payment_details", nothing);
    if let Value::Object(fields) = intent
        && fields.get("payment_details").is_some_and(Value::is_null)
    {
        fields.shift_remove("payment_details");
    }
}

/// Options are set type by type and field by field.
pub fn set_options(intent: &mut Value, params: &Params) {
    for (kind, sent) in params.get("payment_method_options").and_then(Value::as_object).into_iter().flatten()
    {
        let options = &mut intent["payment_method_options"][kind];
        if !options.is_object() {
            *options = json!({});
        }
        for (name, value) in sent.as_object().into_iter().flatten() {
            // What is for one confirmation only is not shown.
            if !matches!(name.as_str(), "cvc_token" | "installments" | "moto" | "three_d_secure") {
                options[name] = value.clone();
            }
        }
    }
}

/// The method that is named or described, checked against the customer, not yet stored.
pub fn find_method(account: &mut Account, params: &Params, customer: Option<&str>) -> Result<Option<Value>> {
    let method = match (params.text("payment_method"), params.get("payment_method_data")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::exclusive("payment_method", "payment_method_data"));
        }
        (Some(id), None) => payment_method::resolve(account, id)?,
        (None, Some(Value::Object(data))) => payment_method::from_details(account, &Params(data.clone()))?,
        _ => return Ok(None),
    };
    payment_method::check_unspent(account, &method)?;
    match (method["customer"].as_str(), customer) {
        (Some(holder), None) => Err(ApiError::invalid(format!(
            "The payment method belongs to the customer {holder}: name it in `customer`."
        ))
        .param("payment_method")),
        (Some(holder), Some(customer)) if holder != customer => Err(ApiError::invalid(
            "The payment method belongs to another customer than the one of the intent.",
        )
        .param("payment_method")),
        _ => Ok(Some(method)),
    }
}

/// Stores the method and puts it into the intent, which then waits for its confirmation.
pub fn use_method(account: &mut Account, intent: &mut Value, method: Value) {
    intent["payment_method"] = method["id"].clone();
    enter(intent, "requires_confirmation");
    change(intent, "next_action", Value::Null);
    payment_method::keep(account, method);
}

/// Whether an intent takes methods of this type, in its currency.
pub fn check_type(intent: &Value, method: &Value) -> Result<()> {
    let kind = text(method, "type");
    let types = intent["payment_method_types"].as_array();
    let excluded = intent["excluded_payment_method_types"].as_array();
    if excluded.is_some_and(|excluded| excluded.iter().any(|known| known == kind)) {
        return Err(ApiError::invalid(format!("This intent excludes payment methods of the type {kind}."))
            .code("payment_intent_incompatible_payment_method")
            .param("payment_method"));
    }
    if intent["automatic_payment_methods"].is_null()
        && let Some(types) = types.filter(|types| !types.iter().any(|known| known == kind))
    {
        return Err(ApiError::invalid(format!(
            "The payment method is of the type {kind}, and this intent takes only {}.",
            types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        ))
        .code("payment_intent_incompatible_payment_method")
        .param("payment_method"));
    }
    let currency = match kind {
        "us_bank_account" => "usd",
        "sepa_debit" => "eur",
        _ => return Ok(()),
    };
    if intent["currency"].as_str().is_some_and(|known| known != currency) {
        return Err(ApiError::invalid(format!("A payment by {kind} is in {currency}."))
            .code("payment_intent_incompatible_payment_method")
            .param("payment_method"));
    }
    if intent["capture_method"] == "manual" {
        return Err(ApiError::invalid(format!("A payment by {kind} cannot be captured manually."))
            .param("capture_method"));
    }
    Ok(())
}

/// The place that customers are sent back to after they were sent elsewhere.
const RETURN_URL: &str = "(return url)";

/// Whether an intent knows where customers come back to. It has to where any method is welcome,
/// because some of them send customers elsewhere.
pub fn check_return(account: &mut Account, intent: &Value, params: &Params) -> Result<()> {
    let id = text(intent, "id");
    if let Some(url) = params.text("return_url") {
        account.store.hide(id, RETURN_URL, json!(url));
    }
    let automatic = &intent["automatic_payment_methods"];
    let redirects = automatic["enabled"] == true && automatic["allow_redirects"] != "never";
    if !redirects || account.store.hidden(id, RETURN_URL).is_some() {
        return Ok(());
    }
    Err(ApiError::invalid(
        "This intent accepts every method that the account has, and some of them send customers to another \
         page, so a return_url is needed to confirm it. Without redirects it is made with \
         automatic_payment_methods[enabled]=true and automatic_payment_methods[allow_redirects]=never.",
    )
    .param("return_url"))
}

/// Where customers come back to.
pub fn return_url<'a>(account: &'a Account, intent: &Value) -> Option<&'a str> {
    account.store.hidden(text(intent, "id"), RETURN_URL).and_then(Value::as_str)
}

/// Whoever sends a client secret must know the right one.
pub fn check_secret(intent: &Value, params: &Params) -> Result<()> {
    match params.text("client_secret") {
        Some(sent) if intent["client_secret"] != sent => {
            Err(ApiError::invalid("The client_secret is not the one of this intent.").param("client_secret"))
        }
        _ => Ok(()),
    }
}

/// Stripe's least charges in the currencies that tests use.
pub fn least_amount(currency: &str) -> i64 {
    match currency {
        "gbp" => 30,
        "jpy" | "usd" | "eur" | "cad" | "aud" | "chf" => 50,
        _ => 1,
    }
}

pub fn check_amount(amount: i64, currency: &str) -> Result<()> {
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
