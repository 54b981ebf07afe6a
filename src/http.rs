//! The transport over WASI HTTP: several exchanges at once, driven by one poll, every wait bounded by a clock.

use crate::imports::{now_ms, timer};
use crate::transport::{Broken, Cause, Limits, Method, Request, Response, Transport, text_of};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use wasi::io::poll::{Pollable, poll};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

pub struct WasiHttp;

impl Transport for WasiHttp {
    fn send_all<'a>(
        &self,
        requests: &mut dyn Iterator<Item = Request<'a>>,
        width: usize,
        deadline: u64,
        limits: Limits,
    ) -> Vec<Result<Response, Broken>> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        loop {
            let mut open = exchanges.iter().filter(|exchange| !exchange.is_done()).count();
            while open < width
                && let Some(request) = requests.next()
            {
                exchanges.push(Exchange::new(request));
                open += 1;
            }
            if open == 0 {
                return exchanges.into_iter().map(Exchange::result).collect();
            }
            let now = now_ms();
            exchanges.iter_mut().for_each(|exchange| exchange.advance(now, deadline, limits));
            let still_open = exchanges.iter().filter(|exchange| !exchange.is_done());
            if still_open.clone().count() < open {
                continue;
            }
            let wake = still_open.map(|exchange| exchange.wakes(deadline, limits)).min().unwrap_or(now);
            let mut pollables: Vec<Pollable> = exchanges.iter().filter_map(Exchange::pollable).collect();
            pollables.push(timer(wake));
            poll(&pollables.iter().collect::<Vec<_>>());
        }
    }
}

/// One request on its way.
struct Exchange<'a> {
    stage: Stage<'a>,
    /// When it last got on.
    since: u64,
}

/// Children stand before their parents: they must be dropped first.
enum Stage<'a> {
    Waiting(Request<'a>),
    Writing { stream: OutputStream, body: OutgoingBody, rest: Vec<u8>, response: FutureIncomingResponse },
    Awaiting(FutureIncomingResponse),
    Reading(Incoming),
    Done(Result<Response, Broken>),
}

/// An answer whose head is known. A child stands before its parent: fields are dropped in this order.
struct Incoming {
    stream: InputStream,
    _body: IncomingBody,
    _response: IncomingResponse,
    head: Response,
}

impl Incoming {
    /// Drops the rest in its order, which a pattern that takes this apart would not.
    fn finish(self) -> Response {
        self.head
    }
}

/// Read at a time.
const CHUNK: u64 = 64 << 10;

impl<'a> Exchange<'a> {
    fn new(request: Request<'a>) -> Self {
        Exchange { since: 0, stage: Stage::Waiting(request) }
    }

    fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done(_))
    }

    /// Goes on as far as it can without waiting, and gives up what has waited too long.
    fn advance(&mut self, now: u64, deadline: u64, limits: Limits) {
        if let Stage::Waiting(request) = &self.stage
            && request.start_at <= now
            && now < deadline
        {
            self.since = now;
            self.stage = open(request, limits).unwrap_or_else(|broken| Stage::Done(Err(broken)));
        }
        loop {
            let stage = core::mem::replace(&mut self.stage, Stage::Done(Err(lost())));
            let (stage, moved) = step(stage, limits);
            self.stage = stage;
            if !moved {
                break;
            }
            self.since = now;
        }
        self.expire(now, deadline, limits);
    }

    /// When this exchange has waited long enough.
    fn expires(&self, limits: Limits) -> Option<u64> {
        let limit = match &self.stage {
            Stage::Waiting(_) | Stage::Done(_) => return None,
            Stage::Awaiting(_) => u64::from(limits.connect_ms) + u64::from(limits.first_byte_ms),
            Stage::Writing { .. } => u64::from(limits.connect_ms) + u64::from(limits.between_bytes_ms),
            Stage::Reading(_) => u64::from(limits.between_bytes_ms),
        };
        Some(self.since + limit)
    }

    fn expire(&mut self, now: u64, deadline: u64, limits: Limits) {
        let late = now >= deadline;
        let stalled = self.expires(limits).is_some_and(|at| now >= at);
        if self.is_done() || !(late || stalled) {
            return;
        }
        let limit = if late { "the call's deadline" } else { "a time limit" };
        self.stage = Stage::Done(Err(match &self.stage {
            Stage::Waiting(_) => {
                Broken::new(Cause::Timeout, false, "the call's deadline passed before it was sent")
            }
            Stage::Reading(incoming) => Broken::after(
                &incoming.head,
                Cause::Timeout,
                format!("{limit} passed in the middle of the answer"),
            ),
            _ => Broken::new(Cause::Timeout, true, format!("{limit} passed before an answer came")),
        }));
    }

    /// When to look at it again if nothing happens.
    fn wakes(&self, deadline: u64, limits: Limits) -> u64 {
        let limit = match &self.stage {
            Stage::Waiting(request) => Some(request.start_at),
            _ => self.expires(limits),
        };
        limit.unwrap_or(deadline).min(deadline)
    }

    fn pollable(&self) -> Option<Pollable> {
        match &self.stage {
            Stage::Waiting(_) | Stage::Done(_) => None,
            Stage::Writing { stream, .. } => Some(stream.subscribe()),
            Stage::Awaiting(response) => Some(response.subscribe()),
            Stage::Reading(incoming) => Some(incoming.stream.subscribe()),
        }
    }

    fn result(self) -> Result<Response, Broken> {
        match self.stage {
            Stage::Done(result) => result,
            _ => Err(lost()),
        }
    }
}

fn lost() -> Broken {
    Broken::new(Cause::Internal, true, "the exchange was lost")
}

/// Hands the request to the host; its body follows.
fn open<'a>(request: &Request, limits: Limits) -> Result<Stage<'a>, Broken> {
    let refused =
        |what: &str| Broken::new(Cause::Internal, false, format!("the host refuses {what} of the request"));
    let mut headers: Vec<(String, Vec<u8>)> =
        request.headers.iter().map(|(name, value)| (name.to_string(), value.clone().into_bytes())).collect();
    if let Some(body) = &request.body {
        headers.push(("content-length".to_string(), body.len().to_string().into_bytes()));
    }
    let fields = Fields::from_list(&headers).map_err(|_| refused("a header"))?;
    if let Some(key) = request.key {
        fields.append("authorization", key.authorization()).map_err(|_| refused("the key"))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let origin = request.origin;
    let scheme = if origin.https { Scheme::Https } else { Scheme::Http };
    let method = match request.method {
        Method::Get => wasi::http::types::Method::Get,
        Method::Post => wasi::http::types::Method::Post,
        Method::Delete => wasi::http::types::Method::Delete,
    };
    let target = format!("{}{}", origin.prefix, request.target);
    outgoing.set_method(&method).map_err(|()| refused("the method"))?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| refused("the scheme"))?;
    outgoing.set_authority(Some(&origin.authority)).map_err(|()| refused("the authority"))?;
    outgoing.set_path_with_query(Some(&target)).map_err(|()| refused("the path"))?;
    let options = options(limits).map_err(|()| refused("a time limit"))?;
    // Taken before the request goes: afterwards every failure would leave open what became of it.
    let body = match &request.body {
        Some(bytes) => {
            let body = outgoing.body().map_err(|()| refused("the body"))?;
            Some((body.write().map_err(|()| refused("the body"))?, body, bytes.clone()))
        }
        None => None,
    };
    let response = outgoing_handler::handle(outgoing, Some(options))
        .map_err(|code| Broken { sent: false, ..of_code(&code) })?;
    Ok(match body {
        None => Stage::Awaiting(response),
        Some((stream, body, rest)) => Stage::Writing { stream, body, rest, response },
    })
}

/// Only the limit that this side cannot see: of a wait that both bound, either could be the one to end it.
fn options(limits: Limits) -> Result<RequestOptions, ()> {
    let options = RequestOptions::new();
    options.set_connect_timeout(Some(u64::from(limits.connect_ms) * 1_000_000))?;
    Ok(options)
}

/// One step, and whether it got on.
fn step(stage: Stage, limits: Limits) -> (Stage, bool) {
    match stage {
        Stage::Writing { stream, body, mut rest, response } => match write(&stream, &mut rest) {
            Ok(moved) if !rest.is_empty() => (Stage::Writing { stream, body, rest, response }, moved),
            Ok(_) => {
                drop(stream);
                // If this fails, the response holds the reason.
                let _ = OutgoingBody::finish(body, None);
                (Stage::Awaiting(response), true)
            }
            // The peer may have answered and hung up, or the response holds the reason.
            Err(_) => {
                drop(stream);
                drop(body);
                (Stage::Awaiting(response), true)
            }
        },
        Stage::Awaiting(response) => match response.get() {
            None => (Stage::Awaiting(response), false),
            Some(Ok(Ok(incoming))) => (receive(incoming), true),
            Some(Ok(Err(code))) => (Stage::Done(Err(of_code(&code))), true),
            Some(Err(())) => (Stage::Done(Err(lost())), true),
        },
        Stage::Reading(mut incoming) => match incoming.stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() => (Stage::Reading(incoming), false),
            Ok(chunk) => {
                let body = &mut incoming.head.body;
                if body.len() + chunk.len() > limits.max_response_bytes {
                    let message =
                        format!("the answer is over `max_response_bytes` = {}", limits.max_response_bytes);
                    let broken = Broken::after(&incoming.head, Cause::TooLarge, message);
                    return (Stage::Done(Err(broken)), true);
                }
                if body.is_empty() {
                    *body = chunk;
                } else {
                    body.extend_from_slice(&chunk);
                }
                (Stage::Reading(incoming), true)
            }
            Err(StreamError::Closed) => (Stage::Done(Ok(incoming.finish())), true),
            Err(StreamError::LastOperationFailed(error)) => {
                let broken = match http_error_code(&error) {
                    Some(code) => of_code(&code),
                    None => Broken::new(Cause::Interrupted, true, error.to_debug_string()),
                };
                let message = format!("the answer broke off: {}", broken.message);
                (Stage::Done(Err(Broken::after(&incoming.head, broken.cause, message))), true)
            }
        },
        done => (done, false),
    }
}

/// Writes what the host takes now, and says whether that was anything.
fn write(stream: &OutputStream, rest: &mut Vec<u8>) -> Result<bool, StreamError> {
    if rest.is_empty() {
        return Ok(true);
    }
    let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX).min(rest.len());
    if room == 0 {
        return Ok(false);
    }
    stream.write(&rest[..room])?;
    rest.drain(..room);
    Ok(true)
}

fn receive<'a>(incoming: IncomingResponse) -> Stage<'a> {
    /// What the connector looks at.
    const HEADERS: [&str; 4] = ["request-id", "retry-after", "stripe-rate-limited-reason", "content-type"];
    let fields = incoming.headers();
    let value = |name: &str| {
        let first = fields.get(name).into_iter().next()?;
        Some((name.to_string(), text_of(&first)))
    };
    let head = Response {
        status: incoming.status(),
        headers: HEADERS.into_iter().filter_map(value).collect(),
        body: Vec::new(),
    };
    drop(fields);
    let Ok(body) = incoming.consume() else {
        return Stage::Done(Err(lost()));
    };
    match body.stream() {
        Ok(stream) => Stage::Reading(Incoming { stream, _body: body, _response: incoming, head }),
        Err(()) => Stage::Done(Err(lost())),
    }
}

/// What a WASI error means for the request. In doubt it may have been sent.
fn of_code(code: &ErrorCode) -> Broken {
    use ErrorCode as E;
    let (cause, sent) = match code {
        E::DnsTimeout | E::ConnectionTimeout => (Cause::Timeout, false),
        E::DnsError(_)
        | E::DestinationNotFound
        | E::DestinationUnavailable
        | E::DestinationIpUnroutable
        | E::ConnectionRefused
        | E::ConnectionLimitReached
        | E::TlsCertificateError => (Cause::Unreachable, false),
        E::HttpRequestDenied | E::DestinationIpProhibited => (Cause::Denied, false),
        E::ConnectionReadTimeout | E::ConnectionWriteTimeout | E::HttpResponseTimeout => {
            (Cause::Timeout, true)
        }
        E::HttpResponseBodySize(_) | E::HttpResponseHeaderSize(_) | E::HttpResponseHeaderSectionSize(_) => {
            (Cause::TooLarge, true)
        }
        E::HttpRequestLengthRequired
        | E::HttpRequestBodySize(_)
        | E::HttpRequestMethodInvalid
        | E::HttpRequestUriInvalid
        | E::HttpRequestUriTooLong
        | E::HttpRequestHeaderSectionSize(_)
        | E::HttpRequestHeaderSize(_)
        | E::HttpRequestTrailerSectionSize(_)
        | E::HttpRequestTrailerSize(_)
        | E::ConfigurationError => (Cause::Internal, false),
        _ => (Cause::Interrupted, true),
    };
    Broken::new(cause, sent, format!("no answer: {}", named(code)))
}

/// The error as the WIT of wasi:http spells it. Its `Debug` would bring the printing of every type into the component.
fn named(code: &ErrorCode) -> Cow<'_, str> {
    use ErrorCode as E;
    Cow::Borrowed(match code {
        E::DnsTimeout => "DNS timeout",
        E::DnsError(payload) => match &payload.rcode {
            Some(rcode) => return Cow::Owned(format!("DNS error {rcode}")),
            None => "DNS error",
        },
        E::DestinationNotFound => "destination not found",
        E::DestinationUnavailable => "destination unavailable",
        E::DestinationIpProhibited => "destination IP prohibited",
        E::DestinationIpUnroutable => "destination IP unroutable",
        E::ConnectionRefused => "connection refused",
        E::ConnectionTerminated => "connection terminated",
        E::ConnectionTimeout => "connection timeout",
        E::ConnectionReadTimeout => "connection read timeout",
        E::ConnectionWriteTimeout => "connection write timeout",
        E::ConnectionLimitReached => "connection limit reached",
        E::TlsProtocolError => "TLS protocol error",
        E::TlsCertificateError => "TLS certificate error",
        E::TlsAlertReceived(payload) => match &payload.alert_message {
            Some(alert) => return Cow::Owned(format!("TLS alert received: {alert}")),
            None => "TLS alert received",
        },
        E::HttpRequestDenied => "HTTP request denied",
        E::HttpRequestUriInvalid => "HTTP request URI invalid",
        E::HttpRequestUriTooLong => "HTTP request URI too long",
        E::HttpResponseIncomplete => "HTTP response incomplete",
        E::HttpResponseHeaderSectionSize(_) => "HTTP response header section too large",
        E::HttpResponseHeaderSize(_) => "HTTP response header too large",
        E::HttpResponseBodySize(_) => "HTTP response body too large",
        E::HttpResponseTransferCoding(_) => "HTTP response transfer coding not understood",
        E::HttpResponseContentCoding(_) => "HTTP response content coding not understood",
        E::HttpResponseTimeout => "HTTP response timeout",
        E::HttpUpgradeFailed => "HTTP upgrade failed",
        E::HttpProtocolError => "HTTP protocol error",
        E::LoopDetected => "loop detected",
        E::ConfigurationError => "configuration error",
        E::InternalError(Some(why)) => return Cow::Owned(format!("internal error: {why}")),
        E::InternalError(None) => "internal error",
        _ => "the host refuses the request's size or form",
    })
}
