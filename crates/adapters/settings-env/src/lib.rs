//! Settings from environment variables: `STRIPE_CONNECTOR_ACCOUNT_ID` is `account_id`. An empty variable says nothing.

/// Bindings of the world `settings-adapter` in `wit/`.
mod bindings {
    wit_bindgen::generate!({ world: "settings-adapter", path: "../../../wit" });
}

use bindings::exports::connectors::stripe::settings::Guest;

const PREFIX: &str = "STRIPE_CONNECTOR_";

struct Environment;

bindings::export!(Environment with_types_in bindings);

impl Guest for Environment {
    fn all() -> Vec<(String, String)> {
        // Of what is no UTF-8 nothing can be a setting.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        settings(variables)
    }
}

fn settings(variables: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    variables
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_ascii_lowercase(), value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command() {
        let variables = [
            ("STRIPE_CONNECTOR_ACCOUNT_ID", "acct_1"),
            ("STRIPE_CONNECTOR_SEARCH", ""),
            ("STRIPE_API_KEY", "x"),
        ];
        let found = settings(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(found, [("account_id".to_owned(), "acct_1".to_owned())]);
    }
}
