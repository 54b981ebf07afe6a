//! Invoice items: amounts that wait for an invoice, or stand on a draft.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::discount::{self, Holder};
use super::invoice::{is_draft, not_editable};
use super::invoice_lines::{add, drop_line, follow};
use super::invoice_totals::refresh;
use super::price_cost::{cost, in_currency};
use super::{at_most_one, check_customer, currency, price, retrieve, set, tax_rate, test_clock, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page_with;
use crate::money::{decimal, parse, times};
use crate::params::Params;
use crate::route::{Call, Route, delete, get, post};

const KIND: &str = "invoiceitem";

/// The ways to say what an item costs.
const WAYS: &[&str] = &["amount", "pricing", "price_data", "unit_amount_decimal"];
const QUANTITIES: &[&str] = &["quantity", "quantity_decimal"];

pub const ROUTES: &[Route] = &[
    get("/v1/invoiceitems", KIND, index),
    post("/v1/invoiceitems", KIND, create).lacking("customer_account subscription"),
    get("/v1/invoiceitems/{invoiceitem}", KIND, retrieve),
    post("/v1/invoiceitems/{invoiceitem}", KIND, update),
    delete("/v1/invoiceitems/{invoiceitem}", KIND, remove),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let pending = call.params.get("pending").and_then(Value::as_bool);
    let equals = ["invoice", "customer", "customer_account"];
    let wanted = test_clock::wanted(call, &equals, &["customer", "invoice"]);
    page_with(account, call, &wanted, |item| {
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
    let item = make(account, params, &customer, invoice.as_ref())?;
    if invoice.is_some() {
        add(account, &item);
        refresh(account, text(&item, "invoice"));
    }
    Ok(item)
}

/// Makes and stores an item, not yet a line of its invoice.
pub fn make(
    account: &mut Account,
    params: &Params,
    customer: &str,
    invoice: Option<&Value>,
) -> Result<Value> {
    let now = account.now();
    let sent = currency(params)?;
    let holder = invoice.cloned().or_else(|| account.store.get("customer", customer)).unwrap_or_default();
    let known = sent.or_else(|| holder["currency"].as_str().map(str::to_owned));
    let mut item = json!({
        "id": account.new_id("ii"),
        "object": KIND,
        "amount": 0,
        "currency": known,
        "customer": customer,
        "customer_account": null,
        "date": now,
        "description": null,
        "discountable": true,
        "discounts": [],
        "invoice": invoice.map(|invoice| invoice["id"].clone()),
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
        "test_clock": holder["test_clock"],
    });
    if !WAYS.iter().any(|way| params.get(way).is_some()) {
        return Err(ApiError::required("amount"));
    }
    fill(account, &mut item, params)?;
    if item["amount"].as_i64() < Some(0) && params.get("discountable").is_none() {
        item["discountable"] = json!(false);
    }
    if let Some(invoice) = invoice {
        check_fits(invoice, &item)?;
    }
    account.store.put(item.clone());
    Ok(item)
}

/// Checks that an item can be put on an invoice.
pub fn check_fits(invoice: &Value, item: &Value) -> Result<()> {
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
    let item = call.subject(account, KIND)?;
    check_open(account, &item)?;
    let item = change(account, item, &call.params)?;
    refresh(account, text(&item, "invoice"));
    Ok(item)
}

/// Changes a stored item and its line; the sums of its invoice are left to the caller.
pub fn change(account: &mut Account, mut item: Value, params: &Params) -> Result<Value> {
    fill(account, &mut item, params)?;
    account.store.put(item.clone());
    follow(account, &item);
    Ok(item)
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    let item = call.subject(account, KIND)?;
    check_open(account, &item)?;
    destroy(account, &item);
    refresh(account, text(&item, "invoice"));
    Ok(json!({"id": call.id(), "object": KIND, "deleted": true}))
}

/// Removes an item with its line and its discounts.
pub fn destroy(account: &mut Account, item: &Value) {
    drop_line(account, item);
    discount::drop_all(account, &item["discounts"], "invoice_item", text(item, "id"));
    account.store.remove(text(item, "id"));
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
    price_it(account, item, params)?;
    item["net_amount"] = item["amount"].clone();
    if item["currency"].is_null() {
        item["currency"] = json!("usd");
    }
    if params.sent("tax_rates").is_some() {
        item["tax_rates"] = tax_rate::resolve(account, params.list("tax_rates"), "tax_rates")?.into();
    }
    if params.sent("discounts").is_some() {
        let holder = Holder {
            field: "invoice_item",
            id: text(item, "id"),
            customer: text(item, "customer"),
            currency: text(item, "currency"),
            amount: item["amount"].as_i64().unwrap_or(0),
        };
        let ids = discount::replace(account, params, &item["discounts"], &holder)?;
        item["discounts"] = ids;
    }
    Ok(())
}

/// Sets what was sent of price and quantity, and the amount that they make.
fn price_it(account: &mut Account, item: &mut Value, params: &Params) -> Result<()> {
    for names in [WAYS, QUANTITIES, &["amount", "quantity"], &["amount", "quantity_decimal"]] {
        at_most_one(params, names)?;
    }
    if let Some(amount) = params.int("amount") {
        item["amount"] = json!(amount);
        item["pricing"] = unpriced(&amount.to_string());
        item["quantity"] = json!(1);
        item["quantity_decimal"] = json!("1");
        return Ok(());
    }
    if !WAYS.iter().chain(QUANTITIES).any(|name| params.get(name).is_some()) {
        return Ok(());
    }
    let quantity = quantity(item, params)?;
    item["quantity"] = json!(quantity.trunc().to_i64());
    item["quantity_decimal"] = json!(quantity.normalize().to_string());
    if let Some(unit) = params.text("unit_amount_decimal") {
        item["pricing"] = unpriced(unit);
    }
    let old = text(&item["pricing"]["price_details"], "price");
    let old = account.store.get("price", old);
    let price = match priced(account, params)? {
        None if params.get("unit_amount_decimal").is_some() => None,
        None => old,
        sent => sent,
    };
    let Some(price) = price else {
        let unit = decimal(&item["pricing"]["unit_amount_decimal"]);
        item["amount"] = json!(times(unit, quantity));
        return Ok(());
    };
    let currency = item["currency"].as_str().unwrap_or(text(&price, "currency"));
    let price = in_currency(account, &price, currency)
        .ok_or_else(|| ApiError::invalid("The price has another currency.").param("currency"))?;
    item["currency"] = price["currency"].clone();
    item["amount"] = json!(cost(account, &price, quantity));
    item["pricing"] = pricing(&price);
    Ok(())
}

fn quantity(item: &Value, params: &Params) -> Result<Decimal> {
    let (name, quantity) = match (params.int("quantity"), params.text("quantity_decimal")) {
        (Some(quantity), _) => ("quantity", Decimal::from(quantity)),
        (None, Some(text)) => ("quantity_decimal", parse(text).unwrap_or(Decimal::NEGATIVE_ONE)),
        (None, None) => return Ok(decimal(&item["quantity_decimal"])),
    };
    if quantity < Decimal::ZERO || quantity > i64::MAX.into() || quantity.scale() > 12 {
        return Err(ApiError::invalid(format!(
            "A quantity is between 0 and {} and has at most 12 decimal places.",
            i64::MAX
        ))
        .param(name));
    }
    Ok(quantity)
}

/// The price that is named or described.
fn priced(account: &mut Account, params: &Params) -> Result<Option<Value>> {
    let named = params.get("pricing").and_then(|pricing| pricing["price"].as_str());
    if let Some(id) = named {
        let price = price::for_sale(account, id, "pricing[price]")?;
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
