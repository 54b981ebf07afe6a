//! Which Redis, and the password for it.

use std::fmt;
use std::sync::Arc;

use redis::{IntoConnectionInfo, RedisConnectionInfo};

use crate::secrets::Secrets;

const RIGHT: &str = "redis://HOST, with :PORT, /DATABASE and USER@ before the host where they are needed";

/// A Redis server. Its password is no part of it but the name of a secret.
#[derive(Clone)]
pub struct RedisServer {
    host: String,
    port: u16,
    database: i64,
    user: Option<String>,
    password: Option<Password>,
}

#[derive(Clone)]
struct Password {
    secrets: Arc<dyn Secrets>,
    name: String,
    version: String,
}

impl RedisServer {
    /// Reads `redis://HOST`, `redis://USER@HOST:PORT/DATABASE` and the like.
    ///
    /// # Errors
    /// What is wrong with the URL, in words that hold none of it: it might have a password in it.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("rediss:") {
            return Err(
                "is reached without TLS only, so `rediss` cannot be had; a tunnel to it can".to_owned()
            );
        }
        let parsed = redis::parse_redis_url(url).filter(|parsed| parsed.scheme() == "redis");
        let parsed = parsed.ok_or_else(|| format!("is no URL of a Redis; {RIGHT} is"))?;
        if parsed.password().is_some() {
            return Err(
                "has a password in it; name the secret that holds it in `throttle_redis_password_secret`"
                    .to_owned(),
            );
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(format!("ends with options, which are not known here; {RIGHT} is right"));
        }
        let host = parsed.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("names no host; {RIGHT} is right"))?;
        let database = match parsed.path().trim_start_matches('/') {
            "" => 0,
            number => number.parse().ok().filter(|number| *number >= 0).ok_or_else(|| {
                format!("ends with a database that is no number; {RIGHT} is right, such as redis://HOST/1")
            })?,
        };
        let user = Some(parsed.username()).filter(|user| !user.is_empty()).map(str::to_owned);
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: parsed.port().unwrap_or(6379),
            database,
            user,
            password: None,
        })
    }

    /// With the password that a secret holds. It is asked for whenever a connection is opened.
    #[must_use]
    pub fn password(mut self, secrets: Arc<dyn Secrets>, name: &str, version: &str) -> Self {
        self.password = Some(Password { secrets, name: name.to_owned(), version: version.to_owned() });
        self
    }

    /// What a connection is opened with.
    pub(super) async fn client(&self) -> Result<redis::Client, String> {
        let mut settings = RedisConnectionInfo::default().set_db(self.database);
        if let Some(user) = &self.user {
            settings = settings.set_username(user);
        }
        if let Some(Password { secrets, name, version }) = &self.password {
            let secret = secrets.get(name, version).await;
            let secret = secret.map_err(|error| format!("its password, the secret `{name}`: {error}"))?;
            let text = std::str::from_utf8(secret.expose());
            settings = settings.set_password(text.map_err(|_| format!("the secret `{name}` is no text"))?);
        }
        let address = (self.host.as_str(), self.port).into_connection_info();
        let info = address.map_err(|error| error.to_string())?.set_redis_settings(settings);
        redis::Client::open(info).map_err(|error| error.to_string())
    }
}

impl fmt::Display for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisServer({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says() {
        let told = |url: &str| {
            let server = RedisServer::parse(url).unwrap();
            (server.to_string(), server.database, server.user)
        };
        assert_eq!(told("redis://cache.example"), ("cache.example:6379".to_owned(), 0, None));
        let whole = ("10.0.0.1:7000".to_owned(), 3, Some("connector".to_owned()));
        assert_eq!(told("redis://connector@10.0.0.1:7000/3"), whole);
        assert_eq!(told("redis://[::1]/"), ("::1:6379".to_owned(), 0, None));
    }

    #[test]
    fn a_mistake_is_told_without_the_url() {
        for (url, expected) in [
            ("", "no URL of a Redis"),
            ("cache.example:6379", "no URL of a Redis"),
            ("http://cache.example", "no URL of a Redis"),
            ("rediss://u:hunter2@cache.example", "without TLS"),
            ("redis://:hunter2@cache.example", "`throttle_redis_password_secret`"),
            ("redis://cache.example?password=hunter2", "ends with options"),
            ("redis:///1", "names no host"),
            ("redis://cache.example/first", "database that is no number"),
        ] {
            let message = RedisServer::parse(url).unwrap_err();
            assert!(message.contains(expected) && !message.contains("hunter2"), "{url}: {message}");
        }
    }
}
