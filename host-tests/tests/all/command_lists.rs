//! The command's listings: pages, everything at once, tables.

use host_tests::command::{Call, json};
use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, Stage};
use serde_json::{Value, json};

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("rows").iter().map(|row| row["Id"].as_str().expect("an id")).collect()
}

fn newest_first(count: i64) -> Vec<String> {
    (0..count).rev().map(|n| format!("cus_{n:03}")).collect()
}

#[tokio::test]
async fn pages_with_tokens() {
    let stage = Stage::new().await;
    stage.put_customers(250);
    let base = stage.sandbox.url();
    let first = json(&base, &["list", "Customer", "--page-size", "200"]).await.done();
    let token = first["nextPageToken"].as_str().expect("a token");
    let rest = ["list", "Customer", "--page-size", "200", "--page-token", token];
    let second = json(&base, &rest).await.done();
    assert_eq!(second["nextPageToken"], Value::Null);
    assert_eq!([ids(&first["rows"]), ids(&second["rows"])].concat(), newest_first(250));
    let filtered = ["list", "customers", "--filter", "Metadata.plan = 'gold' AND Email = '9@example.com'"];
    let filtered = json(&base, &[&filtered[..], &["--columns", "Id"]].concat()).await.done();
    assert_eq!(filtered["rows"][0].as_object().map(|row| row.len()), Some(1));
    let expected: Vec<_> = newest_first(250).into_iter().step_by(30).collect();
    assert_eq!(ids(&filtered["rows"]), expected);
    let sorted =
        json(&base, &["list", "Customer", "--sort", "Created:desc", "--page-size", "1"]).await.done();
    assert_eq!(ids(&sorted["rows"]), ["cus_249"]);
    let by_name = json(&base, &["list", "Customer", "--sort", "Name", "--page-size", "2"]).await.done();
    assert_eq!(ids(&by_name["rows"]), ["cus_000", "cus_002"]);
    let explained = ["list", "Customer", "--explain", "--filter", "Email = 'a' AND Name LIKE 'x%'"];
    let plan = json(&base, &explained).await.done();
    assert_eq!(plan["requests"][0], "GET /v1/customers?email=a&limit=100");
    assert_eq!((&plan["pushed"][0], &plan["residual"]), (&json!("Email = 'a'"), &json!("Name LIKE 'x%'")));
    let shown = Call::new(explained.iter().chain(&["--api-base", &base])).run().await;
    let expected = "requests:\n  GET /v1/customers?email=a&limit=100\n";
    assert!(
        shown.stdout.starts_with(expected) && shown.stdout.ends_with("checked here:\n  Name LIKE 'x%'\n"),
        "{shown:?}"
    );
}

#[tokio::test]
async fn everything_is_one_array() {
    let stage = Stage::new().await;
    stage.put_customers(250);
    let base = stage.sandbox.url();
    let all = json(&base, &["list", "Customer", "--all"]).await;
    assert_eq!(ids(&all.done()), newest_first(250));
    assert_eq!(all.stderr.matches("note:").count(), 1, "{}", all.stderr);
    let odd =
        json(&base, &["list", "Customer", "--all", "--page-size", "7", "--filter", "Name = 'Odd'"]).await;
    assert_eq!(ids(&odd.done()).len(), 125);
    assert_eq!(json(&base, &["list", "Product", "--all"]).await.stdout, "[]\n");
    let raw = json(&base, &["list", "Customer", "--all", "--raw"]).await.done();
    assert_eq!(raw[249], stage.sandbox.get("cus_000").expect("a customer"));
}

#[tokio::test]
async fn an_array_that_was_cut_says_so() {
    let server = Server::start(|request| async move {
        if request.line.contains("starting_after") {
            Answer::http("500 Oops", &[], r#"{"error": {"type": "api_error", "message": "Sorry."}}"#)
        } else {
            let data: Vec<_> = (0..100).map(|n| json!({"id": format!("cus_{n}")})).collect();
            Answer::json(&json!({"object": "list", "has_more": true, "data": data}).to_string())
        }
    })
    .await;
    let cut = json(&server.url(), &["list", "Customer", "--all"]).await;
    assert_eq!(cut.code, Some(1));
    assert!(serde_json::from_str::<Value>(&cut.stdout).is_err(), "nobody may take it for all there are");
    assert!(cut.stdout.starts_with('[') && !cut.stdout.contains(']'), "{}", cut.stdout);
    assert!(cut.stderr.contains("Sorry."), "{}", cut.stderr);
    // A failure before the first row is told as of any command.
    let failed = json("http://127.0.0.1:1", &["list", "Customer", "--all"]).await.failed();
    assert_eq!(failed["kind"], "unavailable");
}

#[tokio::test]
async fn tables() {
    let stage = Stage::new().await;
    stage.put_customers(250);
    let base = stage.sandbox.url();
    let list = ["list", "Customer", "--api-base", &base, "--columns", "Id,Name,Email"];
    let table = Call::new(list).run().await;
    assert_eq!(table.code, Some(0), "{table:?}");
    let lines: Vec<_> = table.stdout.lines().collect();
    assert_eq!(lines.len(), 27, "a head, 25 rows, a foot: {}", table.stdout);
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["Id", "Name", "Email"]);
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["cus_249", "Odd", "9@example.com"]);
    assert!(lines[26].starts_with("25 rows") && lines[26].contains("--page-token "), "{}", lines[26]);
    let all = Call::new(list.iter().chain(&["--all"])).run().await;
    assert_eq!(all.stdout.lines().count(), 252);
    assert_eq!(all.stdout.lines().last(), Some("250 rows, the end"));
    // No terminal, no progress, no colours.
    assert!(!all.stderr.contains('\u{1b}') && !all.stdout.contains('\u{1b}'), "{all:?}");

    stage.sandbox.put(json!({"object": "customer", "id": "cus_x", "name": "\u{1b}[2JJ\nohn", "phone": null}));
    let row = Call::new(["get", "Customer", "cus_x", "--api-base", &base]).run().await;
    assert!(!row.stdout.contains('\u{1b}') && row.stdout.contains("\\u{1b}[2JJ\\nohn"), "{}", row.stdout);
    for (arguments, word) in [
        (&["entities"][..], "InvoiceLineItem"),
        (&["entities", "Customer"], "Email"),
        (&["actions"], "AcceptQuote"),
        (&["actions", "AcceptQuote"], "QuoteId"),
        (&["check", "--api-base", &base], "active"),
        (&["get", "Balance", "--api-base", &base], "Available"),
        (&["create", "Customer", "{}", "--api-base", &base], "created Customer cus_"),
        (
            &["update", "Customer", "cus_x", "{\"Name\": \"J\"}", "--api-base", &base],
            "updated Customer cus_x",
        ),
        (&["delete", "Customer", "cus_x", "--api-base", &base], "deleted Customer cus_x"),
        (
            &["delete", "Customer", "--where", "Name = 'Even'", "--dry-run", "--api-base", &base],
            "125 matched",
        ),
        (
            &["delete", "Customer", "--where", "Name = 'Even'", "--api-base", &base],
            "125 matched, 125 changed",
        ),
    ] {
        let ran = Call::new(arguments).run().await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains(word) && !ran.stdout.starts_with('{'), "{arguments:?}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn lines_of_an_invoice_by_its_parent() {
    let stage = Stage::new().await;
    let customer = stage.create("Customer", json!({})).await;
    let invoice = stage.create("Invoice", json!({"Customer": customer})).await;
    let item = json!({"Customer": customer, "Invoice": invoice, "Amount": 500, "Currency": "usd"});
    stage.create("InvoiceItem", item).await;
    let base = stage.sandbox.url();
    let parent = format!("InvoiceId={invoice}");
    let lines = json(&base, &["list", "InvoiceLineItem", "--parent", &parent]).await.done();
    assert_eq!(lines["rows"][0]["Amount"], 500);
    let all = json(&base, &["--parent", &parent, "list", "InvoiceLineItem", "--all"]).await.done();
    assert_eq!(all, lines["rows"]);
    assert_eq!(json(&base, &["list", "InvoiceLineItem"]).await.failed()["param"], "InvoiceId");
}

#[tokio::test]
async fn whoever_reads_may_stop() {
    let stage = Stage::new().await;
    stage.put_customers(250);
    let base = stage.sandbox.url();
    let mut call = Call::new(["list", "Customer", "--all", "--json", "--api-base", &base]).key(KEY).spawn();
    drop(call.stdout.take());
    let output = tokio::task::spawn_blocking(move || call.wait_with_output()).await.expect("run");
    let output = output.expect("the command's output");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
