//! Uploads of files, and the PDF of a quote.

use crate::common::{Api, KEY, check_shape, id, ids, start};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const HEAD: &str = "Content-Disposition: form-data; name=";

fn text(name: &str, value: &str) -> String {
    format!("--b\r\n{HEAD}\"{name}\"\r\n\r\n{value}\r\n")
}

fn file(filename: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\n{HEAD}\"file\"; filename=\"{filename}\"\r\nContent-Type: image/png\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

async fn send(api: &Api, parts: &[&[u8]]) -> Response {
    let request = api.http.post(format!("{}/v1/files", api.sandbox.url())).header("authorization", KEY);
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    request.body([&parts.concat()[..], b"--b--\r\n"].concat()).send().await.unwrap()
}

async fn body(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_file_is_uploaded_and_found() {
    let api = start().await;
    let bytes = b"\x89PNG\r\n--\xff\x00";
    let purpose = text("purpose", "identity_document");
    let response = send(&api, &[purpose.as_bytes(), &file("a \\\"b\\\".PNG", bytes)]).await;
    assert!(!response.headers().contains_key("sandbox-stateless"), "a file is kept");
    let (status, uploaded) = body(response).await;
    assert_eq!(status, 200, "{uploaded}");
    assert_eq!((&uploaded["filename"], &uploaded["type"]), (&json!("a \"b\".PNG"), &json!("png")));
    assert_eq!((&uploaded["size"], &uploaded["purpose"]), (&json!(bytes.len()), &json!("identity_document")));
    check_shape(&uploaded);
    let own = id(&uploaded);
    assert_eq!(api.sandbox.file(&own).unwrap(), bytes);
    assert_eq!(api.get(&format!("/v1/files/{own}"), &[]).await, uploaded);
    assert_eq!(ids(&api.get("/v1/files", &[("purpose", "identity_document")]).await), [own]);
    assert!(ids(&api.get("/v1/files", &[("purpose", "selfie")]).await).is_empty());
    assert_eq!(api.refused(Method::GET, "/v1/files/file_other", &[]).await.0, 404);
    assert!(api.sandbox.file("file_other").is_none());
    let events = api.get("/v1/events", &[("type", "file.created")]).await;
    assert_eq!(events["data"][0]["data"]["object"]["size"], bytes.len());
}

#[tokio::test]
async fn files_of_all_accounts_are_found_and_a_type_may_be_in_capitals() {
    let api = start().await;
    let content = vec![b'x'; 5 * 1024 * 1024];
    let parts =
        [text("purpose", "business_logo").as_bytes(), &file("a.png", &content), b"--b--\r\n"].concat();
    let request = api.http.post(format!("{}/v1/files", api.sandbox.url())).header("authorization", KEY);
    let request = request.header("content-type", "Multipart/Form-Data; boundary=b");
    let (status, uploaded) =
        body(request.header("stripe-account", "acct_1Other").body(parts).send().await.unwrap()).await;
    assert_eq!(status, 200, "{uploaded}");
    assert_eq!(api.sandbox.file(&id(&uploaded)).unwrap().len(), content.len());
    assert_eq!(api.refused(Method::GET, &format!("/v1/files/{}", id(&uploaded)), &[]).await.0, 404);
}

#[tokio::test]
async fn a_link_is_made_along() {
    let api = start().await;
    let purpose = text("purpose", "business_logo");
    let link = [text("file_link_data[create]", "true"), text("file_link_data[metadata][k]", "v")].concat();
    let (_, uploaded) =
        body(send(&api, &[purpose.as_bytes(), link.as_bytes(), &file("noname", b"1")]).await).await;
    let link = &uploaded["links"]["data"][0];
    assert_eq!((&link["file"], &link["metadata"]), (&uploaded["id"], &json!({"k": "v"})));
    assert_eq!(uploaded["type"], Value::Null);
    check_shape(&uploaded);
    let idle = text("file_link_data[create]", "false") + &text("file_link_data[expires_at]", "1900000000");
    let (status, answer) =
        body(send(&api, &[purpose.as_bytes(), idle.as_bytes(), &file("a", b"1")]).await).await;
    assert_eq!((status, &answer["error"]["param"]), (400, &json!("file_link_data[create]")));
}

#[tokio::test]
async fn wrong_uploads_are_refused() {
    let api = start().await;
    let purpose = text("purpose", "identity_document");
    let purpose = purpose.as_bytes();
    let (unknown, empty) = (text("foo", "1"), text("purpose", "x"));
    let nameless = text("file", "content");
    let named = text("purpose\"; filename=\"a.txt", "identity_document");
    for (parts, said) in [
        (vec![purpose], "Missing required param: file"),
        (vec![&file("a.png", b"1")[..]], "Missing required param: purpose"),
        (vec![purpose, nameless.as_bytes()], "needs a `filename`"),
        (vec![named.as_bytes(), &file("a.png", b"1")], "only the part 'file' is a file"),
        (vec![empty.as_bytes(), &file("a.png", b"1")], "Invalid purpose: must be one of"),
        (vec![purpose, unknown.as_bytes(), &file("a.png", b"1")], "unknown parameter: foo"),
        (vec![purpose, &file("a.png", b"1"), &file("b.png", b"2")], "file is sent twice"),
        (vec![purpose, &file("a.png", b"")], "'a.png' is empty"),
        (vec![b"--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n\xff\r\n"], "no UTF-8"),
        (vec![b"--b\r\nX: y\r\n\r\n1\r\n"], "part 1 has no header `Content-Disposition"),
    ] {
        let (status, answer) = body(send(&api, &parts).await).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(status == 400 && message.contains(said), "{said}: {status} {message}");
    }
    let (status, error) =
        api.post_refused("/v1/files", &[("purpose", "identity_document"), ("file", "x")]).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("multipart/form-data; boundary="), "{error}");
    assert!(ids(&api.get("/v1/files", &[]).await).is_empty());
}

#[tokio::test]
async fn a_key_stands_for_the_same_file_whatever_the_boundary() {
    let api = start().await;
    let send = |boundary: &'static str, content: &'static [u8]| {
        let whole = [text("purpose", "pci_document").as_bytes(), &file("a.png", content), b"--b--"].concat();
        let whole = String::from_utf8(whole).unwrap().replace("--b", &format!("--{boundary}"));
        let request = api.http.post(format!("{}/v1/files", api.sandbox.url())).header("authorization", KEY);
        let request = request.header("content-type", format!("multipart/form-data; boundary={boundary}"));
        async { body(request.header("idempotency-key", "k").body(whole).send().await.unwrap()).await }
    };
    let first = send("b", b"1").await;
    assert_eq!((first.0, send("other", b"1").await), (200, first));
    let (status, answer) = send("b", b"2").await;
    assert_eq!((status, &answer["error"]["type"]), (400, &json!("idempotency_error")));
    assert_eq!(ids(&api.get("/v1/files", &[]).await).len(), 1);
}

#[tokio::test]
async fn a_large_file_has_its_limit() {
    let api = start().await;
    let purpose = text("purpose", "dispute_evidence");
    for (megabytes, expected) in [(16, 200), (18, 400)] {
        let content = vec![b'x'; megabytes * 1024 * 1024];
        let (status, answer) = body(send(&api, &[purpose.as_bytes(), &file("a.pdf", &content)]).await).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_quote_has_a_pdf() {
    let api = start().await;
    let price = api.price("250", &[]).await;
    let quote = api.post("/v1/quotes", &[("line_items[0][price]", price.as_str())]).await;
    let response = api.send(Method::GET, &format!("/v1/quotes/{}/pdf", id(&quote)), &[]).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/pdf".parse().unwrap())
    );
    assert!(response.headers().contains_key("request-id"));
    let pdf = response.text().await.unwrap();
    assert!(pdf.starts_with("%PDF-1.") && pdf.ends_with("%%EOF\n") && pdf.len() < 2000);
    assert!(pdf.contains(&id(&quote)) && pdf.contains("250 usd"), "{pdf}");
    assert_eq!(api.refused(Method::GET, "/v1/quotes/qt_other/pdf", &[]).await.0, 404);
}
