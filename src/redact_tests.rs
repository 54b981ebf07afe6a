use super::*;

#[test]
fn cards_are_found_wherever_they_stand() {
    for (given, clean) in [
        ("4242424242424242", "[redacted]"),
        ("card 4242 4242 4242 4242, please", "card [redacted], please"),
        ("4242-4242-4242-4242.", "[redacted]."),
        ("378282246310005", "[redacted]"),
        ("x=4242424242424242&y", "x=[redacted]&y"),
        // Whatever digits stand beside it.
        ("card 4242424242424242 12/30 cvc 123", "card [redacted] 12/30 cvc 123"),
        ("4242424242424242-12-30", "[redacted]-12-30"),
        ("4242 4242 4242 4242 2030", "[redacted] 2030"),
        ("2031 4242 4242 4242 4242", "2031 [redacted]"),
        ("4242424242424242 5555555555554444", "[redacted] [redacted]"),
        ("order-4242424242424242", "order-[redacted]"),
        ("2031-4242424242424242-x", "2031-[redacted]-x"),
        // Not by the check digit, part of a word, too long: none of these is a card's.
        ("4242424242424241", "4242424242424241"),
        ("ch_4242424242424242", "ch_4242424242424242"),
        ("4242424242424242a", "4242424242424242a"),
        ("42424242424242424242", "42424242424242424242"),
        ("1767225600", "1767225600"),
        ("+447911123456", "+447911123456"),
    ] {
        assert_eq!(ANYBODYS.text(given), clean);
    }
}

#[test]
fn what_looks_like_a_secret_is_hidden() {
    for (given, clean) in [
        ("no Bearer t0k.en+/= here", "no Bearer [redacted] here"),
        ("at https://user:pass@proxy:1/x, https://a.b/@c", "at https://[redacted]@proxy:1/x, https://a.b/@c"),
        ("(whsec_1) and rk_2.", "([redacted]) and [redacted]."),
        ("?client_secret=pi_1_secret_2&a", "?client_secret=[redacted]&a"),
        ("shared_secret_invalid", "[redacted]"),
        ("", ""),
    ] {
        assert_eq!(ANYBODYS.text(given), clean);
    }
    assert_eq!(ANYBODYS.code("shared_secret_invalid"), "shared_secret_invalid");
    assert_eq!(ANYBODYS.line("a\nERROR forged"), "a ERROR forged");
    assert_eq!(
        ANYBODYS.path("/v1/customers/x%2Fwhsec_1/%204242424242424242/a%20b"),
        "/v1/customers/x%2F%5Bredacted%5D/%20%5Bredacted%5D/a%20b"
    );
}

#[test]
fn what_a_name_says_is_secret_is_hidden() {
    let clean = ANYBODYS.json(
        r#"{"client_secret": "x1", "a": [{"secret": 5, "cvc": "123", "number": "4242424242424241", "b_secret": null}],
            "number": "ABC-0001", "account_number": "000123456789", "next": {"url": "https://x/?s=seti_1_secret_2"},
            "identity": {"id_numbers": [{"value": "x3"}]}, "sk_live_x4": 1, "wifi": {"password": "x5"},
            "authorization": "iauth_1", "b": 4242424242424242, "c": 1767225600}"#,
    );
    for hidden in ["x1", "123\"", "4242", "000123456789", "_secret_2", "x3", "x4", "x5"] {
        assert!(!clean.contains(hidden), "{hidden}: {clean}");
    }
    for shown in ["ABC-0001", r#""b_secret":null"#, "iauth_1", "1767225600"] {
        assert!(clean.contains(shown), "{clean}");
    }
}

#[test]
fn forms_keep_their_names_and_lose_their_secrets() {
    let form = |name: &str, value: &str| ANYBODYS.form(&[(name.to_string(), value.to_string())]);
    for (name, value) in [
        ("card[number]", "4242424242424241"),
        ("external_account[account_number]", "000123456789"),
        ("metadata[client_secret]", "x1"),
        ("iban[0]", "DE1"),
        ("client_secret[a]", "x1"),
        ("description", "sk_test_filler"),
    ] {
        let clean = form(name, value);
        assert!(clean.ends_with("=%5Bredacted%5D"), "{clean}");
    }
    assert_eq!(form("metadata[sk_live_1]", "x"), "metadata%5B%5Bredacted%5D%5D=x");
    assert_eq!(form("card[exp_year]", "2030"), "card%5Bexp_year%5D=2030");
    assert_eq!(form("cvc", ""), "cvc=");
}

#[test]
fn the_connections_own_secret_is_found_whatever_it_looks_like() {
    let own = Redaction::of("t0k\"en.x");
    assert_eq!(own.text("it is t0k\"en.x, t0k\"en.x!"), "it is [redacted], [redacted]!");
    assert_eq!(own.json(r#"{"a": "t0k\"en.x"}"#), r#"{"a":"[redacted]"}"#);
    assert_eq!(own.form(&[("a".to_string(), "t0k\"en.x".to_string())]), "a=%5Bredacted%5D");
    assert_eq!(own.header("set-cookie", "a=b"), "[redacted]");
    // What is JSON is shown without its secrets too, though it is no error.
    assert_eq!(own.sample(br#"{"a": {"client_secret": "x"}}"#), r#"{"a":{"client_secret":"[redacted]"}}"#);
    // Also where what is shown would end within it.
    let body = format!("{}t0k\"en.x and more", "a".repeat(117));
    let sample = own.sample(body.as_bytes());
    assert!(sample.ends_with('[') || sample.ends_with("[r") || sample.ends_with("[re"), "{sample}");
}
