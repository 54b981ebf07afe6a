//! Actions: which there are, what they take, and running them.

use crate::backend::Backend;
use crate::body;
use crate::catalog;
use crate::contract::catalog::ActionSummary;
use crate::error::{Code, Error};
use crate::http::{Request, Response};
use crate::options::{self, ExecutionConfig, Purpose};
use crate::paging::Page;
use crate::query::{EXECUTION_HEADERS, Query};
use crate::schema;
use crate::types;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const LIST_VIEWS: [&str; 3] = ["ACTION_VIEW_UNSPECIFIED", "ACTION_VIEW_BASIC", "ACTION_VIEW_FULL"];
const VIEWS: [&str; 3] =
    ["ACTION_SCHEMA_VIEW_UNSPECIFIED", "ACTION_SCHEMA_VIEW_BASIC", "ACTION_SCHEMA_VIEW_ENRICHED"];

/// What `catalog` tells of an action, as far as it is told here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// As the catalog spells it.
    pub name: String,
    /// What it does, in a line.
    pub summary: Option<String>,
    test_only: bool,
    inputs: Vec<Input>,
    /// Of its parameters.
    pub input_schema: Value,
    /// Of the documented array.
    pub output_schema: Value,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
}

impl Details {
    /// The catalog's word on an action.
    pub fn of(backend: &impl Backend, name: &str) -> Result<Details, Error> {
        let description = backend.action(name).map_err(|failure| catalog::unknown(&failure))?;
        serde_json::from_str(&description.details).map_err(|error| {
            Error::new(
                Code::Internal,
                format!("the catalog's description of `{name}` cannot be read: {error}"),
            )
        })
    }

    /// What it does, for people.
    pub fn description(&self) -> String {
        let summary = self.summary.clone().unwrap_or_else(|| format!("{} of Stripe's API.", self.name));
        if self.test_only { format!("{summary} Works in test mode only.") } else { summary }
    }

    fn input(&self, input: &Input) -> Value {
        let property = schema::property(&self.input_schema, &input.name);
        let has_null =
            |schema: &Value| schema["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
        let nullable = property.as_ref().is_some_and(has_null);
        let mut told = types::typed(&input.name, &input.kind, nullable, || property);
        told.insert("additionalDetails".to_owned(), json!({"type": input.kind, "required": input.required}));
        Value::Object(told)
    }

    /// What the documented array is sure to have: `Success` and, of a quote, `InvoiceId`. The object's own fields depend
    /// on the object.
    fn results(&self) -> Vec<Value> {
        let items = &self.output_schema["items"];
        let is_required =
            |name: &str| items["required"].as_array().is_some_and(|own| own.contains(&json!(name)));
        let names = items["properties"].as_object().map(|own| own.keys().cloned().collect::<Vec<_>>());
        let told = |name: String| {
            let nullable = !is_required(&name);
            Value::Object(types::typed(&name, "text", nullable, || None))
        };
        names.unwrap_or_default().into_iter().map(told).collect()
    }

    fn action(&self, with_schemas: bool) -> Value {
        let inputs: Vec<Value> = self.inputs.iter().map(|input| self.input(input)).collect();
        let mut told = json!({
            "name": self.name,
            "displayName": self.name,
            "description": self.description(),
            "inputParameters": inputs,
            "resultMetadata": self.results(),
        });
        if with_schemas {
            told["inputJsonSchema"] = schema::convert(self.input_schema.clone());
            told["resultJsonSchema"] = schema::convert(self.output_schema.clone());
        }
        told
    }
}

/// `actions.list`.
pub fn list(backend: &impl Backend, query: &Query) -> Result<Response, Error> {
    query.allow(&["view", "pageSize", "pageToken", EXECUTION_HEADERS])?;
    let is_basic = query.word("view", &LIST_VIEWS)? == "ACTION_VIEW_BASIC";
    let (page, next) = Page::read(query)?.cut("actions", backend.actions(), |own| &own.name)?;
    let tell = |own: &ActionSummary| match is_basic {
        true => Ok(json!({"name": own.name})),
        false => Ok(Details::of(backend, &own.name)?.action(true)),
    };
    Response::page("actions", page.iter().map(tell), next)
}

/// `actions.get`.
pub fn get(backend: &impl Backend, name: &str, query: &Query) -> Result<Response, Error> {
    query.allow(&["view", EXECUTION_HEADERS])?;
    let is_enriched = query.word("view", &VIEWS)? == "ACTION_SCHEMA_VIEW_ENRICHED";
    Ok(Response::json(200, &Details::of(backend, name)?.action(is_enriched)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Execution {
    parameters: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "body::or_default")]
    execution_config: ExecutionConfig,
}

/// The contract's array of objects, as it is.
#[derive(Serialize)]
pub struct Results {
    results: Box<RawValue>,
}

impl Results {
    /// Takes the text of an array, the answer of an action that was done.
    pub fn of(text: String) -> Result<Results, Error> {
        let results = RawValue::from_string(text).map_err(|error| Error::unreadable_change(&error))?;
        Ok(Results { results })
    }
}

/// `actions.execute`.
pub fn execute(
    backend: &impl Backend,
    name: &str,
    request: &Request,
    query: &Query,
) -> Result<Response, Error> {
    query.allow(&[])?;
    let execution: Execution = body::read(request)?;
    let parameters = body::object(execution.parameters.as_deref(), "parameters")?;
    let options = options::read(request, execution.execution_config.headers.as_deref(), Purpose::Change)?;
    let name = find(backend, name)?;
    let outcome = backend.execute(&name, parameters, &options)?;
    Ok(Response::json(200, &Results::of(outcome.output)?))
}

/// The catalog's spelling of an action that a path names. The catalog describes it only where the spelling is another.
fn find(backend: &impl Backend, name: &str) -> Result<String, Error> {
    match backend.actions().into_iter().find(|own| own.name == name) {
        Some(own) => Ok(own.name),
        None => Ok(backend.action(name).map_err(|failure| catalog::unknown(&failure))?.name),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Fake;
    use serde_json::json;

    #[test]
    fn views() {
        let fake = Fake::default();
        let (_, basic) = fake.get("/actions?view=ACTION_VIEW_BASIC");
        assert_eq!(basic, json!({"actions": [{"name": "ConfirmPaymentIntent"}]}));
        let (_, full) = fake.get("/actions");
        assert_eq!(full["actions"][0]["inputJsonSchema"]["type"], json!(["object"]));
        let (status, one) = fake.get("/actions/ConfirmPaymentIntent");
        assert_eq!(status, 200);
        assert!(one.get("inputJsonSchema").is_none());
        assert_eq!(one["inputParameters"][0]["additionalDetails"]["required"], true);
        assert_eq!(one["inputParameters"][1]["jsonSchema"]["properties"]["name"]["type"], json!(["string"]));
        assert_eq!(
            one["resultMetadata"],
            json!([{"name": "Success", "dataType": "VARCHAR", "nullable": false}])
        );
        assert_eq!(fake.get("/actions/Nothing").0, 404);
    }

    #[test]
    fn execution() {
        let fake = Fake::default();
        let body = r#"{"parameters": {"PaymentIntentId": "pi_1"}, "executionConfig": {"headers": "{\"Idempotency-Key\": \"k\"}"}}"#;
        let (status, answer) = fake.call("POST", "/actions/ConfirmPaymentIntent:execute", body);
        assert_eq!((status, answer), (200, json!({"results": [{"Success": "true", "id": "pi_1"}]})));
        assert_eq!(fake.calls(), [r#"execute ConfirmPaymentIntent {"PaymentIntentId": "pi_1"} key=k"#]);
        assert_eq!(fake.call("POST", "/actions/Nothing:execute", "").0, 404);
        let (status, answer) =
            fake.call("POST", "/actions/ConfirmPaymentIntent:execute", r#"{"params": {}}"#);
        assert!(status == 400 && answer["error"]["message"].as_str().unwrap().contains("`params`"));
    }
}
