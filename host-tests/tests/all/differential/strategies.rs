//! Which filters are tried: conditions that fit their columns, alone and in the forms that become several requests.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::columns::{Column, Entity, Kind};
use super::filter::{Condition, Filter, Instant, Literal, Style, Test};

/// Rows of one data set.
pub const ROWS: usize = 250;

/// A query on an entity.
#[derive(Clone)]
pub struct Case {
    pub filter: Filter,
    pub order: &'static Column,
    pub descending: bool,
    pub page_size: u32,
}

pub fn case(entity: &'static Entity) -> impl Strategy<Value = Case> {
    let orders: Vec<&Column> = entity.columns.iter().filter(|column| column.is_single()).collect();
    let page_size = prop_oneof![1..=200_u32, Just(100), Just(200)];
    (filter(entity), select(orders), any::<bool>(), page_size)
        .prop_map(|(filter, order, descending, page_size)| Case { filter, order, descending, page_size })
}

fn filter(entity: &'static Entity) -> impl Strategy<Value = Filter> {
    let test = test(entity.columns).prop_map(Filter::Test).boxed();
    let often: Vec<&Column> = entity.columns.iter().filter(|column| column.weight > 2).collect();
    let pushable = select(often).prop_flat_map(pushable).prop_map(Filter::Test).boxed();
    let alternative = prop_oneof![
        3 => pushable.clone(),
        1 => (pushable.clone(), test.clone()).prop_map(|(one, other)| Filter::All(vec![one, other])),
    ];
    let alternatives = vec(alternative, 2..=4).prop_map(Filter::Any).boxed();
    let nested = test.clone().prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..=4).prop_map(Filter::All),
            vec(inner.clone(), 2..=4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    });
    prop_oneof![
        2 => test.clone(),
        2 => pushable.clone(),
        2 => vec(prop_oneof![pushable, test.clone()], 2..=3).prop_map(Filter::All),
        2 => alternatives.clone(),
        1 => (alternatives.clone(), test).prop_map(|(any, test)| Filter::All(vec![any, test])),
        1 => vec(alternatives, 2).prop_map(Filter::All),
        4 => nested,
    ]
}

/// A condition of the kind that a list of Stripe's checks.
fn pushable(column: &'static Column) -> impl Strategy<Value = Test> {
    let literal = literal(column);
    let equal = literal.clone().prop_map(|literal| Condition::Compare("=", literal));
    let one_of = vec(literal.clone(), 1..=4).prop_map(Condition::In);
    let condition = match column.kind {
        Kind::Instant(_) => {
            let sign = select(vec!["<", "<=", ">", ">="]);
            let bound = (sign, literal.clone()).prop_map(|(sign, at)| Condition::Compare(sign, at));
            let between = (literal.clone(), literal).prop_map(|(low, high)| Condition::Between(low, high));
            prop_oneof![2 => bound, 1 => between, 1 => equal].boxed()
        }
        _ => prop_oneof![equal, one_of].boxed(),
    };
    condition.prop_map(move |condition| Test { column, name: 0, negated: false, condition })
}

/// Any condition that a column takes.
fn test(columns: &'static [Column]) -> impl Strategy<Value = Test> {
    let weighted = columns.iter().map(|column| (column.weight, any_of(column).boxed()));
    Union::new_weighted(weighted.collect())
}

fn any_of(column: &'static Column) -> impl Strategy<Value = Test> {
    let literal = literal(column);
    let signs = match column.kind {
        Kind::Boolean => vec!["=", "<>", "!="],
        _ => vec!["=", "=", "<>", "!=", "<", "<=", ">", ">="],
    };
    let compare =
        (select(signs), literal.clone()).prop_map(|(sign, literal)| Condition::Compare(sign, literal));
    let one_of = vec(literal.clone(), 1..=4).prop_map(Condition::In).boxed();
    let between = (literal.clone(), literal.clone()).prop_map(|(low, high)| Condition::Between(low, high));
    let contains = literal.prop_map(Condition::Contains).boxed();
    let is_null = Just(Condition::IsNull).boxed();
    let condition = match column.kind {
        Kind::Object => is_null,
        Kind::Words(_) => prop_oneof![4 => contains, 1 => is_null].boxed(),
        Kind::Boolean => prop_oneof![4 => compare, 2 => one_of, 1 => is_null].boxed(),
        Kind::Number(_) | Kind::Decimal(_) | Kind::Instant(_) => {
            prop_oneof![4 => compare, 2 => one_of, 2 => between, 1 => is_null].boxed()
        }
        Kind::Id | Kind::Text(_) => {
            prop_oneof![4 => compare, 2 => one_of, 1 => between, 2 => contains, 3 => like(column), 1 => is_null]
                .boxed()
        }
    };
    (condition, any::<bool>(), 0..4_usize).prop_map(move |(condition, negated, name)| {
        let negated = negated && !matches!(condition, Condition::Compare(..));
        Test { column, name, negated, condition }
    })
}

/// A text that is, or is nearly, in the column.
fn text(column: &Column) -> BoxedStrategy<String> {
    match column.kind {
        Kind::Text(texts) | Kind::Words(texts) => {
            let own = select(texts).prop_map(str::to_owned);
            let other = select(vec!["", "a", "o", "x@x.org", "'", "0", "é", "nobody", "NULL"]);
            prop_oneof![8 => own, 1 => other.prop_map(str::to_owned)].boxed()
        }
        _ => (0..ROWS + 9).prop_map(|number| format!("{number:03}")).boxed(),
    }
}

fn literal(column: &'static Column) -> BoxedStrategy<Literal> {
    let own = match column.kind {
        Kind::Id => {
            // All ids of an entity begin alike, and the rows are numbered.
            let prefix = super::columns::ENTITIES
                .iter()
                .find(|entity| entity.columns.iter().any(|own| std::ptr::eq(own, column)))
                .map_or("", |entity| entity.prefix);
            text(column).prop_map(move |number| Literal::Text(format!("{prefix}{number}"))).boxed()
        }
        Kind::Text(_) | Kind::Words(_) | Kind::Object => text(column).prop_map(Literal::Text).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Literal::Boolean).boxed(),
        Kind::Number(numbers) => {
            let near = (select(numbers), -1..=1_i64).prop_map(|(number, by)| (number + by).to_string());
            let odd = select(vec!["5.0", "1e2", "1E+2", "100.5", "-0", "-1.0", "2e-1", "007", "1e30"]);
            prop_oneof![4 => near, 1 => odd.prop_map(str::to_owned)].prop_map(Literal::Number).boxed()
        }
        Kind::Decimal(numbers) => {
            let odd = select(vec!["0.500", "1e2", "-15e-1", "12", "0.0"]);
            let number = prop_oneof![3 => select(numbers), 1 => odd];
            number.prop_map(|number| Literal::Number(number.to_owned())).boxed()
        }
        Kind::Instant(seconds) => instant(seconds).boxed(),
    };
    prop_oneof![16 => own, 1 => Just(Literal::Null)].boxed()
}

fn instant(all: &'static [i64]) -> impl Strategy<Value = Literal> {
    let style =
        select(vec![Style::Utc, Style::Utc, Style::Offset, Style::Date, Style::Epoch, Style::EpochText]);
    (select(all), 0..=1_i64, prop::bool::weighted(0.15), style).prop_map(|(seconds, later, half, style)| {
        Literal::Instant(Instant { seconds: seconds + later, half, style })
    })
}

/// A pattern made of a text of the column: some characters stand for any, some are left out.
fn like(column: &'static Column) -> impl Strategy<Value = Condition> {
    let escape = select(vec![None, None, Some('\\'), Some('!'), Some('n'), Some('%')]);
    (text(column), vec(0..8_u8, 40), escape).prop_map(|(text, changes, escape)| {
        let mut pattern = String::new();
        for (c, change) in text.chars().zip(changes) {
            match (change, escape) {
                (0, None | Some('!' | '\\' | 'n')) => pattern.push('%'),
                (1, _) => pattern.push('_'),
                (2, _) => {}
                (3, Some(escape)) => pattern.extend([escape, c]),
                // An escape character that is meant for itself must not take the next one.
                (_, Some(escape)) if c == escape => pattern.extend([escape, c]),
                _ => pattern.push(c),
            }
        }
        Condition::Like(pattern, escape)
    })
}
