//! An answer's body, given up when it stalls.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

use super::error;

struct Limited {
    incoming: Incoming,
    between_bytes: Duration,
    /// Set while something is waited for: most answers come whole with their heads.
    stalled: Option<Pin<Box<Sleep>>>,
}

/// The body, with a limit for the wait before each of its pieces.
pub(super) fn limited(incoming: Incoming, between_bytes: Duration) -> WasiBody {
    Limited { incoming, between_bytes, stalled: None }.boxed_unsync()
}

impl Body for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) {
            self.stalled = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|failed| error::of_exchange(&failed))));
        }
        let limit = self.between_bytes;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
