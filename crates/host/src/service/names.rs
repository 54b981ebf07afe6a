//! The name by which a request calls the service.

use std::net::{IpAddr, SocketAddr};

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderValue, Request, Version};

/// By these a proxy tells that it is one.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

const BY_PROXY: &str = "this service asks nobody for a token, and this request came by a proxy: let it ask for one (the \
    secret `service-token`)";

const FOREIGN: &str = "this service asks nobody for a token, and answers to names of this machine only: localhost, or an \
    address such as 127.0.0.1; to be called by another name let it ask for one (the secret `service-token`)";

/// Sees to it that a request has a name, as the component wants it. Where nobody shows a token because only this machine can
/// call, the name has to be one of this machine: a page of somebody else's whose name leads to it, in the browser of one who
/// may call, would be let in otherwise.
///
/// # Errors
/// What is wrong with the name, and what would be right.
pub(super) fn check<B>(request: &mut Request<B>, own: SocketAddr, open: bool) -> Result<(), &'static str> {
    let only_here = open && own.ip().is_loopback();
    if only_here && PROXIED.iter().any(|name| request.headers().contains_key(*name)) {
        return Err(BY_PROXY);
    }
    let header =
        request.headers().get(HOST).map(|value| value.to_str().ok().and_then(|name| name.parse().ok()));
    let named = match (request.uri().authority().cloned(), header) {
        (Some(authority), _) => authority,
        (None, Some(Some(authority))) => authority,
        (None, Some(None)) => return Err("the header Host is no name of a host"),
        // Balancers ask so whether somebody is there.
        (None, None) if request.version() == Version::HTTP_10 => {
            let own = HeaderValue::from_str(&own.to_string()).map_err(|_| "this service has no name")?;
            request.headers_mut().insert(HOST, own);
            return Ok(());
        }
        (None, None) => return Err("HTTP/1.1 wants the header Host"),
    };
    match only_here && !is_of_this_machine(&named) {
        true => Err(FOREIGN),
        false => Ok(()),
    }
}

fn is_of_this_machine(authority: &Authority) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(
        version: Version,
        host: Option<&str>,
        own: &str,
        open: bool,
    ) -> Result<Option<String>, &'static str> {
        let mut request = Request::builder().version(version).uri("/healthz");
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let mut request = request.body(()).expect("a request");
        check(&mut request, own.parse().expect("an address"), open)?;
        Ok(request.headers().get(HOST).map(|host| host.to_str().expect("text").to_owned()))
    }

    #[test]
    fn without_a_token_only_names_of_this_machine() {
        let open = |host: &str| checked(Version::HTTP_11, Some(host), "127.0.0.1:80", true).is_ok();
        for own in ["127.0.0.1:80", "localhost", "LOCALHOST:8080", "[::1]:80", "127.1.2.3"] {
            assert!(open(own), "{own}");
        }
        for other in
            ["shop.example", "localhost.shop.example", "127.0.0.1.shop.example", "192.0.2.1", "0.0.0.0"]
        {
            assert!(!open(other), "{other}");
            assert!(
                checked(Version::HTTP_11, Some(other), "127.0.0.1:80", false).is_ok(),
                "with a token: {other}"
            );
        }
    }

    #[test]
    fn without_a_token_nobody_comes_by_a_proxy() {
        for name in PROXIED {
            let proxied = |open| {
                let old = Request::builder().version(Version::HTTP_10).uri("/").header(name, "192.0.2.1");
                let named = Request::builder().uri("/").header(HOST, "localhost").header(name, "192.0.2.1");
                let own = SocketAddr::from(([127, 0, 0, 1], 80));
                [old, named]
                    .map(|request| check(&mut request.body(()).expect("a request"), own, open).is_ok())
            };
            assert_eq!((proxied(true), proxied(false)), ([false; 2], [true; 2]), "{name}");
        }
    }

    #[test]
    fn who_has_no_name_is_of_old() {
        let named = checked(Version::HTTP_10, None, "127.0.0.1:80", true);
        assert_eq!(named, Ok(Some("127.0.0.1:80".to_owned())));
        assert!(checked(Version::HTTP_11, None, "127.0.0.1:80", true).is_err());
        assert!(checked(Version::HTTP_11, Some("a b"), "127.0.0.1:80", false).is_err());
    }
}
