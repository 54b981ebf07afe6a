//! The judge lets everything pass that the description allows: every operation, with all of its parameters.

use host_tests::judge::{Description, Host, Judge, Operation, SESSION_TOKEN, Takes};
use serde_json::Value;

use crate::judge_asking::Asked;
use crate::sample::{chosen, sample};

/// Deeper than any parameter.
const DEPTH: usize = 16;

/// Nothing has more alternatives.
const MOST_ALTERNATIVES: usize = 3;

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
            let told = request(operation, host, nth).send(&url).await;
            assert_eq!(told.status, "200", "{}: {:?}", operation.name(), judge.complaints().last());
        }
    }
    assert_eq!(judge.seen(), description.parameters());
}

fn request(operation: &Operation, host: Host, nth: usize) -> Asked {
    let segments = operation.template.split('/');
    let path: Vec<_> = segments.map(|one| if one.starts_with('{') { "x" } else { one }).collect();
    let path = path.join("/");
    let input = |schema: &Value| sample(&chosen(schema, nth), DEPTH);
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
