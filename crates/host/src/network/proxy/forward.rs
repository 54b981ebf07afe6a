//! Requests that the proxy reads and passes on.

use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::Proxy;
use crate::network::client::Pool;

/// Sends a request with the proxy's credentials. A proxy that wants others than it was given passed nothing on, so the
/// request is sent again with those.
pub(in crate::network) async fn send(
    proxy: &Proxy,
    pool: &Pool,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Response<WasiBody>, Error> {
    let (method, uri) = (request.method().to_string(), request.uri().to_string());
    let known = proxy.credentials.known(&method, &uri).await?;
    if !proxy.credentials.challenged() {
        let response = exchange(proxy, pool, with(request, known), options).await?;
        return match response.status() {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(proxy.unauthorized(&challenges(&response)).into())
            }
            _ => Ok(response),
        };
    }
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let again = || {
        let body = Full::new(body.clone()).map_err(|never| match never {}).boxed_unsync();
        Request::from_parts(head.clone(), body)
    };
    let response = exchange(proxy, pool, with(again(), known), options).await?;
    if response.status() != StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Ok(response);
    }
    let challenges = challenges(&response);
    let Some(answer) = proxy.credentials.answer(&challenges, &method, &uri).await? else {
        return Err(proxy.unauthorized(&challenges).into());
    };
    let response = exchange(proxy, pool, with(again(), Some(answer)), options).await?;
    match response.status() {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(proxy.unauthorized(&challenges).into()),
        _ => Ok(response),
    }
}

/// One request, of which it is the proxy that answers or does not. What it did with the request nobody knows.
async fn exchange(
    proxy: &Proxy,
    pool: &Pool,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Response<WasiBody>, Error> {
    pool.send(request, options).await.map_err(|error| match error {
        Error::HttpProtocolError => Error::InternalError(Some(proxy.told("answers with what is no HTTP"))),
        Error::ConnectionTerminated => Error::InternalError(Some(proxy.told("hung up before it answered"))),
        error => error,
    })
}

fn with(mut request: Request<WasiBody>, credentials: Option<HeaderValue>) -> Request<WasiBody> {
    if let Some(credentials) = credentials {
        request.headers_mut().insert(PROXY_AUTHORIZATION, credentials);
    }
    request
}

fn challenges(response: &Response<WasiBody>) -> Vec<String> {
    let challenges = response.headers().get_all(http::header::PROXY_AUTHENTICATE).iter();
    challenges.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}
