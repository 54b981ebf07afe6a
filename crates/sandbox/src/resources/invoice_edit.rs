//! Changes of a draft's lines, one by one and several at once.

use serde_json::{Value, json};

use super::discount::{self, Holder};
use super::invoice::{is_draft, not_editable};
use super::invoice_item::{self, check_fits};
use super::invoice_lines::{add, drop_line, item_id, place};
use super::invoice_totals::{TAX_RATES, refresh};
use super::{check_lacks, merge_metadata, set, tax_rate, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::params::Params;
use crate::route::Call;

/// What only an item has; the line of a subscription follows the subscription in it.
const OF_ITEMS: &[&str] =
    &["amount", "price_data", "pricing", "quantity", "quantity_decimal", "unit_amount_decimal"];

pub fn update_line(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = draft(account, call)?;
    let id = call.ids.get(1).map_or("", |id| &id.id);
    let line = line(account, &invoice, id, "line_item_id")?;
    change(account, &invoice, line, &call.params)?;
    refresh(account, call.id());
    account.fetch("line_item", id, "line_item_id")
}

pub fn update_lines(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = draft(account, call)?;
    for (place, params) in entries(call)?.into_iter().enumerate() {
        let line =
            line(account, &invoice, params.text("id").unwrap_or_default(), &format!("lines[{place}][id]"))?;
        change(account, &invoice, line, &params)?;
    }
    done(account, call)
}

pub fn add_lines(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = draft(account, call)?;
    for (at, params) in entries(call)?.into_iter().enumerate() {
        let Some(id) = params.text("invoice_item") else {
            let item = invoice_item::make(account, &params, text(&invoice, "customer"), Some(&invoice))?;
            add(account, &item);
            continue;
        };
        let item = account.refer("invoiceitem", id, &format!("lines[{at}][invoice_item]"))?;
        check_fits(&invoice, &item)?;
        if !item["invoice"].is_null() {
            return Err(ApiError::invalid(format!("The item {id} stands on an invoice already."))
                .param(&format!("lines[{at}][invoice_item]")));
        }
        place(account, item, call.id());
        let item = account.refer("invoiceitem", id, "lines")?;
        invoice_item::change(account, item, &params)?;
    }
    done(account, call)
}

pub fn remove_lines(account: &mut Account, call: &Call) -> Result<Value> {
    let invoice = draft(account, call)?;
    for (place, params) in entries(call)?.into_iter().enumerate() {
        let line =
            line(account, &invoice, params.text("id").unwrap_or_default(), &format!("lines[{place}][id]"))?;
        let item = account.store.get("invoiceitem", item_id(&line));
        match (item, params.text("behavior")) {
            (Some(mut item), Some("unassign")) => {
                drop_line(account, &item);
                item["invoice"] = Value::Null;
                account.store.put(item);
            }
            (Some(item), _) => invoice_item::destroy(account, &item),
            (None, Some("unassign")) => {
                return Err(ApiError::invalid("Only the line of an invoice item can be unassigned.")
                    .param(&format!("lines[{place}][behavior]")));
            }
            (None, _) => account.store.remove(text(&line, "id")),
        }
    }
    done(account, call)
}

fn draft(account: &Account, call: &Call) -> Result<Value> {
    let invoice = call.subject(account, "invoice")?;
    if is_draft(&invoice) {
        return Ok(invoice);
    }
    Err(not_editable("The lines of a finalized invoice cannot be changed."))
}

fn line(account: &Account, invoice: &Value, id: &str, param: &str) -> Result<Value> {
    let line = account.fetch("line_item", id, param)?;
    if line["invoice"] == invoice["id"] {
        return Ok(line);
    }
    Err(ApiError::not_found("line_item", id, param))
}

/// The entries of `lines`. Taxes that were computed elsewhere are not among what the sandbox has.
fn entries(call: &Call) -> Result<Vec<Params>> {
    let entry = |(place, sent): (usize, &Value)| {
        check_lacks(sent, &format!("lines[{place}]"), "tax_amounts")?;
        Ok(Params(sent.as_object().cloned().unwrap_or_default()))
    };
    call.params.list("lines").iter().enumerate().map(entry).collect()
}

fn done(account: &mut Account, call: &Call) -> Result<Value> {
    if let Some(sent) = call.params.sent("invoice_metadata") {
        let mut invoice = call.subject(account, "invoice")?;
        merge_metadata(&mut invoice, sent);
        account.store.put(invoice);
    }
    refresh(account, call.id());
    call.subject(account, "invoice")
}

/// Changes a line through its item, or by itself where it has none.
fn change(account: &mut Account, invoice: &Value, mut line: Value, params: &Params) -> Result<()> {
    if let Some(item) = account.store.get("invoiceitem", item_id(&line)) {
        return invoice_item::change(account, item, params).map(|_| ());
    }
    if let Some(name) = OF_ITEMS.iter().find(|name| params.get(name).is_some()) {
        return Err(ApiError::invalid(format!(
            "{name} can be changed on the line of an invoice item only; this one follows its subscription."
        ))
        .param(name));
    }
    set(&mut line, params, "description discountable metadata");
    if params.get("period").is_some() {
        set(&mut line, params, "period");
    }
    let id = text(&line, "id").to_owned();
    if params.sent("discounts").is_some() {
        let holder = Holder {
            field: "invoice_item",
            id: &id,
            customer: text(invoice, "customer"),
            currency: text(invoice, "currency"),
            amount: line["amount"].as_i64().unwrap_or(0),
        };
        let ids = discount::replace(account, params, &line["discounts"], &holder)?;
        line["discounts"] = ids;
    }
    account.store.put(line);
    if params.sent("tax_rates").is_some() {
        let rates = tax_rate::resolve(account, params.list("tax_rates"), "tax_rates")?;
        account.store.hide(&id, TAX_RATES, json!(rates));
    }
    Ok(())
}
