use super::*;
use crate::catalog::entity;
use crate::columns::{self, select};

const CUSTOMER: &str = r#"{
  "id": "cus_1", "object": "customer", "created": 1707196279, "balance": -5, "name": null,
  "address": {"city": "Rome", "postal_code": "1"}, "shipping": null, "livemode": false,
  "metadata": {"plan": "gold", "a b": "c"}, "preferred_locales": ["de", {"x": 1.50}],
  "subscriptions": {"object": "list", "data": [{"id": "sub_1"}], "has_more": false},
  "tax": {}, "brand_new": 1.10, "brand_new_object": {"deep_er": {"x_y": true}}
}"#;

fn row<'a>(name: &str, object: &'a str) -> Row<'a> {
    Row::of(&Layouts::new(), entity(name).unwrap().row, &Members::parse(object).unwrap()).unwrap()
}

#[test]
fn objects_flatten_and_values_stay() {
    assert_eq!(
        row("Customer", CUSTOMER).to_json(None),
        r#"{"Id":"cus_1","Object":"customer","Created":"2024-02-06T05:11:19Z","Balance":-5,"Name":null,"#
            .to_string()
            + r#""AddressCity":"Rome","AddressPostalCode":"1","Shipping":null,"Livemode":false,"#
            + r#""Metadata":{"plan": "gold", "a b": "c"},"PreferredLocales":["de", {"x": 1.50}],"#
            + r#""Subscriptions":[{"id": "sub_1"}],"Tax":{},"BrandNew":1.10,"BrandNewObjectDeepErXY":true}"#
    );
}

#[test]
fn an_expanded_reference_keeps_its_id() {
    let intent = r#"{"id": "pi_1", "customer": {"id": "cus_1", "object": "customer", "email": "a@b.c", "created": 0}}"#;
    assert_eq!(
        row("PaymentIntent", intent).to_json(None),
        r#"{"Id":"pi_1","Customer":"cus_1","CustomerId":"cus_1","CustomerObject":"customer","CustomerEmail":"a@b.c","CustomerCreated":"1970-01-01T00:00:00Z"}"#
    );
}

#[test]
fn selections() {
    let customer = entity("Customer").unwrap();
    let select = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        select(customer, Some(&names), &[])
            .map(|columns| row("Customer", CUSTOMER).to_json(columns.as_deref()))
    };
    assert_eq!(
        select(&["email", "ID", "address_city", "Metadata.plan", "Metadata.none"]).unwrap(),
        r#"{"Email":null,"Id":"cus_1","AddressCity":"Rome","Metadata.plan":"gold","Metadata.none":null}"#
    );
    assert_eq!(select(&["Address"]).unwrap(), r#"{"AddressCity":"Rome","AddressPostalCode":"1"}"#);
    assert_eq!(select(&["Address.City", "Shipping"]).unwrap(), r#"{"AddressCity":"Rome","Shipping":null}"#);
    for (wrong, hint) in [
        ("Emial", "`Email`"),
        ("Address.Citty", ""),
        ("Metadata2.x", ""),
        ("TaxExmpt", "`TaxExempt`"),
        ("Name.x", ""),
        ("TaxLocaton", "`TaxLocation`"),
        ("Customers", ""),
        ("", ""),
    ] {
        let failure = select(&[wrong]).unwrap_err();
        assert!(
            failure.message.contains(hint) && failure.param.as_deref() == Some(wrong),
            "{}",
            failure.message
        );
    }
}

#[test]
fn what_is_known_of_other_objects_makes_no_difference() {
    let layouts = Layouts::new();
    let email =
        r#"{"customer": {"id": "cus_1", "object": "customer", "email": "a@b.c"}, "customer_email": null}"#;
    let maps = |from: usize| {
        let members: Vec<String> =
            (from..from + 3_000).map(|at| alloc::format!(r#""k{at}": {{"a_b": 1}}"#)).collect();
        alloc::format!(r#"{{"id": "in_1", "brand_new": {{{}}}}}"#, members.join(","))
    };
    let invoices = [
        r#"{"id": "in_1", "customer": "cus_1", "lines": {"object": "list", "data": [], "has_more": true}}"#,
        email,
        r#"{"customer_email": "x", "id": "in_2", "customer": null}"#,
        r#"{"customer": {"id": "cus_1", "deleted": true, "object": "unknown", "x": {"y": 2}}}"#,
        r#"{"customer": {"id": "cus_1", "object": "customer", "email": 1, "email": 2}}"#,
        &maps(0),
        &maps(1_000),
        &maps(9_000),
        email,
    ];
    let unknown = r#"{"name": "x", "next": {"invoice_sequence": 1}}"#;
    let later = r#"{"name": "x", "phone": null, "shipping": null, "tax_exempt": null}"#;
    for customer in [later, unknown, later, unknown] {
        let members = Members::parse(customer).unwrap();
        let known = Row::of(&layouts, entity("Customer").unwrap().row, &members).unwrap();
        assert_eq!(known.to_json(None), row("Customer", customer).to_json(None));
    }
    for (at, invoice) in invoices.iter().enumerate() {
        let members = Members::parse(invoice).unwrap();
        let known = Row::of(&layouts, entity("Invoice").unwrap().row, &members).unwrap();
        assert_eq!(known.to_json(None), row("Invoice", invoice).to_json(None), "{at}");
    }
}

#[test]
fn hostile_nesting_stays_a_value() {
    let deep = alloc::format!(r#"{{"x": {}1{}}}"#, r#"{"a": "#.repeat(50_000), "}".repeat(50_000));
    assert!(row("Customer", &deep).to_json(None).len() > 100_000);
}

#[test]
fn an_object_is_selected_whole_and_takes_no_strangers() {
    let customer = entity("Customer").unwrap();
    let object = r#"{"id": "cus_1", "tax_exempt": "none", "tax": {"ip_address": null, "location": {"country": "IT"}}}"#;
    let select = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let columns = select(customer, Some(&names), &[]).unwrap();
        row("Customer", object).to_json(columns.as_deref())
    };
    assert_eq!(select(&["Tax"]), r#"{"TaxIpAddress":null,"TaxLocationCountry":"IT"}"#);
    assert_eq!(select(&["CashBalance", "Id", "id"]), r#"{"CashBalance":null,"Id":"cus_1"}"#);
    assert_eq!(select(&["Tax.Location.Country"]), r#"{"TaxLocationCountry":"IT"}"#);
    assert_eq!(select(&[]), "{}");
}

#[test]
fn no_column_stands_twice() {
    let invoice = r#"{"id": "in_1", "customer_email": "own@b.c",
        "customer": {"id": "cus_1", "object": "customer", "email": "other@b.c"}}"#;
    let row = row("Invoice", invoice);
    assert_eq!(
        row.to_json(None),
        r#"{"Id":"in_1","CustomerEmail":"own@b.c","Customer":"cus_1","CustomerId":"cus_1","CustomerObject":"customer","Customer.Email":"other@b.c"}"#
    );
    let expand = ["customer".to_string()];
    for (name, value) in [
        ("CustomerEmail", r#""own@b.c""#),
        ("Customer.Email", r#""other@b.c""#),
        ("customer.id", r#""cus_1""#),
    ] {
        let column = Column::find(entity("Invoice").unwrap(), name, &expand).unwrap();
        assert_eq!(row.get(&column).as_deref(), Some(value), "{name}");
    }
    let intent =
        r#"{"last_payment_error": {"payment_method": {"type": "card"}, "payment_method_type": null}}"#;
    assert_eq!(
        self::row("PaymentIntent", intent).to_json(None),
        r#"{"LastPaymentError.PaymentMethod.Type":"card","LastPaymentErrorPaymentMethodType":null}"#
    );
}

#[test]
fn a_nested_list_that_is_cut_says_so() {
    let invoice = r#"{"lines": {"object": "list", "data": [1], "has_more": true}}"#;
    assert_eq!(row("Invoice", invoice).to_json(None), r#"{"Lines":[1],"LinesHasMore":true}"#);
    let columns = ["LinesHasMore".to_string(), "PaymentsHasMore".to_string()];
    let columns = select(entity("Invoice").unwrap(), Some(&columns), &[]).unwrap();
    assert_eq!(
        row("Invoice", invoice).to_json(columns.as_deref()),
        r#"{"LinesHasMore":true,"PaymentsHasMore":null}"#
    );
}

#[test]
fn namesakes_in_other_objects_are_told_apart() {
    let invoice = r#"{"customer": {"id": "cus_1", "object": "customer", "email": "new", "address": {"city": "NEW"}},
        "customer_address": {"city": "OLD"}, "customer_email": "old"}"#;
    let invoices = entity("Invoice").unwrap();
    let row = row("Invoice", invoice);
    let names: Vec<&str> = row.0.iter().map(|cell| cell.title.name()).collect();
    assert_eq!(crate::order::repeated(names.iter().copied()), None, "{names:?}");
    let expand = ["customer".to_string()];
    let select = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        row.to_json(select(invoices, Some(&names), &expand).unwrap().as_deref())
    };
    assert_eq!(select(&["CustomerAddressCity"]), r#"{"CustomerAddressCity":"OLD"}"#);
    assert_eq!(select(&["CustomerAddress"]), r#"{"CustomerAddressCity":"OLD"}"#);
    assert_eq!(
        select(&["CustomerEmail", "Customer.Email", "Customer.Address.City"]),
        r#"{"CustomerEmail":"old","Customer.Email":"new","Customer.Address.City":"NEW"}"#
    );
    assert_eq!(select(&["customeraddresscity", "customer_address_city"]), r#"{"CustomerAddressCity":"OLD"}"#);
}

#[test]
fn an_id_that_is_expanded_inside_an_object_stays() {
    let customer =
        r#"{"invoice_settings": {"default_payment_method": {"id": "pm_1", "object": "payment_method"}}}"#;
    let json = row("Customer", customer).to_json(None);
    assert!(json.contains(r#""InvoiceSettingsDefaultPaymentMethod":"pm_1""#), "{json}");
}

#[test]
fn a_column_means_the_same_in_every_row() {
    let intents = entity("PaymentIntent").unwrap();
    let error = r#"{"last_payment_error": {"payment_method": {"id": "pm_1", "type": "card"}}}"#;
    let row = row("PaymentIntent", error);
    let select = |name: &str| {
        let columns = select(intents, Some(&[name.to_string()]), &[]).unwrap();
        row.to_json(columns.as_deref())
    };
    assert_eq!(
        row.to_json(None),
        r#"{"LastPaymentErrorPaymentMethodId":"pm_1","LastPaymentError.PaymentMethod.Type":"card"}"#
    );
    assert_eq!(select("LastPaymentErrorPaymentMethodType"), r#"{"LastPaymentErrorPaymentMethodType":null}"#);
    for name in ["LastPaymentErrorPaymentMethod", "LastPaymentError"] {
        assert!(select(name).ends_with(r#""LastPaymentError.PaymentMethod.Type":"card"}"#), "{name}");
    }
    let invoice = r#"{"customer": {"id": "cus_1", "object": "customer", "email": "a@b.c", "address": {"city": "Rome"}},
        "customer_address": null}"#;
    assert_eq!(
        self::row("Invoice", invoice).to_json(None),
        r#"{"Customer":"cus_1","CustomerId":"cus_1","CustomerObject":"customer","Customer.Email":"a@b.c","Customer.Address.City":"Rome","CustomerAddress":null}"#
    );
}

#[test]
fn rows_name_what_the_catalog_lists_as_it_does() {
    for entity in catalog::ENTITIES {
        for listed in columns::of_rows(entity.row).into_iter().filter(|own| !own.path.ends_with(HAS_MORE)) {
            let object = listed
                .path
                .rsplit('.')
                .fold("1".to_string(), |value, name| format!("{{\"{name}\":{value}}}"));
            let row = Row::of(&Layouts::new(), entity.row, &Members::parse(&object).unwrap()).unwrap();
            let names: Vec<&str> = row.0.iter().map(|cell| cell.title.name()).collect();
            assert_eq!(names, [listed.name.as_str()], "{}", entity.name);
        }
    }
}

#[test]
fn members_are_found_in_whatever_order_objects_have_them() {
    let customer = entity("Customer").unwrap().row;
    let layouts = Layouts::new();
    for (object, expected) in [
        (r#"{"b": 1, "id": "cus_1", "b": 2}"#, r#"{"B":1,"Id":"cus_1","B":2}"#),
        (r#"{"id": "cus_1", "c": {"b": 1}, "b": 2}"#, r#"{"Id":"cus_1","CB":1,"B":2}"#),
        (r#"{"c": {"a": 1, "b": 2}, "b": 3, "id": "cus_1"}"#, r#"{"CA":1,"CB":2,"B":3,"Id":"cus_1"}"#),
        (r#"{"c": {"object": "list", "data": [4], "has_more": true}}"#, r#"{"C":[4],"CHasMore":true}"#),
        (r#"{"id": "cus_1", "c": {"b": 5, "has_more": false}}"#, r#"{"Id":"cus_1","CB":5,"CHasMore":false}"#),
    ] {
        let mut row = String::new();
        write(&layouts, customer, &Members::parse(object).unwrap(), &mut row).unwrap();
        assert_eq!(row, expected);
    }
}
