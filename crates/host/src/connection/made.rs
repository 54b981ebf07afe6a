//! What is made of a connection's settings.

use std::sync::Arc;
use std::time::Duration;

use super::mistakes::{Mistake, Mistakes};
use super::table::{Reader, Setting, setting};
use super::{Config, Value, values, whole};
use crate::network::{AuthScheme, ProxySettings, SslType, Tls};
use crate::secrets::{Secrets, Source};
use crate::throttle::{Limits, SlidingWindow, Throttle};
#[cfg(feature = "redis")]
use crate::throttle::{RedisServer, RedisWindow, WhenGone};

impl Config {
    /// The store of secrets.
    pub fn secrets(&self) -> Arc<dyn Secrets> {
        let millis = |name| self.number(name).map(|ms| Duration::from_millis(ms.into()));
        self.source().open(millis("secrets_timeout_ms"), millis("secrets_keep_ms"))
    }

    /// Where secrets are.
    pub fn source(&self) -> Source {
        self.get("secrets").and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// The certificates, as PEM, in the file that `extra_roots` names, if it names one.
    ///
    /// # Errors
    /// All that is wrong with the connection, a file that cannot be read included.
    pub fn extra_roots(&self) -> Result<Option<Vec<u8>>, Mistakes> {
        self.checked()?;
        self.roots().map_err(|mistake| Mistakes::new(vec![mistake]))
    }

    /// The proxy, if there is to be one.
    ///
    /// # Errors
    /// All that is wrong with the connection.
    pub fn proxy(&self) -> Result<Option<ProxySettings>, Mistakes> {
        self.checked()?;
        Ok(self.is_on("proxy_enabled").then(|| self.typed_proxy()))
    }

    /// How fast the connection may go.
    ///
    /// # Errors
    /// All that is wrong with the connection.
    pub fn throttle(&self) -> Result<Arc<dyn Throttle>, Mistakes> {
        self.checked()?;
        #[cfg(feature = "redis")]
        if let Some(window) = self.shared().map_err(|mistake| Mistakes::new(vec![mistake]))? {
            return Ok(Arc::new(window));
        }
        Ok(Arc::new(SlidingWindow::with_limits(self.limits())))
    }

    /// What was set after reading is judged too, but for what the component judges itself.
    fn checked(&self) -> Result<(), Mistakes> {
        let mut mistakes = whole::mistakes(self);
        for Value { name, text, place } in &self.values {
            if let Some(Setting { kind, reader: Reader::Host, .. }) = setting(name)
                && let Err(right) = values::judge(*kind, text)
            {
                mistakes.push(Mistake { place: place.clone(), message: format!("`{name}` must {right}") });
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(Mistakes::new(mistakes)) }
    }

    pub(super) fn roots(&self) -> Result<Option<Vec<u8>>, Mistake> {
        let Some(file) = self.get("extra_roots") else { return Ok(None) };
        let read = std::fs::read(file).map_err(|error| error.to_string());
        let checked = read.and_then(|pem| Tls::new(std::slice::from_ref(&pem)).map(|_| pem));
        checked.map(Some).map_err(|why| {
            let message = format!("`extra_roots` must name a file of certificates as PEM; `{file}`: {why}");
            Mistake { place: self.place("extra_roots"), message }
        })
    }

    /// The proxy as far as it is said; what is missing is another mistake than those of what is there.
    pub(super) fn typed_proxy(&self) -> ProxySettings {
        let said = |name| self.get(name).unwrap_or_default();
        let port = self.number("proxy_port").and_then(|port| u16::try_from(port).ok());
        let proxy = ProxySettings::new(said("proxy_host"), port.unwrap_or(1));
        let proxy = proxy.ssl_type(match said("proxy_ssltype") {
            "ALWAYS" => SslType::Always,
            "NEVER" => SslType::Never,
            "TUNNEL" => SslType::Tunnel,
            _ => SslType::Auto,
        });
        let scheme = match said("proxy_auth_scheme") {
            "BASIC" => AuthScheme::Basic,
            "DIGEST" => AuthScheme::Digest,
            _ => return proxy,
        };
        proxy.login(scheme, said("proxy_user"), said("proxy_password"), said("proxy_password_version"))
    }

    fn limits(&self) -> Limits {
        let usual = Limits::default();
        let waiting = self.number("throttle_waiting").and_then(|waiting| usize::try_from(waiting).ok());
        let ahead = self.number("throttle_ahead_ms").map(|ms| Duration::from_millis(ms.into()));
        Limits {
            nodes_min: self.number("node_config.min_node_count").unwrap_or(usual.nodes_min),
            nodes_max: self.number("node_config.max_node_count").unwrap_or(usual.nodes_max),
            waiting: waiting.unwrap_or(usual.waiting),
            ahead: ahead.unwrap_or(usual.ahead),
        }
    }

    /// The limit in Redis, if it is to be there.
    #[cfg(feature = "redis")]
    pub(super) fn shared(&self) -> Result<Option<RedisWindow>, Mistake> {
        let (Some(url), Some(name)) = (self.get("throttle_redis_url"), self.get("name")) else {
            return Ok(None);
        };
        let wrong = |why: String| {
            let message = format!("`throttle_redis_url` must {why}");
            Mistake { place: self.place("throttle_redis_url"), message }
        };
        let roots: Vec<_> = self.roots()?.into_iter().collect();
        let tls = Tls::new(&roots).map_err(wrong)?.verbosity(self.number("verbosity").unwrap_or(1));
        let mut server = RedisServer::parse(url).map_err(wrong)?.tls(tls);
        if let Some(secret) = self.get("throttle_redis_password_secret") {
            let version = self.get("throttle_redis_password_secret_version").unwrap_or_default();
            server = server.password(self.secrets(), secret, version);
        }
        let when_gone = match self.get("throttle_redis_gone") {
            Some("local") => WhenGone::Local,
            _ => WhenGone::Refuse,
        };
        Ok(Some(RedisWindow::new(server, name, self.limits()).when_gone(when_gone)))
    }
}
