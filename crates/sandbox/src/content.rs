//! What a request carries, read by the form that its endpoint has: a query or a form, the JSON of v2,
//! or the parts of an upload.

use axum::body::Bytes;
use serde_json::{Map, Value};

use crate::error::{ApiError, Result};
use crate::multipart::{kind, parts};
use crate::params::{Params, decode};
use crate::record::Request;
use crate::spec::{Node, Operation, SPEC};
use crate::{check, check_json};

const FORM: &str = "application/x-www-form-urlencoded";
pub const JSON: &str = "application/json";
pub const PARTS: &str = "multipart/form-data";

/// A file that was sent along.
#[derive(Debug, Default)]
pub struct Upload {
    pub filename: String,
    pub bytes: Bytes,
}

/// The parameters of a request before they are checked.
#[derive(Debug)]
pub struct Content {
    pub sent: Map<String, Value>,
    /// Values have the types of JSON.
    typed: bool,
    pub upload: Option<Upload>,
}

impl Content {
    pub fn read(request: &Request, operation: &Operation) -> Result<Content> {
        if operation.path.starts_with("/v2/") && request.method == "POST" {
            return json(request);
        }
        if file_of(operation).is_some() {
            return upload(request, operation);
        }
        Ok(Content { sent: decode(&texts(request)?)?, typed: false, upload: None })
    }

    /// The parameters with their types, if the operation takes them so, and the file.
    pub fn check(self, operation: &Operation) -> Result<(Params, Option<Upload>)> {
        let check = if self.typed { check_json::check } else { check::check };
        Ok((Params(check(self.sent, operation.takes)?), self.upload))
    }
}

/// A POST has its parameters in a form (and may have some in the query), so may a DELETE, and a GET
/// has them in the query alone.
fn texts(request: &Request) -> Result<String> {
    let formless = request.method == "DELETE" && request.body.is_empty();
    if request.method == "GET" || formless {
        return Ok(request.query.clone());
    }
    if !is(request, FORM) {
        let empty = if request.method == "POST" { ", also with an empty body" } else { "" };
        return Err(ApiError::invalid(format!(
            "A {} request needs the header `Content-Type: {FORM}`{empty}.",
            request.method
        )));
    }
    Ok(format!("{}&{}", request.query, request.body))
}

/// Without parameters there may be no body at all.
fn json(request: &Request) -> Result<Content> {
    if !request.query.is_empty() {
        return Err(ApiError::invalid(
            "A POST to a v2 endpoint has its parameters in a JSON body, and this one has a query.",
        ));
    }
    let sent = if request.body.is_empty() {
        Map::new()
    } else if !is(request, JSON) {
        return Err(ApiError::invalid(format!(
            "A POST to a v2 endpoint needs the header `Content-Type: {JSON}` and a JSON body."
        )));
    } else {
        match serde_json::from_slice(&request.bytes) {
            Ok(Value::Object(sent)) => sent,
            Ok(_) => return Err(ApiError::invalid("The body is JSON, but no object: {...} is needed.")),
            Err(error) => return Err(ApiError::invalid(format!("The body is not JSON: {error}."))),
        }
    };
    Ok(Content { sent, typed: true, upload: None })
}

fn upload(request: &Request, operation: &Operation) -> Result<Content> {
    let sent = request.header("content-type").unwrap_or_default();
    if !is(request, PARTS) {
        return Err(ApiError::invalid(format!(
            "{} {} needs the header `Content-Type: {PARTS}; boundary=...` and its parameters as parts.",
            operation.method, operation.path
        )));
    }
    let name = file_of(operation).unwrap_or_default();
    let mut upload = None;
    let mut pairs = form_urlencoded::Serializer::new(request.query.clone());
    for part in parts(sent, &request.bytes)? {
        if part.name == name {
            let Some(filename) = part.filename.filter(|filename| !filename.is_empty()) else {
                return Err(ApiError::invalid(format!(
                    "The part '{name}' is a file, and needs a `filename` in its Content-Disposition."
                ))
                .param(name));
            };
            // It stands among the texts, so that it is found missing or sent twice.
            pairs.append_pair(name, &filename);
            upload = Some(Upload { filename, bytes: part.bytes.into() });
        } else if part.filename.is_some() {
            return Err(ApiError::invalid(format!(
                "The part '{}' has a `filename`, and only the part '{name}' is a file.",
                part.name
            ))
            .param(&part.name));
        } else {
            let text = String::from_utf8(part.bytes).map_err(|_| {
                ApiError::invalid(format!("The part '{}' is a text, and no UTF-8.", part.name))
                    .param(&part.name)
            })?;
            pairs.append_pair(&part.name, &text);
        }
    }
    Ok(Content { sent: decode(&pairs.finish())?, typed: false, upload })
}

/// The parameter that is a file, if the operation takes one.
fn file_of(operation: &Operation) -> Option<&'static str> {
    let fields = SPEC.shapes(operation.takes);
    let mut all = fields.into_iter().flat_map(|fields| &fields.all);
    all.find(|(_, node)| matches!(SPEC.node(**node), Node::Binary)).map(|(name, _)| name.as_str())
}

/// Whether this is the type of a request's body.
pub fn is(request: &Request, expected: &str) -> bool {
    kind(request.header("content-type").unwrap_or_default()).eq_ignore_ascii_case(expected)
}
