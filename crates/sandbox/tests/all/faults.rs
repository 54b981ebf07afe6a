//! Faults on demand, as they arrive on the wire, and whether the effect took place.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::common::{Api, KEY, start};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use stripe_connector_sandbox::{Faults, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Longer than any test: what waits so long has not happened.
const NEVER: &str = "3600s";

const SOON: Duration = Duration::from_millis(150);

async fn faulty(rules: &str) -> Api {
    let api = start().await;
    api.sandbox.set_faults(Faults::parse(rules).unwrap());
    api
}

/// A connection of its own, on which a customer is to be created.
async fn create(api: &Api) -> TcpStream {
    create_with(api, "name=Some+One").await
}

async fn create_with(api: &Api, form: &str) -> TcpStream {
    let request = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: {KEY}\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(api.sandbox.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// All that comes, and the error that it ends with.
async fn rest(stream: &mut TcpStream) -> (String, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (String::from_utf8(bytes).unwrap(), end.err().map(|error| error.kind()))
}

/// An answer in its parts: status, declared length, body.
fn parts(answer: &str) -> (u16, usize, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    (status, length.parse().unwrap(), body)
}

/// The answer to a customer's creation that an end in order follows.
async fn answer(api: &Api) -> String {
    let (answer, error) = rest(&mut create(api).await).await;
    assert_eq!(error, None, "{answer}");
    answer
}

async fn customers(api: &Api) -> usize {
    api.sandbox.clear_faults();
    api.get("/v1/customers", &[]).await["data"].as_array().unwrap().len()
}

/// The requests so far, once there are so many.
async fn requests(api: &Api, count: usize) -> Vec<Request> {
    for _ in 0..500 {
        let requests = api.sandbox.requests();
        if requests.len() == count {
            return requests;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("never {count}: {:?}", api.sandbox.requests());
}

async fn get(api: &Api) -> Response {
    api.send(Method::GET, "/v1/balance", &[]).await
}

async fn json(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn an_answer_in_stripes_place() {
    let rule = r#"POST /v1/customers status=503 header=Retry-After:1 header="X-Odd: a; b" body="so; \"so\"""#;
    let api = faulty(&format!("{rule} # not always")).await;
    let response = api.send(Method::POST, "/v1/customers", &[("name", "A")]).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.headers()["x-odd"], "a; b");
    assert!(response.headers().contains_key("request-id"));
    assert_eq!(response.text().await.unwrap(), r#"so; "so""#);
    let request = &api.sandbox.requests()[0];
    assert_eq!(
        (request.status, request.fault.as_deref(), request.body.as_str()),
        (503, Some(rule), "name=A")
    );
    assert_eq!(customers(&api).await, 0);
    assert_eq!(api.sandbox.requests()[1].fault, None);
}

#[tokio::test]
async fn a_status_has_the_body_that_fits() {
    let api = start().await;
    for (status, kind, code) in [
        (400, "invalid_request_error", json!(null)),
        (402, "card_error", json!("card_declined")),
        (404, "invalid_request_error", json!("resource_missing")),
        (409, "idempotency_error", json!("idempotency_key_in_use")),
        (429, "invalid_request_error", json!("rate_limit")),
        (500, "api_error", json!(null)),
        (503, "api_error", json!(null)),
    ] {
        api.sandbox.set_faults(Faults::parse(&format!("* * status={status}")).unwrap());
        let response = get(&api).await;
        assert_eq!(response.status(), status);
        let error = &json(response).await["error"];
        assert_eq!((&error["type"], &error["code"]), (&json!(kind), &code), "{status}");
        assert!(error["message"].is_string());
    }
    api.sandbox.set_faults(Faults::parse("* * status=200").unwrap());
    assert_eq!(json(get(&api).await).await, json!({}));
}

#[tokio::test]
async fn a_rate_limit_has_its_reason() {
    let api = faulty("GET * rate-limited=endpoint-concurrency header=Retry-After:2").await;
    let response = get(&api).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["stripe-rate-limited-reason"], "endpoint-concurrency");
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(json(response).await["error"]["code"], "rate_limit");
}

#[tokio::test]
async fn a_header_alone_changes_an_answer() {
    let api = faulty("* * header=Stripe-Should-Retry:false header=Content-Type:text/plain").await;
    let response = get(&api).await;
    assert_eq!(response.headers()["stripe-should-retry"], "false");
    assert_eq!(response.headers().get_all("content-type").iter().count(), 1);
    assert_eq!(json(response).await["object"], "balance");
}

#[tokio::test]
async fn a_connection_goes_on_after_an_answer_that_http_allows_for() {
    let api = faulty("POST /v1/customers skip=1 times=1 status=500 delay-answer=20ms").await;
    let mut stream = TcpStream::connect(api.sandbox.addr()).await.unwrap();
    for expected in [200, 500, 200] {
        let request = format!(
            "POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: {KEY}\r\ncontent-length: 0\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        while !text.ends_with('}') {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert_ne!(count, 0, "the connection ended after {text}");
            text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        assert_eq!(parts(&text).0, expected);
    }
}

#[tokio::test]
async fn a_wait_before_the_request_is_read() {
    let api = faulty("POST * delay-request=300ms").await;
    let mut slow = create(&api).await;
    // Others are answered meanwhile.
    assert_eq!(get(&api).await.status(), 200);
    assert_eq!(api.sandbox.requests().len(), 1);
    let mut bytes = [0; 12];
    slow.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 200");
    assert_eq!(customers(&api).await, 1);
}

#[tokio::test]
async fn a_request_is_carried_out_for_a_client_that_went_away() {
    let api = faulty("DELETE * delay-request=100ms").await;
    let customer = api.customer().await;
    let mut stream = TcpStream::connect(api.sandbox.addr()).await.unwrap();
    let request =
        format!("DELETE /v1/customers/{customer} HTTP/1.1\r\nhost: x\r\nauthorization: {KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    drop(stream);
    assert_eq!(requests(&api, 2).await[1].status, 200);
    assert_eq!(customers(&api).await, 0);
}

#[tokio::test]
async fn a_wait_before_the_answer() {
    let api = faulty(&format!("POST * delay-answer={NEVER}")).await;
    let mut slow = create(&api).await;
    assert_eq!(requests(&api, 1).await[0].status, 200);
    assert!(timeout(SOON, slow.read_u8()).await.is_err(), "nothing is sent");
    assert_eq!(customers(&api).await, 1);
}

#[tokio::test]
async fn a_wait_between_head_and_body() {
    let api = faulty(&format!("POST * times=1 delay-body={NEVER}; POST * delay-body=30ms")).await;
    let mut slow = create(&api).await;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(slow.read_u8().await.unwrap()));
    }
    assert!(parts(&head).1 > 0);
    assert!(timeout(SOON, slow.read_u8()).await.is_err(), "no body is sent");
    let text = answer(&api).await;
    let (status, length, body) = parts(&text);
    assert_eq!((status, length), (200, body.len()));
}

#[tokio::test]
async fn a_reset_or_an_end_before_the_request_is_carried_out() {
    for (rule, expected) in
        [("POST * reset=before", Some(ErrorKind::ConnectionReset)), ("POST * close=before", None)]
    {
        let api = faulty(rule).await;
        let (answer, end) = rest(&mut create(&api).await).await;
        assert_eq!((answer.as_str(), end), ("", expected), "{rule}");
        let request = &requests(&api, 1).await[0];
        assert_eq!((request.status, request.fault.as_deref()), (0, Some(rule)));
        assert_eq!(customers(&api).await, 0, "{rule}");
    }
}

#[tokio::test]
async fn an_end_in_order_is_one_after_a_large_request_too() {
    let api = faulty("POST * close=before").await;
    let mut stream = create_with(&api, &format!("name={}", "x".repeat(4_000_000))).await;
    assert_eq!(rest(&mut stream).await, (String::new(), None));
}

#[tokio::test]
async fn an_answer_that_is_dropped_after_the_effect() {
    for (rule, expected) in
        [("POST * reset=after", Some(ErrorKind::ConnectionReset)), ("POST * close=after", None)]
    {
        let api = faulty(&format!("{rule} delay-answer=20ms")).await;
        let (answer, end) = rest(&mut create(&api).await).await;
        assert_eq!((answer.as_str(), end), ("", expected), "{rule}");
        assert_eq!(requests(&api, 1).await[0].status, 200);
        assert_eq!(customers(&api).await, 1, "{rule}");
    }
}

#[tokio::test]
async fn a_reset_in_the_middle_of_an_answer() {
    let api = faulty("POST * reset=during").await;
    let (answer, end) = rest(&mut create(&api).await).await;
    let (status, length, body) = parts(&answer);
    assert_eq!((status, body.len()), (200, length / 2));
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert_eq!(customers(&api).await, 1);
}

#[tokio::test]
async fn a_body_that_is_cut() {
    let api = faulty("POST * times=1 cut=10; POST * status=500 body=12345 cut=1KiB").await;
    let text = answer(&api).await;
    let (status, length, body) = parts(&text);
    assert_eq!((status, body.len()), (200, 10));
    assert!(length > 10 && body.starts_with('{'));
    let text = answer(&api).await;
    assert_eq!(parts(&text), (500, 5, "12345"), "there is no more to send");
    assert_eq!(customers(&api).await, 1);
}

#[tokio::test]
async fn a_length_that_is_wrong() {
    let rules = ["length=+7", "length=-2", "length=-100"]
        .map(|off| format!("POST * times=1 status=500 body=12345 {off}"));
    let api = faulty(&rules.join("\n")).await;
    for told in [12, 3, 0] {
        let text = answer(&api).await;
        assert_eq!(parts(&text), (500, told, "12345"));
    }
    api.sandbox.set_faults(Faults::parse("* * length=+1").unwrap());
    assert!(get(&api).await.text().await.is_err());
}

#[tokio::test]
async fn a_body_in_pieces() {
    let api = faulty("POST * status=200 body=12345 trickle=2/60ms").await;
    let mut stream = create(&api).await;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.unwrap()));
    }
    let begun = Instant::now();
    let mut pieces = Vec::new();
    loop {
        let mut bytes = [0; 16];
        match stream.read(&mut bytes).await.unwrap() {
            0 => break,
            count => pieces.push(String::from_utf8(bytes[..count].to_vec()).unwrap()),
        }
    }
    assert_eq!(pieces.concat(), "12345");
    assert!(pieces.len() > 1 && begun.elapsed() > Duration::from_millis(60), "{pieces:?}");
}

#[tokio::test]
async fn who_has_the_whole_answer_may_repeat_the_request() {
    let api = faulty(&format!("POST * times=1 trickle=100KiB/{NEVER}")).await;
    let create = || {
        let request = api.http.post(format!("{}/v1/customers", api.sandbox.url()));
        request.header("authorization", KEY).header("idempotency-key", "k").form(&[("name", "A")]).send()
    };
    let first = create().await.unwrap().text().await.unwrap();
    let again = create().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.text().await.unwrap(), first);
}

#[tokio::test]
async fn a_page_in_place_of_json() {
    let api = faulty("POST * html; GET * status=502 html").await;
    let response = api.send(Method::POST, "/v1/customers", &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let response = get(&api).await;
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    assert_eq!(customers(&api).await, 1);
}

#[tokio::test]
async fn a_huge_body_is_an_answer_of_that_size() {
    let api = faulty("POST * huge=3MiB; GET * status=500 huge=64KiB; DELETE * status=200 huge=100").await;
    let text = answer(&api).await;
    let (status, length, body) = parts(&text);
    assert_eq!((status, length, body.len()), (200, 3 << 20, 3 << 20));
    let customer: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&customer["object"], &customer["name"]), (&json!("customer"), &json!("Some One")));
    let response = get(&api).await;
    assert_eq!(response.content_length(), Some(65_536));
    assert_eq!(json(response).await["error"]["type"], "api_error");
    let small = api.send(Method::DELETE, "/v1/customers/cus_1", &[]).await.text().await.unwrap();
    assert_eq!(small.len(), 100);
    serde_json::from_str::<Value>(&small).unwrap();
}

#[tokio::test]
async fn a_huge_body_is_not_held_in_memory() {
    // More than any machine has.
    let api = faulty("POST * huge=9000000000MiB").await;
    let mut stream = create(&api).await;
    let mut some = vec![0; 4 << 20];
    stream.read_exact(&mut some).await.unwrap();
    drop(stream);
    assert_eq!(get(&api).await.status(), 200);
}

#[tokio::test]
async fn faults_that_go_together() {
    let api =
        faulty("POST * delay-request=10ms delay-answer=10ms delay-body=10ms html cut=15 trickle=4/5ms").await;
    let text = answer(&api).await;
    let (status, length, body) = parts(&text);
    assert_eq!((status, body), (200, "<!DOCTYPE html>"));
    assert!(length > 15);
    assert_eq!(customers(&api).await, 1);
}

#[tokio::test]
async fn a_fault_on_one_connection_touches_no_other() {
    let api = faulty(&format!("POST * trickle=1/{NEVER}")).await;
    let mut slow = create(&api).await;
    slow.read_u8().await.unwrap();
    api.sandbox.set_faults(Faults::parse("POST * reset=during").unwrap());
    let (_, end) = rest(&mut create(&api).await).await;
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    for _ in 0..3 {
        assert_eq!(get(&api).await.status(), 200);
    }
    let mut bytes = [0; 32];
    let count = timeout(SOON, slow.read(&mut bytes)).await.unwrap().unwrap();
    assert_ne!(count, 0, "the slow answer is still under way");
}
