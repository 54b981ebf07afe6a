//! Which API the command talks to, and as whom.

use stripe_connector_host::contract::CallOptions;
use stripe_connector_host::network::Origin;
use stripe_connector_host::secrets::{DEFAULT_SECRET, LATEST};
use stripe_connector_host::{Connector, EnvSecrets, FixedSecrets, SecretError, Secrets};
use stripe_connector_sandbox::Sandbox;

use super::args::Global;
use super::check::holds_secret;
use super::{Trouble, connection_file};

/// What stands for a key where none is needed. It is worth nothing, and looks like a test key so that it passes for one.
const FILLER_KEY: &str = "sk_test_sandbox_0000000000000000";

/// A connection for the length of a command.
pub struct Session {
    pub connector: Connector,
    pub options: CallOptions,
    pub settings: Vec<(String, String)>,
    pub target: Target,
    /// Stops when dropped.
    _sandbox: Option<Sandbox>,
}

impl Session {
    /// A setting, if it is given.
    pub fn setting(&self, name: &str) -> Option<&str> {
        setting(&self.settings, name)
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

/// Connects to the API that the options and the environment say.
pub async fn connect(global: &Global) -> Result<Session, Trouble> {
    let mut settings = given_settings(global)?;
    let secret = setting(&settings, "api_key_secret").unwrap_or(DEFAULT_SECRET).to_owned();
    if holds_secret(&secret) {
        return Err(Trouble::Usage(
            "`api_key_secret` is the name of a secret, and looks like a key itself; put the key into the environment"
                .to_owned(),
        ));
    }
    let version = setting(&settings, "api_key_secret_version").unwrap_or(LATEST);
    // A store that refuses has something to say, and says it through the connector at the first call.
    let keyless = EnvSecrets.get(&secret, version).await == Err(SecretError::NotFound);
    let base = setting(&settings, "api_base").map(str::to_owned);
    let loopback = base.as_deref().and_then(Origin::parse).is_some_and(|o| o.is_loopback());
    let variable = EnvSecrets::variable(&secret);

    let mut sandbox = None;
    let target = match base {
        None if keyless => {
            let running = start_sandbox().await?;
            settings.push(("api_base".to_owned(), running.url().to_string()));
            eprintln!(
                "note: no {variable} and no --api-base, so the embedded sandbox answers. It forgets everything at exit; \
                 `stripe-connector sandbox` keeps one running."
            );
            sandbox = Some(running);
            Target {
                api: "the embedded sandbox".to_owned(),
                key: "a filler, the sandbox takes any test key".to_owned(),
                sandbox: true,
            }
        }
        Some(base) if keyless && loopback => {
            eprintln!("note: no {variable}; {base} is on this machine and gets a filler key.");
            Target { api: base, key: "a filler for an API on this machine".to_owned(), sandbox: true }
        }
        base => Target {
            api: base.unwrap_or_else(|| "Stripe".to_owned()),
            key: format!("the environment variable {variable}"),
            sandbox: loopback,
        },
    };

    let mut builder = Connector::builder().settings(settings.clone());
    if keyless && target.sandbox {
        builder = builder.secrets(FixedSecrets::default().with(secret, FILLER_KEY));
    }
    Ok(Session {
        connector: build(builder, global)?,
        options: call_options(global),
        settings,
        target,
        _sandbox: sandbox,
    })
}

/// A connector for what it answers alone.
pub fn offline(global: &Global) -> Result<Connector, Trouble> {
    build(Connector::builder().settings(given_settings(global)?), global)
}

fn build(builder: stripe_connector_host::Builder, global: &Global) -> Result<Connector, Trouble> {
    let builder = match &global.component {
        None => builder,
        Some(file) => builder.component(
            std::fs::read(file).map_err(|error| Trouble::Usage(format!("{}: {error}", file.display())))?,
        ),
    };
    builder.build().map_err(|error| Trouble::Usage(error.to_string()))
}

async fn start_sandbox() -> Result<Sandbox, Trouble> {
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start(any_port)
        .await
        .map_err(|error| Trouble::Usage(format!("the embedded sandbox does not start: {error}")))
}

/// The connection file's settings, overridden by the options.
fn given_settings(global: &Global) -> Result<Vec<(String, String)>, Trouble> {
    let mut settings = match &global.connection {
        Some(file) => connection_file::read(file)?,
        None => Vec::new(),
    };
    let overrides = [("api_base", &global.api_base), ("account_id", &global.account)];
    for (name, value) in overrides {
        if let Some(value) = value {
            settings.retain(|(known, _)| known != name);
            settings.push((name.to_owned(), value.clone()));
        }
    }
    Ok(settings)
}

fn setting<'a>(settings: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = settings.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
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
