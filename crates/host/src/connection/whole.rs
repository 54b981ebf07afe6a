//! What is wrong with settings beside each other, and with the file that one of them names.

use super::Config;
use super::mistakes::{Mistake, Place};
use crate::network::Origins;

/// Settings that mean something only where a Redis is set.
const OF_REDIS: [&str; 3] =
    ["throttle_redis_password_secret", "throttle_redis_password_secret_version", "throttle_redis_gone"];

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
    let mut needs = |asking: &str, missing: &str, why: &str| {
        if config.says(asking) && !config.says(missing) {
            mistake(config.place(asking), format!("`{asking}` needs `{missing}`, which is not given{why}"));
        }
    };
    needs("throttle_redis_url", "name", ": connections of one name share a limit");
    for setting in OF_REDIS {
        needs(setting, "throttle_redis_url", "");
    }
    if config.is_on("proxy_enabled") {
        needs("proxy_enabled", "proxy_host", "");
        needs("proxy_enabled", "proxy_port", "");
        // `NONE` in so many words stands; without a word somebody believes to be known to the proxy.
        for setting in ["proxy_user", "proxy_password"] {
            needs(setting, "proxy_auth_scheme", ": `BASIC` or `DIGEST`");
            if config.get("proxy_auth_scheme") != Some("NONE") {
                needs("proxy_auth_scheme", setting, "");
            }
        }
        let https = Origins::from_settings(&config.for_component()).any_https();
        for (setting, message) in config.typed_proxy().mistakes(https) {
            if config.says(setting) {
                mistake(config.place(setting), message);
            }
        }
    }
    mistakes.extend(config.roots().err());
    mistakes
}
