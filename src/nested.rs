//! Nested lists: of what an object contains Stripe sends ten at most. Where a caller asks for such a list as a column, the
//! rest is fetched.

use crate::api::types::FailureKind;
use crate::catalog::{self, ENTITIES, Entity, Kind};
use crate::client::Client;
use crate::columns::Column;
use crate::cursor::{Cursor, STRIPES_LIMIT};
use crate::failure::{self, Failed};
use crate::form::{self, Pairs};
use crate::rows::Row;
use crate::walk::{Manner, Walk};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Makes the lists among the columns whole. One that no list of Stripe's has on its own stays as it is, with its
/// `HasMore` beside it.
pub fn complete(client: &Client, row: &mut Row, columns: &[Column], expand: &[String]) -> Result<(), Failed> {
    for column in columns.iter().filter(|column| matches!(column.kind, Kind::List(_)) && column.key.is_none())
    {
        if !row.is_cut(&column.path) {
            continue;
        }
        let (above, field) = column.path.rsplit_once('.').unwrap_or(("", &column.path));
        let beside = |name: &str| match above {
            "" => row.text_at(name),
            above => row.text_at(&format!("{above}.{name}")),
        };
        let (Some(object), Some(id)) = (beside("object"), beside("id")) else {
            continue;
        };
        let first = row.text_of_first(&column.path, "object").unwrap_or_default();
        let Some((list, parameters)) = list_of(&object, field, &first, &id) else {
            continue;
        };
        form::check_id("Id", &id)?;
        let prefix = format!("{}.data.", column.path);
        let expand: Vec<String> =
            expand.iter().filter_map(|path| path.strip_prefix(&prefix)).map(ToOwned::to_owned).collect();
        let parents = if parameters.is_empty() { Vec::from([id.as_str()]) } else { Vec::new() };
        let path = form::path(list.path, &parents);
        let manner = Manner::List(list.paging);
        // No list is taken for empty because its object is gone.
        let given = parameters.clone();
        let walk = Walk::new(list, manner, path, parameters, &given, &expand, Cursor::default());
        let items = whole(client, walk, column)?;
        row.complete(&column.path, items);
    }
    Ok(())
}

/// The list that has all of a nested one: in the collection of its object, or of those that name it.
fn list_of(object: &str, field: &str, item: &str, id: &str) -> Option<(&'static Entity, Pairs)> {
    let outer = catalog::entity_of_object(object)?;
    let own = format!("{}/{{}}/{field}", outer.path);
    if let Some(list) = ENTITIES.iter().find(|list| list.path == own && list.list.is_some()) {
        return Some((list, Pairs::new()));
    }
    let list = catalog::entity_of_object(item).filter(|list| list.parents.is_empty())?;
    let parameter = object.rsplit('.').next()?;
    list.list?.field(parameter)?;
    Some((list, Pairs::from([(parameter.to_owned(), id.to_owned())])))
}

/// All of a list as a JSON array.
fn whole(client: &Client, mut walk: Walk, column: &Column) -> Result<String, Failed> {
    let most = client.settings().max_response_bytes as usize;
    let mut items = String::from("[");
    loop {
        if walk.needs_page() {
            walk.fetch(client, STRIPES_LIMIT)?;
            continue;
        }
        if !walk.has_head() {
            items.push(']');
            return Ok(items);
        }
        let (item, members) = walk.head()?;
        if items.len() + item.len() > most {
            let title = column.title();
            let why = format!(
                "all of `{title}` is over `max_response_bytes` = {most}; list its entity by itself instead"
            );
            return Err(failure::new(FailureKind::LimitExceeded, why));
        }
        if items.len() > 1 {
            items.push(',');
        }
        items.push_str(item);
        let id = members.text("id");
        walk.pass(id, None)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::entity;
    use crate::input::object_of;
    use crate::json::Members;
    use crate::layout::Layouts;
    use crate::testing::{Fake, customers, options};

    #[test]
    fn nested_lists_are_lists_of_their_own() {
        let mut found = Vec::new();
        let mut without = Vec::new();
        for entity in ENTITIES
            .iter()
            .filter(|own| catalog::entity_of_object(own.object).is_some_and(|of| of.name == own.name))
        {
            for field in entity.row.fields() {
                let Kind::List(item) = field.kind else { continue };
                let kind =
                    object_of(item.kind()).and_then(|item| item.field("object")).map(|field| field.kind);
                let mut object = String::new();
                if let Some(Kind::Enum(words)) = kind {
                    words.words(|word| object = word.to_owned());
                }
                match list_of(entity.object, field.name, &object, "x_1") {
                    Some((list, parameters)) => {
                        let query: String =
                            parameters.iter().map(|(name, value)| format!("?{name}={value}")).collect();
                        found.push(format!("{}.{} {}{query}", entity.name, field.name, list.path));
                    }
                    None => without.push(format!("{}.{}", entity.name, field.name)),
                }
            }
        }
        // A source that is an account, which nothing makes any more.
        assert_eq!(without, ["PaymentSource.external_accounts"]);
        assert_eq!(
            found,
            [
                "Account.external_accounts /v1/accounts/{}/external_accounts",
                "ApplicationFee.refunds /v1/application_fees/{}/refunds",
                "Charge.refunds /v1/refunds?charge=x_1",
                "CheckoutSession.line_items /v1/checkout/sessions/{}/line_items",
                "CreditNote.lines /v1/credit_notes/{}/lines",
                "Customer.sources /v1/customers/{}/sources",
                "Customer.subscriptions /v1/subscriptions?customer=x_1",
                "Customer.tax_ids /v1/customers/{}/tax_ids",
                "File.links /v1/file_links?file=x_1",
                "FinancialConnectionsSession.accounts /v1/financial_connections/accounts?session=x_1",
                "Invoice.lines /v1/invoices/{}/lines",
                "Invoice.payments /v1/invoice_payments?invoice=x_1",
                "PaymentLink.line_items /v1/payment_links/{}/line_items",
                "Quote.line_items /v1/quotes/{}/line_items",
                "RadarValueList.list_items /v1/radar/value_list_items?value_list=x_1",
                "Subscription.items /v1/subscription_items?subscription=x_1",
                "TaxCalculation.line_items /v1/tax/calculations/{}/line_items",
                "TaxTransaction.line_items /v1/tax/transactions/{}/line_items",
                "Transfer.reversals /v1/transfers/{}/reversals",
                "TreasuryTransaction.entries /v1/treasury/transaction_entries?transaction=x_1",
            ]
        );
    }

    #[test]
    fn a_list_that_is_asked_for_is_whole() {
        let fake = Fake::new(&[]);
        let client = Client::open(fake.context(), &options(), "Invoice").unwrap();
        let invoice = entity("Invoice").unwrap();
        let object = r#"{"id": "in_1", "object": "invoice", "lines": {"object": "list", "has_more": true, "data": [{"id": "cus_1"}]}}"#;
        let columns = [Column::find(invoice, "Lines", &[]).unwrap()];
        let mut row = Row::of(&Layouts::new(), invoice.row, &Members::parse(object).unwrap()).unwrap();
        fake.answers(200, &customers(1..=100, true)).answers(200, &customers(101..=103, false));
        complete(&client, &mut row, &columns, &["lines.data.pricing".to_owned()]).unwrap();
        assert_eq!(
            fake.lines(),
            [
                "GET /v1/invoices/in_1/lines?limit=100&expand%5B0%5D=data.pricing",
                "GET /v1/invoices/in_1/lines?limit=100&starting_after=cus_100&expand%5B0%5D=data.pricing"
            ]
        );
        let lines: serde_json::Value = serde_json::from_str(&row.to_json(None)).unwrap();
        assert_eq!(lines["Lines"].as_array().map(Vec::len), Some(103));
        assert_eq!(lines.get("LinesHasMore"), None);
    }
}
