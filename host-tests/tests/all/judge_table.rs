//! What the judge complains about and what it accepts.

use host_tests::judge::{Description, Judge};
use serde_json::json;

use crate::judge_asking::Asked;

const SESSION: &str = "mode=payment&success_url=https%3A%2F%2Fexample.com&line_items[0][quantity]=2\
    &line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1500\
    &line_items[0][price_data][product_data][name]=A+shirt\
    &line_items[0][price_data][product_data][images][0]=https%3A%2F%2Fexample.com%2Fshirt.png\
    &line_items[0][adjustable_quantity][enabled]=true&payment_intent_data[metadata][order]=4711\
    &expand[0]=payment_intent&shipping_address_collection[allowed_countries][0]=DE";

const PARTS: &str = "multipart/form-data; boundary=\"a;b\"";

/// A body of parts, each with the rest of its `Content-Disposition` and its content.
fn parts(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (disposition, content) in parts {
        body.extend(format!("--a;b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--a;b--\r\n");
    body
}

fn upload() -> Vec<u8> {
    parts(&[
        (r#"name="purpose""#, b"dispute_evidence"),
        (r#"name="file_link_data[create]""#, b"true"),
        (r#"name="file"; filename="a;b.png""#, b"\x89PNG\r\n\x1a\n\0\xff"),
    ])
}

#[tokio::test]
async fn what_is_right_is_accepted() {
    let judge = Judge::start(&Description::stripe()).await;
    let api = [
        Asked::get("/v1/balance"),
        Asked::get("/v1/customers/cus%2F1").with("stripe-account", "acct_1"),
        Asked::get("/v1/customers/a-._~!$&'()*+,;=:@%5B%23%22"),
        Asked::get("/v1/customers?limit=3&created%5Bgte%5D=1767225600&expand%5B0%5D=data.sources"),
        Asked::get("/v1/customers?created=-5&email=jenny%2Brosen@example.com"),
        Asked::get("/v1/customers/search?query=name%3A%22x%22"),
        Asked::delete("/v1/customers/cus_1"),
        Asked::delete("/v1/subscriptions/sub_1?prorate=true&cancellation_details%5Bfeedback%5D=unused"),
        Asked::form("/v1/customers", ""),
        Asked::form("/v1/customers", "metadata=&description=&shipping=&address[city]=&balance=-5"),
        Asked::form("/v1/customers", "metadata%5Bany%20key%5D=&name=%C3%84nne"),
        Asked::form("/v1/checkout/sessions", SESSION),
        Asked::form("/v1/prices", "currency=usd&unit_amount_decimal=0.05&product=prod_1"),
        Asked::form("/v1/tax_rates", "display_name=VAT&inclusive=false&percentage=19.5"),
        Asked::form("/v1/subscriptions/sub_1", "trial_end=now&cancel_at=&items[0][id]=si_1"),
        Asked::form("/v1/subscriptions/sub_1", "trial_end=1767225600&cancel_at=max_period_end"),
        Asked::form("/v1/invoices/in_1/pay", ""),
        Asked::json(
            "/v2/core/accounts",
            &json!({
                "contact_email": "jenny@example.com",
                "identity": {"country": "us", "individual": {"date_of_birth": {"day": 1, "month": 2, "year": 1990}}},
                "include": ["identity"],
                "metadata": {"a": "b"},
            }),
        ),
        Asked::json("/v2/core/accounts/acct_1", &json!({})),
        Asked::json(
            "/v2/billing/meter_events",
            &json!({"event_name": "calls", "payload": {"value": "1"}, "timestamp": "2026-01-31T12:00:00.5+01:00"}),
        ),
        Asked::post("/v2/core/event_destinations/ed_1/ping", "application/json", b""),
        Asked::post("/v2/core/event_destinations/ed_1/ping", "", b"").without("content-type"),
        Asked::get("/v2/core/events?created%5Bgt%5D=2026-01-31T12%3A00%3A00Z&types%5B0%5D=x"),
    ];
    for request in api {
        let told = request.send(&judge.api_url()).await;
        assert_eq!(told.status, "200", "{}", told.json());
    }
    Asked::post("/v1/files", PARTS, &upload()).send(&judge.files_url()).await;
    assert_eq!(judge.complaints(), [""; 0]);
    let named = ["file", "file_link_data[create]", "purpose"];
    assert!(judge.seen()["POST /v1/files"].iter().eq(named));
}

#[tokio::test]
async fn what_is_wrong_with_a_target_is_said() {
    complains([
        (Asked::get("/v1/unicorns"), "no operation has the path /v1/unicorns"),
        (Asked::new("PUT /v1/customers"), "no operation is PUT /v1/customers"),
        (Asked::delete("/v1/customers"), "no operation is DELETE /v1/customers"),
        (Asked::get("/v1/customers/"), r#"{customer} is "", which is no id"#),
        (Asked::get("/v1/customers/%2E%2E"), r#"{customer} is "..", which is no id"#),
        (Asked::get("/v1/customers/a%2"), r#"{customer} "a%2" is not percent-encoded as it should be"#),
        (Asked::get("/v1/customers/a\"b"), r#"{customer} "a\"b" has what must be percent-encoded"#),
        (Asked::get("/v1/customers/a[b]"), r#"{customer} "a[b]" has what must be percent-encoded"#),
        (Asked::get("/v1/customers/cus_1#x"), r##"{customer} "cus_1#x" has what must be percent-encoded"##),
        (Asked::get("/v1/customers?starting=x"), "starting is no parameter"),
        (Asked::get("/v1/customers?limit=ten"), r#"limit is "ten", which is no integer"#),
        (Asked::get("/v1/customers?limit=1&limit=2"), "limit: it is given twice"),
        (Asked::get("/v1/customers?limit"), r#""limit" has no ="#),
        (Asked::get("/v1/customers?created%5Bafter%5D=1"), "created[after] is no parameter"),
        (
            Asked::get("/v1/customers?created[gt]=1"),
            "the query has what must be percent-encoded: created[gt]=1",
        ),
        (Asked::get("/v1/customers?expand=data"), r#"expand is no "array""#),
        (Asked::get("/v1/customers/search"), "query is missing"),
        (Asked::delete("/v1/customers/cus_1?x=y"), "x is no parameter"),
        (Asked::form("/v1/customers?name=x", ""), "name is no parameter"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_headers_is_said() {
    let post = || Asked::form("/v1/customers", "");
    let get = || Asked::get("/v1/balance");
    let form = "application/x-www-form-urlencoded";
    let key = "idempotency-key is not 1 to 255 visible characters, given once";
    let customer = json!({"name": "x"});
    complains([
        (get().with("idempotency-key", "a"), "idempotency-key means nothing to GET"),
        (
            Asked::delete("/v1/customers/cus_1").with("idempotency-key", "a"),
            "idempotency-key means nothing to DELETE",
        ),
        (post().without("idempotency-key"), key),
        (post().without("idempotency-key").with("idempotency-key", "ä"), key),
        (post().with("idempotency-key", "two"), key),
        (post().without("content-type"), r#"content-type is "" and not application/x-www-form-urlencoded"#),
        (post().with("content-length", "0"), "content-length is not given once"),
        (get().without("user-agent"), "user-agent is not given once"),
        (get().without("stripe-version"), "stripe-version is not given once"),
        (
            get().without("stripe-version").with("stripe-version", "2020-08-27"),
            "stripe-version is not 2026-05-27.dahlia",
        ),
        (get().without("authorization").with("authorization", "Basic eDo="), "authorization is no bearer's"),
        (
            get().with("stripe-account", "acct_1").with("stripe-context", "acct_1"),
            "stripe-account and stripe-context exclude each other",
        ),
        (
            Asked::post("/v2/core/account_links", form, b"account=acct_1"),
            r#"content-type is "application/x-www-form-urlencoded" and not application/json"#,
        ),
        (
            Asked::json("/v1/customers", &customer),
            r#"content-type is "application/json" and not application/x-www-form-urlencoded"#,
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_said() {
    let customer = |form| Asked::form("/v1/customers", form);
    let session = |more: &str| Asked::form("/v1/checkout/sessions", &format!("{SESSION}{more}"));
    let long = format!("email={}", "x".repeat(513));
    complains([
        (customer("nickname=x"), "nickname is no parameter"),
        (customer("address[planet]=Mars"), "address[planet] is no parameter"),
        (customer("address=Ulm"), r#"address is no "object""#),
        (customer("name[first]=x"), "name is an object and should be a value"),
        (customer("balance=1.5"), r#"balance is "1.5", which is no integer"#),
        (customer("balance="), r#"balance is "", which is no integer"#),
        (customer("metadata[a][b]=x"), "metadata[a] is an object and should be a value"),
        (
            customer("preferred_locales[0]=de&preferred_locales[2]=fr"),
            "preferred_locales has no item 1 among its 2",
        ),
        (customer("preferred_locales[1]=de"), "preferred_locales has no item 0 among its 1"),
        (customer("preferred_locales[]=de"), "preferred_locales[]: a part of the name is empty"),
        (customer("preferred_locales[00]=de"), "preferred_locales has no item 0 among its 1"),
        (customer("preferred_locales="), r#"preferred_locales is no "array""#),
        (customer("tax_exempt=maybe"), r#"tax_exempt is "maybe", which is none of its values"#),
        (customer(&long), "email is longer than 512"),
        (customer("name=x&name[a]=y"), "name[a]: it is both a value and an object"),
        (customer("address[city=x"), "address[city: a bracket is not closed"),
        (customer("shipping[address][city]=x"), "shipping[name] is missing"),
        (
            session("&line_items[1][price_data][unit_amount]=5"),
            "line_items[1][price_data][currency] is missing",
        ),
        (
            session("&tax_id_collection[enabled]=1"),
            r#"tax_id_collection[enabled] is "1", which is no boolean"#,
        ),
        (session("&expires_at=2026-01-01"), r#"expires_at is "2026-01-01", which is no integer"#),
        (
            Asked::form("/v1/prices", "currency=usd&unit_amount_decimal=1e3"),
            r#"unit_amount_decimal is "1e3", which is no "decimal""#,
        ),
        (
            Asked::form("/v1/tax_rates", "display_name=VAT&inclusive=false&percentage=19,5"),
            r#"percentage is "19,5", which is no number"#,
        ),
        (
            Asked::form("/v1/subscriptions/sub_1", "trial_end=later"),
            r#"trial_end is "later", which is none of its values"#,
        ),
        (Asked::form("/v1/tax_rates", "display_name=VAT&inclusive=true"), "percentage is missing"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_json_is_said() {
    let accounts = |body| Asked::json("/v2/core/accounts", &body);
    let born =
        |year| json!({"identity": {"individual": {"date_of_birth": {"day": 1, "month": 2, "year": year}}}});
    complains([
        (accounts(json!({"contact_mail": "x"})), "contact_mail is no parameter"),
        (accounts(json!({"identity": {"planet": "Mars"}})), "identity[planet] is no parameter"),
        (
            accounts(born(json!("1990"))),
            r#"identity[individual][date_of_birth][year] is "1990", which is no "integer""#,
        ),
        (
            accounts(born(json!(1990.0))),
            r#"identity[individual][date_of_birth][year] is 1990.0, which is no "integer""#,
        ),
        (accounts(json!({"include": ["taxes"]})), r#"include[0] is "taxes", which is none of its values"#),
        (
            accounts(json!({"include": {"0": "identity"}})),
            r#"include is {"0":"identity"}, which is no "array""#,
        ),
        (accounts(json!({"contact_email": null})), r#"contact_email is null, which is no "string""#),
        (accounts(json!([])), r#"the whole is [], which is no "object""#),
        (
            Asked::json("/v2/core/account_links", &json!({"account": "acct_1", "use_case": {}})),
            "use_case[type] is missing",
        ),
        (
            Asked::json(
                "/v2/billing/meter_events",
                &json!({"event_name": "calls", "payload": {"value": 1}, "timestamp": "2026-01-31T12:00:00Z"}),
            ),
            r#"payload[value] is 1, which is no "string""#,
        ),
        (
            Asked::json(
                "/v2/billing/meter_events",
                &json!({"event_name": "calls", "payload": {}, "timestamp": "2026-01-31 12:00"}),
            ),
            r#"timestamp is "2026-01-31 12:00", which is no "date-time""#,
        ),
        (
            Asked::post("/v2/core/accounts", "application/json", b""),
            "the body is no JSON: EOF while parsing a value at line 1 column 0",
        ),
        (Asked::json("/v2/core/event_destinations/ed_1/ping", &json!({"a": 1})), "it takes no body"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_upload_is_said() {
    let purpose: (&str, &[u8]) = (r#"name="purpose""#, b"dispute_evidence");
    let files = |parts: &[u8]| Asked::post("/v1/files", PARTS, parts);
    let judge = Judge::start(&Description::stripe()).await;
    let cases = [
        (files(&parts(&[purpose])), "file is missing"),
        (files(&parts(&[purpose, (r#"name="file""#, b"text")])), "file is no upload"),
        (
            files(&parts(&[
                (r#"name="purpose"; filename="x""#, b"x"),
                (r#"name="file"; filename="x""#, b"x"),
            ])),
            "purpose is an upload",
        ),
        (files(&upload()[5..]), "the body does not begin with its boundary"),
        (files(&upload()[..50]), "the body does not end with its boundary"),
        (
            Asked::post("/v1/files", "multipart/form-data", &upload()),
            r#""multipart/form-data" has no boundary of 1 to 70 characters"#,
        ),
        (
            Asked::form("/v1/files", "purpose=dispute_evidence"),
            r#"content-type is "application/x-www-form-urlencoded" and not multipart/form-data"#,
        ),
    ];
    for (request, complaint) in cases {
        let told = request.send(&judge.files_url()).await;
        assert_eq!(told.status, "400", "{complaint}");
        assert!(
            told.json()["error"]["message"].as_str().is_some_and(|all| all.contains(complaint)),
            "{told:?}"
        );
    }
}

/// Each of these is refused for exactly that.
async fn complains<const N: usize>(cases: [(Asked, &str); N]) {
    let judge = Judge::start(&Description::stripe()).await;
    for (at, (request, complaint)) in cases.into_iter().enumerate() {
        let told = request.send(&judge.api_url()).await;
        assert_eq!(told.json()["error"]["message"], complaint);
        assert_eq!(told.status, "400", "{complaint}");
        let complaints = judge.complaints();
        assert_eq!(complaints.len(), at + 1);
        assert!(complaints[at].ends_with(&format!(" HTTP/1.1: {complaint}")), "{}", complaints[at]);
    }
}
