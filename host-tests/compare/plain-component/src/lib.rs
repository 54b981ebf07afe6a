//! The least that a component does to ask Stripe: it sends a request over WASI HTTP and hands back what was answered, as
//! it came. It asks for no secret and no place in a throttle, waits without a limit, looks at no header, and reads nothing
//! of the answer. Its exports are the contract's, so the same host runs it in the connector's place, and what it takes is
//! what WASI HTTP and the host take. For the same reason it has the connector's allocator, and its size of a stack.

#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

#[path = "../../../../src/allocator.rs"]
mod allocator;
#[path = "../../../../src/runtime.rs"]
mod runtime;
mod stubs;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::cell::OnceCell;

use wasi::http::outgoing_handler;
use wasi::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasi::io::streams::StreamError;

use self::contract::connectors::stripe::settings;
use self::contract::exports::connectors::stripe::entities::{
    BulkResult, CallOptions, Change, Failure, Guest, Page, Plan, Query, Row, Selection,
};

mod contract {
    wit_bindgen::generate!({
        world: "connector",
        path: "../../../wit",
        pub_export_macro: true,
        with: {
            "wasi:http/outgoing-handler@0.2.12": wasi::http::outgoing_handler,
            "wasi:http/types@0.2.12": wasi::http::types,
            "wasi:io/poll@0.2.12": wasi::io::poll,
            "wasi:io/error@0.2.12": wasi::io::error,
            "wasi:io/streams@0.2.12": wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": wasi::clocks::monotonic_clock,
            "wasi:random/random@0.2.12": wasi::random::random,
        },
    });
}

struct Plain;

contract::export!(Plain with_types_in contract);

/// What cannot go on here ends the instance, and with it the measurement.
fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

impl Guest for Plain {
    fn get(
        _: String,
        id: Option<String>,
        _: Option<Vec<String>>,
        _: bool,
        _: CallOptions,
    ) -> Result<Row, Failure> {
        let path = format!("/v1/customers/{}", id.unwrap_or_default());
        let fields = answer(&path, None).unwrap_or_else(|| trap());
        Ok(Row { fields, request_id: None })
    }

    fn create(_: String, fields: String, _: CallOptions) -> Result<Change, Failure> {
        let fields = answer("/v1/customers", Some(fields.as_bytes())).unwrap_or_else(|| trap());
        Ok(Change { id: None, fields, request_id: None, idempotency_key: None })
    }

    fn list(_: Query, _: CallOptions) -> Result<Page, Failure> {
        trap()
    }

    fn explain(_: Query, _: CallOptions) -> Result<Plan, Failure> {
        trap()
    }

    fn update(_: String, _: Option<String>, _: String, _: CallOptions) -> Result<Change, Failure> {
        trap()
    }

    fn delete(_: String, _: Option<String>, _: CallOptions) -> Result<Change, Failure> {
        trap()
    }

    fn update_where(_: Selection, _: String, _: CallOptions) -> Result<BulkResult, Failure> {
        trap()
    }

    fn delete_where(_: Selection, _: CallOptions) -> Result<BulkResult, Failure> {
        trap()
    }
}

/// Where the server is, which is asked once.
struct Authority(OnceCell<Option<String>>);

// SAFETY: an instance of a component has one thread.
unsafe impl Sync for Authority {}

static AUTHORITY: Authority = Authority(OnceCell::new());

fn authority() -> Option<String> {
    let base = settings::all().into_iter().find(|(name, _)| name == "api_base")?.1;
    base.strip_prefix("http://").map(str::to_string)
}

/// The body of an answer that says yes.
fn answer(path: &str, body: Option<&[u8]>) -> Option<String> {
    let authority = AUTHORITY.0.get_or_init(authority).as_deref();
    let mut headers =
        vec![header("accept", "application/json"), header("authorization", "Bearer sk_test_filler")];
    if let Some(body) = body {
        headers.push(header("content-length", &body.len().to_string()));
        headers.push(header("content-type", "application/json"));
    }
    let request = OutgoingRequest::new(Fields::from_list(&headers).ok()?);
    // A request is a GET as it is.
    if body.is_some() {
        request.set_method(&Method::Post).ok()?;
    }
    request.set_scheme(Some(&Scheme::Http)).ok()?;
    request.set_authority(authority).ok()?;
    request.set_path_with_query(Some(path)).ok()?;
    let upload = body.map(|bytes| (request.body(), bytes));
    let awaited = outgoing_handler::handle(request, None).ok()?;
    if let Some((body, bytes)) = upload {
        let body = body.ok()?;
        let stream = body.write().ok()?;
        stream.check_write().ok()?;
        stream.write(bytes).ok()?;
        drop(stream);
        OutgoingBody::finish(body, None).ok()?;
    }
    awaited.subscribe().block();
    let response = awaited.get()?.ok()?.ok()?;
    if response.status() != 200 {
        return None;
    }
    let body = response.consume().ok()?;
    let stream = body.stream().ok()?;
    let mut bytes = Vec::new();
    loop {
        match stream.read(64 << 10) {
            Ok(chunk) if chunk.is_empty() => stream.subscribe().block(),
            Ok(chunk) if bytes.is_empty() => bytes = chunk,
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return String::from_utf8(bytes).ok(),
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
}

fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_string(), value.as_bytes().to_vec())
}
