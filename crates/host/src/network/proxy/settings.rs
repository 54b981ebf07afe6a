//! The settings of a proxy, by their documented names.

use std::sync::Arc;

use http::Uri;

use super::credentials::Credentials;
use super::{Proxy, SslType};
use crate::network::origins::Origins;
use crate::secrets::{LATEST, Secrets};

const NAMES: [&str; 9] = [
    "proxy_enabled", "proxy_host", "proxy_port", "proxy_server", "proxy_auth_scheme", "proxy_user",
    "proxy_password", "proxy_password_version", "proxy_ssltype",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    None,
    Basic,
    Digest,
}

/// The proxy of a connection, if it is enabled; else all mistakes at once. Of a proxy that is not enabled the other
/// settings are not looked at.
pub(in crate::network) fn read(
    settings: &[(String, String)],
    origins: &Origins,
    secrets: &Arc<dyn Secrets>,
) -> Result<Option<Proxy>, Vec<String>> {
    let mut reader = Reader { settings, mistakes: Vec::new() };
    reader.names();
    let enabled = reader.choice("proxy_enabled", false, &[("true", true), ("false", false)]);
    if !enabled {
        return if reader.mistakes.is_empty() { Ok(None) } else { Err(reader.mistakes) };
    }
    let types = [
        ("AUTO", SslType::Auto),
        ("ALWAYS", SslType::Always),
        ("NEVER", SslType::Never),
        ("TUNNEL", SslType::Tunnel),
    ];
    let ssl_type = reader.choice("proxy_ssltype", SslType::Auto, &types);
    if ssl_type == SslType::Never && origins.any_https() {
        let mistake =
            "`proxy_ssltype` `NEVER` cannot carry https, which the API is reached by; `AUTO` or `TUNNEL` can";
        reader.mistakes.push(mistake.to_owned());
    }
    let uri = reader.uri(ssl_type == SslType::Always);
    let credentials = reader.credentials(secrets);
    match (uri, credentials) {
        (Some(uri), Some(credentials)) if reader.mistakes.is_empty() => {
            Ok(Some(Proxy { uri, ssl_type, credentials }))
        }
        _ => Err(reader.mistakes),
    }
}

struct Reader<'a> {
    settings: &'a [(String, String)],
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    fn names(&mut self) {
        let unknown = |name: &str| name.starts_with("proxy_") && !NAMES.contains(&name);
        let names = self.settings.iter().map(|(name, _)| name).filter(|name| unknown(name));
        self.mistakes.extend(names.map(|name| format!("`{name}` is not known; {} are", NAMES.join(", "))));
    }

    /// An empty value is none: forms leave fields empty.
    fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.settings.iter().find(|(own, _)| own == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    fn mistake<T>(&mut self, mistake: impl Into<String>) -> Option<T> {
        self.mistakes.push(mistake.into());
        None
    }

    fn choice<T: Copy>(&mut self, name: &str, default: T, choices: &[(&str, T)]) -> T {
        let Some(value) = self.get(name) else {
            return default;
        };
        match choices.iter().find(|(own, _)| own.eq_ignore_ascii_case(value)) {
            Some((_, choice)) => *choice,
            None => {
                let names: Vec<_> = choices.iter().map(|(own, _)| *own).collect();
                self.mistake::<()>(format!("`{name}` must be one of {}", names.join(", ")));
                default
            }
        }
    }

    fn uri(&mut self, encrypted: bool) -> Option<Uri> {
        let given = (self.get("proxy_host"), self.get("proxy_port"), self.get("proxy_server"));
        let (host, port) = match given {
            (Some(host), Some(port), None) => (host, port),
            (None, None, Some(server)) => match server.rsplit_once(':') {
                Some(parts) => parts,
                None => return self.mistake("`proxy_server` must be `host:port`"),
            },
            (_, _, Some(_)) => {
                return self
                    .mistake("`proxy_server` says what `proxy_host` and `proxy_port` do: give one of them");
            }
            _ => {
                return self.mistake(
                    "a proxy needs `proxy_host` and `proxy_port`, or `proxy_server` as `host:port`",
                );
            }
        };
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let Some(port) = port.parse::<u16>().ok().filter(|port| digits && *port > 0) else {
            return self.mistake("`proxy_port` must be a whole number from 1 to 65535");
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        let host =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let scheme = if encrypted { "https" } else { "http" };
        let uri = Uri::try_from(format!("{scheme}://{host}:{port}/")).ok();
        match uri.filter(|uri| host.chars().all(fits) && uri.host() == Some(&host)) {
            Some(uri) => Some(uri),
            None => self.mistake("`proxy_host` must be a name or an address, without scheme, user or path"),
        }
    }

    fn credentials(&mut self, secrets: &Arc<dyn Secrets>) -> Option<Credentials> {
        let schemes = [("NONE", Scheme::None), ("BASIC", Scheme::Basic), ("DIGEST", Scheme::Digest)];
        let scheme = self.choice("proxy_auth_scheme", Scheme::None, &schemes);
        let (user, password) = (self.get("proxy_user"), self.get("proxy_password"));
        if scheme == Scheme::None {
            // Said in so many words it stands; else somebody believes to be known to the proxy.
            if self.get("proxy_auth_scheme").is_none() && (user.is_some() || password.is_some()) {
                return self.mistake(
                    "`proxy_user` and `proxy_password` need `proxy_auth_scheme`: `BASIC` or `DIGEST`",
                );
            }
            return Some(Credentials::none());
        }
        let (Some(user), Some(password)) = (user, password) else {
            return self.mistake(
                "`proxy_auth_scheme` needs `proxy_user` and `proxy_password`, the name of the secret with the password",
            );
        };
        if user.chars().any(char::is_control) || (scheme == Scheme::Basic && user.contains(':')) {
            return self.mistake("`proxy_user` must hold no control characters, and no colon with `BASIC`");
        }
        let version = self.get("proxy_password_version").unwrap_or(LATEST);
        let (user, password) = (user.to_owned(), (password.to_owned(), version.to_owned()));
        let secrets = Arc::clone(secrets);
        Some(match scheme {
            Scheme::Digest => Credentials::digest(user, password, secrets),
            _ => Credentials::basic(user, password, secrets),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::FixedSecrets;

    fn of(settings: &[(&str, &str)]) -> Result<Option<Proxy>, Vec<String>> {
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let secrets: Arc<dyn Secrets> = Arc::new(FixedSecrets::default());
        read(&settings, &Origins::from_settings(&settings), &secrets)
    }

    const ON: (&str, &str) = ("proxy_enabled", "TRUE");

    #[test]
    fn none_unless_enabled() {
        assert!(of(&[("proxy_host", "p"), ("proxy_ssltype", "odd")]).unwrap().is_none());
        assert!(of(&[("proxy_enabled", "false")]).unwrap().is_none());
    }

    #[test]
    fn where_it_listens() {
        for (settings, uri) in [
            (
                &[("proxy_host", "proxy.example.com"), ("proxy_port", "3128")][..],
                "http://proxy.example.com:3128/",
            ),
            (&[("proxy_server", "10.0.0.1:8080")], "http://10.0.0.1:8080/"),
            (&[("proxy_host", "::1"), ("proxy_port", "3128")], "http://[::1]:3128/"),
            (&[("proxy_server", "p:3129"), ("proxy_ssltype", "always")], "https://p:3129/"),
        ] {
            let proxy = of(&[&[ON], settings].concat()).unwrap().unwrap();
            assert_eq!(proxy.uri().to_string(), uri);
        }
    }

    #[test]
    fn mistakes_are_all_told() {
        let mistakes = of(&[
            ON,
            ("proxy_host", "http://p/"),
            ("proxy_port", "3128"),
            ("proxy_ssltype", "NEVER"),
            ("proxy_auth_scheme", "BASIC"),
            ("proxy_user", "jenny"),
            ("proxy_pasword", "p"),
        ]);
        let mistakes = mistakes.unwrap_err();
        let words = ["proxy_pasword", "NEVER", "proxy_host", "proxy_auth_scheme"];
        assert_eq!(mistakes.len(), words.len(), "{mistakes:?}");
        for (mistake, word) in mistakes.iter().zip(words) {
            assert!(mistake.contains(word), "{mistake}");
        }
    }

    #[test]
    fn each_mistake() {
        for (settings, word) in [
            (&[("proxy_enabled", "yes")][..], "true, false"),
            (&[ON], "proxy_server"),
            (&[ON, ("proxy_host", "p")], "needs `proxy_host` and `proxy_port`"),
            (&[ON, ("proxy_server", "p:1"), ("proxy_port", "2")], "give one"),
            (&[ON, ("proxy_server", "p")], "host:port"),
            (&[ON, ("proxy_server", "p:0")], "65535"),
            (&[ON, ("proxy_server", "p:+1")], "65535"),
            (&[ON, ("proxy_server", "u:p@h:1")], "without scheme"),
            (&[ON, ("proxy_server", "p:1"), ("proxy_ssltype", "SOME")], "AUTO, ALWAYS, NEVER, TUNNEL"),
            (&[ON, ("proxy_server", "p:1"), ("proxy_auth_scheme", "NTLM")], "NONE, BASIC, DIGEST"),
            (&[ON, ("proxy_server", "p:1"), ("proxy_user", "u")], "need `proxy_auth_scheme`"),
        ] {
            let mistakes = of(settings).unwrap_err();
            assert!(mistakes.len() == 1 && mistakes[0].contains(word), "{mistakes:?}");
        }
    }

    #[test]
    fn never_carries_plain_http() {
        let settings = [ON, ("proxy_server", "p:1"), ("proxy_ssltype", "NEVER")];
        assert!(of(&settings).is_err());
        let plain = [&settings[..], &[("api_base", "http://127.0.0.1:1")]].concat();
        assert!(of(&plain).unwrap().is_some());
        let mixed = [&plain[..], &[("files_base", "https://files.stripe.com")]].concat();
        assert!(of(&mixed).is_err());
    }
}
