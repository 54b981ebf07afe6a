//! What the sandbox needs to know: every operation with its parameters and answer, and every object in an answer.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::description::{Description, Operation};
use crate::nodes::{Node, NodeId, Nodes};
use crate::parameters::{only_schema, parameters};
use crate::schema::Translator;

/// The facts; `to_text` is what is committed.
pub struct Facts {
    version: String,
    operations: Vec<(String, String, NodeId, Option<NodeId>)>,
    objects: BTreeMap<String, NodeId>,
    nodes: Nodes,
}

impl Facts {
    pub fn of(description: &Description) -> Result<Self> {
        let mut translator = Translator::new(&description.components.schemas);
        let mut operations = Vec::new();
        for (path, methods) in &description.paths {
            for (method, operation) in methods {
                let method = method.to_uppercase();
                let (parameters, answer) =
                    shape(operation, &mut translator).with_context(|| format!("{method} {path}"))?;
                operations.push((method, path.clone(), parameters, answer));
            }
        }
        let objects = translator.named_nodes()?;
        Ok(Self { version: description.info.version.clone(), operations, objects, nodes: translator.nodes })
    }

    /// One element to a line, so that the difference between two versions can be read.
    pub fn to_text(&self) -> Result<String> {
        let operations = lines(&self.operations)?;
        let nodes = lines(self.nodes.iter())?;
        let mut objects = Vec::new();
        for (name, node) in &self.objects {
            objects.push(format!("{}:{}", serde_json::to_string(name)?, serde_json::to_string(node)?));
        }
        Ok(format!(
            "{{\n\"version\":{},\n\"operations\":[\n{operations}\n],\n\"objects\":{{\n{}\n}},\n\"nodes\":[\n{nodes}\n]\n}}\n",
            serde_json::to_string(&self.version)?,
            objects.join(",\n"),
        ))
    }
}

/// The statistics that end a run.
impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operations, objects, nodes) = (self.operations.len(), self.objects.len(), self.nodes.len());
        write!(f, "{}: {operations} operations, {objects} objects, {nodes} nodes", self.version)
    }
}

fn lines<T: Serialize>(elements: impl IntoIterator<Item = T>) -> Result<String> {
    let lines: Result<Vec<_>, _> =
        elements.into_iter().map(|element| serde_json::to_string(&element)).collect();
    Ok(lines?.join(",\n"))
}

fn shape(operation: &Operation, translator: &mut Translator) -> Result<(NodeId, Option<NodeId>)> {
    let parameters = Node::Object(parameters(operation, translator)?);
    let parameters = translator.nodes.add(parameters);
    let response = operation.responses.get("200").context("no answer with status 200")?;
    let answer = only_schema(&response.content)?.map(|schema| translator.answer(schema)).transpose();
    Ok((parameters, answer.context("answer")?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const DESCRIPTION: &str = r##"{
        "info": {"version": "2026-05-27.dahlia"},
        "paths": {
            "/v1/files/{file}": {
                "post": {
                    "parameters": [
                        {"name": "file", "in": "path", "required": true, "schema": {"type": "string"}},
                        {"name": "purpose", "in": "query", "required": true, "schema": {"type": "string"}},
                        {"name": "limit", "in": "query", "schema": {"type": "integer"}}
                    ],
                    "requestBody": {"content": {"multipart/form-data": {"schema": {
                        "type": "object",
                        "properties": {"data": {"type": "string", "format": "binary"}},
                        "required": ["data"]
                    }}}},
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/file"}}}},
                        "default": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}}
                    }
                },
                "delete": {"responses": {"200": {}}}
            }
        },
        "components": {"schemas": {
            "error": {"type": "object", "properties": {}},
            "file": {"type": "object", "properties": {"link": {
                "anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/account"}],
                "x-expansionResources": {"oneOf": [{"$ref": "#/components/schemas/account"}]}
            }}},
            "account": {"type": "object", "properties": {"logo": {"$ref": "#/components/schemas/file"}}}
        }}
    }"##;

    const TEXT: &str = r#"{
"version":"2026-05-27.dahlia",
"operations":[
["POST","/v1/files/{file}",3,4],
["DELETE","/v1/files/{file}",5,null]
],
"objects":{
"account":8,
"file":7
},
"nodes":[
["string"],
["integer"],
["binary"],
["object",{"purpose":0,"limit":1,"data":2},["purpose","data"]],
["ref","file"],
["object",{},[]],
["expandable",["account"]],
["object",{"link":6},[]],
["object",{"logo":4},[]]
]
}
"#;

    fn description() -> Value {
        serde_json::from_str(DESCRIPTION).unwrap()
    }

    #[track_caller]
    fn fails(description: Value, expected: &str) {
        let description = serde_json::from_value(description).unwrap();
        let message = format!("{:#}", Facts::of(&description).err().unwrap());
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn a_description_as_facts() {
        let facts = Facts::of(&serde_json::from_str(DESCRIPTION).unwrap()).unwrap();
        assert_eq!(facts.to_text().unwrap(), TEXT);
        assert_eq!(facts.to_string(), "2026-05-27.dahlia: 2 operations, 2 objects, 9 nodes");
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_place() {
        let post = "/paths/~1v1~1files~1{file}/post";
        let mut twice = description();
        *twice.pointer_mut(&format!("{post}/parameters/1/name")).unwrap() = json!("data");
        fails(twice, "POST /v1/files/{file}: `data` is a parameter of the query and of the body");

        let mut types = description();
        *types.pointer_mut(&format!("{post}/responses/200/content")).unwrap() =
            json!({"application/json": {"schema": {}}, "application/pdf": {"schema": {}}});
        fails(types, "one media type was expected, not application/json and application/pdf");

        let mut unanswered = description();
        *unanswered.pointer_mut(&format!("{post}/responses")).unwrap() = json!({});
        fails(unanswered, "POST /v1/files/{file}: no answer with status 200");

        let mut dangling = description();
        *dangling.pointer_mut("/components/schemas/account/properties/logo/$ref").unwrap() =
            json!("#/components/schemas/absent");
        fails(dangling, "no schema named `absent`");
    }
}
