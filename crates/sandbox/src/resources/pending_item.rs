//! Invoice items that a subscription brings about: they wait for its next invoice.

use serde_json::{Value, json};

use super::invoice_item::pricing;
use super::price_cost::cost;
use super::{check_lacks, price, subscription_discounts, subscription_items, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::money::portion;
use crate::params::join;

/// The one-time prices that come with a subscription's next invoice.
pub fn add_all(account: &mut Account, subscription: &Value, sent: &[Value]) -> Result<()> {
    for (place, sent) in sent.iter().enumerate() {
        let at = format!("add_invoice_items[{place}]");
        check_lacks(sent, &at, "discounts period tax_rates")?;
        let param = join(&at, "price");
        let price = price::of_line(account, sent, &at)?.ok_or_else(|| ApiError::required(&param))?;
        if price["type"] != "one_time" {
            return Err(
                ApiError::invalid("The price recurs; an invoice item takes a one-time price.").param(&param)
            );
        }
        if price["currency"] != subscription["currency"] {
            return Err(
                ApiError::invalid("The price has another currency than the subscription.").param(&param)
            );
        }
        let quantity = sent["quantity"].as_i64().unwrap_or(1);
        let product = account.store.get("product", text(&price, "product"));
        let now = account.now();
        let mut item = new(account, subscription, &price, quantity, (now, now));
        item["amount"] = json!(cost(account, &price, quantity));
        item["net_amount"] = item["amount"].clone();
        item["description"] = product.unwrap_or_default()["name"].clone();
        if let Some(discountable) = sent.get("discountable") {
            item["discountable"] = discountable.clone();
        }
        if sent["metadata"].is_object() {
            item["metadata"] = sent["metadata"].clone();
        }
        account.store.put(item);
    }
    Ok(())
}

/// What is credited or owed because an item changed within its period.
pub fn prorate(
    account: &mut Account,
    subscription: &Value,
    item: &Value,
    from: i64,
    credit: bool,
) -> Result<()> {
    let (start, end) = subscription_items::period(item);
    let whole = subscription_items::amount(account, item);
    let amount = portion(whole, end.saturating_sub(from), end.saturating_sub(start));
    if amount == 0 {
        return Ok(());
    }
    if !subscription_discounts::present(account, subscription).is_empty() {
        return Err(ApiError::invalid(
            "The sandbox does not prorate what is discounted: set proration_behavior=none.",
        )
        .param("proration_behavior"));
    }
    let quantity = item["quantity"].as_i64().unwrap_or(1);
    let product = account.store.get("product", text(&item["price"], "product")).unwrap_or_default();
    let kind = if credit { "Unused" } else { "Remaining" };
    let mut pending = new(account, subscription, &item["price"], quantity, (from, end));
    pending["amount"] = json!(if credit { amount.saturating_neg() } else { amount });
    pending["net_amount"] = pending["amount"].clone();
    pending["description"] = json!(format!("{kind} time on {quantity} × {}", text(&product, "name")));
    pending["discountable"] = json!(false);
    pending["proration"] = json!(true);
    pending["proration_details"] = json!({"discount_amounts": []});
    pending["parent"]["subscription_details"]["subscription_item"] = item["id"].clone();
    account.store.put(pending);
    Ok(())
}

fn new(
    account: &mut Account,
    subscription: &Value,
    price: &Value,
    quantity: i64,
    (start, end): (i64, i64),
) -> Value {
    json!({
        "id": account.new_id("ii"),
        "object": "invoiceitem",
        "amount": 0,
        "currency": price["currency"],
        "customer": subscription["customer"],
        "customer_account": null,
        "date": account.now(),
        "description": null,
        "discountable": true,
        "discounts": [],
        "invoice": null,
        "livemode": false,
        "metadata": {},
        "net_amount": 0,
        "parent": {
            "subscription_details": {"subscription": subscription["id"]},
            "type": "subscription_details",
        },
        "period": {"end": end, "start": start},
        "pricing": pricing(price),
        "proration": false,
        "quantity": quantity,
        "quantity_decimal": quantity.to_string(),
        "tax_rates": [],
        "test_clock": subscription["test_clock"],
    })
}
