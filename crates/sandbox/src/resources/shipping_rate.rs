//! Shipping rates, and what they add to an invoice.

use serde_json::{Map, Value, json};

use super::{at_most_one, merge, retrieve, set, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::params::Params;
use crate::route::{Call, Route, get, post};

const KIND: &str = "shipping_rate";

pub const ROUTES: &[Route] = &[
    get("/v1/shipping_rates", KIND, index),
    post("/v1/shipping_rates", KIND, create),
    get("/v1/shipping_rates/{shipping_rate}", KIND, retrieve),
    post("/v1/shipping_rates/{shipping_rate}", KIND, update),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let currency = call.params.get("currency");
    page(account, call, &["active"], |rate| {
        currency.is_none_or(|currency| rate["fixed_amount"]["currency"] == *currency)
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    make(account, &call.params, "fixed_amount")
}

fn make(account: &mut Account, params: &Params, param: &str) -> Result<Value> {
    let Some(fixed) = params.get("fixed_amount") else {
        return Err(ApiError::required(param));
    };
    let amount = fixed["amount"].as_i64().unwrap_or(0);
    if amount < 0 {
        return Err(ApiError::invalid("Shipping costs nothing or more.").param(&format!("{param}[amount]")));
    }
    let currency = text(fixed, "currency").to_ascii_lowercase();
    let estimate = params
        .get("delivery_estimate")
        .map(|estimate| json!({"maximum": estimate["maximum"], "minimum": estimate["minimum"]}));
    let mut rate = json!({
        "id": account.new_id("shr"),
        "object": KIND,
        "active": true,
        "created": account.now(),
        "delivery_estimate": estimate,
        "display_name": null,
        "fixed_amount": {"amount": amount, "currency": currency},
        "livemode": false,
        "metadata": {},
        "tax_behavior": "unspecified",
        "tax_code": null,
        "type": "fixed_amount",
    });
    set(&mut rate, params, "display_name metadata tax_behavior tax_code");
    account.store.put(rate.clone());
    let id = text(&rate, "id");
    let mut options = Map::new();
    options.insert(currency, json!({"amount": amount, "tax_behavior": rate["tax_behavior"]}));
    add_options(account, id, options, fixed["currency_options"].as_object());
    Ok(rate)
}

fn add_options(
    account: &mut Account,
    id: &str,
    mut options: Map<String, Value>,
    sent: Option<&Map<String, Value>>,
) {
    for (currency, option) in sent.into_iter().flatten() {
        let behavior = option["tax_behavior"].as_str().unwrap_or("unspecified");
        let shown = json!({"amount": option["amount"], "tax_behavior": behavior});
        options.insert(currency.clone(), shown);
    }
    merge(account, id, "currency_options", &options);
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut rate = call.subject(account, KIND)?;
    if let Some(sent) = call.params.text("tax_behavior")
        && rate["tax_behavior"] != "unspecified"
        && rate["tax_behavior"] != sent
    {
        return Err(ApiError::invalid("tax_behavior cannot be changed once it says how taxes are meant.")
            .param("tax_behavior"));
    }
    set(&mut rate, &call.params, "active metadata tax_behavior");
    account.store.put(rate.clone());
    let fixed = call.params.get("fixed_amount");
    let options = fixed.and_then(|fixed| fixed["currency_options"].as_object());
    add_options(account, call.id(), Map::new(), options);
    Ok(rate)
}

/// The `shipping_cost` of an invoice from the rate that is named or described for it.
pub fn cost(account: &mut Account, sent: &Value, currency: &str) -> Result<Value> {
    let params = Params(sent.as_object().cloned().unwrap_or_default());
    at_most_one(&params, &["shipping_rate", "shipping_rate_data"])?;
    let param = "shipping_cost[shipping_rate]";
    let rate = match (params.text("shipping_rate"), params.get("shipping_rate_data")) {
        (Some(id), _) => account.refer(KIND, id, param)?,
        (None, Some(data)) => {
            let data = Params(data.as_object().cloned().unwrap_or_default());
            make(account, &data, "shipping_cost[shipping_rate_data][fixed_amount]")?
        }
        (None, None) => return Err(ApiError::required(param)),
    };
    if rate["active"] == false {
        return Err(ApiError::invalid("The shipping rate is not active.").param(param));
    }
    let options = account.store.hidden(text(&rate, "id"), "currency_options");
    let own = rate["fixed_amount"]["currency"] == currency;
    let amount = match options.map(|options| &options[currency]["amount"]) {
        _ if own => rate["fixed_amount"]["amount"].as_i64(),
        Some(amount) => amount.as_i64(),
        None => None,
    };
    let amount =
        amount.ok_or_else(|| ApiError::invalid("The shipping rate has another currency.").param(param))?;
    Ok(json!({
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "shipping_rate": rate["id"],
    }))
}
