//! Plausible data, the same each time: made by the sandbox's own operations, so that everything in
//! it fits together, on a calendar of its own.

use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use axum::body::Bytes;
use fastrand::Rng;
use serde_json::Value;

use crate::record::Request;
use crate::world::{Manners, World};

/// Where the calendar of the data begins, 2025-06-01T00:00:00Z, and how long it is.
const FIRST_SECOND: i64 = 1_748_736_000;
const SECONDS: i64 = 360 * 86_400;

/// One number for all: who seeds the same count has the same objects with the same ids.
const SEED: u64 = 20_260_527;

const KEY: &str = "Bearer sk_test_filler_of_seeds";

const FIRST_NAMES: &[&str] = &[
    "Ada", "Amir", "Ana", "Björn", "Chidi", "Chloé", "Dmitri", "Elif", "Emeka", "Fatima", "Giulia", "Hana",
    "Ingrid", "Ivan", "Jamal", "Jun", "Kofi", "Lena", "Li", "Lucía", "Mateo", "Mei", "Minh", "Nadia", "Noah",
    "Olga", "Omar", "Priya", "Rosa", "Ryo", "Sara", "Sven", "Tariq", "Uma", "Vera", "Wei", "Yara", "Zoë",
];
const LAST_NAMES: &[&str] = &[
    "Abe", "Andersson", "Bauer", "Costa", "Da Silva", "Diallo", "Dubois", "Eriksen", "Fischer", "García",
    "Haddad", "Ivanova", "Jansen", "Kaya", "Kim", "Kowalska", "Li", "Lopez", "Mbeki", "Meyer", "Moreau",
    "Nakamura", "Nguyen", "Novák", "O'Brien", "Okafor", "Papadopoulos", "Patel", "Rossi", "Sato", "Schmidt",
    "Singh", "Smith", "Tanaka", "Virtanen", "Wang", "Weber", "Yilmaz",
];
const CITIES: &[(&str, &str, &str)] = &[
    ("Berlin", "DE", "10115"),
    ("Paris", "FR", "75001"),
    ("Roma", "IT", "00184"),
    ("Madrid", "ES", "28001"),
    ("Lagos", "NG", "100001"),
    ("Tokyo", "JP", "100-0001"),
    ("New York", "US", "10001"),
    ("São Paulo", "BR", "01000-000"),
    ("Toronto", "CA", "M5H 2N2"),
    ("Sydney", "AU", "2000"),
    ("Mumbai", "IN", "400001"),
    ("Oslo", "NO", "0150"),
];
/// Some cards fail when they are charged.
const CARDS: &[&str] = &[
    "visa", "visa", "visa", "visa_debit", "visa_debit", "mastercard", "mastercard", "mastercard_debit",
    "amex", "discover", "jcb", "chargeCustomerFail",
];
/// Name and monthly price of what is sold.
const PLANS: &[(&str, u32)] = &[("Starter", 900), ("Team", 2900), ("Business", 9900), ("Enterprise", 49_900)];
const WARES: &[(&str, u32)] = &[
    ("Onboarding", 25_000),
    ("Training day", 120_000),
    ("Sensor", 4_900),
    ("Gateway", 14_900),
    ("Cable set", 1_290),
    ("Support hour", 9_500),
    ("Migration", 60_000),
    ("Report", 3_500),
];

/// Adds so many customers with what belongs to them.
pub fn sow(world: &mut World, customers: usize) {
    // What is sown can be searched at once.
    let seed = SEED.wrapping_add(world.sowings);
    world.sowings += 1;
    let manners = world.behave(Manners { search_lag: Some(Duration::ZERO), ..Manners::default() });
    // Ids come from the thread's generator.
    fastrand::seed(seed);
    let mut field = Field { world, rng: Rng::with_seed(seed), moment: FIRST_SECOND };
    let offers = field.offers();
    for n in 0..customers {
        let share = SECONDS as i128 * n as i128 / customers.max(1) as i128;
        field.moment = FIRST_SECOND + share as i64;
        field.customer(n, &offers);
    }
    world.behave(manners);
    // What comes after cannot be foreseen.
    fastrand::seed(RandomState::new().hash_one(SEED));
}

struct Field<'a> {
    world: &'a mut World,
    rng: Rng,
    moment: i64,
}

struct Offers {
    monthly: Vec<String>,
    once: Vec<String>,
}

impl Field<'_> {
    /// The object that a request made, or what is left of one that was refused, such as a decline.
    fn post(&mut self, path: &str, form: &[(&str, String)]) -> Value {
        // A moment passes between two requests.
        self.moment += self.rng.i64(1..90);
        self.world.set_clock(Some(self.moment));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body,
            bytes: Bytes::new(),
            status: 0,
            fault: None,
        };
        let (answer, _) = self.world.answer(&request, Some(KEY));
        debug_assert!(matches!(answer.status, 200 | 402), "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    fn make(&mut self, path: &str, form: &[(&str, String)]) -> String {
        self.post(path, form)["id"].as_str().unwrap_or_default().to_owned()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    fn one_of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.rng.usize(0..all.len())]
    }

    fn offers(&mut self) -> Offers {
        let mut offers = Offers { monthly: Vec::new(), once: Vec::new() };
        for (name, amount) in PLANS {
            let product =
                self.make("/v1/products", &[("name", (*name).into()), ("metadata[kind]", "plan".into())]);
            offers.monthly.push(self.make(
                "/v1/prices",
                &[
                    ("product", product),
                    ("currency", "usd".into()),
                    ("unit_amount", amount.to_string()),
                    ("recurring[interval]", "month".into()),
                    ("lookup_key", format!("{}_monthly", name.to_lowercase())),
                ],
            ));
        }
        for (name, amount) in WARES {
            let product =
                self.make("/v1/products", &[("name", (*name).into()), ("metadata[kind]", "ware".into())]);
            offers.once.push(self.make(
                "/v1/prices",
                &[("product", product), ("currency", "usd".into()), ("unit_amount", amount.to_string())],
            ));
        }
        offers
    }

    fn customer(&mut self, n: usize, offers: &Offers) {
        let (first, last) = (*self.one_of(FIRST_NAMES), *self.one_of(LAST_NAMES));
        let (city, country, code) = *self.one_of(CITIES);
        let plan = *self.one_of(&["free", "free", "silver", "gold"]);
        let mut form = vec![
            ("name", format!("{first} {last}")),
            ("email", format!("{}@example.com", mailbox(first, last, n))),
            ("address[city]", city.to_owned()),
            ("address[country]", country.to_owned()),
            ("address[postal_code]", code.to_owned()),
            ("metadata[plan]", plan.to_owned()),
        ];
        if self.chance(40) {
            form.push(("phone", format!("+1555{:07}", self.rng.u32(0..10_000_000))));
        }
        let customer = self.make("/v1/customers", &form);
        if self.chance(15) {
            return;
        }
        let card = *self.one_of(CARDS);
        let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
        let method = self.make(&attach, &[("customer", customer.clone())]);
        self.make(
            &format!("/v1/customers/{customer}"),
            &[("invoice_settings[default_payment_method]", method.clone())],
        );
        for _ in 0..self.rng.u32(0..3) {
            self.payment(&customer, &method);
        }
        if self.chance(30) {
            let price = self.one_of(&offers.monthly).clone();
            let form = [("customer", customer.clone()), ("items[0][price]", price)];
            let subscription = self.post("/v1/subscriptions", &form);
            // One whose first payment was declined is incomplete, and cannot be changed so.
            if self.chance(20) && subscription["status"] == "active" {
                let id = subscription["id"].as_str().unwrap_or_default();
                let path = format!("/v1/subscriptions/{id}");
                self.post(&path, &[("cancel_at_period_end", "true".into())]);
            }
        }
        if self.chance(25) {
            self.invoice(&customer, offers);
        }
    }

    fn payment(&mut self, customer: &str, method: &str) {
        let amount = self.rng.u32(3..900) * 50 - 1;
        let mut form = vec![
            ("amount", amount.to_string()),
            ("currency", "usd".to_owned()),
            ("customer", customer.to_owned()),
            ("payment_method", method.to_owned()),
            ("confirm", "true".to_owned()),
            ("payment_method_types[0]", "card".to_owned()),
            ("off_session", "true".to_owned()),
        ];
        let held = self.chance(10);
        if held {
            form.push(("capture_method", "manual".to_owned()));
        }
        let intent = self.make("/v1/payment_intents", &form);
        if intent.is_empty() || held {
            return;
        }
        if self.chance(8) {
            let part = amount / self.rng.u32(1..4);
            self.post("/v1/refunds", &[("payment_intent", intent), ("amount", part.to_string())]);
        }
    }

    fn invoice(&mut self, customer: &str, offers: &Offers) {
        for _ in 0..self.rng.u32(1..4) {
            let price = self.one_of(&offers.once).clone();
            let quantity = self.rng.u32(1..5).to_string();
            self.post(
                "/v1/invoiceitems",
                &[("customer", customer.to_owned()), ("pricing[price]", price), ("quantity", quantity)],
            );
        }
        let invoice = self.make(
            "/v1/invoices",
            &[("customer", customer.to_owned()), ("pending_invoice_items_behavior", "include".to_owned())],
        );
        // Some stay drafts, some open.
        if self.chance(80) {
            self.post(&format!("/v1/invoices/{invoice}/finalize"), &[]);
            if self.chance(75) {
                self.post(&format!("/v1/invoices/{invoice}/pay"), &[]);
            }
        }
    }
}

/// Letters of the name that an address may have, and a number that nobody else has.
fn mailbox(first: &str, last: &str, n: usize) -> String {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
    };
    let mut mailbox = plain(first);
    let _ = write!(mailbox, ".{}.{n}", plain(last));
    mailbox
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::conform::violations;

    fn sown(customers: usize) -> BTreeMap<String, Value> {
        let mut world = World::default();
        sow(&mut world, customers);
        let all = world.platform().store.everything();
        let mut by_id: BTreeMap<String, Value> =
            all.map(|object| (object["id"].as_str().unwrap().to_owned(), object)).collect();
        // Which request an event came of is told by a random name.
        by_id.values_mut().for_each(|object| {
            if object["object"] == "event" {
                object["request"] = Value::Null;
            }
        });
        by_id
    }

    #[test]
    fn nothing_is_asked_for_that_is_refused() {
        // The further it goes, the rarer is what it meets. `post` asserts that nothing else than cards is refused.
        assert!(sown(600).len() > 4_000);
    }

    #[test]
    fn it_is_the_same_each_time() {
        let (first, second) = (sown(40), sown(40));
        assert!(first == second);
        assert_ne!(fastrand::u64(..), fastrand::Rng::with_seed(SEED).u64(..));
    }

    #[test]
    fn it_has_something_of_everything() {
        let objects = sown(120);
        let count = |kind: &str| objects.values().filter(|object| object["object"] == kind).count();
        assert_eq!(count("customer"), 120);
        for kind in [
            "charge", "event", "invoice", "invoiceitem", "line_item", "payment_intent", "payment_method",
            "price", "product", "refund", "subscription",
        ] {
            assert!(count(kind) > 3, "{kind}: {}", count(kind));
        }
        let wrong: Vec<String> = objects.values().flat_map(violations).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
