//! What a connection is set to: by the file, the environment and the options, of which each wins over those before it.

use stripe_connector_host::connection::Config;
use stripe_connector_host::secrets::Source;

use super::args::Global;
use super::{Trouble, usage};

/// All of it, checked but for the values of options, which the component judges.
pub fn read(global: &Global) -> Result<Config, Trouble> {
    let config = Config::load(global.connection.as_deref());
    let mut config = config.map_err(|mistakes| match &global.connection {
        Some(file) if !file.is_file() => {
            usage(mistakes, "let --connection name a TOML file with the connection's settings")
        }
        _ => usage(
            mistakes,
            "put right what is named; `stripe-connector check --schema` describes every setting",
        ),
    })?;
    if let Some(store) = &global.secrets {
        store.parse::<Source>().map_err(|wrong| Trouble::Usage(format!("--secrets: {wrong}")))?;
    }
    let options =
        [("api_base", &global.api_base), ("account_id", &global.account), ("secrets", &global.secrets)];
    for (name, value) in options {
        if let Some(value) = value {
            config.set(name, value);
        }
    }
    Ok(config)
}
