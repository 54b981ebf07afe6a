//! What a program does that uses no client of Stripe: pooled connections, and answers as JSON values.

use std::path::Path;

use bytes::Bytes;
use host_tests::canned::PAGE;
use host_tests::stage::{API_VERSION, KEY};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use hyper::http::request::Builder;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio_rustls::rustls::ClientConfig;

use super::roots;
use crate::drive::Client;

#[derive(Clone)]
pub struct Plain {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
}

impl Plain {
    pub fn new(url: &str, trusted: Option<&Path>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let config = ClientConfig::builder().with_root_certificates(roots(trusted)).with_no_client_auth();
        let tls = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1();
        let pool = Pool::builder(TokioExecutor::new()).build(tls.wrap_connector(tcp));
        Self { pool, url: url.to_owned() }
    }

    fn request(&self, path: &str) -> Builder {
        Request::builder()
            .uri(format!("{}{path}", self.url))
            .header(AUTHORIZATION, format!("Bearer {KEY}"))
            .header(USER_AGENT, "plain/1")
            .header("stripe-version", API_VERSION)
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Value {
        let answer = self.pool.request(request).await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        self.send(self.request(path).body(Full::default()).expect("a request")).await
    }

    /// Looks at all customers and answers how many are wanted.
    async fn count(&self, wanted: impl Fn(&Value) -> bool) -> usize {
        let (mut count, mut path) = (0, format!("/v1/customers?limit={PAGE}"));
        loop {
            let mut page = self.get(&path).await;
            let Value::Array(data) = page["data"].take() else { panic!("no list") };
            count += data.iter().filter(|customer| wanted(customer)).count();
            let last = data.last().and_then(|customer| customer["id"].as_str());
            let (true, Some(last)) = (page["has_more"] == true, last) else { return count };
            path = format!("/v1/customers?limit={PAGE}&starting_after={last}");
        }
    }
}

impl Client for Plain {
    async fn retrieve(&self) {
        let customer = self.get("/v1/customers/cus_00000000000000").await;
        assert_eq!(customer["object"], "customer");
    }

    async fn create(&self) {
        let form = "name=Jenny%20Rosen&email=jenny%40example.com&metadata[plan]=gold";
        let request = self
            .request("/v1/customers")
            .method("POST")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("idempotency-key", uuid::Uuid::new_v4().to_string());
        let customer = self.send(request.body(form.into()).expect("a request")).await;
        assert_eq!(customer["object"], "customer");
    }

    async fn list(&self) -> usize {
        self.count(|_| true).await
    }

    async fn filter(&self) -> usize {
        let jenny = |name: &Value| name.as_str().is_some_and(|name| name.starts_with("Jenny"));
        self.count(|customer| customer["metadata"]["plan"] == "gold" && jenny(&customer["name"])).await
    }
    async fn share(&self, percent: usize) -> usize {
        let least = |balance: &Value| balance.as_u64().is_some_and(|balance| balance < percent as u64);
        self.count(|customer| least(&customer["balance"])).await
    }
}
