//! Random sequences of operations never bring an object into a state that Stripe does not have, nor
//! from one state into another that Stripe does not allow, and money is never made or lost.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::Value;

use crate::conform::violations;
use crate::property_table::{INVOICES, Operation, PAYMENTS, SUBSCRIPTIONS, transitions};
use crate::walk_tests::Direct;

/// Where an id of an operation comes from: one of the objects of a kind, chosen by number.
#[derive(Debug, Clone)]
struct Step {
    operation: usize,
    chosen: [Index; 3],
    amount: u16,
}

fn steps(operations: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..operations, any::<[Index; 3]>(), 1..20_000_u16)
        .prop_map(|(operation, chosen, amount)| Step { operation, chosen, amount });
    proptest::collection::vec(step, 1..60)
}

/// Fills a template; None where there is no object yet that it could name.
fn fill(template: &str, step: &Step, ids: &HashMap<String, Vec<String>>) -> Option<String> {
    let mut filled = template.replace("{amount}", &step.amount.to_string());
    let mut chosen = step.chosen.iter();
    while let Some(start) = filled.find('{') {
        let end = start + filled[start..].find('}')?;
        let of_kind = ids.get(&filled[start + 1..end])?;
        let id = chosen.next()?.get(of_kind).clone();
        filled.replace_range(start..=end, &id);
    }
    Some(filled)
}

/// By id: the kind, and the status of an object that has one.
type Statuses = HashMap<String, (String, String)>;

fn statuses(stripe: &mut Direct) -> Statuses {
    let objects = stripe.0.platform().store.everything();
    let status = |object: Value| {
        let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        (text("id"), (text("object"), text("status")))
    };
    objects.map(status).collect()
}

/// Where an object that was there takes a step in a request, one that is new may take several, and
/// so may any while time passes.
fn check_states(before: &Statuses, after: &Statuses, time_passed: bool) -> Result<(), TestCaseError> {
    for (id, (kind, status)) in after {
        let table = transitions(kind);
        let old = before.get(id).map_or("*", |(_, status)| status);
        if old == status || table.is_empty() {
            continue;
        }
        let next = |from: &str| {
            table.iter().find(|(known, _)| *known == from).map_or("", |(_, next)| next).split_whitespace()
        };
        let mut reached: Vec<&str> = next(old).collect();
        let mut seen = 0;
        while let Some(from) = reached.get(seen).copied().filter(|_| old == "*" || time_passed) {
            seen += 1;
            for step in next(from) {
                if !reached.contains(&step) {
                    reached.push(step);
                }
            }
        }
        prop_assert!(reached.contains(&status.as_str()), "{kind} {id} went from {old} to {status}");
    }
    Ok(())
}

/// What holds of every object at any time.
fn check_money(object: &Value) -> Result<(), TestCaseError> {
    let amount = |name: &str| object[name].as_i64().unwrap_or(0);
    match object["object"].as_str().unwrap_or_default() {
        "payment_intent" => {
            prop_assert!(amount("amount_received") <= amount("amount"), "{}", object);
            prop_assert!(amount("amount_capturable") <= amount("amount"), "{}", object);
            if object["status"] == "succeeded" {
                prop_assert!(amount("amount_received") > 0 && amount("amount_capturable") == 0, "{}", object);
            }
        }
        "charge" => {
            prop_assert!(amount("amount_captured") <= amount("amount"), "{}", object);
            prop_assert!(amount("amount_refunded") <= amount("amount"), "{}", object);
            // What was released of an authorization that was captured in parts is no refund.
            let captured =
                object["captured"] == true && amount("amount_refunded") == amount("amount_captured");
            let whole = captured || amount("amount_refunded") == amount("amount");
            let refunded = amount("amount_refunded") > 0 && whole;
            prop_assert_eq!(object["refunded"] == true, refunded, "{}", object);
        }
        "invoice" if object["status"] == "paid" => {
            prop_assert_eq!(amount("amount_remaining"), 0, "{}", object)
        }
        "invoice" => {
            prop_assert_eq!(
                amount("amount_remaining"),
                amount("amount_due") - amount("amount_paid"),
                "{}",
                object
            );
        }
        _ => {}
    }
    Ok(())
}

/// Every charge brought in what was captured, every refund took out what it says unless it failed, and
/// the balance is the sum of all transactions.
fn check_ledger(objects: &[Value], balance: &Value) -> Result<(), TestCaseError> {
    let of = |kind: &'static str| objects.iter().filter(move |object| object["object"] == kind);
    let mut moved: HashMap<&str, i64> = HashMap::new();
    for entry in of("balance_transaction") {
        let source = entry["source"].as_str().unwrap_or_default();
        *moved.entry(source).or_default() += entry["amount"].as_i64().unwrap_or(0);
    }
    let moved = |object: &Value| moved.get(object["id"].as_str().unwrap_or_default()).copied().unwrap_or(0);
    for charge in of("charge") {
        prop_assert_eq!(moved(charge), charge["amount_captured"].as_i64().unwrap_or(0), "{}", charge);
    }
    for refund in of("refund") {
        // What was only held never came in, so it does not go out.
        let held = refund["balance_transaction"].is_null();
        let undone = matches!(refund["status"].as_str(), Some("failed" | "canceled"));
        let amount = if held || undone { 0 } else { refund["amount"].as_i64().unwrap_or(0) };
        prop_assert_eq!(moved(refund), -amount, "{}", refund);
    }
    let side = |name: &str| -> i64 {
        let amounts = balance[name].as_array().unwrap().iter();
        amounts.filter_map(|entry| entry["amount"].as_i64()).sum()
    };
    let net: i64 = of("balance_transaction").filter_map(|entry| entry["net"].as_i64()).sum();
    prop_assert_eq!(side("available") + side("pending"), net, "{}", balance);
    Ok(())
}

/// Customers with a card that pays, with one that does not and with none, and prices.
fn furnish(stripe: &mut Direct) -> HashMap<String, Vec<String>> {
    for card in ["pm_card_visa", "pm_card_chargeCustomerFail"] {
        let customer = stripe.post("/v1/customers", "name=A");
        let attach = format!("/v1/payment_methods/{card}/attach");
        let method = stripe.post(&attach, &format!("customer={customer}"));
        let default = format!("invoice_settings[default_payment_method]={method}");
        stripe.post(&format!("/v1/customers/{customer}"), &default);
    }
    stripe.post("/v1/customers", "name=B");
    let product = stripe.post("/v1/products", "name=P");
    let mut price = |more: &str| {
        vec![stripe.post("/v1/prices", &format!("product={product}&currency=usd&unit_amount=1900{more}"))]
    };
    HashMap::from([
        ("once".to_owned(), price("")),
        ("monthly".to_owned(), price("&recurring[interval]=month")),
        ("yearly".to_owned(), price("&recurring[interval]=year")),
    ])
}

/// Takes the steps one by one and judges after each; how many were carried out.
fn walk(operations: &[Operation], steps: &[Step]) -> Result<usize, TestCaseError> {
    let mut stripe = Direct::default();
    let mut now = 1_800_000_000;
    stripe.0.set_clock(Some(now));
    let prices = furnish(&mut stripe);
    let mut before = statuses(&mut stripe);
    let mut done = 0;
    for step in steps {
        let mut ids = prices.clone();
        for (id, (kind, _)) in &before {
            ids.entry(kind.clone()).or_default().push(id.clone());
        }
        ids.values_mut().for_each(|ids| ids.sort());
        let (method, path, form) = operations[step.operation];
        if method == "CLOCK" {
            let days: i64 = path.parse().unwrap();
            now += days * 86_400;
            stripe.0.set_clock(Some(now));
            let after = statuses(&mut stripe);
            check_states(&before, &after, true)?;
            before = after;
            continue;
        }
        let (Some(path), Some(form)) = (fill(path, step, &ids), fill(form, step, &ids)) else {
            continue;
        };
        let (status, body) = stripe.send(method, &path, &form);
        prop_assert!(status < 500, "{method} {path} {form}: {body}");
        done += usize::from(status == 200);
        let after = statuses(&mut stripe);
        check_states(&before, &after, false)?;
        before = after;
    }
    let objects: Vec<Value> = stripe.0.platform().store.everything().collect();
    objects.iter().try_for_each(check_money)?;
    let wrong: Vec<String> = objects.iter().flat_map(violations).collect();
    prop_assert!(wrong.is_empty(), "{wrong:#?}");
    let balance = stripe.send("GET", "/v1/balance", "").1;
    check_ledger(&objects, &balance)?;
    Ok(done)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn payments_do_not_go_astray(steps in steps(PAYMENTS.len())) {
        walk(PAYMENTS, &steps)?;
    }

    #[test]
    fn invoices_do_not_go_astray(steps in steps(INVOICES.len())) {
        walk(INVOICES, &steps)?;
    }

    #[test]
    fn subscriptions_do_not_go_astray(steps in steps(SUBSCRIPTIONS.len())) {
        walk(SUBSCRIPTIONS, &steps)?;
    }
}

/// A walk whose every step is refused would prove nothing.
#[test]
fn the_walks_get_somewhere() {
    for operations in [PAYMENTS, INVOICES, SUBSCRIPTIONS] {
        let mut runner = TestRunner::deterministic();
        let mut done = 0;
        for _ in 0..20 {
            let steps = proptest::collection::vec(steps(operations.len()), 1).new_tree(&mut runner).unwrap();
            done += walk(operations, &steps.current()[0]).unwrap();
        }
        assert!(done > 150, "only {done} steps of 20 walks were carried out");
    }
}
