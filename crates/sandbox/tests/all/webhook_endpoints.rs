//! Webhook endpoints: made, changed, listed, deleted.

use crate::common;
use crate::common::{id, ids, start};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/v1/webhook_endpoints";

#[tokio::test]
async fn an_endpoint_tells_its_secret_once() {
    let api = start().await;
    let form = [
        ("url", "https://example.com/hook"),
        ("enabled_events[0]", "charge.failed"),
        ("enabled_events[1]", "invoice.paid"),
        ("description", "Ours"),
        ("metadata[a]", "b"),
    ];
    let made = api.post(PATH, &form).await;
    common::check_shape(&made);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!((&made["status"], &made["url"]), (&json!("enabled"), &json!("https://example.com/hook")));
    assert_eq!(made["enabled_events"], json!(["charge.failed", "invoice.paid"]));
    let path = format!("{PATH}/{}", id(&made));
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(api.get(&path, &[]).await, shown);
    common::check_shape(&shown);
    let form = [
        ("disabled", "true"),
        ("url", "http://example.com"),
        ("enabled_events[0]", "*"),
        ("metadata[a]", ""),
    ];
    let changed = api.post(&path, &form).await;
    assert_eq!((&changed["status"], &changed["enabled_events"]), (&json!("disabled"), &json!(["*"])));
    assert_eq!((&changed["metadata"], changed.get("secret")), (&json!({}), None));
    assert_eq!(api.post(&path, &[("disabled", "false")]).await["status"], "enabled");
    assert_eq!(ids(&api.get(PATH, &[]).await), [id(&made)]);
    let gone = api.delete(&path).await;
    assert_eq!(gone, json!({"id": id(&made), "object": "webhook_endpoint", "deleted": true}));
    for method in [Method::GET, Method::POST, Method::DELETE] {
        assert_eq!(api.refused(method, &path, &[]).await.0, 404);
    }
}

#[tokio::test]
async fn what_an_endpoint_cannot_be() {
    let api = start().await;
    let good = ("url", "https://example.com");
    let all = ("enabled_events[0]", "*");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[all], "url"),
        (&[good], "enabled_events"),
        (&[good, ("enabled_events[0]", "charge.nothing")], "enabled_events[0]"),
        (&[("url", "example.com"), all], "url"),
        (&[("url", "ftp://example.com"), all], "url"),
        (&[("url", "https://"), all], "url"),
        (&[good, all, ("connect", "true")], "connect"),
    ];
    for (form, param) in cases {
        let (status, error) = api.post_refused(PATH, form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form:?}: {error}");
    }
    let path = format!("{PATH}/{}", id(&api.post(PATH, &[good, all]).await));
    assert_eq!(api.post_refused(&path, &[("url", "nowhere")]).await.1["code"], "url_invalid");
    for _ in 1..16 {
        api.post(PATH, &[good, all]).await;
    }
    assert_eq!(api.post_refused(PATH, &[good, all]).await.0, 400);
}
