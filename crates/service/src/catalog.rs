//! Entity types: which there are, and their fields.

use crate::backend::Backend;
use crate::contract::catalog::{EntitySummary, Operation};
use crate::contract::types::{Failure, FailureKind};
use crate::error::{Code, Error};
use crate::http::Response;
use crate::paging::Page;
use crate::query::{EXECUTION_HEADERS, Query};
use crate::schema;
use crate::types;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How much is told of each entity type of a list.
const LIST_VIEWS: [&str; 3] =
    ["ENTITY_TYPE_VIEW_UNSPECIFIED", "ENTITY_TYPE_VIEW_BASIC", "ENTITY_TYPE_VIEW_FULL"];
/// How much is told of one.
const VIEWS: [&str; 3] = [
    "ENTITY_TYPE_SCHEMA_VIEW_UNSPECIFIED", "ENTITY_TYPE_SCHEMA_VIEW_BASIC",
    "ENTITY_TYPE_SCHEMA_VIEW_ENRICHED",
];

/// What `catalog` tells of an entity type, as far as it is told here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// As the catalog spells it.
    pub name: String,
    /// What it is, in a line.
    pub summary: Option<String>,
    columns: Vec<Column>,
    /// Of its rows.
    pub json_schema: Value,
    /// Of what a create takes.
    pub create_schema: Option<Value>,
    /// Of what an update takes.
    pub update_schema: Option<Value>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    key: bool,
    nullable: bool,
    sortable: bool,
    reference: Option<String>,
    /// What else the catalog tells of it: it goes on as it is.
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Details {
    /// The catalog's word on an entity type.
    pub fn of(backend: &impl Backend, name: &str) -> Result<Details, Error> {
        let description = backend.entity_type(name).map_err(|failure| unknown(&failure))?;
        serde_json::from_str(&description.details).map_err(|error| {
            Error::new(
                Code::Internal,
                format!("the catalog's description of `{name}` cannot be read: {error}"),
            )
        })
    }

    fn field(&self, column: &Column) -> Value {
        let schema = || schema::property(&self.json_schema, &column.name);
        let mut field = types::typed(&column.name, &column.kind, column.nullable, schema);
        field.insert("key".to_owned(), json!(column.key));
        if let Some(entity) = &column.reference {
            field.insert("reference".to_owned(), json!({"name": column.name, "type": entity}));
        }
        let mut details = column.others.clone();
        details.insert("type".to_owned(), json!(column.kind));
        details.insert("sortable".to_owned(), json!(column.sortable));
        field.insert("additionalDetails".to_owned(), Value::Object(details));
        Value::Object(field)
    }

    /// The entity type in the API's form. The JSON Schema repeats the fields in another form and is told where it is
    /// asked for.
    fn entity_type(&self, operations: &[Operation], with_schema: bool) -> Value {
        let fields: Vec<Value> = self.columns.iter().map(|column| self.field(column)).collect();
        let mut found = json!({"name": self.name, "fields": fields, "operations": names(operations)});
        // What lists are ordered by where no other order is asked for.
        if operations.contains(&Operation::List)
            && self.columns.iter().any(|column| column.name == "Created" && column.sortable)
        {
            found["defaultSortBy"] = json!("Created");
        }
        if with_schema {
            found["jsonSchema"] = schema::convert(self.json_schema.clone());
        }
        found
    }
}

/// An entity type that a path names. One that does not exist is no wrong input but a wrong path.
pub fn find(backend: &impl Backend, name: &str) -> Result<EntitySummary, Error> {
    let mut all = backend.entity_types();
    let at = match all.iter().position(|own| own.name == name) {
        Some(at) => Some(at),
        None => {
            let canonical = backend.entity_type(name).map_err(|failure| unknown(&failure))?.name;
            all.iter().position(|own| own.name == canonical)
        }
    };
    match at {
        Some(at) => Ok(all.swap_remove(at)),
        None => Err(Error::new(Code::NotFound, format!("there is no entity type `{name}`"))),
    }
}

/// A failure of the catalog's, which has only one: that there is no such name.
pub fn unknown(failure: &Failure) -> Error {
    Error::of(&Failure { kind: FailureKind::NotFound, ..failure.clone() })
}

/// The operations in the API's words.
pub fn names(operations: &[Operation]) -> Vec<&'static str> {
    let name = |operation: &Operation| match operation {
        Operation::List => "LIST",
        Operation::Get => "GET",
        Operation::Create => "CREATE",
        Operation::Update => "UPDATE",
        Operation::Delete => "DELETE",
    };
    operations.iter().map(name).collect()
}

/// `entityTypes.list`.
pub fn list(backend: &impl Backend, query: &Query) -> Result<Response, Error> {
    query.allow(&["view", "pageSize", "pageToken", EXECUTION_HEADERS])?;
    let is_basic = query.word("view", &LIST_VIEWS)? == "ENTITY_TYPE_VIEW_BASIC";
    let (page, next) = Page::read(query)?.cut("entityTypes", backend.entity_types(), |own| &own.name)?;
    let tell = |own: &EntitySummary| match is_basic {
        true => Ok(json!({"name": own.name, "operations": names(&own.operations)})),
        false => Ok(Details::of(backend, &own.name)?.entity_type(&own.operations, true)),
    };
    Response::page("types", page.iter().map(tell), next)
}

/// `entityTypes.get`.
pub fn get(backend: &impl Backend, name: &str, query: &Query) -> Result<Response, Error> {
    query.allow(&["view", "contextMetadata", EXECUTION_HEADERS])?;
    let is_enriched = query.word("view", &VIEWS)? == "ENTITY_TYPE_SCHEMA_VIEW_ENRICHED";
    let summary = find(backend, name)?;
    let details = Details::of(backend, &summary.name)?;
    Ok(Response::json(200, &details.entity_type(&summary.operations, is_enriched)))
}

#[cfg(test)]
mod tests {
    use crate::testing::Fake;
    use serde_json::{Value, json};

    #[test]
    fn a_list_has_pages_and_views() {
        let fake = Fake::default();
        let (status, first) = fake.get("/entityTypes?pageSize=2&view=ENTITY_TYPE_VIEW_BASIC");
        assert_eq!(status, 200);
        assert_eq!(first["types"][0], json!({"name": "Balance", "operations": ["GET"]}));
        let token = first["nextPageToken"].as_str().unwrap();
        let (_, second) = fake.get(&format!("/entityTypes?pageToken={token}"));
        assert_eq!(second["types"][0]["name"], "CustomerTaxId");
        assert!(second["types"][0]["fields"].is_array() && second["types"][0]["jsonSchema"].is_object());
        assert!(second.get("nextPageToken").is_none());
    }

    #[test]
    fn fields_have_the_apis_types() {
        let (status, customer) = Fake::default().get("/entityTypes/Customers");
        assert_eq!(status, 200);
        assert_eq!((&customer["name"], &customer["defaultSortBy"]), (&json!("Customer"), &json!("Created")));
        assert_eq!(customer["operations"], json!(["LIST", "GET", "CREATE", "UPDATE", "DELETE"]));
        assert!(customer.get("jsonSchema").is_none());
        let field = |name: &str| -> Value {
            customer["fields"].as_array().unwrap().iter().find(|own| own["name"] == name).unwrap().clone()
        };
        assert_eq!((&field("Id")["key"], &field("Id")["nullable"]), (&json!(true), &json!(false)));
        assert_eq!(field("Created")["dataType"], "TIMESTAMP_WITH_TIMEZONE");
        assert_eq!(field("Metadata")["jsonSchema"]["type"], json!(["object", "null"]));
        assert_eq!(
            field("DefaultSource")["reference"],
            json!({"name": "DefaultSource", "type": "PaymentMethod"})
        );
        let details = &field("TaxExempt")["additionalDetails"];
        assert_eq!(details["values"], json!(["exempt", "none", "reverse"]));
        assert_eq!((&details["creatable"], &details["filterable"]), (&json!(true), &json!(true)));
    }

    #[test]
    fn enriched_has_the_schema_and_unknown_is_404() {
        let fake = Fake::default();
        let (_, customer) = fake.get("/entityTypes/Customer?view=ENTITY_TYPE_SCHEMA_VIEW_ENRICHED");
        assert_eq!(customer["jsonSchema"]["type"], json!(["object"]));
        assert_eq!(fake.get("/entityTypes/Nothing").0, 404);
        assert_eq!(fake.get("/entityTypes/Customer?view=FULL").0, 400);
    }
}
