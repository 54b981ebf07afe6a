use super::*;
use crate::api::types::FailureKind;
use crate::catalog::entity;
use alloc::borrow::ToOwned;

fn setting(parameters: &Pairs) -> Setting<'_> {
    Setting { parents: &[], parameters, expand: &[], pushdown: true, search: false }
}

fn plan(name: &str, filter: &str) -> Result<Plan, Failed> {
    Plan::of(entity(name).unwrap(), Some(filter), setting(&Pairs::new()))
}

/// What is asked for, a line for each request.
fn asked(plan: &Plan) -> String {
    let source = |source: &Source| match &source.asked {
        Asked::One(id) => format!("#{id}"),
        Asked::Search(query, _) => format!("?{query}"),
        Asked::List(parameters) => listed(parameters),
    };
    plan.sources.iter().map(source).collect::<Vec<_>>().join(" | ")
}

fn listed(parameters: &Pairs) -> String {
    parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn admits(plan: &Plan, object: &str) -> bool {
    (0..plan.sources.len()).any(|source| plan.admits(source, false, &Members::parse(object).unwrap()))
}

#[test]
fn what_the_endpoint_takes_is_pushed_and_the_rest_is_checked() {
    for (name, filter, requests, residual) in [
        ("Customer", "Email = 'a@b.c' AND Name = 'x'", "email=a@b.c", Some("Name = 'x'")),
        (
            "Customer",
            "Created >= '1970-01-02' AND created < '1970-01-03T00:00:00Z'",
            "created[gte]=86400&created[lt]=172800",
            None,
        ),
        ("Customer", "Created BETWEEN 5 AND '1970-01-02'", "created[gte]=5&created[lte]=86400", None),
        ("Customer", "NOT Created < 5", "created[gte]=5", None),
        ("Customer", "Created NOT BETWEEN 5 AND 6", "", Some("Created NOT BETWEEN 5 AND 6")),
        ("Customer", "Created > '1970-01-01T00:00:00.5Z'", "", Some("Created > '1970-01-01T00:00:00.5Z'")),
        ("Customer", "Created >= 5 AND Created >= 6", "created[gte]=5", Some("Created >= 6")),
        ("Customer", "Created = 5", "created=5", None),
        ("Customer", "Created = 5 AND Created > 3", "created=5", Some("Created > 3")),
        ("Customer", "Created > 3 AND Created = 5", "created[gt]=3", Some("Created = 5")),
        ("Customer", "Email = ''", "", Some("Email = ''")),
        ("Customer", "Created >= 1e9", "created[gte]=1000000000", None),
        ("Customer", "Email <> 'x'", "", Some("Email <> 'x'")),
        ("Customer", "Email IN ('x')", "email=x", None),
        ("Customer", "Email = NULL", "", Some("Email = NULL")),
        ("PaymentMethod", "Created > 5 AND Type = 'card'", "type=card", Some("Created > 5")),
        ("InvoiceItem", "Pending = TRUE AND Created > 5", "pending=true&created[gt]=5", None),
        ("Price", "Active = FALSE AND UnitAmount = 5", "active=false", Some("UnitAmount = 5")),
        ("Customer", "Metadata.plan = 'gold'", "", Some("Metadata.plan = 'gold'")),
        (
            "Customer",
            "AddressCity = 'Rome' AND [Address.Country] = 'IT'",
            "",
            Some("AddressCity = 'Rome' AND Address.Country = 'IT'"),
        ),
        ("Customer", "", "", None),
    ] {
        let plan = plan(name, filter).unwrap();
        assert_eq!(asked(&plan), requests, "{filter}");
        assert_eq!(plan.residual.as_deref(), residual, "{filter}");
    }
}

#[test]
fn alternatives_become_requests_where_stripe_checks_something_of_each() {
    let many = |count: usize| (0..count).map(|n| format!("'{n}@b.c'")).collect::<Vec<_>>().join(", ");
    for (name, filter, requests, residual) in [
        ("Customer", "Email = 'a' OR Email = 'b'", "email=a | email=b", None),
        ("Customer", "Email IN ('a', NULL, 'b', 'a')", "email=a | email=b", None),
        (
            "Customer",
            "(Email = 'a' AND Name = 'x' OR Created < 5) AND Phone = '1'",
            "email=a | created[lt]=5",
            Some("((Email = 'a' AND Name = 'x') OR Created < 5) AND Phone = '1'"),
        ),
        // One of the alternatives takes every object, so one list does.
        ("Customer", "Email = 'a' OR Name = 'x'", "", Some("(Email = 'a' OR Name = 'x')")),
        (
            "Charge",
            "Customer IN ('a', 'b') AND Created > 5",
            "created[gt]=5&customer=a | created[gt]=5&customer=b",
            None,
        ),
        (
            "Charge",
            "Customer IN ('a', 'b') AND (PaymentIntent = 'x' OR PaymentIntent = 'y')",
            "customer=a&payment_intent=x | customer=a&payment_intent=y | customer=b&payment_intent=x | customer=b&payment_intent=y",
            None,
        ),
        ("Charge", "Customer = 'a' AND Customer IN ('a', 'b')", "customer=a", Some("Customer IN ('a', 'b')")),
        ("Customer", "Id = 'cus_1' OR Email = 'a'", "#cus_1 | email=a", None),
        (
            "Customer",
            "Id IN ('cus_1', 'cus_2', 'cus_1') AND Name = 'x'",
            "#cus_1 | #cus_2",
            Some("Name = 'x'"),
        ),
        ("Customer", "Id = 'cus_1' OR Id IN ('cus_2')", "#cus_1 | #cus_2", None),
        ("Customer", "Id <> 'cus_1'", "", Some("Id <> 'cus_1'")),
        ("Customer", "Id IN ('cus_1', '', '..')", "#cus_1", None),
        // Subscriptions leave out the canceled ones unless they are asked for.
        ("Subscription", "Status IN ('active', 'canceled')", "status=active | status=canceled", None),
        ("Subscription", "Customer IN ('a', 'b')", "customer=a&status=all | customer=b&status=all", None),
        // Prices leave out the inactive ones.
        ("Price", "Product = 'p'", "product=p&active=false | product=p", None),
        ("Price", "Active IN (TRUE, FALSE)", "active=true | active=false", None),
        ("PaymentMethod", "", "type=custom | ", None),
    ] {
        let plan = plan(name, filter).unwrap();
        assert_eq!(asked(&plan), requests, "{filter}");
        assert_eq!(plan.residual.as_deref(), residual, "{filter}");
    }
    for (count, requests) in [(10, 10), (11, 1)] {
        let plan = plan("Customer", &format!("Email IN ({})", many(count))).unwrap();
        assert_eq!((plan.sources.len(), plan.residual.is_none()), (requests, requests == 10));
    }
    let lists = |filter: &str| plan("Price", filter).unwrap().sources.len();
    assert_eq!(
        (lists("Product IN ('1', '2', '3', '4', '5')"), lists("Product IN ('1', '2', '3', '4', '5', '6')")),
        (10, 2)
    );
    let ids = |count: usize| {
        plan("Customer", &format!("Id IN ({})", many(count).replace('@', "_"))).unwrap().sources.len()
    };
    assert_eq!((ids(100), ids(101)), (100, 1));
}

#[test]
fn an_object_comes_from_the_first_alternative_that_it_meets() {
    let plan = plan(
        "Customer",
        "(Email = 'a' AND Name = 'x' OR Email = 'a' AND Name = 'y' OR Created > 5) AND Phone = '1'",
    )
    .unwrap();
    assert_eq!(asked(&plan), "email=a | created[gt]=5");
    let from = |object: &str| {
        let members = Members::parse(object).unwrap();
        (0..plan.sources.len()).filter(|source| plan.admits(*source, false, &members)).collect::<Vec<_>>()
    };
    for (object, sources) in [
        (r#"{"email": "a", "name": "x", "created": 9, "phone": "1"}"#, &[0][..]),
        (r#"{"email": "a", "name": "y", "created": 3, "phone": "1"}"#, &[0]),
        (r#"{"email": "a", "name": "z", "created": 9, "phone": "1"}"#, &[1]),
        (r#"{"email": "a", "name": "z", "created": 3, "phone": "1"}"#, &[]),
        (r#"{"email": null, "name": "x", "created": 9, "phone": "1"}"#, &[1]),
        (r#"{"email": "a", "name": "x", "created": 9, "phone": "2"}"#, &[]),
    ] {
        assert_eq!(from(object), sources, "{object}");
    }
}

#[test]
fn what_stripe_gives_elsewhere_only_comes_aside() {
    let asides = |name: &str, filter: &str| {
        let plan = plan(name, filter).unwrap();
        let aside = |own: &Aside| {
            let through: Vec<_> =
                own.through.iter().map(|(name, parameter)| format!("{name}>{parameter}")).collect();
            format!("{} {} {}", own.source, through.join(" "), listed(&own.parameters))
        };
        plan.asides.iter().map(aside).collect::<Vec<_>>()
    };
    assert_eq!(asides("Customer", "Email = 'a'"), ["0 TestClock>test_clock email=a"]);
    assert_eq!(
        asides("Customer", "Email IN ('a', 'b')"),
        ["0 TestClock>test_clock email=a", "1 TestClock>test_clock email=b"]
    );
    assert_eq!(asides("Subscription", ""), ["0 TestClock>test_clock status=all"]);
    assert_eq!(asides("Subscription", "Customer = 'cus_1'"), [""; 0]);
    assert_eq!(
        asides("Subscription", "Customer = 'cus_1' OR Created > 5"),
        ["1 TestClock>test_clock created[gt]=5&status=all"]
    );
    assert_eq!(asides("SubscriptionSchedule", ""), ["0 TestClock>test_clock Customer>customer "]);
    assert_eq!(
        asides("TaxId", ""),
        [
            "0 Customer>owner[customer] owner[type]=customer",
            "0 TestClock>test_clock Customer>owner[customer] owner[type]=customer",
            "0 Account>owner[account] owner[type]=account"
        ]
    );
    assert_eq!(asides("TaxId", "OwnerType = 'self'"), [""; 0]);
    assert_eq!(asides("TaxId", "Owner.Customer = 'cus_1'"), [""; 0]);
    let owned = plan("TaxId", "OwnerCustomer = 'cus_1' AND Country = 'DE'").unwrap();
    assert_eq!(asked(&owned), "owner[type]=customer&owner[customer]=cus_1");
    assert_eq!(
        (owned.pushed[0].as_str(), owned.residual.as_deref()),
        ("OwnerCustomer = 'cus_1'", Some("Country = 'DE'"))
    );
    assert_eq!(asides("TaxId", "OwnerType IN ('self', 'account')").len(), 1);
    for filter in ["TestClock = 'clock_1'", "TestClock IS NULL", "Id = 'cus_1'"] {
        assert_eq!(asides("Customer", filter), [""; 0], "{filter}");
    }
    let plan = plan("Customer", "").unwrap();
    let clocked = r#"{"id": "cus_1", "test_clock": "clock_1"}"#;
    let members = Members::parse(clocked).unwrap();
    assert!(plan.admits(0, true, &members) && !plan.admits(0, false, &members));
    assert!(admits(&plan, r#"{"id": "cus_1", "test_clock": null}"#));
}

#[test]
fn a_search_is_used_where_it_checks_what_the_list_cannot() {
    let none = Pairs::new();
    let search = |name: &str, filter: &str| {
        let setting = Setting { search: true, ..setting(&none) };
        let plan = Plan::of(entity(name).unwrap(), Some(filter), setting).unwrap();
        (asked(&plan), plan.residual)
    };
    for (name, filter, requests, residual) in [
        ("Customer", "Name = 'x' AND Email = 'a'", "?name:\"x\" AND email:\"a\"", None),
        ("Customer", "Name = 'x' AND Balance > 5", "?name:\"x\"", Some("Balance > 5")),
        ("Customer", "Email = 'a'", "email=a", None),
        ("Customer", "Balance > 5", "", Some("Balance > 5")),
        ("Charge", "Amount > 5 AND PaymentIntent = 'pi_1'", "?amount>5", Some("PaymentIntent = 'pi_1'")),
        (
            "Charge",
            "Amount > 5 AND (Customer = 'a' OR Customer = 'b')",
            "?amount>5",
            Some("(Customer = 'a' OR Customer = 'b')"),
        ),
        ("Refund", "Amount = 5", "", Some("Amount = 5")),
        ("Customer", "Id = 'cus_1' AND Name = 'x'", "#cus_1", Some("Name = 'x'")),
    ] {
        assert_eq!(search(name, filter), (requests.to_owned(), residual.map(ToOwned::to_owned)), "{filter}");
    }
    let long: Vec<String> = (0..12).map(|n| format!("Metadata.k{n} = 'v'")).collect();
    let (query, residual) = search("Customer", &long.join(" AND "));
    assert_eq!(query.matches("metadata").count(), 10);
    assert_eq!(residual.as_deref(), Some("Metadata.k10 = 'v' AND Metadata.k11 = 'v'"));
}

#[test]
fn without_pushdown_stripe_is_told_only_what_it_must_be() {
    let none = Pairs::new();
    for (name, filter, requests, residual) in [
        ("Customer", "Email = 'a' AND Created > 5", "", Some("Email = 'a' AND Created > 5")),
        ("Customer", "Id = 'cus_1'", "", Some("Id = 'cus_1'")),
        ("Customer", "Email IN ('a', 'b')", "", Some("Email IN ('a', 'b')")),
        ("SubscriptionItem", "Subscription = 'sub_1'", "subscription=sub_1", None),
        ("InvoiceItem", "Pending = TRUE", "pending=true", None),
        ("Subscription", "Status = 'active'", "status=all", Some("Status = 'active'")),
        ("Price", "Active = TRUE", "active=false | ", Some("Active = TRUE")),
    ] {
        let setting = Setting { pushdown: false, ..setting(&none) };
        let plan = Plan::of(entity(name).unwrap(), Some(filter), setting).unwrap();
        assert_eq!((asked(&plan).as_str(), plan.residual.as_deref()), (requests, residual), "{filter}");
    }
}

#[test]
fn what_a_list_takes_for_more_than_equal_is_checked_again() {
    for (name, filter, parameters, object, expected) in [
        ("Event", "Type = 'charge.*'", "type=charge.*", r#"{"type": "charge.failed"}"#, false),
        ("Event", "Type = 'charge.failed'", "type=charge.failed", r#"{"type": "charge.failed"}"#, true),
        ("PromotionCode", "Code = 'spring'", "code=spring", r#"{"code": "SPRING"}"#, false),
        ("Charge", "Customer = 'cus_1'", "customer=cus_1", r#"{"customer": {"id": "cus_1"}}"#, true),
        ("Charge", "Customer = 'cus_1'", "customer=cus_1", r#"{"customer": "cus_1"}"#, true),
        ("Customer", "Created > 5", "created[gt]=5", r#"{"created": 5}"#, false),
    ] {
        let plan = plan(name, filter).unwrap();
        assert_eq!((asked(&plan).as_str(), plan.residual.clone()), (parameters, None), "{filter}");
        assert_eq!(admits(&plan, object), expected, "{filter} {object}");
    }
}

#[test]
fn parts_of_an_object_are_pushed_with_what_they_need_beside_them() {
    for (name, filter, parameters, residual) in [
        (
            "AppsSecret",
            "Scope.User = 'usr_1' AND ScopeType = 'user'",
            "scope[type]=user&scope[user]=usr_1",
            None,
        ),
        ("InvoicePayment", "Payment.PaymentIntent = 'pi_1'", "", Some("Payment.PaymentIntent = 'pi_1'")),
        (
            "InvoicePayment",
            "PaymentPaymentIntent = 'pi_1' AND PaymentType = 'payment_intent'",
            "payment[type]=payment_intent&payment[payment_intent]=pi_1",
            None,
        ),
        // One list takes bounds in seconds and nothing else, another one RFC 3339.
        ("ForwardingRequest", "Created >= '1970-01-02'", "created[gte]=86400", None),
        ("ForwardingRequest", "Created = '1970-01-02'", "", Some("Created = '1970-01-02'")),
        ("V2CoreEvent", "Created < 86400", "created[lt]=1970-01-02T00:00:00Z", None),
    ] {
        let plan = plan(name, filter).unwrap();
        assert_eq!((asked(&plan).as_str(), plan.residual.as_deref()), (parameters, residual), "{filter}");
    }
}

#[test]
fn what_means_something_else_stays_here() {
    for (name, filter, parameters) in [
        ("Payout", "Status = 'in_transit'", ""),
        ("TaxId", "OwnerType = 'customer'", ""),
        (
            "TreasuryTransaction",
            "FinancialAccount = 'fa_1' AND StatusTransitionsPostedAt > 5",
            "financial_account=fa_1",
        ),
        // No object has that status, though the list would take it for all of them.
        ("Subscription", "Status = 'all'", "status=all"),
        ("Subscription", "Status = 'canceled'", "status=canceled"),
    ] {
        let plan = plan(name, filter).unwrap();
        assert_eq!(asked(&plan), parameters, "{filter}");
        assert_eq!(plan.residual.is_some(), !filter.contains("canceled"), "{filter}");
    }
    let advice = plan("BillingMeterEventSummary", "BillingMeter = 'mtr_1' AND Customer = 'cus_1'");
    let advice = advice.err().unwrap().message;
    assert!(advice.contains("as a parameter of the call") && !advice.contains("filter"), "{advice}");
    let advice = plan("SubscriptionItem", "").err().unwrap().message;
    assert!(advice.contains("in the filter as Subscription = '...'"), "{advice}");
    let either = plan("SubscriptionItem", "Subscription IN ('a', 'b')").unwrap();
    assert_eq!(asked(&either), "subscription=a | subscription=b");
}

#[test]
fn what_only_a_list_checks_is_refused_where_it_does_not() {
    for (filter, refused) in [
        ("Created >= 5 AND Created >= 6", "Created"),
        ("Pending = TRUE OR Customer = 'cus_1'", "Pending"),
        ("Pending <> TRUE", "Pending"),
        ("Pending IN (TRUE, FALSE)", "Pending"),
    ] {
        let failure = plan("InvoiceItem", filter).map(|_| ()).unwrap_err();
        assert_eq!(
            (failure.kind, failure.param.as_deref()),
            (FailureKind::Unsupported, Some(refused)),
            "{filter}"
        );
        assert!(failure.message.contains("only Stripe's list checks it"), "{}", failure.message);
    }
    // A GET would not heed it, so the list is asked.
    let listed = plan("InvoiceItem", "Pending = TRUE AND Id = 'ii_1'").unwrap();
    assert_eq!((asked(&listed).as_str(), listed.residual.as_deref()), ("pending=true", Some("Id = 'ii_1'")));
    let none = Pairs::new();
    for pushdown in [true, false] {
        let setting = Setting { pushdown, ..setting(&none) };
        let refused = Plan::of(entity("Customer").unwrap(), Some("Id = '..'"), setting);
        assert_eq!(refused.err().and_then(|refused| refused.param).as_deref(), Some("Id"));
    }
    let long = format!("Email = '{}'", "x".repeat(101));
    assert_eq!(asked(&plan("Customer", &long).unwrap()), "");
}

#[test]
fn a_filter_on_another_object_needs_it_expanded() {
    let (intents, none) = (entity("PaymentIntent").unwrap(), Pairs::new());
    let filter = Some("Customer.Email = 'a@b.c'");
    assert_eq!(
        Plan::of(intents, filter, setting(&none)).err().unwrap().param.as_deref(),
        Some("Customer.Email")
    );
    let expand = ["customer".to_owned()];
    let plan = Plan::of(intents, filter, Setting { expand: &expand, ..setting(&none) }).ok().unwrap();
    let whole = r#"{"id": "pi_1", "customer": {"id": "cus_1", "object": "customer", "email": "a@b.c"}}"#;
    assert!(admits(&plan, whole));
    assert!(!admits(&plan, r#"{"id": "pi_1", "customer": null}"#));
}

#[test]
fn parents_come_from_the_options_or_the_filter() {
    let (lines, none) = (entity("InvoiceLineItem").unwrap(), Pairs::new());
    let given = |name: &str, id: &str| [(name.to_owned(), id.to_owned())];
    let of = |entity, filter: Option<&str>, parents: &[(String, String)]| {
        Plan::of(entity, filter, Setting { parents, ..setting(&none) })
    };
    assert_eq!(of(lines, None, &given("InvoiceId", "in_1")).ok().unwrap().parents, ["in_1"]);
    let from_filter = of(lines, Some("Invoice = 'in_2' AND Currency = 'usd'"), &[]).ok().unwrap();
    assert_eq!(from_filter.parents, ["in_2"]);
    assert_eq!(from_filter.residual.as_deref(), Some("Currency = 'usd'"));
    assert_eq!(from_filter.pushed, ["Invoice = 'in_2'"]);
    for (given, param) in
        [(given("CustomerId", "cus_1"), "CustomerId"), (given("InvoiceId", ".."), "InvoiceId")]
    {
        assert_eq!(of(lines, None, &given).err().unwrap().param.as_deref(), Some(param));
    }
    assert_eq!(of(lines, None, &[]).err().unwrap().param.as_deref(), Some("InvoiceId"));
    let twice = |filter| of(lines, Some(filter), &given("InvoiceId", "in_1"));
    assert!(twice("InvoiceId = 'in_1'").is_ok() && twice("Invoice = 'in_2'").is_err());
    assert!(of(entity("Customer").unwrap(), None, &given("InvoiceId", "in_1")).is_err());
}
