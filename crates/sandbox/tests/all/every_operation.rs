//! Every operation of Stripe's description is answered.

use crate::common::facts::{Facts, Operation, pairs};
use crate::common::{Api, KEY, start};
use reqwest::{Method, Response};
use serde_json::Value;
use stripe_connector_sandbox::answer_violations;

/// Sends an operation what it needs.
async fn send(api: &Api, facts: &Facts, operation: &Operation) -> Response {
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let url = format!("{}{}", api.sandbox.url(), operation.filled());
    let request = api.http.request(method, url).header("authorization", KEY);
    // A file is no fact that can be made up in a form; uploads have tests of their own.
    let request = if (operation.method.as_str(), operation.path.as_str()) == ("POST", "/v1/files") {
        request.form(&[("purpose", "identity_document")])
    } else if operation.has_json() {
        let body = Value::Object(facts.needed(operation)).to_string();
        request.header("content-type", "application/json").body(body)
    } else if operation.method == "POST" {
        request.form(&pairs(&facts.needed(operation)))
    } else {
        request.query(&pairs(&facts.needed(operation)))
    };
    request.send().await.unwrap()
}

#[tokio::test]
async fn what_keeps_nothing_is_answered_in_its_shape_and_the_rest_is_known() {
    let (api, facts) = (start().await, Facts::read());
    let operations = facts.operations();
    let mut stateless = 0;
    let mut wrong = Vec::new();
    for operation in &operations {
        let name = format!("{} {}", operation.method, operation.path);
        let response = send(&api, &facts, operation).await;
        let status = response.status().as_u16();
        let made_up = response.headers().contains_key("sandbox-stateless");
        let body = response.text().await.unwrap();
        stateless += usize::from(made_up);
        if !made_up {
            if body.contains("Unrecognized request URL") {
                wrong.push(format!("{name} is not known"));
            }
        } else if status == 200 {
            let answer = serde_json::from_str(&body).unwrap();
            let found = answer_violations(&operation.method, &operation.path, &answer);
            wrong.extend(found.iter().map(|found| format!("{name}: {found}")));
        } else {
            wrong.push(format!("{name} was answered with {status}: {body}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((operations.len(), stateless), (619, 437));
}
