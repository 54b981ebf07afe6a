//! Judges one request.

use serde_json::{Value, json};

use super::description::Description;
use super::findings::{Findings, Place};
use super::operation::{Host, Operation, Takes};
use super::{check_form, check_json, form, headers, multipart};
use crate::server::Received;

/// What is to be said of a request.
pub struct Verdict<'a> {
    /// The operation that it calls, if there is one.
    pub operation: Option<&'a Operation>,
    /// Its parameters and what is wrong with it.
    pub found: Findings,
}

/// Judges a request that came to `host`.
pub fn of<'a>(description: &'a Description, host: Host, request: &Received) -> Verdict<'a> {
    let mut found = Findings::default();
    let mut line = request.line.split(' ');
    let (method, target) = (line.next().unwrap_or_default(), line.next().unwrap_or_default());
    if line.next() != Some("HTTP/1.1") || line.next().is_some() {
        found.complaints.push("the line of the request is not HTTP's".to_owned());
    }
    found.complaints.extend(headers::wrong(request, method, description.version()));
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let operation = match description.find(method, path) {
        Ok((operation, ids)) => {
            found.add(of_ids(description, operation, &ids));
            found.add(of_host(description, operation, host, request));
            found.add(of_query(description, operation, query));
            found.add(of_body(description, operation, request));
            Some(operation)
        }
        Err(why) => {
            found.complaints.push(why);
            None
        }
    };
    Verdict { operation, found }
}

fn of_ids(description: &Description, operation: &Operation, ids: &[&str]) -> Findings {
    let mut found = Findings::default();
    for ((name, schema), id) in operation.ids.iter().zip(ids) {
        let place = Place::default().property(&format!("{{{name}}}"));
        match form::decode(id) {
            // Whoever tidies paths up would go elsewhere.
            Ok(id) if matches!(id.as_str(), "" | "." | "..") => {
                found.complain(&place, format_args!("is {id:?}, which is no id"));
            }
            Ok(_) if id.contains(|character| !is_of_path(character)) => {
                found.complain(&place, format_args!("{id:?} has what must be percent-encoded"));
            }
            Ok(id) => {
                let own = check_form::check(description, schema, &form::Node::Text(id), &place);
                // Ids are no parameters: there is no request without them.
                found.complaints.extend(own.complaints);
            }
            Err(why) => found.complain(&place, why),
        }
    }
    found
}

fn of_host(description: &Description, operation: &Operation, host: Host, request: &Received) -> Findings {
    let mut found = Findings::default();
    match description.host(operation) {
        Some(own) => {
            if own != host {
                found.complaints.push(format!("it came to the host {host:?} and belongs to {own:?}"));
            }
            found.complaints.extend(headers::wrong_authorization(request, own).map(str::to_owned));
        }
        None => found.complaints.push("the judge does not know the host of this operation".to_owned()),
    }
    found
}

fn of_query(description: &Description, operation: &Operation, query: Option<&str>) -> Findings {
    let nothing = json!({"type": "object"});
    let schema = match &operation.takes {
        Takes::Query(schema) => schema,
        _ => &nothing,
    };
    let query = query.unwrap_or_default();
    let (tree, complaints) = form::parse(query);
    let mut found = check_form::check(description, schema, &tree, &Place::default());
    found.complaints.extend(complaints);
    if query.contains(|character| !is_of_query(character)) {
        found.complaints.push(format!("the query has what must be percent-encoded: {query}"));
    }
    found
}

/// RFC 3986 has no brackets in a query.
fn is_of_query(character: char) -> bool {
    is_of_path(character) || "/?".contains(character)
}

/// What a segment of a path may have.
fn is_of_path(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(character)
}

fn of_body(description: &Description, operation: &Operation, request: &Received) -> Findings {
    if let Some(why) = headers::wrong_content_type(request, operation) {
        return Findings { complaints: vec![why], ..Findings::default() };
    }
    let (schema, (tree, complaints)) = match &operation.takes {
        Takes::Query(_) => return Findings::default(),
        Takes::Json(schema) => return of_json(description, schema, request),
        Takes::Nothing => {
            let fits = request.bytes.is_empty() || request.bytes == b"{}";
            let complaints = if fits { vec![] } else { vec!["it takes no body".to_owned()] };
            return Findings { complaints, ..Findings::default() };
        }
        Takes::Form(schema) => (schema, form::parse(&request.body)),
        Takes::Multipart(schema) => {
            let content_type = request.header("content-type").unwrap_or_default();
            let (fields, mut complaints) = multipart::parse(content_type, &request.bytes);
            let (tree, more) = form::tree(fields);
            complaints.extend(more);
            (schema, (tree, complaints))
        }
    };
    let mut found = check_form::check(description, schema, &tree, &Place::default());
    found.complaints.extend(complaints);
    found
}

fn of_json(description: &Description, schema: &Value, request: &Received) -> Findings {
    match serde_json::from_slice(&request.bytes) {
        Ok(value) => check_json::check(description, schema, &value, &Place::default()),
        Err(error) => {
            Findings { complaints: vec![format!("the body is no JSON: {error}")], ..Findings::default() }
        }
    }
}
