//! What the random walks of `property_tests` are made of: the operations, and the states that objects
//! may take.

/// A method, a path and a form. `{kind}` stands for the id of some object of that kind, `{once}`,
/// `{monthly}` and `{yearly}` for a price, `{amount}` for a number. CLOCK lets days pass.
pub type Operation = (&'static str, &'static str, &'static str);

/// Payments, and the methods that they are made with.
pub const PAYMENTS: &[Operation] = &[
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
    ("POST", "/v1/customers/{customer}", "invoice_settings[default_payment_method]={payment_method}"),
    ("CLOCK", "1", ""),
    ("CLOCK", "35", ""),
];

/// Invoices and what makes them up.
pub const INVOICES: &[Operation] = &[
    ("POST", "/v1/invoiceitems", "customer={customer}&amount={amount}&currency=usd"),
    ("POST", "/v1/invoiceitems", "customer={customer}&amount=-{amount}&currency=usd"),
    ("POST", "/v1/invoiceitems", "customer={customer}&pricing[price]={once}&invoice={invoice}"),
    ("DELETE", "/v1/invoiceitems/{invoiceitem}", ""),
    ("POST", "/v1/invoices", "customer={customer}&pending_invoice_items_behavior=include"),
    ("POST", "/v1/invoices/{invoice}/finalize", ""),
    ("DELETE", "/v1/invoices/{invoice}", ""),
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
    ("POST", "/v1/refunds", "charge={charge}&amount={amount}"),
    ("POST", "/v1/customers/{customer}", "balance=-{amount}"),
    (
        "POST",
        "/v1/invoices",
        "customer={customer}&pending_invoice_items_behavior=include&collection_method=send_invoice&days_until_due=3",
    ),
    ("POST", "/v1/invoices/{invoice}/lines/{line_item}", "amount={amount}"),
    ("CLOCK", "1", ""),
    ("CLOCK", "35", ""),
];

/// Subscriptions and what leads to them.
pub const SUBSCRIPTIONS: &[Operation] = &[
    ("POST", "/v1/quotes", "customer={customer}&line_items[0][price]={monthly}"),
    ("POST", "/v1/quotes/{quote}/finalize", ""),
    ("POST", "/v1/quotes/{quote}/accept", ""),
    ("POST", "/v1/quotes/{quote}/cancel", ""),
    ("POST", "/v1/subscriptions", "customer={customer}&items[0][price]={monthly}"),
    ("POST", "/v1/subscriptions", "customer={customer}&items[0][price]={monthly}&trial_period_days=7"),
    (
        "POST",
        "/v1/subscriptions",
        "customer={customer}&items[0][price]={monthly}&payment_behavior=default_incomplete",
    ),
    (
        "POST",
        "/v1/subscriptions",
        "customer={customer}&items[0][price]={monthly}&collection_method=send_invoice&days_until_due=3&discounts[0][coupon]={coupon}",
    ),
    ("POST", "/v1/subscriptions/{subscription}", "cancel_at_period_end=true"),
    ("POST", "/v1/subscriptions/{subscription}", "items[0][price]={monthly}"),
    ("POST", "/v1/subscriptions/{subscription}", "pause_collection[behavior]=void"),
    ("POST", "/v1/subscriptions/{subscription}", "default_payment_method={payment_method}"),
    ("POST", "/v1/subscription_items/{subscription_item}", "quantity={amount}"),
    ("DELETE", "/v1/subscriptions/{subscription}", ""),
    ("POST", "/v1/subscriptions/{subscription}/resume", "billing_cycle_anchor=now"),
    (
        "POST",
        "/v1/checkout/sessions",
        "mode=payment&success_url=https://example.com&line_items[0][price]={once}&line_items[0][quantity]=1",
    ),
    ("POST", "/v1/checkout/sessions/{checkout.session}/expire", ""),
    ("POST", "/v1/quotes", "customer={customer}&line_items[0][price]={once}&line_items[1][price]={monthly}"),
    ("POST", "/v1/subscriptions/{subscription}", "items[0][price]={yearly}&items[0][id]={subscription_item}"),
    (
        "POST",
        "/v1/subscriptions",
        "customer={customer}&items[0][price]={monthly}&items[0][quantity]=3&add_invoice_items[0][price]={once}",
    ),
    ("POST", "/v1/invoices/{invoice}/pay", ""),
    ("POST", "/v1/invoices/{invoice}/void", ""),
    ("POST", "/v1/invoices/{invoice}/mark_uncollectible", ""),
    ("POST", "/v1/coupons", "percent_off=25&duration=repeating&duration_in_months=2"),
    ("POST", "/v1/customers/{customer}", "invoice_settings[default_payment_method]={payment_method}"),
    ("DELETE", "/v1/customers/{customer}", ""),
    (
        "POST",
        "/v1/subscriptions",
        "customer={customer}&items[0][price]={monthly}&trial_period_days=7&trial_settings[end_behavior][missing_payment_method]=pause",
    ),
    ("CLOCK", "1", ""),
    ("CLOCK", "35", ""),
];

/// The states of a kind, each with those that may follow it in one request; `*` stands for an object
/// that was not there before. They come from Stripe's guides of each object's life cycle.
pub fn transitions(kind: &str) -> &'static [(&'static str, &'static str)] {
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
