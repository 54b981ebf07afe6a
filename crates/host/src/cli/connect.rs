//! Which API the command talks to, and as whom.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use stripe_connector_host::connection::Config;
use stripe_connector_host::contract::CallOptions;
use stripe_connector_host::network::Origin;
use stripe_connector_host::secrets::{DEFAULT_SECRET, LATEST, Source};
use stripe_connector_host::{
    BuildError, Builder, COMPONENT, Connector, Runtime, SecretBytes, SecretError, Secrets,
};
use stripe_connector_sandbox::Sandbox;

use super::args::Global;
use super::{Trouble, output, usage};

/// What stands for a key where none is needed. It is worth nothing, and looks like a test key so that it passes for one.
const FILLER_KEY: &str = "sk_test_sandbox_0000000000000000";

const OTHER_COMPONENT: &str =
    "let --component name a component of this contract, or leave it out for the one that is inside";

/// A connection for the length of a command.
pub struct Session {
    pub connector: Connector,
    pub options: CallOptions,
    pub config: Config,
    /// Where the key is looked for, whether or not it is there.
    pub secrets: Arc<dyn Secrets>,
    pub target: Target,
    /// Stops when dropped.
    _sandbox: Option<Sandbox>,
}

impl Session {
    /// Where the key is looked for, for people.
    pub fn place(&self) -> String {
        let name = self.config.get("api_key_secret").unwrap_or(DEFAULT_SECRET);
        let version = self.config.get("api_key_secret_version").unwrap_or(LATEST);
        self.secrets.place(name, version)
    }
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// For people.
    pub api: String,
    /// Where the key comes from, for people.
    pub key: String,
    /// Objects there are real in no sense: a sandbox.
    pub sandbox: bool,
}

/// Connects to the API that the options, the environment and the connection file say.
pub async fn connect(global: &Global) -> Result<Session, Trouble> {
    let Prepared { builder, config, secrets, target, sandbox } = prepare(global).await?;
    Ok(Session {
        connector: build(builder, global)?,
        options: call_options(global),
        config,
        secrets,
        target,
        _sandbox: sandbox,
    })
}

/// All that a connection is made of.
pub struct Prepared {
    pub builder: Builder,
    pub config: Config,
    pub secrets: Arc<dyn Secrets>,
    pub target: Target,
    /// Stops when dropped.
    pub sandbox: Option<Sandbox>,
}

/// Looks for the key, and starts the sandbox if that is to answer.
pub async fn prepare(global: &Global) -> Result<Prepared, Trouble> {
    let mut config = global.config.clone();
    let secret = config.get("api_key_secret").unwrap_or(DEFAULT_SECRET).to_owned();
    let version = config.get("api_key_secret_version").unwrap_or(LATEST);
    let secrets = config.secrets();
    let place = secrets.place(&secret, version);
    // A store that is named has to have the key, and one that refuses has something to say: that comes of the first call.
    let keyless = config.source() == Source::Environment
        && secrets.get(&secret, version).await == Err(SecretError::NotFound);
    let base = config.get("api_base").filter(|_| config.says("api_base")).map(str::to_owned);
    let loopback = base.as_deref().and_then(Origin::parse).is_some_and(|o| o.is_loopback());

    let mut sandbox = None;
    let target = match base {
        None if keyless => {
            let running = start_sandbox().await?;
            config.set("api_base", &running.url().to_string());
            output::aside(format_args!(
                "note: {place} is not set, nor is --api-base, so the embedded sandbox answers. It forgets everything at \
                 exit; `stripe-connector sandbox` keeps one running."
            ));
            sandbox = Some(running);
            Target {
                api: "the embedded sandbox".to_owned(),
                key: format!("a filler, the sandbox takes any test key; {place} is not set"),
                sandbox: true,
            }
        }
        Some(base) if keyless && loopback => {
            output::aside(format_args!(
                "note: {place} is not set; {base} is on this machine and gets a filler key."
            ));
            let key = format!("a filler for an API on this machine; {place} is not set");
            Target { api: base, key, sandbox: true }
        }
        base => Target { api: base.unwrap_or_else(|| "Stripe".to_owned()), key: place, sandbox: loopback },
    };

    let throttle = config.throttle().map_err(|mistakes| unbuilt(mistakes.into()))?;
    let mut builder = Connector::builder().connection(&config).map_err(unbuilt)?;
    builder = builder.throttle(global.course.watch(throttle));
    if keyless && target.sandbox {
        builder = builder.secrets(WithFiller { key: secret, others: Arc::clone(&secrets) });
    }
    Ok(Prepared { builder, config, secrets, target, sandbox })
}

/// A store that has the filler key beside what it has.
struct WithFiller {
    key: String,
    others: Arc<dyn Secrets>,
}

#[async_trait]
impl Secrets for WithFiller {
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError> {
        if name == self.key { Ok(SecretBytes::new(FILLER_KEY)) } else { self.others.get(name, version).await }
    }
}

/// A connector for what it answers alone.
pub fn offline(global: &Global) -> Result<Connector, Trouble> {
    build(Connector::builder().connection(&global.config).map_err(unbuilt)?, global)
}

fn build(builder: Builder, global: &Global) -> Result<Connector, Trouble> {
    let component = match &global.component {
        None => Cow::Borrowed(COMPONENT),
        Some(file) => Cow::Owned(
            std::fs::read(file)
                .map_err(|error| usage(format_args!("{}: {error}", file.display()), OTHER_COMPONENT))?,
        ),
    };
    let runtime = match cache() {
        Some(directory) => Runtime::cached(&component, &directory),
        None => Runtime::new(&component),
    };
    let connector = runtime.and_then(|runtime| builder.runtime(runtime).build());
    connector.map_err(|error| match error {
        BuildError::Component(_) if global.component.is_some() => usage(error, OTHER_COMPONENT),
        error => unbuilt(error),
    })
}

/// Where this user's programs keep what they can make again.
pub fn cache() -> Option<PathBuf> {
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = own.or_else(|| {
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        home.map(|home| home.join(".cache"))
    });
    directory.map(|directory| directory.join("stripe-connector"))
}

pub fn unbuilt(error: BuildError) -> Trouble {
    Trouble::Usage(error.to_string())
}

async fn start_sandbox() -> Result<Sandbox, Trouble> {
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start(any_port)
        .await
        .map_err(|error| Trouble::Usage(format!("the embedded sandbox does not start: {error}")))
}

fn call_options(global: &Global) -> CallOptions {
    CallOptions {
        account: None,
        idempotency_key: global.idempotency_key.clone(),
        deadline_ms: global.deadline_ms,
        expand: (!global.expand.is_empty()).then(|| global.expand.clone()),
        parents: (!global.parent.is_empty()).then(|| global.parent.clone()),
        parameters: global.with.clone(),
    }
}
