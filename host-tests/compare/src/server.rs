//! A Stripe that is as fast as a server can be, over kept connections, with TLS or without.

use std::convert::Infallible;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use host_tests::authority::Authority;
use host_tests::canned::{Canned, HEADERS};
use host_tests::stage::loopback;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Says where it listens, and serves so many pages of customers until the process is ended. With a file to write the
/// certificate of an authority to, which nobody trusts yet, it takes TLS.
pub async fn serve(pages: usize, roots: Option<&Path>) -> std::io::Result<()> {
    let listener = TcpListener::bind(loopback()).await?;
    let acceptor = roots.map(certified).transpose()?;
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    let canned = Arc::new(Canned::new(pages));
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{scheme}://{}", listener.local_addr()?)?;
    stdout.flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (canned, acceptor) = (Arc::clone(&canned), acceptor.clone());
        tokio::spawn(async move {
            let answers = service_fn(|request| {
                let canned = Arc::clone(&canned);
                async move { Ok::<_, Infallible>(answer(&canned, request).await) }
            });
            let server = http1::Builder::new();
            // Its client hangs up in the middle when it is ended.
            match acceptor {
                None => drop(server.serve_connection(TokioIo::new(stream), answers).await),
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        drop(server.serve_connection(TokioIo::new(stream), answers).await);
                    }
                }
            }
        });
    }
}

/// Takes TLS with a certificate of an authority of its own. All speak HTTP/1.1, as they do without TLS.
fn certified(roots: &Path) -> std::io::Result<TlsAcceptor> {
    let authority = Authority::new();
    std::fs::write(roots, authority.pem())?;
    Ok(authority.issue(&["127.0.0.1"]).acceptor(&["http/1.1"]))
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
