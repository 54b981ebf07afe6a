//! Input that is wrong: it is refused by name, with the nearest right one, and nothing is sent.

use host_tests::stage::{Stage, failure, none};
use stripe_connector_host::contract::{CallOptions, Failure, Query, Selection};

/// A call that cannot succeed.
#[derive(Clone, Copy, Debug)]
enum Try {
    List(&'static str),
    Filter(&'static str),
    Size(u32),
    Token(&'static str),
    Column(&'static str),
    Create(&'static str, &'static str),
    Update(&'static str),
    UpdateWhere(&'static str, &'static str),
    Run(&'static str, &'static str),
    /// `more` of a typed function.
    More(&'static str),
    Entity(&'static str),
    Action(&'static str),
}

async fn refused(stage: &Stage, call: Try, options: &CallOptions) -> Failure {
    let connector = &stage.connector;
    let list = async |query: Query| {
        let explained = failure(connector.explain(&query, options).await);
        let listed = failure(connector.list(&query, options).await);
        (explained, listed)
    };
    match call {
        Try::List(entity) => list(Query::new(entity)).await.1,
        Try::Filter(filter) => {
            let filtered = Query { filter: Some(filter.to_owned()), ..Query::new("Customer") };
            let (explained, listed) = list(filtered).await;
            assert_eq!(explained.message, listed.message);
            listed
        }
        Try::Size(size) => {
            let query = Query { page_size: Some(size), ..Query::new("Customer") };
            failure(connector.list(&query, options).await)
        }
        Try::Token(token) => {
            let query = Query { page_token: Some(token.to_owned()), ..Query::new("Customer") };
            failure(connector.list(&query, options).await)
        }
        Try::Column(column) => {
            let columns = Some(vec!["Id".to_owned(), column.to_owned()]);
            let got = connector.get("Customer", Some("cus_1"), columns.as_deref(), false, options).await;
            let query = Query { columns, ..Query::new("Customer") };
            let listed = failure(connector.list(&query, options).await);
            assert_eq!(failure(got).message, listed.message);
            listed
        }
        Try::Create(entity, fields) => failure(connector.create(entity, fields, options).await),
        Try::Update(fields) => failure(connector.update("Customer", Some("cus_1"), fields, options).await),
        Try::UpdateWhere(filter, fields) => {
            let (entity, filter) = ("Customer".to_owned(), filter.to_owned());
            let selection = Selection { entity, filter, dry_run: false };
            failure(connector.update_where(&selection, fields, options).await)
        }
        Try::Run(action, parameters) => failure(connector.execute(action, parameters, options).await),
        Try::More(more) => failure(connector.cancel_quote("qt_1", Some(more), options).await),
        Try::Entity(name) => failure(connector.get_entity_type(name).await),
        Try::Action(name) => failure(connector.get_action(name).await),
    }
}

fn check(failure: &Failure, what: &str, words: &[&str]) {
    assert_eq!(failure.kind.name(), "invalid-input", "{what}: {}", failure.message);
    assert_eq!(failure.effect.name(), "none", "{what}");
    assert!(failure.http_status.is_none() && failure.request_id.is_none(), "{what}");
    for word in words {
        assert!(failure.message.contains(word), "{what}: no `{word}` in: {}", failure.message);
    }
}

/// What is tried, the parameter that is at fault, and what the message says.
const CASES: &[(Try, &str, &[&str])] = &[
    // Names.
    (Try::List("Custmer"), "Custmer", &["`Custmer`", "`Customer`"]),
    (Try::List("payment_intnets"), "payment_intnets", &["`PaymentIntent`"]),
    (Try::List("Zzzzzz"), "Zzzzzz", &["`Zzzzzz`"]),
    (Try::List(""), "", &["no entity"]),
    (Try::Entity("Invoce"), "Invoce", &["`Invoice`"]),
    (Try::Action("AceptQuote"), "AceptQuote", &["`AcceptQuote`"]),
    (Try::Run("ConfirmPaymentIntnet", "{}"), "ConfirmPaymentIntnet", &["`ConfirmPaymentIntent`"]),
    (Try::Run("", "{}"), "", &["no action"]),
    (Try::Column("Emial"), "Emial", &["`Emial`", "`Email`"]),
    (Try::Column("Address.Ctiy"), "Address.Ctiy", &["`Address.Ctiy`"]),
    (Try::Column(""), "", &["no column"]),
    (Try::Create("Customer", r#"{"Nmae": "J"}"#), "Nmae", &["`Nmae`", "`Name`"]),
    (Try::Create("Customer", r#"{"Address.Ctiy": "Oslo"}"#), "Address.Ctiy", &["`City`"]),
    (Try::Create("Customer", r#"{"Address": {"Ctiy": "Oslo"}}"#), "Address.Ctiy", &["`City`"]),
    (Try::Create("Customer", r#"{"Name.First": "J"}"#), "Name.First", &["`Name.First`"]),
    (Try::Update(r#"{"Descripton": "x"}"#), "Descripton", &["`Description`"]),
    (Try::UpdateWhere("Name = 'x'", r#"{"Descripton": "x"}"#), "Descripton", &["`Description`"]),
    (
        Try::Run("CancelPaymentIntent", r#"{"PaymentIntentId": "pi_1", "CancelationReason": "x"}"#),
        "CancelationReason",
        &["`CancellationReason`"],
    ),
    (Try::More(r#"{"Qoute": 1}"#), "Qoute", &["`Qoute`"]),
    // JSON.
    (Try::Create("Customer", ""), "fields", &["JSON object"]),
    (Try::Create("Customer", "null"), "fields", &["JSON object"]),
    (Try::Create("Customer", "[{}]"), "fields", &["JSON object"]),
    (Try::Create("Customer", "{'Name': 'J'}"), "fields", &["as JSON"]),
    (Try::Create("Customer", r#"{"Name": "J""#), "fields", &["as JSON"]),
    (Try::Create("Customer", r#"{"Name": "J"} x"#), "fields", &["as JSON"]),
    (Try::Create("Customer", r#"{"Name": "\ud800"}"#), "fields", &["as JSON"]),
    (Try::Create("Customer", r#"{"Name": "a", "name": "b"}"#), "name", &["twice"]),
    (Try::Create("Customer", r#"{"Name": "a", "Name": "b"}"#), "Name", &["twice"]),
    (Try::Create("Customer", r#"{"Address": {"City": "a"}, "AddressCity": "b"}"#), "AddressCity", &["twice"]),
    (Try::Run("CancelQuote", "nonsense"), "parameters", &["JSON object"]),
    (Try::More("nonsense"), "more", &["JSON object"]),
    (Try::Update("{}"), "fields", &["nothing to change"]),
    // Types.
    (Try::Create("Customer", r#"{"Name": 5}"#), "Name", &["`Name`", "text"]),
    (Try::Create("Customer", r#"{"Name": ["J"]}"#), "Name", &["`Name`", "text"]),
    (Try::Create("Customer", r#"{"Balance": "five"}"#), "Balance", &["`Balance`", "whole number"]),
    (Try::Create("Customer", r#"{"Balance": 1.5}"#), "Balance", &["whole number"]),
    (Try::Create("Customer", r#"{"Balance": 1e300}"#), "Balance", &["whole number"]),
    (Try::Create("Customer", r#"{"Metadata": "x"}"#), "Metadata", &["object"]),
    (Try::Create("Customer", r#"{"Metadata": {"a": {"b": 1}}}"#), "Metadata.a", &["`Metadata.a`"]),
    (Try::Create("Customer", r#"{"Metadata": {"a[b]": "1"}}"#), "Metadata.a[b]", &["brackets"]),
    (Try::Create("Customer", r#"{"Address": "Oslo"}"#), "Address", &["`Address`", "object"]),
    (Try::Create("Customer", r#"{"PreferredLocales": "en"}"#), "PreferredLocales", &["array"]),
    (
        Try::Create("PaymentIntent", r#"{"Amount": 1, "Currency": "usd", "Confirm": "yes"}"#),
        "Confirm",
        &["true or false"],
    ),
    (Try::Create("Invoice", r#"{"DueDate": "tomorrow"}"#), "DueDate", &["RFC 3339"]),
    (Try::Run("CancelQuote", r#"{"QuoteId": 5}"#), "QuoteId", &["`QuoteId`", "text"]),
    // What is missing.
    (Try::Create("PaymentIntent", r#"{"Currency": "usd"}"#), "Amount", &["needs `Amount`"]),
    (Try::Create("PaymentIntent", r#"{"Amount": 1}"#), "Currency", &["needs `Currency`"]),
    (Try::Create("Product", r#"{"Name": null}"#), "Name", &["needs `Name`"]),
    (Try::Run("AcceptQuote", "{}"), "QuoteId", &["AcceptQuote needs `QuoteId`"]),
    (
        Try::Run("AttachPaymentMethodToCustomer", r#"{"PaymentMethodId": "pm_1"}"#),
        "CustomerId",
        &["needs `CustomerId`"],
    ),
    (
        Try::Run("FinalizeQuote", r#"{"QuoteId": "qt_1", "SouQuoteIdrcePath": "qt_2"}"#),
        "SouQuoteIdrcePath",
        &["twice"],
    ),
    // Filters.
    (Try::Filter("Emial = 'x'"), "Emial", &["`Email`"]),
    (Try::Filter("Email = 'x"), "filter", &["character 9"]),
    (Try::Filter("Email = \"x\""), "filter", &["single quotes"]),
    (Try::Filter("Email"), "filter", &["ends"]),
    (Try::Filter("Email = 'x' Name = 'y'"), "filter", &["AND"]),
    (Try::Filter("Email = x"), "filter", &["`x`"]),
    (Try::Filter("Name = 5"), "Name", &["single quotes"]),
    (Try::Filter("Balance = 'five'"), "Balance", &["a number"]),
    (Try::Filter("Livemode = 'no'"), "Livemode", &["TRUE or FALSE"]),
    (Try::Filter("Created > 'yesterday'"), "Created", &["RFC 3339"]),
    (Try::Filter("Created > '2026-02-30'"), "Created", &["RFC 3339"]),
    (Try::Filter("Metadata = 'x'"), "Metadata", &["Metadata.key"]),
    (Try::UpdateWhere("Emial = 'x'", r#"{"Name": "x"}"#), "Emial", &["`Email`"]),
    // Pages.
    (Try::Size(0), "page-size", &["1 to 200"]),
    (Try::Size(201), "page-size", &["1 to 200"]),
    (Try::Size(u32::MAX), "page-size", &["1 to 200"]),
    (Try::Token(""), "page-token", &["page token"]),
    (Try::Token("nonsense"), "page-token", &["page token"]),
    (Try::Token("!!"), "page-token", &["page token"]),
];

#[tokio::test]
async fn it_is_named_and_nothing_is_sent() {
    let stage = Stage::new().await;
    for (call, param, words) in CASES {
        let failure = refused(&stage, *call, &none()).await;
        check(&failure, &format!("{call:?}"), words);
        assert_eq!(failure.param.as_deref(), Some(*param), "{call:?}: {}", failure.message);
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn a_token_fits_its_query_alone() {
    let stage = Stage::new().await;
    stage.put_customers(10);
    let first = Query { page_size: Some(3), ..Query::new("Customer") };
    let page = stage.connector.list(&first, &none()).await.expect("a page");
    let page_token = page.next_page_token;
    assert!(page_token.is_some());
    stage.sent();
    let filtered =
        Query { page_token: page_token.clone(), filter: Some("Name = 'x'".to_owned()), ..first.clone() };
    let products = Query { page_token, ..Query::new("Product") };
    for query in [filtered, products] {
        let refused = failure(stage.connector.list(&query, &none()).await);
        check(&refused, &query.entity, &["another query"]);
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn options() {
    let stage = Stage::new().await;
    let long = "k".repeat(256);
    for wrong in ["", "a b", "a\r\nX: y", "é", "\u{7f}", &long] {
        let key = CallOptions { idempotency_key: Some(wrong.to_owned()), ..none() };
        let account = CallOptions { account: Some(wrong.to_owned()), ..none() };
        for (options, param) in [(key, "idempotency-key"), (account, "account")] {
            let call = Try::Create("Customer", "{}");
            let failure = refused(&stage, call, &options).await;
            check(&failure, wrong, &[]);
            assert_eq!(failure.param.as_deref(), Some(param), "{wrong:?}");
            let call = Try::Run("CancelQuote", r#"{"QuoteId": "qt_1"}"#);
            assert_eq!(refused(&stage, call, &options).await.param.as_deref(), Some(param));
        }
    }
    for wrong in ["", "a..b", "a b", "a.b.c.d.e", "a[0]", "a&b=c"] {
        let options = CallOptions { expand: Some(vec![wrong.to_owned()]), ..none() };
        let failure = refused(&stage, Try::List("Customer"), &options).await;
        check(&failure, wrong, &["cannot be expanded"]);
    }
    let options = CallOptions { parents: Some(vec![("InvoiceId".into(), "in_1".into())]), ..none() };
    check(&refused(&stage, Try::List("Customer"), &options).await, "parents", &["`InvoiceId`", "no parent"]);
    let run = Try::Run("CancelQuote", r#"{"QuoteId": "qt_1"}"#);
    check(&refused(&stage, run, &options).await, "parents", &["no parents"]);
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn settings_are_told_all_at_once() {
    let stage = Stage::with(&[
        ("verbosity", "6"),
        ("max_scan", "0"),
        ("search", "maybe"),
        ("authorization", "none"),
        ("max_retreis", "1"),
        ("account_id", "acct 1"),
        ("deadline_ms", "soon"),
        ("files_base", "ftp://example.com"),
    ])
    .await;
    let names = [
        "`verbosity`", "`max_scan`", "`search`", "`authorization`", "`max_retries`", "`account_id`",
        "`deadline_ms`", "`files_base`",
    ];
    for call in [Try::List("Customer"), Try::Create("Customer", "{}")] {
        let failure = refused_by_settings(&stage, call).await;
        check(&failure, "settings", &names);
        assert_eq!(failure.param.as_deref(), Some("settings"));
    }
    let status = stage.connector.check_status().await.expect("a status");
    assert_eq!(status.state.name(), "error");
    assert!(names.iter().all(|name| status.description.contains(name)), "{}", status.description);
    assert_eq!(stage.lines(), [""; 0]);
    assert_eq!(stage.secrets.asked(), 0);
}

/// `explain` asks no settings, so a listing is only listed.
async fn refused_by_settings(stage: &Stage, call: Try) -> Failure {
    match call {
        Try::List(entity) => failure(stage.connector.list(&Query::new(entity), &none()).await),
        other => refused(stage, other, &none()).await,
    }
}
