//! The limit that a connection's settings describe.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

#[cfg(feature = "redis")]
use super::redis::{RedisServer, RedisWindow, WhenGone};
use super::{Admission, Lane, Limits, SlidingWindow, Throttle};
#[cfg(feature = "redis")]
use crate::secrets::LATEST;
use crate::secrets::Secrets;

const NODES: RangeInclusive<u32> = 1..=1_000;
const WAITING: RangeInclusive<usize> = 0..=100_000;

/// The settings read here, but for Terraform's names, in the order of the table below.
const NAMES: [&str; 8] = [
    "nodes_min", "nodes_max", "throttle_waiting", "throttle_ahead_ms", "throttle_redis_url",
    "throttle_redis_password_secret", "throttle_redis_password_secret_version", "throttle_redis_gone",
];

/// Settings that mean something only where a Redis is set.
const OF_REDIS: [&str; 3] =
    ["throttle_redis_gone", "throttle_redis_password_secret", "throttle_redis_password_secret_version"];

/// The throttle of a connection, by these of its settings:
///
/// | setting | default | meaning |
/// | --- | --- | --- |
/// | `nodes_min`, `nodes_max` | 2, 50 | nodes, 1 to 1000; Terraform's `min_node_count`, `max_node_count` are the same |
/// | `throttle_waiting` | 1000 | so many requests may wait for their place, up to 100000 |
/// | `throttle_ahead_ms` | 30000 | so far ahead places are reserved, up to 600000 |
/// | `throttle_redis_url` | | `redis://HOST:PORT`: the limit is shared by all that have the connection's `name` |
/// | `throttle_redis_password_secret`, `..._version` | , `latest` | which secret holds its password |
/// | `throttle_redis_gone` | `refuse` | when Redis cannot be asked: `refuse`, or `local` for a limit of each process |
///
/// Other settings are not looked at, unless they begin as these do.
#[derive(Debug)]
pub enum Configured {
    /// The limit is this process's own.
    Local(SlidingWindow),
    /// The limit is shared.
    #[cfg(feature = "redis")]
    Shared(Box<RedisWindow>),
}

impl Configured {
    /// What the settings say; `secrets` is where a password comes from.
    ///
    /// # Errors
    /// All mistakes in the settings above.
    pub fn from_settings(
        settings: &[(String, String)],
        secrets: Arc<dyn Secrets>,
    ) -> Result<Self, SettingsError> {
        let mut reader = Reader { settings, mistakes: Vec::new() };
        reader.names();
        let limits = reader.limits();
        let configured = reader.configured(limits, secrets);
        match configured {
            Some(configured) if reader.mistakes.is_empty() => Ok(configured),
            _ => Err(SettingsError { mistakes: reader.mistakes }),
        }
    }

    /// Nodes that there are, as far as this process knows.
    pub fn nodes(&self) -> u32 {
        match self {
            Self::Local(window) => window.nodes(),
            #[cfg(feature = "redis")]
            Self::Shared(window) => window.nodes(),
        }
    }

    fn throttle(&self) -> &dyn Throttle {
        match self {
            Self::Local(window) => window,
            #[cfg(feature = "redis")]
            Self::Shared(window) => window.as_ref(),
        }
    }
}

#[async_trait]
impl Throttle for Configured {
    async fn admit(&self, lane: &Lane, patience: Duration) -> Admission {
        self.throttle().admit(lane, patience).await
    }

    async fn observe(&self, lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        self.throttle().observe(lane, status, retry_after).await;
    }

    fn nodes(&self) -> Option<u32> {
        self.throttle().nodes()
    }
}

/// What is wrong with a connection's settings of its throttle: all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// Each says which setting is wrong and what would be right.
    pub mistakes: Vec<String>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistakes.join("; "))
    }
}

impl std::error::Error for SettingsError {}

struct Reader<'a> {
    settings: &'a [(String, String)],
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.settings.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim())
    }

    fn names(&mut self) {
        for (name, _) in self.settings {
            let ours = name.starts_with("nodes_") || name.starts_with("throttle_");
            if ours && !NAMES.contains(&name.as_str()) {
                self.mistakes.push(format!("`{name}` is not known; these are: {}", NAMES.join(", ")));
            }
        }
    }

    fn limits(&mut self) -> Limits {
        let usual = Limits::default();
        let mistakes = self.mistakes.len();
        let nodes_min = self.nodes("nodes_min", "min_node_count").unwrap_or(usual.nodes_min);
        let nodes_max = self.nodes("nodes_max", "max_node_count").unwrap_or(usual.nodes_max);
        if nodes_min > nodes_max && self.mistakes.len() == mistakes {
            self.mistakes.push(format!(
                "`nodes_min` is {nodes_min}, more than `nodes_max`, which is {nodes_max}; set both, the smaller one as \
                 `nodes_min`"
            ));
        }
        let farthest = u64::try_from(Limits::FARTHEST.as_millis()).unwrap_or(u64::MAX);
        let ahead = self.number("throttle_ahead_ms", 0..=farthest);
        Limits {
            nodes_min,
            nodes_max,
            waiting: self.number("throttle_waiting", WAITING).unwrap_or(usual.waiting),
            ahead: ahead.map_or(usual.ahead, Duration::from_millis),
        }
    }

    /// A number of nodes by our name or Terraform's.
    fn nodes(&mut self, name: &str, of_terraform: &str) -> Option<u32> {
        let (ours, theirs) = (self.number(name, NODES), self.number(of_terraform, NODES));
        if let (Some(one), Some(other)) = (ours, theirs)
            && one != other
        {
            self.mistakes.push(format!(
                "`{name}` is {one} and `{of_terraform}`, which means the same, is {other}; leave one out"
            ));
        }
        ours.or(theirs)
    }

    fn number<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
    ) -> Option<N> {
        let value = self.get(name)?;
        let number = value.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.mistakes
                .push(format!("`{name}` is `{value}`; a whole number from {least} to {most} is right"));
        }
        number
    }

    #[cfg(not(feature = "redis"))]
    fn configured(&mut self, limits: Limits, _secrets: Arc<dyn Secrets>) -> Option<Configured> {
        for name in OF_REDIS.into_iter().chain(["throttle_redis_url"]) {
            if self.get(name).is_some() {
                self.mistakes.push(format!(
                    "`{name}` is set, and this host is built without its feature `redis`; leave it out or build with it"
                ));
            }
        }
        Some(Configured::Local(SlidingWindow::with_limits(limits)))
    }

    #[cfg(feature = "redis")]
    fn configured(&mut self, limits: Limits, secrets: Arc<dyn Secrets>) -> Option<Configured> {
        let Some(url) = self.get("throttle_redis_url") else {
            for name in OF_REDIS {
                if self.get(name).is_some() {
                    self.mistakes
                        .push(format!("`{name}` is set without `throttle_redis_url`; set both or none"));
                }
            }
            return Some(Configured::Local(SlidingWindow::with_limits(limits)));
        };
        let when_gone = self.when_gone();
        let name = self.connection_name();
        let server = match RedisServer::parse(url) {
            Ok(server) => Some(server),
            Err(mistake) => {
                self.mistakes.push(format!("`throttle_redis_url` {mistake}"));
                None
            }
        };
        let mut server = server?;
        if let Some(secret) = self.get("throttle_redis_password_secret") {
            let version = self.get("throttle_redis_password_secret_version").unwrap_or(LATEST);
            server = server.password(secrets, secret, version);
        }
        let window = RedisWindow::new(server, name?, limits).when_gone(when_gone);
        Some(Configured::Shared(Box::new(window)))
    }

    #[cfg(feature = "redis")]
    fn when_gone(&mut self) -> WhenGone {
        match self.get("throttle_redis_gone") {
            None | Some("refuse") => WhenGone::Refuse,
            Some("local") => WhenGone::Local,
            Some(other) => {
                self.mistakes
                    .push(format!("`throttle_redis_gone` is `{other}`; `refuse` or `local` is right"));
                WhenGone::Refuse
            }
        }
    }

    /// What the limit is shared by.
    #[cfg(feature = "redis")]
    fn connection_name(&mut self) -> Option<&'a str> {
        let name = self.get("name").filter(|name| !name.is_empty());
        if name.is_none() {
            self.mistakes.push(
                "`throttle_redis_url` is set without `name`; connections of the same name share a limit, so set it"
                    .to_owned(),
            );
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::EnvSecrets;

    fn configured(settings: &[(&str, &str)]) -> Result<Configured, SettingsError> {
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Configured::from_settings(&settings, Arc::new(EnvSecrets))
    }

    #[test]
    fn nothing_set_is_two_to_fifty_nodes_of_this_process() {
        let configured = configured(&[("api_base", "http://127.0.0.1:1")]).unwrap();
        assert!(matches!(configured, Configured::Local(_)));
        assert_eq!(configured.nodes(), 2);
        assert!(format!("{configured:?}").contains("nodes_max: 50"));
    }

    #[test]
    fn terraform_s_names_are_known() {
        let settings = [("min_node_count", "3"), ("max_node_count", "4"), ("throttle_ahead_ms", "1500")];
        let configured = configured(&settings).unwrap();
        assert_eq!(configured.nodes(), 3);
        let told = format!("{configured:?}");
        assert!(told.contains("nodes_max: 4") && told.contains("ahead: 1.5s"), "{told}");
    }

    #[test]
    fn more_at_least_than_at_most_is_a_mistake() {
        let mistakes = configured(&[("nodes_min", "60")]).unwrap_err().mistakes;
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].contains("60") && mistakes[0].contains("50"), "{mistakes:?}");
    }

    #[cfg(feature = "redis")]
    #[test]
    fn all_mistakes_are_told_at_once() {
        let error = configured(&[
            ("nodes_min", "0"),
            ("nodes_max", "many"),
            ("min_node_count", "2000"),
            ("throttle_waiting", "-1"),
            ("throttle_ahead_ms", "600001"),
            ("throttle_redis_url", "redis://:hunter2@cache.example"),
            ("throttle_redis_gone", "open"),
            ("throttle_redis", "redis://cache.example"),
        ]);
        let error = error.unwrap_err();
        let expected = [
            "`throttle_redis` is not known",
            "`nodes_min` is `0`; a whole number from 1 to 1000 is right",
            "`min_node_count` is `2000`; a whole number from 1 to 1000 is right",
            "`nodes_max` is `many`",
            "`throttle_ahead_ms` is `600001`; a whole number from 0 to 600000 is right",
            "`throttle_waiting` is `-1`; a whole number from 0 to 100000 is right",
            "`throttle_redis_gone` is `open`; `refuse` or `local` is right",
            "`throttle_redis_url` is set without `name`",
            "`throttle_redis_url` has a password in it",
        ];
        assert_eq!(error.mistakes.len(), expected.len(), "{error}");
        for (mistake, expected) in error.mistakes.iter().zip(expected) {
            assert!(mistake.contains(expected), "{mistake}");
        }
        assert!(!error.to_string().contains("hunter2"));
    }

    #[cfg(feature = "redis")]
    #[test]
    fn a_shared_limit_has_a_name_and_a_url() {
        let shared = configured(&[
            ("name", "payments"),
            ("throttle_redis_url", "redis://cache.example"),
            ("throttle_redis_password_secret", "cache-password"),
            ("throttle_redis_gone", "local"),
        ]);
        let told = format!("{:?}", shared.unwrap());
        assert!(told.contains("cache.example:6379") && told.contains("Local"), "{told}");
        let mistakes = configured(&[("throttle_redis_gone", "local")]).unwrap_err().mistakes;
        assert!(mistakes[0].contains("without `throttle_redis_url`"), "{mistakes:?}");
    }
}
