//! Stripe's OpenAPI description, as far as it is used here. Everything keeps the description's order.

use std::path::Path;

use anyhow::{Context, Result};
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
pub struct Description {
    pub info: Info,
    /// By path, then by method in lower case.
    pub paths: IndexMap<String, IndexMap<String, Operation>>,
    pub components: Components,
}

#[derive(Deserialize)]
pub struct Info {
    pub version: String,
}

#[derive(Deserialize)]
pub struct Components {
    pub schemas: IndexMap<String, Schema>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    pub request_body: Option<RequestBody>,
    /// By status, or `default`.
    pub responses: IndexMap<String, Response>,
    /// Where the operation is, if not where the others are.
    #[serde(default)]
    pub servers: Vec<Server>,
}

#[derive(Deserialize)]
pub struct Server {
    pub url: String,
}

#[derive(Deserialize)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "in")]
    pub place: Place,
    #[serde(default)]
    pub required: bool,
    pub schema: Schema,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Path,
    Query,
}

#[derive(Deserialize)]
pub struct RequestBody {
    pub content: Content,
}

#[derive(Deserialize)]
pub struct Response {
    #[serde(default)]
    pub content: Content,
}

/// By media type.
pub type Content = IndexMap<String, MediaType>;

#[derive(Deserialize)]
pub struct MediaType {
    pub schema: Schema,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$ref")]
    pub reference: Option<SchemaName>,
    #[serde(rename = "x-expansionResources")]
    pub expansion: Option<Expansion>,
    /// Every nested object of the schema, also those that are always there.
    #[serde(rename = "x-expandableFields")]
    pub expandable_fields: Vec<String>,
    pub all_of: Option<IgnoredAny>,
    pub any_of: Option<Vec<Schema>>,
    pub one_of: Option<Vec<Schema>>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub format: Option<String>,
    pub nullable: bool,
    pub r#enum: Option<Vec<serde_json::Value>>,
    pub max_length: Option<u32>,
    pub items: Option<Box<Schema>>,
    pub properties: Option<IndexMap<String, Schema>>,
    pub required: Vec<String>,
    pub additional_properties: Option<AdditionalProperties>,
}

/// The objects that an id is replaced with when its field is expanded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expansion {
    pub one_of: Vec<Reference>,
}

#[derive(Deserialize)]
pub struct Reference {
    #[serde(rename = "$ref")]
    pub name: SchemaName,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum AdditionalProperties {
    Allowed(bool),
    Each(Box<Schema>),
}

/// The name of a component schema, written `#/components/schemas/NAME`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub struct SchemaName(pub String);

impl TryFrom<String> for SchemaName {
    type Error = String;

    fn try_from(reference: String) -> Result<Self, String> {
        match reference.strip_prefix("#/components/schemas/") {
            Some(name) => Ok(Self(name.to_owned())),
            None => Err(format!("$ref is `{reference}`, and only #/components/schemas/NAME is understood")),
        }
    }
}

impl Description {
    pub fn read(file: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not an OpenAPI description like Stripe's", file.display()))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::output::workspace;

    /// Stripe's description is not part of this repository, so tests need it only where there is a copy of it.
    pub fn stripes_own() -> Result<Option<Description>> {
        let beside = workspace().join("../shared/stripe/spec3.json");
        match std::env::var_os("STRIPE_SPEC") {
            Some(file) => Description::read(Path::new(&file)).map(Some),
            None if beside.exists() => Description::read(&beside).map(Some),
            None => {
                println!("skipped: STRIPE_SPEC does not name Stripe's OpenAPI description (spec3.json)");
                Ok(None)
            }
        }
    }
}
