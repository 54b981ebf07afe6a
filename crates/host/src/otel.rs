//! Traces for an OpenTelemetry collector, over OTLP (HTTP with protobuf).
//!
//! A call is a span with its operation, the entity or action, the outcome and the effect; each request to Stripe is a span
//! in it, with method, host, status and Stripe's id of the request. They are spans of `tracing` with the target
//! `stripe_connector::span`, so a program that has a subscriber of its own for OpenTelemetry needs nothing of this module.
//!
//! ```no_run
//! use stripe_connector_host::otel::Traces;
//! use tracing_subscriber::layer::SubscriberExt;
//! use tracing_subscriber::util::SubscriberInitExt;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let traces = Traces::from_environment()?;
//! tracing_subscriber::registry().with(traces.as_ref().map(Traces::layer)).init();
//! // The calls.
//! if let Some(traces) = traces {
//!     traces.close().await?;
//! }
//! # Ok(())
//! # }
//! ```

use std::env;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use crate::call::SPANS;
use crate::network::Connect;

/// What OpenTelemetry's specification has by default.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What is spoken with collectors.
const PROTOCOL: &str = "http/protobuf";

/// A collector answers with next to nothing.
const LONGEST_ANSWER: usize = 1 << 20;

/// The name of this program in traces, unless `OTEL_SERVICE_NAME` says another.
const SERVICE: &str = "stripe-connector";

/// The way of spans to a collector.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// As the environment says, by OpenTelemetry's names; none where it names no collector, in
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT`, or turns traces off. Nothing is sent yet. What
    /// is sent later goes over the Tokio runtime in which this is called.
    ///
    /// # Errors
    /// What is wrong with the environment, or that there is no such runtime.
    pub fn from_environment() -> Result<Option<Self>, String> {
        let said = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let is_off = said("OTEL_SDK_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"))
            || said("OTEL_TRACES_EXPORTER").is_some_and(|exporter| exporter == "none");
        let endpoint =
            said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| said("OTEL_EXPORTER_OTLP_ENDPOINT"));
        if is_off || endpoint.is_none() {
            return Ok(None);
        }
        let protocol =
            said("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL").or_else(|| said("OTEL_EXPORTER_OTLP_PROTOCOL"));
        if protocol.is_some_and(|protocol| protocol != PROTOCOL) {
            return Err(format!("OTEL_EXPORTER_OTLP_PROTOCOL names another protocol than {PROTOCOL}"));
        }
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        let connect = Connect::plain().map_err(|mistakes| mistakes.join("; "))?;
        let collector = Collector {
            client: Client::builder(TokioExecutor::new()).build(connect),
            runtime,
            failing: AtomicBool::new(false),
        };
        let exporter = SpanExporter::builder().with_http().with_http_client(collector).build();
        let exporter = exporter.map_err(|error| format!("traces cannot be sent: {error}"))?;
        let mut resource = Resource::builder();
        if said("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE);
        }
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter);
        Ok(Some(Self(provider.with_resource(resource.build()).build())))
    }

    /// What hands the connector's spans, and no others, to the collector.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.0.tracer(SERVICE);
        let own = Targets::new().with_target(SPANS, LevelFilter::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_filter(own)
    }

    /// Sends what is left.
    ///
    /// # Errors
    /// Why it could not be sent.
    pub async fn close(self) -> Result<(), String> {
        let closing = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(TIME_LIMIT));
        let closed = closing.await.map_err(|error| error.to_string())?;
        closed.map_err(|error| error.to_string())
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").finish_non_exhaustive()
    }
}

/// The collector, from a thread that is not Tokio's.
struct Collector {
    client: Client<Connect, Full<Bytes>>,
    runtime: Handle,
    /// Since the last success.
    failing: AtomicBool,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

impl Collector {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = async move {
            let response = client.request(request.map(Full::new)).await?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        // A timer is made where there is a clock: in the runtime.
        let limited = self.runtime.spawn(async move { tokio::time::timeout(TIME_LIMIT, exchange).await });
        limited.await??
    }

    /// Tells of a failure when it is the first in a row. The exporter itself keeps it to itself.
    fn tell(&self, why: &str) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "stripe_connector::host", "the traces cannot be sent: {why}");
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.exchange(request).await;
        match &answer {
            Ok(response) if response.status().is_success() => self.failing.store(false, Ordering::Relaxed),
            Ok(response) => self.tell(&format!("the collector answers {}", response.status())),
            Err(error) => self.tell(&chain(error.as_ref())),
        }
        answer
    }
}

/// An error and what brought it about.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
