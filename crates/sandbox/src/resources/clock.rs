//! What happens by itself as time passes.

use super::{checkout_session, quote_states, subscription_clock};
use crate::account::Account;

/// Does all that was due until the account's present instant.
pub fn advance(account: &mut Account) {
    subscription_clock::advance(account);
    checkout_session::advance(account);
    quote_states::advance(account);
}
