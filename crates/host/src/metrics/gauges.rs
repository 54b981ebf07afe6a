//! What is looked at when somebody asks.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// How a connection is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gauges {
    pub(crate) waiting: usize,
    /// None where the throttle has no nodes.
    pub(crate) nodes: Option<u32>,
    pub(crate) connections: usize,
    pub(crate) busy: usize,
    pub(crate) idle: usize,
    pub(crate) memory: usize,
}

/// A connection that can be looked at.
pub(crate) trait Observed: Send + Sync {
    fn gauges(&self) -> Gauges;
}

type Named = (String, Weak<dyn Observed>);

/// All connections, by name.
#[derive(Clone, Default)]
pub(super) struct All(Arc<Mutex<Vec<Named>>>);

impl All {
    pub(super) fn add(&self, connection: &str, observed: Weak<dyn Observed>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, observed)| observed.strong_count() > 0);
        all.push((connection.to_owned(), observed));
    }

    /// Several of one name are shown as one.
    fn now(&self) -> Vec<(String, Gauges)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut shown: Vec<(String, Gauges)> = Vec::new();
        for (name, observed) in all {
            let Some(observed) = observed.upgrade() else { continue };
            let gauges = observed.gauges();
            match shown.iter_mut().find(|(known, _)| *known == name) {
                None => shown.push((name, gauges)),
                Some((_, sum)) => *sum = sum.with(gauges),
            }
        }
        shown
    }
}

impl Gauges {
    fn with(self, other: Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            nodes: self.nodes.max(other.nodes),
            connections: self.connections + other.connections,
            busy: self.busy + other.busy,
            idle: self.idle + other.idle,
            memory: self.memory.max(other.memory),
        }
    }
}

impl std::fmt::Debug for All {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("All").finish_non_exhaustive()
    }
}

impl Collector for All {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let now = self.now();
        type Value = fn(&Gauges) -> Option<usize>;
        let plain: [(&str, &str, Value); 4] = [
            ("waiting", "Requests whose place in the rate is still to come", |now| Some(now.waiting)),
            ("nodes", "Nodes of the throttle", |now| now.nodes.map(|nodes| nodes as usize)),
            ("connections", "Connections that are open", |now| Some(now.connections)),
            ("instance_memory_bytes", "Linear memory of the largest instance so far", |now| Some(now.memory)),
        ];
        for (name, help, value) in plain {
            let mut descriptor = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (connection, now) in &now {
                if let Some(value) = value(now) {
                    let labels = [("connection", connection.as_str())];
                    gauge(value).encode(descriptor.encode_family(&labels)?)?;
                }
            }
        }
        let help = "Instances of the component";
        let mut descriptor = encoder.encode_descriptor("instances", help, None, MetricType::Gauge)?;
        for (connection, now) in &now {
            for (state, value) in [("busy", now.busy), ("idle", now.idle)] {
                let labels = [("connection", connection.as_str()), ("state", state)];
                gauge(value).encode(descriptor.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn gauge(value: usize) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
}
