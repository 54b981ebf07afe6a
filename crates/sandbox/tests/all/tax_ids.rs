//! Tax ids, and whose they are.

use crate::common::{Api, Form, id, ids, start};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn tax_ids_of_a_customer() {
    let api = start().await;
    let form = [("tax_id_data[0][type]", "eu_vat"), ("tax_id_data[0][value]", "DE123456789")];
    let customer = id(&api.post("/v1/customers", &form).await);
    let list = format!("/v1/customers/{customer}/tax_ids");
    let first = api.get(&list, &[]).await["data"][0].clone();
    assert_eq!((&first["country"], &first["verification"]["status"]), (&json!("DE"), &json!("pending")));
    let owner = json!({"customer": customer, "customer_account": null, "type": "customer"});
    assert_eq!((&first["owner"], &first["customer"]), (&owner, &json!(customer)));
    let gb = api.post(&list, &[("type", "gb_vat"), ("value", "GB000000000")]).await;
    assert_eq!((&gb["country"], &gb["verification"]["status"]), (&json!("GB"), &json!("verified")));
    let greek = api.post(&list, &[("type", "eu_vat"), ("value", "EL111111111")]).await;
    assert_eq!((&greek["country"], &greek["verification"]["status"]), (&json!("GR"), &json!("unverified")));
    let us = api.post(&list, &[("type", "us_ein"), ("value", "12-3456789")]).await;
    assert_eq!(us["verification"]["status"], "unavailable");
    let shown = api.get(&format!("/v1/customers/{customer}"), &[("expand[]", "tax_ids")]).await;
    assert_eq!((ids(&shown["tax_ids"]).len(), &shown["tax_ids"]["url"]), (4, &json!(list)));
    let invoice = api.post("/v1/invoices", &[("customer", &customer)]).await;
    assert_eq!(invoice["customer_tax_ids"][0], json!({"type": "eu_vat", "value": "DE123456789"}));
    let path = format!("{list}/{}", id(&us));
    assert_eq!(api.get(&path, &[]).await, us);
    let stranger = api.customer().await;
    assert_eq!(
        api.refused(Method::GET, &format!("/v1/customers/{stranger}/tax_ids/{}", id(&us)), &[]).await.0,
        404
    );
    assert_eq!(api.delete(&path).await, json!({"id": us["id"], "object": "tax_id", "deleted": true}));
    assert_eq!(api.refused(Method::DELETE, &path, &[]).await.0, 404);
    let (_, error) = api.post_refused(&list, &[("type", "eu_vat"), ("value", "123")]).await;
    assert_eq!(error["code"], "tax_id_invalid");
    for value in ["1", "2"] {
        api.post(&list, &[("type", "ch_uid"), ("value", value)]).await;
    }
    assert_eq!(api.post_refused(&list, &[("type", "ch_uid"), ("value", "3")]).await.0, 400);
    api.delete(&format!("/v1/customers/{customer}")).await;
    assert_eq!(api.refused(Method::GET, &format!("/v1/tax_ids/{}", id(&gb)), &[]).await.0, 404);
}

#[tokio::test]
async fn tax_ids_of_the_account_are_listed_unless_others_are_asked_for() {
    let api = start().await;
    let customer = api.customer().await;
    let own = api.post("/v1/tax_ids", &[("type", "us_ein"), ("value", "12-3456789")]).await;
    assert_eq!((&own["owner"], &own["customer"]), (&json!({"type": "self"}), &Value::Null));
    let of = [("owner[type]", "customer"), ("owner[customer]", customer.as_str())];
    let form = [of[0], of[1], ("type", "us_ein"), ("value", "98-7654321")];
    let theirs = api.post("/v1/tax_ids", &form).await;
    assert_eq!(theirs["customer"], customer);
    assert_eq!(ids(&api.get("/v1/tax_ids", &[]).await), [id(&own)]);
    assert_eq!(ids(&api.get("/v1/tax_ids", &[("owner[type]", "self")]).await), [id(&own)]);
    assert_eq!(ids(&api.get("/v1/tax_ids", &of).await), [id(&theirs)]);
    for (query, param) in [
        (&[of[0]] as &[_], "owner[customer]"),
        (&[of[0], ("owner[customer]", "cus_none")], "owner[customer]"),
        (&[("owner[type]", "account")], "owner[account]"),
        (&[("owner[type]", "account"), ("owner[account]", "nobody")], "owner[account]"),
        (&[of[0], ("owner[customer_account]", "acct_1")], "owner[customer_account]"),
    ] {
        let (status, error) = api.refused(Method::GET, "/v1/tax_ids", query).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)));
    }
    let form = [("customer", customer.as_str()), ("account_tax_ids[]", own["id"].as_str().unwrap())];
    let invoice = api.post("/v1/invoices", &form).await;
    assert_eq!(invoice["account_tax_ids"][0], own["id"]);
    let form = [form[0], ("account_tax_ids[]", "txi_none")];
    assert_eq!(api.post_refused("/v1/invoices", &form).await.1["param"], "account_tax_ids");
    let path = format!("/v1/tax_ids/{}", id(&own));
    assert_eq!(api.delete(&path).await["deleted"], true);
    assert_eq!(api.refused(Method::GET, &path, &[]).await.0, 404);
}

async fn listed(api: &Api, owner: Form<'_>) -> Vec<String> {
    ids(&api.get("/v1/tax_ids", owner).await)
}

#[tokio::test]
async fn each_owner_has_a_list_of_its_own() {
    let api = start().await;
    let value = [("type", "us_ein"), ("value", "12-3456789")];
    let own = id(&api.post("/v1/tax_ids", &value).await);
    let account = [("owner[type]", "account"), ("owner[account]", "acct_1")];
    let theirs = api.post("/v1/tax_ids", &[value, account].concat()).await;
    assert_eq!(theirs["owner"], json!({"account": "acct_1", "type": "account"}));
    let application = [("owner[type]", "application")];
    let form = [value.as_slice(), &application].concat();
    assert_eq!(api.post_refused("/v1/tax_ids", &form).await.1["param"], "owner[type]");
    api.put(json!({"object": "customer", "id": "cus_1"}));
    for (id, customer, owner) in [
        ("txi_1", json!("cus_1"), json!({"type": "customer", "customer": "cus_1"})),
        ("txi_2", Value::Null, json!({"type": "application", "application": "ca_1"})),
        ("txi_3", Value::Null, json!({"type": "account", "account": "acct_2"})),
        ("txi_4", Value::Null, json!({"type": "self"})),
    ] {
        api.put(json!({"object": "tax_id", "id": id, "customer": customer, "owner": owner}));
    }
    assert_eq!(listed(&api, &[]).await, [own.as_str(), "txi_4"]);
    assert_eq!(listed(&api, &account).await, [id(&theirs)]);
    assert_eq!(listed(&api, &[account[0], ("owner[account]", "acct_2")]).await, ["txi_3"]);
    assert_eq!(listed(&api, &application).await, ["txi_2"]);
    let customer = [("owner[type]", "customer"), ("owner[customer]", "cus_1")];
    assert_eq!(listed(&api, &customer).await, ["txi_1"]);
    assert_eq!(ids(&api.get("/v1/customers/cus_1/tax_ids", &[]).await), ["txi_1"]);
}
