//! Which origins the component may reach.

use std::fmt;

use http::Uri;

/// Stripe's own origins, in the order of the settings `api_base`, `files_base` and `meter_events_base`.
const STRIPE: [(&str, &str); 3] = [
    ("api_base", "https://api.stripe.com"),
    ("files_base", "https://files.stripe.com"),
    ("meter_events_base", "https://meter-events.stripe.com"),
];

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an `http` or `https` URL; none for anything else.
    pub fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let host = uri.host()?.to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(default_port);
        Some(Self { scheme, host, port })
    }

    /// The same, read from text.
    pub fn parse(url: &str) -> Option<Self> {
        Self::of(&url.trim().parse().ok()?)
    }

    /// True for this machine itself.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// The value of a setting.
pub(super) fn given<'a>(settings: &'a [(String, String)], name: &str) -> Option<&'a str> {
    settings.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// The base of that setting. One that is not set follows `api_base`: a sandbox's uploads must not reach Stripe.
pub(super) fn base<'a>(settings: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let stripes = || STRIPE.iter().find(|(own, _)| *own == name).map(|(_, default)| *default);
    given(settings, name).or_else(|| given(settings, "api_base")).or_else(stripes)
}

/// The origins that a connection's settings name.
#[derive(Clone, Debug)]
pub(crate) struct Origins(Vec<Origin>);

impl Origins {
    /// A base that is no URL lends no origin: the component says which setting is wrong, at the first call.
    pub(crate) fn from_settings(settings: &[(String, String)]) -> Self {
        let bases = STRIPE.iter().filter_map(|(name, _)| base(settings, name));
        Self(bases.filter_map(Origin::parse).collect())
    }

    /// Whether any is reached by TLS.
    pub(crate) fn any_https(&self) -> bool {
        self.0.iter().any(|origin| origin.scheme == "https")
    }

    pub(super) fn allow(&self, uri: &Uri) -> bool {
        Origin::of(uri).is_some_and(|origin| self.0.contains(&origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(settings: &[(&str, &str)]) -> Origins {
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Origins::from_settings(&settings)
    }

    fn allows(origins: &Origins, url: &str) -> bool {
        origins.allow(&url.parse().unwrap())
    }

    #[test]
    fn stripe_without_settings() {
        let origins = origins(&[]);
        assert!(allows(&origins, "https://api.stripe.com/v1/customers"));
        assert!(allows(&origins, "https://API.stripe.com:443/v1/customers"));
        assert!(allows(&origins, "https://files.stripe.com/v1/files"));
        assert!(!allows(&origins, "http://api.stripe.com/v1/customers"));
        assert!(!allows(&origins, "https://api.stripe.com:8443/v1/customers"));
        assert!(!allows(&origins, "https://api.stripe.com.example.com/"));
        assert!(!allows(&origins, "https://api.stripe.com@example.com/"));
    }

    #[test]
    fn a_base_takes_the_others_along() {
        let origins = origins(&[("api_base", "http://127.0.0.1:12111/prefix")]);
        assert!(allows(&origins, "http://127.0.0.1:12111/v1/files"));
        assert!(!allows(&origins, "https://api.stripe.com/v1/customers"));
        assert!(!allows(&origins, "https://files.stripe.com/v1/files"));
    }

    #[test]
    fn a_base_that_is_no_url_reaches_nothing() {
        let origins = origins(&[("api_base", "api.stripe.com")]);
        assert!(!allows(&origins, "https://api.stripe.com/v1/customers"));
    }

    #[test]
    fn loopback() {
        for url in ["http://localhost:1", "http://127.1.2.3", "http://[::1]:8080/x"] {
            assert!(Origin::parse(url).unwrap().is_loopback(), "{url}");
        }
        for url in ["https://api.stripe.com", "http://localhost.example.com", "http://10.0.0.1"] {
            assert!(!Origin::parse(url).unwrap().is_loopback(), "{url}");
        }
    }
}
