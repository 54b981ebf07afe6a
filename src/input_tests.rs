use super::*;
use crate::catalog::{action, documented, entity};
use crate::form;

fn schema(target: &str, parameters: Object) -> Schema<'_> {
    Schema { target, parameters, aliases: &[], required: &[], unknown_word: &|_, _| {} }
}

fn create(name: &str, text: &str) -> Result<String, Failed> {
    let entity = entity(name).unwrap();
    let schema = schema(entity.name, entity.create.unwrap());
    let parameters = decode(&schema, &members("fields", text)?)?;
    check_required(&schema, &parameters)?;
    let pairs = form::pairs(&parameters)?;
    Ok(pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
}

#[test]
fn the_documented_payment_intent() {
    assert_eq!(
        create("PaymentIntent", r#"{"PaymentMethod": "pm_1", "Currency": "usd", "Amount": 1500.0}"#).unwrap(),
        "payment_method=pm_1&currency=usd&amount=1500"
    );
}

#[test]
fn every_spelling_of_a_name() {
    for name in ["AddressPostalCode", "address_postal_code", "Address.PostalCode", "address.postal_code"] {
        assert_eq!(create("Customer", &format!(r#"{{"{name}": "1"}}"#)).unwrap(), "address[postal_code]=1");
    }
    for text in [
        r#"{"Shipping": {"Address": {"City": "Rome"}, "Name": "J"}}"#,
        r#"{"ShippingAddressCity": "Rome", "ShippingName": "J"}"#,
        r#"{"Shipping.AddressCity": "Rome", "shipping.name": "J"}"#,
        r#"{"shipping": {"AddressCity": "Rome"}, "ShippingName": "J"}"#,
    ] {
        assert_eq!(
            create("Customer", text).unwrap(),
            "shipping[address][city]=Rome&shipping[name]=J",
            "{text}"
        );
    }
    assert_eq!(create("Customer", r#"{"Metadata.a.b": "1"}"#).unwrap(), "metadata[a.b]=1");
    assert_eq!(
        create("Customer", r#"{"+new_one": 1, "+a[b]": {"C": true}}"#).unwrap(),
        "new_one=1&a[b][C]=true"
    );
    assert_eq!(
        create("Quote", r#"{"LineItems": [{"Price": "p_1", "quantity": 2}]}"#).unwrap(),
        "line_items[0][price]=p_1&line_items[0][quantity]=2"
    );
    assert_eq!(create("Quote", r#"{"LineItems.0.price": "p_1"}"#).unwrap(), "line_items[0][price]=p_1");
}

#[test]
fn amounts_are_exact_or_refused() {
    for (amount, sent) in
        [("1500", "1500"), ("1500.0", "1500"), ("1.5e3", "1500"), ("\"1500\"", "1500"), ("0", "0")]
    {
        let text = format!(r#"{{"Currency": "jpy", "Amount": {amount}}}"#);
        assert_eq!(
            create("PaymentIntent", &text).unwrap(),
            format!("currency=jpy&amount={sent}"),
            "{amount}"
        );
    }
    for amount in [
        "1500.5", "1e300", "9007199254740993.0", "1500.00000000000000001", "99999999999999999999",
        "\"1500.5\"", "\"15 00\"", "\"\"", "true", "[1]", "NaN",
    ] {
        let text = format!(r#"{{"Currency": "usd", "Amount": {amount}}}"#);
        let failure = create("PaymentIntent", &text).unwrap_err();
        assert!(
            ["Amount", "fields"].contains(&failure.param.as_deref().unwrap()),
            "{amount}: {}",
            failure.message
        );
    }
    let nested = r#"{"Currency": "usd", "Amount": 5, "AmountDetails": {"DiscountAmount": 1.5}}"#;
    assert_eq!(
        create("PaymentIntent", nested).unwrap_err().param.as_deref(),
        Some("AmountDetails.DiscountAmount")
    );
    let percent = r#"{"TransferData": {"amount_percent": 12.5, "destination": "acct_1"}}"#;
    assert!(create("Quote", percent).unwrap().contains("transfer_data[amount_percent]=12.5"));
}

#[test]
fn null_unsets_and_metadata_merges() {
    assert_eq!(create("Customer", r#"{"Name": null}"#).unwrap(), "name=");
    assert_eq!(create("Customer", r#"{"Metadata": null}"#).unwrap(), "metadata=");
    assert_eq!(
        create("Customer", r#"{"Metadata": {"a": null, "b": 1}}"#).unwrap(),
        "metadata[a]=&metadata[b]=1"
    );
    assert_eq!(create("Customer", r#"{"Metadata": {}}"#).unwrap(), "");
    assert_eq!(create("Customer", r#"{"PreferredLocales": []}"#).unwrap(), "preferred_locales=");
    assert_eq!(create("Customer", r#"{"PreferredLocales": ["de"]}"#).unwrap(), "preferred_locales[0]=de");
}

#[test]
fn instants() {
    for value in ["1707196279", "\"2024-02-06T05:11:19Z\"", "\"1707196279\""] {
        let text = format!(r#"{{"ExpiresAt": {value}}}"#);
        assert_eq!(create("Quote", &text).unwrap(), "expires_at=1707196279");
    }
    assert!(create("Quote", r#"{"ExpiresAt": "tomorrow"}"#).is_err());
}

#[test]
fn what_is_wrong_is_named_with_the_nearest_right_name() {
    for (name, text, param, hint) in [
        ("Customer", r#"{"Emial": "x"}"#, "Emial", "did you mean `Email`?"),
        ("Customer", r#"{"Address": {"Citty": "x"}}"#, "Address.Citty", "did you mean `City`?"),
        ("Customer", r#"{"Address.Citty": "x"}"#, "Address.Citty", "did you mean `City`?"),
        ("Customer", r#"{"Xyzzy": "x"}"#, "Xyzzy", "leading `+`"),
        ("Customer", r#"{"Name": 5}"#, "Name", "a text in quotes"),
        ("Customer", r#"{"Address": "x"}"#, "Address", "an object"),
        ("Customer", r#"{"Name.x": "x"}"#, "Name.x", "no further names"),
        ("Customer", r#"{"Metadata": "x"}"#, "Metadata", "an object of keys"),
        ("Customer", r#"{"Metadata": {"a[b]": "x"}}"#, "Metadata.a[b]", "brackets"),
        ("Customer", r#"{"Metadata": {"a": ["x"]}}"#, "Metadata.a", "is a text"),
        ("Customer", r#"{"PreferredLocales": "de"}"#, "PreferredLocales", "an array"),
        ("Customer", r#"{"Name": "a", "name": "b"}"#, "name", "given twice"),
        ("Customer", r#"{"Address": {"City": "a", "city": "b"}}"#, "Address.city", "given twice"),
        ("Customer", r#"{"Metadata": {"a": "1", "a": "2"}}"#, "fields", "`a` is given twice"),
        ("Customer", r#"{"Name": "a", "Name": "b"}"#, "Name", "given twice"),
        ("Customer", r#"{"AddressCity": "a", "Address": {"City": "b"}}"#, "Address", "given twice"),
        ("Customer", r#"{"Name": "a""#, "fields", "cannot be read as JSON"),
        ("Customer", r#"["a"]"#, "fields", "must be a JSON object"),
        ("Customer", "", "fields", "must be a JSON object"),
        ("PaymentIntent", r#"{"Currency": "usd"}"#, "Amount", "PaymentIntent needs `Amount`"),
        ("Customer", r#"{"ShippingPhone": "1"}"#, "Shipping.Address", "Customer needs `Shipping.Address`"),
        (
            "Subscription",
            r#"{"Customer": "cus_1", "AddInvoiceItems": [{"price_data": {"currency": "usd"}}]}"#,
            "AddInvoiceItems[0].PriceData.Product",
            "needs",
        ),
        ("Subscription", r#"{"Items": [{"quantity": 1.5}]}"#, "Items[0].quantity", "whole number"),
        ("Subscription", r#"{"Items.1.quantity": 1}"#, "Items.1.quantity", "in their order"),
        (
            "Subscription",
            r#"{"TrialEnd": "soon", "BillingCycleAnchor": "x"}"#,
            "BillingCycleAnchor",
            "RFC 3339",
        ),
        ("PaymentIntent", r#"{"Currency": "", "Amount": 5}"#, "Currency", "needs `Currency`"),
        (
            "PaymentIntent",
            r#"{"Currency": "usd", "Amount": 5, "Confirm": "yes"}"#,
            "Confirm",
            "true or false",
        ),
    ] {
        let failure = create(name, text).unwrap_err();
        assert_eq!(failure.param.as_deref(), Some(param), "{text}: {}", failure.message);
        assert!(failure.message.contains(hint), "{text}: {}", failure.message);
    }
}

#[test]
fn stripes_limits_on_metadata() {
    let long_key = format!(r#"{{"Metadata": {{"{}": "x"}}}}"#, "k".repeat(41));
    let long_value = format!(r#"{{"Metadata": {{"k": "{}"}}}}"#, "x".repeat(501));
    let many: Vec<String> = (0..51).map(|n| format!(r#""{n}": "x""#)).collect();
    let many = format!(r#"{{"Metadata": {{{}}}}}"#, many.join(","));
    for text in [long_key, long_value, many] {
        assert!(create("Customer", &text).is_err());
    }
}

#[test]
fn aliases_are_documented_names() {
    let action = action("AttachPaymentMethodToCustomer").unwrap();
    let documented = documented::of_action(action.name).unwrap();
    let (aliases, required) = (documented.aliases, documented.required);
    let schema = Schema { aliases, required, ..schema(action.name, action.parameters) };
    let input = members("parameters", r#"{"CustomerId": "cus_1"}"#).unwrap();
    assert_eq!(decode(&schema, &input).unwrap(), [("customer".to_string(), Json::from("cus_1"))]);
    let missing = check_required(&schema, &Input::new()).unwrap_err();
    assert_eq!(missing.param.as_deref(), Some("CustomerId"));
}

#[test]
fn several_types() {
    for (trial, sent) in [("\"now\"", "now"), ("\"2026-01-01\"", "1767225600"), ("1767225600", "1767225600")]
    {
        let text = format!(r#"{{"Customer": "cus_1", "TrialEnd": {trial}}}"#);
        assert_eq!(create("Subscription", &text).unwrap(), format!("customer=cus_1&trial_end={sent}"));
    }
    for (off_session, sent) in [("true", "true"), ("\"one_off\"", "one_off")] {
        let text =
            format!(r#"{{"Currency": "usd", "Amount": 5, "Confirm": true, "OffSession": {off_session}}}"#);
        assert!(create("PaymentIntent", &text).unwrap().ends_with(&format!("off_session={sent}")));
    }
    for unset in [r#"{"Address": null, "Metadata": null}"#, r#"{"Address": "", "Metadata": ""}"#] {
        assert_eq!(create("Customer", unset).unwrap(), "address=&metadata=");
    }
    let options = r#"{"Currency": "usd", "Product": "prod_1", "CurrencyOptions.eur.UnitAmount": 5}"#;
    assert!(create("Price", options).unwrap().ends_with("currency_options[eur][unit_amount]=5"));
    // What can be unset is given by unsetting it, also where it is required.
    let input = members("fields", r#"{"FraudDetails": {"UserReport": ""}, "Metadata": {"a": ""}}"#).unwrap();
    let charge = schema("Charge", entity("Charge").unwrap().update.unwrap());
    let pairs = form::pairs(&decode(&charge, &input).unwrap()).unwrap();
    assert_eq!(pairs[0], ("fraud_details[user_report]".to_string(), String::new()));
}

#[test]
fn deeply_nested_json_is_refused() {
    let deep = format!(r#"{{"+x": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(create("Customer", &deep).is_err());
}

#[test]
fn what_is_not_an_amount_may_be_named_like_one() {
    let open = r#"{"Currency": "usd", "Amount": 5, "+mandate_options":
        {"amount_type": "maximum", "fixed_amount": {"amount": 5}}}"#;
    let sent = create("PaymentIntent", open).unwrap();
    assert!(sent.contains("[amount_type]=maximum") && sent.contains("[fixed_amount][amount]=5"), "{sent}");
}

#[test]
fn decimals_keep_their_digits() {
    let decimal = "0.12345678901234567891";
    for given in [decimal.to_string(), format!("\"{decimal}\"")] {
        let typed = format!(
            r#"{{"LineItems": [{{"price_data": {{"currency": "usd", "product": "prod_1",
                "recurring": {{"interval": "month"}}, "unit_amount_decimal": {given}}}}}]}}"#
        );
        assert!(create("Quote", &typed).unwrap().ends_with(decimal));
        assert!(create("Quote", &format!(r#"{{"+x": {decimal}}}"#)).unwrap().ends_with(decimal));
    }
    assert_eq!(create("Customer", r#"{"Metadata": {"n": 1.10}}"#).unwrap(), "metadata[n]=1.10");
}

#[test]
fn other_spellings_go_around_no_check() {
    let long = "k".repeat(45);
    for text in [
        format!(r#"{{"Metadata.{long}": "x"}}"#),
        r#"{"Metadata.k": {"a": 1}}"#.to_string(),
        r#"{"Metadata": null, "Metadata.plan": "x"}"#.to_string(),
        r#"{"Address": null, "AddressCity": "x"}"#.to_string(),
        r#"{"+expand": ["x"]}"#.to_string(),
        r#"{"+Amount": 1.5}"#.to_string(),
        r#"{"+x": {"unit_amount": "1500.5"}}"#.to_string(),
        r#"{"Balance": 1e-400}"#.to_string(),
        r#"{"TaxIdData": [{"Type": "eu_vat", "Value": "x"}], "+x": [{"metadata": {"a": [1]}}]}"#.to_string(),
    ] {
        assert!(create("Customer", &text).is_err(), "{text}");
    }
    assert_eq!(create("Customer", r#"{"Balance": -0}"#).unwrap(), "balance=0");
}

#[test]
fn what_would_not_fit_is_refused() {
    let keys: Vec<String> = (0..20_000).map(|n| format!(r#""+k{n}": 1"#)).collect();
    let inner: Vec<String> = (0..20_000).map(|n| format!(r#""k{n}": 1"#)).collect();
    assert!(create("Customer", &format!("{{{}}}", keys.join(","))).is_err());
    assert!(create("Customer", &format!(r#"{{"+x": {{{}}}}}"#, inner.join(","))).is_err());
    let items = alloc::vec!["1"; 20_000].join(",");
    let many = format!(r#"{{"+x": [{items}]}}"#);
    let long = format!(r#"{{"+{}": 1}}"#, "x".repeat(100_000));
    let large = format!(r#"{{"Name": "{}"}}"#, "x".repeat(2_000_000));
    for text in [many, long, large] {
        assert!(create("Customer", &text).is_err());
    }
}
