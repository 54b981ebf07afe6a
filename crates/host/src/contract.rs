//! The contract's types, as generated from `wit/`, under one roof, and what Rust callers expect of them.

use std::fmt;

use crate::bindings::exports::connectors::stripe as exports;

pub use exports::actions::{AcceptedQuote, CapturePaymentIntentInput, ConfirmPaymentIntentInput, Outcome};
pub use exports::catalog::{ActionSummary, Description, EntitySummary, Operation};
pub use exports::connection::{State, Status};
pub use exports::entities::{BulkResult, Change, Order, Page, Plan, Query, Row, RowFailure, Selection};
pub use exports::types::{CallOptions, Effect, Failure, FailureKind, Json};

impl Default for CallOptions {
    /// Nothing said.
    fn default() -> Self {
        Self {
            account: None,
            idempotency_key: None,
            deadline_ms: None,
            expand: None,
            parents: None,
            parameters: None,
        }
    }
}

impl Query {
    /// Every object of `entity`, whole, in Stripe's own order.
    pub fn new(entity: impl Into<String>) -> Self {
        Self {
            entity: entity.into(),
            filter: None,
            order_by: None,
            columns: None,
            page_size: None,
            page_token: None,
            raw: None,
        }
    }
}

impl ConfirmPaymentIntentInput {
    /// Confirms the payment intent with what it has.
    pub fn new(payment_intent_id: impl Into<String>) -> Self {
        Self {
            payment_intent_id: payment_intent_id.into(),
            return_url: None,
            payment_method: None,
            receipt_email: None,
            setup_future_usage: None,
            off_session: None,
            capture_method: None,
            error_on_requires_action: None,
            mandate: None,
            more: None,
        }
    }
}

impl CapturePaymentIntentInput {
    /// Captures all that can be captured.
    pub fn new(payment_intent_id: impl Into<String>) -> Self {
        Self {
            payment_intent_id: payment_intent_id.into(),
            amount_to_capture: None,
            application_fee_amount: None,
            final_capture: None,
            metadata: None,
            statement_descriptor: None,
            more: None,
        }
    }
}

/// Gives an enum of the contract its name there, and prints it by it.
macro_rules! named {
    ($type:ident { $($case:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// The case as the contract spells it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$case => $name,)+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named!(FailureKind {
    InvalidInput => "invalid-input",
    NotFound => "not-found",
    Unauthenticated => "unauthenticated",
    PermissionDenied => "permission-denied",
    Conflict => "conflict",
    FailedPrecondition => "failed-precondition",
    PaymentDeclined => "payment-declined",
    Throttled => "throttled",
    RateLimited => "rate-limited",
    Unavailable => "unavailable",
    Timeout => "timeout",
    LimitExceeded => "limit-exceeded",
    Unsupported => "unsupported",
    Internal => "internal",
});

named!(Effect {
    None => "none",
    Unknown => "unknown",
    Partial => "partial",
});

named!(Operation {
    List => "list",
    Get => "get",
    Create => "create",
    Update => "update",
    Delete => "delete",
});

named!(State {
    Active => "active",
    Error => "error",
    AuthError => "auth-error",
});
