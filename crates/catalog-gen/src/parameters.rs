//! What an operation takes.

use anyhow::{Context, Result, bail};

use crate::description::{Content, Operation, Place, Schema};
use crate::nodes::Object;
use crate::schema::Translator;

/// The parameters of the query and of the body, which Stripe does not tell apart.
pub fn parameters(operation: &Operation, translator: &mut Translator) -> Result<Object> {
    let mut merged = Object::default();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Query) {
        let node = translator.parameter(&parameter.schema).with_context(|| parameter.name.clone())?;
        merged.fields.push((parameter.name.clone(), node));
        if parameter.required {
            merged.required.push(parameter.name.clone());
        }
    }
    let body = operation.request_body.as_ref().map(|body| only_schema(&body.content)).transpose()?.flatten();
    let Some(body) = body else { return Ok(merged) };
    let properties = body.properties.as_ref().context("a request body without `properties`")?;
    for (name, schema) in properties {
        if merged.fields.iter().any(|(other, _)| other == name) {
            bail!("`{name}` is a parameter of the query and of the body");
        }
        let node = translator.parameter(schema).with_context(|| name.clone())?;
        merged.fields.push((name.clone(), node));
    }
    merged.required.extend(body.required.iter().cloned());
    Ok(merged)
}

/// The schema of the one media type that there is.
pub fn only_schema(content: &Content) -> Result<Option<&Schema>> {
    if content.len() > 1 {
        let types: Vec<_> = content.keys().map(String::as_str).collect();
        bail!("one media type was expected, not {}", types.join(" and "));
    }
    Ok(content.values().next().map(|media_type| &media_type.schema))
}
