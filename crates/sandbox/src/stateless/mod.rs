//! Operations that keep nothing: every one of Stripe's that has no route of its own is answered from
//! an object made for the answer. It has the id that the path names, what was sent where the object
//! has a field for it, and fitting values in the other fields that it must have.

mod make;
mod page;
mod steps;
mod words;

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use self::make::Maker;
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::resources;
use crate::route::{Call, PathId, Route};
use crate::spec::{Node, Operation, SPEC};

/// Literal paths come before those with an id in the same place.
static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let kept: HashSet<(&str, &str)> = resources::routes()
        .filter_map(|route| SPEC.operation(route.method, route.path))
        .map(|operation| (operation.method.as_str(), operation.path.as_str()))
        .collect();
    let made_up = SPEC.operations().filter(|own| !kept.contains(&(own.method.as_str(), own.path.as_str())));
    let mut routes: Vec<Route> = made_up.map(route).collect();
    // A brace comes after every letter.
    routes.sort_by_key(|route| route.path);
    routes
});

/// What the amounts of a preview come of; a made-up preview comes to nothing.
const PREVIEWED: &str = "invoice_items schedule schedule_details subscription subscription_details";

/// Kinds that the sandbox does not keep, and of which its charges and files say whether there are any.
const TOLD: [&str; 2] = ["dispute", "file_link"];

/// The kinds of objects that have state in the sandbox, or of which such objects tell.
static KEPT: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    resources::routes()
        .filter_map(|route| SPEC.operation(route.method, route.path)?.gives)
        .flat_map(|gives| SPEC.schemas(gives))
        .chain(TOLD)
        .collect()
});

fn route(operation: &'static Operation) -> Route {
    Route {
        method: &operation.method,
        path: &operation.path,
        kind: kind(operation),
        lacks: if operation.path == "/v1/invoices/create_preview" { PREVIEWED } else { "" },
        stateless: true,
        run: answer,
    }
}

/// What a restricted key needs the permission for.
fn kind(operation: &'static Operation) -> &'static str {
    let given = schemas(operation).into_iter().next().unwrap_or_default();
    let kind = given.strip_prefix("deleted_").unwrap_or(given);
    // What is left of a deleted object of v2 does not say what it was.
    match SPEC.operation("GET", &operation.path) {
        Some(read) if kind == "v2.deleted_object" => schemas(read).into_iter().next().unwrap_or_default(),
        _ => kind,
    }
}

fn schemas(operation: &'static Operation) -> Vec<&'static str> {
    operation.gives.map_or_else(Vec::new, |gives| SPEC.schemas(gives))
}

/// The route of an operation that keeps nothing.
pub fn find(method: &str, path: &str) -> Option<(Route, Vec<PathId>)> {
    ROUTES.iter().find_map(|route| Some((*route, route.ids(method, path)?)))
}

fn answer(account: &mut Account, call: &Call) -> Result<Value> {
    check_kept(account, call)?;
    let Some(gives) = call.operation.gives else {
        return Ok(json!({}));
    };
    let sent = sent(call);
    if let Node::Object(fields) = SPEC.node(gives)
        && let Some(data) = fields.all.get("data")
    {
        let maker = Maker::of(account, call);
        let v2 = fields.all.contains_key("next_page_url");
        return if v2 { page::v2(&maker, call, *data, sent) } else { page::v1(&maker, call, *data, &sent) };
    }
    let kind = Maker::of(account, call).kind(gives);
    let id = match (own_id(call), call.params.text("id")) {
        (Some(id), _) | (None, Some(id)) => id.to_owned(),
        _ if call.operation.path == "/v1/account" => call.account.clone(),
        // What is only read was there before, and so was what there is one of.
        _ if call.operation.method == "GET" || steps::single(call).is_some() => words::id(kind),
        _ => account.new_id(words::prefix(kind)),
    };
    let maker = Maker::of(account, call);
    let made = maker.object(gives, "", &id, &with_step(call, sent));
    let untouched = maker.object(gives, "", &id, &of_path(call));
    if let Some(passing) = steps::of(call, untouched, &made) {
        account.pass(passing);
    }
    Ok(made)
}

/// What an operation says about an object that the sandbox keeps must not be made up.
fn check_kept(account: &Account, call: &Call) -> Result<()> {
    if !schemas(call.operation).iter().any(|schema| KEPT.contains(schema)) {
        return Ok(());
    }
    let in_path = call.ids.iter().map(|id| (id.name, id.id.as_str()));
    let in_params = call.params.names().filter_map(|name| Some((name, call.params.text(name)?)));
    let kept = in_path.chain(in_params).find(|(_, id)| account.store.find(id).is_some());
    let Some((name, id)) = kept else {
        return Ok(());
    };
    let (method, path) = (&call.operation.method, &call.operation.path);
    Err(ApiError::invalid(format!(
        "The sandbox has {method} {path} only for objects that it does not keep: it keeps '{id}', and an answer \
         that it made up would contradict it."
    ))
    .param(name))
}

/// The id that the answer has when the path names it: it ends with it, or with a step that is taken
/// with that object.
fn own_id(call: &Call) -> Option<&str> {
    let id = &call.ids.last()?.id;
    let path = call.operation.path.as_str();
    let own = path.get(..=path.rfind('}')?)?;
    let given = schemas(call.operation);
    let read = SPEC.operation("GET", &own.replace("/test_helpers/", "/"));
    // What is read may be one of several, such as a source of a customer's.
    let is_given = |schema: &&str| match SPEC.object(schema).map(|node| (node, SPEC.node(node))) {
        Some((node, Node::AnyOf(_))) => SPEC.schemas(node).iter().any(|schema| given.contains(schema)),
        _ => given.contains(schema),
    };
    let alike = read.is_some_and(|read| schemas(read).iter().any(is_given));
    let named = |schema: &&str| {
        let name = schema.rsplit('.').next().unwrap_or_default();
        own.ends_with(&format!("/{{{name}}}"))
    };
    (own == path || alike || given.iter().any(named)).then_some(id)
}

/// What a field may take its value from: the parameters, and the ids of the path by their names.
fn sent(call: &Call) -> Map<String, Value> {
    let mut sent = of_path(call);
    sent.extend(call.params.0.clone());
    for name in ["limit", "page", "starting_after", "ending_before", "expand", "include", "id"] {
        sent.shift_remove(name);
    }
    sent
}

fn of_path(call: &Call) -> Map<String, Value> {
    let named = call.ids.iter().filter(|id| id.name != "id");
    // In v2 the path names `account_id` what the object names `account`.
    let mut named: Map<String, Value> =
        named.map(|id| (id.name.trim_end_matches("_id").to_owned(), json!(id.id))).collect();
    // Where the description leaves open what the object is.
    named.insert("object".to_owned(), json!(call.kind));
    named
}

/// After a step such as `cancel` an object has the state of that name.
fn with_step(call: &Call, mut sent: Map<String, Value>) -> Map<String, Value> {
    let Some(step) = steps::last_word(call) else {
        return sent;
    };
    let shapes = call.operation.gives.into_iter().flat_map(|gives| SPEC.shapes(gives));
    let mut fields = shapes.filter_map(|fields| fields.all.get("status"));
    if let Some(state) = fields.next().and_then(|node| steps::state(*node, call.kind, step)) {
        sent.entry("status").or_insert_with(|| json!(state));
    }
    sent.entry(steps::past(step)).or_insert(Value::Bool(true));
    sent
}
