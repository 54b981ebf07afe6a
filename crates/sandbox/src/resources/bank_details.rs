//! Bank accounts as payment methods show them: by their last four digits.

use serde_json::{Value, json};

use super::card_details::fingerprint;
use super::text;
use crate::error::{ApiError, Result};

/// The accounts behind Stripe's test methods, by their names and numbers. How they behave goes by
/// the last four digits.
const ACCOUNTS: &[(&str, &str)] = &[
    ("pm_usBankAccount_success", "000123456789"),
    ("pm_usBankAccount_accountClosed", "000111111113"),
    ("pm_usBankAccount_noAccount", "000111111116"),
    ("pm_usBankAccount_insufficientFunds", "000222222227"),
];

const ROUTING: &str = "110000000";

/// The type and the details of the test method with this name.
pub fn named(id: &str) -> Option<(&'static str, Value)> {
    let (_, number) = ACCOUNTS.iter().find(|(name, _)| *name == id)?;
    Some(("us_bank_account", account(number, ROUTING, "individual", "checking")))
}

pub fn us_bank_account(sent: &Value) -> Result<Value> {
    for name in ["account_holder_type", "account_number", "routing_number"] {
        if sent[name].is_null() {
            return Err(ApiError::required(&format!("us_bank_account[{name}]")));
        }
    }
    let routing = text(sent, "routing_number");
    if routing.len() != 9 || !routing.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::invalid("A routing number has nine digits.")
            .code("routing_number_invalid")
            .param("us_bank_account[routing_number]"));
    }
    let kind = sent["account_type"].as_str().unwrap_or("checking");
    Ok(account(text(sent, "account_number"), routing, text(sent, "account_holder_type"), kind))
}

fn account(number: &str, routing: &str, holder: &str, kind: &str) -> Value {
    json!({
        "account_holder_type": holder,
        "account_type": kind,
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": null,
        "fingerprint": fingerprint(number),
        "last4": last4(number),
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": routing,
        "status_details": {},
    })
}

pub fn sepa_debit(sent: &Value) -> Result<Value> {
    let iban: String = text(sent, "iban").chars().filter(|c| !c.is_whitespace()).collect();
    let country: String = iban.chars().take(2).collect();
    let valid = (15..=34).contains(&iban.len())
        && iban.bytes().all(|b| b.is_ascii_alphanumeric())
        && country.bytes().all(|b| b.is_ascii_uppercase());
    if !valid {
        return Err(ApiError::invalid(
            "An IBAN has a country's two capital letters and up to 32 more letters and digits.",
        )
        .code("invalid_bank_account_iban")
        .param("sepa_debit[iban]"));
    }
    Ok(json!({
        "bank_code": iban.get(4..12),
        "branch_code": "",
        "country": country,
        "fingerprint": fingerprint(&iban),
        "generated_from": {"charge": null, "setup_attempt": null},
        "last4": last4(&iban),
    }))
}

fn last4(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(4);
    number.chars().skip(skip).collect()
}
