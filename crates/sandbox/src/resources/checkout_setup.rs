//! The setup intent of a checkout session that saves a method without charging it.

use serde_json::{Map, Value, json};

use super::checkout_session::data;
use super::setup_confirm::{cancel_setup, confirm_setup};
use super::{setup_intent, text};
use crate::account::Account;
use crate::error::Result;
use crate::params::Params;

/// Makes the setup intent of a new session, which is stored, and names it there.
pub fn open(account: &mut Account, session: &mut Value) -> Result<()> {
    let mut sent = Map::new();
    for (name, value) in data(account, session) {
        if matches!(name.as_str(), "description" | "metadata") {
            sent.insert(name, value);
        }
    }
    for name in ["customer", "payment_method_types"] {
        sent.insert(name.to_owned(), session[name].clone());
    }
    session["setup_intent"] = setup_intent::make(account, &Params(sent))?["id"].clone();
    Ok(())
}

/// The customer typed a card in: it is saved.
pub fn complete(account: &mut Account, session: &Value, card: &str) -> Result<()> {
    let Some(mut intent) = of(account, session) else {
        return Ok(());
    };
    intent["customer"] = session["customer"].clone();
    let sent = Map::from_iter([("payment_method".to_owned(), json!(card))]);
    confirm_setup(account, intent, &Params(sent)).map(|_| ())
}

/// Nobody typed anything in, and nobody will.
pub fn abandon(account: &mut Account, session: &Value) -> Result<()> {
    match of(account, session) {
        Some(intent) => cancel_setup(account, intent, json!("abandoned")).map(|_| ()),
        None => Ok(()),
    }
}

fn of(account: &Account, session: &Value) -> Option<Value> {
    account.store.get("setup_intent", text(session, "setup_intent"))
}
