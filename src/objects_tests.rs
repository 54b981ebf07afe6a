use super::*;
use crate::api::types::{Effect, FailureKind};
use crate::given::throttle::Admission;
use crate::testing::{Fake, options};
use crate::transport::{Broken, Cause};

#[test]
fn an_object_by_id() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "a/b?c", "deleted": true}"#);
    let row = get(fake.context(), "Customer", Some("a/b?c"), None, false, &options()).unwrap();
    assert_eq!(row.fields, r#"{"Id":"a/b?c","Deleted":true}"#);
    fake.answers(200, r#"{ "object": "balance" }"#);
    assert_eq!(
        get(fake.context(), "Balance", None, None, true, &options()).unwrap().fields,
        r#"{ "object": "balance" }"#
    );
    assert_eq!(fake.lines(), ["GET /v1/customers/a%2Fb%3Fc", "GET /v1/balance"]);
    for (name, id) in
        [("Customer", None), ("Customer", Some("")), ("Customer", Some("..")), ("Balance", Some("x"))]
    {
        assert_eq!(
            get(fake.context(), name, id, None, false, &options()).unwrap_err().param.as_deref(),
            Some("id")
        );
    }
}

#[test]
fn changes_carry_a_key_and_answer_the_whole_row() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "cus_1", "name": "John"}"#);
    let change = create(fake.context(), "Customer", r#"{"Name": "John"}"#, &options()).unwrap();
    assert_eq!(
        (change.id.as_deref(), change.fields.as_str()),
        (Some("cus_1"), r#"{"Id":"cus_1","Name":"John"}"#)
    );
    fake.answers(200, r#"{"id": "cus_1"}"#);
    let own = CallOptions {
        idempotency_key: Some("my-key".to_owned()),
        expand: Some(vec!["a".to_owned()]),
        ..options()
    };
    update(fake.context(), "Customer", Some("cus_1"), r#"{"Name": null}"#, &own).unwrap();
    fake.answers(200, r#"{"id": "cus_1", "deleted": true}"#);
    let gone = delete(fake.context(), "Customer", Some("cus_1"), &own).unwrap();
    assert_eq!(gone.idempotency_key, None);
    let sent = fake.sent.borrow();
    assert_eq!(sent[0].line, "POST /v1/customers");
    assert_eq!(sent[0].body.as_deref(), Some("name=John"));
    assert_eq!(sent[0].header("idempotency-key"), change.idempotency_key.as_deref());
    assert_eq!(sent[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        (sent[1].line.as_str(), sent[1].body.as_deref()),
        ("POST /v1/customers/cus_1", Some("name=&expand%5B0%5D=a"))
    );
    assert_eq!(sent[1].header("idempotency-key"), Some("my-key"));
    assert_eq!(
        (sent[2].line.as_str(), sent[2].header("idempotency-key")),
        ("DELETE /v1/customers/cus_1", None)
    );
}

#[test]
fn an_unreadable_answer_to_a_change_leaves_it_open() {
    let fake = Fake::new(&[]);
    for body in ["", "{\"id\": \"cus", "[]", "{}", r#"{"error": {"message": "no"}}"#, r#"{"id": null}"#] {
        fake.answers(200, body);
        let failure = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
        assert_eq!((failure.kind, failure.effect), (FailureKind::Unavailable, Effect::Unknown), "{body}");
        assert!(failure.idempotency_key.is_some());
    }
    fake.breaks(Broken::new(Cause::Unreachable, false, "refused"));
    assert_eq!(create(fake.context(), "Customer", "{}", &options()).unwrap_err().effect, Effect::None);
}

#[test]
fn the_throttle_and_the_deadline_are_kept() {
    let fake = Fake::new(&[]);
    fake.admissions.borrow_mut().push_back(Admission::After(300));
    fake.answers(200, r#"{"id": "cus_1"}"#);
    create(fake.context(), "Customer", "{}", &options()).unwrap();
    assert_eq!(fake.sent.borrow()[0].start_at, 1_301, "the millisecond of the clock may be nearly over");
    fake.admissions.borrow_mut().push_back(Admission::Refused(700));
    let refused = create(fake.context(), "Customer", "{}", &options()).unwrap_err();
    assert_eq!(
        (refused.kind, refused.effect, refused.retry_after_ms),
        (FailureKind::Throttled, Effect::None, Some(700))
    );
    let no_time = CallOptions { deadline_ms: Some(0), ..options() };
    let late = create(fake.context(), "Customer", "{}", &no_time).unwrap_err();
    assert_eq!((late.kind, late.effect), (FailureKind::Timeout, Effect::None));
    assert_eq!(fake.lines().len(), 1);
}

#[test]
fn no_key_no_request() {
    use crate::given::secrets::SecretError;
    let fake = Fake::new(&[]);
    for (secret, kind) in [
        (Err(SecretError::NotFound), FailureKind::Unauthenticated),
        (Err(SecretError::Denied), FailureKind::Unauthenticated),
        (Err(SecretError::Unavailable("store is down".to_owned())), FailureKind::Unavailable),
        (Ok(b"pk_test_filler".to_vec()), FailureKind::Unauthenticated),
    ] {
        *fake.secret.borrow_mut() = secret;
        let failure = get(fake.context(), "Balance", None, None, false, &options()).unwrap_err();
        assert_eq!((failure.kind, failure.effect), (kind, Effect::None), "{}", failure.message);
    }
    let injected = Fake::new(&[("authorization", "injected")]);
    injected.answers(200, "{}");
    get(injected.context(), "Balance", None, None, false, &options()).unwrap();
    assert_eq!((injected.secrets_asked(), &injected.sent.borrow()[0].authorization), (0, &None));
    let wrong = Fake::new(&[("verbosity", "9")]);
    let failure = get(wrong.context(), "Balance", None, None, false, &options()).unwrap_err();
    assert!(failure.message.contains("`verbosity`"));
    assert_eq!(wrong.secrets_asked(), 0);
}

#[test]
fn v2_takes_and_gives_json() {
    let fake = Fake::new(&[]);
    fake.answers(
        200,
        r#"{"id": "acct_1", "object": "v2.core.account", "created": "2026-01-01T00:00:00.000Z"}"#,
    );
    let input =
        r#"{"ContactEmail": "a@b.c", "Configuration": {"Customer": {}}, "Metadata": {"a": 1, "b": null}}"#;
    let change = create(fake.context(), "V2CoreAccount", input, &options()).unwrap();
    assert_eq!(
        change.fields,
        r#"{"Id":"acct_1","Object":"v2.core.account","Created":"2026-01-01T00:00:00.000Z"}"#
    );
    let sent = fake.sent.borrow()[0].clone();
    assert_eq!(sent.line, "POST /v2/core/accounts");
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(
        sent.body.as_deref(),
        Some(r#"{"contact_email":"a@b.c","configuration":{"customer":{}},"metadata":{"a":"1","b":null}}"#)
    );
    fake.answers(200, r#"{"id": "ed_1", "object": "v2.core.event_destination"}"#);
    let gone = delete(fake.context(), "V2CoreEventDestination", Some("ed_1"), &options()).unwrap();
    assert!(gone.fields.ends_with(r#""Deleted":true}"#), "{}", gone.fields);
    let expand = CallOptions { expand: Some(vec!["identity".to_owned()]), ..options() };
    let refused = get(fake.context(), "V2CoreAccount", Some("acct_1"), None, false, &expand).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("expand"));
}

#[test]
fn what_a_call_without_an_input_takes_is_in_its_options() {
    let fake = Fake::new(&[]);
    let with = |parameters: &str| CallOptions { parameters: Some(parameters.to_owned()), ..options() };
    fake.answers(200, r#"{"id": "acct_1"}"#).answers(200, r#"{"object": "billing.credit_balance_summary"}"#);
    fake.answers(200, r#"{"id": "si_1", "deleted": true}"#);
    let include = with(r#"{"Include": ["identity", "defaults"]}"#);
    get(fake.context(), "V2CoreAccount", Some("acct_1"), None, false, &include).unwrap();
    let summary = with(r#"{"Customer": "cus_1", "Filter": {"Type": "credit_grant", "CreditGrant": "cg_1"}}"#);
    get(fake.context(), "BillingCreditBalanceSummary", None, None, false, &summary).unwrap();
    let proration = with(r#"{"ProrationBehavior": "none"}"#);
    delete(fake.context(), "SubscriptionItem", Some("si_1"), &proration).unwrap();
    assert_eq!(
        fake.lines(),
        [
            "GET /v2/core/accounts/acct_1?include%5B0%5D=identity&include%5B1%5D=defaults",
            "GET /v1/billing/credit_balance_summary?customer=cus_1&filter%5Btype%5D=credit_grant&filter%5Bcredit_grant%5D=cg_1",
            "DELETE /v1/subscription_items/si_1?proration_behavior=none",
        ]
    );
    let missing =
        get(fake.context(), "BillingCreditBalanceSummary", None, None, false, &options()).unwrap_err();
    assert_eq!(missing.param.as_deref(), Some("Filter"));
    let unknown = with(r#"{"Inclde": []}"#);
    let unknown = get(fake.context(), "V2CoreAccount", Some("acct_1"), None, false, &unknown).unwrap_err();
    assert!(unknown.message.contains("did you mean `Include`?"), "{}", unknown.message);
    let refused = create(fake.context(), "Customer", "{}", &with("{}")).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("parameters"));
}

#[test]
fn what_is_no_object_is_no_answer() {
    let fake = Fake::new(&[]);
    fake.answers(200, "{}").answers(200, r#"{"id": "cus_1", "deleted": false}"#);
    let read = get(fake.context(), "Customer", Some("cus_1"), None, false, &options()).unwrap_err();
    assert_eq!((read.kind, read.effect), (FailureKind::Unavailable, Effect::None));
    let kept = delete(fake.context(), "Customer", Some("cus_1"), &options()).unwrap_err();
    assert_eq!((kept.kind, kept.effect), (FailureKind::Unavailable, Effect::Unknown));
    // Some objects have no id.
    fake.answers(200, r#"{"object": "account_link", "url": "https://example.com/"}"#);
    let link = r#"{"Account": "acct_1", "Type": "account_onboarding"}"#;
    let link = create(fake.context(), "AccountLink", link, &options()).unwrap();
    assert_eq!((link.id, link.fields.contains("example.com")), (None, true));
}

#[test]
fn parents_are_named_in_the_options_in_the_input_or_in_a_compound_id() {
    let fake = Fake::new(&[]);
    let parents =
        CallOptions { parents: Some(vec![("CustomerId".to_owned(), "cus_1".to_owned())]), ..options() };
    for _ in 0..5 {
        fake.answers(200, r#"{"id": "x"}"#);
    }
    get(fake.context(), "CustomerTaxId", Some("txi_1"), None, false, &parents).unwrap();
    get(fake.context(), "CustomerTaxId", Some("cus_1:txi_1"), None, false, &options()).unwrap();
    get(fake.context(), "CashBalance", Some("cus_1"), None, false, &options()).unwrap();
    let input = r#"{"CustomerId": "cus_1", "Type": "eu_vat", "Value": "x"}"#;
    create(fake.context(), "CustomerTaxId", input, &options()).unwrap();
    update(
        fake.context(),
        "CashBalance",
        None,
        r#"{"customer_id": "cus_1", "SettingsReconciliationMode": "manual"}"#,
        &options(),
    )
    .unwrap();
    assert_eq!(
        fake.lines(),
        [
            "GET /v1/customers/cus_1/tax_ids/txi_1", "GET /v1/customers/cus_1/tax_ids/txi_1",
            "GET /v1/customers/cus_1/cash_balance", "POST /v1/customers/cus_1/tax_ids",
            "POST /v1/customers/cus_1/cash_balance",
        ]
    );
    assert_eq!(fake.sent.borrow()[3].body.as_deref(), Some("type=eu_vat&value=x"));
    let failure = get(fake.context(), "CustomerTaxId", Some("txi_1"), None, false, &options()).unwrap_err();
    assert_eq!(failure.param.as_deref(), Some("CustomerId"));
    assert!(!failure.message.contains("filter"), "{}", failure.message);
    fake.answers(200, r#"{"id": "x"}"#);
    get(fake.context(), "CustomerTaxId", Some("cus_1:txi_1"), None, false, &parents).unwrap();
    let other = CallOptions { parents: Some(vec![("InvoiceId".to_owned(), "in_1".to_owned())]), ..options() };
    let strange = get(fake.context(), "CustomerTaxId", Some("cus_1:txi_1"), None, false, &other).unwrap_err();
    assert_eq!(strange.param.as_deref(), Some("InvoiceId"));
    let twice = get(fake.context(), "CustomerTaxId", Some("cus_2:txi_1"), None, false, &parents).unwrap_err();
    assert!(twice.message.contains("given twice"), "{}", twice.message);
}

#[test]
fn a_file_goes_to_the_host_for_files() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "file_1", "object": "file"}"#);
    let input = r#"{"File": "iVBORw==", "Filename": "logo.png", "Purpose": "business_logo"}"#;
    create(fake.context(), "File", input, &options()).unwrap();
    let sent = fake.sent.borrow()[0].clone();
    assert_eq!((sent.line.as_str(), sent.host.as_str()), ("POST /v1/files", "files.stripe.com"));
    assert!(sent.header("content-type").is_some_and(|own| own.starts_with("multipart/form-data; boundary=")));
    let body = sent.body.unwrap();
    assert!(body.contains("name=\"purpose\"\r\n\r\nbusiness_logo") && body.contains("filename=\"logo.png\""));
    for wrong in [
        r#"{"File": "%%", "Purpose": "business_logo"}"#,
        r#"{"Purpose": "business_logo"}"#,
        r#"{"File": "iVBORw==", "Purpose": "business_logo", "Filename": "a\nb"}"#,
    ] {
        assert_eq!(
            create(fake.context(), "File", wrong, &options()).unwrap_err().kind,
            FailureKind::InvalidInput
        );
    }
}

#[test]
fn a_word_that_the_catalog_does_not_know_is_sent_and_logged() {
    let fake = Fake::new(&[]);
    fake.answers(200, r#"{"id": "cus_1"}"#);
    create(fake.context(), "Customer", r#"{"TaxExempt": "brand_new"}"#, &options()).unwrap();
    assert_eq!(fake.sent.borrow()[0].body.as_deref(), Some("tax_exempt=brand_new"));
    let logged = fake.logged.borrow();
    assert!(logged.iter().any(|line| line.contains("Warning") && line.contains("brand_new")), "{logged:?}");
}
