//! One call as metrics and traces see it.

use std::sync::Arc;
use std::time::Instant;

use tracing::Span;
use tracing::field::{Empty, display};

use crate::contract::{
    self, AcceptedQuote, ActionSummary, BulkResult, Change, Description, EntitySummary, Failure, Page, Plan,
    Row, Status,
};
use crate::error::CallError;
use crate::instances::Instances;
use crate::metrics::{Counts, Outcome};

/// The spans of calls and requests. They tell no more of what callers and Stripe say than names, statuses and ids.
pub(crate) const SPANS: &str = "stripe_connector::span";

/// Names of entities and actions are short and plain. What else a caller gives in their place is not repeated.
const LONGEST_NAME: usize = 64;

/// Begins when it is made, ends with its answer or when it is dropped.
pub(crate) struct Call {
    counts: Arc<Counts>,
    operation: &'static str,
    begun: Instant,
    span: Span,
    outcome: Outcome,
}

impl Call {
    /// `function` is the binding's name of the exported function.
    pub(crate) fn begin(instances: &Instances, function: &'static str, target: &str) -> Self {
        let operation = function.strip_prefix("call_").unwrap_or(function);
        let span = tracing::info_span!(
            target: SPANS,
            "call",
            otel.name = format_args!("{operation} {}", plain(target)).to_string().trim_end(),
            stripe.operation = operation,
            stripe.target = plain(target),
            stripe.outcome = Empty,
            stripe.effect = Empty,
            stripe.request_id = Empty,
            otel.status_code = Empty,
        );
        let counts = Arc::clone(instances.counts());
        counts.call_begins();
        Self { counts, operation, begun: Instant::now(), span, outcome: Outcome::Abandoned }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn end<T: Answer>(mut self, answer: Result<T, CallError>) -> Result<T, CallError> {
        self.outcome = match &answer {
            Ok(answer) => answer.outcome(&self.span),
            Err(CallError::Closed) => Outcome::Closed,
            Err(CallError::Failure(_) | CallError::Host(_)) => Outcome::Host,
        };
        answer
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.outcome != Outcome::Ok {
            self.span.record("otel.status_code", "ERROR");
        }
        self.span.record("stripe.outcome", self.outcome.name());
        self.counts.call_ends(self.operation, self.outcome, self.begun.elapsed());
    }
}

/// What a function of the component answers.
pub(crate) trait Answer {
    /// How the call ended, of which more is told to its span.
    fn outcome(&self, span: &Span) -> Outcome;
}

impl Answer for Failure {
    fn outcome(&self, span: &Span) -> Outcome {
        span.record("stripe.effect", self.effect.name());
        if let Some(id) = &self.request_id {
            span.record("stripe.request_id", display(id));
        }
        Outcome::Failure(self.kind)
    }
}

impl<T: Answer> Answer for Result<T, Failure> {
    fn outcome(&self, span: &Span) -> Outcome {
        match self {
            Ok(answer) => answer.outcome(span),
            Err(failure) => failure.outcome(span),
        }
    }
}

impl Answer for Status {
    fn outcome(&self, span: &Span) -> Outcome {
        self.failure.as_ref().map_or(Outcome::Ok, |failure| failure.outcome(span))
    }
}

impl Answer for BulkResult {
    fn outcome(&self, span: &Span) -> Outcome {
        if self.failures.is_empty() && self.not_attempted.is_empty() {
            return Outcome::Ok;
        }
        span.record("stripe.effect", self.effect.name());
        Outcome::Partial
    }
}

/// Answers that say nothing of failing.
macro_rules! is_whole {
    ($($type:ty),+) => {
        $(impl Answer for $type {
            fn outcome(&self, _span: &Span) -> Outcome {
                Outcome::Ok
            }
        })+
    };
}

is_whole!(Page, Plan, Row, Change, contract::Outcome, AcceptedQuote, Description);
is_whole!(Vec<EntitySummary>, Vec<ActionSummary>);

fn plain(name: &str) -> &str {
    let is_plain = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { name } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_not_repeated() {
        assert_eq!(plain("PaymentIntent"), "PaymentIntent");
        assert_eq!(["sk_test_1", "jenny@example.com", "a b", &"a".repeat(65)].map(plain), [""; 4]);
    }
}
