//! `authorization = injected`: the key never enters the component. The host adds it to each request, on its way out.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Request, Uri};

use super::error::NotSent;
use super::origins::{Origin, base, given};
use crate::secrets::{DEFAULT_SECRET, LATEST, SecretError, Secrets};

/// The one request that carries something else than the key: the token of a session, which the component was given for it
/// and which is good for nothing else.
const EVENT_STREAM: &str = "/v2/billing/meter_event_stream";

pub(super) struct Injected {
    secrets: Arc<dyn Secrets>,
    name: String,
    version: String,
    event_stream: Option<(Origin, String)>,
}

impl Injected {
    /// None where the component has the key itself.
    pub(super) fn of(settings: &[(String, String)], secrets: &Arc<dyn Secrets>) -> Option<Self> {
        if given(settings, "authorization") != Some("injected") {
            return None;
        }
        let named = |name: &str, default: &str| given(settings, name).unwrap_or(default).to_owned();
        let event_stream = base(settings, "meter_events_base").and_then(|base| {
            let uri: Uri = base.trim().parse().ok()?;
            Some((Origin::of(&uri)?, format!("{}{EVENT_STREAM}", uri.path().trim_end_matches('/'))))
        });
        Some(Self {
            secrets: Arc::clone(secrets),
            name: named("api_key_secret", DEFAULT_SECRET),
            version: named("api_key_secret_version", LATEST),
            event_stream,
        })
    }

    /// Whether the component brings an authorization that it cannot have.
    pub(super) fn refuses<B>(&self, request: &Request<B>) -> bool {
        request.headers().contains_key(AUTHORIZATION) && !self.is_event_stream(request)
    }

    fn is_event_stream<B>(&self, request: &Request<B>) -> bool {
        self.event_stream.as_ref().is_some_and(|(origin, path)| {
            request.method() == Method::POST
                && request.uri().path() == path
                && Origin::of(request.uri()).as_ref() == Some(origin)
        })
    }

    /// Adds the key. It is asked for every request, so that one that was changed is used at once.
    pub(super) async fn authorize<B>(&self, request: &mut Request<B>) -> Result<(), NotSent> {
        if self.is_event_stream(request) {
            return Ok(());
        }
        let told = |why: &str| format!("the secret `{}`: {why}", self.name);
        let secret = self.secrets.get(&self.name, &self.version).await.map_err(|error| match error {
            SecretError::Unavailable(_) => NotSent::unreachable(told(&error.to_string())),
            SecretError::NotFound | SecretError::Denied => NotSent::unauthenticated(told(&error.to_string())),
        })?;
        let key = secret.expose();
        let wrong = if key.is_empty() {
            "it is empty"
        } else if key.starts_with(b"pk_") {
            "it is a publishable key (pk_); a secret (sk_) or restricted (rk_) key is needed"
        } else if !key.iter().all(u8::is_ascii_graphic) {
            "it holds characters that no key has"
        } else {
            ""
        };
        match HeaderValue::from_bytes(&[b"Bearer ", key].concat()) {
            Ok(mut value) if wrong.is_empty() => {
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
                Ok(())
            }
            _ => Err(NotSent::unauthenticated(told(wrong))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::FixedSecrets;

    fn injected(settings: &[(&str, &str)], key: &str) -> Injected {
        let settings = [("authorization", "injected")].iter().chain(settings);
        let settings: Vec<_> =
            settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let secrets: Arc<dyn Secrets> = Arc::new(FixedSecrets::key(key));
        Injected::of(&settings, &secrets).unwrap()
    }

    fn request(method: Method, uri: &str, authorization: Option<&str>) -> Request<()> {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn the_component_may_bring_the_token_of_a_session_alone() {
        let token = Some("Bearer token");
        let stripe = injected(&[], "sk_test_1");
        let local = injected(&[("api_base", "http://127.0.0.1:1/p/")], "sk_test_1");
        for (injected, method, uri, refused) in [
            (&stripe, Method::POST, "https://meter-events.stripe.com/v2/billing/meter_event_stream", false),
            (&stripe, Method::GET, "https://meter-events.stripe.com/v2/billing/meter_event_stream", true),
            (&stripe, Method::POST, "https://meter-events.stripe.com/v2/billing/meter_event_stream/x", true),
            (&stripe, Method::POST, "https://api.stripe.com/v2/billing/meter_event_stream", true),
            (&stripe, Method::POST, "https://api.stripe.com/v1/customers", true),
            (&local, Method::POST, "http://127.0.0.1:1/p/v2/billing/meter_event_stream", false),
            (&local, Method::POST, "http://127.0.0.1:1/v2/billing/meter_event_stream", true),
            (&local, Method::POST, "http://127.0.0.1:1/p/v1/customers", true),
        ] {
            assert_eq!(injected.refuses(&request(method, uri, token)), refused, "{uri}");
        }
        assert!(!stripe.refuses(&request(Method::GET, "https://api.stripe.com/v1/customers", None)));
    }

    #[tokio::test]
    async fn the_key_is_added_to_all_but_the_event_stream() {
        let injected = injected(&[], "sk_test_1");
        let mut customers = request(Method::GET, "https://api.stripe.com/v1/customers", None);
        injected.authorize(&mut customers).await.unwrap();
        assert_eq!(customers.headers()[AUTHORIZATION], "Bearer sk_test_1");
        assert!(!format!("{:?}", customers.headers()).contains("sk_test_1"), "it is printed");
        let stream = "https://meter-events.stripe.com/v2/billing/meter_event_stream";
        let mut stream = request(Method::POST, stream, Some("Bearer token"));
        injected.authorize(&mut stream).await.unwrap();
        assert_eq!(stream.headers()[AUTHORIZATION], "Bearer token");
    }

    #[tokio::test]
    async fn what_is_no_key_is_not_sent() {
        for (key, word) in [("", "empty"), ("pk_test_1", "publishable"), ("sk\r\nX: y", "characters")] {
            let mut customers = request(Method::GET, "https://api.stripe.com/v1/customers", None);
            let why = injected(&[], key).authorize(&mut customers).await.unwrap_err();
            assert!(why.to_string().contains(word), "{why}");
            assert!(!customers.headers().contains_key(AUTHORIZATION));
        }
        let missing = injected(&[("api_key_secret", "other")], "sk_test_1");
        let mut customers = request(Method::GET, "https://api.stripe.com/v1/customers", None);
        let why = missing.authorize(&mut customers).await.unwrap_err();
        assert_eq!(why, NotSent::unauthenticated("the secret `other`: there is no such secret"));
    }
}
