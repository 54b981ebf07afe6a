//! The same things for agents: a tool for each operation of an entity and for each action.

mod describe;
mod run;

use crate::backend::Backend;
use crate::body;
use crate::contract::catalog::Operation;
use crate::error::{Code, Error};
use crate::http::{Request, Response};
use crate::options::{self, ExecutionConfig, Purpose};
use crate::paging::Page;
use crate::query::{EXECUTION_HEADERS, Query};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What a tool does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// An operation of an entity.
    Operation(Operation, String),
    /// An action.
    Action(String),
}

/// A tool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tool {
    /// `list_Customer`, or the name of an action.
    pub name: String,
    /// What it does.
    pub deed: Deed,
}

/// All tools.
fn all(backend: &impl Backend) -> Vec<Tool> {
    let mut tools = Vec::new();
    for entity in backend.entity_types() {
        for operation in entity.operations {
            let name = format!("{}_{}", verb(operation), entity.name);
            tools.push(Tool { name, deed: Deed::Operation(operation, entity.name.clone()) });
        }
    }
    tools.extend(
        backend
            .actions()
            .into_iter()
            .map(|own| Tool { name: own.name.clone(), deed: Deed::Action(own.name) }),
    );
    tools
}

fn verb(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "list",
        Operation::Get => "get",
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}

fn missing(name: &str) -> Error {
    let message = format!(
        "there is no tool `{name}`; a tool is an operation and an entity type (`list_Customer`) or an action \
         (`ConfirmPaymentIntent`)"
    );
    Error::new(Code::NotFound, message)
}

/// `tools.list`.
pub fn list(backend: &impl Backend, query: &Query) -> Result<Response, Error> {
    query.allow(&["pageSize", "pageToken", "toolNames", EXECUTION_HEADERS])?;
    let names: Vec<String> =
        query.all("toolNames").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    page(backend, &Page::read(query)?, &names)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListRequest {
    page_size: Option<i64>,
    page_token: Option<String>,
    #[serde(default, deserialize_with = "body::or_default")]
    tool_names: Vec<String>,
    #[serde(rename = "executionConfig")]
    _execution_config: Option<ExecutionConfig>,
    /// Definitions of the caller's own, as from `generateConnectionToolspecOverride`, which there is none of here.
    tool_spec: Option<Value>,
}

/// `connections.tools`: the same with a body.
pub fn list_post(backend: &impl Backend, request: &Request, query: &Query) -> Result<Response, Error> {
    query.allow(&[])?;
    let wanted: ListRequest = body::read(request)?;
    if wanted.tool_spec.is_some() {
        let message =
            "`toolSpec` is not supported: tools have the definitions that this list gives; leave it out";
        return Err(Error::invalid("toolSpec", message));
    }
    page(backend, &Page::of(wanted.page_size, wanted.page_token)?, &wanted.tool_names)
}

fn page(backend: &impl Backend, page: &Page, names: &[String]) -> Result<Response, Error> {
    let mut tools = all(backend);
    if let Some(name) = names.iter().find(|name| !tools.iter().any(|tool| tool.name == **name)) {
        return Err(missing(name));
    }
    tools.retain(|tool| names.is_empty() || names.contains(&tool.name));
    let (tools, next) = page.cut("tools", tools, |tool| &tool.name)?;
    Response::page("tools", tools.iter().map(|tool| describe::describe(backend, tool)), next)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Execution {
    parameters: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "body::or_default")]
    execution_config: ExecutionConfig,
    /// What the caller knows of the tool. The name in the path says which one it is.
    #[serde(rename = "toolDefinition")]
    _tool_definition: Option<Map<String, Value>>,
}

/// `tools.execute`.
pub fn execute(
    backend: &impl Backend,
    name: &str,
    request: &Request,
    query: &Query,
) -> Result<Response, Error> {
    query.allow(&[])?;
    let execution: Execution = body::read(request)?;
    let parameters = body::object(execution.parameters.as_deref(), "parameters")?;
    let tool = all(backend).into_iter().find(|tool| tool.name == name).ok_or_else(|| missing(name))?;
    let purpose = match tool.deed {
        Deed::Operation(Operation::List | Operation::Get, _) => Purpose::Read,
        _ => Purpose::Change,
    };
    let options = options::read(request, execution.execution_config.headers.as_deref(), purpose)?;
    run::run(backend, &tool, parameters, &options)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Fake, page};
    use serde_json::json;

    #[test]
    fn every_operation_and_action_is_a_tool() {
        let fake = Fake::default();
        let (status, body) = fake.get("/tools?pageSize=200");
        assert_eq!(status, 200);
        let names: Vec<_> =
            body["tools"].as_array().unwrap().iter().map(|tool| tool["name"].clone()).collect();
        assert_eq!(
            names,
            [
                "ConfirmPaymentIntent", "create_Customer", "create_CustomerTaxId", "delete_Customer",
                "delete_CustomerTaxId", "get_Balance", "get_Customer", "get_CustomerTaxId", "list_Customer",
                "list_CustomerTaxId", "update_Customer",
            ]
        );
        let (_, first) = fake.call("POST", "/tools", r#"{"pageSize": 3}"#);
        let next = json!({"pageSize": 3, "pageToken": first["nextPageToken"]}).to_string();
        assert_eq!(fake.call("POST", "/tools", r#"{"pageToken": null, "toolNames": null}"#).0, 200);
        assert_eq!(fake.call("POST", "/tools", &next).1["tools"][0]["name"], "delete_Customer");
    }

    #[test]
    fn tools_are_picked_by_name() {
        let fake = Fake::default();
        let (_, body) = fake.get("/tools?toolNames=list_Customer&toolNames=create_Customer");
        let tools = body["tools"].as_array().unwrap();
        assert_eq!(tools.len(), 2);
        assert_eq!(tools[0]["inputSchema"]["properties"]["fields"]["required"], json!(["Name"]));
        assert_eq!(tools[1]["annotations"]["readOnlyHint"], true);
        assert_eq!(fake.get("/tools?toolNames=steal_Customer").0, 404);
        assert_eq!(fake.call("POST", "/tools", r#"{"toolNames": ["x"]}"#).0, 404);
    }

    #[test]
    fn tools_run() {
        let fake = Fake::default();
        fake.pages.borrow_mut().push(page(r#"[{"Id": "cus_1"}]"#, Some("t")));
        let run = |tool: &str, parameters: &str| {
            fake.call(
                "POST",
                &format!("/tools/{tool}:execute"),
                &format!(r#"{{"parameters": {parameters}}}"#),
            )
        };
        let listed = run(
            "list_Customer",
            r#"{"conditions": "Name = 'a'", "sortBy": "Name", "columns": ["Id"], "pageSize": 1}"#,
        );
        assert_eq!(listed, (200, json!({"result": {"entities": [{"Id": "cus_1"}], "nextPageToken": "t"}})));
        let row = json!({"result": {"Id": "cus_1", "Name": "Jenny"}});
        assert_eq!(run("get_Customer", r#"{"id": "cus_1"}"#), (200, row.clone()));
        assert_eq!(run("create_Customer", r#"{"fields": {"Name": "Jenny"}}"#), (200, row.clone()));
        assert_eq!(run("update_Customer", r#"{"id": "cus_1", "fields": {}}"#), (200, row));
        assert_eq!(run("delete_Customer", r#"{"id": "cus_1"}"#), (200, json!({"result": {"Id": "cus_1"}})));
        let results = json!({"result": {"results": [{"Success": "true", "id": "pi_1"}]}});
        assert_eq!(run("ConfirmPaymentIntent", r#"{"PaymentIntentId": "pi_1"}"#), (200, results));
        assert_eq!(
            fake.calls(),
            [
                r#"list Customer Some("Name = 'a'") Some(("Name", false)) Some(["Id"]) Some(1) None"#,
                r#"get Customer Some("cus_1")"#,
                r#"create Customer {"Name": "Jenny"}"#,
                r#"update Customer Some("cus_1") {}"#,
                r#"delete Customer Some("cus_1")"#,
                r#"execute ConfirmPaymentIntent {"PaymentIntentId": "pi_1"}"#,
            ]
        );
        assert_eq!(run("get_Customer", r#"{"Id": "cus_1"}"#).0, 400);
        assert_eq!(run("fly", "{}").0, 404);
    }
}
