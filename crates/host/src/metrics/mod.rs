//! What is counted and timed, in the text format of OpenMetrics, which Prometheus reads.
//!
//! All of it begins with `stripe_connector_` and has the label `connection`. A request's id at Stripe is no label, which
//! would be new with each request, but the exemplar of the status and of the bucket that it was counted in.
//!
//! | metric | type | labels | what it is |
//! | --- | --- | --- | --- |
//! | `calls_total` | counter | `operation`, `outcome` | calls: `ok`, the failure's kind, `partial` for a change of many objects that left some as they were, `host`, `closed`, or `abandoned` by the caller |
//! | `call_duration_seconds` | histogram | `operation` | from the call to its end, waiting included |
//! | `requests_total` | counter | `method`, `status` | requests to Stripe; the status is `none` where no answer came |
//! | `request_duration_seconds` | histogram | | from sending to the head of the answer, connecting included |
//! | `retries_total` | counter | | requests that are a second or later attempt |
//! | `throttled_total` | counter | | requests that the throttle refused |
//! | `rate_limited_total` | counter | | answers of Stripe's with the status 429 |
//! | `throttle_wait_seconds` | histogram | | how long a request waited for its place |
//! | `connections_opened_total` | counter | | connections that were opened |
//! | `calls_under_way` | gauge | | calls that have not ended, those included that wait for an instance |
//! | `waiting` | gauge | | requests whose place in the rate is still to come |
//! | `nodes` | gauge | | nodes of the throttle, where it has such |
//! | `connections` | gauge | | connections that are open |
//! | `instances` | gauge | `state` | instances of the component, `busy` or `idle` |
//! | `instance_memory_bytes` | gauge | | linear memory of the largest instance so far |

mod counts;
mod endpoint;
mod gauges;

use std::fmt;
use std::sync::{Arc, Weak};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

pub(crate) use counts::{Counts, Outcome};
pub(crate) use gauges::{Gauges, Observed};

use counts::Families;
use gauges::All;

/// What the name of each metric begins with.
const PREFIX: &str = "stripe_connector";

/// The metrics of one connection, or of all that are built with the same: cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    families: Families,
    observed: All,
}

impl Metrics {
    /// Of no connection yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let families = Families::registered(&mut registry);
        let observed = All::default();
        registry.register_collector(Box::new(observed.clone()));
        Self(Arc::new(Inner { registry, families, observed }))
    }

    /// What they are now, in the text format of OpenMetrics 1.0.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text fails where one of the values does, and none of these does.
        if encode(&mut text, &self.0.registry).is_err() {
            tracing::error!(target: "stripe_connector::host", "the metrics cannot be written as text");
        }
        text
    }

    /// Where what a connection does is counted.
    pub(crate) fn counts(&self, connection: &str) -> Counts {
        self.0.families.of(connection)
    }

    /// Has the gauges of a connection shown for as long as somebody else has it.
    pub(crate) fn observe(&self, connection: &str, observed: Weak<dyn Observed>) {
        self.0.observed.add(connection, observed);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
