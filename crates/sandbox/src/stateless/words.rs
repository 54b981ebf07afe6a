//! The texts of made-up objects: their ids, and what fits a field by its name.

/// What the ids of a kind begin with at Stripe, where that is not the kind's own name.
const PREFIXES: &[(&str, &str)] = &[
    ("account", "acct"),
    ("apple_pay_domain", "apwc"),
    ("application", "ca"),
    ("application_fee", "fee"),
    ("balance_transaction", "txn"),
    ("bank_account", "ba"),
    ("billing.alert", "alrt"),
    ("billing.credit_balance_transaction", "cbtxn"),
    ("billing.credit_grant", "credgr"),
    ("billing.meter", "mtr"),
    ("billing.meter_event_summary", "mtrusg"),
    ("billing_portal.configuration", "bpc"),
    ("billing_portal.session", "bps"),
    ("charge", "ch"),
    ("checkout.session", "cs_test"),
    ("climate.order", "climorder"),
    ("climate.product", "climsku"),
    ("climate.supplier", "climsup"),
    ("confirmation_token", "ctoken"),
    ("credit_note", "cn"),
    ("credit_note_line_item", "cnli"),
    ("customer", "cus"),
    ("customer_balance_transaction", "cbtxn"),
    ("customer_cash_balance_transaction", "ccsbtxn"),
    ("discount", "di"),
    ("dispute", "du"),
    ("entitlements.active_entitlement", "ent"),
    ("entitlements.feature", "feat"),
    ("ephemeral_key", "ephkey"),
    ("event", "evt"),
    ("fee_refund", "fr"),
    ("file_link", "link"),
    ("financial_connections.account", "fca"),
    ("financial_connections.account_owner", "fcaowner"),
    ("financial_connections.session", "fcsess"),
    ("financial_connections.transaction", "fctxn"),
    ("forwarding.request", "fwdreq"),
    ("identity.verification_report", "vr"),
    ("identity.verification_session", "vs"),
    ("invoice", "in"),
    ("invoice_rendering_template", "inrtem"),
    ("issuing.authorization", "iauth"),
    ("issuing.card", "ic"),
    ("issuing.cardholder", "ich"),
    ("issuing.dispute", "idp"),
    ("issuing.personalization_design", "ics"),
    ("issuing.physical_bundle", "icpb"),
    ("issuing.settlement", "ise"),
    ("issuing.token", "intok"),
    ("issuing.transaction", "ipi"),
    ("item", "li"),
    ("line_item", "il"),
    ("payment_attempt_record", "par"),
    ("payment_intent", "pi"),
    ("payment_link", "plink"),
    ("payment_method", "pm"),
    ("payment_method_configuration", "pmc"),
    ("payment_method_domain", "pmd"),
    ("payment_record", "pr"),
    ("payout", "po"),
    ("product", "prod"),
    ("product_feature", "prodft"),
    ("promotion_code", "promo"),
    ("quote", "qt"),
    ("radar.early_fraud_warning", "issfr"),
    ("radar.payment_evaluation", "peval"),
    ("radar.value_list", "rsl"),
    ("radar.value_list_item", "rsli"),
    ("refund", "re"),
    ("reporting.report_run", "frr"),
    ("review", "prv"),
    ("scheduled_query_run", "sqr"),
    ("setup_attempt", "setatt"),
    ("setup_intent", "seti"),
    ("shipping_rate", "shr"),
    ("sigma.sigma_api_query", "qry"),
    ("source", "src"),
    ("subscription", "sub"),
    ("subscription_item", "si"),
    ("subscription_schedule", "sub_sched"),
    ("tax.association", "taxa"),
    ("tax.calculation", "taxcalc"),
    ("tax.calculation_line_item", "tax_li"),
    ("tax.registration", "taxreg"),
    ("tax.transaction", "tax"),
    ("tax.transaction_line_item", "tax_li"),
    ("tax_code", "txcd"),
    ("tax_id", "txi"),
    ("tax_rate", "txr"),
    ("terminal.configuration", "tmc"),
    ("terminal.location", "tml"),
    ("terminal.reader", "tmr"),
    ("terminal.refund", "trmre"),
    ("test_helpers.test_clock", "clock"),
    ("topup", "tu"),
    ("transfer", "tr"),
    ("transfer_reversal", "trr"),
    ("treasury.credit_reversal", "credrev"),
    ("treasury.debit_reversal", "debrev"),
    ("treasury.financial_account", "fa"),
    ("treasury.inbound_transfer", "ibt"),
    ("treasury.outbound_payment", "obp"),
    ("treasury.outbound_transfer", "obt"),
    ("treasury.received_credit", "rc"),
    ("treasury.received_debit", "rd"),
    ("treasury.transaction", "trxn"),
    ("treasury.transaction_entry", "trxne"),
    ("v2.billing.meter_event_adjustment", "mtr_event_adj"),
    ("v2.commerce.product_catalog_import", "pcimp"),
    ("v2.core.account", "acct"),
    ("v2.core.account_person", "person"),
    ("v2.core.account_person_token", "perstok"),
    ("v2.core.account_token", "accttok"),
    ("v2.core.event", "evt"),
    ("v2.core.event_destination", "ed"),
];

/// What the id of a new object begins with.
pub fn prefix(kind: &str) -> &str {
    let known = PREFIXES.binary_search_by_key(&kind, |(kind, _)| kind).ok();
    match known.and_then(|place| PREFIXES.get(place)) {
        Some((_, prefix)) => prefix,
        None => kind.rsplit('.').next().unwrap_or("obj"),
    }
}

/// The id of an object that nothing names, always the same.
pub fn id(kind: &str) -> String {
    match kind {
        "country_spec" => "US".to_owned(),
        "exchange_rate" => "usd".to_owned(),
        _ => format!("{}_sandbox", prefix(kind)),
    }
}

/// The id of an object of a list.
pub fn numbered(kind: &str, number: usize) -> String {
    match (kind, number) {
        ("country_spec" | "exchange_rate", 1) => id(kind),
        ("country_spec", _) => "GB".to_owned(),
        ("exchange_rate", _) => "gbp".to_owned(),
        _ => format!("{}{number}", id(kind)),
    }
}

/// The path that a list of this kind names, where that is not the one that it is read at.
pub fn list_url(kind: &str) -> Option<&'static str> {
    match kind {
        "billing.credit_balance_transaction" => Some("/v1/billing/credit_grants"),
        "financial_connections.account" => Some("/v1/financial_connections/accounts"),
        _ => None,
    }
}

/// The second for a field of this name: what expires does so later.
pub fn instant(name: &str, now: i64) -> i64 {
    if name == "expires_at" { now.saturating_add(3600) } else { now }
}

/// A text for a field of this name in an object of this kind. In v2 long integers are texts.
pub fn text(name: &str, kind: &str, max: Option<usize>) -> String {
    let text = match name {
        "id" => id(kind),
        _ if name.ends_with("country") => "US".to_owned(),
        _ if name.ends_with("currency") => "usd".to_owned(),
        _ if name == "pdf" || name.ends_with("url") => "https://example.com/sandbox".to_owned(),
        "email" => "sandbox@example.com".to_owned(),
        "last4" => "4242".to_owned(),
        "status" => "pending".to_owned(),
        "error_count" | "row" | "size" | "success_count" if kind.starts_with("v2.") => "0".to_owned(),
        _ => name.to_owned(),
    };
    match max {
        Some(max) => text.chars().take(max).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::SPEC;

    #[test]
    fn prefixes_are_in_order_and_of_stripes_objects() {
        assert!(PREFIXES.is_sorted());
        for (kind, _) in PREFIXES {
            assert!(SPEC.object(kind).is_some(), "the description has no {kind}");
        }
        assert_eq!((prefix("tax_rate"), prefix("checkout.session")), ("txr", "cs_test"));
    }
}
