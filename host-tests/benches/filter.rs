//! Filtering and mapping pages of a hundred customers: by the connector's code natively, by the component in its host, and
//! for comparison what an exchange with the server takes without either.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use host_tests::canned::customer;
use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, builder, none};
use serde_json::json;
use stripe_connector_host::Unlimited;
use stripe_connector_host::contract::Query;
use stripe_connector_native as native;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ROWS: usize = 100;

/// Stripe's list checks none of it, and every row meets it: all are filtered, and all are mapped.
const FILTER: &str =
    "Metadata.plan IN ('gold', 'tin') AND Name LIKE 'Jenny%' AND (Balance < 0 OR AddressCountry = 'NO')";

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(5)).sample_size(30);
    targets = rows
}
criterion_main!(benches);

fn rows(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let page = page();
    let mut group = criterion.benchmark_group("filter and map a page");
    group.throughput(Throughput::Elements(ROWS as u64));

    let near = Near::new(&page);
    group.bench_function("natively", |bencher| bencher.iter(|| black_box(near.list())));

    let server = runtime.block_on(Server::answering(Answer::json(&page)));
    let connector = builder(&[("api_base", &server.url())]).throttle(Unlimited).build().expect("a connector");
    let query =
        Query { filter: Some(FILTER.to_owned()), page_size: Some(ROWS as u32), ..Query::new("Customer") };
    let list = || runtime.block_on(connector.list(&query, &none())).expect("a page").rows;
    assert_eq!(list(), near.list(), "both answer alike");
    group.bench_function("in the component", |bencher| bencher.iter(|| black_box(list())));

    group.bench_function("the exchange alone", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(exchange(&server, page.len()))));
    });
    group.finish();
}

/// A page of Stripe's that is not the last.
fn page() -> String {
    let data: Vec<_> = (0..ROWS).map(customer).collect();
    json!({"object": "list", "data": data, "has_more": true, "url": "/v1/customers"}).to_string()
}

/// A request and its answer on a connection of its own, as the host makes one.
async fn exchange(server: &Server, least: usize) -> Vec<u8> {
    let url = server.url();
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET /v1/customers?limit=100 HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::with_capacity(least + 1_024);
    while !answer.ends_with(b"\"/v1/customers\"}") {
        assert!(stream.read_buf(&mut answer).await.expect("an answer") > 0, "the answer was cut");
    }
    answer
}

/// The connector's code with a host and a Stripe that are function calls.
struct Near {
    settings: Result<native::settings::Settings, native::failure::Failed>,
    layouts: native::layout::Layouts,
    page: Vec<u8>,
}

impl Near {
    fn new(page: &str) -> Self {
        let (settings, layouts) = (native::settings::Settings::read(&[]), native::layout::Layouts::new());
        Self { settings, layouts, page: page.as_bytes().to_vec() }
    }

    fn list(&self) -> String {
        let query = native::api::entities::Query {
            entity: "Customer".to_owned(),
            filter: Some(FILTER.to_owned()),
            order_by: None,
            columns: None,
            page_size: Some(ROWS as u32),
            page_token: None,
            raw: None,
        };
        let context = native::host::Context::new(self, self, "list", &self.settings, &self.layouts);
        match native::list::list(context, query, &native::client::no_options()) {
            Ok(page) => page.rows,
            Err(failure) => panic!("{}", failure.message),
        }
    }
}

impl native::host::Host for Near {
    fn secret(&self, _: &str, _: &str) -> Result<Vec<u8>, native::given::secrets::SecretError> {
        Ok(KEY.as_bytes().to_vec())
    }

    fn admit(&self, _: &native::given::throttle::Lane, _: u32) -> native::given::throttle::Admission {
        native::given::throttle::Admission::After(0)
    }

    fn observe(&self, _: &native::given::throttle::Lane, _: Option<u16>, _: Option<u32>) {}

    fn log_enabled(&self, _: native::given::log::Level) -> bool {
        false
    }

    fn log(&self, _: native::given::log::Level, _: &str, _: &[(String, String)]) {}

    fn now_ms(&self) -> u64 {
        0
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
}

impl native::transport::Transport for Near {
    fn send_all<'a>(
        &self,
        queue: &mut dyn native::transport::Queue<'a>,
        _: usize,
        _: u64,
        _: native::transport::Limits,
    ) {
        while let native::transport::Next::Send(ticket, _) = queue.next() {
            let headers = vec![("request-id".to_owned(), "req_1".to_owned())];
            queue.done(
                ticket,
                Ok(native::transport::Response { status: 200, headers, body: self.page.clone() }),
            );
        }
    }
}
