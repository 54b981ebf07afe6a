//! Quotes: making, changing and listing them. Their states are in `quote_states`.

use serde_json::{Value, json};

use super::quote_states::{accept, cancel, finalize, wrong_state};
use super::subscription_create::check_billing_mode;
use super::{check_customer, check_lacks, quote_pdf, retrieve, sale_items, set, shaped, test_clock, text};
use crate::account::Account;
use crate::error::Result;
use crate::list::{page_of, page_with};
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

const KIND: &str = "quote";
const LIFETIME: i64 = 30 * 86_400;

/// What would move money elsewhere, or change amounts.
const LACKS: &str = "application_fee_amount application_fee_percent automatic_tax customer_account \
                     default_tax_rates discounts from_quote on_behalf_of transfer_data";

pub const ROUTES: &[Route] = &[
    get("/v1/quotes", KIND, index),
    post("/v1/quotes", KIND, create).lacking(LACKS),
    get("/v1/quotes/{quote}", KIND, retrieve),
    post("/v1/quotes/{quote}", KIND, update).lacking(LACKS),
    post("/v1/quotes/{quote}/finalize", KIND, finalize),
    post("/v1/quotes/{quote}/accept", KIND, accept),
    post("/v1/quotes/{quote}/cancel", KIND, cancel),
    get("/v1/quotes/{quote}/pdf", KIND, quote_pdf::pdf),
    get("/v1/quotes/{quote}/line_items", "item", lines),
    get("/v1/quotes/{quote}/computed_upfront_line_items", "item", upfront_lines),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let equals = ["customer", "customer_account", "status", "test_clock"];
    page_with(account, call, &test_clock::wanted(call, &equals, &["customer"]), |_| true)
}

fn lines(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, KIND)?;
    page_of(account, call, &Index::under("item", call.id()), |_| true)
}

fn upfront_lines(account: &mut Account, call: &Call) -> Result<Value> {
    let quote = call.subject(account, KIND)?;
    let due = upfront(&quote, &sale_items::of(account, call.id()));
    page_of(account, call, &Index::under("item", call.id()), |item| due.contains(item))
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_customer(account, params)?;
    test_clock::check_there(account, params.text("test_clock"))?;
    let clock = test_clock::of_quote(account, params.text("test_clock"), params.text("customer"))?;
    let items = items(account, params)?;
    check_terms(params)?;
    let now = account.now();
    let id = account.new_id("qt");
    let none = json!({"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0});
    let mut quote = json!({
        "id": id,
        "object": KIND,
        "amount_subtotal": 0,
        "amount_total": 0,
        "application": null,
        "application_fee_amount": null,
        "application_fee_percent": null,
        "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
        "collection_method": "charge_automatically",
        "computed": null,
        "created": now,
        "currency": null,
        "customer": null,
        "customer_account": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "expires_at": now.saturating_add(LIFETIME),
        "footer": null,
        "from_quote": null,
        "header": null,
        "invoice": null,
        "invoice_settings": {"days_until_due": null, "issuer": {"type": "self"}},
        "livemode": false,
        "metadata": {},
        "number": null,
        "on_behalf_of": null,
        "status": "draft",
        "status_transitions": {"accepted_at": null, "canceled_at": null, "finalized_at": null},
        "subscription": null,
        "subscription_data": {
            "billing_mode": {"type": "classic"},
            "description": null,
            "effective_date": null,
            "metadata": null,
            "trial_period_days": null,
        },
        "subscription_schedule": null,
        "test_clock": clock,
        "total_details": none,
        "transfer_data": null,
    });
    fill(&mut quote, params);
    replace_items(account, &mut quote, items);
    account.store.put(quote.clone());
    Ok(quote)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut quote = call.subject(account, KIND)?;
    if quote["status"] != "draft" {
        return Err(wrong_state(&quote, "change"));
    }
    check_customer(account, &call.params)?;
    check_terms(&call.params)?;
    if let Some(customer) = call.params.text("customer") {
        quote["test_clock"] = test_clock::of_quote(account, quote["test_clock"].as_str(), Some(customer))?;
    }
    let items = items(account, &call.params)?;
    fill(&mut quote, &call.params);
    if call.params.sent("line_items").is_some() {
        replace_items(account, &mut quote, items);
    } else {
        quote["computed"] = computed(&quote, &sale_items::of(account, call.id()));
    }
    account.store.put(quote.clone());
    Ok(quote)
}

fn fill(quote: &mut Value, params: &Params) {
    set(quote, params, "collection_method customer description expires_at footer header metadata");
    for name in ["invoice_settings", "subscription_data"] {
        if let Some(sent) = params.get(name) {
            let old = quote[name].clone();
            quote[name] = if old.is_object() { shaped(sent, old) } else { sent.clone() };
        }
    }
}

fn items(account: &mut Account, params: &Params) -> Result<Vec<Value>> {
    sale_items::new(account, params.list("line_items"), "discounts id tax_rates")
}

/// What a quote asks for that the sandbox would not do when it is accepted.
fn check_terms(params: &Params) -> Result<()> {
    if let Some(data) = params.get("subscription_data") {
        check_lacks(data, "subscription_data", "effective_date")?;
        check_billing_mode(data.get("billing_mode"), "subscription_data[billing_mode]")?;
    }
    if let Some(settings) = params.get("invoice_settings") {
        check_lacks(&settings["issuer"], "invoice_settings[issuer]", "account")?;
    }
    Ok(())
}

/// Takes over the lines and sums them up.
fn replace_items(account: &mut Account, quote: &mut Value, items: Vec<Value>) {
    let total = sale_items::total(items.iter());
    for name in ["amount_subtotal", "amount_total"] {
        quote[name] = json!(total);
    }
    quote["currency"] = items.first().map_or(Value::Null, |item| item["currency"].clone());
    quote["computed"] = computed(quote, &items);
    sale_items::replace(account, text(quote, "id"), items);
}

/// What is due at once and what again in every period.
fn computed(quote: &Value, items: &[Value]) -> Value {
    let recurring = || items.iter().filter(|item| sale_items::is_recurring(item));
    let again = sale_items::total(recurring());
    let upfront = sale_items::total(upfront(quote, items).iter());
    json!({
        "recurring": recurring().next().map(|item| json!({
            "amount_subtotal": again,
            "amount_total": again,
            "interval": item["price"]["recurring"]["interval"],
            "interval_count": item["price"]["recurring"]["interval_count"],
            "total_details": quote["total_details"],
        })),
        "upfront": {
            "amount_subtotal": upfront,
            "amount_total": upfront,
            "total_details": quote["total_details"],
        },
    })
}

/// The lines that are due at once: a trial puts off those that recur.
fn upfront(quote: &Value, items: &[Value]) -> Vec<Value> {
    let trial = quote["subscription_data"]["trial_period_days"].as_i64().is_some_and(|days| days > 0);
    items.iter().filter(|item| !(trial && sale_items::is_recurring(item))).cloned().collect()
}
