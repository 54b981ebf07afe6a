//! How the command is called: arguments, options, files, exit codes, and how it tells failures.

use host_tests::command::{Call, File, json};
use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, Stage, header};
use serde_json::json;

#[tokio::test]
async fn global_options_stand_before_or_after() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let options = ["--json", "--api-base", &base, "--account", "acct_1", "--idempotency-key", "order-1"];
    let create = ["create", "Customer", "{}"];
    for all in [[&options[..], &create].concat(), [&create[..], &options].concat()] {
        Call::new(all).run().await.done();
        let sent = stage.sent().remove(0);
        assert_eq!(header(&sent, "stripe-account"), Some("acct_1"));
        assert_eq!(header(&sent, "idempotency-key"), Some("order-1"));
    }
    let payment = json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa", "Confirm": true, "ReturnUrl": "https://example.com"});
    let payment = stage.create("PaymentIntent", payment).await;
    let get = ["get", "PaymentIntent", &payment, "--expand", "latest_charge,payment_method"];
    let row = json(&base, &get).await.done();
    assert_eq!((&row["LatestChargeAmount"], &row["PaymentMethodType"]), (&json!(1500), &json!("card")));
}

#[tokio::test]
async fn json_comes_from_arguments_files_and_standard_input() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let fields = File::new("fields.json", "{\"Name\": \"of a file\"}\n");
    let at = format!("@{}", fields.path());
    let common = ["--json", "--api-base", &base];
    let call = |arguments: &[&str]| Call::new(arguments.iter().chain(&common));
    call(&["create", "Customer", &at]).run().await.done();
    call(&["create", "Customer", "-"]).input("{\"Name\": \"of standard input\"}").run().await.done();
    stage.sandbox.put(json!({"object": "quote", "id": "qt_1", "status": "open"}));
    call(&["update", "Customer", "--where", "Name = 'of a file'", "-"])
        .input("{\"Phone\": \"1\"}")
        .run()
        .await
        .done();
    call(&["run", "CancelQuote", "-"]).input("{\"QuoteId\": \"qt_1\"}").run().await.done();
    let forms: Vec<_> =
        stage.sent().iter().filter(|r| r.method == "POST").map(|request| request.body.clone()).collect();
    assert_eq!(forms, ["name=of%20a%20file", "name=of%20standard%20input", "phone=1", ""]);

    let missing = call(&["create", "Customer", "@/no/such/file"]).run().await;
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("/no/such/file"), "{}", missing.stderr);
    assert_eq!(call(&["create", "Customer", "-"]).input("").run().await.failed()["kind"], "invalid-input");
}

#[tokio::test]
async fn settings_come_from_the_connection_file() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let text = format!("api_base = \"{base}\"\naccount_id = \"acct_1\"\nverbosity = 2\n");
    let file = File::new("connection.toml", &text);
    let created = Call::new(["create", "Customer", "{}", "--json", "--connection", file.path()]);
    created.key(KEY).run().await.done();
    assert_eq!(header(&stage.sent()[0], "stripe-account"), Some("acct_1"));
    // An option wins.
    let away = ["get", "Balance", "--json", "--connection", file.path(), "--api-base", "http://127.0.0.1:1"];
    assert_eq!(Call::new(away).key(KEY).run().await.failed()["kind"], "unavailable");
    assert_eq!(stage.lines(), [""; 0]);
    let wrong = File::new("wrong.toml", "verbosity = 9\nmax_scna = 1\n");
    let told = Call::new(["get", "Balance", "--connection", wrong.path()]).run().await;
    assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{told:?}");
    for mistake in ["1:13: `verbosity` must be", "2:1: `max_scna` is no setting, `max_scan` is"] {
        let mistake = format!("{}:{mistake}", wrong.path());
        assert!(told.stderr.contains(&mistake), "{mistake}: {}", told.stderr);
    }
    let broken = File::new("broken.toml", "verbosity = \n");
    for file in [broken.path(), "/no/such/file"] {
        let ran = Call::new(["get", "Balance", "--connection", file]).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains(file), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_2_and_sends_nothing() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    for wrong in [
        &[][..],
        &["lsit"],
        &["list"],
        &["list", "Customer", "--page-size", "many"],
        &["list", "Customer", "--sort", "Created:down"],
        &["list", "Customer", "--parent", "in_1"],
        &["list", "Customer", "--unknown"],
        &["create", "Customer"],
        &["update", "Customer", "cus_1"],
        &["update", "Customer", "cus_1", "{}", "--where", "Name = 'x'"],
        &["delete", "Customer", "cus_1", "--where", "Name = 'x'"],
        &["delete", "Customer", "cus_1", "--dry-run"],
        &["update", "Customer", "cus_1", "{}", "--dry-run"],
        &["run", "CancelQuote"],
        &["sandbox", "--listen", "0.0.0.0:0"],
        &["get", "Balance", "--component", "/no/such/file"],
    ] {
        let ran = Call::new(wrong.iter().chain(&["--api-base", &base])).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{wrong:?}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{wrong:?}");
    }
    assert_eq!(stage.lines(), [""; 0]);
    for right in ["--help", "--version"] {
        let ran = Call::new([right]).run().await;
        assert!(ran.code == Some(0) && ran.stdout.contains("stripe-connector"), "{ran:?}");
    }
}

#[tokio::test]
async fn failures_are_told_and_end_with_1() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let get = ["get", "Customer", "cus_unknown"];
    let told = json(&base, &get).await.failed();
    assert_eq!((&told["kind"], &told["effect"]), (&json!("not-found"), &json!("none")));
    assert_eq!((&told["code"], &told["httpStatus"]), (&json!("resource_missing"), &json!(404)));
    assert!(told["requestId"].as_str().is_some_and(|id| id.starts_with("req_")), "{told}");
    assert_eq!(told["stripe"]["type"], "invalid_request_error");
    let text = Call::new(get.iter().chain(&["--api-base", &base])).key(KEY).run().await;
    assert_eq!((text.code, text.stdout.as_str()), (Some(1), ""));
    for word in ["not-found", "resource_missing", "none, nothing was changed", "req_", "check the id"] {
        assert!(text.stderr.contains(word), "{word}: {}", text.stderr);
    }

    let fields = r#"{"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_chargeDeclined", "Confirm": true, "ReturnUrl": "https://example.com"}"#;
    let declined = json(&base, &["create", "PaymentIntent", fields]).await;
    assert!(!declined.stdout.contains("_secret_"), "{}", declined.stdout);
    let declined = declined.failed();
    assert_eq!(
        (&declined["kind"], &declined["declineCode"]),
        (&json!("payment-declined"), &json!("generic_decline"))
    );
    assert_eq!(json(&base, &["get", "Custmer", "cus_1"]).await.failed()["kind"], "invalid-input");
}

#[tokio::test]
async fn an_open_end_says_how_to_go_on() {
    let server = Server::answering(Answer::Reset).await;
    let create = ["create", "Customer", "{}", "--idempotency-key", "order-1"];
    let told = json(&server.url(), &create).await.failed();
    assert_eq!((&told["effect"], &told["idempotencyKey"]), (&json!("unknown"), &json!("order-1")));
    let url = server.url();
    let text = Call::new(create.iter().chain(&["--api-base", &url])).key(KEY).run().await;
    assert_eq!(text.code, Some(1));
    assert!(
        text.stderr.contains("repeat the same command with --idempotency-key order-1"),
        "{}",
        text.stderr
    );

    let silent = Server::answering(Answer::Silence).await;
    let late = json(&silent.url(), &["create", "Customer", "{}", "--deadline-ms", "300"]).await.failed();
    assert_eq!((&late["kind"], &late["effect"]), (&json!("timeout"), &json!("unknown")));
    assert!(late["idempotencyKey"].is_string());
}

#[tokio::test]
async fn without_key_and_base_the_embedded_sandbox_answers_and_says_so() {
    let ran = Call::new(["create", "Customer", "{\"Name\": \"Jenny\"}", "--json"]).run().await;
    for word in ["embedded sandbox", "forgets everything at exit", "stripe-connector sandbox"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    let id = ran.done()["Id"].as_str().expect("an id").to_owned();
    let next = Call::new(["get", "Customer", &id, "--json"]).run().await;
    assert_eq!(next.failed()["kind"], "not-found");
    // With a key the base is Stripe's or the one that is given, and there is nothing to say.
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let keyed = Call::new(["get", "Balance", "--json", "--api-base", &base]).key(KEY).run().await;
    assert_eq!(keyed.stderr, "");
    keyed.done();
}

#[tokio::test]
async fn another_component_can_be_run() {
    let file = File::new("copy.wasm", stripe_connector_host::COMPONENT);
    let path = file.path();
    let ran = Call::new(["entities", "--json", "--component", path]).run().await;
    assert!(ran.done().as_array().is_some_and(|entities| entities.len() >= 135));
    // One that wants more than the contract is refused.
    let empty = File::new("empty.wasm", b"\0asm\x0d\0\x01\0");
    let empty = Call::new(["entities", "--component", empty.path()]).run().await;
    assert_eq!(empty.code, Some(2), "{empty:?}");
}
