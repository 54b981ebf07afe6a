//! Keys, routes, forms, parameters, headers and the record of requests.

use crate::common::{Form, KEY, id, start};
use reqwest::Method;
use serde_json::json;
use stripe_connector_sandbox::Sandbox;

#[tokio::test]
async fn only_loopback_is_served() {
    let error = Sandbox::start("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
}

#[tokio::test]
async fn it_stops_when_dropped() {
    let api = start().await;
    let addr = api.sandbox.addr();
    drop(api);
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(addr).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{addr} still accepts connections");
}

#[tokio::test]
async fn a_test_key_is_needed() {
    let api = start().await;
    let url = format!("{}/v1/balance", api.sandbox.url());
    for (key, said) in [
        (None, "did not provide"),
        (Some("Bearer sk_live_1"), "only test keys"),
        (Some("Bearer something"), "Invalid API Key"),
    ] {
        let mut request = api.http.get(&url);
        if let Some(key) = key {
            request = request.header("authorization", key);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers()["request-id"].to_str().unwrap().starts_with("req_"));
        let body = response.text().await.unwrap();
        assert!(body.contains(said) && !body.contains("sk_live_1"), "{body}");
    }
    let basic = api.http.get(&url).basic_auth("rk_test_1", None::<&str>);
    assert_eq!(basic.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn headers_come_back() {
    let api = start().await;
    let request = api
        .http
        .get(format!("{}/v1/balance", api.sandbox.url()))
        .header("authorization", KEY)
        .header("stripe-version", "2020-08-27")
        .header("idempotency-key", "key-1");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["stripe-version"], "2020-08-27");
    assert_eq!(response.headers()["idempotency-key"], "key-1");
    assert_eq!(response.headers()["content-type"], "application/json");
    let first = response.headers()["request-id"].clone();
    let second = api.send(Method::GET, "/v1/balance", &[]).await;
    assert_ne!(first, second.headers()["request-id"]);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_not_found() {
    let api = start().await;
    for (method, path) in [
        (Method::GET, "/v1/foo"),
        (Method::GET, "/"),
        (Method::PUT, "/v1/customers"),
        (Method::DELETE, "/v1/payment_intents/pi_1"),
        (Method::DELETE, "/v1/prices/price_1"),
        (Method::POST, "/v1/balance"),
        (Method::GET, "/v1/customers/cus_1/nothing"),
    ] {
        let (status, error) = api.refused(method.clone(), path, &[]).await;
        assert_eq!(status, 404, "{method} {path}");
        assert_eq!(error["type"], "invalid_request_error");
        let message = format!("Unrecognized request URL ({method}: {path})");
        assert!(error["message"].as_str().unwrap().starts_with(&message), "{error}");
    }
}

#[tokio::test]
async fn a_post_needs_its_content_type() {
    let api = start().await;
    let url = format!("{}/v1/customers", api.sandbox.url());
    let post = || api.http.post(&url).header("authorization", KEY);
    assert_eq!(post().send().await.unwrap().status(), 400);
    let json = post().header("content-type", "application/json").body("{}");
    assert_eq!(json.send().await.unwrap().status(), 400);
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let empty = post().header("content-type", form);
    assert_eq!(empty.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn parameters_are_known_and_well_typed() {
    let api = start().await;
    for (method, path, form, code, param) in [
        (Method::POST, "/v1/customers", ("foo", "1"), "parameter_unknown", "foo"),
        (Method::POST, "/v1/customers", ("address[x]", "1"), "parameter_unknown", "address[x]"),
        (Method::GET, "/v1/customers", ("name", "1"), "parameter_unknown", "name"),
        (Method::GET, "/v1/customers/cus_1", ("foo", "1"), "parameter_unknown", "foo"),
        (Method::GET, "/v1/customers", ("created[after]", "1"), "parameter_unknown", "created[after]"),
        (Method::POST, "/v1/payment_intents", ("amount", "500"), "parameter_missing", "currency"),
        (Method::POST, "/v1/payment_intents", ("amount", "5.5"), "parameter_invalid_integer", "amount"),
        (Method::POST, "/v1/customers", ("balance", ""), "parameter_invalid_empty", "balance"),
        (Method::POST, "/v1/customers", ("email", "nobody"), "email_invalid", "email"),
    ] {
        let (status, error) = api.refused(method, path, &[form]).await;
        assert_eq!((status, &error["code"]), (400, &json!(code)), "{path} {form:?}");
        assert_eq!(error["param"], param);
        assert!(error["doc_url"].is_string());
    }
    let (status, _) = api.post_refused("/v1/prices", &[("currency", "usd"), ("tax_behavior", "x")]).await;
    assert_eq!(status, 400);
}

/// What Stripe has and the sandbox would have to pass over is refused, so that nobody relies on it.
#[tokio::test]
async fn what_would_be_passed_over_is_refused() {
    let api = start().await;
    let customer = api.customer().await;
    let price = api.price("1000", &[("recurring[interval]", "month")]).await;
    let once = api.price("1000", &[]).await;
    let line = ("line_items[0][price]", once.as_str());
    let checkout =
        [line, ("line_items[0][quantity]", "1"), ("mode", "payment"), ("success_url", "https://a.example")];
    let intent = [("amount", "500"), ("currency", "usd")];
    let subscribing = [("customer", customer.as_str()), ("items[0][price]", price.as_str())];
    let owned = [("customer", customer.as_str())];
    let cases: [(&str, Form, &str, &str, &str); 11] = [
        ("test_helpers/test_clocks", &[("frozen_time", "1")], "customer", "customer", "cus_1"),
        ("customers", &[], "cash_balance[settings][reconciliation_mode]", "cash_balance", "manual"),
        ("customers", &[], "tax[validate_location]", "tax", "immediately"),
        ("payment_intents", &intent, "application_fee_amount", "application_fee_amount", "5"),
        ("payment_intents", &intent, "transfer_data[destination]", "transfer_data", "acct_1"),
        ("invoices", &owned, "automatic_tax[enabled]", "automatic_tax", "true"),
        ("invoices", &owned, "automatically_finalizes_at", "automatically_finalizes_at", "1900000000"),
        ("subscriptions", &subscribing, "automatic_tax[enabled]", "automatic_tax", "true"),
        ("subscriptions", &subscribing, "items[0][tax_rates][0]", "items[0][tax_rates]", "txr_1"),
        ("quotes", &[line], "line_items[0][discounts][0][coupon]", "line_items[0][discounts]", "c"),
        (
            "checkout/sessions",
            &checkout,
            "payment_method_options[card][capture_method]",
            "payment_method_options[card][capture_method]",
            "manual",
        ),
    ];
    for (path, form, name, param, value) in cases {
        let form: Vec<(&str, &str)> = form.iter().copied().chain([(name, value)]).collect();
        let (status, error) = api.post_refused(&format!("/v1/{path}"), &form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{path} {name}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("The sandbox does not support"), "{path} {name}: {message}");
    }
    // What the operation does not take at all is not said to be Stripe's.
    let (_, error) =
        api.post_refused(&format!("/v1/customers/{customer}"), &[("test_clock", "clock_1")]).await;
    assert_eq!(error["code"], "parameter_unknown");
}

#[tokio::test]
async fn ids_in_paths_are_data() {
    let api = start().await;
    let odd = "cus/1?x=#%2F ü";
    api.put(json!({"id": odd, "object": "customer", "created": 1}));
    let path = "/v1/customers/cus%2F1%3Fx%3D%23%252F%20%C3%BC";
    assert_eq!(id(&api.get(path, &[]).await), odd);
    let (status, error) = api.refused(Method::GET, "/v1/customers/a%2F..%2Fb", &[]).await;
    assert_eq!(status, 404);
    assert_eq!(error["message"], "No such customer: 'a/../b'");
    assert_eq!(error["code"], "resource_missing");
    assert_eq!(error["param"], "id");
    let (_, error) = api.refused(Method::GET, "/v1/payment_intents/pi_1", &[]).await;
    assert_eq!(error["param"], "intent");
    // An id of another kind is not found either.
    api.refused(Method::GET, &path.replace("customers", "products"), &[]).await;
}

#[tokio::test]
async fn requests_are_recorded_without_the_key() {
    let api = start().await;
    api.post("/v1/customers", &[("name", "A b"), ("metadata[k]", "v")]).await;
    api.refused(Method::GET, "/v1/customers/a%2Fb", &[("expand[]", "x")]).await;
    let requests = api.sandbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].method.as_str(), requests[0].status), ("POST", 200));
    assert_eq!(requests[0].path, "/v1/customers");
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(requests[0].form(), [pair("name", "A b"), pair("metadata[k]", "v")]);
    assert!(requests[0].headers.contains(&pair("authorization", "Bearer <redacted>")));
    assert!(!format!("{requests:?}").contains("sk_test_1"));
    assert_eq!((requests[1].path.as_str(), requests[1].status), ("/v1/customers/a%2Fb", 400));
    assert_eq!(requests[1].query, "expand%5B%5D=x");
    assert_eq!(requests[1].query_pairs(), [pair("expand[]", "x")]);
    api.sandbox.clear_requests();
    assert!(api.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_word_of_stripes_is_no_id() {
    let api = start().await;
    let preview = api.send(Method::POST, "/v1/invoices/create_preview", &[]).await;
    assert_eq!((preview.status().as_u16(), preview.headers().contains_key("sandbox-stateless")), (200, true));
    assert_eq!(api.post_refused("/v1/invoices/other", &[]).await.0, 404);
}

#[tokio::test]
async fn a_delete_may_have_its_parameters_in_a_form() {
    let api = start().await;
    let customer = api.customer().await;
    let price = api.price("1000", &[("recurring[interval]", "month")]).await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str()),
        ("collection_method", "send_invoice"),
        ("days_until_due", "5"),
    ];
    let path = format!("/v1/subscriptions/{}", id(&api.post("/v1/subscriptions", &form).await));
    let delete = |form: &[(&str, &str)]| {
        let request = api.http.delete(format!("{}{path}", api.sandbox.url()));
        request.header("authorization", KEY).form(form).send()
    };
    let unknown = delete(&[("foo", "1")]).await.unwrap();
    assert_eq!(unknown.status(), 400, "what is in the form is read");
    let canceled = delete(&[("cancellation_details[comment]", "Too loud")]).await.unwrap();
    let canceled: serde_json::Value = serde_json::from_str(&canceled.text().await.unwrap()).unwrap();
    assert_eq!(canceled["cancellation_details"]["comment"], "Too loud");
}

#[tokio::test]
async fn an_empty_value_is_no_filter_and_no_element() {
    let api = start().await;
    api.customer().await;
    for (method, path, form, param) in [
        (Method::GET, "/v1/customers", ("email", ""), "email"),
        (Method::GET, "/v1/prices", ("lookup_keys", ""), "lookup_keys"),
        (Method::POST, "/v1/customers", ("preferred_locales[0]", ""), "preferred_locales[0]"),
    ] {
        let (status, error) = api.refused(method, path, &[form]).await;
        assert_eq!((status, &error["code"]), (400, &json!("parameter_invalid_empty")), "{path} {form:?}");
        assert_eq!(error["param"], param);
    }
}

#[tokio::test]
async fn metadata_has_an_end() {
    let api = start().await;
    let names: Vec<String> = (0..51).map(|n| format!("metadata[k{n}]")).collect();
    let mut form: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let (status, error) = api.post_refused("/v1/customers", &form).await;
    assert_eq!((status, &error["param"]), (400, &json!("metadata")));
    form[0].1 = "";
    api.post("/v1/customers", &form).await;
}
