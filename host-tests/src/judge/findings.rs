//! What a check finds, and where.

use std::collections::BTreeSet;

use serde_json::Value;

/// A place in what is checked: as it was written, `items[0][price]`, and as a parameter's name, `items[][price]`.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub written: String,
    pub parameter: String,
}

impl Place {
    /// The property of an object.
    pub fn property(&self, name: &str) -> Self {
        self.inner(name, name)
    }

    /// The item of an array.
    pub fn item(&self, index: usize) -> Self {
        self.inner(&index.to_string(), "")
    }

    /// The value of a map: its keys are nobody's names.
    pub fn value(&self, key: &str) -> Self {
        self.inner(key, "*")
    }

    fn inner(&self, written: &str, parameter: &str) -> Self {
        if self.written.is_empty() {
            return Self { written: written.to_owned(), parameter: parameter.to_owned() };
        }
        Self {
            written: format!("{}[{written}]", self.written),
            parameter: format!("{}[{parameter}]", self.parameter),
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub complaints: Vec<String>,
    /// The parameters that were seen: those with a value, not the objects around them.
    pub parameters: BTreeSet<String>,
    /// It is not even of the schema's kind, such as a text where an object belongs.
    pub of_other_kind: bool,
}

impl Findings {
    /// All is well with a value.
    pub fn value(place: &Place) -> Self {
        Self { parameters: BTreeSet::from([place.parameter.clone()]), ..Self::default() }
    }

    /// All is well with a value that means that there is none any more.
    pub fn unset(place: &Place) -> Self {
        Self { parameters: BTreeSet::from([format!("{}=", place.parameter)]), ..Self::default() }
    }

    /// A value is wrong.
    pub fn complaint(place: &Place, why: impl std::fmt::Display) -> Self {
        let mut found = Self::value(place);
        found.complain(place, why);
        found
    }

    /// It is of another kind than it should be.
    pub fn other_kind(place: &Place, why: impl std::fmt::Display) -> Self {
        Self { of_other_kind: true, ..Self::complaint(place, why) }
    }

    pub fn complain(&mut self, place: &Place, why: impl std::fmt::Display) {
        let written = if place.written.is_empty() { "the whole" } else { &place.written };
        self.complaints.push(format!("{written} {why}"));
    }

    pub fn add(&mut self, inner: Self) {
        self.complaints.extend(inner.complaints);
        self.parameters.extend(inner.parameters);
    }

    /// What the nearest of several schemas finds: one that fits, else one of the value's kind.
    pub fn of_nearest<'a>(
        alternatives: impl IntoIterator<Item = &'a Value>,
        check: impl Fn(&'a Value) -> Self,
    ) -> Option<Self> {
        let found = alternatives.into_iter().map(check);
        found.min_by_key(|found| (!found.complaints.is_empty(), found.of_other_kind, found.complaints.len()))
    }
}
