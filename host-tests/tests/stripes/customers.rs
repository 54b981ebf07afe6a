//! Customers, products, prices and plans: rows that are read and written, and how lists are paged.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::account::{Account, email, id};
use crate::cases;

cases![
    customers,
    customers_are_paged_to_the_end,
    lists_are_newest_first { Localstripe: "lists oldest first" },
    customers_are_deleted { StatefulMock: NO_DELETE },
    deleted_customers_are_rows { Localstripe: "answers 404 for what was deleted", StatefulMock: NO_DELETE },
    metadata_is_merged { StatefulMock: "replaces all metadata" },
    metadata_keys_are_unset { Localstripe: EMPTY_TEXT, StatefulMock: EMPTY_TEXT },
    null_unsets { Localstripe: EMPTY_TEXT, StatefulMock: EMPTY_TEXT },
    products,
    products_are_changed { StatefulMock: "cannot update a product" },
    products_are_deleted { StatefulMock: "cannot delete a product" },
    prices { Localstripe: "has plans only, no prices" },
    plans { Sandbox: "has prices, which came in place of plans" },
];

const NO_DELETE: &str = "cannot delete a customer";
const EMPTY_TEXT: &str = "stores an empty text in place of null";

async fn customers(account: Account) {
    let email = email();
    let fields = json!({"Email": email, "Description": "first", "Metadata": {"plan": "gold"}, "AddressCity": "Oslo",
        "AddressLine1": "Karl Johans gate 1"});
    let created = account.create("Customer", fields).await;
    let customer = id(&created);
    assert_eq!(account.get("Customer", &customer).await, created);
    assert_eq!((&created["Email"], &created["Metadata"]), (&json!(email), &json!({"plan": "gold"})));
    assert_eq!((&created["AddressCity"], &created["Object"]), (&json!("Oslo"), &json!("customer")));
    assert!(created["Created"].as_str().is_some_and(|instant| instant.ends_with('Z')), "{created}");

    let changed = account.update("Customer", &customer, json!({"Description": "second"})).await;
    assert_eq!((&changed["Description"], &changed["Email"]), (&json!("second"), &json!(email)));
    assert_eq!(account.list("Customer", Some(&format!("Email = '{email}'")), 25).await, [changed]);
}

async fn customers_are_paged_to_the_end(account: Account) {
    let email = email();
    let mut expected = HashSet::new();
    for _ in 0..23 {
        expected.insert(id(&account.create("Customer", json!({ "Email": email })).await));
    }
    let filter = format!("Email = '{email}'");
    for (filter, page_size) in [(Some(filter.as_str()), 5), (Some(filter.as_str()), 23), (None, 10)] {
        // Other cases have customers of their own in the list of all.
        let found = account.list("Customer", filter, page_size).await;
        let own: Vec<_> = found.iter().filter(|row| row["Email"] == json!(email)).map(id).collect();
        assert_eq!(own.len(), 23, "each is found once, in pages of {page_size} by {filter:?}");
        assert_eq!(own.into_iter().collect::<HashSet<_>>(), expected);
    }
}

async fn lists_are_newest_first(account: Account) {
    let email = email();
    let older = id(&account.create("Customer", json!({ "Email": email })).await);
    // Within a second the order is anybody's.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let newer = id(&account.create("Customer", json!({ "Email": email })).await);
    assert_eq!(account.ids("Customer", &format!("Email = '{email}'")).await, [newer, older]);
}

async fn customers_are_deleted(account: Account) {
    let email = email();
    let customer = id(&account.create("Customer", json!({ "Email": email })).await);
    let answer = account.delete("Customer", &customer).await;
    assert_eq!((id(&answer), &answer["Deleted"]), (customer, &json!(true)));
    assert_eq!(account.ids("Customer", &format!("Email = '{email}'")).await, [""; 0]);
}

async fn deleted_customers_are_rows(account: Account) {
    let customer = id(&account.create("Customer", json!({ "Email": email() })).await);
    account.delete("Customer", &customer).await;
    let row = account.get("Customer", &customer).await;
    assert_eq!(row, json!({"Id": customer, "Object": "customer", "Deleted": true}));
}

async fn metadata_is_merged(account: Account) {
    let fields = json!({"Email": email(), "Metadata": {"plan": "gold"}});
    let customer = id(&account.create("Customer", fields).await);
    let changed = account.update("Customer", &customer, json!({"Metadata": {"seat": "12"}})).await;
    assert_eq!(changed["Metadata"], json!({"plan": "gold", "seat": "12"}));
}

async fn metadata_keys_are_unset(account: Account) {
    let fields = json!({"Email": email(), "Metadata": {"plan": "gold", "seat": "12"}});
    let customer = id(&account.create("Customer", fields).await);
    let changed = account.update("Customer", &customer, json!({"Metadata": {"seat": null}})).await;
    assert_eq!(changed["Metadata"], json!({"plan": "gold"}));
}

async fn null_unsets(account: Account) {
    let fields = json!({"Email": email(), "Description": "first"});
    let customer = id(&account.create("Customer", fields).await);
    let changed = account.update("Customer", &customer, json!({"Description": null})).await;
    assert_eq!(changed["Description"], Value::Null);
}

async fn products(account: Account) {
    let created = account.create("Product", json!({"Name": "Gold", "Metadata": {"colour": "yellow"}})).await;
    let product = id(&created);
    assert_eq!(account.get("Product", &product).await, created);
    assert_eq!((&created["Name"], &created["Active"]), (&json!("Gold"), &json!(true)));
    let all = account.list("Product", None, 100).await;
    assert_eq!(all.iter().filter(|row| row["Id"] == json!(product)).collect::<Vec<_>>(), [&created]);
}

async fn products_are_changed(account: Account) {
    let product = id(&account.create("Product", json!({"Name": "Gold"})).await);
    account.update("Product", &product, json!({"Description": "shines"})).await;
    assert_eq!(account.get("Product", &product).await["Description"], "shines");
}

async fn products_are_deleted(account: Account) {
    let product = id(&account.create("Product", json!({"Name": "Gold"})).await);
    assert_eq!(account.delete("Product", &product).await["Deleted"], true);
    let gone = account.list("Product", None, 100).await;
    assert!(gone.iter().all(|row| row["Id"] != json!(product)));
}

async fn prices(account: Account) {
    let product = id(&account.create("Product", json!({"Name": "Gold"})).await);
    let fields =
        json!({"Product": product, "Currency": "usd", "UnitAmount": 2000, "RecurringInterval": "month"});
    let created = account.create("Price", fields).await;
    let price = id(&created);
    assert_eq!(account.get("Price", &price).await, created);
    assert_eq!((&created["UnitAmount"], &created["Type"]), (&json!(2000), &json!("recurring")));
    account.update("Price", &price, json!({"Nickname": "monthly", "Active": false})).await;
    let filter = format!("Product = '{product}'");
    let all = account.list("Price", Some(&filter), 25).await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["Nickname"], &all[0]["Active"]), (&json!("monthly"), &json!(false)));
}

async fn plans(account: Account) {
    let product = id(&account.create("Product", json!({"Name": "Gold"})).await);
    let fields = json!({"Product": product, "Currency": "usd", "Amount": 2000, "Interval": "month"});
    let created = account.create("Plan", fields).await;
    assert_eq!(account.get("Plan", &id(&created)).await, created);
    assert_eq!((&created["Amount"], &created["Interval"]), (&json!(2000), &json!("month")));
    assert_eq!(account.ids("Plan", &format!("Product = '{product}'")).await, [id(&created)]);
}
