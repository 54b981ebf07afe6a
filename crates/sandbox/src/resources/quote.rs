//! Quotes: making, changing and listing them. Their states are in `quote_states`.

use serde_json::{Value, json};

use super::price;
use super::price_cost::cost;
use super::quote_states::{accept, cancel, finalize, wrong_state};
use super::{check_customer, retrieve, set, set_shaped, shaped, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::{page, page_of};
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

const KIND: &str = "quote";
const LIFETIME: i64 = 30 * 86_400;

pub const ROUTES: &[Route] = &[
    get("/v1/quotes", KIND, index),
    post("/v1/quotes", KIND, create).lacking("customer_account default_tax_rates discounts from_quote"),
    get("/v1/quotes/{quote}", KIND, retrieve),
    post("/v1/quotes/{quote}", KIND, update).lacking("customer_account default_tax_rates discounts"),
    post("/v1/quotes/{quote}/finalize", KIND, finalize),
    post("/v1/quotes/{quote}/accept", KIND, accept),
    post("/v1/quotes/{quote}/cancel", KIND, cancel),
    get("/v1/quotes/{quote}/line_items", "item", lines),
    get("/v1/quotes/{quote}/computed_upfront_line_items", "item", lines),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["customer", "customer_account", "status", "test_clock"], |_| true)
}

fn lines(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, KIND)?;
    page_of(account, call, &Index::under("item", call.id()), |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_customer(account, params)?;
    let items = items(account, params)?;
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
        "test_clock": params.text("test_clock"),
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
    let items = items(account, &call.params)?;
    fill(&mut quote, &call.params);
    if call.params.sent("line_items").is_some() {
        replace_items(account, &mut quote, items);
    }
    account.store.put(quote.clone());
    Ok(quote)
}

fn fill(quote: &mut Value, params: &Params) {
    set(
        quote,
        params,
        "application_fee_amount application_fee_percent collection_method customer description \
         expires_at footer header metadata on_behalf_of",
    );
    let transfer = json!({"amount": null, "amount_percent": null, "destination": null});
    set_shaped(quote, params, "transfer_data", transfer);
    for name in ["automatic_tax", "invoice_settings", "subscription_data"] {
        if let Some(sent) = params.get(name) {
            let old = quote[name].clone();
            quote[name] = if old.is_object() { shaped(sent, old) } else { sent.clone() };
        }
    }
}

/// The lines that were sent, in order, not yet stored.
fn items(account: &mut Account, params: &Params) -> Result<Vec<Value>> {
    let mut items: Vec<Value> = Vec::new();
    for (place, sent) in params.list("line_items").iter().enumerate() {
        let param = format!("line_items[{place}]");
        let price = match (sent["price"].as_str(), sent["price_data"].as_object()) {
            (Some(id), _) => account.refer("price", id, &format!("{param}[price]"))?,
            (None, Some(data)) => price::inline(account, data, &format!("{param}[price_data]"))?,
            (None, None) => return Err(ApiError::required(&format!("{param}[price]"))),
        };
        if items.first().is_some_and(|first| first["currency"] != price["currency"]) {
            return Err(ApiError::invalid("All lines of a quote have one currency.").param(&param));
        }
        let quantity = sent["quantity"].as_i64().unwrap_or(1);
        let product = account.store.get("product", text(&price, "product"));
        let name = product.map(|product| product["name"].clone());
        let amount = cost(account, &price, quantity);
        items.push(json!({
            "id": account.new_id("li"),
            "object": "item",
            "adjustable_quantity": null,
            "amount_discount": 0,
            "amount_subtotal": amount,
            "amount_tax": 0,
            "amount_total": amount,
            "currency": price["currency"],
            "description": name,
            "metadata": {},
            "price": price,
            "quantity": quantity,
        }));
    }
    Ok(items)
}

/// Stores the lines in place of earlier ones and sums them up.
fn replace_items(account: &mut Account, quote: &mut Value, items: Vec<Value>) {
    let id = text(quote, "id").to_owned();
    let index = Index::under("item", &id);
    let old: Vec<Value> = account.store.all(&index).collect();
    for item in old {
        account.store.remove(text(&item, "id"));
    }
    let sum = |items: &mut dyn Iterator<Item = &Value>| -> i64 {
        let amounts = items.filter_map(|item| item["amount_total"].as_i64());
        amounts.fold(0, i64::saturating_add)
    };
    let total = sum(&mut items.iter());
    let recurring = |item: &&Value| item["price"]["type"] == "recurring";
    let interval = items.iter().find(recurring).map(|item| item["price"]["recurring"].clone());
    let recurring_total = sum(&mut items.iter().filter(recurring));
    for name in ["amount_subtotal", "amount_total"] {
        quote[name] = json!(total);
    }
    quote["computed"] = json!({
        "recurring": interval.map(|interval| json!({
            "amount_subtotal": recurring_total,
            "amount_total": recurring_total,
            "interval": interval["interval"],
            "interval_count": interval["interval_count"],
            "total_details": quote["total_details"],
        })),
        "upfront": {
            "amount_subtotal": total,
            "amount_total": total,
            "total_details": quote["total_details"],
        },
    });
    quote["currency"] = items.first().map_or(Value::Null, |item| item["currency"].clone());
    // Lists are newest first, so the first line is the last to arrive.
    for item in items.into_iter().rev() {
        account.store.put_under(&id, item);
    }
}
