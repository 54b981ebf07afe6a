use super::*;
use serde_json::{Value, json};

#[test]
fn an_entity_is_described_with_its_columns_and_schemas() {
    let description = entity("customers").unwrap();
    assert_eq!(description.name, "Customer");
    let details: Value = serde_json::from_str(&description.details).unwrap();
    assert_eq!(details["operations"], json!(["list", "get", "create", "update", "delete"]));
    let column = |name: &str| {
        details["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone()
    };
    assert_eq!(
        column("Email"),
        json!({"name": "Email", "type": "text", "key": false, "creatable": true, "updatable": true,
            "nullable": true, "filterable": true, "filteredByStripe": true, "sortable": true})
    );
    assert_eq!(
        (column("Id")["key"].clone(), column("Created")["creatable"].clone()),
        (json!(true), json!(false))
    );
    assert_eq!(details["jsonSchema"]["properties"]["AddressCity"], json!({"type": ["string", "null"]}));
    assert_eq!(details["jsonSchema"]["properties"]["Created"]["format"], "date-time");
    assert!(details["createSchema"]["properties"]["Address"]["properties"]["city"].is_object());
    let balance: Value = serde_json::from_str(&entity("Balance").unwrap().details).unwrap();
    assert!(balance.get("createSchema").is_none() && balance["operations"] == json!(["get"]));
    assert!(entity("Custmer").unwrap_err().message.contains("`Customer`"));
}

#[test]
fn an_action_is_described_by_its_documented_inputs() {
    let description = action("AttachPaymentMethodToCustomer").unwrap();
    let details: Value = serde_json::from_str(&description.details).unwrap();
    let required: Vec<&Value> = details["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|input| input["required"] == true)
        .map(|i| &i["name"])
        .collect();
    assert_eq!(required, ["PaymentMethodId", "CustomerId"]);
    assert_eq!(details["inputSchema"]["required"], json!(["PaymentMethodId", "CustomerId"]));
    assert_eq!(details["outputSchema"]["items"]["required"], json!(["Success"]));
    assert!(action("Nothing").is_err());
}

#[test]
fn everything_can_be_described() {
    assert_eq!((entities().len(), actions().len()), (ENTITIES.len(), ACTIONS.len()));
    for summary in entities() {
        entity(&summary.name).unwrap();
    }
    for summary in actions() {
        action(&summary.name).unwrap();
    }
}
