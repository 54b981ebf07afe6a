//! What Stripe's lists leave out unless they are asked for it, reviewed by hand against Stripe's description and
//! documentation of [`API_VERSION`](super::API_VERSION): a listing of every object must not stop at these.
//!
//! Stripe says each of these in writing, unless the entry says that it is a guess. A list that is not here has no such
//! default that is known.

/// A hidden default of one list.
#[derive(Debug)]
pub struct HiddenDefault {
    pub entity: &'static str,
    /// What the list has not.
    pub left_out: &'static str,
    pub lift: Lift,
}

/// How to get at what is left out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Lift {
    /// With this parameter the list has everything.
    With(&'static str, &'static str),
    /// With this parameter the list has what is left out, and nothing else: it takes a second list.
    Also(&'static str, &'static str),
    /// A list for each object of another entity, whose id goes into a parameter: of Stripe's test clocks, or of the customers
    /// of each of these.
    ForEach {
        /// Each entity that is gone through, with the parameter of the next list that takes its ids; the last parameter is
        /// one of this list.
        through: &'static [(&'static str, &'static str)],
        /// What the list needs beside it.
        with: &'static [(&'static str, &'static str)],
        /// With one of these the list leaves nothing out.
        unless: &'static [&'static str],
        /// What only those have that are left out, by Stripe's name.
        column: &'static str,
    },
    /// Stripe does not give it in this list.
    Never,
}

/// How to get at what the entity's list leaves out.
pub fn lifts(entity: &str) -> impl Iterator<Item = Lift> {
    HIDDEN_DEFAULTS.iter().filter(move |own| own.entity == entity).map(|own| own.lift)
}

const OF_CLOCKS: &str = "test_clock";
const CLOCKS: (&str, &str) = ("TestClock", OF_CLOCKS);
const CUSTOMERS_OF_CLOCKS: &[(&str, &str)] = &[CLOCKS, ("Customer", "customer")];

const fn of_clocks(
    through: &'static [(&'static str, &'static str)],
    unless: &'static [&'static str],
) -> Lift {
    Lift::ForEach { through, with: &[], unless, column: OF_CLOCKS }
}

/// What is left out of live lists first, then what only test mode has.
pub static HIDDEN_DEFAULTS: &[HiddenDefault] = &[
    HiddenDefault {
        entity: "Subscription",
        left_out: "canceled subscriptions",
        lift: Lift::With("status", "all"),
    },
    HiddenDefault {
        entity: "V2CoreAccount",
        left_out: "closed accounts",
        lift: Lift::Also("closed", "true"),
    },
    // Stripe's text says that the list is of active prices; reports differ, and a second list is right in either case.
    HiddenDefault { entity: "Price", left_out: "inactive prices", lift: Lift::Also("active", "false") },
    HiddenDefault {
        entity: "Price",
        left_out: "prices made inside another call, with `price_data`",
        lift: Lift::Never,
    },
    HiddenDefault {
        entity: "PaymentMethod",
        left_out: "methods of type `custom`",
        lift: Lift::Also("type", "custom"),
    },
    HiddenDefault {
        entity: "TaxId",
        left_out: "tax ids of customers",
        lift: Lift::ForEach {
            through: &[("Customer", "owner[customer]")],
            with: &[("owner[type]", "customer")],
            unless: &[],
            column: "owner.customer",
        },
    },
    HiddenDefault {
        entity: "TaxId",
        left_out: "tax ids of customers of test clocks",
        lift: Lift::ForEach {
            through: &[CLOCKS, ("Customer", "owner[customer]")],
            with: &[("owner[type]", "customer")],
            unless: &[],
            column: "owner.customer",
        },
    },
    HiddenDefault {
        entity: "TaxId",
        left_out: "tax ids of connected accounts",
        lift: Lift::ForEach {
            through: &[("Account", "owner[account]")],
            with: &[("owner[type]", "account")],
            unless: &[],
            column: "owner.account",
        },
    },
    HiddenDefault { entity: "Review", left_out: "closed reviews", lift: Lift::Never },
    HiddenDefault { entity: "Event", left_out: "events older than 30 days", lift: Lift::Never },
    HiddenDefault { entity: "V2CoreEvent", left_out: "events older than 30 days", lift: Lift::Never },
    HiddenDefault {
        entity: "Account",
        left_out: "the key's own account, which is CurrentAccount",
        lift: Lift::Never,
    },
    HiddenDefault { entity: "Customer", left_out: "deleted customers", lift: Lift::Never },
    HiddenDefault {
        entity: "EntitlementsActiveEntitlement",
        left_out: "entitlements that are over",
        lift: Lift::Never,
    },
    HiddenDefault {
        entity: "TaxCalculationLineItem",
        left_out: "lines of expired calculations",
        lift: Lift::Never,
    },
    // A guess: nothing is said of them.
    HiddenDefault { entity: "BillingAlert", left_out: "archived alerts", lift: Lift::Never },
    // Also a guess.
    HiddenDefault {
        entity: "WebhookEndpoint",
        left_out: "destinations of v2, which are V2CoreEventDestination",
        lift: Lift::Never,
    },
    HiddenDefault {
        entity: "Customer",
        left_out: "customers of test clocks",
        lift: of_clocks(&[CLOCKS], &[]),
    },
    HiddenDefault {
        entity: "Subscription",
        left_out: "subscriptions of test clocks",
        lift: of_clocks(&[CLOCKS], &["customer"]),
    },
    HiddenDefault {
        entity: "Quote",
        left_out: "quotes of test clocks",
        lift: of_clocks(&[CLOCKS], &["customer"]),
    },
    // Of these two Stripe's guide to test clocks says so.
    HiddenDefault {
        entity: "Invoice",
        left_out: "invoices of customers of test clocks",
        lift: of_clocks(CUSTOMERS_OF_CLOCKS, &["subscription"]),
    },
    HiddenDefault {
        entity: "InvoiceItem",
        left_out: "invoice items of customers of test clocks",
        lift: of_clocks(CUSTOMERS_OF_CLOCKS, &["invoice"]),
    },
    // Only the texts of Stripe's libraries say so.
    HiddenDefault {
        entity: "SubscriptionSchedule",
        left_out: "schedules of customers of test clocks",
        lift: of_clocks(CUSTOMERS_OF_CLOCKS, &[]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, Object, Paging, entity};
    use crate::columns::Column;

    fn has(filters: Object, parameter: &str) -> bool {
        match parameter.split_once('[') {
            None => filters.field(parameter).is_some(),
            Some((outer, inner)) => match filters.field(outer).map(|field| field.kind) {
                Some(Kind::Object(object)) => object.field(inner.trim_end_matches(']')).is_some(),
                _ => false,
            },
        }
    }

    #[test]
    fn every_default_is_of_a_list_that_takes_what_lifts_it() {
        for own in HIDDEN_DEFAULTS {
            let takes = |name: &str, parameter: &str| {
                assert!(has(entity(name).unwrap().list.unwrap(), parameter), "{own:?}");
            };
            match own.lift {
                Lift::With(parameter, _) => takes(own.entity, parameter),
                Lift::Also(parameter, _) => {
                    takes(own.entity, parameter);
                    assert!(entity(own.entity).unwrap().row.field(parameter).is_some(), "{own:?}");
                }
                Lift::ForEach { through, with, unless, column } => {
                    unless.iter().for_each(|parameter| takes(own.entity, parameter));
                    let next = through.iter().skip(1).map(|(name, _)| *name).chain([own.entity]);
                    for ((name, parameter), next) in through.iter().zip(next) {
                        // The id of the last object stays in its cursor, which with page tokens it would not.
                        assert_eq!(entity(name).unwrap().paging, Paging::Object, "{own:?}");
                        assert!(entity(name).unwrap().list.is_some(), "{own:?}");
                        takes(next, parameter);
                    }
                    with.iter().for_each(|(parameter, _)| takes(own.entity, parameter));
                    let column = Column::find(entity(own.entity).unwrap(), column, &[]);
                    assert!(column.is_ok(), "{own:?}");
                }
                Lift::Never => {}
            }
        }
        assert_eq!(lifts("Subscription").next(), Some(Lift::With("status", "all")));
        assert_eq!(lifts("Coupon").next(), None);
    }
}
