//! The account's money: what charges brought in.

use serde_json::Value;

use crate::account::Account;
use crate::error::Result;
use crate::route::{Call, Route, get};

pub const ROUTES: &[Route] = &[get("/v1/balance", "balance", retrieve)];

fn retrieve(account: &mut Account, _call: &Call) -> Result<Value> {
    Ok(account.balance())
}
