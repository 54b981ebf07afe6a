//! What the compared entities have, and rows of it: as Stripe's objects, and as rows of SQLite.

use host_tests::stage::FIRST_SECOND;
use rusqlite::types::Value as Sql;
use serde_json::{Map, Value, json};

/// An entity with the columns that filters are made of.
#[derive(Debug)]
pub struct Entity {
    pub name: &'static str,
    pub object: &'static str,
    pub prefix: &'static str,
    pub columns: &'static [Column],
}

#[derive(Debug)]
pub struct Column {
    /// What callers may call it; the first is how rows do.
    pub names: &'static [&'static str],
    /// Where it is in an object, with a slash between the names.
    pub path: &'static str,
    pub kind: Kind,
    /// How often of ten it is null or missing.
    pub gaps: u32,
    /// How often it is in filters. Those that Stripe can check come more often.
    pub weight: u32,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The id of a row, made of the entity's prefix and a number.
    Id,
    Text(&'static [&'static str]),
    Number(&'static [i64]),
    /// Decimal numbers that stand in texts.
    Decimal(&'static [&'static str]),
    Boolean,
    /// Seconds after [`FIRST_SECOND`].
    Instant(&'static [i64]),
    /// Arrays of these words.
    Words(&'static [&'static str]),
    /// An object, of which only is known whether it is there.
    Object,
}

impl Column {
    const fn new(names: &'static [&'static str], path: &'static str, kind: Kind) -> Self {
        Self { names, path, kind, gaps: 3, weight: 2 }
    }

    const fn often(self) -> Self {
        Self { weight: 6, ..self }
    }

    const fn always(self) -> Self {
        Self { gaps: 0, ..self }
    }
}

const ID: Column = Column::new(&["Id", "id", "[Id]"], "id", Kind::Id).always().often();
const CREATED: Column =
    Column::new(&["Created", "created", "[CREATED]"], "created", Kind::Instant(SECONDS)).always().often();

/// With ties, both midnights, and neighbours.
const SECONDS: &[i64] = &[
    0, 1, 2, 59, 60, 61, 3_599, 3_600, 7_200, 43_200, 86_399, 86_400, 86_401, 100_000, 100_001, 150_000,
    172_799, 172_800,
];
const CUSTOMERS: &[&str] = &["cus_a", "cus_b", "cus_c", "cus_d", "cus_e", "cus_f"];
const EMAILS: &[&str] = &[
    "a@x.org", "A@x.org", "b@x.org", "a_b@x.org", "100%@x.org", "it's@x.org", "é@x.org", "a+b&c=d@x.org", "",
];
const NAMES: &[&str] = &[
    "Anna", "anna", "ANNA", "O'Neill", "Ann 100% a_b", "%", "_", "\\", "é", "e\u{301}", "Zoë 😀", "z", "",
    " ", "a\nb", "\"quoted\"",
];
const WORDS: &[&str] = &["gold", "Gold", "silver", "gold plus", "100%", "", "null", "1", "true"];
const AMOUNTS: &[i64] = &[-2_000, -1, 0, 1, 2, 99, 100, 101, 2_000, 9_007_199_254_740_993];
const DECIMALS: &[&str] = &["0", "0.5", "0.50", "12.25", "-1.5", "100", "100.000000000001"];

pub static ENTITIES: &[Entity] = &[
    Entity {
        name: "Customer",
        object: "customer",
        prefix: "cus_",
        columns: &[
            ID,
            CREATED,
            Column::new(&["Email", "email", "[Email]"], "email", Kind::Text(EMAILS)).often(),
            Column::new(&["Name", "name"], "name", Kind::Text(NAMES)),
            Column::new(&["Phone"], "phone", Kind::Text(&["+1", "+12", "0012", "12"])),
            Column::new(&["Description"], "description", Kind::Text(NAMES)),
            Column::new(&["Balance", "balance"], "balance", Kind::Number(AMOUNTS)),
            Column::new(&["Delinquent"], "delinquent", Kind::Boolean),
            Column::new(
                &["AddressCity", "Address.City", "address.city", "address_city"],
                "address/city",
                Kind::Text(&["Oslo", "oslo", "Ørsta", "Os"]),
            ),
            Column::new(&["AddressCountry"], "address/country", Kind::Text(&["NO", "SE", "IT"])),
            Column::new(&["Address"], "address", Kind::Object),
            Column::new(&["ShippingName", "Shipping.Name"], "shipping/name", Kind::Text(NAMES)),
            Column::new(
                &["ShippingAddressCity", "Shipping.Address.City"],
                "shipping/address/city",
                Kind::Text(&["Oslo", "Rome"]),
            ),
            Column::new(&["Metadata.plan", "metadata.plan"], "metadata/plan", Kind::Text(WORDS)),
            Column::new(&["[Metadata.odd key's]"], "metadata/odd key's", Kind::Text(WORDS)),
            Column::new(&["PreferredLocales"], "preferred_locales", Kind::Words(&["en", "fr", "no"])),
            Column::new(&["TaxExempt"], "tax_exempt", Kind::Text(&["none", "exempt", "reverse"])),
        ],
    },
    Entity {
        name: "Invoice",
        object: "invoice",
        prefix: "in_",
        columns: &[
            ID,
            CREATED,
            Column::new(&["Customer", "customer"], "customer", Kind::Text(CUSTOMERS)).often(),
            Column::new(
                &["Status", "status"],
                "status",
                Kind::Text(&["draft", "open", "paid", "uncollectible", "void"]),
            )
            .often(),
            Column::new(
                &["CollectionMethod"],
                "collection_method",
                Kind::Text(&["charge_automatically", "send_invoice"]),
            )
            .often(),
            Column::new(&["DueDate", "due_date"], "due_date", Kind::Instant(SECONDS)).often(),
            Column::new(&["Total"], "total", Kind::Number(AMOUNTS)),
            Column::new(&["AmountPaid"], "amount_paid", Kind::Number(AMOUNTS)),
            Column::new(&["AutoAdvance"], "auto_advance", Kind::Boolean),
            Column::new(&["Number"], "number", Kind::Text(WORDS)),
            Column::new(&["Currency"], "currency", Kind::Text(&["usd", "eur", "nok"])),
            Column::new(&["Metadata.plan"], "metadata/plan", Kind::Text(WORDS)),
        ],
    },
    Entity {
        name: "Charge",
        object: "charge",
        prefix: "ch_",
        columns: &[
            ID,
            CREATED,
            Column::new(&["Customer", "customer"], "customer", Kind::Text(CUSTOMERS)).often(),
            Column::new(&["PaymentIntent"], "payment_intent", Kind::Text(&["pi_1", "pi_2", "pi_3"])).often(),
            Column::new(&["TransferGroup"], "transfer_group", Kind::Text(WORDS)).often(),
            Column::new(&["Amount"], "amount", Kind::Number(AMOUNTS)),
            Column::new(&["Status"], "status", Kind::Text(&["succeeded", "pending", "failed"])),
            Column::new(&["Refunded"], "refunded", Kind::Boolean),
            Column::new(
                &["BillingDetailsAddressPostalCode", "BillingDetails.Address.PostalCode"],
                "billing_details/address/postal_code",
                Kind::Text(&["0001", "1", "01", "SW1A 1AA"]),
            ),
            Column::new(&["BillingDetailsName"], "billing_details/name", Kind::Text(NAMES)),
            Column::new(&["Description"], "description", Kind::Text(NAMES)),
        ],
    },
    Entity {
        name: "Price",
        object: "price",
        prefix: "price_",
        columns: &[
            ID,
            CREATED,
            Column::new(&["Active", "active"], "active", Kind::Boolean).always().often(),
            Column::new(&["Product"], "product", Kind::Text(&["prod_a", "prod_b", "prod_c"])).often(),
            Column::new(&["Type"], "type", Kind::Text(&["one_time", "recurring"])).often(),
            Column::new(&["Currency"], "currency", Kind::Text(&["usd", "eur", "nok"])).often(),
            Column::new(
                &["RecurringInterval", "Recurring.Interval"],
                "recurring/interval",
                Kind::Text(&["day", "week", "month", "year"]),
            )
            .often(),
            Column::new(&["Recurring"], "recurring", Kind::Object),
            Column::new(&["LookupKey"], "lookup_key", Kind::Text(WORDS)),
            Column::new(&["UnitAmount"], "unit_amount", Kind::Number(AMOUNTS)),
            Column::new(&["UnitAmountDecimal"], "unit_amount_decimal", Kind::Decimal(DECIMALS)),
            Column::new(&["Nickname"], "nickname", Kind::Text(NAMES)),
        ],
    },
];

/// A row in both forms.
pub struct Row {
    pub object: Value,
    pub sql: Vec<Sql>,
}

impl Entity {
    pub fn id(&self, number: usize) -> String {
        format!("{}{number:03}", self.prefix)
    }

    /// A row by random numbers, three for each column.
    pub fn row(&self, number: usize, random: &[u32]) -> Row {
        let mut object = json!({"object": self.object});
        let mut picks = random.chunks(3).map(|pick| (pick[0], pick[1] as usize, pick[2]));
        for column in self.columns {
            let (gap, pick, how) = picks.next().expect("three numbers for each column");
            let is_gap = gap % 10 < column.gaps;
            let value = if is_gap { Some(Value::Null) } else { column.value(&self.id(number), pick) };
            if let Some(value) = value.filter(|_| !is_gap || how % 2 == 0) {
                set(&mut object, column.path, value);
            }
        }
        // What holds other columns may be missing or null too.
        for column in self.columns.iter().filter(|column| column.path.contains('/')) {
            let (gap, _, how) = picks.next().expect("and three for what is around a column");
            let outer = column.path.split('/').next().expect("a name");
            match (gap % 10, how % 2) {
                (0, 0) => object[outer] = Value::Null,
                (0, _) => drop(object.as_object_mut().and_then(|fields| fields.remove(outer))),
                _ => {}
            }
        }
        let sql = self.columns.iter().map(|column| column.sql(&object)).collect();
        Row { object, sql }
    }

    /// How many random numbers a row takes.
    pub fn randomness(&self) -> usize {
        6 * self.columns.len()
    }

    /// A column's name in SQLite.
    pub fn sql_name(&self, column: &Column) -> String {
        let at = self.columns.iter().position(|own| own.path == column.path).expect("a column");
        format!("c{at}")
    }
}

impl Column {
    /// One of its values. An object is there when something inside it is.
    fn value(&self, id: &str, pick: usize) -> Option<Value> {
        Some(match self.kind {
            Kind::Id => json!(id),
            Kind::Text(texts) | Kind::Decimal(texts) => json!(texts[pick % texts.len()]),
            Kind::Number(numbers) => json!(numbers[pick % numbers.len()]),
            Kind::Boolean => json!(pick.is_multiple_of(2)),
            Kind::Instant(seconds) => json!(FIRST_SECOND + seconds[pick % seconds.len()]),
            Kind::Words(words) => {
                let chosen = words.iter().enumerate().filter(|(at, _)| pick >> at & 1 == 1);
                chosen.map(|(_, word)| json!(word)).collect()
            }
            Kind::Object => return None,
        })
    }

    /// Its value for SQLite.
    fn sql(&self, object: &Value) -> Sql {
        let found = self.path.split('/').try_fold(object, |at, name| at.get(name)).unwrap_or(&Value::Null);
        match (self.kind, found) {
            (_, Value::Null) => Sql::Null,
            (Kind::Object, _) => Sql::Integer(1),
            (Kind::Decimal(_), Value::String(number)) => Sql::Real(number.parse().expect("a number")),
            (_, Value::String(text)) => Sql::Text(text.clone()),
            (_, Value::Bool(flag)) => Sql::Integer((*flag).into()),
            (_, Value::Number(number)) => Sql::Integer(number.as_i64().expect("a whole number")),
            // Between bars, so that each word can be looked for.
            (_, Value::Array(words)) => {
                let words = words.iter().filter_map(Value::as_str).map(|word| format!("{word}|"));
                Sql::Text(format!("|{}", words.collect::<String>()))
            }
            (_, other) => panic!("{other} in a column of {}", self.path),
        }
    }

    /// By which SQLite must not change a value.
    pub fn affinity(&self) -> &'static str {
        match self.kind {
            Kind::Id | Kind::Text(_) | Kind::Words(_) => "TEXT",
            Kind::Decimal(_) => "REAL",
            _ => "INTEGER",
        }
    }

    /// Whether rows can be ordered by it.
    pub fn is_single(&self) -> bool {
        !matches!(self.kind, Kind::Words(_) | Kind::Object)
    }
}

/// Puts a value below a path, with the objects on the way.
fn set(object: &mut Value, path: &str, value: Value) {
    match (path.split_once('/'), object.as_object_mut()) {
        (None, Some(fields)) => drop(fields.insert(path.to_owned(), value)),
        (Some((outer, rest)), Some(fields)) => {
            let inner = fields.entry(outer.to_owned()).or_insert_with(|| Map::new().into());
            if inner.is_object() {
                set(inner, rest, value);
            }
        }
        (_, None) => {}
    }
}
