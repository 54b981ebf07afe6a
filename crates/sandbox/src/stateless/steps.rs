//! What an operation that keeps nothing does to its object, in the words of states and events.

use serde_json::Value;

use super::own_id;
use crate::account::Passing;
use crate::route::Call;
use crate::spec::{Node, SPEC};
use crate::store::Change;

/// What is told of a request as events; nothing of what only reads or reckons.
pub fn of(call: &Call, untouched: Value, made: &Value) -> Option<Passing> {
    let path = call.operation.path.as_str();
    // Where one belongs, to an account or to a customer, decides about its events.
    let belongs = matches!(made["object"].as_str(), Some("card" | "bank_account" | "source"));
    if call.operation.method == "GET" || path.ends_with("preview") || belongs {
        return None;
    }
    let step = last_word(call).map(past);
    let change = if call.operation.method == "DELETE" {
        Change { before: Some(made.clone()), after: None }
    } else {
        let before = (own_id(call).is_some() || is_single(call)).then_some(untouched);
        Change { before, after: Some(made.clone()) }
    };
    Some(Passing { change, step })
}

/// The word after the id of the object that the step is taken with.
pub fn last_word(call: &Call) -> Option<&str> {
    own_id(call)?;
    call.operation.path.rsplit('/').next().filter(|word| !word.ends_with('}'))
}

/// Settings and the like, of which there is one that is always there.
fn is_single(call: &Call) -> bool {
    let read = SPEC.operation("GET", &call.operation.path).and_then(|read| read.gives);
    read.is_some_and(|gives| !matches!(SPEC.node(gives), Node::Object(_)))
}

/// `canceled` of `cancel`.
pub fn past(step: &str) -> String {
    match step {
        "submit" | "ship" => format!("{step}{}ed", step.chars().last().unwrap_or_default()),
        _ if step.ends_with('e') => format!("{step}d"),
        _ => format!("{step}ed"),
    }
}

/// What `status` may say after a step.
pub fn states(step: &str) -> Vec<String> {
    match step {
        "activate" | "reactivate" | "unarchive" | "validate" => vec!["active".to_owned()],
        "deactivate" => vec!["inactive".to_owned(), "disabled".to_owned()],
        "enable" => vec!["enabled".to_owned()],
        "disable" => vec!["disabled".to_owned()],
        _ => vec![past(step), step.to_owned()],
    }
}
