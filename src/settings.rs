//! The connection's settings: read once, all mistakes reported at once.

use crate::catalog::{API_VERSION, names};
use crate::failure::{self, Failed};
use crate::traffic::HEADERS_TOLD;
use crate::transport::Limits;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Scheme, authority and path prefix of an API, such as `https://api.stripe.com`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    pub https: bool,
    pub authority: String,
    /// Empty, or `/prefix` without a slash at its end.
    pub prefix: String,
}

/// What one connection is set to. Defaults are the design's.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    pub account_id: Option<String>,
    /// 1 to 5.
    pub verbosity: u8,
    pub api_key_secret: String,
    pub api_key_secret_version: String,
    /// The host adds the key to the requests; the component never asks for it.
    pub injected: bool,
    pub api_base: Origin,
    pub files_base: Origin,
    pub meter_events_base: Origin,
    pub api_version: String,
    pub max_retries: u32,
    pub connect_timeout_ms: u32,
    pub first_byte_timeout_ms: u32,
    pub between_bytes_timeout_ms: u32,
    pub deadline_ms: u32,
    pub max_response_bytes: u32,
    pub max_scan: u32,
    pub max_in_flight: u32,
    /// Stripe may check conditions; else all are checked here, for comparison.
    pub pushdown: bool,
    /// Stripe's search language may be used.
    pub search: bool,
}

const NAMES: &[&str] = &[
    "account_id", "verbosity", "api_key_secret", "api_key_secret_version", "authorization", "api_base",
    "files_base", "meter_events_base", "api_version", "max_retries", "connect_timeout_ms",
    "first_byte_timeout_ms", "between_bytes_timeout_ms", "deadline_ms", "max_response_bytes", "max_scan",
    "max_in_flight", "pushdown", "search",
];

/// Names that begin so are the service's, which stands in front of this component and reads them itself.
const SERVICE: &str = "service_";

impl Settings {
    /// Reads the host's pairs. A name that is none of ours is somebody else's and is passed over, unless it looks
    /// like a mistyped one of ours.
    pub fn read(pairs: &[(String, String)]) -> Result<Settings, Failed> {
        let mut reader = Reader { pairs, mistakes: Vec::new() };
        reader.names();
        let given_base = reader.origin("api_base");
        let follow = |own: Option<Origin>, stripes: &str| {
            own.or_else(|| given_base.clone()).unwrap_or_else(|| stripe(stripes))
        };
        let settings = Settings {
            account_id: reader.token("account_id"),
            verbosity: reader.number("verbosity", 1, 1..=5) as u8,
            api_key_secret: reader.token("api_key_secret").unwrap_or_else(|| "stripe-api-key".to_owned()),
            api_key_secret_version: reader
                .token("api_key_secret_version")
                .unwrap_or_else(|| "latest".to_owned()),
            injected: reader.choice("authorization", "key", "injected"),
            files_base: follow(reader.origin("files_base"), "files.stripe.com"),
            meter_events_base: follow(reader.origin("meter_events_base"), "meter-events.stripe.com"),
            api_base: follow(None, "api.stripe.com"),
            api_version: reader.token("api_version").unwrap_or_else(|| API_VERSION.to_owned()),
            max_retries: reader.number("max_retries", 2, 0..=10),
            connect_timeout_ms: reader.number("connect_timeout_ms", 10_000, 1..=600_000),
            first_byte_timeout_ms: reader.number("first_byte_timeout_ms", 80_000, 1..=600_000),
            between_bytes_timeout_ms: reader.number("between_bytes_timeout_ms", 30_000, 1..=600_000),
            deadline_ms: reader.number("deadline_ms", 120_000, 1..=3_600_000),
            max_response_bytes: reader.number("max_response_bytes", 16 << 20, 1024..=1 << 30),
            max_scan: reader.number("max_scan", 10_000, 1..=10_000_000),
            max_in_flight: reader.number("max_in_flight", 8, 1..=100),
            pushdown: !reader.choice("pushdown", "on", "off"),
            search: reader.choice("search", "off", "on"),
        };
        match reader.mistakes.as_slice() {
            [] => Ok(settings),
            mistakes => Err(failure::invalid(
                "settings",
                format!("the connection's settings are wrong: {}", mistakes.join("; ")),
            )),
        }
    }

    pub fn limits(&self) -> Limits {
        Limits {
            connect_ms: self.connect_timeout_ms,
            first_byte_ms: self.first_byte_timeout_ms,
            between_bytes_ms: self.between_bytes_timeout_ms,
            max_response_bytes: self.max_response_bytes as usize,
            every_header: self.verbosity >= HEADERS_TOLD,
        }
    }
}

fn stripe(host: &str) -> Origin {
    Origin { https: true, authority: host.to_owned(), prefix: String::new() }
}

struct Reader<'a> {
    pairs: &'a [(String, String)],
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    fn names(&mut self) {
        for (at, (name, _)) in self.pairs.iter().enumerate() {
            if self.pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                self.mistakes.push(format!("`{name}` is given twice"));
            } else if !NAMES.contains(&name.as_str())
                && !name.starts_with(SERVICE)
                && let Some(near) = names::nearest(name, NAMES)
            {
                self.mistakes.push(format!("`{name}` is not known, `{near}` is"));
            }
        }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn mistake(&mut self, name: &str, right: &str) {
        self.mistakes.push(format!("`{name}` must be {right}"));
    }

    /// A text for a header or a reference: visible ASCII.
    fn token(&mut self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        if ["sk_", "rk_", "pk_"].iter().any(|prefix| value.starts_with(prefix)) {
            self.mistake(
                name,
                "a name, and looks like a key itself; a key belongs into the host's secret store",
            );
        } else if value.is_empty() || value.len() > 255 || !value.bytes().all(|b| b.is_ascii_graphic()) {
            self.mistake(name, "1 to 255 visible ASCII characters");
        }
        Some(value.to_string())
    }

    fn number(&mut self, name: &str, default: u32, range: core::ops::RangeInclusive<u32>) -> u32 {
        let Some(value) = self.get(name) else {
            return default;
        };
        match value.trim().parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.mistake(name, &format!("a whole number from {} to {}", range.start(), range.end()));
                default
            }
        }
    }

    /// Whether it is the second of two words; absent means the first.
    fn choice(&mut self, name: &str, first: &str, second: &str) -> bool {
        match self.get(name) {
            Some(value) if value == second => true,
            Some(value) if value != first => {
                self.mistake(name, &format!("`{first}` or `{second}`"));
                false
            }
            _ => false,
        }
    }

    fn origin(&mut self, name: &str) -> Option<Origin> {
        match origin(self.get(name)?) {
            Ok(origin) => Some(origin),
            Err(right) => {
                self.mistake(name, right);
                None
            }
        }
    }
}

/// Reads `https://host[:port][/prefix]`; http only for this machine, since the key travels in every request.
fn origin(text: &str) -> Result<Origin, &'static str> {
    const RIGHT: &str = "a URL such as https://api.stripe.com, without user, query or fragment";
    let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(RIGHT),
    };
    let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host_fits = !host.is_empty()
        && (is_ipv6(host) || host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'));
    let port_fits = port
        .is_none_or(|port| is_number(port) && port.parse().is_ok_and(|port| (1..=65_535).contains(&port)));
    let prefix = prefix.trim_end_matches('/');
    let prefix_fits = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%".contains(&b))
        && !prefix.split('/').any(|segment| segment == "." || segment == "..");
    if !host_fits || !port_fits || !prefix_fits {
        return Err(RIGHT);
    }
    if !https && !is_loopback(host) {
        return Err("an https URL; http is for loopback addresses only");
    }
    Ok(Origin { https, authority: authority.to_owned(), prefix: prefix.to_owned() })
}

/// Digits alone: a `+` that is read over here may be read otherwise by the host.
fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it is written like an address of IPv6: the host that connects knows which are right.
fn is_ipv6(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.is_some_and(|host| {
        host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.')
            && host.bytes().filter(|b| *b == b':').count() >= 2
    })
}

/// Names this machine and nothing else: what only looks like it may belong to anybody.
fn is_loopback(host: &str) -> bool {
    let is_short = |part: &str| is_number(part) && (part.len() == 1 || !part.starts_with('0'));
    let is_byte = |part: &&str| is_short(part) && part.parse::<u8>().is_ok();
    let parts: Vec<&str> = host.split('.').collect();
    let is_ipv4 = parts.len() == 4 && parts.first() == Some(&"127") && parts.iter().all(is_byte);
    is_ipv4 || host == "[::1]" || host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Failed> {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        Settings::read(&pairs)
    }

    #[test]
    fn defaults_are_the_designs() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.api_base, stripe("api.stripe.com"));
        assert_eq!(settings.files_base.authority, "files.stripe.com");
        assert_eq!(settings.api_version, API_VERSION);
        assert_eq!((settings.max_scan, settings.max_in_flight, settings.deadline_ms), (10_000, 8, 120_000));
        assert!(!settings.injected && !settings.search);
    }

    #[test]
    fn other_bases_follow_the_api_base() {
        let settings = read(&[("api_base", "http://127.0.0.1:1/stripe/")]).unwrap();
        assert_eq!(settings.files_base, settings.api_base);
        assert_eq!(settings.meter_events_base.prefix, "/stripe");
        let own =
            read(&[("api_base", "http://127.0.0.1:1"), ("files_base", "https://files.example")]).unwrap();
        assert_eq!(own.files_base.authority, "files.example");
    }

    #[test]
    fn all_mistakes_come_at_once_and_by_name() {
        let failure = read(&[
            ("verbosity", "6"),
            ("api_base", "http://api.stripe.com"),
            ("search", "maybe"),
            ("max_retreis", "1"),
            ("account_id", "acct_1\r\n"),
            ("somebody_elses", "x"),
        ])
        .unwrap_err();
        for name in ["`verbosity`", "`api_base`", "`search`", "`max_retries`", "`account_id`"] {
            assert!(failure.message.contains(name), "{name}: {}", failure.message);
        }
        assert!(!failure.message.contains("somebody"));
    }

    #[test]
    fn the_services_settings_are_left_to_it() {
        let settings =
            read(&[("service_auth", "none"), ("service_api_key_secret", "x"), ("service_search", "x")]);
        assert!(settings.is_ok());
    }

    #[test]
    fn a_key_in_the_wrong_place_is_not_repeated() {
        let failure = read(&[("api_key_secret", "sk_live_canary")]).unwrap_err();
        assert!(failure.message.contains("looks like a key") && !failure.message.contains("canary"));
    }

    #[test]
    fn origins() {
        for right in [
            "https://a.b", "https://a.b:8443/x", "http://localhost:1", "http://[::1]:1", "http://127.9.9.9",
            "http://LocalHost", "http://127.0.0.0:80/x", "https://[2001:db8::1]:443", "https://127.evil.com",
        ] {
            assert!(origin(right).is_ok(), "{right}");
        }
        for wrong in [
            "a.b", "ftp://a.b", "https://", "https://u:p@a.b", "https://a.b?x", "https://a.b#x",
            "https://a b", "https://a.b:0", "https://a.b:99999", "http://127.0.0.1.evil.example",
            "https://a.b/../x", "http://10.0.0.1", "http://127.evil.com", "http://127.0.0.1.evil.com",
            "http://1270.0.0.1", "http://127.0.0.256", "http://127.0.0.01", "http://127.0.0.",
            "http://127.0.0", "http://127.0.0.1.", "http://0127.0.0.1", "http://127.0.0.0x1", "http://127.1",
            "http://localhost.evil.com", "http://evil.localhost.com", "http://[::2]",
            "http://[::1].evil.com", "https://[::1", "https://a.b:+1", "https://[:x:]", "https://[1]",
            "https://a.b\r\nX: y", "https://[]",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
