//! What one instance of the component has on the host's side: its connection, and the contract's imports over it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{HasData, HasSelf, Linker, Resource, ResourceTable};
use wasmtime::{ResourceLimiter, StoreContextMut, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::p2::bindings::io::poll::Host as _;
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtx, WasiHttpCtxView};

use crate::bindings::connectors::stripe::{log, secrets, settings, throttle};
use crate::metrics::Counts;
use crate::network::{Network, Outgoing};
use crate::outgoing::{self, Requests};
use crate::secrets::{DEFAULT_SECRET, DEFAULT_TOKEN_SECRET, LATEST, SecretError, Secrets};
use crate::throttle::{Admission, Lane, Throttle};

/// The status with which Stripe says that there were too many requests.
const TOO_MANY_REQUESTS: u16 = 429;

/// What all instances of a connection share.
pub(crate) struct Connection {
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) throttle: Arc<dyn Throttle>,
    pub(crate) memory_limit: usize,
    /// For how long one call may compute.
    pub(crate) compute_limit: Duration,
    pub(crate) network: Arc<Network>,
    pub(crate) counts: Arc<Counts>,
    /// It is behind HTTP, and its callers show a token.
    pub(crate) service: bool,
}

/// The data of an instance's store.
pub(crate) struct State {
    pub(crate) connection: Arc<Connection>,
    /// For how long the call has computed, in whole ticks.
    pub(crate) computed: Duration,
    /// What the instance has handles of.
    pub(crate) table: ResourceTable,
    /// Whoever calls the instance drives them.
    pub(crate) requests: Requests,
    http: WasiHttpCtx,
    outgoing: Outgoing,
    clocks: WasiClocksCtx,
    random: WasiRandomCtx,
    /// What the service's language needs. It is empty: no arguments, no environment, no streams.
    wasi: Option<WasiCtx>,
    pub(crate) limits: Limits,
}

impl State {
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self {
            table: ResourceTable::new(),
            requests: Requests::default(),
            http: WasiHttpCtx::new(),
            outgoing: Outgoing(Arc::clone(&connection.network)),
            clocks: WasiClocksCtx::default(),
            random: WasiRandomCtx::default(),
            wasi: None,
            limits: Limits::new(connection.memory_limit),
            computed: Duration::ZERO,
            connection,
        }
    }

    pub(crate) fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }

    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView { ctx: &mut self.clocks, table: &mut self.table }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| WasiCtx::builder().build());
        WasiCtxView { ctx, table: &mut self.table }
    }
}

struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

/// Lends what the contract's world imports, interface by interface. The bundles of wasmtime-wasi would add files,
/// sockets, the environment and standard output, so a component that asks for one of those is refused here.
pub(crate) fn lend(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    secrets::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    throttle::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    settings::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    log::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;

    wasi::io::error::add_to_linker::<_, Table>(linker, |state| &mut state.table)?;
    wasi::io::poll::add_to_linker::<_, Table>(linker, |state| &mut state.table)?;
    wasi::io::streams::add_to_linker::<_, Table>(linker, |state| &mut state.table)?;
    wasi::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    wasi::random::random::add_to_linker::<_, WasiRandom>(linker, |state| &mut state.random)?;
    http::types::add_to_linker::<_, WasiHttp>(linker, &Default::default(), State::http)?;
    outgoing::lend(linker)?;
    wait(linker)
}

/// Lends the service what its language asks for, all of it empty, and what the connector in it is lent. Neither files nor
/// sockets are there.
pub(crate) fn lend_service(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(linker)?;
    wasi::cli::environment::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::exit::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_input::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_output::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, |state| &mut state.random)?;
    lend(linker)
}

/// `wasi:io/poll` as wasmtime has it, by which a component waits: what it computes afterwards is counted anew, or every
/// answer that took long would count as a tick.
fn wait(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Pollables = Vec<Resource<DynPollable>>;
    linker.allow_shadowing(true);
    let mut poll = linker.instance("wasi:io/poll@0.2.12")?;
    poll.func_wrap_async("poll", |mut store: StoreContextMut<State>, (pollables,): (Pollables,)| {
        Box::new(async move {
            let ready = store.data_mut().table.poll(pollables).await?;
            store.set_epoch_deadline(1);
            Ok((ready,))
        })
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

impl secrets::Host for State {
    async fn get(&mut self, reference: secrets::Reference) -> Result<Vec<u8>, secrets::SecretError> {
        if !is_own(&self.connection.settings, self.connection.service, &reference) {
            tracing::error!(
                target: "stripe_connector::host",
                "refused: the component may have the secrets that the connection's settings name, and no others"
            );
            return Err(secrets::SecretError::Denied);
        }
        let found = self.connection.secrets.get(&reference.name, &reference.version).await;
        found.map(|secret| secret.expose().to_vec()).map_err(|error| match error {
            SecretError::NotFound => secrets::SecretError::NotFound,
            SecretError::Denied => secrets::SecretError::Denied,
            SecretError::Unavailable(why) => secrets::SecretError::Unavailable(why),
        })
    }
}

/// Whether it is a secret that the settings name: the key, or the token of the service's callers. A store may hold others: the environment is one, and the component
/// has no other way into it.
fn is_own(settings: &[(String, String)], service: bool, reference: &secrets::Reference) -> bool {
    let said = |name: &str| settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let named = |name: &str, default: &str| {
        let version = format!("{name}_version");
        reference.name == said(name).unwrap_or(default)
            && reference.version == said(&version).unwrap_or(LATEST)
    };
    named("api_key_secret", DEFAULT_SECRET) || service && named("service_token_secret", DEFAULT_TOKEN_SECRET)
}

impl throttle::Host for State {
    async fn admit(&mut self, lane: throttle::Lane, patience_ms: u32) -> throttle::Admission {
        let (begun, attempt) = (Instant::now(), lane.attempt);
        let patience = Duration::from_millis(patience_ms.into());
        let Connection { throttle, counts, .. } = self.connection.as_ref();
        match throttle.admit(&lane.into(), patience).await {
            Admission::After(wait) => {
                counts.admitted(attempt, begun.elapsed(), wait);
                throttle::Admission::After(millis(wait))
            }
            Admission::Refused(wait) => {
                counts.refused();
                throttle::Admission::Refused(millis(wait))
            }
        }
    }

    async fn observe(&mut self, lane: throttle::Lane, status: Option<u16>, retry_after_ms: Option<u32>) {
        let retry_after = retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
        if status == Some(TOO_MANY_REQUESTS) {
            self.connection.counts.rate_limited();
        }
        self.connection.throttle.observe(&lane.into(), status, retry_after).await;
    }
}

impl settings::Host for State {
    async fn all(&mut self) -> Vec<(String, String)> {
        self.connection.settings.clone()
    }
}

impl From<throttle::Lane> for Lane {
    fn from(lane: throttle::Lane) -> Self {
        Self { account: lane.account, target: lane.target, write: lane.write, attempt: lane.attempt }
    }
}

/// Rounded up: sooner than the place that is reserved would be too soon.
fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(u32::MAX)
}

/// Functions that a component may have in a table: many times what the connector has.
const MAX_TABLE: usize = 10_000;

/// Keeps an instance's memory within its limit, and knows how large it became.
pub(crate) struct Limits {
    limits: StoreLimits,
    /// Bytes of linear memory, which never shrinks.
    pub(crate) memory: usize,
}

impl Limits {
    fn new(memory_limit: usize) -> Self {
        let limits = StoreLimitsBuilder::new().memory_size(memory_limit).table_elements(MAX_TABLE).build();
        Self { limits, memory: 0 }
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = self.limits.memory_growing(current, desired, maximum)?;
        if allowed {
            self.memory = self.memory.max(desired);
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_has_its_own_secret_only() {
        let asks_of = |service, settings: &[(&str, &str)], name: &str, version: &str| {
            let settings: Vec<_> =
                settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let reference = secrets::Reference { name: name.to_owned(), version: version.to_owned() };
            is_own(&settings, service, &reference)
        };
        let asks =
            |settings: &[(&str, &str)], name: &str, version: &str| asks_of(false, settings, name, version);
        assert!(!asks(&[], DEFAULT_TOKEN_SECRET, LATEST) && asks_of(true, &[], DEFAULT_TOKEN_SECRET, LATEST));
        assert!(asks_of(true, &[("service_token_secret", "mine")], "mine", LATEST));
        assert!(asks(&[], DEFAULT_SECRET, LATEST));
        assert!(!asks(&[], "path", LATEST) && !asks(&[], DEFAULT_SECRET, "1"));
        let named = [("api_key_secret", "live"), ("api_key_secret_version", "2")];
        assert!(asks(&named, "live", "2"));
        assert!(!asks(&named, DEFAULT_SECRET, "2") && !asks(&named, "live", LATEST));
    }
}
