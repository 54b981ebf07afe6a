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

use crate::error::Error;
use crate::http::{MAX_BODY, Request};
use waki::ErrorCode;
use waki::bindings::exports::wasi::http::incoming_handler::Guest;
use waki::bindings::wasi::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use waki::bindings::wasi::io::streams::StreamError;

/// A request and its target as it was sent: waki's own request tells the query as a map, in which repeats are lost.
struct Incoming {
    target: String,
    authority: Option<String>,
    request: waki::Request,
}

impl TryFrom<IncomingRequest> for Incoming {
    type Error = ErrorCode;

    fn try_from(request: IncomingRequest) -> Result<Self, ErrorCode> {
        let target = request.path_with_query().unwrap_or_else(|| "/".to_owned());
        Ok(Incoming { target, authority: request.authority(), request: request.try_into()? })
    }
}

impl Incoming {
    /// All but the body.
    fn head(&self) -> Request {
        let headers = self.request.headers().iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        // Hosts tell it as the authority instead.
        let host = self.authority.iter().map(|authority| ("host".to_owned(), authority.clone()));
        let headers = host.chain(headers);
        Request {
            method: method(&self.request.method()),
            target: self.target.clone(),
            headers: headers.collect(),
            body: Vec::new(),
        }
    }

    fn body(&self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(left) = (MAX_BODY + 1).checked_sub(body.len()).filter(|left| *left > 0) {
            let chunk = self.request.chunk(left as u64);
            match chunk.map_err(|_| Error::invalid("body", "the body broke off, or took too long"))? {
                Some(chunk) => body.extend(chunk),
                None => break,
            }
        }
        Ok(body)
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

/// By hand, since what waki makes of a function traps when its caller leaves while the answer is written.
struct Component;

waki::bindings::export!(Component with_types_in waki::bindings);

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let answered = Incoming::try_from(request)
            .map(|incoming| service::answer(&imports::Imports, incoming.head(), || incoming.body()));
        let outgoing = answered.and_then(|response| Ok((outgoing(&response)?, response.body)));
        match outgoing {
            Ok(((response, body), bytes)) => {
                ResponseOutparam::set(out, Ok(response));
                // Without its end the host breaks the answer off. A caller who has left is told nothing more.
                if write(&body, &bytes).is_ok() {
                    let _ = OutgoingBody::finish(body, None);
                }
            }
            Err(code) => ResponseOutparam::set(out, Err(code)),
        }
    }
}

fn outgoing(response: &http::Response) -> Result<(OutgoingResponse, OutgoingBody), ErrorCode> {
    let refused = |what: &str| ErrorCode::InternalError(Some(format!("the host refuses {what}")));
    let headers = response.headers.iter();
    let headers: Vec<_> =
        headers.map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    let headers = Fields::from_list(&headers).map_err(|_| refused("the headers"))?;
    let outgoing = OutgoingResponse::new(headers);
    outgoing.set_status_code(response.status).map_err(|()| refused("the status"))?;
    let body = outgoing.body().map_err(|()| refused("a body"))?;
    Ok((outgoing, body))
}

fn write(body: &OutgoingBody, mut bytes: &[u8]) -> Result<(), StreamError> {
    let stream = body.write().map_err(|()| StreamError::Closed)?;
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        ready.block();
        let permitted = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        let (now, later) = bytes.split_at(permitted.min(bytes.len()));
        stream.write(now)?;
        bytes = later;
    }
    stream.flush()?;
    ready.block();
    stream.check_write().map(|_| ())
}
