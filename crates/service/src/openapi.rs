//! The OpenAPI description of exactly what is served here. Schemas are those of the API's discovery document, without
//! what this service never sends or takes.

use crate::http::Response;
use crate::query::EXECUTION_HEADERS;
use serde_json::{Map, Value, json};

const CONNECTION: &str = "/v2/projects/{projectsId}/locations/{locationsId}/connections/{connectionsId}";
const SCHEMAS: &str = include_str!("openapi_schemas.json");
const ABOUT: &str = "Stripe's objects as rows, its other operations as actions, behind the connectors v2 runtime API. \
    Every method takes the standard query parameters of Google's APIs besides its own: `alt` must be `json`, the others \
    (`prettyPrint`, `fields`, `key`, `access_token`, `quotaUser`, ...) mean nothing. `Idempotency-Key` and \
    `Stripe-Account` are taken as headers of a request and in `executionConfig.headers`, a text that is a JSON object; \
    other names in it are passed over. A POST with `x-http-method-override: GET` and a form as its body is a GET with \
    these parameters. Names of projects, locations and connections may be any.";

/// A method of the API.
struct Method {
    /// In lower case, as OpenAPI has it.
    verb: &'static str,
    /// What follows the connection.
    path: &'static str,
    id: &'static str,
    /// Names of [`parameter`].
    query: &'static [&'static str],
    /// Schema of the body.
    request: Option<&'static str>,
    /// Schema of the answer; absent: 501.
    response: Option<&'static str>,
}

const fn method(
    verb: &'static str,
    path: &'static str,
    id: &'static str,
    query: &'static [&'static str],
    request: Option<&'static str>,
    response: Option<&'static str>,
) -> Method {
    Method { verb, path, id, query, request, response }
}

const PAGED: [&str; 3] = ["pageSize", "pageToken", EXECUTION_HEADERS];
const CONFIG: [&str; 1] = [EXECUTION_HEADERS];
const ROWS: &str = "/entityTypes/{entityTypesId}/entities";
const ROW: &str = "/entityTypes/{entityTypesId}/entities/{entitiesId}";

const METHODS: [Method; 28] = [
    method("get", ":checkStatus", "checkStatus", &CONFIG, None, Some("CheckStatusResponse")),
    method("get", ":checkReadiness", "checkReadiness", &[], None, Some("CheckReadinessResponse")),
    method(
        "post",
        ":executeSqlQuery",
        "executeSqlQuery",
        &[],
        Some("ExecuteSqlQueryRequest"),
        Some("ExecuteSqlQueryResponse"),
    ),
    method(
        "get",
        "/entityTypes",
        "listEntityTypes",
        &["entityTypesView", PAGED[0], PAGED[1], PAGED[2]],
        None,
        Some("ListEntityTypesResponse"),
    ),
    method(
        "get",
        "/entityTypes/{entityTypesId}",
        "getEntityType",
        &["entityTypeView", "contextMetadata", EXECUTION_HEADERS],
        None,
        Some("EntityType"),
    ),
    method(
        "get",
        ROWS,
        "listEntities",
        &["conditions", "sortBy", "sortOrder", PAGED[0], PAGED[1], PAGED[2]],
        None,
        Some("ListEntitiesResponse"),
    ),
    method("post", ROWS, "createEntity", &CONFIG, Some("EntityInput"), Some("Entity")),
    method("get", ROW, "getEntity", &CONFIG, None, Some("Entity")),
    method("patch", ROW, "updateEntity", &CONFIG, Some("EntityInput"), Some("Entity")),
    method("delete", ROW, "deleteEntity", &CONFIG, None, Some("Empty")),
    method(
        "post",
        "/entityTypes/{entityTypesId}/entities:updateEntitiesWithConditions",
        "updateEntitiesWithConditions",
        &["requiredConditions", EXECUTION_HEADERS],
        Some("EntityInput"),
        Some("UpdateEntitiesWithConditionsResponse"),
    ),
    method(
        "post",
        "/entityTypes/{entityTypesId}/entities:deleteEntitiesWithConditions",
        "deleteEntitiesWithConditions",
        &["requiredConditions", EXECUTION_HEADERS],
        None,
        Some("Empty"),
    ),
    method(
        "get",
        "/actions",
        "listActions",
        &["actionsView", PAGED[0], PAGED[1], PAGED[2]],
        None,
        Some("ListActionsResponse"),
    ),
    method(
        "get",
        "/actions/{actionsId}",
        "getAction",
        &["actionView", EXECUTION_HEADERS],
        None,
        Some("Action"),
    ),
    method(
        "post",
        "/actions/{actionsId}:execute",
        "executeAction",
        &[],
        Some("ExecuteActionRequest"),
        Some("ExecuteActionResponse"),
    ),
    method(
        "get",
        "/tools",
        "listTools",
        &["toolNames", PAGED[0], PAGED[1], PAGED[2]],
        None,
        Some("ListToolsResponse"),
    ),
    method("post", "/tools", "listToolsPost", &[], Some("ListToolsPostRequest"), Some("ListToolsResponse")),
    method(
        "post",
        "/tools/{toolsId}:execute",
        "executeTool",
        &[],
        Some("ExecuteToolRequest"),
        Some("ExecuteToolResponse"),
    ),
    method("post", ":exchangeAuthCode", "exchangeAuthCode", &[], None, None),
    method("post", ":refreshAccessToken", "refreshAccessToken", &[], None, None),
    method("post", ":executeHttpRequest", "executeHttpRequest", &[], None, None),
    method(
        "post",
        ":generateConnectionToolspecOverride",
        "generateConnectionToolspecOverride",
        &[],
        None,
        None,
    ),
    method("get", ":listCustomToolNames", "listCustomToolNames", &[], None, None),
    method("get", "/resources", "listResources", &[], None, None),
    method("get", "/resources/{resourcesId}", "getResource", &[], None, None),
    method("post", "/resources/{resourcesId}", "getResourcePost", &[], None, None),
    method("get", "healthz", "health", &[], None, Some("")),
    method("get", "openapi.json", "openApi", &[], None, Some("")),
];

/// A parameter of a query: its name in the query, and its schema.
fn parameter(id: &str) -> Value {
    let view = |prefix: &str, words: [&str; 3]| json!({"type": "string", "enum": words.map(|word| format!("{prefix}_{word}"))});
    let (list, one) = (["UNSPECIFIED", "BASIC", "FULL"], ["UNSPECIFIED", "BASIC", "ENRICHED"]);
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let (name, schema) = match id {
        "entityTypesView" => ("view", view("ENTITY_TYPE_VIEW", list)),
        "entityTypeView" => ("view", view("ENTITY_TYPE_SCHEMA_VIEW", one)),
        "actionsView" => ("view", view("ACTION_VIEW", list)),
        "actionView" => ("view", view("ACTION_SCHEMA_VIEW", one)),
        "requiredConditions" => ("conditions", json!({"type": "string", "minLength": 1})),
        "pageSize" => (id, json!({"type": "integer", "minimum": 0, "default": 25})),
        "sortBy" => {
            (id, json!({"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 1}))
        }
        "sortOrder" => (id, json!({"type": "array", "items": {"enum": ["ASC", "DESC"]}, "maxItems": 1})),
        "toolNames" => (id, texts),
        _ => (id, json!({"type": "string"})),
    };
    json!({"name": name, "in": "query", "required": id == "requiredConditions", "schema": schema})
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| {
        let example = match name {
            "entityTypesId" => "Customer",
            "entitiesId" => "cus_123",
            "actionsId" => "ConfirmPaymentIntent",
            "toolsId" => "list_Customer",
            _ => "-",
        };
        let schema = json!({"type": "string", "minLength": 1});
        json!({"name": name, "in": "path", "required": true, "schema": schema, "example": example})
    })
}

fn of_schema(name: &str) -> Value {
    json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}})
}

fn operation(method: &Method, path: &str) -> Value {
    let mut responses = Map::new();
    // An error that has a status of its own is no surprise; `default` is for those of hosts and proxies between.
    for status in ["400", "401", "403", "404", "409", "413", "429", "500", "501", "503", "504", "default"] {
        responses.insert(status.to_owned(), json!({"$ref": "#/components/responses/Error"}));
    }
    match method.response {
        Some("") if method.path == "healthz" => {
            let ok =
                json!({"description": "It runs.", "content": {"text/plain": {"schema": {"type": "string"}}}});
            responses = Map::from_iter([("200".to_owned(), ok)]);
        }
        Some("") => {
            let content = json!({"application/json": {"schema": {"type": "object"}}});
            responses
                .insert("200".to_owned(), json!({"description": "This description.", "content": content}));
        }
        Some(schema) => {
            responses.insert("200".to_owned(), json!({"description": "Done.", "content": of_schema(schema)}));
        }
        None => {}
    }
    let parameters: Vec<Value> =
        path_parameters(path).chain(method.query.iter().copied().map(parameter)).collect();
    let mut told = json!({"operationId": method.id, "parameters": parameters, "responses": responses});
    if let Some(request) = method.request {
        told["requestBody"] =
            json!({"required": request == "ExecuteSqlQueryRequest", "content": of_schema(request)});
    }
    if method.path == "healthz" {
        told["security"] = json!([]);
    }
    told
}

/// The description.
pub fn document() -> Value {
    let mut paths = Map::new();
    for method in &METHODS {
        let path = match method.path.starts_with([':', '/']) {
            true => format!("{CONNECTION}{}", method.path),
            false => format!("/{}", method.path),
        };
        let told = operation(method, &path);
        if let Value::Object(item) = paths.entry(path).or_insert_with(|| json!({})) {
            item.insert(method.verb.to_owned(), told);
        }
    }
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Stripe connector", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Error": {"description": "What was wrong.", "content": of_schema("Error")}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

/// `GET /openapi.json`.
pub fn response() -> Response {
    Response::json(200, &document())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Route;

    #[test]
    fn every_path_is_routed_with_its_methods() {
        let document = document();
        for (path, item) in document["paths"].as_object().unwrap() {
            let concrete = path.replace(['{', '}'], "");
            let route = Route::of(&concrete).unwrap_or_else(|| panic!("{path}"));
            let mut verbs: Vec<String> =
                item.as_object().unwrap().keys().map(|verb| verb.to_uppercase()).collect();
            let mut methods = route.methods().to_vec();
            // It is GET without the body, and needs no words.
            methods.retain(|method| *method != "HEAD");
            verbs.sort();
            methods.sort_unstable();
            assert_eq!(verbs, methods, "{path}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|part| part.split_once('"')) {
            assert!(document.pointer(reference.0).is_some(), "{}", reference.0);
        }
        assert!(text.contains("ToolAnnotations"));
    }
}
