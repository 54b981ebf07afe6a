//! A proxy as a connection is given it, and what of it cannot be.

use std::net::Ipv6Addr;
use std::sync::Arc;

use http::Uri;

use super::Proxy;
use super::credentials::Credentials;
use crate::secrets::Secrets;

/// How TLS and the proxy go together: the setting `proxy_ssltype`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslType {
    /// As [`Tunnel`](Self::Tunnel) for an API over TLS, else as [`Never`](Self::Never).
    #[default]
    Auto,
    /// TLS with the proxy, and within it with the API.
    Always,
    /// No TLS: the proxy reads what it forwards. An API over TLS cannot be had so.
    Never,
    /// The proxy connects, and reads nothing of what follows.
    Tunnel,
}

/// How the connection tells the proxy who it is: the setting `proxy_auth_scheme`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// User and password with every request.
    Basic,
    /// The answer to what the proxy asks, which shows that one has the password.
    Digest,
}

/// Where a proxy is, what it does, and who the connection is to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxySettings {
    host: String,
    port: u16,
    ssl_type: SslType,
    login: Option<Login>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Login {
    scheme: AuthScheme,
    user: String,
    /// The secret's name and version.
    password: (String, String),
}

impl ProxySettings {
    /// A proxy that takes everyone, with [`SslType::Auto`]. `host` is a name or an address.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, ssl_type: SslType::default(), login: None }
    }

    /// How TLS goes.
    #[must_use]
    pub fn ssl_type(mut self, ssl_type: SslType) -> Self {
        self.ssl_type = ssl_type;
        self
    }

    /// Who the connection is: a user, and name and version of the secret that holds the password.
    #[must_use]
    pub fn login(mut self, scheme: AuthScheme, user: &str, secret: &str, version: &str) -> Self {
        let (user, password) = (user.to_owned(), (secret.to_owned(), version.to_owned()));
        self.login = Some(Login { scheme, user, password });
        self
    }

    /// What is wrong with it: settings, and what would be right. `https` says whether the API is reached by TLS.
    pub(crate) fn mistakes(&self, https: bool) -> Vec<(&'static str, String)> {
        let mut mistakes = Vec::new();
        if self.uri().is_none() {
            let right = "`proxy_host` must be the name or the address of a machine, without scheme and port, and \
                         `proxy_port` from 1 to 65535";
            mistakes.push(("proxy_host", right.to_owned()));
        }
        if self.ssl_type == SslType::Never && https {
            let right = "`proxy_ssltype` must be `AUTO`, `ALWAYS` or `TUNNEL` where the API's URL is https: with `NEVER` \
                         the proxy would read the key";
            mistakes.push(("proxy_ssltype", right.to_owned()));
        }
        if let Some(Login { scheme, user, .. }) = &self.login
            && (user.chars().any(char::is_control) || *scheme == AuthScheme::Basic && user.contains(':'))
        {
            let right = "`proxy_user` must hold no control characters, and no colon with `BASIC`";
            mistakes.push(("proxy_user", right.to_owned()));
        }
        mistakes
    }

    fn uri(&self) -> Option<Uri> {
        let bare = self.host.parse::<Ipv6Addr>().is_ok();
        let host = if bare { format!("[{}]", self.host) } else { self.host.clone() };
        let scheme = if self.ssl_type == SslType::Always { "https" } else { "http" };
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        let uri = Uri::try_from(format!("{scheme}://{host}:{}/", self.port)).ok()?;
        let given = self.port > 0 && !host.is_empty();
        (given && host.chars().all(fits) && uri.host() == Some(&host)).then_some(uri)
    }

    /// The proxy, or all that is wrong with it.
    pub(in crate::network) fn open(
        &self,
        https: bool,
        secrets: &Arc<dyn Secrets>,
    ) -> Result<Proxy, Vec<String>> {
        let mistakes = self.mistakes(https);
        match self.uri().filter(|_| mistakes.is_empty()) {
            Some(uri) => Ok(Proxy { uri, ssl_type: self.ssl_type, credentials: self.credentials(secrets) }),
            None => Err(mistakes.into_iter().map(|(_, mistake)| mistake).collect()),
        }
    }

    fn credentials(&self, secrets: &Arc<dyn Secrets>) -> Credentials {
        let Some(Login { scheme, user, password }) = self.login.clone() else {
            return Credentials::none();
        };
        match scheme {
            AuthScheme::Basic => Credentials::basic(user, password, Arc::clone(secrets)),
            AuthScheme::Digest => Credentials::digest(user, password, Arc::clone(secrets)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::FixedSecrets;

    fn opened(settings: &ProxySettings, https: bool) -> Result<String, Vec<String>> {
        let secrets: Arc<dyn Secrets> = Arc::new(FixedSecrets::default());
        settings.open(https, &secrets).map(|proxy| proxy.uri().to_string())
    }

    #[test]
    fn where_it_listens() {
        for (host, ssl_type, uri) in [
            ("proxy.example.com", SslType::Auto, "http://proxy.example.com:3128/"),
            ("::1", SslType::Tunnel, "http://[::1]:3128/"),
            ("[::1]", SslType::Auto, "http://[::1]:3128/"),
            ("10.0.0.1", SslType::Always, "https://10.0.0.1:3128/"),
        ] {
            let settings = ProxySettings::new(host, 3128).ssl_type(ssl_type);
            assert_eq!(opened(&settings, true).as_deref(), Ok(uri));
        }
    }

    #[test]
    fn mistakes_are_all_told() {
        let wrong = ProxySettings::new("http://p", 1).ssl_type(SslType::Never);
        let mistakes = opened(&wrong.login(AuthScheme::Basic, "a:b", "s", "latest"), true).unwrap_err();
        for (mistake, setting) in mistakes.iter().zip(["`proxy_host`", "`proxy_ssltype`", "`proxy_user`"]) {
            assert!(mistake.starts_with(setting), "{mistake}");
        }
        assert_eq!(mistakes.len(), 3);
    }

    #[test]
    fn each_mistake() {
        let right = || ProxySettings::new("p", 1);
        let user = |scheme, user| right().login(scheme, user, "s", "latest");
        for wrong in [
            ProxySettings::new("p", 0),
            ProxySettings::new("", 1),
            ProxySettings::new("u@p", 1),
            ProxySettings::new("p:1", 1),
            user(AuthScheme::Basic, "a:b"),
            user(AuthScheme::Digest, "a\nb"),
        ] {
            assert_eq!(opened(&wrong, true).map_err(|mistakes| mistakes.len()), Err(1), "{wrong:?}");
        }
        for settings in [right().ssl_type(SslType::Never), user(AuthScheme::Digest, "a:b")] {
            assert!(opened(&settings, false).is_ok(), "{settings:?}");
        }
    }
}
