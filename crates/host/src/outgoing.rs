//! `wasi:http/outgoing-handler`, and the answers that it promises.
//!
//! wasmtime's own has a task for each request and another that outlives it, for which a second thread is woken each time.
//! Here requests get on in the task of their call: whatever the instance waits for, and beside it, not on its own stack,
//! which would keep every page that they ever touched.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use async_trait::async_trait;
use http::header::CONTENT_LENGTH;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Empty};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, ErrorCode, HostFutureIncomingResponse as _, RequestOptions,
};
use wasmtime_wasi_http::p2::body::HostIncomingBody;
use wasmtime_wasi_http::p2::http_request_error;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{Error, FieldMap, WasiBody, WasiHttpCtxView};

use crate::network::Sending;
use crate::state::State;

type Sent = Result<Response<WasiBody>, Error>;

/// Where the answer to a request is put.
type Place = Mutex<Option<Sent>>;

/// A request on its way, up to the head of its answer. The instance has the place, and who gives that up takes it back.
struct Underway {
    sending: Pin<Sending>,
    place: Weak<Place>,
}

/// What an instance sends during a call.
#[derive(Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<Vec<Underway>>>);

impl Requests {
    /// It gets on as soon as the instance waits.
    fn begin(&self, sending: Sending) -> Answer {
        let place = Arc::default();
        locked(&self.0).push(Underway { sending: sending.into(), place: Arc::downgrade(&place) });
        Answer::Awaited(place)
    }

    /// A call of the instance to its end, with the requests that it makes. Those that it leaves are taken back.
    pub(crate) async fn drive<T>(self, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        let mut underway: Vec<Underway> = Vec::new();
        poll_fn(|context| {
            get_on(&mut underway, context);
            let answer = call.as_mut().poll(context);
            let begun = mem::take(&mut *locked(&self.0));
            if answer.is_pending() {
                let are_new = !begun.is_empty();
                underway.extend(begun);
                underway.retain(|request| request.place.strong_count() > 0);
                if are_new && get_on(&mut underway, context) {
                    // One was refused: what goes out is not back so soon. The call goes on when others had their turn.
                    context.waker().wake_by_ref();
                }
            }
            answer
        })
        .await
    }
}

/// Whether one of them came to its end.
fn get_on(underway: &mut Vec<Underway>, context: &mut Context) -> bool {
    let before = underway.len();
    underway.retain_mut(|request| {
        let Poll::Ready(sent) = request.sending.as_mut().poll(context) else { return true };
        if let Some(place) = request.place.upgrade() {
            *locked(&place) = Some(sent.map(|(response, _)| response));
        }
        false
    });
    underway.len() < before
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands behind a `future-incoming-response`.
enum Answer {
    Awaited(Arc<Place>),
    Here(Sent),
    Taken,
}

#[async_trait]
impl Pollable for Answer {
    /// Nobody is woken: whoever drives the request polls the call when it has ended. A task that wakes itself is scheduled
    /// once more, and has a second thread woken for it.
    async fn ready(&mut self) {
        if let Self::Awaited(place) = self {
            let sent = poll_fn(|_| locked(place).take().map_or(Poll::Pending, Poll::Ready)).await;
            *self = Self::Here(sent);
        }
    }
}

/// What the component is told of an answer: none yet, or that it was taken before, or the answer.
type Told = Option<Result<Result<Resource<HostIncomingResponse>, ErrorCode>, ()>>;

/// Lends it, in place of what `wasi:http/types` has for it.
pub(crate) fn lend(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Arguments = (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>);
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.resource("future-incoming-response", ResourceType::host::<Answer>(), |mut store, answer| {
        store.data_mut().table.delete(Resource::<Answer>::new_own(answer))?;
        Ok(())
    })?;
    types.func_wrap(
        "[method]future-incoming-response.subscribe",
        |mut store: StoreContextMut<State>,
         (answer,): (Resource<Answer>,)|
         -> wasmtime::Result<(Resource<DynPollable>,)> {
            Ok((subscribe(&mut store.data_mut().table, answer)?,))
        },
    )?;
    types.func_wrap(
        "[method]future-incoming-response.get",
        |mut store: StoreContextMut<State>, (answer,): (Resource<Answer>,)| {
            Ok((take(&mut store.data_mut().http(), &answer)?,))
        },
    )?;
    let mut handler = linker.instance("wasi:http/outgoing-handler@0.2.12")?;
    handler.func_wrap("handle", |mut store: StoreContextMut<State>, (request, options): Arguments| {
        let state = store.data_mut();
        let outgoing = state.table.delete(request)?;
        // They are handed over with the request, and a table that keeps those of every request is full after a million.
        let options =
            options.map(|options| state.table.delete(Resource::new_own(options.rep()))).transpose()?;
        Ok((match request_of(outgoing) {
            Ok(request) => {
                let sending = state.http().hooks.send_request(request, options, Box::new(async { Ok(()) }));
                let answer = state.requests.begin(sending);
                Ok(state.table.push(answer)?)
            }
            Err(code) => Err(code),
        },))
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The request that a component made, if it is one that can be sent.
fn request_of(outgoing: HostOutgoingRequest) -> Result<Request<WasiBody>, ErrorCode> {
    // A body's length is held against this header as it is written, and without one nobody else looks at it.
    let declares_more = || outgoing.headers.get_all(CONTENT_LENGTH).iter().any(|length| length != "0");
    if outgoing.body.is_none() && declares_more() {
        return Err(ErrorCode::HttpRequestBodySize(Some(0)));
    }
    let scheme = match outgoing.scheme {
        Some(types::Scheme::Http) => Scheme::HTTP,
        Some(types::Scheme::Https) | None => Scheme::HTTPS,
        Some(types::Scheme::Other(_)) => return Err(ErrorCode::HttpProtocolError),
    };
    let mut uri = Uri::builder().scheme(scheme).authority(outgoing.authority.unwrap_or_default());
    if let Some(path) = outgoing.path_with_query {
        uri = uri.path_and_query(path);
    }
    let body = outgoing.body.unwrap_or_else(|| Empty::new().map_err(|never| match never {}).boxed_unsync());
    let mut request = Request::new(body);
    *request.method_mut() = outgoing.method.try_into().map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
    *request.uri_mut() = uri.build().map_err(http_request_error)?;
    *request.headers_mut() = outgoing.headers.into();
    Ok(request)
}

/// Takes an answer that is here.
fn take(http: &mut WasiHttpCtxView, answer: &Resource<Answer>) -> wasmtime::Result<Told> {
    let answer = http.table.get_mut(answer)?;
    let sent = match mem::replace(answer, Answer::Taken) {
        Answer::Here(sent) => sent,
        Answer::Taken => return Ok(Some(Err(()))),
        awaited @ Answer::Awaited(_) => {
            *answer = awaited;
            return Ok(None);
        }
    };
    match sent {
        Ok(response) => {
            let (head, body) = response.into_parts();
            let incoming = HostIncomingResponse {
                status: head.status.as_u16(),
                headers: FieldMap::new_immutable(http.hooks, head.headers),
                body: Some(HostIncomingBody::new(body)),
            };
            Ok(Some(Ok(Ok(http.table.push(incoming)?))))
        }
        Err(error) => failed(http, error),
    }
}

/// An error as the component is told of it, which only wasmtime's own future knows.
fn failed(http: &mut WasiHttpCtxView, error: Error) -> wasmtime::Result<Told> {
    let future = http.table.push(HostFutureIncomingResponse::Ready(Err(error)))?;
    let told = http.get(Resource::new_borrow(future.rep()));
    http.table.delete(future)?;
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};
    use tokio::sync::Notify;
    use types::Scheme as Asked;
    use wasmtime_wasi_http::WasiHttpHooks;

    struct Nowhere;

    impl WasiHttpHooks for Nowhere {
        fn send_request(
            &mut self,
            _request: Request<WasiBody>,
            _options: Option<wasmtime_wasi_http::RequestOptions>,
            _done: Box<dyn Future<Output = Result<(), Error>> + Send>,
        ) -> Sending {
            Box::new(async { Err(Error::HttpRequestDenied) })
        }
    }

    fn outgoing(scheme: Option<Asked>, authority: &str, length: Option<&'static str>) -> HostOutgoingRequest {
        let mut headers = HeaderMap::new();
        headers.extend(length.map(|length| (CONTENT_LENGTH, HeaderValue::from_static(length))));
        HostOutgoingRequest {
            method: types::Method::Delete,
            scheme,
            authority: Some(authority.to_owned()),
            path_with_query: Some("/v1/customers?limit=1".to_owned()),
            headers: FieldMap::new_immutable(&mut Nowhere, headers),
            body: None,
        }
    }

    fn sending(sending: impl Future<Output = Result<(), Error>> + Send + 'static) -> Sending {
        let body = || Empty::new().map_err(|never| match never {}).boxed_unsync();
        Box::new(async move {
            sending.await?;
            Ok((Response::new(body()), Box::new(async { Ok(()) }) as _))
        })
    }

    #[tokio::test]
    async fn requests_get_on_beside_their_call() {
        let requests = Requests::default();
        let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let call = async {
            let notified = Arc::clone(&first);
            let slow = async move {
                notified.notified().await;
                Ok(())
            };
            let mut slow = requests.begin(sending(slow));
            let notified = Arc::clone(&second);
            let failing = async move {
                notified.notified().await;
                Err(Error::ConnectionRefused)
            };
            let mut failing = requests.begin(sending(failing));
            let mut ready = requests.begin(sending(async { Ok(()) }));
            ready.ready().await;
            assert!(matches!(ready, Answer::Here(Ok(_))));
            second.notify_one();
            failing.ready().await;
            assert!(matches!(failing, Answer::Here(Err(Error::ConnectionRefused))));
            first.notify_one();
            slow.ready().await;
            assert!(matches!(slow, Answer::Here(Ok(_))));
        };
        requests.clone().drive(call).await;
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_taken_back() {
        let requests = Requests::default();
        let kept = Arc::new(());
        let never = || {
            let held = Arc::clone(&kept);
            sending(async move {
                std::future::pending::<()>().await;
                drop(held);
                Ok(())
            })
        };
        let call = async {
            let given_up = requests.begin(never());
            tokio::task::yield_now().await;
            drop(given_up);
            tokio::task::yield_now().await;
            assert_eq!(Arc::strong_count(&kept), 1, "its answer was dropped");
            let left = requests.begin(never());
            tokio::task::yield_now().await;
            (left, requests.begin(never()))
        };
        let left = requests.clone().drive(call).await;
        assert_eq!(Arc::strong_count(&kept), 1, "their call has ended");
        drop(left);
    }

    #[test]
    fn a_request_is_what_the_component_made() {
        let request = request_of(outgoing(Some(Asked::Http), "localhost:1", Some("0"))).unwrap();
        assert_eq!(request.method(), Method::DELETE);
        assert_eq!(request.uri(), "http://localhost:1/v1/customers?limit=1");
        assert_eq!(request.headers()[CONTENT_LENGTH], "0");
        let request = request_of(outgoing(None, "localhost", None)).unwrap();
        assert_eq!(request.uri(), "https://localhost/v1/customers?limit=1");
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for length in ["5", "+0", "x", ""] {
            let refused = request_of(outgoing(None, "localhost", Some(length))).unwrap_err();
            assert!(matches!(refused, ErrorCode::HttpRequestBodySize(Some(0))), "{length}: {refused:?}");
        }
        let ftp = outgoing(Some(Asked::Other("ftp".to_owned())), "localhost", None);
        assert!(matches!(request_of(ftp).unwrap_err(), ErrorCode::HttpProtocolError));
        let nowhere = outgoing(None, "", None);
        assert!(matches!(request_of(nowhere).unwrap_err(), ErrorCode::HttpRequestUriInvalid));
    }
}
