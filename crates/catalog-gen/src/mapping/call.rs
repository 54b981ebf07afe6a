//! What the rules look at of one of Stripe's operations. Inside this module family it is a *call*, because `operation`
//! means one of an entity.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context, Result, bail};

use super::path::Path;
use crate::description::{Content, Description, Operation, Place, Schema};

pub struct Call<'a> {
    pub method: Method,
    /// As the description writes it.
    pub written: &'a str,
    pub path: Path,
    /// Names of the parameters, in the query and in the body alike.
    pub parameters: BTreeSet<&'a str>,
    pub answer: Answer<'a>,
    pub special: Option<Special>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Delete,
    Get,
    Post,
}

pub struct Answer<'a> {
    pub form: Form,
    /// The component schemas of the objects in it.
    pub objects: Vec<&'a str>,
    /// What was deleted, if that is what it can say. All of v2 has one answer for that, which does not name it.
    pub deleted: Vec<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Object,
    List,
    Search,
    Bytes,
}

/// Calls that are not a request like every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Takes a file, as multipart, at the host for files.
    Upload,
    /// Answers with a file, at the host for files.
    Download,
    /// Has a host and a session token of its own.
    EventStream,
}

const FILES: &str = "https://files.stripe.com/";
const METER_EVENTS: &str = "https://meter-events.stripe.com/";

impl<'a> Call<'a> {
    /// In the description's order.
    pub fn all(description: &'a Description) -> Result<Vec<Self>> {
        let mut calls = Vec::new();
        for (path, methods) in &description.paths {
            for (method, operation) in methods {
                let call = Self::new(method, path, operation);
                calls.push(call.with_context(|| format!("{} {path}", method.to_uppercase()))?);
            }
        }
        Ok(calls)
    }

    fn new(method: &str, written: &'a str, operation: &'a Operation) -> Result<Self> {
        let method = match method {
            "delete" => Method::Delete,
            "get" => Method::Get,
            "post" => Method::Post,
            _ => bail!("the method is none of GET, POST and DELETE: say in the rules what it means"),
        };
        let content = &operation.responses.get("200").context("no answer with status 200")?.content;
        let answer = Answer::of(content)?;
        let special = special(operation, answer.form)?;
        Ok(Self {
            method,
            written,
            path: Path::new(written),
            parameters: parameters(operation),
            answer,
            special,
        })
    }
}

impl Call<'_> {
    /// How exceptions are written: without the names of ids.
    pub fn place(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// For messages: as the description writes it.
impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.written)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

fn parameters(operation: &Operation) -> BTreeSet<&str> {
    let query = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let body = operation.request_body.iter().flat_map(|body| body.content.values());
    let fields = body.filter_map(|body| body.schema.properties.as_ref()).flat_map(|fields| fields.keys());
    query.map(|parameter| parameter.name.as_str()).chain(fields.map(String::as_str)).collect()
}

fn special(operation: &Operation, form: Form) -> Result<Option<Special>> {
    let body = operation.request_body.as_ref();
    let multipart = body.is_some_and(|body| body.content.contains_key("multipart/form-data"));
    let host = operation.servers.first().map(|server| server.url.as_str());
    match (host, multipart, form == Form::Bytes) {
        (None, false, false) => Ok(None),
        (Some(FILES), true, false) => Ok(Some(Special::Upload)),
        (Some(FILES), false, true) => Ok(Some(Special::Download)),
        (Some(METER_EVENTS), false, false) => Ok(Some(Special::EventStream)),
        _ => bail!("its host or its media types are new: say in call.rs what is special about it"),
    }
}

impl<'a> Answer<'a> {
    fn of(content: &'a Content) -> Result<Self> {
        let schema = content.get("application/json").map(|media_type| &media_type.schema);
        let Some(schema) = schema else {
            return Ok(Self { form: Form::Bytes, objects: Vec::new(), deleted: Vec::new() });
        };
        let (form, schema) = match listed(schema) {
            Some((form, items)) => (form, items),
            None => (Form::Object, schema),
        };
        let mut answer = Self { form, objects: Vec::new(), deleted: Vec::new() };
        answer.add(schema);
        Ok(answer)
    }

    fn add(&mut self, schema: &'a Schema) {
        if let Some(name) = &schema.reference {
            match name.0.strip_prefix("deleted_").or(name.0.strip_prefix("v2.deleted_")) {
                Some(deleted) => self.deleted.push(deleted),
                None => self.objects.push(&name.0),
            }
        }
        schema.any_of.iter().flatten().for_each(|alternative| self.add(alternative));
    }

    /// The one object that it is about.
    pub fn object(&self) -> Option<&'a str> {
        match (self.objects.as_slice(), self.deleted.as_slice()) {
            ([object], _) | ([], [object]) => Some(object),
            _ => None,
        }
    }
}

/// What a list or the result of a search is made of.
fn listed(schema: &Schema) -> Option<(Form, &Schema)> {
    let properties = schema.properties.as_ref()?;
    let items = properties.get("data")?.items.as_ref()?;
    let kind = properties.get("object").and_then(|object| object.r#enum.as_ref()?.first()?.as_str());
    Some((if kind == Some("search_result") { Form::Search } else { Form::List }, items))
}
