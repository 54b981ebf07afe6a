//! Building a connection to Stripe.

use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::connection::{self, Config};
use crate::error::BuildError;
use crate::instances::Instances;
use crate::metrics::{Metrics, Observed};
use crate::network::{Network, Parts, ProxySettings};
use crate::runtime::Runtime;
use crate::secrets::{EnvSecrets, Secrets};
use crate::service::Service;
use crate::state::Connection;
use crate::throttle::{SlidingWindow, Throttle};

const DEFAULT_MAX_INSTANCES: usize = 32;
/// Room for an answer of the default `max_response_bytes`, the rows made of it, and their growth.
const DEFAULT_MEMORY_LIMIT: usize = 128 << 20;
/// Many times what an order of the ten thousand objects of a default `max_scan` takes.
const DEFAULT_COMPUTE_LIMIT: Duration = Duration::from_secs(30);
/// As many as all instances have requests in flight, with the default `max_in_flight`.
const DEFAULT_MAX_CONNECTIONS: usize = 8 * DEFAULT_MAX_INSTANCES;

/// What a connection without a name is called in its metrics.
const UNNAMED: &str = "unnamed";

/// When an instance of the component is used again for another call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Never: every call has its own, and nothing of one call is there in the next.
    Never,
    /// Until it has served so many calls or grown beyond so many bytes of memory.
    Until {
        /// Calls that one instance serves at most.
        calls: u32,
        /// Bytes of linear memory beyond which it is replaced after the call.
        memory: usize,
    },
}

impl Default for Reuse {
    /// 1,000 calls, 4 MiB.
    fn default() -> Self {
        Self::Until { calls: 1000, memory: 4 << 20 }
    }
}

/// A connection to Stripe: the component, with one set of settings, secrets and limits. Cheap to clone and safe to
/// share; calls run side by side, each in an instance of its own.
#[derive(Clone)]
pub struct Connector {
    pub(crate) instances: Arc<Instances>,
    metrics: Metrics,
}

impl Connector {
    /// A connection to Stripe itself with the key from the environment, unless the builder is told otherwise.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Lets the calls that were made so far come to their end, and refuses further ones with
    /// [`CallError::Closed`](crate::CallError::Closed). It goes for all clones.
    pub async fn close(&self) {
        self.instances.close().await;
    }

    /// What it counts and times.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Bytes of linear memory that the largest instance of this connection had at the end of a call.
    pub fn memory(&self) -> usize {
        self.instances.memory.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// What a [`Connector`] is made of.
pub struct Builder {
    component: Source,
    settings: Vec<(String, String)>,
    secrets: Arc<dyn Secrets>,
    throttle: Arc<dyn Throttle>,
    proxy: Option<ProxySettings>,
    reuse: Reuse,
    max_instances: usize,
    memory_limit: usize,
    compute_limit: Duration,
    extra_roots: Vec<Vec<u8>>,
    max_connections: usize,
    metrics: Metrics,
    name: Option<String>,
}

enum Source {
    Embedded,
    Bytes(Vec<u8>),
    Compiled(Runtime),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            component: Source::Embedded,
            settings: Vec::new(),
            secrets: Arc::new(EnvSecrets),
            throttle: Arc::new(SlidingWindow::default()),
            proxy: None,
            reuse: Reuse::default(),
            max_instances: DEFAULT_MAX_INSTANCES,
            memory_limit: DEFAULT_MEMORY_LIMIT,
            compute_limit: DEFAULT_COMPUTE_LIMIT,
            extra_roots: Vec::new(),
            max_connections: DEFAULT_MAX_CONNECTIONS,
            metrics: Metrics::new(),
            name: None,
        }
    }
}

impl Builder {
    /// Another component than the embedded one. It is compiled for this connector alone; to share it, see
    /// [`runtime`](Self::runtime).
    #[must_use]
    pub fn component(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.component = Source::Bytes(bytes.into());
        self
    }

    /// A component that is compiled already.
    #[must_use]
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.component = Source::Compiled(runtime);
        self
    }

    /// The component's settings by name, such as `("account_id", "acct_1")`. It checks them itself, at the first call.
    #[must_use]
    pub fn settings(mut self, settings: impl IntoIterator<Item = (String, String)>) -> Self {
        self.settings = settings.into_iter().collect();
        self
    }

    /// All that a connection is set to: the component's settings, the proxy, whom to trust, where secrets are, how fast it
    /// may go.
    ///
    /// # Errors
    /// [`BuildError::Connection`], with all that is wrong.
    pub fn connection(mut self, config: &Config) -> Result<Self, BuildError> {
        self.throttle = config.throttle()?;
        self.proxy = config.proxy()?;
        self.extra_roots.extend(config.extra_roots()?);
        if self.name.is_none() {
            self.name = config.get("name").map(str::to_owned);
        }
        Ok(self.settings(config.for_component()).secrets(config.secrets()))
    }

    /// The proxy that all requests go through; none when not said.
    #[must_use]
    pub fn proxy(mut self, proxy: ProxySettings) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Where the API key comes from; the environment ([`EnvSecrets`]) when not said.
    #[must_use]
    pub fn secrets(mut self, secrets: impl Secrets + 'static) -> Self {
        self.secrets = Arc::new(secrets);
        self
    }

    /// How fast the connection may go; 2 to 50 nodes' worth, by need ([`SlidingWindow`]), when not said.
    #[must_use]
    pub fn throttle(mut self, throttle: impl Throttle + 'static) -> Self {
        self.throttle = Arc::new(throttle);
        self
    }

    /// Whether instances serve more than one call.
    #[must_use]
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
    }

    /// Calls that run at once, 32 when not said, at least 1; further ones wait.
    #[must_use]
    pub fn max_instances(mut self, max_instances: usize) -> Self {
        self.max_instances = max_instances.max(1);
        self
    }

    /// Bytes of memory that an instance may have, 128 MiB when not said. A call that needs more breaks off.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// For how long one call may compute, 30 seconds when not said; what it waits for Stripe does not count. A call that
    /// goes on breaks off.
    #[must_use]
    pub fn compute_limit(mut self, limit: Duration) -> Self {
        self.compute_limit = limit;
        self
    }

    /// Certificates, as PEM, that servers and proxies may be vouched for by, beside those that this machine trusts. May be
    /// called more than once.
    #[must_use]
    pub fn extra_roots(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.extra_roots.push(pem.into());
        self
    }

    /// Connections to one origin at once, 256 when not said, at least 1; a request that needs a further one waits for as
    /// long as it may wait for a connection. With HTTP/2 one is enough for all.
    #[must_use]
    pub fn max_connections(mut self, max_connections: usize) -> Self {
        self.max_connections = max_connections;
        self
    }

    /// Has the connection counted among others, under a name that stands in all its metrics as the label `connection`. When
    /// not said it has [`Metrics`] of its own, under the name that [`connection`](Self::connection) gives it. What is counted
    /// under a name stays, so names are to be few.
    #[must_use]
    pub fn metrics(mut self, metrics: &Metrics, name: impl Into<String>) -> Self {
        self.metrics = metrics.clone();
        self.name = Some(name.into());
        self
    }

    /// The connector. Nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`], as its cases say.
    pub fn build(mut self) -> Result<Connector, BuildError> {
        let component = std::mem::replace(&mut self.component, Source::Embedded);
        let runtime = match component {
            Source::Embedded => Runtime::embedded()?,
            Source::Bytes(bytes) => Runtime::new(&bytes)?,
            Source::Compiled(runtime) => runtime,
        };
        let (reuse, max_instances, metrics) = (self.reuse, self.max_instances, self.metrics.clone());
        let (name, connection) = self.connected(false)?;
        let instances = Arc::new(Instances::new(runtime, connection, reuse, max_instances));
        let observed: Weak<dyn Observed> = Arc::<Instances>::downgrade(&instances);
        metrics.observe(&name, observed);
        Ok(Connector { instances, metrics })
    }

    /// The connector behind HTTP. Its component is kept below the directory, if one is named, as [`Runtime::cached`] does it;
    /// which component the builder has and whether instances are used again does not matter. Nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`], as its cases say.
    pub fn build_service(self, directory: Option<&Path>) -> Result<Service, BuildError> {
        let (max_instances, metrics) = (self.max_instances, self.metrics.clone());
        let (name, connection) = self.connected(true)?;
        Service::new(connection, metrics, &name, max_instances, directory)
    }

    /// What all instances share, and its name.
    fn connected(self, service: bool) -> Result<(String, Connection), BuildError> {
        let name = self.name.unwrap_or_else(|| UNNAMED.to_owned());
        let counts = Arc::new(self.metrics.counts(&name));
        let mut mistakes = connection::misplaced(&self.settings);
        let network = Network::new(&Parts {
            settings: &self.settings,
            secrets: &self.secrets,
            proxy: self.proxy.as_ref(),
            extra_roots: &self.extra_roots,
            max_connections: self.max_connections,
            counts: &counts,
        });
        let network = network.map_err(|more| mistakes.extend(more)).ok();
        let Some(network) = network.filter(|_| mistakes.is_empty()) else {
            return Err(BuildError::Connection(mistakes));
        };
        let connection = Connection {
            network: Arc::new(network),
            settings: self.settings,
            secrets: self.secrets,
            throttle: self.throttle,
            memory_limit: self.memory_limit,
            compute_limit: self.compute_limit,
            counts,
            service,
        };
        Ok((name, connection))
    }
}
