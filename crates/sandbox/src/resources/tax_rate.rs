//! Tax rates. They cannot be deleted, only set inactive.

use serde_json::{Value, json};

use super::{retrieve, set};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::money;
use crate::params::Params;
use crate::route::{Call, Route, get, post};

const KIND: &str = "tax_rate";

/// More of them one line cannot have.
const MOST: usize = 5;

pub const ROUTES: &[Route] = &[
    get("/v1/tax_rates", KIND, index),
    post("/v1/tax_rates", KIND, create),
    get("/v1/tax_rates/{tax_rate}", KIND, retrieve),
    post("/v1/tax_rates/{tax_rate}", KIND, update),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["active", "inclusive"], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let params = &call.params;
    let percentage = params.get("percentage").cloned().unwrap_or_default();
    let percent = money::decimal(&percentage);
    if percent < 0.into() || percent > 100.into() || percent.normalize().scale() > 4 {
        return Err(ApiError::invalid("percentage is between 0 and 100, with at most four decimal places.")
            .param("percentage"));
    }
    check_country(params)?;
    let mut rate = json!({
        "id": account.new_id("txr"),
        "object": KIND,
        "active": true,
        "country": null,
        "created": account.now(),
        "description": null,
        "display_name": null,
        "effective_percentage": null,
        "flat_amount": null,
        "inclusive": params.flag("inclusive"),
        "jurisdiction": null,
        "jurisdiction_level": null,
        "livemode": false,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": null,
        "tax_type": null,
    });
    fill(&mut rate, params);
    account.store.put(rate.clone());
    Ok(rate)
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut rate = call.subject(account, KIND)?;
    if call.params.sent("display_name").is_some_and(Value::is_null) {
        return Err(ApiError::invalid("display_name cannot be unset.")
            .code("parameter_invalid_empty")
            .param("display_name"));
    }
    check_country(&call.params)?;
    fill(&mut rate, &call.params);
    account.store.put(rate.clone());
    Ok(rate)
}

fn fill(rate: &mut Value, params: &Params) {
    set(rate, params, "active country description display_name jurisdiction metadata state tax_type");
}

fn check_country(params: &Params) -> Result<()> {
    let country = params.text("country");
    if country.is_none_or(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())) {
        return Ok(());
    }
    Err(ApiError::invalid("country is a code of two upper-case letters.").param("country"))
}

/// The rates that a list names; each as it stands in what it applies to.
pub fn resolve(account: &Account, ids: &[Value], param: &str) -> Result<Vec<Value>> {
    if ids.len() > MOST {
        return Err(ApiError::invalid(format!("At most {MOST} tax rates apply to one line.")).param(param));
    }
    let rate = |(place, id): (usize, &Value)| {
        let at = format!("{param}[{place}]");
        let id = id.as_str().unwrap_or_default();
        let rate = account.refer(KIND, id, &at)?;
        if rate["active"] == false {
            return Err(ApiError::invalid(format!("The tax rate {id} is not active.")).param(&at));
        }
        Ok(rate)
    };
    ids.iter().enumerate().map(rate).collect()
}
