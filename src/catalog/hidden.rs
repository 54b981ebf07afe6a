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
    /// A list for each object of another entity, whose id goes into this parameter.
    ForEach { entity: &'static str, parameter: &'static str },
    /// Stripe does not give it in this list.
    Never,
}

/// The parameter with which the entity's list has everything.
pub fn lift(entity: &str) -> Option<(&'static str, &'static str)> {
    HIDDEN_DEFAULTS.iter().filter(|own| own.entity == entity).find_map(|own| match own.lift {
        Lift::With(name, value) => Some((name, value)),
        _ => None,
    })
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
        lift: Lift::ForEach { entity: "Customer", parameter: "owner[customer]" },
    },
    HiddenDefault {
        entity: "TaxId",
        left_out: "tax ids of connected accounts",
        lift: Lift::ForEach { entity: "Account", parameter: "owner[account]" },
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
        lift: Lift::ForEach { entity: "TestClock", parameter: "test_clock" },
    },
    HiddenDefault {
        entity: "Subscription",
        left_out: "subscriptions of test clocks",
        lift: Lift::ForEach { entity: "TestClock", parameter: "test_clock" },
    },
    HiddenDefault {
        entity: "Quote",
        left_out: "quotes of test clocks",
        lift: Lift::ForEach { entity: "TestClock", parameter: "test_clock" },
    },
    // Only the texts of Stripe's libraries say so.
    HiddenDefault {
        entity: "SubscriptionSchedule",
        left_out: "schedules of customers of test clocks",
        lift: Lift::ForEach { entity: "Customer", parameter: "customer" },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, Object, entity};

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
            let filters = entity(own.entity).unwrap().list.unwrap();
            let parameter = match own.lift {
                Lift::With(name, _) | Lift::Also(name, _) => name,
                Lift::ForEach { entity, parameter } => {
                    assert!(
                        super::super::entity(entity).is_some_and(|other| other.list.is_some()),
                        "{own:?}"
                    );
                    parameter
                }
                Lift::Never => continue,
            };
            assert!(has(filters, parameter), "{own:?}");
        }
        assert_eq!(lift("Subscription"), Some(("status", "all")));
        assert_eq!(lift("Customer"), None);
    }
}
