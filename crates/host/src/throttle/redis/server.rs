//! Which Redis, and the password for it.

use std::fmt;
use std::sync::Arc;

use redis::RedisConnectionInfo;

use crate::network::Tls;
use crate::secrets::Secrets;

const RIGHT: &str = "redis://HOST, or rediss://HOST for TLS, with :PORT, /DATABASE and USER@ before the host where they \
                     are needed";

/// A Redis server. Its password is no part of it but the name of a secret.
#[derive(Clone)]
pub struct RedisServer {
    host: String,
    port: u16,
    database: i64,
    user: Option<String>,
    password: Option<Password>,
    /// None where it is reached without TLS.
    tls: Option<Tls>,
}

#[derive(Clone)]
struct Password {
    secrets: Arc<dyn Secrets>,
    name: String,
    version: String,
}

impl RedisServer {
    /// Reads `redis://HOST`, `redis://USER@HOST:PORT/DATABASE` and the like. `rediss` is Redis over TLS.
    ///
    /// # Errors
    /// What the URL must be or have, in words that hold none of it: it might have a password in it.
    pub fn parse(url: &str) -> Result<Self, String> {
        let fits = |scheme: &str| ["redis", "rediss"].contains(&scheme);
        let parsed = redis::parse_redis_url(url).filter(|parsed| fits(parsed.scheme()));
        let parsed = parsed.ok_or_else(|| format!("be {RIGHT}"))?;
        if parsed.password().is_some() {
            return Err(
                "hold no password; name the secret that holds it in `throttle_redis_password_secret`"
                    .to_owned(),
            );
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(format!("end without options; {RIGHT} is right"));
        }
        let host = parsed.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("name a host; {RIGHT} is right"))?;
        let database = match parsed.path().trim_start_matches('/') {
            "" => 0,
            number => number.parse().ok().filter(|number| *number >= 0).ok_or_else(|| {
                format!(
                    "end with the number of a database, such as redis://HOST/1, or none; {RIGHT} is right"
                )
            })?,
        };
        let user = Some(parsed.username()).filter(|user| !user.is_empty()).map(str::to_owned);
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: parsed.port().unwrap_or(6379),
            database,
            user,
            password: None,
            tls: (parsed.scheme() == "rediss").then(Tls::default),
        })
    }

    /// With this for TLS, where the URL asks for it; the machine's roots and no others when not said.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = self.tls.map(|_| tls);
        self
    }

    /// With the password that a secret holds. It is asked for whenever a connection is opened.
    #[must_use]
    pub fn password(mut self, secrets: Arc<dyn Secrets>, name: &str, version: &str) -> Self {
        self.password = Some(Password { secrets, name: name.to_owned(), version: version.to_owned() });
        self
    }

    /// Host and port.
    pub(super) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// What TLS takes, if it is spoken.
    pub(super) fn secured(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Who one is to it, and which of its databases is meant.
    pub(super) async fn login(&self) -> Result<RedisConnectionInfo, String> {
        let mut login = RedisConnectionInfo::default().set_db(self.database);
        if let Some(user) = &self.user {
            login = login.set_username(user);
        }
        if let Some(Password { secrets, name, version }) = &self.password {
            let secret = secrets.get(name, version).await;
            let secret = secret.map_err(|error| format!("its password, the secret `{name}`: {error}"))?;
            let text = std::str::from_utf8(secret.expose());
            login = login.set_password(text.map_err(|_| format!("the secret `{name}` is no text"))?);
        }
        Ok(login)
    }
}

impl fmt::Display for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = if self.tls.is_some() { " over TLS" } else { "" };
        write!(f, "{}:{}{over}", self.host, self.port)
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
        let whole = ("10.0.0.1:7000 over TLS".to_owned(), 3, Some("connector".to_owned()));
        assert_eq!(told("rediss://connector@10.0.0.1:7000/3"), whole);
        assert_eq!(told("redis://[::1]/"), ("::1:6379".to_owned(), 0, None));
    }

    #[test]
    fn a_mistake_is_told_without_the_url() {
        for (url, expected) in [
            ("", "be redis://HOST"),
            ("cache.example:6379", "be redis://HOST"),
            ("http://cache.example", "be redis://HOST"),
            ("rediss://u:hunter2@cache.example", "`throttle_redis_password_secret`"),
            ("rediss://cache.example/#insecure", "without options"),
            ("redis://:hunter2@cache.example", "`throttle_redis_password_secret`"),
            ("redis://cache.example?password=hunter2", "without options"),
            ("redis:///1", "name a host"),
            ("redis://cache.example/first", "number of a database"),
        ] {
            let message = RedisServer::parse(url).unwrap_err();
            assert!(message.contains(expected) && !message.contains("hunter2"), "{url}: {message}");
        }
    }
}
