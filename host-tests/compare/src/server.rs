//! A Stripe that is as fast as a server can be, over kept connections.

use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use host_tests::canned::{Canned, HEADERS};
use host_tests::stage::loopback;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Says where it listens, and serves so many pages of customers until the process is ended.
pub async fn serve(pages: usize) -> std::io::Result<()> {
    let listener = TcpListener::bind(loopback()).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    let canned = Arc::new(Canned::new(pages));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let canned = Arc::clone(&canned);
        let answers = service_fn(move |request| {
            let canned = Arc::clone(&canned);
            async move { Ok::<_, Infallible>(answer(&canned, request).await) }
        });
        // Its client hangs up in the middle when it is ended.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answers));
    }
}

async fn answer(canned: &Canned, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let read = body.collect().await.is_ok();
    let found = canned.answer(head.uri.path(), head.uri.query().unwrap_or_default()).filter(|_| read);
    let mut response = Response::new(Full::default());
    let Some(body) = found else {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    response.headers_mut().reserve(HEADERS.len() + 2);
    for (name, value) in HEADERS.iter().chain(&[("content-type", "application/json")]) {
        response.headers_mut().insert(*name, hyper::header::HeaderValue::from_static(value));
    }
    *response.body_mut() = Full::new(body);
    response
}
