//! What an operation that keeps nothing does to its object, in the words of states and events.

use serde_json::Value;

use super::{own_id, schemas};
use crate::account::Passing;
use crate::route::Call;
use crate::spec::{Node, NodeId, SPEC};
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
        let before = (own_id(call).is_some() || single(call).is_some()).then_some(untouched);
        Change { before, after: Some(made.clone()) }
    };
    Some(Passing { change, step })
}

/// The word after the object that the step is taken with.
pub fn last_word(call: &Call) -> Option<&str> {
    let path = call.operation.path.as_str();
    if own_id(call).is_none() {
        single(call).filter(|own| *own != path)?;
    }
    path.rsplit('/').next().filter(|word| !word.ends_with('}'))
}

/// Where an object is read that no id names, because there is one of it that is always there: settings,
/// the dispute of a charge.
pub fn single(call: &Call) -> Option<&str> {
    let path = call.operation.path.as_str();
    let given = schemas(call.operation);
    let is_read = |own: &str| {
        let read = SPEC.operation("GET", own).filter(|read| {
            // Lists are objects without a name.
            read.gives.is_some_and(|gives| !matches!(SPEC.node(gives), Node::Object(_)))
        });
        read.is_some_and(|read| schemas(read).iter().any(|schema| given.contains(schema)))
    };
    let before_step = path.rsplit_once('/').map(|(own, _)| own);
    [Some(path), before_step].into_iter().flatten().find(|own| is_read(own))
}

/// `canceled` of `cancel`.
pub fn past(step: &str) -> String {
    match step {
        "submit" | "ship" => format!("{step}{}ed", step.chars().last().unwrap_or_default()),
        _ if step.ends_with('e') => format!("{step}d"),
        _ => format!("{step}ed"),
    }
}

/// What `status` says after a step: the state of its name, where it has one.
pub fn state(status: NodeId, kind: &str, step: &str) -> Option<String> {
    match SPEC.node(status) {
        Node::Nullable(inner) => state(*inner, kind, step),
        Node::Enum(words) => states(step).into_iter().find(|state| words.contains(state)),
        // The description does not say which words there are.
        Node::Text(_) => match (kind, step) {
            (_, "cancel") => Some("canceled".to_owned()),
            ("bank_account", "verify") => Some("verified".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// The states that a step may lead to.
fn states(step: &str) -> Vec<String> {
    match step {
        "activate" | "reactivate" | "unarchive" | "validate" => vec!["active".to_owned()],
        "deactivate" => vec!["inactive".to_owned(), "disabled".to_owned()],
        "enable" => vec!["enabled".to_owned()],
        "disable" => vec!["disabled".to_owned()],
        _ => vec![past(step), step.to_owned()],
    }
}
