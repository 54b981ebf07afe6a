//! Invoices: making, changing, listing and deleting drafts. Finalizing is in `invoice_finalize`.

use serde_json::{Value, json};

use super::discount::{self, Holder};
use super::invoice_edit::{add_lines, remove_lines, update_line, update_lines};
use super::invoice_finalize::{GRACE, finalize};
use super::invoice_lines::{lines, pull_pending, release};
use super::invoice_pay::{check_method, pay};
use super::invoice_states::{mark_uncollectible, send, void};
use super::invoice_totals::refresh;
use super::subscription_states::id_of;
use super::{
    check_customer, currency, customer_balance, retrieve, set, set_shaped, shaped, shipping, shipping_rate,
    tax_id, tax_rate, test_clock, text,
};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{embedded, page_with, within};
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};

const KIND: &str = "invoice";

/// What would move money elsewhere, add taxes that the sandbox cannot know, or happen at an instant
/// of its own.
const LACKS: &str = "application_fee_amount automatic_tax automatically_finalizes_at customer_account \
                     from_invoice subscription transfer_data";

pub const ROUTES: &[Route] = &[
    get("/v1/invoices", KIND, index),
    post("/v1/invoices", KIND, create).lacking(LACKS),
    get("/v1/invoices/{invoice}", KIND, retrieve),
    post("/v1/invoices/{invoice}", KIND, update).lacking(LACKS),
    delete("/v1/invoices/{invoice}", KIND, remove),
    post("/v1/invoices/{invoice}/finalize", KIND, finalize),
    post("/v1/invoices/{invoice}/mark_uncollectible", KIND, mark_uncollectible),
    post("/v1/invoices/{invoice}/pay", KIND, pay).lacking("forgive mandate"),
    post("/v1/invoices/{invoice}/send", KIND, send),
    post("/v1/invoices/{invoice}/void", KIND, void),
    get("/v1/invoices/{invoice}/lines", "line_item", lines),
    post("/v1/invoices/{invoice}/lines/{line_item_id}", "line_item", update_line).lacking("tax_amounts"),
    post("/v1/invoices/{invoice}/add_lines", KIND, add_lines),
    post("/v1/invoices/{invoice}/remove_lines", KIND, remove_lines),
    post("/v1/invoices/{invoice}/update_lines", KIND, update_lines),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let subscription = params.get("subscription");
    let equals = ["customer", "customer_account", "status", "collection_method"];
    let wanted = test_clock::wanted(call, &equals, &["customer", "subscription"]);
    page_with(account, call, &wanted, |invoice| {
        let of = &invoice["parent"]["subscription_details"]["subscription"];
        subscription.is_none_or(|wanted| of == wanted)
            && within(params.get("due_date"), invoice["due_date"].as_i64())
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let Some(customer) = params.text("customer") else {
        return Err(ApiError::required("customer"));
    };
    check_customer(account, params)?;
    check_terms(params, params.text("collection_method"), None)?;
    check_defaults(account, params, customer)?;
    let currency = currency(params)?;
    let mut invoice = new(account, customer, currency);
    fill(account, &mut invoice, params);
    let id = text(&invoice, "id").to_owned();
    account.store.put(invoice);
    if params.text("pending_invoice_items_behavior") == Some("include") {
        pull_pending(account, &id);
    }
    refresh(account, &id);
    let invoice = account.fetch(KIND, &id, "id")?;
    inherit_discount(account, invoice.clone(), params);
    charge_more_or_less(account, &id, params)?;
    account.fetch(KIND, &id, "id")
}

/// An empty draft for a customer, not yet stored. An unknown customer leaves its fields null.
pub fn new(account: &mut Account, customer_id: &str, currency: Option<String>) -> Value {
    let id = account.new_id("in");
    let now = account.now();
    let customer = account.store.get("customer", customer_id).unwrap_or_default();
    let currency = currency.unwrap_or_else(|| customer["currency"].as_str().unwrap_or("usd").to_owned());
    let starting = customer_balance::of(account, &customer, &currency);
    let lines = embedded(Vec::new(), &format!("/v1/invoices/{id}/lines"));
    json!({
        "id": id,
        "object": KIND,
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": null,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": null,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": false,
        "automatic_tax": {
            "disabled_reason": null, "enabled": false, "liability": null,
            "provider": null, "status": null,
        },
        "automatically_finalizes_at": null,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "custom_fields": null,
        "customer": if customer_id.is_empty() { Value::Null } else { json!(customer_id) },
        "customer_account": null,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": tax_id::shown(account, customer_id),
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "due_date": null,
        "effective_at": null,
        "ending_balance": null,
        "footer": null,
        "from_invoice": null,
        "hosted_invoice_url": null,
        "invoice_pdf": null,
        "issuer": {"type": "self"},
        "last_finalization_error": null,
        "latest_revision": null,
        "lines": lines,
        "livemode": false,
        "metadata": {},
        "next_payment_attempt": null,
        "number": null,
        "on_behalf_of": null,
        "parent": null,
        "payment_settings": {
            "default_mandate": null, "payment_method_options": null, "payment_method_types": null,
        },
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": null,
        "rendering": null,
        "shipping_cost": null,
        "shipping_details": null,
        "starting_balance": starting,
        "statement_descriptor": null,
        "status": "draft",
        "status_transitions": {
            "finalized_at": null, "marked_uncollectible_at": null,
            "paid_at": null, "voided_at": null,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": customer["test_clock"],
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": null,
    })
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let mut invoice = call.subject(account, KIND)?;
    if !is_draft(&invoice) {
        let always = ["auto_advance", "default_payment_method", "expand", "metadata", "payment_settings"];
        if let Some(name) = params.names().find(|name| !always.contains(name)) {
            return Err(not_editable("A finalized invoice cannot be changed in this way.").param(name));
        }
    }
    let terms = ["collection_method", "days_until_due", "due_date"];
    if terms.iter().any(|name| params.get(name).is_some()) {
        let sent = params.text("collection_method");
        let method = sent.or(invoice["collection_method"].as_str());
        check_terms(params, method, invoice["due_date"].as_i64())?;
    }
    check_defaults(account, params, text(&invoice, "customer"))?;
    fill(account, &mut invoice, params);
    account.store.put(invoice);
    charge_more_or_less(account, call.id(), params)?;
    account.fetch(KIND, call.id(), "invoice")
}

/// The discounts, taxes and shipping that were sent, and the sums that they make.
fn charge_more_or_less(account: &mut Account, id: &str, params: &Params) -> Result<()> {
    let changes = ["default_tax_rates", "discounts", "shipping_cost"];
    if !changes.iter().any(|name| params.sent(name).is_some()) {
        return Ok(());
    }
    let mut invoice = account.fetch(KIND, id, "invoice")?;
    if params.sent("default_tax_rates").is_some() {
        let rates = tax_rate::resolve(account, params.list("default_tax_rates"), "default_tax_rates")?;
        invoice["default_tax_rates"] = rates.into();
    }
    if params.sent("discounts").is_some() {
        let holder = Holder {
            field: "invoice",
            id,
            customer: text(&invoice, "customer"),
            currency: text(&invoice, "currency"),
            amount: invoice["subtotal"].as_i64().unwrap_or(0),
        };
        let ids = discount::replace(account, params, &invoice["discounts"], &holder)?;
        invoice["discounts"] = ids;
    }
    if let Some(sent) = params.sent("shipping_cost") {
        let cost = match sent {
            Value::Null => Value::Null,
            sent => shipping_rate::cost(account, sent, text(&invoice, "currency"))?,
        };
        invoice["amount_shipping"] = json!(cost["amount_total"].as_i64().unwrap_or(0));
        invoice["shipping_cost"] = cost;
    }
    account.store.put(invoice);
    refresh(account, id);
    Ok(())
}

/// Without a word on discounts, an invoice takes over that of its customer.
fn inherit_discount(account: &mut Account, mut invoice: Value, params: &Params) {
    let customer = account.store.get("customer", text(&invoice, "customer")).unwrap_or_default();
    let discount = &customer["discount"];
    if params.sent("discounts").is_none() && !discount.is_null() {
        discount::keep(account, discount);
        invoice["discounts"] = json!([discount["id"]]);
        let id = text(&invoice, "id").to_owned();
        account.store.put(invoice);
        refresh(account, &id);
    }
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = call.subject(account, KIND)?;
    if !is_draft(&invoice) {
        return Err(not_editable("Only draft invoices can be deleted; others can be voided."));
    }
    if !id_of(&invoice).is_empty() {
        return Err(not_editable("An invoice that a subscription made cannot be deleted."));
    }
    release(account, call.id());
    discount::drop_all(account, &invoice["discounts"], "invoice", call.id());
    account.store.remove(call.id());
    Ok(json!({"id": call.id(), "object": KIND, "deleted": true}))
}

fn fill(account: &Account, invoice: &mut Value, params: &Params) {
    set(
        invoice,
        params,
        "account_tax_ids auto_advance collection_method custom_fields \
         default_payment_method default_source description due_date effective_at footer issuer \
         metadata number on_behalf_of statement_descriptor",
    );
    if is_draft(invoice)
        && let Some(advance) = params.get("auto_advance")
    {
        let due = account.now().saturating_add(GRACE);
        let due = if *advance == true { json!(due) } else { Value::Null };
        invoice["automatically_finalizes_at"] = due;
    }
    let rendering = json!({
        "amount_tax_display": null, "pdf": null, "template": null, "template_version": null,
    });
    set_shaped(invoice, params, "rendering", rendering);
    if let Some(days) = params.int("days_until_due") {
        let due = account.now().saturating_add(days.saturating_mul(86_400));
        invoice["due_date"] = json!(due);
    }
    if let Some(sent) = params.get("payment_settings") {
        invoice["payment_settings"] = shaped(sent, invoice["payment_settings"].clone());
    }
    if let Some(sent) = params.sent("shipping_details") {
        invoice["shipping_details"] = shipping(sent);
    }
}

/// What an invoice is to be paid with must belong to its customer, and the tax ids be there.
fn check_defaults(account: &Account, params: &Params, customer: &str) -> Result<()> {
    for id in params.list("account_tax_ids").iter().filter_map(Value::as_str) {
        account.refer("tax_id", id, "account_tax_ids")?;
    }
    let mut sent = ["default_payment_method", "default_source"].into_iter();
    sent.try_for_each(|name| match params.text(name) {
        Some(id) => check_method(account, customer, id, name),
        None => Ok(()),
    })
}

/// Only an invoice that is sent has a time to pay it in, and it needs one.
fn check_terms(params: &Params, method: Option<&str>, due: Option<i64>) -> Result<()> {
    let sent = ["days_until_due", "due_date"];
    let sent = sent.into_iter().find(|name| params.get(name).is_some());
    match (method, sent) {
        (Some("send_invoice"), None) if due.is_none() => Err(ApiError::invalid(
            "An invoice with collection_method=send_invoice needs days_until_due or due_date.",
        )
        .code("parameter_missing")
        .param("days_until_due")),
        (None | Some("charge_automatically"), Some(name)) => {
            Err(ApiError::invalid(format!("{name} needs collection_method=send_invoice.")).param(name))
        }
        _ => Ok(()),
    }
}

/// An invoice without a status has not left its first one.
pub fn is_draft(invoice: &Value) -> bool {
    invoice["status"].is_null() || invoice["status"] == "draft"
}

pub fn not_editable(message: &str) -> ApiError {
    ApiError::invalid(message).code("invoice_not_editable")
}
