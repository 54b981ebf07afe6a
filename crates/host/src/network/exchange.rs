//! One request as metrics and traces see it.

use std::sync::Arc;
use std::time::Instant;

use http::{Method, Response};
use tracing::Span;
use tracing::field::display;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::metrics::Counts;

/// The header in which Stripe names a request.
const REQUEST_ID: &str = "request-id";

/// Begins when it is made, ends with the head of the answer, or when it is dropped: the component gives up a request that
/// takes too long, and with it the future that sends it.
pub(super) struct Exchange {
    method: Method,
    begun: Instant,
    span: Span,
    counts: Arc<Counts>,
    ended: bool,
}

impl Exchange {
    /// Within the request's span.
    pub(super) fn begin(method: Method, counts: Arc<Counts>) -> Self {
        Self { method, begun: Instant::now(), span: Span::current(), counts, ended: false }
    }

    pub(super) fn end(mut self, answer: &Result<Response<WasiBody>, Error>) {
        self.ended = true;
        match answer {
            Ok(response) => {
                let status = response.status().as_u16();
                let id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
                // Collectors are given a u16 as text.
                self.span.record("http.response.status_code", i64::from(status));
                if let Some(id) = id {
                    self.span.record("stripe.request_id", id);
                }
                if status >= 400 {
                    self.span.record("otel.status_code", "ERROR");
                }
                self.count(Some(status), id);
            }
            Err(error) => {
                self.failed(&display(error));
                self.count(None, None);
            }
        }
    }

    fn failed(&self, what: &dyn tracing::Value) {
        self.span.record("error.type", what);
        self.span.record("otel.status_code", "ERROR");
    }

    fn count(&self, status: Option<u16>, id: Option<&str>) {
        self.counts.request(&self.method, status, id, self.begun.elapsed());
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.ended {
            self.failed(&"given up");
            self.count(None, None);
        }
    }
}
