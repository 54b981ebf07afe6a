//! A request's body that has to come in time: whoever sends it slowly would keep an instance from others.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

/// A body of 10 MiB, the longest that is taken, comes within this time at 1.4 Mbit/s.
const WITHIN: Duration = Duration::from_secs(60);

/// Breaks off when its time is over, which begins when somebody reads.
pub(super) struct Timely {
    body: Incoming,
    over: Option<Pin<Box<Sleep>>>,
}

impl Timely {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, over: None }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| ErrorCode::HttpRequestBodySize(None))));
        }
        let over = self.over.get_or_insert_with(|| Box::pin(tokio::time::sleep(WITHIN)));
        ready!(over.as_mut().poll(context));
        Poll::Ready(Some(Err(ErrorCode::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
