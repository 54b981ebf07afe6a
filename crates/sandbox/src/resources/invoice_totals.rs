//! The sums of a draft: its lines less their own discounts, less those of the invoice, with taxes
//! and shipping.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::invoice_finalize::due;
use super::invoice_taxes::{Taxes, add_up};
use super::{discount, text};
use crate::account::Account;
use crate::list::embedded;
use crate::money::{decimal, share, spread};
use crate::store::Index;

/// Where a line keeps its own tax rates, which it does not show.
pub const TAX_RATES: &str = "(tax_rates)";

/// What each discount took off, by its id.
type Taken = IndexMap<String, i64>;

/// A line on the way to what is left to pay of it.
#[derive(Debug)]
struct Open {
    line: Value,
    rates: Vec<Value>,
    rest: i64,
    taken: Taken,
}

/// Brings a draft's lines, the first of which it shows, and its sums up to date.
pub fn refresh(account: &mut Account, invoice_id: &str) {
    let Some(mut invoice) = account.store.get("invoice", invoice_id) else {
        return;
    };
    let currency = text(&invoice, "currency").to_owned();
    let lines = account.store.all(&Index::under("line_item", invoice_id)).rev();
    let mut lines: Vec<Open> = lines.map(|line| open(account, line, &invoice)).collect();
    for line in &mut lines {
        for id in ids(&line.line["discounts"]) {
            take_off(account, std::slice::from_mut(line), &id, &currency);
        }
    }
    let exempt = text(&invoice, "customer_tax_exempt").to_owned();
    let subtotal = sum(lines.iter().map(|line| line.rest));
    let included = sum(lines.iter().map(|line| Taxes::of(line.rest, &line.rates, &exempt).inclusive));
    for id in ids(&invoice["discounts"]) {
        take_off(account, &mut lines, &id, &currency);
    }
    let mut taken = Taken::new();
    let mut taxes = Vec::new();
    let mut total = invoice["shipping_cost"]["amount_total"].as_i64().unwrap_or(0);
    let mut untaxed = total;
    for Open { line, rates, rest, taken: off } in &mut lines {
        let due = Taxes::of(*rest, rates, &exempt);
        total = total.saturating_add(*rest).saturating_add(due.exclusive);
        untaxed = untaxed.saturating_add(*rest).saturating_sub(due.inclusive);
        show_discounts(line, "discount_amounts", "pretax_credit_amounts", off);
        line["taxes"] = json!(due.shown);
        taxes.extend(due.shown);
        for (id, amount) in off {
            let sum = taken.entry(id.clone()).or_default();
            *sum = sum.saturating_add(*amount);
        }
        account.store.put(line.clone());
    }
    show_discounts(&mut invoice, "total_discount_amounts", "total_pretax_credit_amounts", &taken);
    let lines = lines.into_iter().map(|line| line.line).collect();
    invoice["lines"] = embedded(lines, &format!("/v1/invoices/{invoice_id}/lines"));
    invoice["subtotal"] = json!(subtotal);
    invoice["subtotal_excluding_tax"] = json!(subtotal.saturating_sub(included));
    invoice["total"] = json!(total);
    invoice["total_excluding_tax"] = json!(untaxed);
    invoice["total_taxes"] = json!(add_up(taxes));
    let due = due(total, invoice["starting_balance"].as_i64().unwrap_or(0));
    for name in ["amount_due", "amount_remaining"] {
        invoice[name] = json!(due);
    }
    account.store.put(invoice);
}

fn open(account: &Account, line: Value, invoice: &Value) -> Open {
    let own = account.store.hidden(text(&line, "id"), TAX_RATES).and_then(Value::as_array);
    let own = own.filter(|rates| !rates.is_empty());
    let rates = own.or(invoice["default_tax_rates"].as_array()).cloned().unwrap_or_default();
    let rest = line["amount"].as_i64().unwrap_or(0);
    Open { line, rates, rest, taken: Taken::new() }
}

/// Takes a discount off these lines together, in proportion to what is left of each.
fn take_off(account: &Account, lines: &mut [Open], id: &str, currency: &str) {
    let terms = discount::terms(account, id);
    let weigh = |line: &Open| if applies(&terms, &line.line) { line.rest.max(0) } else { 0 };
    let weights: Vec<i64> = lines.iter().map(weigh).collect();
    let whole = sum(weights.iter().copied());
    let off = match &terms["percent_off"] {
        Value::Null => discount::amount_off(&terms, currency).unwrap_or(0).min(whole),
        percent => share(whole, decimal(percent)),
    };
    for (line, part) in lines.iter_mut().zip(spread(off, &weights)) {
        if part > 0 {
            line.rest = line.rest.saturating_sub(part);
            let taken = line.taken.entry(id.to_owned()).or_default();
            *taken = taken.saturating_add(part);
        }
    }
}

fn applies(terms: &Value, line: &Value) -> bool {
    let product = &line["pricing"]["price_details"]["product"];
    let named = terms["applies_to"]["products"].as_array();
    line["discountable"] != false && named.is_none_or(|products| products.contains(product))
}

/// The amounts by discount; discounts are a credit before taxes, which is told once more.
fn show_discounts(holder: &mut Value, amounts: &str, credits: &str, taken: &Taken) {
    let shown = taken.iter().map(|(id, amount)| json!({"amount": amount, "discount": id}));
    holder[amounts] = shown.collect();
    let shown =
        taken.iter().map(|(id, amount)| json!({"amount": amount, "discount": id, "type": "discount"}));
    holder[credits] = shown.collect();
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}
