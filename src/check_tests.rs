use super::*;
use crate::api::types::FailureKind;
use crate::catalog::entity;
use crate::filter::{self, Expr};
use alloc::borrow::ToOwned;

fn check(name: &str, filter: &str) -> Result<Check, Failed> {
    match filter::parse(filter).unwrap() {
        Expr::Test(test) => {
            Check::of(entity(name).unwrap(), test, &["latest_charge.balance_transaction".to_owned()])
        }
        _ => panic!("one condition: {filter}"),
    }
}

fn holds(name: &str, filter: &str, object: &str) -> Option<bool> {
    check(name, filter).unwrap_or_else(|f| panic!("{}", f.message)).holds(&Members::parse(object).unwrap())
}

const CUSTOMER: &str = r#"{"id": "cus_1", "name": "Jenny", "balance": -5, "delinquent": false, "created": 100,
    "phone": null, "metadata": {"plan": "gold", "day": "2026-01-01", "empty": ""}, "address": {"city": "R\u00f6m"},
    "preferred_locales": ["de", "en-GB"], "shipping": {"name": "a%b"}, "discount": null, "description": ""}"#;

#[test]
fn values_are_compared_by_their_types() {
    let (yes, no, unknown) = (Some(true), Some(false), None);
    for (filter, expected) in [
        ("Name = 'Jenny'", yes),
        ("Name = 'jenny'", no),
        ("Name <> 'jenny'", yes),
        ("Name > 'Jenn'", yes),
        ("Name < 'a'", yes),
        ("Name = NULL", unknown),
        ("Description = ''", yes),
        ("Phone = 'x'", unknown),
        ("Phone <> 'x'", unknown),
        ("Email = 'x'", unknown),
        ("Balance = -5", yes),
        ("Balance = -5.0", yes),
        ("Balance < -4.99", yes),
        ("Balance > -0.5e1", no),
        ("Balance BETWEEN -5 AND 0", yes),
        ("Balance BETWEEN NULL AND -6", no),
        ("Balance NOT BETWEEN NULL AND 0", unknown),
        ("Balance IN (1, -5)", yes),
        ("Balance IN (1, NULL)", unknown),
        ("Balance NOT IN (1, 2)", yes),
        ("Balance NOT IN (1, NULL)", unknown),
        ("Balance NOT IN (-5, NULL)", no),
        ("Delinquent = FALSE", yes),
        ("Delinquent <> FALSE", no),
        ("Delinquent IN (TRUE)", no),
        ("Created = 100", yes),
        ("Created = '1970-01-01T00:01:40Z'", yes),
        ("Created > '1970-01-01T00:01:39.999Z'", yes),
        ("Created <= '1970-01-01T02:01:40+02:00'", yes),
        ("Created < '1970-01-02'", yes),
        ("Created > '1970-01-02'", no),
        ("Metadata.plan = 'gold'", yes),
        ("Metadata.none = 'gold'", unknown),
        ("Metadata.plan IN ('tin', 'gold')", yes),
        ("AddressCity = 'Röm'", yes),
        ("Address.City LIKE 'R_m'", yes),
        ("AddressCountry IS NULL", yes),
    ] {
        assert_eq!(holds("Customer", filter, CUSTOMER), expected, "{filter}");
    }
}

#[test]
fn nothing_is_told_from_something_for_every_column() {
    for (filter, expected) in [
        ("Phone IS NULL", true),
        ("Email IS NULL", true),
        ("Name IS NOT NULL", true),
        ("Address IS NULL", false),
        ("Discount IS NULL", true),
        ("Metadata IS NULL", false),
        ("Metadata.empty IS NOT NULL", true),
        ("PreferredLocales IS NOT NULL", true),
    ] {
        assert_eq!(holds("Customer", filter, CUSTOMER), Some(expected), "{filter}");
    }
}

#[test]
fn patterns() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("%", "", true),
        ("_", "", false),
        ("a%", "abc", true),
        ("%c", "abc", true),
        ("%b%", "abc", true),
        ("%b", "abc", false),
        ("a_c", "aéc", true),
        ("%a%a%b", "aaaaac", false),
        ("%ab%ab", "abxabab", true),
        ("a%%_", "ab", true),
        ("A%", "abc", false),
        ("100!%", "100%", true),
        ("100!%", "1000", false),
        ("!_!!", "_!", true),
        ("[a-z]*.", "[a-z]*.", true),
    ] {
        let pieces = pieces(pattern, Some('!')).unwrap();
        assert_eq!(is_like(&pieces, text), expected, "{text} LIKE {pattern}");
    }
    assert!(pieces("a!", Some('!')).is_none() && pieces("a!", None).is_some());
    let hostile = pieces(&"%a".repeat(1_000), None).unwrap();
    assert!(!is_like(&hostile, &"a".repeat(900)));
    assert_eq!(holds("Customer", "ShippingName LIKE '%\\%%' ESCAPE '\\'", CUSTOMER), Some(true));
    assert_eq!(holds("Customer", "Name NOT LIKE 'J%'", CUSTOMER), Some(false));
    assert_eq!(holds("Customer", "Phone NOT LIKE 'J%'", CUSTOMER), None);
}

#[test]
fn texts_and_arrays_contain() {
    for (filter, expected) in [
        ("Name CONTAINS 'enn'", Some(true)),
        ("Name CONTAINS 'ENN'", Some(false)),
        ("Name NOT CONTAINS 'x'", Some(true)),
        ("PreferredLocales CONTAINS 'de'", Some(true)),
        ("PreferredLocales CONTAINS 'en'", Some(false)),
        ("Phone CONTAINS 'x'", None),
        ("Name CONTAINS NULL", None),
    ] {
        assert_eq!(holds("Customer", filter, CUSTOMER), expected, "{filter}");
    }
}

#[test]
fn references_are_compared_by_id_whole_or_not() {
    for object in [r#"{"latest_charge": "ch_1"}"#, r#"{"latest_charge": {"id": "ch_1", "amount": 5}}"#] {
        assert_eq!(holds("PaymentIntent", "LatestCharge = 'ch_1'", object), Some(true), "{object}");
    }
    let discounts = r#"{"discounts": ["di_1", {"id": "di_2"}]}"#;
    assert_eq!(holds("Invoice", "Discounts CONTAINS 'di_1'", discounts), Some(true));
    assert_eq!(holds("Invoice", "Discounts CONTAINS 'di_2'", discounts), Some(true));
    let whole = r#"{"latest_charge": {"id": "ch_1", "amount": 5, "created": 7, "metadata": {"planName": "gold"},
        "balance_transaction": {"id": "txn_1", "created": 1800000000}}}"#;
    assert_eq!(holds("PaymentIntent", "LatestCharge.Metadata.planName = 'gold'", whole), Some(true));
    for name in ["LatestCharge.BalanceTransaction.Created", "LatestChargeBalanceTransactionCreated"] {
        assert_eq!(holds("PaymentIntent", &format!("{name} >= '2027-01-01'"), whole), Some(true), "{name}");
    }
    let event = r#"{"data": {"object": {"id": "cus_1"}}}"#;
    assert_eq!(holds("Event", "Data.Object.id = 'cus_1'", event), Some(true));
    assert_eq!(holds("PaymentIntent", "LatestCharge.Amount = 5", whole), Some(true));
    assert_eq!(holds("PaymentIntent", "LatestChargeCreated < '1970-01-02'", whole), Some(true));
    assert_eq!(holds("PaymentIntent", "LatestCharge.Amount = 5", r#"{"latest_charge": null}"#), None);
    let lines = |more: bool| format!(r#"{{"lines": {{"object": "list", "data": [], "has_more": {more}}}}}"#);
    assert_eq!(holds("Invoice", "LinesHasMore = TRUE", &lines(true)), Some(true));
    assert_eq!(holds("Invoice", "LinesHasMore IS NULL", &lines(false)), Some(true));
}

#[test]
fn decimals_in_texts_are_numbers() {
    let price = r#"{"unit_amount_decimal": "0.50"}"#;
    for (filter, expected) in [
        ("UnitAmountDecimal = 0.5", Some(true)),
        ("UnitAmountDecimal < 0.500000000000000000001", Some(true)),
        ("UnitAmountDecimal > 9", Some(false)),
    ] {
        assert_eq!(holds("Price", filter, price), expected, "{filter}");
    }
}

#[test]
fn comparisons_that_make_no_sense_are_refused() {
    for (filter, param, why) in [
        ("Emial = 'x'", "Emial", "did you mean `Email`?"),
        ("Name = 5", "Name", "a text in single quotes, not 5"),
        ("Name IN ('a', TRUE)", "Name", "not TRUE"),
        ("Balance = 'x'", "Balance", "a number, not 'x'"),
        ("Livemode = 'x'", "Livemode", "TRUE or FALSE"),
        ("Livemode > FALSE", "Livemode", "neither is the greater"),
        ("Livemode BETWEEN FALSE AND TRUE", "Livemode", "neither is the greater"),
        ("Metadata. = 'x'", "Metadata.", "no column"),
        ("Created > 'soon'", "Created", "RFC 3339"),
        ("Created > 1.5", "Created", "RFC 3339"),
        ("Created LIKE '2026%'", "Created", "LIKE compares texts"),
        ("Balance CONTAINS 5", "Balance", "CONTAINS looks into texts and arrays"),
        ("Metadata = 'x'", "Metadata", "such as Metadata.key"),
        ("Address = 'x'", "Address", "a single value inside it"),
        ("PreferredLocales = 'de'", "PreferredLocales", "CONTAINS finds one"),
        ("PreferredLocales CONTAINS 5", "PreferredLocales", "not 5"),
        ("Name LIKE 'a!' ESCAPE '!'", "Name", "ends with its escape"),
    ] {
        let failure = check("Customer", filter).map(|_| ()).unwrap_err();
        assert_eq!(
            (failure.kind, failure.param.as_deref()),
            (FailureKind::InvalidInput, Some(param)),
            "{filter}"
        );
        assert!(
            failure.message.starts_with("filter, character 1: ") && failure.message.contains(why),
            "{}",
            failure.message
        );
    }
}
