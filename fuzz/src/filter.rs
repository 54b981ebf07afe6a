//! The filter language. The input is an entity's name in the first line, an object in the last one, and a filter between.

use crate::{assert_refused, entity, split_line};
use stripe_connector_native::api::types::FailureKind;
use stripe_connector_native::catalog::Entity;
use stripe_connector_native::check::Check;
use stripe_connector_native::failure::Failed;
use stripe_connector_native::filter::{Condition, Expr, Test, parse};
use stripe_connector_native::form::check_id;
use stripe_connector_native::json::Members;
use stripe_connector_native::plan::{Plan, Setting};

/// The contract's limits on a filter.
const MAX_TERMS: usize = 1_000;
const MAX_DEPTH: usize = 64;

/// What is read keeps the limits and can be read again as it is shown; what it says of an object is the contrary of what its
/// NOT says, and whichever way it is planned, an object comes once if it is meant and else not at all.
pub fn filter(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (name, rest) = split_line(input);
    let (filter, object) = rest.rsplit_once('\n').unwrap_or((rest, "{}"));
    let expr = match parse(filter) {
        Ok(expr) => expr,
        Err(failure) => {
            assert_refused(&failure, &[FailureKind::InvalidInput]);
            assert_eq!(failure.param.as_deref(), Some("filter"));
            return;
        }
    };
    // Each parenthesis can hold a chain of OR around chains of AND.
    assert!(depth(&expr) <= 2 * (MAX_DEPTH + 1), "{filter}");
    assert!(terms(&expr) <= MAX_TERMS, "{filter}");
    assert!(is_flat(&expr), "{expr:?}");

    let entity = entity(name);
    let object = Members::parse(object).unwrap_or_default();
    let checks = match checks(entity, &expr) {
        Ok(checks) => checks,
        Err(failure) => return assert_refused(&failure, &[FailureKind::InvalidInput]),
    };
    let truth = holds(&checks, &object);
    assert_shown(&expr);
    // Stripe's word alone is no truth of the object's.
    if has_columns(&checks) {
        assert_negated(entity, filter, &expr, &object, truth);
        assert_planned(entity, filter, &object, truth);
    }
}

fn checks(entity: &Entity, expr: &Expr<Test>) -> Result<Expr<Check>, Failed> {
    expr.clone().map(&mut |test| Check::of(entity, test, &[]))
}

fn holds(checks: &Expr<Check>, object: &Members) -> Option<bool> {
    checks.holds(&mut |check| check.holds(object))
}

fn parts<T>(expr: &Expr<T>) -> &[Expr<T>] {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts,
        Expr::Test(_) => &[],
    }
}

fn depth<T>(expr: &Expr<T>) -> usize {
    match expr {
        Expr::Test(_) => 0,
        _ => 1 + parts(expr).iter().map(depth).max().unwrap_or_default(),
    }
}

fn terms(expr: &Expr<Test>) -> usize {
    match expr {
        Expr::Test(Test { condition: Condition::In(values), .. }) => values.len(),
        Expr::Test(_) => 1,
        _ => parts(expr).iter().map(terms).sum(),
    }
}

/// Neither chain stands directly in one of its own.
fn is_flat<T>(expr: &Expr<T>) -> bool {
    let is_own =
        |part: &Expr<T>| matches!((expr, part), (Expr::All(_), Expr::All(_)) | (Expr::Any(_), Expr::Any(_)));
    parts(expr).iter().all(|part| !is_own(part) && is_flat(part))
}

fn has_columns(checks: &Expr<Check>) -> bool {
    match checks {
        Expr::Test(check) => check.column.is_some(),
        _ => parts(checks).iter().all(has_columns),
    }
}

/// What only a text that is longer or deeper than the one it is made of can be refused for.
fn is_over_a_limit(failure: &Failed) -> bool {
    ["nested over", "64 KiB"].iter().any(|limit| failure.message.contains(limit))
}

fn assert_shown(expr: &Expr<Test>) {
    let shown = expr.to_string();
    let placeless = |expr: Expr<Test>| expr.map(&mut |test| Ok::<_, ()>(Test { at: 0, ..test }));
    match parse(&shown) {
        Ok(again) => assert_eq!(placeless(again), placeless(expr.clone()), "{shown}"),
        Err(failure) => assert!(is_over_a_limit(&failure), "{shown}: {failure:?}"),
    }
}

fn assert_negated(entity: &Entity, filter: &str, expr: &Expr<Test>, object: &Members, truth: Option<bool>) {
    if *expr == Expr::All(Vec::new()) {
        return;
    }
    match parse(&format!("NOT ({filter})")) {
        Ok(negated) => {
            let negated = checks(entity, &negated).expect("what is checked can be negated");
            assert_eq!(holds(&negated, object), truth.map(|truth| !truth), "{filter}");
        }
        Err(failure) => assert!(is_over_a_limit(&failure), "{filter}: {failure:?}"),
    }
}

fn assert_planned(entity: &'static Entity, filter: &str, object: &Members, truth: Option<bool>) {
    let parents: Vec<(String, String)> =
        entity.parents.iter().map(|parent| (parent.to_string(), "x_1".to_owned())).collect();
    let is_listed = object.text("id").is_none_or(|id| check_id("Id", &id).is_ok());
    for (pushdown, search) in [(false, false), (true, false), (true, true)] {
        let setting = Setting { parents: &parents, parameters: &Vec::new(), expand: &[], pushdown, search };
        match Plan::of(entity, Some(filter), setting) {
            // A condition on a parent went into the path.
            Ok(plan) if parents.is_empty() && is_listed => {
                let sources = (0..plan.sources.len()).filter(|source| plan.admits(*source, true, object));
                assert_eq!(sources.count(), usize::from(truth == Some(true)), "{pushdown} {search} {filter}");
            }
            Ok(_) => {}
            Err(failure) => assert_refused(&failure, &[FailureKind::InvalidInput, FailureKind::Unsupported]),
        }
    }
}
