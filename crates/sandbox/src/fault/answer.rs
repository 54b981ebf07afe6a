//! Answers that a fault gives in Stripe's place.

use serde_json::json;

use super::Fault;
use crate::answer::Answer;
use crate::error::ApiError;

impl Fault {
    /// The answer in Stripe's place, if the fault gives one.
    pub fn answer(&self) -> Option<Answer> {
        let status = self.status?;
        let body = self.body.clone().unwrap_or_else(|| fitting(status));
        let mut answer = Answer::new(status, body);
        answer.headers.extend(self.reason.map(|reason| ("stripe-rate-limited-reason", reason.to_owned())));
        Some(answer)
    }
}

/// The body that Stripe has for such a status.
fn fitting(status: u16) -> String {
    let error = ApiError::invalid("The sandbox was told to answer this request so.").status(status);
    let error = match status {
        ..400 => return "{}".to_owned(),
        402 => error.with("type", json!("card_error")).code("card_declined"),
        404 => error.code("resource_missing"),
        409 => error.with("type", json!("idempotency_error")).code("idempotency_key_in_use"),
        429 => error.code("rate_limit"),
        500.. => error.with("type", json!("api_error")),
        _ => error,
    };
    error.body().to_string()
}
