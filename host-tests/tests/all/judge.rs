//! The judge itself: where it listens, what it answers and what it remembers.

use std::collections::BTreeSet;

use host_tests::judge::{Description, Judge, PDF, SESSION_TOKEN, example, wrong_answer};
use serde_json::{Value, json};

use crate::judge_asking::Asked;

#[test]
fn the_description_is_whole() {
    let description = Description::stripe();
    assert_eq!(description.version(), host_tests::stage::API_VERSION);
    assert_eq!(description.operations().len(), 619);
    let binary: Vec<_> = description
        .operations()
        .iter()
        .filter(|operation| example(&description, operation).is_none())
        .map(|operation| operation.name())
        .collect();
    assert_eq!(binary, ["GET /v1/quotes/{quote}/pdf"]);
}

#[test]
fn the_example_of_every_answer_is_right() {
    let description = Description::stripe();
    for operation in description.operations() {
        if let Some(example) = example(&description, operation) {
            let wrong = wrong_answer(&description, operation, &example);
            assert!(wrong.is_empty(), "{}: {wrong:?} in {example}", operation.name());
        }
    }
}

#[test]
fn wrong_answers_are_seen() {
    let description = Description::stripe();
    let (customer, _) = description.find("GET", "/v1/customers/cus_1").expect("an operation");
    let right = example(&description, customer).expect("JSON");
    assert_eq!(right["id"], "id_example");
    assert_eq!(right["object"], "customer");
    let wrong: [(&str, Value, &str); 5] = [
        ("created", json!("1"), r#"created is "1", which is no "integer""#),
        ("created", json!(1.0), r#"created is 1.0, which is no "integer""#),
        ("livemode", Value::Null, r#"livemode is null, which is no "boolean""#),
        ("object", json!("client"), r#"object is "client", which is none of its values"#),
        ("shoe_size", json!(43), "shoe_size is no parameter"),
    ];
    for (name, value, complaint) in wrong {
        let mut answer = right.clone();
        answer[name] = value;
        assert_eq!(wrong_answer(&description, customer, &answer), [complaint]);
    }
}

#[test]
fn examples_are_such_as_a_client_goes_on_with() {
    let description = Description::stripe();
    let of = |method: &str, path: &str| {
        let (operation, _) = description.find(method, path).expect("an operation");
        example(&description, operation).expect("JSON")
    };
    let page = of("GET", "/v1/customers");
    assert_eq!(page["object"], "list");
    assert_eq!(page["has_more"], false);
    assert_eq!(page["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["data"][0]["address"]["city"], "example");
    assert_eq!(of("GET", "/v1/customers/search")["next_page"], Value::Null);
    assert_eq!(of("GET", "/v2/core/accounts")["next_page_url"], Value::Null);
    assert_eq!(of("GET", "/v2/core/accounts")["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(of("DELETE", "/v1/customers/cus_1")["deleted"], true);
    assert_eq!(of("GET", "/v1/charges/ch_1")["customer"], "id_example");
    assert_eq!(of("GET", "/v1/charges/ch_1")["created"], 1_767_225_600);
    assert_eq!(of("POST", "/v2/billing/meter_event_session")["authentication_token"], SESSION_TOKEN);
}

#[test]
fn a_literal_segment_is_nearer_than_an_id() {
    let description = Description::stripe();
    let name = |method, path| description.find(method, path).map(|(operation, _)| operation.name());
    assert_eq!(name("GET", "/v1/charges/search"), Ok("GET /v1/charges/search".to_owned()));
    assert_eq!(name("GET", "/v1/charges/ch_1"), Ok("GET /v1/charges/{charge}".to_owned()));
    assert_eq!(
        name("GET", "/v1/credit_notes/preview/lines"),
        Ok("GET /v1/credit_notes/preview/lines".to_owned())
    );
    // The literal path has another method.
    assert_eq!(
        name("GET", "/v1/payment_records/report_payment"),
        Ok("GET /v1/payment_records/{id}".to_owned())
    );
}

#[test]
fn parameters_are_listed_as_they_are_seen() {
    let listed = Description::stripe().parameters();
    let has = |operation: &str, names: &[&str]| {
        for name in names {
            assert!(listed[operation].contains(*name), "{operation} {name}");
        }
    };
    has("GET /v1/customers", &["created", "created[gt]", "expand[]", "limit"]);
    has("POST /v1/customers", &["address[city]", "metadata[*]", "preferred_locales[]"]);
    has("POST /v1/checkout/sessions", &["line_items[][price_data][product_data][name]"]);
    has("POST /v1/files", &["file", "file_link_data[metadata][*]", "purpose"]);
    has("DELETE /v1/subscriptions/{subscription_exposed_id}", &["cancellation_details[comment]", "prorate"]);
    has("POST /v2/core/accounts", &["identity[individual][given_name]", "include[]"]);
    assert!(!listed["POST /v1/customers"].contains("metadata"), "an object is no value");
    assert!(listed["POST /v2/core/event_destinations/{id}/ping"].is_empty());
}

#[tokio::test]
async fn what_was_asked_is_remembered() {
    let judge = Judge::start(&Description::stripe()).await;
    Asked::get("/v1/customers/cus_1?expand%5B0%5D=sources").send(&judge.api_url()).await;
    let form = "address[city]=Ulm&metadata[a]=1&metadata[b]=2&preferred_locales[0]=de&tax=";
    let told = Asked::form("/v1/customers", form).send(&judge.api_url()).await;
    assert_eq!(told.status, "400");
    let message = r#"tax is no "object""#;
    let error = json!({"error": {"type": "invalid_request_error", "message": message}});
    assert_eq!(told.json(), error);
    Asked::form("/v1/customers", "metadata=&name=").send(&judge.api_url()).await;
    assert_eq!(judge.complaints(), [format!("POST /v1/customers HTTP/1.1: {message}")]);
    let seen = judge.seen();
    let names: Vec<_> = seen.keys().map(String::as_str).collect();
    assert_eq!(names, ["GET /v1/customers/{customer}", "POST /v1/customers"]);
    let expected = ["address[city]", "metadata=", "metadata[*]", "name", "preferred_locales[]", "tax"];
    assert_eq!(seen["POST /v1/customers"], BTreeSet::from(expected.map(str::to_owned)));
    let listed = Description::stripe().parameters();
    assert!(seen["GET /v1/customers/{customer}"].is_subset(&listed["GET /v1/customers/{customer}"]));
    assert_eq!(judge.received().len(), 3);
}

#[tokio::test]
async fn each_host_has_operations_of_its_own() {
    let judge = Judge::start(&Description::stripe()).await;
    let pdf = Asked::get("/v1/quotes/qt_1/pdf").send(&judge.files_url()).await;
    assert_eq!((pdf.status.as_str(), pdf.body.as_slice()), ("200", PDF));
    let session = Asked::post("/v2/billing/meter_event_session", "application/json", b"{}");
    let session = session.send(&judge.api_url()).await.json();
    let token = format!("Bearer {}", session["authentication_token"].as_str().expect("a token"));
    let events = json!({"events": [{"event_name": "calls", "payload": {"value": "1"}}]});
    let stream = Asked::json("/v2/billing/meter_event_stream", &events);
    let with_token = stream.clone().without("authorization").with("authorization", &token);
    assert_eq!(with_token.send(&judge.meter_events_url()).await.json(), json!({}));
    assert_eq!(judge.complaints(), [""; 0]);

    let wrong = [
        (stream, judge.meter_events_url(), "authorization is not the token of a session"),
        (with_token, judge.api_url(), "it came to the host Api and belongs to MeterEvents"),
        (Asked::get("/v1/quotes/qt_1/pdf"), judge.api_url(), "it came to the host Api and belongs to Files"),
        (Asked::get("/v1/quotes/qt_1"), judge.files_url(), "it came to the host Files and belongs to Api"),
        (
            Asked::get("/v1/quotes/qt_1").without("authorization").with("authorization", &token),
            judge.api_url(),
            "authorization is the token of a session",
        ),
    ];
    for (request, url, complaint) in wrong {
        let told = request.send(&url).await;
        assert_eq!(
            (told.status.as_str(), told.json()["error"]["message"].as_str()),
            ("400", Some(complaint))
        );
    }
}
