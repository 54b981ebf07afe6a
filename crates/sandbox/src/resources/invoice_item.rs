//! Invoice items: amounts that wait for an invoice, or stand on a draft.

use serde_json::{Value, json};

use super::invoice::{is_draft, not_editable};
use super::invoice_lines::{add, drop_line, follow, refresh};
use super::price::{self, cost, decimal_cost};
use super::{check_customer, currency, retrieve, set, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};

const KIND: &str = "invoiceitem";

pub const ROUTES: &[Route] = &[
    get("/v1/invoiceitems", KIND, index),
    post("/v1/invoiceitems", KIND, create).lacking("customer_account discounts subscription tax_rates"),
    get("/v1/invoiceitems/{invoiceitem}", KIND, retrieve),
    post("/v1/invoiceitems/{invoiceitem}", KIND, update).lacking("discounts tax_rates"),
    delete("/v1/invoiceitems/{invoiceitem}", KIND, remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let pending = call.params.get("pending").and_then(Value::as_bool);
    page(account, call, &["invoice", "customer", "customer_account"], |item| {
        pending.is_none_or(|pending| item["invoice"].is_null() == pending)
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    check_customer(account, params)?;
    let invoice = match params.text("invoice") {
        Some(id) => Some(account.refer("invoice", id, "invoice")?),
        None => None,
    };
    let customer = match (params.text("customer"), &invoice) {
        (Some(customer), _) => customer.to_owned(),
        (None, Some(invoice)) => text(invoice, "customer").to_owned(),
        (None, None) => return Err(ApiError::required("customer")),
    };
    let sent = currency(params)?;
    let now = account.now();
    let mut item = json!({
        "id": null,
        "object": KIND,
        "amount": 0,
        "currency": sent,
        "customer": customer,
        "customer_account": null,
        "date": now,
        "description": null,
        "discountable": true,
        "discounts": [],
        "invoice": params.text("invoice"),
        "livemode": false,
        "metadata": {},
        "net_amount": 0,
        "parent": null,
        "period": {"end": now, "start": now},
        "pricing": null,
        "proration": false,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": null,
    });
    fill(account, &mut item, params)?;
    if item["currency"].is_null() {
        let holder = invoice.clone().or_else(|| account.store.get("customer", &customer));
        let inherited = holder.as_ref().and_then(|holder| holder["currency"].as_str());
        item["currency"] = json!(inherited.unwrap_or("usd"));
    }
    if let Some(invoice) = &invoice {
        check_fits(invoice, &item)?;
    }
    item["id"] = json!(account.new_id("ii"));
    account.store.put(item.clone());
    if invoice.is_some() {
        add(account, &item);
        refresh(account, text(&item, "invoice"));
    }
    Ok(item)
}

fn check_fits(invoice: &Value, item: &Value) -> Result<()> {
    if !is_draft(invoice) {
        return Err(not_editable("Items can be added to draft invoices only.").param("invoice"));
    }
    if invoice["customer"] != item["customer"] {
        return Err(ApiError::invalid("The invoice belongs to another customer.").param("invoice"));
    }
    if invoice["currency"] != item["currency"] {
        return Err(ApiError::invalid("The invoice has another currency.").param("currency"));
    }
    Ok(())
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut item = call.subject(account, KIND)?;
    check_open(account, &item)?;
    fill(account, &mut item, &call.params)?;
    account.store.put(item.clone());
    follow(account, &item);
    refresh(account, text(&item, "invoice"));
    Ok(item)
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    let item = call.subject(account, KIND)?;
    check_open(account, &item)?;
    drop_line(account, &item);
    account.store.remove(call.id());
    refresh(account, text(&item, "invoice"));
    Ok(json!({"id": call.id(), "object": KIND, "deleted": true}))
}

/// An item can be changed until its invoice is finalized.
fn check_open(account: &Account, item: &Value) -> Result<()> {
    match account.store.get("invoice", text(item, "invoice")) {
        Some(invoice) if !is_draft(&invoice) => {
            Err(not_editable("The item stands on an invoice that was finalized."))
        }
        _ => Ok(()),
    }
}

fn fill(account: &mut Account, item: &mut Value, params: &Params) -> Result<()> {
    set(item, params, "description discountable metadata");
    if params.get("period").is_some() {
        set(item, params, "period");
    }
    if let Some(quantity) = params.int("quantity") {
        item["quantity"] = json!(quantity);
        item["quantity_decimal"] = json!(quantity.to_string());
    }
    let quantity = item["quantity"].as_i64().unwrap_or(1);
    if let Some(price) = priced(account, params)? {
        let sent = item["currency"].as_str();
        if sent.is_some_and(|currency| price["currency"] != currency) {
            return Err(ApiError::invalid("The price has another currency.").param("currency"));
        }
        item["currency"] = price["currency"].clone();
        item["amount"] = json!(cost(&price, quantity));
        item["pricing"] = pricing(&price);
    } else if let Some(amount) = params.int("amount") {
        item["amount"] = json!(amount);
        item["pricing"] = unpriced(&amount.to_string());
        item["quantity"] = json!(1);
        item["quantity_decimal"] = json!("1");
    } else if let Some(decimal) = params.text("unit_amount_decimal") {
        item["amount"] = json!(decimal_cost(decimal, quantity));
        item["pricing"] = unpriced(decimal);
    } else if params.int("quantity").is_some() {
        let unit = text(&item["pricing"], "unit_amount_decimal");
        item["amount"] = json!(decimal_cost(unit, quantity));
    } else if item["pricing"].is_null() {
        return Err(ApiError::required("amount"));
    }
    item["net_amount"] = item["amount"].clone();
    Ok(())
}

/// The price that is named or described.
fn priced(account: &mut Account, params: &Params) -> Result<Option<Value>> {
    let named = params.get("pricing").and_then(|pricing| pricing["price"].as_str());
    if let Some(id) = named {
        let price = account.refer("price", id, "pricing[price]")?;
        if price["type"] == "recurring" {
            return Err(
                ApiError::invalid("An invoice item takes a one-time price only.").param("pricing[price]")
            );
        }
        return Ok(Some(price));
    }
    match params.get("price_data") {
        Some(Value::Object(data)) => price::inline(account, data, "price_data").map(Some),
        _ => Ok(None),
    }
}

/// How an item or a line tells its price.
pub fn pricing(price: &Value) -> Value {
    json!({
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    })
}

fn unpriced(unit_amount: &str) -> Value {
    json!({"type": "price_details", "unit_amount_decimal": unit_amount})
}
