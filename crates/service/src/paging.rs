//! Pages: how many to a page, and where the next one begins.

use crate::error::Error;
use crate::query::Query;

const DEFAULT_SIZE: u32 = 25;
const MAX_SIZE: u32 = 200;

/// What a caller asks for.
#[derive(PartialEq, Eq, Debug)]
pub struct Page {
    /// 1 to 200.
    pub size: u32,
    /// Where to go on.
    pub token: Option<String>,
}

impl Page {
    /// Reads `pageSize` and `pageToken` of a query.
    pub fn read(query: &Query) -> Result<Page, Error> {
        let size = query.one("pageSize")?.map(|text| text.parse().map_err(|_| wrong_size(text)));
        Page::of(size.transpose()?, query.one("pageToken")?.map(str::to_owned))
    }

    /// The same of a body. More than 200 to a page is 200: the token leads to the others.
    pub fn of(size: Option<i64>, token: Option<String>) -> Result<Page, Error> {
        let size = match size {
            None | Some(0) => DEFAULT_SIZE,
            Some(size) if size > 0 => u32::try_from(size).unwrap_or(MAX_SIZE).min(MAX_SIZE),
            Some(size) => return Err(wrong_size(&size.to_string())),
        };
        Ok(Page { size, token: token.filter(|token| !token.is_empty()) })
    }

    /// The page of a list that is kept by name, and the token of the next. `list` is the list's own name, so that a
    /// token of another is refused.
    pub fn cut<T>(
        &self,
        list: &str,
        mut items: Vec<T>,
        name: impl Fn(&T) -> &str,
    ) -> Result<(Vec<T>, Option<String>), Error> {
        items.sort_by(|one, other| name(one).cmp(name(other)));
        let prefix = format!("{list}/");
        if let Some(token) = &self.token {
            let after = unhex(token).and_then(|text| text.strip_prefix(&prefix).map(str::to_owned));
            let after = after.ok_or_else(|| {
                let message =
                    format!("`pageToken` is none of this list; give `nextPageToken` of a page of {list}");
                Error::invalid("pageToken", message)
            })?;
            items.retain(|item| name(item) > after.as_str());
        }
        let has_more = items.len() > self.size as usize;
        items.truncate(self.size as usize);
        let last = items.last().filter(|_| has_more);
        let next = last.map(|item| hex(&format!("{prefix}{}", name(item))));
        Ok((items, next))
    }
}

fn wrong_size(given: &str) -> Error {
    let message = format!(
        "`pageSize` is `{given}`; give a whole number from 1 to {MAX_SIZE}, or nothing for {DEFAULT_SIZE}"
    );
    Error::invalid("pageSize", message)
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<String> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let digits =
            std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2 && !pair.starts_with('+'))?;
        u8::from_str_radix(digits, 16).ok()
    });
    String::from_utf8(pairs.collect::<Option<_>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let size = |text: &str| Page::read(&Query::parse(text).unwrap()).map(|page| page.size).ok();
        assert_eq!(size(""), Some(25));
        assert_eq!(size("pageSize=0"), Some(25));
        assert_eq!(size("pageSize=7"), Some(7));
        assert_eq!(size("pageSize=99999999999"), Some(200));
        assert_eq!((size("pageSize=-1"), size("pageSize=x"), size("pageSize=1.5")), (None, None, None));
    }

    #[test]
    fn pages_lead_to_the_end() {
        let names = || vec!["c", "a", "b"];
        let first = Page { size: 2, token: None };
        let (items, next) = first.cut("list", names(), |name| name).unwrap();
        assert_eq!(items, ["a", "b"]);
        let second = Page { size: 2, token: next };
        assert_eq!(second.cut("list", names(), |name| name).unwrap(), (vec!["c"], None));
        assert!(second.cut("other", names(), |name| name).is_err());
        for wrong in ["x", "zz", "+1", "é", "6"] {
            let page = Page { size: 2, token: Some(wrong.to_owned()) };
            assert!(page.cut("list", names(), |name| name).is_err(), "{wrong}");
        }
    }
}
