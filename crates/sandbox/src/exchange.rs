//! One request and its answer: read, answered, remembered, and sent, or kept from being sent as a
//! fault wants it.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, Response, StatusCode, header};
use tokio::time::sleep;

use crate::answer::Answer;
use crate::connection::{End, Line};
use crate::error::ApiError;
use crate::fault::{Breach, Fault};
use crate::idempotency::Ticket;
use crate::record::Request;
use crate::server::Shared;
use crate::service::refusal;

/// Beyond this a form is no request that Stripe would read.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Stripe's limit for a file, which differs by its purpose, with room for what is around it.
const MAX_UPLOAD: usize = 17 * 1024 * 1024;

pub async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: HttpRequest<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let fault = shared.lock().faults.choose(head.method.as_str(), head.uri.path(), &head.headers);
    let Some(fault) = fault else {
        let arrived = Arrived::read(head, body).await;
        let (response, ticket) = answer(&shared, arrived, None);
        shared.settle(ticket);
        return response.map(Body::from);
    };
    // In a task of its own: hyper drops the handler of a connection that ended or was taken from it,
    // and the exchange goes on all the same.
    let exchange = tokio::spawn(async move { faulty(&shared, &line, &fault, head, body).await });
    exchange.await.unwrap_or_else(|_| {
        let mut failed = Response::default();
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

async fn faulty(shared: &Shared, line: &Line, fault: &Fault, head: Parts, body: Body) -> Response<Body> {
    sleep(fault.delay_request).await;
    if let Some(Breach::Before(end)) = fault.breach {
        let arrived = match end {
            End::Reset => Arrived::unread(head),
            // Bytes that nobody read would turn the end into a reset.
            End::Close => Arrived::read(head, body).await,
        };
        shared.lock().remember(Request { fault: Some(fault.rule.clone()), ..arrived.request });
        line.end(end).await;
        return Response::default();
    }
    let arrived = Arrived::read(head, body).await;
    let (response, mut ticket) = answer(shared, arrived, Some(fault));
    sleep(fault.delay_answer).await;
    let response = match fault.breach {
        Some(Breach::After(end)) => {
            line.end(end).await;
            Response::default()
        }
        _ => {
            // The head goes out now: whoever has read the whole answer may repeat the request.
            shared.settle(ticket.take());
            fault.send(line, response).await
        }
    };
    shared.settle(ticket);
    response
}

/// A request as it came in.
struct Arrived {
    request: Request,
    headers: HeaderMap,
    /// Whether the body was read to its end.
    whole: bool,
}

impl Arrived {
    fn unread(head: Parts) -> Arrived {
        let request = Request {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: recorded(&head.headers),
            body: String::new(),
            bytes: Bytes::new(),
            status: 0,
            fault: None,
        };
        Arrived { request, headers: head.headers, whole: false }
    }

    async fn read(head: Parts, body: Body) -> Arrived {
        let mut arrived = Arrived::unread(head);
        let content_type = arrived.request.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let limit = if content_type.starts_with("multipart/") { MAX_UPLOAD } else { MAX_BODY };
        if let Ok(bytes) = to_bytes(body, limit).await {
            arrived.request.body = String::from_utf8_lossy(&bytes).into_owned();
            arrived.request.bytes = bytes;
            arrived.whole = true;
        }
        arrived
    }
}

/// The answer to a request, which a fault may give in Stripe's place, and the ticket to settle once
/// it went out. Request and status are remembered.
fn answer(shared: &Shared, arrived: Arrived, fault: Option<&Fault>) -> (Response<String>, Option<Ticket>) {
    let Arrived { mut request, headers, whole } = arrived;
    let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let mut inner = shared.lock();
    let (mut answer, ticket) = match fault.and_then(Fault::answer) {
        Some(answer) => {
            if fault.is_some_and(|fault| fault.stored) {
                inner.world.refuse(&request, key, answer.clone());
            }
            (answer, None)
        }
        None if whole => inner.world.answer(&request, key),
        None => (refusal(ApiError::invalid("The body is cut or too large."), &request), None),
    };
    answer.echo(&request);
    request.status = answer.status;
    request.bytes = Bytes::new();
    request.fault = fault.map(|fault| fault.rule.clone());
    inner.remember(request);
    drop(inner);
    (respond(answer), ticket)
}

fn respond(answer: Answer) -> Response<String> {
    let mut response = Response::new(answer.body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        // What came in as a header can go out as one.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The key goes no further than its check.
fn recorded(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |name: &HeaderName, value: &HeaderValue| match *name {
        header::AUTHORIZATION => "Bearer <redacted>".to_owned(),
        _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(|(name, value)| (name.to_string(), text(name, value))).collect()
}
