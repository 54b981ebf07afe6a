//! Checkout sessions: making, changing and listing them, and their end without a payment. What
//! customers do on the page is in `checkout_complete`.

use serde_json::{Map, Value, json};

use super::payment_intent::least_amount;
use super::subscription_create::check_billing_mode;
use super::webhook_endpoint::is_web;
use super::{check_customer, check_lacks, checkout_setup, retrieve, sale_items, set, shaped, text};
use crate::account::{Account, random_text};
use crate::error::{ApiError, Result};
use crate::list::{page, page_of};
use crate::params::{Params, join};
use crate::route::{Call, Route, get, post};
use crate::store::Index;

pub const KIND: &str = "checkout.session";

/// Where a session keeps what is for the object that its completion makes.
const DATA: &str = "(data)";

const HOUR: i64 = 3_600;

/// What would change amounts, make other objects, or be asked for on a page that is not there.
const LACKS: &str = "adaptive_pricing after_expiration automatic_tax branding_settings custom_fields \
                     customer_account discounts invoice_creation managed_payments name_collection \
                     optional_items payment_method_configuration payment_method_data \
                     saved_payment_method_options shipping_address_collection shipping_options \
                     tax_id_collection wallet_options";

/// Options that would change what becomes of the payment.
const OPTIONS_LACK: &str = "capture_method request_extended_authorization \
                            request_incremental_authorization request_multicapture request_overcapture \
                            setup_future_usage";

pub const ROUTES: &[Route] = &[
    get("/v1/checkout/sessions", KIND, index),
    post("/v1/checkout/sessions", KIND, create).lacking(LACKS),
    get("/v1/checkout/sessions/{session}", KIND, retrieve),
    post("/v1/checkout/sessions/{session}", KIND, update)
        .lacking("collected_information line_items shipping_options"),
    post("/v1/checkout/sessions/{session}/expire", KIND, expire),
    get("/v1/checkout/sessions/{session}/line_items", sale_items::KIND, lines),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let email = call.params.get("customer_details").map(|details| &details["email"]);
    let equals = ["customer", "customer_account", "payment_intent", "payment_link", "status", "subscription"];
    page(account, call, &equals, |session| {
        email.is_none_or(|email| session["customer_details"]["email"] == *email)
    })
}

fn lines(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, KIND)?;
    page_of(account, call, &Index::under(sale_items::KIND, call.id()), |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let Some(mode) = params.text("mode") else {
        return Err(ApiError::required("mode"));
    };
    check_customer(account, params)?;
    check_pages(params)?;
    check_mode(params, mode)?;
    let items = items(account, params, mode)?;
    let mut session = empty(account, params, mode)?;
    fill(&mut session, params);
    price(&mut session, &items)?;
    let id = text(&session, "id").to_owned();
    account.store.put(session.clone());
    sale_items::replace(account, &id, items);
    let data = params.get(&format!("{}_data", makes(mode))).cloned();
    account.store.hide(&id, DATA, data.unwrap_or_else(|| json!({})));
    if mode == "setup" {
        checkout_setup::open(account, &mut session)?;
        account.store.put(session.clone());
    }
    Ok(session)
}

/// What the completion of a session of this mode makes.
fn makes(mode: &str) -> &'static str {
    match mode {
        "subscription" => "subscription",
        "setup" => "setup_intent",
        _ => "payment_intent",
    }
}

/// The addresses that customers come back to depend on where they pay.
fn check_pages(params: &Params) -> Result<()> {
    let hosted = matches!(params.text("ui_mode"), None | Some("hosted_page"));
    let never = params.text("redirect_on_completion") == Some("never");
    let (needed, excluded): (&[&str], &[&str]) = match (hosted, never) {
        (true, _) => (&["success_url"], &["redirect_on_completion", "return_url"]),
        (false, true) => (&[], &["cancel_url", "return_url", "success_url"]),
        (false, false) => (&["return_url"], &["cancel_url", "success_url"]),
    };
    if let Some(name) = needed.iter().find(|name| params.get(name).is_none()) {
        return Err(ApiError::required(name));
    }
    if let Some(name) = excluded.iter().find(|name| params.get(name).is_some()) {
        return Err(ApiError::invalid(format!(
            "{name} does not go with this ui_mode{}.",
            if never { " and redirect_on_completion=never" } else { "" }
        ))
        .param(name));
    }
    let pages = ["cancel_url", "return_url", "success_url"];
    match pages.into_iter().find(|name| params.text(name).is_some_and(|url| !is_web(url))) {
        Some(name) => Err(ApiError::invalid(format!(
            "Invalid URL: {name} does not begin with https:// or http:// and a host."
        ))
        .code("url_invalid")
        .param(name)),
        None => Ok(()),
    }
}

/// What goes with one mode only, and what excludes each other.
fn check_mode(params: &Params, mode: &str) -> Result<()> {
    let only: &[(&str, &[&str])] = &[
        ("payment_intent_data", &["payment"]),
        ("subscription_data", &["subscription"]),
        ("payment_method_collection", &["subscription"]),
        ("setup_intent_data", &["setup"]),
        ("line_items", &["payment", "subscription"]),
        ("submit_type", &["payment", "subscription"]),
        ("customer_creation", &["payment", "setup"]),
    ];
    let wrong = only.iter().find(|(name, modes)| params.get(name).is_some() && !modes.contains(&mode));
    if let Some((name, modes)) = wrong {
        return Err(
            ApiError::invalid(format!("{name} goes with mode={} only.", modes.join(" or "))).param(name)
        );
    }
    let customer = params.get("customer").is_some();
    for name in ["customer_email", "customer_creation"] {
        if customer && params.get(name).is_some() {
            return Err(ApiError::exclusive("customer", name));
        }
    }
    if !customer && params.get("customer_update").is_some() {
        return Err(ApiError::invalid("customer_update needs customer.").param("customer_update"));
    }
    if mode == "setup" && params.get("currency").is_none() && params.list("payment_method_types").is_empty() {
        return Err(ApiError::required("currency"));
    }
    for (name, lacks) in [
        ("payment_intent_data", "application_fee_amount on_behalf_of transfer_data"),
        (
            "subscription_data",
            "application_fee_percent default_tax_rates invoice_settings on_behalf_of \
             pending_invoice_item_interval transfer_data",
        ),
        ("setup_intent_data", "on_behalf_of"),
    ] {
        if let Some(sent) = params.get(name) {
            check_lacks(sent, name, lacks)?;
        }
    }
    for (kind, options) in
        params.get("payment_method_options").and_then(Value::as_object).into_iter().flatten()
    {
        check_lacks(options, &join("payment_method_options", kind), OPTIONS_LACK)?;
    }
    let data = params.get("subscription_data");
    check_billing_mode(data.and_then(|data| data.get("billing_mode")), "subscription_data[billing_mode]")
}

fn items(account: &mut Account, params: &Params, mode: &str) -> Result<Vec<Value>> {
    let sent = params.list("line_items");
    if mode != "setup" && sent.is_empty() {
        return Err(ApiError::required("line_items"));
    }
    for (place, sent) in sent.iter().enumerate() {
        if sent["quantity"].is_null() {
            return Err(ApiError::required(&join(&format!("line_items[{place}]"), "quantity")));
        }
    }
    let items = sale_items::new(account, sent, "adjustable_quantity dynamic_tax_rates tax_rates")?;
    let recurring = items.iter().position(sale_items::is_recurring);
    match (mode, recurring) {
        ("payment", Some(place)) => Err(ApiError::invalid("A recurring price needs mode=subscription.")
            .param(&format!("line_items[{place}][price]"))),
        ("subscription", None) => {
            Err(ApiError::invalid("mode=subscription needs a recurring price.").param("line_items"))
        }
        _ => Ok(items),
    }
}

/// What the lines come to, and whether anything is to be paid.
fn price(session: &mut Value, items: &[Value]) -> Result<()> {
    let Some(first) = items.first() else {
        session["payment_status"] = json!("no_payment_required");
        return Ok(());
    };
    let currency = text(first, "currency");
    if session["currency"].as_str().is_some_and(|sent| sent != currency) {
        return Err(ApiError::invalid(format!("The prices are in {currency}.")).param("currency"));
    }
    let total = sale_items::total(items.iter());
    let least = least_amount(currency);
    if session["mode"] == "payment" && total > 0 && total < least {
        return Err(ApiError::invalid(format!(
            "The lines come to {total}, and at least {least} {currency} (in the smallest unit) can be charged."
        ))
        .code("amount_too_small"));
    }
    session["currency"] = json!(currency);
    session["amount_subtotal"] = json!(total);
    session["amount_total"] = json!(total);
    session["total_details"] = json!({"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0});
    if total == 0 {
        session["payment_status"] = json!("no_payment_required");
    }
    Ok(())
}

/// When a session ends that nobody completes: half an hour to a day after it was made.
fn expires_at(params: &Params, now: i64) -> Result<i64> {
    let latest = now.saturating_add(24 * HOUR);
    let expires = params.int("expires_at").unwrap_or(latest);
    if (now.saturating_add(HOUR / 2)..=latest).contains(&expires) {
        return Ok(expires);
    }
    Err(ApiError::invalid("expires_at lies between 30 minutes and 24 hours from now.").param("expires_at"))
}

fn fill(session: &mut Value, params: &Params) {
    set(
        session,
        params,
        "allow_promotion_codes billing_address_collection cancel_url client_reference_id customer_creation \
         customer_email excluded_payment_method_types integration_identifier locale metadata origin_context \
         payment_method_collection permissions phone_number_collection redirect_on_completion return_url \
         submit_type success_url ui_mode",
    );
    if !params.list("payment_method_types").is_empty() {
        set(session, params, "payment_method_types");
    }
    if let Some(options) = params.get("payment_method_options") {
        session["payment_method_options"] = options.clone();
    }
    for name in ["consent_collection", "custom_text"] {
        if let Some(sent) = params.get(name) {
            let names: &[&str] = match name {
                "custom_text" => {
                    &["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"]
                }
                _ => &["payment_method_reuse_agreement", "promotions", "terms_of_service"],
            };
            let nothing = names.iter().map(|name| ((*name).to_owned(), Value::Null));
            session[name] = shaped(sent, Value::Object(nothing.collect()));
        }
    }
}

fn empty(account: &mut Account, params: &Params, mode: &str) -> Result<Value> {
    let id = account.new_id("cs_test");
    let now = account.now();
    let hosted = matches!(params.text("ui_mode"), None | Some("hosted_page"));
    let mut session = json!({
        "id": id,
        "object": KIND,
        "adaptive_pricing": {"enabled": false},
        "after_expiration": null,
        "allow_promotion_codes": null,
        "amount_subtotal": null,
        "amount_total": null,
        "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
        "billing_address_collection": null,
        "cancel_url": null,
        "client_reference_id": null,
        "client_secret": if hosted { Value::Null } else { json!(format!("{id}_secret_{}", random_text(40))) },
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "created": now,
        "currency": super::currency(params)?,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer": params.text("customer"),
        "customer_account": null,
        "customer_creation": null,
        "customer_details": null,
        "customer_email": null,
        "discounts": [],
        "expires_at": expires_at(params, now)?,
        "integration_identifier": null,
        "invoice": null,
        "invoice_creation": null,
        "livemode": false,
        "locale": null,
        "managed_payments": null,
        "metadata": {},
        "mode": mode,
        "origin_context": null,
        "payment_intent": null,
        "payment_link": null,
        "payment_method_collection": if mode == "payment" { "if_required" } else { "always" },
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": null,
        "phone_number_collection": {"enabled": false},
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "status": "open",
        "submit_type": null,
        "subscription": null,
        "success_url": null,
        "total_details": null,
        "ui_mode": "hosted_page",
        "url": if hosted { json!(format!("https://checkout.stripe.com/c/pay/{id}")) } else { Value::Null },
        "wallet_options": null,
    });
    if mode == "payment" && params.text("customer").is_none() {
        session["customer_creation"] = json!("if_required");
    }
    if !hosted {
        session["redirect_on_completion"] = json!("always");
    }
    Ok(session)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut session = call.subject(account, KIND)?;
    set(&mut session, &call.params, "metadata");
    account.store.put(session.clone());
    Ok(session)
}

fn expire(account: &mut Account, call: &Call) -> Result<Value> {
    let session = call.subject(account, KIND)?;
    if session["status"] != "open" {
        return Err(ApiError::invalid(format!(
            "Only an open session can be expired, and this one is {}.",
            text(&session, "status")
        )));
    }
    checkout_setup::abandon(account, &session)?;
    Ok(close(account, session, "expired"))
}

/// Ends a session in a state; its page is gone.
pub fn close(account: &mut Account, mut session: Value, status: &str) -> Value {
    session["status"] = json!(status);
    session["url"] = Value::Null;
    account.store.put(session.clone());
    session
}

/// A session's time is over.
pub fn run_out(account: &mut Account, session: Value) {
    // Its setup intent may have ended before.
    let _ = checkout_setup::abandon(account, &session);
    close(account, session, "expired");
}

/// What the parameters of the session's creation say about the object that its completion makes.
pub fn data(account: &Account, session: &Value) -> Map<String, Value> {
    let data = account.store.hidden(text(session, "id"), DATA);
    data.and_then(Value::as_object).cloned().unwrap_or_default()
}
