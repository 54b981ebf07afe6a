//! What a collector of OpenTelemetry is sent, over OTLP.

use host_tests::command::Call;
use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, Stage};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};
use stripe_connector_sandbox::Faults;

async fn collector() -> Server {
    Server::answering(Answer::binary("200 OK", &[("Content-Type", "application/x-protobuf")], b"")).await
}

/// What the collector was sent: the name of the service, and the spans.
fn sent(collector: &Server) -> (Vec<Value>, Vec<Span>) {
    let (mut services, mut spans) = (Vec::new(), Vec::new());
    for request in collector.received() {
        assert!(request.line.starts_with("POST /v1/traces "), "{}", request.line);
        let exported = ExportTraceServiceRequest::decode(request.bytes.as_slice()).expect("protobuf");
        for resource in exported.resource_spans {
            let attributes = resource.resource.expect("a resource").attributes;
            services.push(attribute(&attributes, "service.name"));
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (services, spans)
}

fn attribute(attributes: &[KeyValue], name: &str) -> Value {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.as_ref()) {
        Some(AnyValue { value: Some(any_value::Value::StringValue(text)) }) => json!(text),
        Some(AnyValue { value: Some(any_value::Value::IntValue(number)) }) => json!(number),
        _ => Value::Null,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_and_its_requests_are_spans_of_one_trace() {
    let (stage, collector) = (Stage::new().await, collector().await);
    stage.sandbox.set_faults(Faults::parse("POST /v1/customers times=1 status=503").expect("a rule"));
    let create = ["create", "Customer", r#"{"Email": "jenny@example.com"}"#, "--api-base"];
    let call = Call::new(create.into_iter().chain([stage.sandbox.url().as_str()])).key(KEY);
    let call = call.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()).env("OTEL_SERVICE_NAME", "shop");
    let ran = call.run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));

    let (services, spans) = sent(&collector);
    assert_eq!(services, [json!("shop")]);
    let call = spans.iter().find(|span| span.name == "create Customer").expect("the call's span");
    let of_call = |name: &str| attribute(&call.attributes, name);
    assert_eq!(of_call("stripe.operation"), "create");
    assert_eq!(of_call("stripe.target"), "Customer");
    assert_eq!(of_call("stripe.outcome"), "ok");
    let requests: Vec<_> = spans.iter().filter(|span| span.parent_span_id == call.span_id).collect();
    assert_eq!((requests.len(), spans.len()), (2, 3));
    let statuses: Vec<_> =
        requests.iter().map(|span| attribute(&span.attributes, "http.response.status_code")).collect();
    assert_eq!(statuses, [json!(503), json!(200)]);
    for request in requests {
        assert_eq!(request.trace_id, call.trace_id);
        assert_eq!((request.name.as_str(), request.kind), ("POST", 3), "a client's span");
        assert_eq!(attribute(&request.attributes, "server.address"), "127.0.0.1");
        let id = attribute(&request.attributes, "stripe.request_id");
        assert!(id.as_str().is_some_and(|id| id.starts_with("req_")), "{id}");
    }
    let bytes: Vec<u8> = collector.received().into_iter().flat_map(|request| request.bytes).collect();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("jenny") && !text.contains(KEY), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_marked() {
    let (stage, collector) = (Stage::new().await, collector().await);
    let get = ["get", "Customer", "cus_none", "--api-base"];
    let call = Call::new(get.into_iter().chain([stage.sandbox.url().as_str()])).key(KEY);
    let ran = call.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &(collector.url() + "/v1/traces")).run().await;
    assert_eq!(ran.code, Some(1));

    let (services, spans) = sent(&collector);
    assert_eq!(services, [json!("stripe-connector")]);
    let call = spans.iter().find(|span| span.name == "get Customer").expect("the call's span");
    assert_eq!(attribute(&call.attributes, "stripe.outcome"), "not-found");
    assert_eq!(attribute(&call.attributes, "stripe.effect"), "none");
    let id = attribute(&call.attributes, "stripe.request_id");
    assert!(id.as_str().is_some_and(|id| ran.stderr.contains(id)), "{id}: {}", ran.stderr);
    assert!(spans.iter().all(|span| span.status.as_ref().is_some_and(|status| status.code == 2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_fails_no_call() {
    let stage = Stage::new().await;
    let list = ["list", "Customer", "--json", "--api-base"];
    let call = Call::new(list.into_iter().chain([stage.sandbox.url().as_str()])).key(KEY);
    let ran = call.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").run().await;
    assert_eq!(ran.code, Some(0));
    assert_eq!(ran.stderr.matches("the traces cannot be sent: ").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("refused"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_collector_is_told_and_harms_nothing() {
    let stage = Stage::new().await;
    let silent = Server::answering(Answer::Silence).await;
    let (url, silent) = (stage.sandbox.url(), silent.url());
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "x y", "no traces are sent: "),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "another protocol than http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", silent.as_str(), "the collector takes too long"),
    ];
    for (name, value, word) in settings {
        let get = Call::new(["get", "Customer", "cus_none", "--api-base", &url]).key(KEY);
        let get = get.env("OTEL_EXPORTER_OTLP_ENDPOINT", &silent);
        let started = std::time::Instant::now();
        let ran = get.env(name, value).run().await;
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.stderr);
        let told = (ran.stderr.find("error: not-found"), ran.stderr.find(word));
        assert!(matches!(told, (Some(_), Some(_))), "{name}: {}", ran.stderr);
        assert!(started.elapsed().as_secs() < 9, "{name}: {:?}", started.elapsed());
    }
}
