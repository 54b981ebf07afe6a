use super::*;
use crate::api::types::FailureKind;
use crate::catalog::entity;
use alloc::borrow::ToOwned;

fn plan(name: &str, filter: &str) -> Result<Plan, Failed> {
    Plan::of(entity(name).unwrap(), Some(filter), &[], Pairs::new(), &[])
}

fn query(plan: &Plan) -> String {
    plan.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[test]
fn what_the_endpoint_takes_is_pushed_and_the_rest_is_checked() {
    for (name, filter, parameters, residual) in [
        ("Customer", "Email = 'a@b.c' AND Name = 'x'", "email=a@b.c", Some("Name = 'x'")),
        (
            "Customer",
            "Created >= '1970-01-02' AND created < '1970-01-03T00:00:00Z'",
            "created[gte]=86400&created[lt]=172800",
            None,
        ),
        ("Customer", "Created >= 5 AND Created >= 6", "created[gte]=5", Some("Created >= 6")),
        ("Customer", "Created = 5", "created=5", None),
        ("Customer", "Created = 5 AND Created > 3", "created=5", Some("Created > 3")),
        ("Customer", "Created > 3 AND Created = 5", "created[gt]=3", Some("Created = 5")),
        ("Customer", "Email = ''", "", Some("Email = ''")),
        ("PaymentMethod", "Created > 5", "", Some("Created > 5")),
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
        assert_eq!(query(&plan), parameters, "{filter}");
        assert_eq!(plan.residual_text().as_deref(), residual, "{filter}");
    }
}

#[test]
fn what_a_list_takes_for_more_than_equal_is_checked_again() {
    let row = |name: &str, object: &'static str| Row::of(entity(name).unwrap().row, object).unwrap();
    for (name, filter, parameters, object, expected) in [
        ("Event", "Type = 'charge.*'", "type=charge.*", r#"{"type": "charge.failed"}"#, false),
        ("Event", "Type = 'charge.failed'", "type=charge.failed", r#"{"type": "charge.failed"}"#, true),
        ("PromotionCode", "Code = 'spring'", "code=spring", r#"{"code": "SPRING"}"#, false),
        ("Charge", "Customer = 'cus_1'", "customer=cus_1", r#"{"customer": {"id": "cus_1"}}"#, true),
        ("Charge", "Customer = 'cus_1'", "customer=cus_1", r#"{"customer": "cus_1"}"#, true),
    ] {
        let plan = plan(name, filter).unwrap();
        assert_eq!((query(&plan).as_str(), plan.residual_text()), (parameters, None), "{filter}");
        assert_eq!(plan.admits(&row(name, object)), expected, "{filter} {object}");
        assert!(!plan.admits_all());
    }
    assert!(plan("Customer", "Created > 5").unwrap().admits_all());
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
        assert_eq!(
            (query(&plan).as_str(), plan.residual_text().as_deref()),
            (parameters, residual),
            "{filter}"
        );
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
        assert_eq!(query(&plan), parameters, "{filter}");
        let stays = !filter.contains("canceled");
        assert_eq!(plan.residual_text().is_some(), stays, "{filter}");
    }
    let advice = plan("BillingMeterEventSummary", "BillingMeter = 'mtr_1' AND Customer = 'cus_1'")
        .err()
        .unwrap()
        .message;
    assert!(advice.contains("as a parameter of the call") && !advice.contains("filter"), "{advice}");
    let advice = plan("SubscriptionItem", "").err().unwrap().message;
    assert!(advice.contains("in the filter as Subscription = '...'"), "{advice}");
}

#[test]
fn an_id_is_one_get_and_the_rest_is_checked_on_it() {
    let plan = plan("Customer", "Email = 'a@b.c' AND Id = 'cus_1'").unwrap();
    assert_eq!(plan.id.as_deref(), Some("cus_1"));
    assert_eq!(query(&plan), "");
    assert_eq!(plan.residual_text().as_deref(), Some("Email = 'a@b.c'"));
    assert!(self::plan("Customer", "Id = '..'").is_err());
}

#[test]
fn what_only_a_list_checks_is_refused_where_there_is_none() {
    for filter in ["Pending = TRUE AND Id = 'ii_1'", "Created >= 5 AND Created >= 6"] {
        let failure = plan("InvoiceItem", filter).map(|_| ()).unwrap_err();
        assert!(failure.message.contains("only Stripe's list checks it"), "{}", failure.message);
    }
}

#[test]
fn a_filter_on_another_object_needs_it_expanded() {
    let intents = entity("PaymentIntent").unwrap();
    let filter = Some("Customer.Email = 'a@b.c'");
    assert_eq!(
        Plan::of(intents, filter, &[], Pairs::new(), &[]).err().unwrap().param.as_deref(),
        Some("Customer.Email")
    );
    let plan = Plan::of(intents, filter, &[], Pairs::new(), &["customer".to_owned()]).ok().unwrap();
    let row = |text| Row::of(intents.row, text).unwrap();
    let whole = r#"{"id": "pi_1", "customer": {"id": "cus_1", "object": "customer", "email": "a@b.c"}}"#;
    assert!(plan.admits(&row(whole)));
    assert!(!plan.admits(&row(r#"{"id": "pi_1", "customer": null}"#)));
}

#[test]
fn comparisons_that_make_no_sense_are_refused() {
    for (name, filter, param) in [
        ("Customer", "Emial = 'x'", "Emial"),
        ("Customer", "Name = 5", "Name"),
        ("Customer", "Balance = 'x'", "Balance"),
        ("Customer", "Livemode = 'x'", "Livemode"),
        ("Customer", "Created > 'soon'", "Created"),
        ("Customer", "Created > 1.5", "Created"),
        ("Customer", "Metadata = 'x'", "Metadata"),
        ("Customer", "Address = 'x'", "Address"),
    ] {
        let failure = plan(name, filter).map(|_| ()).unwrap_err();
        assert_eq!(
            (failure.kind, failure.param.as_deref()),
            (FailureKind::InvalidInput, Some(param)),
            "{filter}"
        );
    }
    assert_eq!(plan("Customer", "Balance > 5").map(|_| ()).unwrap_err().kind, FailureKind::Unsupported);
}

#[test]
fn rows_are_checked() {
    let customer = entity("Customer").unwrap();
    let object = r#"{"id": "cus_1", "name": "x", "balance": 5, "delinquent": false, "created": 100, "phone": null,
        "metadata": {"plan": "gold", "day": "2026-01-01"}, "address": {"city": "Rome"}}"#;
    let row = Row::of(customer.row, object).unwrap();
    for (filter, expected) in [
        ("Name = 'x'", true),
        ("Name = 'X'", false),
        ("Phone = 'x'", false),
        ("Email = 'x'", false),
        ("Balance = 5", true),
        ("Balance = 5.0", true),
        ("Balance = 6", false),
        ("Delinquent = FALSE", true),
        ("Delinquent = TRUE", false),
        ("Metadata.plan = 'gold'", true),
        ("Metadata.plan = 'tin'", false),
        ("Metadata.none = 'gold'", false),
        ("Metadata.day = 1767225600", false),
        ("Address.City = 'Rome' AND AddressCity = 'Rome'", true),
    ] {
        let conditions = filter::parse(filter).unwrap();
        let residual = conditions.into_iter().map(|condition| {
            let column = Column::find(customer, &condition.column, &[]).unwrap();
            Check { column, condition }
        });
        let plan = Plan {
            id: None,
            parameters: Pairs::new(),
            parents: Vec::new(),
            pushed: Vec::new(),
            residual: residual.collect(),
            rechecked: Vec::new(),
        };
        assert_eq!(plan.admits(&row), expected, "{filter}");
    }
    for (filter, expected) in [
        ("Created >= 100", true),
        ("Created > 100", false),
        ("Created <= '1970-01-01T00:01:40Z'", true),
        ("Created < 100", false),
        ("Created = 100", true),
    ] {
        let [condition] = filter::parse(filter).unwrap().try_into().unwrap();
        let column = Column::find(customer, "Created", &[]).unwrap();
        assert_eq!(Check { column, condition }.holds(&row), expected, "{filter}");
    }
}

#[test]
fn parents_come_from_the_options_or_the_filter() {
    let lines = entity("InvoiceLineItem").unwrap();
    let given = |name: &str, id: &str| [(name.to_owned(), id.to_owned())];
    assert_eq!(
        Plan::of(lines, None, &given("InvoiceId", "in_1"), Pairs::new(), &[]).ok().unwrap().parents,
        ["in_1"]
    );
    let from_filter =
        Plan::of(lines, Some("Invoice = 'in_2' AND Currency = 'usd'"), &[], Pairs::new(), &[]).ok().unwrap();
    assert_eq!(from_filter.parents, ["in_2"]);
    assert_eq!(from_filter.residual_text().as_deref(), Some("Currency = 'usd'"));
    for (given, param) in
        [(given("CustomerId", "cus_1"), "CustomerId"), (given("InvoiceId", ".."), "InvoiceId")]
    {
        assert_eq!(
            Plan::of(lines, None, &given, Pairs::new(), &[]).err().unwrap().param.as_deref(),
            Some(param)
        );
    }
    assert_eq!(
        Plan::of(lines, None, &[], Pairs::new(), &[]).err().unwrap().param.as_deref(),
        Some("InvoiceId")
    );
    let twice = |filter| Plan::of(lines, Some(filter), &given("InvoiceId", "in_1"), Pairs::new(), &[]);
    assert!(twice("InvoiceId = 'in_1'").is_ok() && twice("Invoice = 'in_2'").is_err());
    assert!(
        Plan::of(entity("Customer").unwrap(), None, &given("InvoiceId", "in_1"), Pairs::new(), &[]).is_err()
    );
}
