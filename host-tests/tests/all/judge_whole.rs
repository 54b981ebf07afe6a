//! The judge lets everything pass that the description allows: every operation, with all of its parameters. What the sandbox
//! answers to the same is right by the judge.

use host_tests::judge::{Description, Host, Judge, Operation, SESSION_TOKEN, Takes, wrong_answer};
use host_tests::stage::loopback;
use serde_json::Value;
use stripe_connector_sandbox::Sandbox;

use crate::judge_asking::Asked;
use crate::sample::{chosen, sample};

/// Deeper than any parameter.
const DEPTH: usize = 16;

/// Nothing has more alternatives.
const MOST_ALTERNATIVES: usize = 3;

/// Parameters that name a place in an answer or in a list: no text is one.
const PLACES: [&str; 4] = ["ending_before", "expand", "page", "starting_after"];

#[tokio::test]
async fn every_operation_can_be_asked_for_all_it_takes() {
    let description = Description::stripe();
    let judge = Judge::start(&description).await;
    for operation in description.operations() {
        let host = description.host(operation).expect("a known host");
        let url = match host {
            Host::Api => judge.api_url(),
            Host::Files => judge.files_url(),
            Host::MeterEvents => judge.meter_events_url(),
        };
        for nth in 0..MOST_ALTERNATIVES {
            let told = request(operation, host, nth, &[]).send(&url).await;
            assert_eq!(told.status, "200", "{}: {:?}", operation.name(), judge.complaints().last());
        }
    }
    assert_eq!(judge.seen(), description.parameters());
}

#[tokio::test]
async fn what_the_sandbox_answers_to_all_of_it_is_right() {
    let description = Description::stripe();
    let sandbox = Sandbox::start(loopback()).await.expect("a sandbox");
    let (mut checked, mut wrong) = (0, Vec::new());
    for operation in description.operations() {
        let name = operation.name();
        let host = description.host(operation).expect("a known host");
        let request = request(operation, host, 0, &PLACES);
        let request = request.without("idempotency-key").with("idempotency-key", &name);
        let told = request.send(&sandbox.url()).await;
        if told.status != "200" || operation.answers.media != "application/json" {
            continue;
        }
        checked += 1;
        let found = wrong_answer(&description, operation, &told.json());
        wrong.extend(found.iter().map(|found| format!("{name}: {found}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The rest is refused, most for the objects that it names.
    assert!(checked > 400, "{checked}");
}

fn request(operation: &Operation, host: Host, nth: usize, left_out: &[&str]) -> Asked {
    let segments = operation.template.split('/');
    let path: Vec<_> = segments.map(|one| if one.starts_with('{') { "x" } else { one }).collect();
    let path = path.join("/");
    let input = |schema: &Value| {
        let mut input = sample(&chosen(schema, nth), DEPTH);
        if let Some(fields) = input.as_object_mut() {
            fields.retain(|name, _| !left_out.contains(&name.as_str()));
        }
        input
    };
    match &operation.takes {
        Takes::Query(schema) => {
            let query = form(&input(schema)).replace('[', "%5B").replace(']', "%5D");
            Asked::new(&format!("{} {path}?{query}", operation.method))
        }
        Takes::Form(schema) => Asked::form(&path, &form(&input(schema))),
        Takes::Json(schema) => {
            let request = Asked::json(&path, &input(schema));
            if host != Host::MeterEvents {
                return request;
            }
            let token = format!("Bearer {SESSION_TOKEN}");
            request.without("authorization").with("authorization", &token)
        }
        Takes::Multipart(schema) => {
            let mut body = String::new();
            for (name, value) in pairs(&input(schema)) {
                let file = if name == "file" { "; filename=\"x\"" } else { "" };
                body.push_str(&format!(
                    "--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
                ));
                body.push_str(&format!("{value}\r\n"));
            }
            body.push_str("--b--\r\n");
            Asked::post(&path, "multipart/form-data; boundary=b", body.as_bytes())
        }
        Takes::Nothing => Asked::post(&path, "application/json", b""),
    }
}

/// No value of a sample has a character that a form would have to encode.
fn form(value: &Value) -> String {
    let pairs: Vec<_> = pairs(value).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        spread(name.clone(), value, &mut all);
    }
    all
}

fn spread(name: String, value: &Value, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(own, value)| spread(format!("{name}[{own}]"), value, all));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| spread(format!("{name}[{at}]"), value, all));
        }
        Value::String(text) => all.push((name, text.clone())),
        plain => all.push((name, plain.to_string())),
    }
}
