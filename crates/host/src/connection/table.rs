//! The settings of a connection: names, types, ranges and what they are for. The file, its schema, the environment and
//! the README's table all follow this one.

/// A setting of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the file; `log_config.level` is `level` in the table `log_config`.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is when nothing is said; none if it is absent then.
    pub default: Option<&'static str>,
    /// Whom it is for.
    pub reader: Reader,
    /// What the managed connector's resource in Terraform calls it; none if it has no such thing.
    pub terraform: Option<&'static str>,
    /// What it is for, in one sentence.
    pub about: &'static str,
}

/// What a setting may be. Numbers and truths may be text too, as Terraform gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A connection's name: lower-case letters, digits and hyphens, a letter first, a letter or digit last, at most 49.
    Name,
    /// 1 to 255 visible ASCII characters.
    Token,
    /// A URL of an API, plain http for this machine only.
    Url,
    /// The name or the address of a machine.
    Machine,
    /// A whole number within this range.
    Number(u32, u32),
    /// `true` or `false`.
    Truth,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text by names.
    Pairs,
    /// A store of secrets, as [`Source`](crate::secrets::Source) reads it.
    Store,
    /// A URL of a Redis, without a password.
    Redis,
}

/// Who reads a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The component, which is given it by the host.
    Component,
    /// The service in front of the component, which is given it too.
    Service,
    /// The host alone.
    Host,
    /// People: it is shown, and changes nothing.
    People,
}

/// All settings, in the order in which they are shown.
pub const SETTINGS: &[Setting] = &[
    people("name", Kind::Name, Some("name"), "Name of the connection."),
    people("description", Kind::Text, Some("description"), "What the connection is for."),
    people("labels", Kind::Pairs, Some("labels"), "Names and values to sort connections by."),
    people("location", Kind::Token, Some("location"), "Region in which the connection is run."),
    people("connector", Kind::Choice(&["Stripe"]), None, "What is connected to."),
    people("connector_version", Kind::Token, Some("connector_version"), "Version of the connector."),
    people(
        "service_account",
        Kind::Token,
        Some("service_account"),
        "Account under which the connection is run.",
    ),
    host(
        "log_config.enabled",
        Kind::Truth,
        Some("false"),
        Some("log_config.enabled"),
        "Whether the log is shown.",
    ),
    host(
        "log_config.level",
        Kind::Choice(&["ERROR", "INFO", "DEBUG"]),
        Some("ERROR"),
        Some("log_config.level"),
        "Least weight of the log's lines, if it is shown.",
    ),
    component(
        "verbosity",
        Kind::Number(1, 5),
        Some("1"),
        Some("verbosity"),
        "How much the log tells of requests.",
    ),
    host(
        "node_config.min_node_count",
        Kind::Number(1, 1000),
        Some("2"),
        Some("node_config.min_node_count"),
        "Nodes to begin with; each stands for 6 requests a second.",
    ),
    host(
        "node_config.max_node_count",
        Kind::Number(1, 1000),
        Some("50"),
        Some("node_config.max_node_count"),
        "Nodes at most.",
    ),
    host(
        "throttle_waiting",
        Kind::Number(0, 100_000),
        Some("1000"),
        None,
        "Requests that may wait for their place; further ones are refused.",
    ),
    host(
        "throttle_ahead_ms",
        Kind::Number(0, 600_000),
        Some("30000"),
        None,
        "How far ahead places are reserved.",
    ),
    host(
        "throttle_redis_url",
        Kind::Redis,
        None,
        None,
        "`redis://HOST:PORT`, or `rediss` for TLS: the limit is shared by all that have the connection's name.",
    ),
    host(
        "throttle_redis_password_secret",
        Kind::Token,
        None,
        None,
        "Name of the secret that holds the password of this Redis; never the password itself.",
    ),
    host(
        "throttle_redis_password_secret_version",
        Kind::Token,
        Some("latest"),
        None,
        "Version of that secret.",
    ),
    host(
        "throttle_redis_gone",
        Kind::Choice(&["refuse", "local"]),
        None,
        None,
        "When Redis cannot be asked: nothing is admitted, or each process keeps the limit alone.",
    ),
    component("account_id", Kind::Token, None, Some("account_id"), "Connected account to act for."),
    host(
        "secrets",
        Kind::Store,
        Some("env"),
        None,
        "Where secrets are: `env`, `dir:PATH` or `command:PROGRAM ARGUMENT...`.",
    ),
    host(
        "secrets_timeout_ms",
        Kind::Number(1, 600_000),
        Some("10000"),
        None,
        "Limit of one run of the command that prints secrets.",
    ),
    host(
        "secrets_keep_ms",
        Kind::Number(0, 3_600_000),
        Some("30000"),
        None,
        "How long a secret that a command printed is kept.",
    ),
    component(
        "api_key_secret",
        Kind::Token,
        Some("stripe-api-key"),
        Some("auth_config"),
        "Name of the secret that holds the API key; never the key itself.",
    ),
    component(
        "api_key_secret_version",
        Kind::Token,
        Some("latest"),
        Some("auth_config"),
        "Version of that secret.",
    ),
    component(
        "authorization",
        Kind::Choice(&["key", "injected"]),
        Some("key"),
        None,
        "`injected`: the component never asks for the key, the host adds it.",
    ),
    host(
        "proxy_enabled",
        Kind::Truth,
        Some("false"),
        Some("proxy_enabled"),
        "Whether requests go through a proxy.",
    ),
    host("proxy_host", Kind::Machine, None, Some("destination_config"), "Name or address of the proxy."),
    host("proxy_port", Kind::Number(1, 65_535), None, Some("destination_config"), "Port of the proxy."),
    host(
        "proxy_auth_scheme",
        Kind::Choice(&["NONE", "BASIC", "DIGEST"]),
        Some("NONE"),
        Some("proxy_auth_scheme"),
        "How the connection tells the proxy who it is.",
    ),
    host("proxy_user", Kind::Token, None, Some("proxy_user"), "Its user at the proxy."),
    host(
        "proxy_password",
        Kind::Token,
        None,
        Some("proxy_password"),
        "Name of the secret that holds the password at the proxy; never the password itself.",
    ),
    host("proxy_password_version", Kind::Token, Some("latest"), None, "Version of that secret."),
    host(
        "proxy_ssltype",
        Kind::Choice(&["AUTO", "ALWAYS", "NEVER", "TUNNEL"]),
        Some("AUTO"),
        Some("proxy_ssltype"),
        "TLS to the proxy (`ALWAYS`), through it (`TUNNEL`), not at all (`NEVER`), or as the API's URL says (`AUTO`).",
    ),
    host(
        "extra_roots",
        Kind::Text,
        None,
        None,
        "File with certificates, as PEM, that servers, proxies and Redis may be vouched for by, beside the machine's.",
    ),
    component("api_base", Kind::Url, Some("https://api.stripe.com"), None, "Where the API is."),
    component(
        "files_base",
        Kind::Url,
        None,
        None,
        "Where files go: to Stripe's own place for them, or to `api_base` where that is set.",
    ),
    component("meter_events_base", Kind::Url, None, None, "Where streamed meter events go, in the same way."),
    component(
        "api_version",
        Kind::Token,
        None,
        None,
        "Version of Stripe's API, the one that the component was made from when not said.",
    ),
    component(
        "max_retries",
        Kind::Number(0, 10),
        Some("2"),
        None,
        "Attempts after the first, where repeating is safe.",
    ),
    component("connect_timeout_ms", Kind::Number(1, 600_000), Some("10000"), None, "Limit for a connection."),
    component(
        "first_byte_timeout_ms",
        Kind::Number(1, 600_000),
        Some("80000"),
        None,
        "Limit until an answer begins.",
    ),
    component(
        "between_bytes_timeout_ms",
        Kind::Number(1, 600_000),
        Some("30000"),
        None,
        "Limit until an answer goes on.",
    ),
    component(
        "deadline_ms",
        Kind::Number(1, 3_600_000),
        Some("120000"),
        None,
        "Limit of one call, waiting and retries included.",
    ),
    component(
        "max_response_bytes",
        Kind::Number(1024, 1 << 30),
        Some("16777216"),
        None,
        "Limit of one answer.",
    ),
    component(
        "max_scan",
        Kind::Number(1, 10_000_000),
        Some("10000"),
        None,
        "Objects read to answer one call at most.",
    ),
    component(
        "max_in_flight",
        Kind::Number(1, 100),
        Some("8"),
        None,
        "Independent requests of one call at once.",
    ),
    component(
        "search",
        Kind::Choice(&["off", "on"]),
        Some("off"),
        None,
        "Whether filters may use Stripe's search, whose index lags behind.",
    ),
    component(
        "pushdown",
        Kind::Choice(&["on", "off"]),
        Some("on"),
        None,
        "Whether Stripe may check conditions of a filter; the rows are the same.",
    ),
    service(
        "service_auth",
        Kind::Choice(&["token", "none"]),
        "token",
        "What callers of the service show: a token, or nothing.",
    ),
    service(
        "service_token_secret",
        Kind::Token,
        "service-token",
        "Name of the secret that holds this token; never the token itself.",
    ),
    service("service_token_secret_version", Kind::Token, "latest", "Version of that secret."),
];

/// The setting of that name.
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

const fn people(
    name: &'static str,
    kind: Kind,
    terraform: Option<&'static str>,
    about: &'static str,
) -> Setting {
    Setting { reader: Reader::People, ..host(name, kind, None, terraform, about) }
}

const fn component(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    terraform: Option<&'static str>,
    about: &'static str,
) -> Setting {
    Setting { reader: Reader::Component, ..host(name, kind, default, terraform, about) }
}

const fn service(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Setting {
    Setting { reader: Reader::Service, ..host(name, kind, Some(default), None, about) }
}

const fn host(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    terraform: Option<&'static str>,
    about: &'static str,
) -> Setting {
    Setting { name, kind, default, reader: Reader::Host, terraform, about }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::values;

    /// What the component itself reads, as its source has it.
    const COMPONENT: &str = include_str!("../../../../src/settings.rs");

    #[test]
    fn the_component_is_given_what_it_reads() {
        let (_, names) = COMPONENT.split_once("const NAMES: &[&str] = &[").unwrap();
        let (names, _) = names.split_once("];").unwrap();
        let mut read: Vec<_> = names.split('"').skip(1).step_by(2).collect();
        let given = SETTINGS.iter().filter(|setting| setting.reader == Reader::Component);
        let mut given: Vec<_> = given.map(|setting| setting.name).collect();
        read.sort_unstable();
        given.sort_unstable();
        assert_eq!(given, read);
    }

    #[test]
    fn every_default_is_right_and_every_name_stands_once() {
        for (at, setting) in SETTINGS.iter().enumerate() {
            if let Some(default) = setting.default {
                assert_eq!(values::read(setting.kind, default).as_deref(), Ok(default), "{}", setting.name);
            }
            assert!(SETTINGS[..at].iter().all(|earlier| earlier.name != setting.name), "{}", setting.name);
            assert!(setting.about.ends_with('.'), "{}", setting.name);
        }
    }
}
