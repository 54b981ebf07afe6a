//! Every operation of every entity and every action, once with all that its schema in the catalog allows, through the built
//! component and in front of a server that knows nothing but Stripe's description.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use host_tests::judge::{Description, Judge};
use host_tests::stage::{builder, none, parse, rows};
use jsonschema::Validator;
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, EntitySummary, Operation, Query};
use stripe_connector_host::{CallError, Connector};

use crate::sample::{chosen, sample};

/// So deep are objects in what is sent. Below are only those that are required.
const DEPTH: usize = 8;

/// Alternatives take turns: no parameter has more of them.
const TURNS: usize = 3;

/// What every operation is, for people to review; here it tells which are another way to one that is called.
const MAPPING: &str = include_str!("../../../src/catalog/mapping.txt");

/// `GET /v1/customers/search`, with the name that the mapping gives it.
fn mapping() -> impl Iterator<Item = (String, &'static str)> {
    MAPPING.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (operation, what) = line.split_once(" -> ").expect("an operation and what it is");
        (operation.split_whitespace().collect::<Vec<_>>().join(" "), what)
    })
}

struct Caller {
    connector: Connector,
    /// What went wrong.
    wrong: Vec<String>,
    turn: usize,
}

impl Caller {
    fn check<T>(&mut self, what: &str, result: Result<T, CallError>) -> Option<T> {
        match result {
            Ok(done) => Some(done),
            Err(error) => {
                self.wrong.push(format!("{what}: {error}"));
                None
            }
        }
    }

    /// Checks a value against a schema of the catalog's.
    fn conforms(&mut self, what: &str, schema: &Value, value: &Value) {
        let validator = match jsonschema::draft7::new(schema) {
            Ok(validator) => validator,
            Err(error) => return self.wrong.push(format!("{what}: no schema: {error}")),
        };
        self.wrong.extend(mistakes(&validator, value).map(|mistake| format!("{what}: {mistake}")));
    }

    fn sample(&mut self, what: &str, schema: &Value) -> Value {
        let mut sampled = sample(&chosen(schema, self.turn), DEPTH);
        name_time_zones(&mut sampled);
        self.conforms(&format!("{what}, input"), schema, &sampled);
        sampled
    }

    async fn entity(&mut self, entity: &EntitySummary) {
        let name = &entity.name;
        let described = self.connector.get_entity_type(name).await;
        let Some(described) = self.check(name, described) else { return };
        let details = parse(&described.details);
        let parents: Vec<_> =
            entity.parents.iter().enumerate().map(|(at, name)| (name.clone(), format!("id_{at}"))).collect();
        let parents = (!parents.is_empty()).then_some(parents);
        for operation in &entity.operations {
            let what = format!("{operation} {name}");
            let options = |parameters: Option<Value>| CallOptions {
                parents: parents.clone(),
                parameters: parameters.map(|parameters| parameters.to_string()),
                ..none()
            };
            // An entity with one object has no id.
            let is_singleton = !entity.operations.contains(&Operation::List) && is_singleton(name);
            let id = (!is_singleton).then_some("id_1");
            match operation {
                Operation::List => {
                    let given = self.sample(&what, &details["listParameters"]);
                    let page = self.connector.list(&Query::new(name), &options(Some(given))).await;
                    for row in self.check(&what, page).iter().flat_map(rows) {
                        self.conforms(&what, &details["jsonSchema"], &row);
                    }
                }
                Operation::Get => {
                    let given = self.sample(&what, &details["getParameters"]);
                    let row = self.connector.get(name, id, None, false, &options(Some(given))).await;
                    if let Some(row) = self.check(&what, row) {
                        self.conforms(&what, &details["jsonSchema"], &parse(&row.fields));
                    }
                }
                Operation::Create => {
                    let mut input = self.sample(&what, &details["createSchema"]);
                    input.as_object_mut().expect("an object").retain(|name, _| !is_parent(entity, name));
                    match name.as_str() {
                        // Stripe takes either a card or the token of one.
                        "PaymentMethod" if self.turn > 0 => input["Card"] = json!({"token": "tok_1"}),
                        "PaymentMethod" => {
                            drop(input["Card"].as_object_mut().expect("a card").remove("token"))
                        }
                        _ => {}
                    }
                    let change = self.connector.create(name, &input.to_string(), &options(None)).await;
                    if let Some(change) = self.check(&what, change) {
                        self.conforms(&what, &details["jsonSchema"], &parse(&change.fields));
                    }
                }
                Operation::Update => {
                    let mut input = self.sample(&what, &details["updateSchema"]);
                    input.as_object_mut().expect("an object").retain(|name, _| !is_parent(entity, name));
                    let change = self.connector.update(name, id, &input.to_string(), &options(None)).await;
                    if let Some(change) = self.check(&what, change) {
                        self.conforms(&what, &details["jsonSchema"], &parse(&change.fields));
                    }
                }
                Operation::Delete => {
                    let given = self.sample(&what, &details["deleteParameters"]);
                    let change = self.connector.delete(name, id, &options(Some(given))).await;
                    if let Some(change) = self.check(&what, change) {
                        let row = parse(&change.fields);
                        self.conforms(&what, &details["jsonSchema"], &row);
                        assert_eq!(row["Deleted"], true, "{what}");
                    }
                }
            }
        }
    }

    async fn action(&mut self, name: &str) {
        let described = self.connector.get_action(name).await;
        let Some(described) = self.check(name, described) else { return };
        let details = parse(&described.details);
        let mut input = self.sample(name, &details["inputSchema"]);
        if name == "SendV2BillingMeterEventStream" {
            // Without a token of its own it begins a session.
            input.as_object_mut().expect("an object").remove("AuthenticationToken");
        }
        let outcome = self.connector.execute(name, &input.to_string(), &none()).await;
        let Some(outcome) = self.check(name, outcome) else { return };
        self.conforms(&format!("{name}, output"), &details["outputSchema"], &parse(&outcome.output));
        if details.get("objectSchema").is_some() {
            self.conforms(&format!("{name}, object"), &details["objectSchema"], &parse(&outcome.object));
        }
    }
}

/// The catalog takes time zones for any texts, since their list is not Stripe's. The description has the list.
fn name_time_zones(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(zone) if name == "timezone" => *zone = "Etc/UTC".to_owned(),
                    value => name_time_zones(value),
                }
            }
        }
        value => value.as_array_mut().into_iter().flatten().for_each(name_time_zones),
    }
}

fn mistakes<'a>(validator: &'a Validator, value: &'a Value) -> impl Iterator<Item = String> + 'a {
    validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path()))
}

fn is_parent(entity: &EntitySummary, name: &str) -> bool {
    entity.parents.iter().any(|parent| parent == name)
}

/// Whether an operation of the entity is at a path without an id of its own.
fn is_singleton(entity: &str) -> bool {
    let own = |what: &str| {
        what.split_whitespace().next().and_then(|what| what.split_once('.').map(|(name, _)| name == entity))
    };
    mapping().any(|(_, what)| own(what) == Some(true) && what.contains(" singleton"))
}

fn count(parameters: &BTreeMap<String, BTreeSet<String>>) -> usize {
    parameters.values().map(BTreeSet::len).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_and_action_with_all_its_parameters() {
    let description = Description::stripe();
    let judge = Judge::start(&description).await;
    let settings = [
        ("api_base", judge.api_url()),
        ("files_base", judge.files_url()),
        ("meter_events_base", judge.meter_events_url()),
    ];
    let settings = settings.each_ref().map(|(name, url)| (*name, url.as_str()));
    let connector = builder(&settings).build().expect("a connector");
    let mut caller = Caller { connector, wrong: Vec::new(), turn: 0 };
    let entities = caller.connector.list_entity_types().await.expect("the entity types");
    let actions = caller.connector.list_actions().await.expect("the actions");
    for turn in 0..TURNS {
        caller.turn = turn;
        for entity in &entities {
            caller.entity(entity).await;
        }
        for action in &actions {
            caller.action(&action.name).await;
        }
    }
    fail_if(&judge.complaints());
    fail_if(&caller.wrong);

    let seen = judge.seen();
    let called: BTreeSet<_> = seen.keys().cloned().collect();
    let expected: BTreeSet<_> = mapping()
        .filter(|(_, what)| !what.starts_with("alias of") && !what.starts_with("search of"))
        .map(|(operation, _)| operation)
        .collect();
    assert_eq!(called, expected, "every operation that is no alias and no search is called, and no other");
    assert_eq!(mapping().count(), description.operations().len());

    let mut listed = description.parameters();
    listed.retain(|operation, _| seen.contains_key(operation));
    let given = |(operation, own): (&String, &BTreeSet<String>)| {
        (operation.clone(), own.difference(&seen[operation]).cloned().collect())
    };
    let missing: BTreeMap<String, BTreeSet<String>> = listed.iter().map(given).collect();
    let (listed, missing) = (count(&listed), missing);
    let unsaid: Vec<_> = missing.iter().filter(|(_, own)| !own.is_empty()).collect();
    println!(
        "{} entities, {} actions: {} of {} operations called, {} of {listed} parameters given",
        entities.len(),
        actions.len(),
        called.len(),
        description.operations().len(),
        listed - count(&missing),
    );
    // What is left is what the connector says by itself where it is asked for pages and expansions, as the next test does.
    let own = ["expand[]", "limit", "starting_after", "ending_before", "page"];
    let others: Vec<_> = unsaid
        .into_iter()
        .flat_map(|(operation, own)| own.iter().map(move |name| format!("{operation}: {name}")))
        .filter(|unsaid| !own.iter().any(|name| unsaid.ends_with(&format!(": {name}"))))
        .collect();
    fail_if(&others);
}

/// A condition that Stripe is to check, on a column of the catalog's.
fn condition(column: &Value) -> String {
    let name = column["name"].as_str().expect("a name");
    match column["type"].as_str() {
        Some("boolean") => format!("{name} = TRUE"),
        Some("integer") => format!("{name} = 1"),
        Some("instant") => format!("{name} >= '2026-01-01'"),
        _ => format!("{name} = '{}'", column["values"][0].as_str().unwrap_or("x")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_with_their_pages_expansions_and_filters() {
    let description = Description::stripe();
    let judge = Judge::start(&description).await;
    judge.give_two_pages();
    let connector = builder(&[("api_base", &judge.api_url())]).build().expect("a connector");
    let mut caller = Caller { connector, wrong: Vec::new(), turn: 0 };
    let entities = caller.connector.list_entity_types().await.expect("the entity types");
    let lists = |entity: &&EntitySummary| entity.operations.contains(&Operation::List);
    let mut pushed = 0;
    for entity in entities.iter().filter(lists) {
        let name = &entity.name;
        let details = caller.connector.get_entity_type(name).await.expect(name);
        let details = parse(&details.details);
        let required = sample(&details["listParameters"], 0).to_string();
        let parents = entity.parents.iter().map(|parent| (parent.clone(), "id_1".to_owned())).collect();
        let is_v2 = name.starts_with("V2");
        let options = CallOptions {
            parents: Some(parents),
            parameters: Some(required),
            expand: (!is_v2).then(|| vec!["customer".to_owned()]),
            ..none()
        };
        let mut whole = Query { page_size: Some(2), ..Query::new(name) };
        for pages in 0.. {
            assert!(pages < 8, "{name} has no end");
            let page = caller.connector.list(&whole, &options).await;
            whole.page_token = caller.check(name, page).and_then(|page| page.next_page_token);
            if whole.page_token.is_none() {
                break;
            }
        }
        for column in details["columns"].as_array().expect("columns") {
            if column["filteredByStripe"] != true {
                continue;
            }
            let filter = condition(column);
            let query = Query { filter: Some(filter.clone()), page_size: Some(1), ..Query::new(name) };
            let explained = caller.connector.explain(&query, &options).await.expect("a plan");
            pushed += explained.pushed.len();
            let page = caller.connector.list(&query, &options).await;
            caller.check(&format!("{name} {filter}"), page);
        }
    }
    fail_if(&judge.complaints());
    fail_if(&caller.wrong);
    assert!(pushed > 150, "{pushed} conditions were pushed");
    let seen = judge.seen();
    let goes_on = |own: &&BTreeSet<String>| own.contains("starting_after") || own.contains("page");
    let lists = seen.values().filter(goes_on).count();
    println!("{} lists, {lists} of them with pages; {pushed} conditions pushed", seen.len());
    // Two lists have one page only.
    assert_eq!(lists + 2, seen.len());
}

fn fail_if(wrong: &[impl Debug]) {
    let shown: Vec<_> = wrong.iter().take(40).map(|one| format!("{one:?}")).collect();
    assert!(wrong.is_empty(), "{} of these:\n{}", wrong.len(), shown.join("\n"));
}
