//! Payment methods: what test methods there are, how they are changed, attached and listed.

use crate::common::money::{charge_of, paid};
use crate::common::{id, ids, start, with};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn test_methods_come_from_where_their_name_says() {
    let api = start().await;
    for (method, brand, funding, country, last4) in [
        ("pm_card_visa_debit", "visa", "debit", "US", "5556"),
        ("pm_card_mastercard_prepaid", "mastercard", "prepaid", "US", "5100"),
        ("pm_card_us", "visa", "credit", "US", "4242"),
        ("pm_card_br", "visa", "credit", "BR", "0002"),
        ("pm_card_nl", "visa", "credit", "NL", "0002"),
        ("pm_card_gb_debit", "visa", "debit", "GB", "0005"),
        ("pm_card_visa_cartesBancaires", "visa", "credit", "US", "1001"),
    ] {
        let intent = paid(&api, method, &[]).await;
        assert_eq!(intent["status"], "succeeded", "{method}");
        let card = &charge_of(&api, &intent).await["payment_method_details"]["card"];
        assert_eq!((&card["brand"], &card["funding"]), (&json!(brand), &json!(funding)), "{method}");
        assert_eq!((&card["country"], &card["last4"]), (&json!(country), &json!(last4)), "{method}");
    }
    let missing = [("customer", "cus_1")];
    let (status, _) = api.post_refused("/v1/payment_methods/pm_card_createDispute/attach", &missing).await;
    assert_eq!(status, 404, "the sandbox has no disputes");
}

#[tokio::test]
async fn test_cards_tell_how_their_checks_went() {
    let api = start().await;
    for (method, line1, zip, cvc) in [
        ("pm_card_visa", Value::Null, Value::Null, "unchecked"),
        ("pm_card_cvcCheckFail", Value::Null, Value::Null, "fail"),
        ("pm_card_avsFail", json!("fail"), json!("fail"), "unchecked"),
        ("pm_card_avsLine1Fail", json!("fail"), Value::Null, "unchecked"),
        ("pm_card_avsZipFail", Value::Null, json!("fail"), "unchecked"),
        ("pm_card_avsUnchecked", json!("unavailable"), json!("unavailable"), "unchecked"),
    ] {
        let intent = paid(&api, method, &[]).await;
        let checks = &charge_of(&api, &intent).await["payment_method_details"]["card"]["checks"];
        let expected =
            json!({"address_line1_check": line1, "address_postal_code_check": zip, "cvc_check": cvc});
        assert_eq!(checks, &expected, "{method}");
    }
    let number = [
        ("type", "card"),
        ("card[number]", "4000000000000101"),
        ("card[exp_month]", "4"),
        ("card[exp_year]", "2090"),
    ];
    let method = api.post("/v1/payment_methods", &number).await;
    assert_eq!(method["card"]["checks"]["cvc_check"], "unchecked");
    let method = api.post("/v1/payment_methods", &[&number[..], &[("card[cvc]", "123")]].concat()).await;
    assert_eq!(method["card"]["checks"]["cvc_check"], "fail");
}

#[tokio::test]
async fn an_attached_method_is_changed() {
    let api = start().await;
    let loose = [("type", "card"), ("card[token]", "tok_visa")];
    let loose = api.post("/v1/payment_methods", &loose).await;
    let path = format!("/v1/payment_methods/{}", id(&loose));
    let (_, error) = api.post_refused(&path, &[("metadata[k]", "v")]).await;
    assert_eq!(error["code"], "payment_method_unexpected_state");
    let customer = api.customer().await;
    let before = api.post(&format!("{path}/attach"), &[("customer", &customer)]).await;
    let form = [
        ("metadata[k]", "v"),
        ("billing_details[name]", "N"),
        ("card[exp_month]", "3"),
        ("card[exp_year]", "2088"),
        ("allow_redisplay", "always"),
        ("card[networks][preferred]", "visa"),
    ];
    let after = api.post(&path, &form).await;
    let card = json!({
        "exp_month": 3, "exp_year": 2088, "networks": {"available": ["visa"], "preferred": "visa"},
    });
    let expected = json!({
        "allow_redisplay": "always",
        "billing_details": with(before["billing_details"].clone(), json!({"name": "N"})),
        "card": with(before["card"].clone(), card),
        "metadata": {"k": "v"},
    });
    assert_eq!(after, with(before, expected));
    for (form, code) in [
        (("card[exp_month]", "13"), json!("invalid_expiry_month")),
        (("card[exp_year]", "2000"), json!("invalid_expiry_year")),
        (("us_bank_account[account_type]", "savings"), Value::Null),
    ] {
        let (_, error) = api.post_refused(&path, &[form]).await;
        assert_eq!(error["code"], code, "{form:?}");
    }
    assert_eq!(api.get(&path, &[]).await, after);
}

#[tokio::test]
async fn bank_accounts_show_little_of_themselves() {
    let api = start().await;
    let form = [
        ("type", "us_bank_account"),
        ("us_bank_account[account_number]", "000123456789"),
        ("us_bank_account[routing_number]", "110000000"),
        ("us_bank_account[account_holder_type]", "company"),
    ];
    let method = api.post("/v1/payment_methods", &form).await;
    let account = &method["us_bank_account"];
    assert_eq!((&account["last4"], &account["account_type"]), (&json!("6789"), &json!("checking")));
    assert!(!method.to_string().contains("000123456789"));
    let form = [("type", "sepa_debit"), ("sepa_debit[iban]", "DE89 3704 0044 0532 0130 00")];
    let method = api.post("/v1/payment_methods", &form).await;
    let account = &method["sepa_debit"];
    assert_eq!((&account["last4"], &account["country"]), (&json!("3000"), &json!("DE")));
    assert_eq!(account["bank_code"], "37040044");
    for (form, code) in [
        (&[("type", "sepa_debit"), ("sepa_debit[iban]", "12")] as &[_], "invalid_bank_account_iban"),
        (&[("type", "sepa_debit")], "parameter_missing"),
        (&[("type", "us_bank_account"), ("us_bank_account[account_number]", "1")], "parameter_missing"),
        (
            &[
                ("type", "us_bank_account"),
                ("us_bank_account[account_number]", "1"),
                ("us_bank_account[routing_number]", "12"),
                ("us_bank_account[account_holder_type]", "company"),
            ],
            "routing_number_invalid",
        ),
    ] {
        let (status, error) = api.post_refused("/v1/payment_methods", form).await;
        assert_eq!((status, &error["code"]), (400, &json!(code)));
    }
}

#[tokio::test]
async fn lists_leave_out_custom_methods_unless_asked_for() {
    let api = start().await;
    for kind in ["card", "custom", "link"] {
        api.put(json!({"object": "payment_method", "id": format!("pm_{kind}"), "type": kind}));
    }
    assert_eq!(ids(&api.get("/v1/payment_methods", &[]).await), ["pm_link", "pm_card"]);
    assert_eq!(ids(&api.get("/v1/payment_methods", &[("type", "custom")]).await), ["pm_custom"]);
}

#[tokio::test]
async fn a_deleted_customer_keeps_no_methods() {
    let api = start().await;
    let customer = id(&api.post("/v1/customers", &[("source", "tok_visa")]).await);
    let method = api.post("/v1/payment_methods/pm_card_visa/attach", &[("customer", &customer)]).await;
    let path = format!("/v1/customers/{customer}");
    let one = api.get(&format!("{path}/payment_methods/{}", id(&method)), &[]).await;
    assert_eq!(one, method);
    let card = id(&api.get(&format!("{path}/sources"), &[]).await["data"][0]);
    api.delete(&path).await;
    assert!(api.sandbox.get(&card).is_none());
    assert_eq!(api.get(&format!("/v1/payment_methods/{}", id(&method)), &[]).await["customer"], Value::Null);
    let (status, _) = api.refused(Method::GET, &format!("{path}/sources"), &[]).await;
    assert_eq!(status, 404);
}
