//! The rules on small descriptions, then what they give for Stripe's.

use anyhow::Result;
use serde_json::{Value, json};

use super::assembly::Assembly;
use super::call::Call;
use super::exceptions::{Exception, Exceptions};
use super::{ActionMap, EntityMap, Mapping, Special};
use crate::description::Description;
use crate::description::tests::stripes_own;

/// `GET /v1/cards?limit,customer` with an answer: `card`, `card or deleted_card`, `list card`, `search card`, `bytes`
/// or `nothing`.
fn description(operations: &[(&str, &str)]) -> Description {
    let mut paths = json!({});
    for (call, answer) in operations {
        let (method, path) = call.split_once(' ').unwrap();
        let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
        let parameters = parameters.split(',').filter(|name| !name.is_empty());
        let parameters: Vec<_> =
            parameters.map(|name| json!({"name": name, "in": "query", "schema": {}})).collect();
        paths[path][method.to_lowercase()] =
            json!({"parameters": parameters, "responses": {"200": {"content": content(answer)}}});
    }
    let description = json!({"info": {"version": "1"}, "paths": paths, "components": {"schemas": {}}});
    serde_json::from_value(description).unwrap()
}

fn content(answer: &str) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let list = |kind: &str, name: &str| json!({"properties": {"object": {"enum": [kind]}, "data": {"items": reference(name)}}});
    let schema = match answer.split_once(' ') {
        None if answer == "bytes" => return json!({"application/pdf": {"schema": {}}}),
        None if answer == "nothing" => json!({}),
        Some(("list", name)) => list("list", name),
        Some(("search", name)) => list("search_result", name),
        _ => json!({"anyOf": answer.split(" or ").map(reference).collect::<Vec<_>>()}),
    };
    json!({"application/json": {"schema": schema}})
}

fn mapping(operations: &[(&str, &str)], exceptions: &Exceptions) -> Result<Mapping> {
    let description = description(operations);
    let calls = Call::all(&description)?;
    Assembly::new(&calls, exceptions)?.mapping("1")
}

/// Each row is a call, its answer, and what it must be.
#[track_caller]
fn gives(rows: &[[&str; 3]]) -> Mapping {
    let operations: Vec<_> = rows.iter().map(|[call, answer, _]| (*call, *answer)).collect();
    let mapping = mapping(&operations, &Exceptions::default()).unwrap();
    for [call, _, expected] in rows {
        assert_eq!(target(&mapping, call.split('?').next().unwrap()), *expected, "{call}");
    }
    mapping
}

#[track_caller]
fn fails(operations: &[(&str, &str)], exceptions: &Exceptions, expected: &str) {
    let message = format!("{:#}", mapping(operations, exceptions).err().unwrap());
    assert!(message.contains(expected), "{message}");
}

#[track_caller]
fn target(mapping: &Mapping, call: &str) -> String {
    let operations = mapping.operations.iter();
    let mut found = operations.filter(|operation| format!("{} {}", operation.method, operation.path) == call);
    mapping.target(&found.next().unwrap_or_else(|| panic!("no {call}")).target)
}

#[track_caller]
fn entity<'a>(mapping: &'a Mapping, name: &str) -> &'a EntityMap {
    mapping.entities.iter().find(|entity| entity.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[track_caller]
fn action<'a>(mapping: &'a Mapping, name: &str) -> &'a ActionMap {
    mapping.actions.iter().find(|action| action.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn a_collection() {
    let mapping = gives(&[
        ["GET /v1/gift_cards", "list gift_card", "GiftCard.List"],
        ["POST /v1/gift_cards", "gift_card", "GiftCard.Create"],
        ["GET /v1/gift_cards/search", "search gift_card", "search of GiftCard"],
        ["GET /v1/gift_cards/{id}", "gift_card or deleted_gift_card", "GiftCard.Get"],
        ["POST /v1/gift_cards/{id}", "gift_card", "GiftCard.Update"],
        ["DELETE /v1/gift_cards/{card}", "deleted_gift_card", "GiftCard.Delete"],
    ]);
    let [entity] = mapping.entities.as_slice() else { panic!("{:?}", mapping.entities) };
    assert_eq!((entity.name.as_str(), entity.plural.as_str()), ("GiftCard", "GiftCards"));
    assert_eq!((entity.schema.as_str(), entity.singleton), ("gift_card", false));
    let operations = [entity.list, entity.create, entity.search, entity.get, entity.update, entity.delete];
    let paths = operations.map(|operation| mapping.operations[operation.unwrap()].path.as_str());
    let (collection, item) = ("/v1/gift_cards", "/v1/gift_cards/{id}");
    assert_eq!(paths, [collection, collection, "/v1/gift_cards/search", item, item, "/v1/gift_cards/{card}"]);
}

#[test]
fn a_post_of_what_it_answers_with_creates() {
    gives(&[
        ["POST /v1/gift_links", "gift_link", "GiftLink.Create"],
        ["POST /v1/keys", "gift.key", "GiftKey.Create"],
        ["DELETE /v1/keys/{id}", "gift.key", "GiftKey.Delete"],
        ["POST /v2/gift/session", "v2.gift.session", "V2GiftSession.Create"],
    ]);
}

#[test]
fn singletons() {
    let mapping = gives(&[
        ["GET /v1/gift/settings", "gift.settings", "GiftSettings.Get"],
        ["POST /v1/gift/settings", "gift.settings", "GiftSettings.Update"],
        ["GET /v1/gifts", "list gift", "Gift.List"],
        ["GET /v1/gifts/{id}/ribbon", "ribbon", "Ribbon.Get"],
        ["DELETE /v1/gifts/{gift}/ribbon", "deleted_ribbon", "Ribbon.Delete"],
    ]);
    assert!(entity(&mapping, "GiftSettings").singleton);
    assert_eq!(entity(&mapping, "GiftSettings").plural, "GiftSettings");
    let ribbon = entity(&mapping, "Ribbon");
    assert!(ribbon.singleton && ribbon.parents == ["GiftId"]);
    assert_eq!(ribbon.aliases, ["gifts/ribbon"]);
}

#[test]
fn actions() {
    let mapping = gives(&[
        ["GET /v1/gifts/{id}", "gift", "Gift.Get"],
        ["DELETE /v1/gifts/{id}", "gift", "action DeleteGift"],
        ["POST /v1/gifts/{gift}/wrap", "gift", "action WrapGift"],
        ["POST /v1/gifts/{gift}/mark_late", "gift", "action MarkLateGift"],
        ["POST /v1/gifts/create_preview", "gift", "action CreatePreviewGift"],
        ["GET /v1/gifts/find", "gift", "action FindGift"],
        ["GET /v1/gifts/{gift}/cards/{id}", "gift_card", "GiftCard.Get"],
        ["POST /v1/gifts/{gift}/cards/{id}/print", "gift", "action PrintGiftCard"],
    ]);
    assert_eq!(action(&mapping, "WrapGift").ids, ["GiftId"]);
    assert_eq!(action(&mapping, "FindGift").ids, [""; 0]);
    let print = action(&mapping, "PrintGiftCard");
    assert_eq!(print.ids, ["GiftId", "GiftCardId"]);
    assert_eq!(print.entity.as_deref(), Some("Gift"));
    assert_eq!(mapping.operations[print.operation].path, "/v1/gifts/{gift}/cards/{id}/print");
}

#[test]
fn test_helpers() {
    let mapping = gives(&[
        ["GET /v1/gifts/{id}", "gift", "Gift.Get"],
        ["POST /v1/test_helpers/gifts", "gift", "action CreateGift"],
        ["POST /v1/test_helpers/gifts/{id}", "gift", "action UpdateGift"],
        ["POST /v1/test_helpers/gifts/{id}/delivery/fail", "gift", "action FailDeliveryGift"],
        ["GET /v1/test_helpers/clocks", "list test_helpers.clock", "Clock.List"],
        ["POST /v1/test_helpers/clocks/{id}/advance", "test_helpers.clock", "action AdvanceClock"],
    ]);
    assert!(mapping.actions.iter().all(|action| action.test_only));
    assert_eq!(action(&mapping, "FailDeliveryGift").ids, ["GiftId"]);
    assert_eq!(action(&mapping, "AdvanceClock").ids, ["ClockId"]);
    assert_eq!(entity(&mapping, "Clock").aliases, ["test_helpers.clock", "test_helpers/clocks"]);
}

#[test]
fn entities_with_the_same_object() {
    let mapping = gives(&[
        ["GET /v1/labels", "list paper_label", "PaperLabel.List"],
        ["GET /v1/labels/{id}", "paper_label", "PaperLabel.Get"],
        ["GET /v1/gifts/{id}", "gift", "Gift.Get"],
        ["GET /v1/gifts/{id}/labels", "list paper_label", "GiftLabel.List"],
        ["GET /v1/gifts/{id}/small_lines", "list line", "GiftSmallLine.List"],
        ["GET /v1/gifts/{id}/big_lines", "list line", "GiftBigLine.List"],
    ]);
    assert_eq!(entity(&mapping, "PaperLabel").aliases, ["labels"]);
    assert_eq!(entity(&mapping, "GiftLabel").aliases, ["gifts/labels"]);
    assert_eq!(entity(&mapping, "GiftBigLine").schema, "line");
}

#[test]
fn what_stripe_has_twice() {
    gives(&[
        ["GET /v1/ships/accounts", "list ships.account", "ShipsAccount.List"],
        ["GET /v1/ships/accounts/{id}", "ships.account", "ShipsAccount.Get"],
        ["GET /v1/ships/accounts/{id}/owners", "list ships.owner", "ShipsOwner.List"],
        ["GET /v1/linked_accounts", "list ships.account", "alias of ShipsAccount.List"],
        ["GET /v1/linked_accounts/{id}/owners", "list ships.owner", "alias of ShipsOwner.List"],
        ["GET /v1/refunds?charge", "list refund", "Refund.List"],
        ["POST /v1/refunds?charge,amount", "refund", "Refund.Create"],
        ["GET /v1/charges/{id}", "charge", "Charge.Get"],
        ["GET /v1/charges/{charge}/refunds", "list refund", "alias of Refund.List"],
        ["POST /v1/charges/{charge}/refunds?amount", "refund", "alias of Refund.Create"],
        ["POST /v1/charges/{charge}/refund?amount", "charge", "alias of Refund.Create"],
    ]);
}

#[test]
fn what_can_do_more_is_no_alias() {
    gives(&[
        ["GET /v1/gifts/{id}", "gift", "Gift.Get"],
        // The other has no such operation.
        ["GET /v1/labels?gift", "list label", "Label.List"],
        ["GET /v1/gifts/{gift}/labels", "list label", "GiftLabel.List"],
        ["POST /v1/gifts/{gift}/labels", "label", "GiftLabel.Create"],
        // The other has no such parameter.
        ["GET /v1/notes?gift", "list note", "Note.List"],
        ["GET /v1/gifts/{gift}/notes?color", "list note", "GiftNote.List"],
        // The other has no such filter.
        ["GET /v1/cards", "list card", "Card.List"],
        ["GET /v1/gifts/{gift}/cards", "list card", "GiftCard.List"],
        // The collection beside it creates with fewer parameters.
        ["POST /v1/gifts/{gift}/bows", "bow", "Bow.Create"],
        ["POST /v1/gifts/{gift}/bow?color", "gift", "action BowGift"],
        // Reading creates nothing.
        ["POST /v1/gifts/{gift}/bands", "band", "Band.Create"],
        ["GET /v1/gifts/{gift}/band", "gift", "action BandGift"],
    ]);
}

#[test]
fn what_no_rule_decides_is_an_error_with_its_place() {
    let none = Exceptions::default();
    fails(&[("DELETE /v1/gifts/all", "nothing")], &none, "DELETE /v1/gifts/all: no rule says what it is");
    fails(&[("POST /v1/wrap", "nothing")], &none, "POST /v1/wrap: a verb below no resource");
    fails(&[("PUT /v1/gifts", "gift")], &none, "PUT /v1/gifts: the method is none of GET, POST and DELETE");
    fails(&[("GET /v1/pdf", "bytes")], &none, "GET /v1/pdf: its host or its media types are new");
    let unknown = [("GET /v1/gifts/{id}", "gift or card")];
    fails(&unknown, &none, "/v1/gifts: no operation answers with one object");
}

#[test]
fn names_that_mean_two_things_are_errors() {
    let none = Exceptions::default();
    let entities = [("GET /v1/gift/cards", "list gift.card"), ("GET /v1/gift_cards", "list gift_card")];
    let expected = "`GiftCard` can mean two: the entity of `gift.card` and the entity of `gift_card`";
    fails(&entities, &none, expected);
    let helpers = [("GET /v1/gifts", "list gift"), ("GET /v1/test_helpers/gifts", "list gift")];
    fails(&helpers, &none, "`Gift` can mean two");
    let actions = [
        ("GET /v1/cards/{id}", "card"),
        ("POST /v1/cards/{id}/void_gift", "card"),
        ("GET /v1/gift/cards/{id}", "gift.card"),
        ("POST /v1/gift/cards/{id}/void", "gift.card"),
    ];
    let expected =
        "`VoidGiftCard` can mean two: POST /v1/cards/{id}/void_gift and POST /v1/gift/cards/{id}/void";
    fails(&actions, &none, expected);
    let same = [
        ("GET /v1/gifts/{id}", "gift"),
        ("POST /v1/gifts/wrap", "gift"),
        ("POST /v1/gifts/{id}/wrap", "gift"),
    ];
    let expected =
        "POST /v1/gifts/wrap and POST /v1/gifts/{id}/wrap have the same resource and the same verb";
    fails(&same, &none, expected);
}

#[test]
fn exceptions_overrule_and_must_be_about_something() {
    let operations = [("GET /v1/gift_items", "list giftitem"), ("POST /v1/burst", "nothing")];
    let entity = Exception { at: "/v1/gift_items", is: "GiftItem", why: "two words" };
    let burst = Exception { at: "POST /v1/burst", is: "SendBurst", why: "no verb" };
    let exceptions = Exceptions {
        entities: Box::leak(Box::new([entity])),
        actions: Box::leak(Box::new([burst])),
        aliases: &[],
        documented_actions: &["SendBurst"],
    };
    let text = mapping(&operations, &exceptions).unwrap().to_text();
    assert_eq!(
        text,
        "# 1: 2 operations, 1 entities, 1 actions (0 test-only), 0 searches, 0 aliases\n\
         POST   /v1/burst      -> action SendBurst  documented name\n\
         GET    /v1/gift_items -> GiftItem.List     collection; exception: two words\n"
    );
    fails(&operations[1..], &exceptions, "exceptions.rs names /v1/gift_items, which is no entity");
    fails(&operations[..1], &exceptions, "exceptions.rs names the action SendBurst, which no operation is");
}

#[test]
fn stripes_operations() -> Result<()> {
    let Some(description) = stripes_own()? else { return Ok(()) };
    let mapping = Mapping::of(&description)?;
    for line in EXPECTED.lines() {
        let (call, expected) = line.split_once(" -> ").unwrap();
        assert_eq!(target(&mapping, call), expected, "{call}");
    }
    assert_eq!(mapping.operations.len(), 619);
    assert!(mapping.entities.len() >= 135, "{mapping}");
    assert!(mapping.actions.len() >= 95, "{mapping}");
    let searches = mapping.entities.iter().filter(|entity| entity.search.is_some()).count();
    assert_eq!(searches, 7);
    Ok(())
}

#[test]
fn stripes_entities_and_actions() -> Result<()> {
    let Some(description) = stripes_own()? else { return Ok(()) };
    let mapping = Mapping::of(&description)?;
    // What callers have been able to use from the first day.
    for name in [
        "Balance", "Charge", "Customer", "Invoice", "InvoiceItem", "InvoiceLineItem", "PaymentIntent",
        "PaymentMethod", "Plan", "Price", "Product", "Quote", "Refund", "SetupIntent", "Subscription",
    ] {
        entity(&mapping, name);
    }
    for (name, parents) in [
        ("InvoiceLineItem", &["InvoiceId"][..]),
        ("CustomerBalanceTransaction", &["CustomerId"]),
        ("QuoteLineItem", &["QuoteId"]),
        ("V2CoreAccountPerson", &["V2CoreAccountId"]),
        ("CustomerSubscriptionDiscount", &["CustomerId", "SubscriptionId"]),
        ("CreditNotePreviewLineItem", &[]),
    ] {
        assert_eq!(entity(&mapping, name).parents, parents, "{name}");
    }
    for name in ["Balance", "CurrentAccount", "TaxSettings", "CashBalance", "SubscriptionDiscount"] {
        assert!(entity(&mapping, name).singleton, "{name}");
    }
    assert_eq!(entity(&mapping, "CheckoutSession").aliases, [""; 0], "signs do not count");
    assert_eq!(entity(&mapping, "InvoiceLineItem").aliases, ["line_item", "invoices/lines"]);
    assert_eq!(action(&mapping, "VerifyPaymentSource").ids, ["CustomerId", "PaymentSourceId"]);
    for (name, answered) in [
        ("VerifyPaymentSource", Some("PaymentSource")),
        ("FundCashBalanceCustomer", Some("CustomerCashBalanceTransaction")),
        ("PingV2CoreEventDestination", Some("V2CoreEvent")),
        ("DownloadQuotePdf", None),
    ] {
        assert_eq!(action(&mapping, name).entity.as_deref(), answered, "{name}");
    }
    let special = |name: &str| action(&mapping, name).special;
    assert_eq!(special("DownloadQuotePdf"), Some(Special::Download));
    assert_eq!(special("SendV2BillingMeterEventStream"), Some(Special::EventStream));
    let upload = entity(&mapping, "File").create.map(|create| mapping.operations[create].special);
    assert_eq!(upload, Some(Some(Special::Upload)));
    Ok(())
}

const EXPECTED: &str = "\
GET /v1/account -> CurrentAccount.Get
POST /v1/account_links -> AccountLink.Create
GET /v1/accounts/{account}/people -> alias of Person.List
POST /v1/application_fees/{id}/refund -> action RefundApplicationFee
GET /v1/apps/secrets/find -> action FindAppsSecret
GET /v1/balance -> Balance.Get
GET /v1/balance/history/{id} -> alias of BalanceTransaction.Get
POST /v1/charges/{charge}/dispute/close -> alias of action CloseDispute
POST /v1/charges/{charge}/refund -> alias of Refund.Create
GET /v1/credit_notes/preview/lines -> CreditNotePreviewLineItem.List
GET /v1/customers/search -> search of Customer
GET /v1/customers/{customer}/cards -> alias of PaymentSource.List
POST /v1/customers/{customer}/funding_instructions -> FundingInstructions.Create
GET /v1/customers/{customer}/payment_methods -> alias of PaymentMethod.List
DELETE /v1/customers/{customer}/subscriptions/{subscription_exposed_id} -> alias of action CancelSubscription
GET /v1/customers/{customer}/tax_ids -> CustomerTaxId.List
DELETE /v1/ephemeral_keys/{key} -> EphemeralKey.Delete
POST /v1/external_accounts/{id} -> alias of ExternalAccount.Update
POST /v1/files -> File.Create
POST /v1/invoices/create_preview -> action CreatePreviewInvoice
POST /v1/invoices/{invoice}/lines/{line_item_id} -> InvoiceLineItem.Update
POST /v1/invoices/{invoice}/mark_uncollectible -> action MarkUncollectibleInvoice
POST /v1/invoices/{invoice}/pay -> action PayInvoice
GET /v1/linked_accounts/{account}/owners -> alias of FinancialConnectionsAccountOwner.List
POST /v1/payment_intents/{intent}/increment_authorization -> action IncrementAuthorizationPaymentIntent
POST /v1/payment_methods/{payment_method}/attach -> action AttachPaymentMethodToCustomer
GET /v1/quotes/{quote}/computed_upfront_line_items -> QuoteComputedUpfrontLineItem.List
DELETE /v1/subscriptions/{subscription_exposed_id} -> action CancelSubscription
DELETE /v1/subscriptions/{subscription_exposed_id}/discount -> SubscriptionDiscount.Delete
POST /v1/test_helpers/confirmation_tokens -> action CreateConfirmationToken
POST /v1/test_helpers/issuing/cards/{card}/shipping/return -> action ReturnShippingIssuingCard
DELETE /v1/test_helpers/test_clocks/{test_clock} -> TestClock.Delete
POST /v2/billing/meter_event_stream -> action SendV2BillingMeterEventStream
POST /v2/core/accounts/{id}/close -> action CloseV2CoreAccount
DELETE /v2/core/event_destinations/{id} -> V2CoreEventDestination.Delete";
