//! Random sequences of operations never bring an object into a state that Stripe does not have, nor
//! from one state into another that Stripe does not allow, and money is never made or lost.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::conform::violations;
use crate::walk_tests::Direct;

/// The states of a kind, each with those that may follow it in one request. States come from
/// Stripe's guides of each object's life cycle; where the first is not named `*`, objects begin
/// there.
fn transitions(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "payment_intent" => &[
            (
                "*",
                "requires_payment_method requires_confirmation requires_action requires_capture processing succeeded",
            ),
            (
                "requires_payment_method",
                "requires_confirmation requires_action requires_capture processing succeeded canceled",
            ),
            (
                "requires_confirmation",
                "requires_payment_method requires_action requires_capture processing succeeded canceled",
            ),
            (
                "requires_action",
                "requires_payment_method requires_confirmation requires_capture processing succeeded canceled",
            ),
            ("requires_capture", "succeeded canceled"),
            ("processing", "succeeded requires_payment_method requires_capture"),
            ("succeeded", ""),
            ("canceled", ""),
        ],
        "setup_intent" => &[
            ("*", "requires_payment_method requires_confirmation requires_action processing succeeded"),
            (
                "requires_payment_method",
                "requires_confirmation requires_action processing succeeded canceled",
            ),
            (
                "requires_confirmation",
                "requires_payment_method requires_action processing succeeded canceled",
            ),
            (
                "requires_action",
                "requires_payment_method requires_confirmation processing succeeded canceled",
            ),
            ("processing", "succeeded requires_payment_method canceled"),
            ("succeeded", ""),
            ("canceled", ""),
        ],
        "charge" => &[
            ("*", "succeeded pending failed"),
            ("pending", "succeeded failed"),
            ("succeeded", ""),
            ("failed", ""),
        ],
        "refund" => &[
            ("*", "pending requires_action succeeded failed canceled"),
            ("pending", "succeeded failed canceled"),
            ("requires_action", "succeeded failed canceled pending"),
            // A bank may give a refund back later.
            ("succeeded", "failed"),
            ("failed", ""),
            ("canceled", ""),
        ],
        "invoice" => &[
            // In one request an invoice can be made, finalized and paid.
            ("*", "draft open paid"),
            ("draft", "open paid"),
            ("open", "paid void uncollectible"),
            ("uncollectible", "paid void open"),
            ("paid", ""),
            ("void", ""),
        ],
        "quote" => &[
            ("*", "draft"),
            ("draft", "open canceled"),
            ("open", "accepted canceled"),
            ("accepted", ""),
            ("canceled", ""),
        ],
        "subscription" => &[
            ("*", "incomplete trialing active past_due"),
            ("incomplete", "active trialing incomplete_expired canceled"),
            ("trialing", "active past_due canceled paused unpaid"),
            ("active", "trialing past_due canceled unpaid paused incomplete"),
            ("past_due", "active canceled unpaid trialing"),
            ("unpaid", "active canceled"),
            ("paused", "active trialing past_due canceled"),
            ("incomplete_expired", ""),
            ("canceled", ""),
        ],
        "checkout.session" => {
            &[("*", "open"), ("open", "complete expired"), ("complete", ""), ("expired", "")]
        }
        _ => &[],
    }
}

/// Where an id of an operation comes from: one of the objects of a kind, chosen by number.
#[derive(Debug, Clone)]
struct Step {
    operation: usize,
    chosen: [Index; 3],
    amount: u16,
}

/// An operation as a template. `{kind}` stands for the id of some object of that kind, `{amount}`
/// for a number.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("POST", "/v1/customers", "name=A&email=a@example.com"),
    ("POST", "/v1/customers", "name=A&payment_method=pm_card_visa"),
    ("POST", "/v1/customers/{customer}", "balance=-{amount}"),
    ("DELETE", "/v1/customers/{customer}", ""),
    ("POST", "/v1/payment_methods/pm_card_visa/attach", "customer={customer}"),
    ("POST", "/v1/payment_methods/{payment_method}/attach", "customer={customer}"),
    ("POST", "/v1/payment_methods/{payment_method}/detach", ""),
    ("POST", "/v1/payment_intents", "payment_method_types[]=card&amount={amount}&currency=usd"),
    (
        "POST",
        "/v1/payment_intents",
        "payment_method_types[]=card&amount={amount}&currency=usd&customer={customer}&payment_method={payment_method}&confirm=true",
    ),
    (
        "POST",
        "/v1/payment_intents",
        "payment_method_types[]=card&amount={amount}&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual",
    ),
    (
        "POST",
        "/v1/payment_intents",
        "payment_method_types[]=card&amount={amount}&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true",
    ),
    (
        "POST",
        "/v1/payment_intents",
        "payment_method_types[]=card&amount={amount}&currency=usd&payment_method=pm_card_threeDSecure2Required&confirm=true",
    ),
    ("POST", "/v1/payment_intents/{payment_intent}", "payment_method=pm_card_visa"),
    ("POST", "/v1/payment_intents/{payment_intent}", "amount={amount}"),
    ("POST", "/v1/payment_intents/{payment_intent}/confirm", ""),
    ("POST", "/v1/payment_intents/{payment_intent}/confirm", "payment_method=pm_card_visa"),
    ("POST", "/v1/payment_intents/{payment_intent}/confirm", "payment_method=pm_card_chargeCustomerFail"),
    ("POST", "/v1/payment_intents/{payment_intent}/capture", ""),
    ("POST", "/v1/payment_intents/{payment_intent}/capture", "amount_to_capture={amount}"),
    ("POST", "/v1/payment_intents/{payment_intent}/cancel", ""),
    (
        "POST",
        "/v1/payment_intents",
        "payment_method_types[]=card&amount={amount}&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual&payment_method_options[card][request_multicapture]=if_available&payment_method_options[card][request_incremental_authorization]=if_available",
    ),
    (
        "POST",
        "/v1/payment_intents/{payment_intent}/capture",
        "amount_to_capture={amount}&final_capture=false",
    ),
    ("POST", "/v1/payment_intents/{payment_intent}/increment_authorization", "amount={amount}"),
    ("POST", "/v1/refunds", "payment_intent={payment_intent}"),
    ("POST", "/v1/refunds", "charge={charge}&amount={amount}"),
    ("POST", "/v1/refunds/{refund}/cancel", ""),
    ("POST", "/v1/charges", "amount={amount}&currency=usd&source=tok_visa"),
    ("POST", "/v1/charges", "amount={amount}&currency=usd&source=tok_visa&capture=false"),
    ("POST", "/v1/charges/{charge}/capture", "amount={amount}"),
    ("POST", "/v1/setup_intents", "payment_method_types[]=card&customer={customer}"),
    ("POST", "/v1/setup_intents", "payment_method_types[]=card&payment_method=pm_card_visa&confirm=true"),
    ("POST", "/v1/setup_intents/{setup_intent}/confirm", "payment_method=pm_card_threeDSecure2Required"),
    ("POST", "/v1/setup_intents/{setup_intent}/confirm", "payment_method={payment_method}"),
    ("POST", "/v1/setup_intents/{setup_intent}/cancel", ""),
    ("POST", "/v1/products", "name=P"),
    ("POST", "/v1/prices", "currency=usd&unit_amount={amount}&product={product}"),
    ("POST", "/v1/prices", "currency=usd&unit_amount={amount}&product={product}&recurring[interval]=month"),
    ("POST", "/v1/invoiceitems", "customer={customer}&amount={amount}&currency=usd"),
    ("POST", "/v1/invoiceitems", "customer={customer}&amount=-{amount}&currency=usd"),
    ("POST", "/v1/invoiceitems", "customer={customer}&pricing[price]={price}&invoice={invoice}"),
    ("DELETE", "/v1/invoiceitems/{invoiceitem}", ""),
    ("POST", "/v1/invoices", "customer={customer}&pending_invoice_items_behavior=include"),
    ("POST", "/v1/invoices/{invoice}/finalize", ""),
    ("DELETE", "/v1/invoices/{invoice}", ""),
    ("POST", "/v1/quotes", "customer={customer}&line_items[0][price]={price}"),
    ("POST", "/v1/quotes/{quote}/finalize", ""),
    ("POST", "/v1/quotes/{quote}/accept", ""),
    ("POST", "/v1/quotes/{quote}/cancel", ""),
    ("POST", "/v1/customers/{customer}", "invoice_settings[default_payment_method]={payment_method}"),
    ("POST", "/v1/coupons", "percent_off=25&duration=repeating&duration_in_months=2"),
    ("POST", "/v1/coupons", "amount_off={amount}&currency=usd&duration=once"),
    ("POST", "/v1/tax_rates", "display_name=VAT&percentage=19&inclusive=false"),
    ("POST", "/v1/invoices/{invoice}", "discounts[0][coupon]={coupon}"),
    ("POST", "/v1/invoices/{invoice}", "default_tax_rates[0]={tax_rate}"),
    ("POST", "/v1/invoices/{invoice}/pay", ""),
    ("POST", "/v1/invoices/{invoice}/pay", "payment_method={payment_method}"),
    ("POST", "/v1/invoices/{invoice}/pay", "paid_out_of_band=true"),
    ("POST", "/v1/invoices/{invoice}/void", ""),
    ("POST", "/v1/invoices/{invoice}/mark_uncollectible", ""),
    ("POST", "/v1/invoices/{invoice}/send", ""),
    ("POST", "/v1/subscriptions", "customer={customer}&items[0][price]={price}"),
    ("POST", "/v1/subscriptions", "customer={customer}&items[0][price]={price}&trial_period_days=7"),
    (
        "POST",
        "/v1/subscriptions",
        "customer={customer}&items[0][price]={price}&payment_behavior=default_incomplete",
    ),
    (
        "POST",
        "/v1/subscriptions",
        "customer={customer}&items[0][price]={price}&collection_method=send_invoice&days_until_due=3&discounts[0][coupon]={coupon}",
    ),
    ("POST", "/v1/subscriptions/{subscription}", "cancel_at_period_end=true"),
    ("POST", "/v1/subscriptions/{subscription}", "items[0][price]={price}"),
    ("POST", "/v1/subscriptions/{subscription}", "pause_collection[behavior]=void"),
    ("POST", "/v1/subscriptions/{subscription}", "default_payment_method={payment_method}"),
    ("POST", "/v1/subscription_items/{subscription_item}", "quantity={amount}"),
    ("DELETE", "/v1/subscriptions/{subscription}", ""),
    ("POST", "/v1/subscriptions/{subscription}/resume", "billing_cycle_anchor=now"),
    (
        "POST",
        "/v1/checkout/sessions",
        "mode=payment&success_url=https://example.com&line_items[0][price]={price}&line_items[0][quantity]=1",
    ),
    ("POST", "/v1/checkout/sessions/{checkout.session}/expire", ""),
    ("CLOCK", "1", ""),
    ("CLOCK", "35", ""),
];

fn step() -> impl Strategy<Value = Step> {
    (0..OPERATIONS.len(), any::<[Index; 3]>(), 1..20_000_u16).prop_map(|(operation, chosen, amount)| Step {
        operation,
        chosen,
        amount,
    })
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

/// The status of every object that has one.
fn statuses(stripe: &mut Direct) -> HashMap<String, (String, String)> {
    let objects = stripe.0.platform().store.everything();
    let status = |object: Value| {
        let text = |name: &str| object[name].as_str().map(str::to_owned);
        Some((text("id")?, (text("object")?, text("status")?)))
    };
    objects.filter_map(status).collect()
}

fn check_transitions(
    before: &HashMap<String, (String, String)>,
    after: &HashMap<String, (String, String)>,
) -> Result<(), TestCaseError> {
    for (id, (kind, status)) in after {
        let old = before.get(id).map_or("*", |(_, status)| status);
        let table = transitions(kind);
        if old == status || table.is_empty() {
            continue;
        }
        let next = table.iter().find(|(from, _)| *from == old).map_or("", |(_, next)| next);
        let allowed = next.split_whitespace().any(|next| next == status);
        prop_assert!(allowed, "{kind} {id} went from {old} to {status}");
    }
    Ok(())
}

/// While time passes an object can take several steps: each leads somewhere.
fn check_reached(
    before: &HashMap<String, (String, String)>,
    after: &HashMap<String, (String, String)>,
) -> Result<(), TestCaseError> {
    for (id, (kind, status)) in after {
        let table = transitions(kind);
        let mut reached = vec![before.get(id).map_or("*", |(_, status)| status)];
        let mut seen = 0;
        while let Some(from) = reached.get(seen).copied() {
            seen += 1;
            let next = table.iter().find(|(known, _)| *known == from).map_or("", |(_, next)| next);
            for step in next.split_whitespace() {
                if !reached.contains(&step) {
                    reached.push(step);
                }
            }
        }
        prop_assert!(table.is_empty() || reached.contains(&status.as_str()), "{kind} {id} came to {status}");
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

/// Every charge brought in what was captured less what was refunded: the ledger agrees.
fn check_ledger(objects: &[Value], balance: &Value) -> Result<(), TestCaseError> {
    let side = |name: &str| -> i64 {
        let amounts = balance[name].as_array().unwrap().iter();
        amounts.filter_map(|entry| entry["amount"].as_i64()).sum()
    };
    let ledger = objects.iter().filter(|object| object["object"] == "balance_transaction");
    let net: i64 = ledger.filter_map(|entry| entry["net"].as_i64()).sum();
    prop_assert_eq!(side("available") + side("pending"), net, "{}", balance);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_leads_astray(steps in proptest::collection::vec(step(), 1..60)) {
        let mut stripe = Direct::default();
        let mut now = 1_800_000_000;
        stripe.0.set_clock(Some(now));
        let mut before = HashMap::new();
        for step in &steps {
            let mut ids: HashMap<String, Vec<String>> = HashMap::new();
            for object in stripe.0.platform().store.everything() {
                let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
                ids.entry(text("object")).or_default().push(text("id"));
            }
            ids.values_mut().for_each(|ids| ids.sort());
            let (method, path, form) = OPERATIONS[step.operation];
            if method == "CLOCK" {
                let days: i64 = path.parse().unwrap();
                now += days * 86_400;
                stripe.0.set_clock(Some(now));
                let after = statuses(&mut stripe);
                check_reached(&before, &after)?;
                before = after;
                continue;
            }
            let (Some(path), Some(form)) = (fill(path, step, &ids), fill(form, step, &ids)) else {
                continue;
            };
            let (status, body) = stripe.send(method, &path, &form);
            prop_assert!(status < 500, "{method} {path} {form}: {body}");
            let after = statuses(&mut stripe);
            check_transitions(&before, &after)?;
            before = after;
        }
        let objects: Vec<Value> = stripe.0.platform().store.everything().collect();
        objects.iter().try_for_each(check_money)?;
        let wrong: Vec<String> = objects.iter().flat_map(violations).collect();
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
        let balance = stripe.send("GET", "/v1/balance", "").1;
        check_ledger(&objects, &balance)?;
    }
}
