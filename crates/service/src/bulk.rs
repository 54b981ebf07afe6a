//! Changes to all rows that meet conditions. What became of them is told where all went well and where it did not.

use crate::backend::Backend;
use crate::body;
use crate::contract::entities::{BulkResult, Selection};
use crate::entities::{Entity, Target};
use crate::error::{self, Code, Error};
use crate::http::Response;
use crate::options::Purpose;
use crate::query::EXECUTION_HEADERS;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A method without a body may be sent an empty object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `entities.updateEntitiesWithConditions`.
pub fn update(backend: &impl Backend, target: &Target) -> Result<Response, Error> {
    let selection = selection(target)?;
    let fields = Entity::read(target.request)?;
    let result = backend.update_where(&selection, &fields, &target.options(Purpose::Change)?)?;
    let told = tell(&result);
    match unfinished(&result, &told) {
        Some(error) => Err(error),
        None => Ok(Response::json(200, &json!({"response": told}))),
    }
}

/// `entities.deleteEntitiesWithConditions`.
pub fn delete(backend: &impl Backend, target: &Target) -> Result<Response, Error> {
    let selection = selection(target)?;
    let Nothing {} = body::read(target.request)?;
    let result = backend.delete_where(&selection, &target.options(Purpose::Change)?)?;
    match unfinished(&result, &tell(&result)) {
        Some(error) => Err(error),
        None => Ok(Response::json(200, &json!({}))),
    }
}

fn selection(target: &Target) -> Result<Selection, Error> {
    target.query.allow(&["conditions", EXECUTION_HEADERS])?;
    let filter = target.query.one("conditions")?.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        let message = "`conditions` is missing or empty, which never means every row; for every row give a condition \
                       that all of them meet, such as `Id IS NOT NULL`";
        Error::invalid("conditions", message)
    })?;
    Ok(Selection { entity: target.entity.name.clone(), filter: filter.to_owned(), dry_run: false })
}

/// The contract's result, in JSON.
fn tell(result: &BulkResult) -> Value {
    let failures = result.failures.iter().map(|row| {
        let mut told: Map<String, Value> = error::metadata(&row.failure)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        told.insert("id".to_owned(), json!(row.id));
        told.insert("message".to_owned(), json!(row.failure.message));
        Value::Object(told)
    });
    let mut told = json!({
        "matched": result.matched,
        "changed": result.changed,
        "failures": failures.collect::<Vec<_>>(),
        "notAttempted": result.not_attempted,
        "effect": error::effect_name(result.effect),
    });
    if let Some(key) = &result.idempotency_key {
        told["idempotencyKey"] = json!(key);
    }
    told
}

/// An error where not all matched rows were changed, with the whole result in its details.
fn unfinished(result: &BulkResult, told: &Value) -> Option<Error> {
    let counts = format!("{} of {} matched rows were changed", result.changed, result.matched);
    let mut error = match (result.failures.first(), result.not_attempted.len()) {
        (None, 0) => return None,
        (None, left) => Error::new(
            Code::DeadlineExceeded,
            format!("{counts}; for {left} nothing was sent before the deadline: repeat the call for these"),
        ),
        (Some(first), left) => {
            let failed = result.failures.len();
            let mut error = Error::of(&first.failure);
            error.message = format!(
                "{counts}; {failed} failed, {left} were not attempted; the first that failed is `{}`: {}",
                first.id, first.failure.message
            );
            error
        }
    };
    // The call's own key and effect are what a caller goes on with; those of each row are in the result.
    if let Some(metadata) = error.details.first_mut().and_then(|info| info.get_mut("metadata")) {
        metadata["effect"] = json!(error::effect_name(result.effect));
        if let Some(key) = &result.idempotency_key {
            metadata["idempotencyKey"] = json!(key);
        }
    }
    error.details.push(json!({"@type": "type.googleapis.com/google.protobuf.Struct", "value": told}));
    Some(error)
}

#[cfg(test)]
mod tests {
    use crate::contract::entities::{BulkResult, RowFailure};
    use crate::contract::types::{Effect, FailureKind};
    use crate::testing::{Fake, failure};
    use serde_json::json;

    const UPDATE: &str = "/entityTypes/Customer/entities:updateEntitiesWithConditions";
    const DELETE: &str = "/entityTypes/Customer/entities:deleteEntitiesWithConditions";

    #[test]
    fn all_went_well() {
        let fake = Fake::default();
        let (status, body) =
            fake.call("POST", &format!("{UPDATE}?conditions=Name='a'"), r#"{"fields": {"Name": "b"}}"#);
        let response = json!({"matched": 2, "changed": 2, "failures": [], "notAttempted": [], "effect": "none", "idempotencyKey": "k"});
        assert_eq!((status, body), (200, json!({"response": response})));
        assert_eq!(fake.call("POST", &format!("{DELETE}?conditions=Name='a'"), ""), (200, json!({})));
        assert_eq!(
            fake.calls(),
            [r#"update-where Customer Name='a' {"Name": "b"}"#, "delete-where Customer Name='a'"]
        );
    }

    #[test]
    fn empty_conditions_are_refused() {
        let fake = Fake::default();
        for query in ["", "?conditions=", "?conditions=%20"] {
            assert_eq!(fake.call("POST", &format!("{UPDATE}{query}"), "").0, 400);
            assert_eq!(fake.call("POST", &format!("{DELETE}{query}"), "").0, 400);
        }
        assert!(fake.calls().is_empty());
    }

    #[test]
    fn what_failed_is_told_row_by_row() {
        let bulk = BulkResult {
            matched: 3,
            changed: 1,
            failures: vec![RowFailure { id: "cus_2".to_owned(), failure: *failure(FailureKind::Conflict) }],
            not_attempted: vec!["cus_3".to_owned()],
            effect: Effect::Partial,
            idempotency_key: Some("k".to_owned()),
        };
        let fake = Fake { bulk, ..Fake::default() };
        for path in [UPDATE, DELETE] {
            let (status, body) = fake.call("POST", &format!("{path}?conditions=x"), "");
            let error = &body["error"];
            assert_eq!((status, &error["status"]), (409, &json!("ABORTED")));
            assert!(error["message"].as_str().unwrap().contains("1 of 3"));
            assert_eq!(error["details"][0]["metadata"]["effect"], "partial");
            let told = &error["details"][1]["value"];
            assert_eq!(
                (&told["failures"][0]["id"], &told["notAttempted"]),
                (&json!("cus_2"), &json!(["cus_3"]))
            );
        }
    }
}
