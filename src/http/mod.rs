//! The transport over WASI HTTP: several exchanges at once, driven by one poll, every wait bounded by a clock.

mod code;

use crate::imports::{now_ms, timer};
use crate::transport::{Broken, Cause, Limits, Method, Next, Queue, Request, Response, Transport, text_of};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use wasi::io::poll::{Pollable, poll};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

pub struct WasiHttp;

impl Transport for WasiHttp {
    fn send_all<'a>(&self, queue: &mut dyn Queue<'a>, width: usize, deadline: u64, limits: Limits) {
        let mut exchanges: Vec<Exchange> = Vec::new();
        loop {
            let mut later = None;
            while exchanges.len() < width {
                match queue.next() {
                    Next::Send(ticket, request) => exchanges.push(Exchange::new(ticket, request)),
                    Next::At(time) => {
                        later = Some(time);
                        break;
                    }
                    Next::Nothing => break,
                }
            }
            if exchanges.is_empty() && later.is_none() {
                return;
            }
            exchanges.iter_mut().for_each(|exchange| exchange.advance(deadline, limits));
            let under_way = exchanges.len();
            exchanges = exchanges.into_iter().filter_map(|exchange| exchange.report(queue)).collect();
            if exchanges.len() < under_way {
                continue;
            }
            let wakes = exchanges.iter().map(|exchange| exchange.wakes(deadline, limits));
            let wake = wakes.chain(later).min().unwrap_or(deadline);
            let mut pollables: Vec<Pollable> = Vec::new();
            exchanges.iter().for_each(|exchange| exchange.push_pollables(&mut pollables));
            pollables.push(timer(wake));
            poll(&pollables.iter().collect::<Vec<_>>());
        }
    }
}

/// One request on its way.
struct Exchange<'a> {
    ticket: usize,
    stage: Stage<'a>,
    /// When it last got on.
    since: u64,
}

/// Children stand before their parents: they must be dropped first.
enum Stage<'a> {
    Waiting(Request<'a>),
    Writing {
        upload: Upload,
        bytes: Vec<u8>,
        written: usize,
        response: FutureIncomingResponse,
    },
    Awaiting {
        _unfinished: Option<Upload>,
        response: FutureIncomingResponse,
    },
    Reading(Incoming),
    Done(Result<Response, Broken>),
    /// It is being changed into another.
    Between,
}

/// A body on its way out. The stream is a child of the body.
struct Upload {
    stream: OutputStream,
    body: OutgoingBody,
}

/// An answer whose head is known. A child stands before its parent: fields are dropped in this order.
struct Incoming {
    stream: InputStream,
    _body: IncomingBody,
    _response: IncomingResponse,
    /// Who answers before the body has come whole wants no more of it. It is left open all the same until the answer is
    /// here: one that ends too soon is a broken request.
    _unfinished: Option<Upload>,
    head: Response,
    /// How long the body is, if that was said.
    length: Option<usize>,
}

impl Incoming {
    /// Drops the rest in its order, which a pattern that takes this apart would not.
    fn finish(self) -> Response {
        self.head
    }
}

/// Read at a time.
const CHUNK: u64 = 64 << 10;

/// By so many milliseconds the host's word on a connection comes before the deadline.
const HEAD_START: u64 = 20;

/// Steps of one exchange before the others have their turn.
const STEPS: usize = 64;

impl<'a> Exchange<'a> {
    fn new(ticket: usize, request: Request<'a>) -> Self {
        Exchange { ticket, since: 0, stage: Stage::Waiting(request) }
    }

    /// Tells the queue what became of it, or goes on.
    fn report(self, queue: &mut dyn Queue<'a>) -> Option<Self> {
        match self.stage {
            Stage::Done(result) => {
                queue.done(self.ticket, result);
                None
            }
            _ => Some(self),
        }
    }

    /// Goes on without waiting, and gives up what has waited too long. What has come already is taken though the deadline
    /// passed meanwhile, since it tells what became of a change; but a peer that never stops gets no further turn.
    fn advance(&mut self, deadline: u64, limits: Limits) {
        let now = now_ms();
        for _ in 0..STEPS {
            let stage = core::mem::replace(&mut self.stage, Stage::Between);
            let was_writing = matches!(stage, Stage::Writing { .. });
            let (stage, moved) = match stage {
                Stage::Waiting(request) if request.start_at <= now && now < deadline => {
                    let limits = Limits { connect_ms: connect_ms(limits, deadline - now), ..limits };
                    self.since = now;
                    let stage = open(request, limits).unwrap_or_else(|broken| Stage::Done(Err(broken)));
                    // Without a body there is nothing more to do, and no answer before it is waited for.
                    let moved = matches!(stage, Stage::Writing { .. });
                    (stage, moved)
                }
                stage => step(stage, limits),
            };
            self.stage = stage;
            if moved {
                self.since = now;
            }
            // There is hardly an answer yet, and to ask for it is a call of the host. If there is one, it is here at once.
            let begins_to_wait =
                was_writing && matches!(self.stage, Stage::Awaiting { .. }) && now < deadline;
            if !moved || begins_to_wait {
                break;
            }
        }
        self.expire(now, deadline, limits);
    }

    /// When this exchange has waited long enough.
    fn expires(&self, limits: Limits) -> Option<u64> {
        let limit = match &self.stage {
            Stage::Waiting(_) | Stage::Done(_) | Stage::Between => return None,
            Stage::Awaiting { .. } => u64::from(limits.connect_ms) + u64::from(limits.first_byte_ms),
            Stage::Writing { .. } => u64::from(limits.connect_ms) + u64::from(limits.between_bytes_ms),
            Stage::Reading(_) => u64::from(limits.between_bytes_ms),
        };
        Some(self.since + limit)
    }

    fn expire(&mut self, now: u64, deadline: u64, limits: Limits) {
        let late = now >= deadline;
        let stalled = self.expires(limits).is_some_and(|at| now >= at);
        if !(late || stalled) {
            return;
        }
        let passed = |limit: &str, when: &str| {
            let limit = if late { "the call's deadline" } else { limit };
            format!("{limit} passed {when}")
        };
        self.stage = Stage::Done(Err(match &self.stage {
            Stage::Done(_) | Stage::Between => return,
            Stage::Waiting(_) => Broken::new(Cause::Timeout, false, passed("", "before it was sent")),
            Stage::Writing { .. } => {
                Broken::new(Cause::Timeout, true, passed("`between_bytes_timeout_ms`", "while it was sent"))
            }
            Stage::Awaiting { .. } => {
                Broken::new(Cause::Timeout, true, passed("`first_byte_timeout_ms`", "before an answer came"))
            }
            Stage::Reading(incoming) => {
                let message = passed("`between_bytes_timeout_ms`", "in the middle of the answer");
                Broken::after(&incoming.head, Cause::Timeout, message)
            }
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

    fn push_pollables(&self, pollables: &mut Vec<Pollable>) {
        match &self.stage {
            Stage::Waiting(_) | Stage::Done(_) | Stage::Between => {}
            Stage::Writing { upload, response, .. } => {
                pollables.push(upload.stream.subscribe());
                pollables.push(response.subscribe());
            }
            Stage::Awaiting { response, .. } => pollables.push(response.subscribe()),
            Stage::Reading(incoming) => pollables.push(incoming.stream.subscribe()),
        }
    }
}

/// The host's limit for a connection ends before the call's deadline, if there is time for that: only the host knows that a
/// connection did not come about, and so that nothing was sent.
fn connect_ms(limits: Limits, left: u64) -> u32 {
    let before = left.saturating_sub(HEAD_START).max(1);
    limits.connect_ms.min(u32::try_from(before).unwrap_or(u32::MAX))
}

fn lost() -> Broken {
    Broken::new(Cause::Internal, true, "the exchange was lost")
}

/// Hands the request to the host; its body follows.
fn open<'a>(request: Request, limits: Limits) -> Result<Stage<'a>, Broken> {
    let refused =
        |what: &str| Broken::new(Cause::Internal, false, format!("the host refuses {what} of the request"));
    let mut headers: Vec<(String, Vec<u8>)> =
        request.headers.into_iter().map(|(name, value)| (name.to_string(), value.into_bytes())).collect();
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
    // A request is a GET as it is.
    if request.method != Method::Get {
        outgoing.set_method(&method).map_err(|()| refused("the method"))?;
    }
    outgoing.set_scheme(Some(&scheme)).map_err(|()| refused("the scheme"))?;
    outgoing.set_authority(Some(&origin.authority)).map_err(|()| refused("the authority"))?;
    outgoing.set_path_with_query(Some(&target)).map_err(|()| refused("the path"))?;
    let options = RequestOptions::new();
    // Only the limit that this side cannot see: of a wait that both bound, either could be the one to end it. A host that
    // does not know it is no reason to send nothing; the connection's time then counts to that of the first byte.
    let _ = options.set_connect_timeout(Some(u64::from(limits.connect_ms) * 1_000_000));
    // Taken before the request goes: afterwards every failure would leave open what became of it.
    let body = match request.body {
        Some(bytes) => {
            let body = outgoing.body().map_err(|()| refused("the body"))?;
            let stream = body.write().map_err(|()| refused("the body"))?;
            Some((Upload { stream, body }, bytes))
        }
        None => None,
    };
    let response = outgoing_handler::handle(outgoing, Some(options))
        .map_err(|code| Broken { sent: false, ..code::broken(&code) })?;
    Ok(match body {
        None => Stage::Awaiting { _unfinished: None, response },
        Some((upload, bytes)) => Stage::Writing { upload, bytes, written: 0, response },
    })
}

/// One step, and whether it got on.
fn step(stage: Stage, limits: Limits) -> (Stage, bool) {
    match stage {
        Stage::Writing { upload, bytes, written, response } => match write(&upload.stream, &bytes, written) {
            Ok(end) if end < bytes.len() => match response.subscribe().ready() {
                true => (Stage::Awaiting { _unfinished: Some(upload), response }, true),
                false => (Stage::Writing { upload, bytes, written: end, response }, end > written),
            },
            Ok(_) => {
                let Upload { stream, body } = upload;
                drop(stream);
                // If this fails, the response holds the reason.
                let _ = OutgoingBody::finish(body, None);
                (Stage::Awaiting { _unfinished: None, response }, true)
            }
            // The peer may have answered and hung up, or the response holds the reason.
            Err(_) => (Stage::Awaiting { _unfinished: None, response }, true),
        },
        Stage::Awaiting { _unfinished, response } => match response.get() {
            None => (Stage::Awaiting { _unfinished, response }, false),
            Some(Ok(Ok(incoming))) => (receive(incoming, _unfinished, limits), true),
            Some(Ok(Err(code))) => (Stage::Done(Err(code::broken(&code))), true),
            Some(Err(())) => (Stage::Done(Err(lost())), true),
        },
        Stage::Reading(mut incoming) => match incoming.stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() => (Stage::Reading(incoming), false),
            Ok(chunk) => {
                let body = &mut incoming.head.body;
                if body.len() + chunk.len() > limits.max_response_bytes {
                    return (Stage::Done(Err(too_large(&incoming.head, limits))), true);
                }
                if body.is_empty() {
                    *body = chunk;
                    // It may be told, and never come: to have no room for it now is no failure.
                    let rest = incoming.length.unwrap_or_default().saturating_sub(body.len());
                    let _ = body.try_reserve_exact(rest);
                } else {
                    body.extend_from_slice(&chunk);
                }
                (Stage::Reading(incoming), true)
            }
            Err(StreamError::Closed) => (Stage::Done(Ok(incoming.finish())), true),
            Err(StreamError::LastOperationFailed(error)) => {
                let (cause, why) = match http_error_code(&error) {
                    Some(code) => (code::broken(&code).cause, code::named(&code).into_owned()),
                    None => (Cause::Interrupted, error.to_debug_string()),
                };
                let message = format!("the answer broke off: {why}");
                (Stage::Done(Err(Broken::after(&incoming.head, cause, message))), true)
            }
        },
        done => (done, false),
    }
}

/// Writes as much of the bytes from `written` on as the host takes now, and says where that ends.
fn write(stream: &OutputStream, bytes: &[u8], written: usize) -> Result<usize, StreamError> {
    let rest = bytes.get(written..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(written);
    }
    let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX).min(rest.len());
    let now = rest.get(..room).unwrap_or_default();
    if !now.is_empty() {
        stream.write(now)?;
    }
    Ok(written + now.len())
}

/// What is looked at of an answer that says yes. Stripe sends four times as many, and each takes as long as a call of the
/// host.
const HEADERS_OF_SUCCESS: [&str; 4] = ["content-encoding", "content-length", "content-type", "request-id"];

fn receive<'a>(incoming: IncomingResponse, unfinished: Option<Upload>, limits: Limits) -> Stage<'a> {
    let fields = incoming.headers();
    let header = |(mut name, value): (String, Vec<u8>)| {
        name.make_ascii_lowercase();
        (name, text_of(&value))
    };
    let status = incoming.status();
    let headers = if limits.every_header || !(200..300).contains(&status) {
        fields.entries().into_iter().map(header).collect()
    } else {
        let values =
            |name: &'static str| fields.get(name).into_iter().map(move |value| (name.to_string(), value));
        HEADERS_OF_SUCCESS.into_iter().flat_map(values).map(header).collect()
    };
    drop(fields);
    let head = Response { status, headers, body: Vec::new() };
    let length = head.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits.max_response_bytes) {
        return Stage::Done(Err(too_large(&head, limits)));
    }
    let Ok(body) = incoming.consume() else {
        return Stage::Done(Err(lost()));
    };
    match body.stream() {
        Ok(stream) => Stage::Reading(Incoming {
            stream,
            _body: body,
            _response: incoming,
            _unfinished: unfinished,
            head,
            length,
        }),
        Err(()) => Stage::Done(Err(lost())),
    }
}

fn too_large(head: &Response, limits: Limits) -> Broken {
    let message = format!("the answer is over `max_response_bytes` = {}", limits.max_response_bytes);
    Broken::after(head, Cause::TooLarge, message)
}
