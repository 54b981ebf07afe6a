//! What is wrong with settings beside each other.

use super::Config;
use super::mistakes::{Mistake, Place};

/// All of it, each where the setting stands that asks for the other.
pub(super) fn mistakes(config: &Config) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut mistake = |place: Place, message: String| mistakes.push(Mistake { place, message });

    let (least, most) = ("node_config.min_node_count", "node_config.max_node_count");
    if let (Some(min), Some(max)) = (config.number(least), config.number(most))
        && min > max
    {
        let at = if config.says(least) { least } else { most };
        mistake(
            config.place(at),
            format!("`{least}` is {min}, and must be at most `{most}`, which is {max}"),
        );
    }
    if !config.is_on("proxy_enabled") {
        return mistakes;
    }
    let mut needs = |asking: &str, missing: &str, needed: bool| {
        if needed && !config.says(missing) {
            mistake(config.place(asking), format!("`{asking}` needs `{missing}`, which is not given"));
        }
    };
    needs("proxy_enabled", "proxy_host", true);
    needs("proxy_enabled", "proxy_port", true);
    let named = config.get("proxy_auth_scheme") != Some("NONE");
    needs("proxy_auth_scheme", "proxy_user", named);
    needs("proxy_auth_scheme", "proxy_password", named);
    let is_https =
        |name| config.get(name).is_some_and(|base| base.to_ascii_lowercase().starts_with("https:"));
    if config.get("proxy_ssltype") == Some("NEVER") && is_https("api_base") {
        mistake(
            config.place("proxy_ssltype"),
            "`proxy_ssltype` must be `AUTO`, `ALWAYS` or `TUNNEL` where the API's URL is https: with `NEVER` the proxy \
             would read the key"
                .to_owned(),
        );
    }
    mistakes
}
