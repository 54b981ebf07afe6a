//! The connectors v2 runtime API in front of the contract: one WebAssembly component.
//!
//! The way of a request: this file makes it a plain value; [`service`] finds its route, checks the token and hands it to the
//! module that answers it ([`entities`], [`bulk`], [`catalog`], [`actions`], [`tools`], [`sql`], [`status`]), which calls
//! the connector through a [`backend::Backend`]; what goes wrong becomes an [`error::Error`].
//!
//! Everything but this file and `imports` is plain Rust and is tested natively.

pub mod actions;
pub mod auth;
pub mod backend;
pub mod body;
pub mod bulk;
pub mod catalog;
pub mod entities;
pub mod error;
pub mod http;
pub mod openapi;
pub mod options;
pub mod page;
pub mod paging;
pub mod query;
pub mod route;
pub mod schema;
pub mod service;
pub mod sql;
pub mod status;
pub mod tools;
pub mod types;

mod imports;

#[cfg(test)]
mod testing;

/// Bindings of the contract, world `service` in `wit/`.
#[allow(missing_docs, reason = "the WIT is the documentation")]
mod bindings {
    wit_bindgen::generate!({
        world: "service",
        path: "../../wit",
        additional_derives: [PartialEq],
    });
}

/// The contract's interfaces.
pub use bindings::connectors::stripe as contract;

use crate::http::{MAX_BODY, Request};
use waki::ErrorCode;
use waki::bindings::wasi::http::types::IncomingRequest;

/// A request and its target as it was sent: waki's own request tells the query as a map, in which repeats are lost.
struct Incoming {
    target: String,
    request: waki::Request,
}

impl TryFrom<IncomingRequest> for Incoming {
    type Error = ErrorCode;

    fn try_from(request: IncomingRequest) -> Result<Self, ErrorCode> {
        let target = request.path_with_query().unwrap_or_else(|| "/".to_owned());
        Ok(Incoming { target, request: request.try_into()? })
    }
}

impl Incoming {
    fn plain(self) -> Result<Request, ErrorCode> {
        let headers = self.request.headers().iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        let mut body = Vec::new();
        while let Some(left) = (MAX_BODY + 1).checked_sub(body.len()).filter(|left| *left > 0) {
            let chunk = self.request.chunk(left as u64);
            match chunk.map_err(|_| ErrorCode::HttpRequestBodySize(None))? {
                Some(chunk) => body.extend(chunk),
                None => break,
            }
        }
        Ok(Request { method: method(&self.request.method()), target: self.target, headers, body })
    }
}

fn method(method: &waki::Method) -> String {
    use waki::Method::{Connect, Delete, Get, Head, Options, Other, Patch, Post, Put, Trace};
    match method {
        Connect => "CONNECT",
        Delete => "DELETE",
        Get => "GET",
        Head => "HEAD",
        Options => "OPTIONS",
        Patch => "PATCH",
        Post => "POST",
        Put => "PUT",
        Trace => "TRACE",
        Other(name) => name,
    }
    .to_owned()
}

#[waki::handler]
fn handle(incoming: Incoming) -> Result<waki::Response, ErrorCode> {
    let request = incoming.plain()?;
    let response = service::answer(&imports::Imports, &request);
    waki::Response::builder()
        .status_code(response.status)
        .headers(response.headers.iter().map(|(name, value)| (*name, value.as_str())))
        .body(response.body)
        .build()
}
