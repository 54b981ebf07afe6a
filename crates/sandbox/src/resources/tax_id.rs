//! Tax ids of customers, of the account itself and of others.

use serde_json::{Value, json};

use super::{check_lacks, retrieve_of, text};
use crate::account::Account;
use crate::auth;
use crate::error::{ApiError, Result};
use crate::list::page_of;
use crate::route::{Call, Route, delete, get, post};
use crate::store::Index;

const KIND: &str = "tax_id";

/// More of them one customer cannot have.
const MOST: usize = 5;

pub const ROUTES: &[Route] = &[
    get("/v1/tax_ids", KIND, index),
    post("/v1/tax_ids", KIND, create),
    get("/v1/tax_ids/{id}", KIND, super::retrieve),
    delete("/v1/tax_ids/{id}", KIND, remove),
    get("/v1/customers/{customer}/tax_ids", KIND, index_of_customer),
    post("/v1/customers/{customer}/tax_ids", KIND, create_for_customer),
    get("/v1/customers/{customer}/tax_ids/{id}", KIND, retrieve_of_customer),
    delete("/v1/customers/{customer}/tax_ids/{id}", KIND, remove_of_customer),
];

/// Whose a tax id is.
enum Owner {
    /// The account that asks.
    Own,
    Customer(String),
    /// Another account.
    Account(String),
    Application,
}

impl Owner {
    /// The one that `owner` names; without it the account itself.
    fn of(account: &Account, call: &Call) -> Result<Owner> {
        let Some(owner) = call.params.get("owner") else {
            return Ok(Owner::Own);
        };
        let kind = text(owner, "type");
        let named = || match owner[kind].as_str() {
            Some(id) => Ok(id.to_owned()),
            None => Err(ApiError::required(&format!("owner[{kind}]"))),
        };
        check_lacks(owner, "owner", "customer_account")?;
        match kind {
            "customer" => {
                let id = named()?;
                account.refer("customer", &id, "owner[customer]")?;
                Ok(Owner::Customer(id))
            }
            "account" => {
                let id = named()?;
                auth::account(Some(&id))
                    .map_err(|_| ApiError::missing("account", &id, "owner[account]"))
                    .map(Owner::Account)
            }
            "application" => Ok(Owner::Application),
            _ => Ok(Owner::Own),
        }
    }

    fn index(&self) -> Index {
        match self {
            Owner::Own => Index::of(KIND, "owner.type", "self"),
            Owner::Customer(id) => Index::under(KIND, id),
            Owner::Account(id) => Index::of(KIND, "owner.account", id),
            Owner::Application => Index::of(KIND, "owner.type", "application"),
        }
    }
}

/// Without a word on the owner, the account's own.
fn index(account: &mut Account, call: &Call) -> Result<Value> {
    let owner = Owner::of(account, call)?;
    page_of(account, call, &owner.index(), |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let sent = Value::Object(call.params.0.clone());
    match Owner::of(account, call)? {
        Owner::Customer(id) => new(account, &id, &sent),
        Owner::Own => store(account, None, json!({"type": "self"}), &sent),
        Owner::Account(id) => store(account, None, json!({"account": id, "type": "account"}), &sent),
        // Which one it would be, only Connect knows.
        Owner::Application => Err(ApiError::unsupported("owner[type]=application").param("owner[type]")),
    }
}

fn index_of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    page_of(account, call, &Index::under(KIND, call.id()), |_| true)
}

fn create_for_customer(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    new(account, call.id(), &Value::Object(call.params.0.clone()))
}

fn retrieve_of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    retrieve_of(account, call, "customer")
}

fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    let tax_id = call.subject(account, KIND)?;
    Ok(bury(account, &tax_id))
}

fn remove_of_customer(account: &mut Account, call: &Call) -> Result<Value> {
    let tax_id = retrieve_of_customer(account, call)?;
    Ok(bury(account, &tax_id))
}

fn bury(account: &mut Account, tax_id: &Value) -> Value {
    let deleted = json!({"id": tax_id["id"], "object": KIND, "deleted": true});
    account.store.bury(text(tax_id, "id"), deleted.clone());
    deleted
}

/// What the deletion of a customer does to its tax ids.
pub fn bury_all(account: &mut Account, customer: &str) {
    for tax_id in of(account, customer) {
        bury(account, &tax_id);
    }
}

fn of(account: &Account, customer: &str) -> Vec<Value> {
    account.store.all(&Index::under(KIND, customer)).collect()
}

/// The tax ids of a customer as an invoice repeats them.
pub fn shown(account: &Account, customer: &str) -> Value {
    let ids = of(account, customer).into_iter();
    ids.map(|tax_id| json!({"type": tax_id["type"], "value": tax_id["value"]})).collect()
}

/// Makes and stores the tax id of a customer.
pub fn new(account: &mut Account, customer: &str, sent: &Value) -> Result<Value> {
    if of(account, customer).len() >= MOST {
        return Err(ApiError::invalid(format!("A customer has at most {MOST} tax ids.")));
    }
    let owner = json!({"customer": customer, "customer_account": null, "type": "customer"});
    store(account, Some(customer), owner, sent)
}

fn store(account: &mut Account, customer: Option<&str>, owner: Value, sent: &Value) -> Result<Value> {
    let (kind, value) = (text(sent, "type"), text(sent, "value"));
    if kind == "eu_vat" && !is_eu_vat(value) {
        return Err(ApiError::invalid(format!(
            "Invalid value for eu_vat: {value} is not two upper-case letters and 2 to 12 letters or digits."
        ))
        .code("tax_id_invalid")
        .param("value"));
    }
    let tax_id = json!({
        "id": account.new_id("txi"),
        "object": KIND,
        "country": country(kind, value),
        "created": account.now(),
        "customer": customer,
        "customer_account": null,
        "livemode": false,
        "owner": owner,
        "type": kind,
        "value": value,
        "verification": customer.map(|_| verification(kind, value)),
    });
    match customer {
        Some(customer) => account.store.put_under(customer, tax_id.clone()),
        None => account.store.put(tax_id.clone()),
    }
    Ok(tax_id)
}

fn is_eu_vat(value: &str) -> bool {
    let (country, number) = value.split_at_checked(2).unwrap_or_default();
    country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (2..=12).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The types begin with the country, except for those of several countries.
fn country(kind: &str, value: &str) -> Option<String> {
    let code = match kind {
        "eu_vat" => value.get(..2)?,
        "eu_oss_vat" | "unknown" => return None,
        kind => kind.split('_').next()?,
    };
    // Greece has a code of its own in VAT numbers.
    Some(if code == "EL" { "GR".to_owned() } else { code.to_ascii_uppercase() })
}

/// What Stripe's test numbers come to; only some types are checked at all.
fn verification(kind: &str, value: &str) -> Value {
    let status = match kind {
        "eu_vat" | "gb_vat" | "au_abn" => match value {
            value if value.ends_with("000000000") => "verified",
            value if value.ends_with("111111111") => "unverified",
            _ => "pending",
        },
        _ => "unavailable",
    };
    json!({"status": status, "verified_address": null, "verified_name": null})
}
