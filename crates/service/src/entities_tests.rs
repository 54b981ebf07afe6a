use crate::contract::types::FailureKind;
use crate::testing::{CONNECTION, Fake, failure, get, page};
use serde_json::json;

const PREFIX: &str = "projects/p/locations/l/connections/c/entityTypes";

#[test]
fn a_list_passes_everything_on() {
    let fake = Fake::default();
    fake.pages.borrow_mut().push(page(r#"[{"Id": "cus_1", "Balance": 12345678901234567890}]"#, Some("more")));
    let (status, body) = fake.get(
        "/entityTypes/Customers/entities?conditions=Name+%3D%20%27a%27&pageSize=2&sortBy=Name&sortOrder=desc",
    );
    assert_eq!(status, 200);
    assert_eq!(fake.calls(), [r#"list Customer Some("Name = 'a'") Some(("Name", true)) None Some(2) None"#]);
    assert_eq!(body["entities"][0]["name"], format!("{PREFIX}/Customer/entities/cus_1"));
    assert_eq!(body["entities"][0]["fields"]["Balance"].to_string(), "12345678901234567890");
    assert_eq!(body["nextPageToken"], "more");
    let (_, end) = fake.get("/entityTypes/Customer/entities?conditions=&pageToken=");
    assert_eq!(end, json!({"entities": []}));
    assert_eq!(fake.calls(), ["list Customer None None None Some(25) None"]);
}

#[test]
fn numbers_are_not_touched() {
    let fake = Fake::default();
    fake.pages.borrow_mut().push(page(r#"[{"Rate":0.10000000000000000001}]"#, None));
    let list = get(&format!("{CONNECTION}/entityTypes/Customer/entities"));
    let response = crate::service::answer(&fake, list, || Ok(Vec::new()));
    assert!(String::from_utf8(response.body).unwrap().contains("0.10000000000000000001"));
}

#[test]
fn names_of_nested_rows_lead_back() {
    let fake = Fake::default();
    let rows = r#"[{"Id": "txi_1", "Customer": "cus_1"}, {"Id": "txi_2"}, {}]"#;
    fake.pages.borrow_mut().push(page(rows, None));
    let (_, body) = fake.get("/entityTypes/CustomerTaxId/entities");
    let names: Vec<_> = (0..3).map(|at| body["entities"][at]["name"].clone()).collect();
    let name = |id: &str| json!(format!("{PREFIX}/CustomerTaxId/entities/{id}"));
    assert_eq!(names, [name("cus_1:txi_1"), name("txi_2"), name("-")]);
}

#[test]
fn orders_that_are_refused() {
    let fake = Fake::default();
    for query in [
        "sortBy=A&sortBy=B", "sortBy=A&sortOrder=down", "sortOrder=ASC",
        "sortBy=A&sortOrder=ASC&sortOrder=ASC",
    ] {
        let (status, body) = fake.get(&format!("/entityTypes/Customer/entities?{query}"));
        assert_eq!((status, &body["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{query}");
    }
    assert_eq!(fake.get("/entityTypes/Customer/entities?condition=x").0, 400);
    assert!(fake.calls().is_empty());
}

#[test]
fn a_long_query_may_come_as_a_form() {
    let fake = Fake::default();
    let mut request = get(&format!("{CONNECTION}/entityTypes/Customer/entities"));
    request.method = "POST".to_owned();
    request.headers.push(("x-http-method-override".to_owned(), "GET".to_owned()));
    request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    request.body = b"conditions=Name+%3D+%27a%27&pageSize=3".to_vec();
    assert_eq!(fake.send(&request).0, 200);
    assert_eq!(fake.calls(), [r#"list Customer Some("Name = 'a'") None None Some(3) None"#]);
    if let Some((_, method)) = request.headers.iter_mut().find(|(name, _)| name == "x-http-method-override") {
        *method = "PUT".to_owned();
    }
    assert_eq!(fake.send(&request).0, 400);
    assert!(fake.calls().is_empty());
}

#[test]
fn changes_answer_with_the_id() {
    let fake = Fake::default();
    let name = format!("{PREFIX}/Customer/entities/cus_1");
    let created = fake.call("POST", "/entityTypes/Customer/entities", r#"{"fields": {"Balance": 1500.00}}"#);
    assert_eq!(created, (200, json!({"name": name, "fields": {"Id": "cus_1"}})));
    let headers = "executionConfig.headers=%7B%22idempotency-key%22%3A%22k-1%22%2C%22Stripe-Account%22%3A%22acct_1%22%7D";
    let patched = fake.call(
        "PATCH",
        &format!("/entityTypes/Customer/entities/cus_1?{headers}"),
        r#"{"fields": {"Name": null}}"#,
    );
    assert_eq!(patched, (200, json!({"name": name, "fields": {"Id": "cus_1"}})));
    assert_eq!(fake.call("DELETE", "/entityTypes/Customer/entities/cus_1", ""), (200, json!({})));
    assert_eq!(
        fake.calls(),
        [
            r#"create Customer {"Balance": 1500.00}"#,
            r#"update Customer Some("cus_1") {"Name": null} account=acct_1 key=k-1"#,
            r#"delete Customer Some("cus_1")"#,
        ]
    );
}

#[test]
fn an_object_without_id_is_told_whole() {
    let fake = Fake { row: r#"{"Url": "https://x"}"#, ..Fake::default() };
    let (_, body) = fake.call("POST", "/entityTypes/Customer/entities", "");
    assert_eq!(body["fields"], json!({"Url": "https://x"}));
    assert_eq!(fake.calls(), ["create Customer {}"]);
}

#[test]
fn bodies_that_are_refused() {
    let fake = Fake::default();
    for (body, word) in
        [(r#"{"Name": "x"}"#, "`Name`"), (r#"{"fields": []}"#, "`fields`"), ("{", "no JSON"), ("1", "object")]
    {
        let (status, answer) = fake.call("POST", "/entityTypes/Customer/entities", body);
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(word), "{answer}");
    }
    assert!(fake.calls().is_empty());
}

#[test]
fn one_row_and_the_only_row() {
    let fake = Fake::default();
    let (status, body) = fake.get("/entityTypes/Customer/entities/a%2Fb");
    assert_eq!((status, &body["fields"]["Name"]), (200, &json!("Jenny")));
    assert_eq!(body["name"], format!("{PREFIX}/Customer/entities/a%2Fb"));
    let (_, body) = fake.get("/entityTypes/Balance/entities/Balance");
    assert_eq!(body["name"], format!("{PREFIX}/Balance/entities/-"));
    assert_eq!(fake.calls(), [r#"get Customer Some("a/b")"#, "get Balance None"]);
    assert_eq!(fake.get("/entityTypes/Nothing/entities").0, 404);
}

#[test]
fn failures_are_errors() {
    let fake = Fake { failure: Some(failure(FailureKind::NotFound)), ..Fake::default() };
    let (status, body) = fake.get("/entityTypes/Customer/entities/cus_1");
    assert_eq!((status, &body["error"]["details"][0]["reason"]), (404, &json!("NOT_FOUND")));
}
