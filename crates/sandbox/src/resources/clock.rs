//! What happens by itself as time passes: money becomes available, authorizations end, subscriptions
//! renew, quotes and checkout sessions expire.

use serde_json::Value;

use super::{
    balance, charge_routes, checkout_session, invoice_pay, payment_capture, payment_confirm, quote_states,
    refund, subscription_clock, subscription_states, text,
};
use crate::account::{Account, Origin};

/// Does all that was due until the account's present instant, in the order in which it was due.
pub fn pass_time(account: &mut Account) {
    let now = account.now();
    while let Some((due, id)) = account.schedule.next_due(now) {
        // What fails is not tried again.
        account.schedule.commit();
        if let Some(object) = account.store.find(&id) {
            account.at(due, |account| {
                happen(account, object);
                account.commit(&Origin::default());
            });
        }
    }
}

/// An object's time has come, unless it has moved on since that was foreseen.
fn happen(account: &mut Account, object: Value) {
    match (text(&object, "object"), text(&object, "status")) {
        ("balance_transaction", _) => balance::ripen(account, object),
        ("refund", "pending" | "succeeded") => refund::settle(account, object),
        ("charge", _) => charge_routes::expire(account, object),
        ("payment_intent", "requires_capture") => payment_capture::expire(account, object),
        ("payment_intent", "processing") => payment_confirm::settle(account, object),
        ("invoice", "draft" | "open") => invoice_pay::advance(account, object),
        ("subscription", _) => subscription_clock::tick(account, object),
        ("checkout.session", "open") => checkout_session::run_out(account, object),
        ("quote", "draft" | "open") => quote_states::run_out(account, object),
        _ => {}
    }
}

/// When something is to be done about an object that was changed, and about which one: a
/// subscription goes by its latest invoice too.
pub fn foresee(account: &Account, object: &Value) -> Option<(i64, String)> {
    match text(object, "object") {
        "subscription" => subscription_clock::next(account, object),
        "invoice" => match account.store.get("subscription", subscription_states::id_of(object)) {
            Some(subscription) => return foresee(account, &subscription),
            None => invoice_pay::next_advance(object),
        },
        "checkout.session" if object["status"] == "open" => object["expires_at"].as_i64(),
        "quote" if matches!(text(object, "status"), "draft" | "open") => object["expires_at"].as_i64(),
        _ => None,
    }
    .map(|due| (due, text(object, "id").to_owned()))
}
