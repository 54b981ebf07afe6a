//! What is not like the rest of Stripe: files, bytes, the event stream's own token, v2's JSON and page tokens, lists of one
//! page.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use host_tests::stage::{Stage, failure, header, ids, none, parse};
use serde_json::json;
use stripe_connector_host::contract::{CallOptions, Effect, FailureKind, Query};
use stripe_connector_sandbox::Faults;

fn parents(name: &str, id: &str) -> CallOptions {
    CallOptions { parents: Some(vec![(name.to_owned(), id.to_owned())]), ..none() }
}

#[tokio::test]
async fn a_file_is_uploaded_byte_by_byte() {
    let stage = Stage::new().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let input = json!({
        "File": BASE64_STANDARD.encode(&bytes), "Filename": "a \"quoted\" ünïcode.png", "Purpose": "dispute_evidence",
        "FileLinkData": {"Create": true, "Metadata": {"order": "4711"}},
    });
    let id = stage.create("File", input).await;
    assert_eq!(stage.sandbox.file(&id).as_deref(), Some(bytes.as_slice()));
    let row = stage.row("File", &id).await;
    assert_eq!((&row["Purpose"], &row["Size"]), (&json!("dispute_evidence"), &json!(70_000)));
    assert_eq!(row["Filename"], "a \"quoted\" ünïcode.png");
    let sent = stage.sent();
    assert!(header(&sent[0], "idempotency-key").is_some());
    assert!(header(&sent[0], "content-type").is_some_and(|own| own.starts_with("multipart/form-data;")));

    for wrong in [
        json!({"File": "not base64!", "Purpose": "dispute_evidence"}),
        json!({"Purpose": "dispute_evidence"}),
        json!({"File": "AA==", "Purpose": "dispute_evidence", "Filename": "a\r\nX: y"}),
    ] {
        let refused = failure(stage.connector.create("File", &wrong.to_string(), &none()).await);
        assert_eq!(refused.kind, FailureKind::InvalidInput, "{wrong}");
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn a_quote_is_downloaded_as_a_pdf() {
    let stage = Stage::new().await;
    let customer = stage.create("Customer", json!({})).await;
    let quote = stage.create("Quote", json!({ "Customer": customer })).await;
    let run = async |id: &str| {
        stage.connector.execute("DownloadQuotePdf", &json!({ "QuoteId": id }).to_string(), &none()).await
    };
    let outcome = run(&quote).await.expect("a file");
    let (output, object) = (parse(&outcome.output), parse(&outcome.object));
    assert_eq!(
        (&output[0]["Success"], &output[0]["content_type"]),
        (&json!("true"), &json!("application/pdf"))
    );
    assert_eq!(output[0]["content"], object["Content"]);
    let bytes = BASE64_STANDARD.decode(object["Content"].as_str().expect("a text")).expect("base64");
    assert!(bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(outcome.idempotency_key, None);
    let missing = failure(run("qt_none").await);
    assert_eq!((missing.kind, missing.effect), (FailureKind::NotFound, Effect::None));
}

const STREAM: &str = "SendV2BillingMeterEventStream";

#[tokio::test]
async fn meter_events_go_with_the_token_of_a_session() {
    // The sandbox takes no key here.
    let stage = Stage::new().await;
    let event = json!({"event_name": "calls", "payload": {"value": 5, "stripe_customer_id": "cus_1"}, "timestamp": "2026-01-01"});
    let events = json!({ "Events": [event, event] });
    let run =
        async |input: &serde_json::Value| stage.connector.execute(STREAM, &input.to_string(), &none()).await;
    let outcome = run(&events).await.expect("a stream");
    assert_eq!(outcome.output, r#"[{"Success":"true"}]"#);
    let sent = stage.sent();
    let lines: Vec<_> = sent.iter().map(host_tests::stage::line).collect();
    assert_eq!(lines, ["POST /v2/billing/meter_event_session", "POST /v2/billing/meter_event_stream"]);
    let expected = json!({"events": [
        {"event_name": "calls", "payload": {"value": "5", "stripe_customer_id": "cus_1"}, "timestamp": "2026-01-01T00:00:00Z"},
        {"event_name": "calls", "payload": {"value": "5", "stripe_customer_id": "cus_1"}, "timestamp": "2026-01-01T00:00:00Z"},
    ]});
    assert_eq!(parse(&sent[1].body), expected);

    // With a token of the caller's own there is no other session.
    let session =
        stage.connector.create("V2BillingMeterEventSession", "{}", &none()).await.expect("a session");
    let token = parse(&session.fields)["AuthenticationToken"].clone();
    stage.sent();
    let mut own = events.clone();
    own["AuthenticationToken"] = token;
    run(&own).await.expect("a stream");
    assert_eq!(stage.lines(), ["POST /v2/billing/meter_event_stream"]);
    own["AuthenticationToken"] = json!("canary-token-4711");
    let refused = failure(run(&own).await);
    assert_eq!((refused.kind, refused.effect), (FailureKind::Unauthenticated, Effect::None));
    assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");

    // Without a session no event was sent, whatever became of it.
    stage
        .sandbox
        .set_faults(Faults::parse("POST /v2/billing/meter_event_session status=500").expect("a rule"));
    let failed = failure(run(&events).await);
    assert_eq!((failed.kind, failed.effect), (FailureKind::Unavailable, Effect::None));
    assert_eq!(failed.idempotency_key, None);
}

#[tokio::test]
async fn lists_of_v2_go_on_by_their_tokens() {
    let stage = Stage::new().await;
    let page = async |size: u32, token: Option<String>| {
        let query = Query { page_size: Some(size), page_token: token, ..Query::new("V2CoreAccount") };
        stage.connector.list(&query, &none()).await
    };
    let whole = page(100, None).await.expect("a page");
    let all = ids(&whole);
    assert!(all.len() > 2 && whole.next_page_token.is_none(), "{all:?}");
    for size in [1, 2] {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = page(size, token).await.expect("a page");
            assert!(ids(&page).len() <= size as usize);
            found.extend(ids(&page));
            match page.next_page_token {
                None => break,
                next => token = next,
            }
        }
        assert_eq!(found.len(), all.len(), "by {size}: {found:?}");
    }
    let first = page(1, None).await.expect("a page").next_page_token;
    let other = Query { page_token: first, ..Query::new("V2CoreEvent") };
    let refused = failure(stage.connector.list(&other, &none()).await);
    assert_eq!(refused.param.as_deref(), Some("page-token"));

    let filtered = Query {
        filter: Some("ContactEmail = 'nobody@example.com'".to_owned()),
        ..Query::new("V2CoreAccount")
    };
    let none_of_them = stage.connector.list(&filtered, &none()).await.expect("a page");
    assert_eq!((none_of_them.rows.as_str(), none_of_them.scanned as usize), ("[]", all.len()));
}

#[tokio::test]
async fn v2_is_json_in_and_json_out() {
    let stage = Stage::new().await;
    let id = stage
        .create(
            "V2CoreAccount",
            json!({"ContactEmail": "jenny@example.com", "Configuration": {"Customer": {}}}),
        )
        .await;
    let include = CallOptions { parameters: Some(r#"{"Include": ["identity"]}"#.to_owned()), ..none() };
    let row = stage.connector.get("V2CoreAccount", Some(&id), None, false, &include).await.expect("a row");
    assert_eq!(parse(&row.fields)["Id"], json!(id));
    let person = json!({"V2CoreAccountId": id, "GivenName": "Jenny"});
    let person =
        stage.connector.create("V2CoreAccountPerson", &person.to_string(), &none()).await.expect("a person");
    let gone = stage
        .connector
        .delete("V2CoreAccountPerson", person.id.as_deref(), &parents("V2CoreAccountId", &id))
        .await;
    assert_eq!(parse(&gone.expect("a deleted person").fields)["Deleted"], true);
    let closed = json!({"V2CoreAccountId": id}).to_string();
    stage.connector.execute("CloseV2CoreAccount", &closed, &none()).await.expect("an account");
    let sent = stage.sent();
    assert_eq!(header(&sent[0], "content-type"), Some("application/json"));
    assert_eq!(
        parse(&sent[0].body),
        json!({"contact_email": "jenny@example.com", "configuration": {"customer": {}}})
    );
    let lines: Vec<_> = sent.iter().skip(1).map(host_tests::stage::line).collect();
    assert_eq!(lines[0], format!("GET /v2/core/accounts/{id}?include%5B0%5D=identity"));
    assert_eq!(lines[1], format!("POST /v2/core/accounts/{id}/persons"));
    assert!(lines[2].starts_with(&format!("DELETE /v2/core/accounts/{id}/persons/")));
    assert_eq!(lines[3], format!("POST /v2/core/accounts/{id}/close"));

    let refused = failure(stage.connector.create("V2CoreAccount", r#"{"ContactEmail": 5}"#, &none()).await);
    assert_eq!((refused.kind, refused.param.as_deref()), (FailureKind::InvalidInput, Some("ContactEmail")));
}

#[tokio::test]
async fn a_list_of_one_page_is_given_in_parts_too() {
    let stage = Stage::new().await;
    let account = parents("AccountId", "acct_1");
    let all = stage.connector.list(&Query::new("Capability"), &account).await.expect("a page");
    assert_eq!(stage.lines(), ["GET /v1/accounts/acct_1/capabilities"], "no limit: Stripe takes none here");
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let query = Query { page_size: Some(1), page_token: token, ..Query::new("Capability") };
        let page = stage.connector.list(&query, &account).await.expect("a page");
        assert_eq!(ids(&page).len(), 1);
        found.extend(ids(&page));
        match page.next_page_token {
            None => break,
            next => token = next,
        }
    }
    assert!(found.len() > 1, "{found:?}");
    assert_eq!(found, ids(&all));
}

#[tokio::test]
async fn what_a_list_must_be_told_is_asked_for_by_name() {
    let stage = Stage::new().await;
    let missing = failure(stage.connector.list(&Query::new("SubscriptionItem"), &none()).await);
    assert_eq!((missing.kind, missing.param.as_deref()), (FailureKind::InvalidInput, Some("Subscription")));
    let by_filter =
        |entity: &str, filter: &str| Query { filter: Some(filter.to_owned()), ..Query::new(entity) };
    let secrets = by_filter("AppsSecret", "ScopeType = 'user' AND Scope.User = 'usr_1'");
    stage.connector.list(&secrets, &none()).await.expect("a page");
    assert_eq!(stage.lines(), ["GET /v1/apps/secrets?scope%5Btype%5D=user&scope%5Buser%5D=usr_1&limit=25"]);
    const CLOCKS: &str = "GET /v1/test_helpers/test_clocks?limit=100";
    // Canceled subscriptions are subscriptions; and no subscription has the status `all`.
    stage.connector.list(&Query::new("Subscription"), &none()).await.expect("a page");
    stage.connector.list(&by_filter("Subscription", "Status = 'all'"), &none()).await.expect("a page");
    stage.connector.list(&by_filter("Subscription", "Status = 'active'"), &none()).await.expect("a page");
    assert_eq!(
        stage.lines(),
        [
            "GET /v1/subscriptions?status=all&limit=25",
            CLOCKS,
            "GET /v1/subscriptions?status=all&limit=100",
            CLOCKS,
            "GET /v1/subscriptions?status=active&limit=25",
            CLOCKS,
        ]
    );
}
