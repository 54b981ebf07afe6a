//! Paths without the names of their ids, which the description chooses freely: the same id is `{charge}` in one path
//! and `{id}` in the next.

use std::fmt;

/// `/v1/customers/{}/tax_ids/{}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(String);

const ID: &str = "{}";

impl Path {
    pub fn new(path: &str) -> Self {
        let segments = path.split('/').map(|segment| if segment.starts_with('{') { ID } else { segment });
        Self(segments.collect::<Vec<_>>().join("/"))
    }

    /// Whether it ends with an id.
    pub fn is_item(&self) -> bool {
        self.last() == ID
    }

    pub fn item(&self) -> Self {
        self.join(ID)
    }

    pub fn join(&self, segment: &str) -> Self {
        Self(format!("{}/{segment}", self.0))
    }

    pub fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.0.rsplit_once('/')?;
        (!parent.is_empty()).then(|| Self(parent.to_owned()))
    }

    /// The paths above it, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// The collections whose ids are in it, outermost first.
    pub fn collections(&self) -> Vec<Self> {
        let whole = std::iter::once(self.clone());
        let mut items: Vec<_> = whole.chain(self.ancestors()).filter(Self::is_item).collect();
        items.reverse();
        items.iter().filter_map(Self::parent).collect()
    }

    /// The segments after `above`.
    pub fn below(&self, above: &Self) -> Option<&str> {
        self.0.strip_prefix(&above.0)?.strip_prefix('/')
    }

    /// The same path in the place that its test helper speaks about: `/v1/refunds/{}/expire` for
    /// `/v1/test_helpers/refunds/{}/expire`.
    pub fn without_test_helpers(&self) -> Option<Self> {
        let (version, rest) = self.0.split_once("/test_helpers/")?;
        (version.matches('/').count() == 1).then(|| Self(format!("{version}/{rest}")))
    }

    /// As people write it: `checkout/sessions`, `customers/tax_ids`, `v2/core/accounts`.
    pub fn spelling(&self) -> String {
        let segments = self.0.split('/').filter(|segment| !["", "v1", ID].contains(segment));
        segments.collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_path() {
        let path = Path::new("/v1/customers/{customer}/tax_ids/{id}");
        assert_eq!(path, Path::new("/v1/customers/{}/tax_ids/{}"));
        assert!(path.is_item());
        let collection = path.parent().unwrap();
        assert_eq!(collection.last(), "tax_ids");
        assert_eq!(collection.item(), path);
        assert_eq!(path.collections(), [Path::new("/v1/customers"), collection.clone()]);
        assert_eq!(collection.collections(), [Path::new("/v1/customers")]);
        assert_eq!(path.below(&Path::new("/v1/customers/{}")), Some("tax_ids/{}"));
        assert_eq!(path.below(&Path::new("/v1/custom")), None);
        assert_eq!(collection.spelling(), "customers/tax_ids");
        assert_eq!(Path::new("/v2/core/accounts").spelling(), "v2/core/accounts");
    }

    #[test]
    fn test_helpers_stand_for_another_path() {
        let helper = Path::new("/v1/test_helpers/refunds/{refund}/expire");
        assert_eq!(helper.without_test_helpers(), Some(Path::new("/v1/refunds/{}/expire")));
        assert_eq!(Path::new("/v1/refunds").without_test_helpers(), None);
    }
}
