//! Every operation of Stripe's description is answered.

use crate::common::facts::{Facts, Operation, pairs};
use crate::common::{Api, KEY, start};
use reqwest::{Method, Response};
use serde_json::{Map, Value, json};
use stripe_connector_sandbox::answer_violations;

async fn send(api: &Api, operation: &Operation, parameters: Map<String, Value>) -> Response {
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let url = format!("{}{}", api.sandbox.url(), operation.filled());
    let request = api.http.request(method, url).header("authorization", KEY);
    let request = if operation.has_json() {
        let body = Value::Object(parameters).to_string();
        request.header("content-type", "application/json").body(body)
    } else if operation.method == "POST" {
        request.form(&pairs(&parameters))
    } else {
        request.query(&pairs(&parameters))
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
        let response = send(&api, operation, facts.needed(operation)).await;
        let status = response.status().as_u16();
        let made_up = response.headers().contains_key("sandbox-stateless");
        let body = response.text().await.unwrap();
        stateless += usize::from(made_up);
        if !made_up {
            if body.contains("Unrecognized request URL") {
                wrong.push(format!("{name} is not known"));
            }
            if status >= 500 {
                wrong.push(format!("{name} was answered with {status}: {body}"));
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
    assert_eq!((operations.len(), stateless), (619, 441));
}

/// What is sent comes back only where it fits, and what is expanded is whole.
#[tokio::test]
async fn with_all_parameters_and_expansions_the_answers_have_their_shape_too() {
    let (api, facts) = (start().await, Facts::read());
    let (mut checked, mut opened) = (0, 0);
    let mut wrong = Vec::new();
    for operation in facts.operations() {
        let name = format!("{} {}", operation.method, operation.path);
        let mut parameters = facts.all(&operation);
        let expansions = facts.expandable(&operation);
        if !expansions.is_empty() {
            parameters.insert("expand".to_owned(), json!(expansions));
        }
        let response = send(&api, &operation, parameters).await;
        // A preview takes nothing that would have an amount.
        if !response.headers().contains_key("sandbox-stateless") || name.ends_with("/create_preview") {
            continue;
        }
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        let found = answer_violations(&operation.method, &operation.path, &answer);
        wrong.extend(found.iter().map(|found| format!("{name}: {found}")));
        checked += 1;
        let object = answer["data"].get(0).unwrap_or(&answer);
        for path in &expansions {
            let name = path.trim_start_matches("data.");
            opened += 1;
            if !object[name].is_object() {
                wrong.push(format!("{} {}: {path} was not expanded", operation.method, operation.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(opened > 100, "{opened}");
    assert_eq!(checked, 440);
}
