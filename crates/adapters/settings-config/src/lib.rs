//! Settings from wasi:config: the key `account_id` is the setting of that name. An empty value says nothing.

/// Bindings of wasi:config and of the contract's settings.
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package connectors:adapter;
            world adapter {
                import wasi:config/store@0.2.0-rc.1;
                export connectors:stripe/settings@0.1.0;
            }
        ",
        generate_all,
        path: ["../wit/wasi-config", "../../../wit"],
    });
}

use bindings::exports::connectors::stripe::settings::Guest;
use bindings::wasi::config::store;

struct Config;

bindings::export!(Config with_types_in bindings);

impl Guest for Config {
    fn all() -> Vec<(String, String)> {
        match store::get_all() {
            Ok(all) => all.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            // The contract's settings cannot fail, and without them a request could go to the wrong account: a value that is
            // none refuses every call, and says why.
            Err(error) => vec![("api_base".to_owned(), format!("unknown, since wasi:config says {error}"))],
        }
    }
}
