use super::*;
use crate::api::types::FailureKind;
use alloc::vec;

fn shown(text: &str) -> String {
    parse(text).unwrap_or_else(|failure| panic!("{text}: {}", failure.message)).to_string()
}

#[test]
fn every_condition_is_read_and_shown() {
    for (text, expected) in [
        ("Email = 'jenny''s@example.com'", "Email = 'jenny''s@example.com'"),
        ("[Odd Name] >= -1.5e3 and Metadata.a-b=true", "[Odd Name] >= -1.5e3 AND Metadata.a-b = TRUE"),
        ("a!=1 And b<>2 aNd c<3 AND d<=4 AND e>5", "a <> 1 AND b <> 2 AND c < 3 AND d <= 4 AND e > 5"),
        ("a in (1,'x',null,FALSE) or a not in(2)", "a IN (1, 'x', NULL, FALSE) OR a NOT IN (2)"),
        ("a between 1 and 2 and b = 3", "a BETWEEN 1 AND 2 AND b = 3"),
        ("a not between '1' and '2'", "a NOT BETWEEN '1' AND '2'"),
        ("a like '50!%' escape '!'", "a LIKE '50!%' ESCAPE '!'"),
        (
            "a not like '_%' AND b contains 'x' AND c NOT CONTAINS 1",
            "a NOT LIKE '_%' AND b CONTAINS 'x' AND c NOT CONTAINS 1",
        ),
        ("a is null or b IS NOT NULL", "a IS NULL OR b IS NOT NULL"),
        ("Émail = 'x'", "[Émail] = 'x'"),
        ("", ""),
        (" \n ", ""),
    ] {
        assert_eq!(shown(text), expected);
        assert_eq!(shown(expected), expected);
    }
}

#[test]
fn and_binds_before_or_and_not_before_both() {
    for (text, expected) in [
        ("a = 1 OR b = 2 AND c = 3", "a = 1 OR (b = 2 AND c = 3)"),
        ("(a = 1 OR b = 2) AND c = 3", "(a = 1 OR b = 2) AND c = 3"),
        ("NOT a = 1 AND b = 2", "a <> 1 AND b = 2"),
        ("NOT (a = 1 AND b < 2)", "a <> 1 OR b >= 2"),
        ("NOT (a <= 1 OR NOT (b > 2 AND c >= 3))", "a > 1 AND b > 2 AND c >= 3"),
        ("NOT NOT a IS NULL AND NOT b LIKE 'x'", "a IS NULL AND b NOT LIKE 'x'"),
        ("((a = 1)) AND (b = 2 AND (c = 3 AND d = 4))", "a = 1 AND b = 2 AND c = 3 AND d = 4"),
        ("NOT (a NOT IN (1) OR b IS NOT NULL)", "a IN (1) AND b IS NULL"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, place) in [
        ("Email", "ends where one of ="),
        ("Email = ", "ends where a value"),
        ("Email = jenny", "character 9: expected a value"),
        ("= 'x'", "character 1: expected a column"),
        ("Email = 'x' Name = 'y'", "character 13: expected AND, OR or the end, found `Name`"),
        ("Email = 'x", "character 9: cannot read `'x`"),
        ("Émail = 'x' ;", "character 13"),
        ("(a = 1", "ends where AND, OR or ) is expected"),
        ("a = 1)", "character 6: expected AND, OR or the end, found `)`"),
        ("a IN 1", "character 6: expected ( and values"),
        ("a IN ()", "character 7: expected a value"),
        ("a IN (1 2)", "character 9: expected , or )"),
        ("a NOT = 1", "character 7: expected IN, BETWEEN, LIKE or CONTAINS, found `=`"),
        ("a BETWEEN 1 OR 2", "character 13: expected AND between"),
        ("a LIKE 5", "character 8: expected a pattern"),
        ("a LIKE 'x' ESCAPE 'ab'", "character 19: ESCAPE takes one character"),
        ("a IS 1", "character 6: expected NULL"),
        ("a = b", "character 5: expected a value"),
        ("'a' = b", "character 1: expected a column"),
        ("a = \"x\"", "character 5: cannot read `\"x\"`; a text stands in single quotes"),
        ("AND = 1", "character 1: expected a column"),
        ("a = 1 AND", "ends where a column"),
        ("NOT", "ends where a column"),
    ] {
        let failure = parse(text).unwrap_err();
        assert_eq!(
            (failure.kind, failure.param.as_deref()),
            (FailureKind::InvalidInput, Some("filter")),
            "{text}"
        );
        assert!(failure.message.contains(place), "{text}: {}", failure.message);
    }
}

#[test]
fn hostile_texts_are_refused_within_limits() {
    let long = |length| format!("a = '{}'", "x".repeat(length));
    assert!(parse(&long(65_000)).is_ok());
    assert!(parse(&long(70_000)).is_err());
    let nested = |depth: usize| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(64)).is_ok());
    for text in
        [nested(65), nested(20_000), "(".repeat(65_000), "NOT ".repeat(16_000), "NOT (".repeat(10_000)]
    {
        assert!(parse(&text).is_err());
    }
    let chain = |count, joined: &str| vec!["a = 1"; count].join(joined);
    for joined in [" AND ", " OR "] {
        assert!(parse(&chain(1_000, joined)).is_ok());
        assert!(parse(&chain(1_001, joined)).unwrap_err().message.contains("1000"));
    }
    let long = vec!["NOT (a NOT LIKE 'x' ESCAPE '!')"; 1_000].join(" AND ");
    assert!(parse(&long).is_ok());
    let values = |count| format!("a IN ({})", vec!["1"; count].join(","));
    assert!(parse(&values(1_000)).is_ok() && parse(&values(1_001)).is_err());
    // A filter that no parentheses delay is read to its end however NOT and they alternate.
    assert_eq!(shown(&format!("{}a = 1{}", "NOT (".repeat(63), ")".repeat(63))), "a <> 1");
}

#[test]
fn three_values_of_truth() {
    let (yes, no, unknown) = (Some(true), Some(false), None);
    let values = [yes, no, unknown];
    let holds = |expr: Expr<Option<bool>>| expr.holds(&mut |truth: &Option<bool>| *truth);
    for a in values {
        for b in values {
            let parts = vec![Expr::Test(a), Expr::Test(b)];
            let and = if a == no || b == no { no } else { a.and(b) };
            let or = if a == yes || b == yes {
                yes
            } else if a == unknown {
                unknown
            } else {
                b
            };
            assert_eq!(holds(Expr::All(parts.clone())), and, "{a:?} AND {b:?}");
            assert_eq!(holds(Expr::Any(parts)), or, "{a:?} OR {b:?}");
        }
    }
    assert_eq!(holds(Expr::All(Vec::new())), yes);
}
