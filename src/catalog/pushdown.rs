//! Parameters of Stripe's lists that mean something else than the column of their name. A condition on such a column is
//! checked here on every object; who wants the parameter gives it as one.
//!
//! Reviewed by hand: a test counts the names that parameters and columns share, so that a new description is looked through
//! again.

use super::Entity;

/// Entity and parameter; `*` stands for every parameter.
const SOMETHING_ELSE: &[(&str, &str)] = &[
    // They say what is to be previewed.
    ("CreditNotePreviewLineItem", "*"),
    // The start and the end of what is summed up.
    ("BillingMeterEventSummary", "*"),
    // Only together with the id of the owner.
    ("TaxId", "owner"),
    // Only together with a status and an order.
    ("TreasuryTransaction", "status_transitions"),
    // Of these it gives a hundred at most.
    ("Charge", "transfer_group"),
    // Of five statuses the list takes four.
    ("Payout", "status"),
];

/// Whether a condition on the column of its name must not become this parameter. Of `owner[type]` the first name counts.
pub fn means_something_else(entity: &Entity, parameter: &str) -> bool {
    let first = parameter.split('[').next().unwrap_or_default();
    let listed = |(own, name): &(&str, &str)| *own == entity.name && (*name == "*" || *name == first);
    SOMETHING_ELSE.iter().any(listed) && entity.row.field(first).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ENTITIES, entity};

    #[test]
    fn every_shared_name_was_looked_at() {
        let shared = ENTITIES.iter().flat_map(|entity| {
            let list = entity.list.into_iter().flat_map(|list| list.fields());
            list.filter(|field| entity.row.field(field.name).is_some())
        });
        assert_eq!(
            shared.count(),
            242,
            "list parameters and columns share other names than those that were reviewed: look at the new ones"
        );
    }

    #[test]
    fn what_means_something_else_exists() {
        for (name, parameter) in SOMETHING_ELSE {
            let list = entity(name).unwrap().list.unwrap();
            assert!(*parameter == "*" || list.field(parameter).is_some(), "{name} {parameter}");
        }
        let elsewise = |name: &str, parameter| means_something_else(entity(name).unwrap(), parameter);
        assert!(elsewise("TaxId", "owner[type]") && !elsewise("Customer", "email"));
        // No column, and so no other meaning.
        assert!(!elsewise("CreditNotePreviewLineItem", "invoice"));
    }
}
