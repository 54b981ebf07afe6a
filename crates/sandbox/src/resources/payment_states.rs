//! The states of a payment intent and the ways between them.

use serde_json::{Value, json};

use super::text;
use crate::error::{ApiError, Result};

/// From each status those that a payment intent can have next.
const TRANSITIONS: &[(&str, &[&str])] = &[
    (
        "requires_payment_method",
        &[
            "requires_confirmation", "requires_action", "processing", "requires_capture", "succeeded",
            "canceled",
        ],
    ),
    (
        "requires_confirmation",
        &[
            "requires_payment_method", "requires_action", "processing", "requires_capture", "succeeded",
            "canceled",
        ],
    ),
    (
        "requires_action",
        &[
            "requires_payment_method", "requires_confirmation", "processing", "requires_capture",
            "succeeded", "canceled",
        ],
    ),
    ("processing", &["requires_payment_method", "succeeded"]),
    ("requires_capture", &["succeeded", "canceled"]),
    ("succeeded", &[]),
    ("canceled", &[]),
];

/// In these an intent can be confirmed and changed.
const OPEN: &[&str] = &["requires_payment_method", "requires_confirmation", "requires_action"];

pub fn is_open(intent: &Value) -> bool {
    OPEN.contains(&text(intent, "status"))
}

/// Brings an intent into a status.
pub fn enter(intent: &mut Value, status: &str) {
    let from = text(intent, "status");
    let ways = TRANSITIONS.iter().find(|(known, _)| *known == from);
    debug_assert!(
        from == status || ways.is_none_or(|(_, next)| next.contains(&status)),
        "no payment intent goes from {from} to {status}"
    );
    intent["status"] = json!(status);
}

/// Checks that an intent's status lets a step be taken; `step` says which, such as `captured`.
pub fn check_status(intent: &Value, step: &str, allowed: &[&str]) -> Result<()> {
    let status = text(intent, "status");
    if allowed.contains(&status) {
        return Ok(());
    }
    let message = format!(
        "This PaymentIntent could not be {step} because it has a status of {status}. Only one with a status \
         of {} can be.",
        allowed.join(", ")
    );
    Err(unexpected_state(intent, message))
}

pub fn check_confirmable(intent: &Value) -> Result<()> {
    check_status(intent, "confirmed", OPEN)
}

/// The refusal of a step that the intent's state does not allow; it carries the intent.
pub fn unexpected_state(intent: &Value, message: String) -> ApiError {
    ApiError::invalid(message).code("payment_intent_unexpected_state").with("payment_intent", intent.clone())
}
