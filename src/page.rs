//! Walks Stripe's lists: the next page's request, and the token by which a caller's next page goes on.

use crate::api::types::{Failure, FailureKind};
use crate::base64::URL_SAFE;
use crate::catalog::{Entity, Paging};
use crate::client::{Answer, Call, Client};
use crate::failure::{self, Failed, invalid};
use crate::form::{self, Pairs};
use crate::json::{self, Members};
use crate::plan::Plan;
use crate::rows;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use percent_encoding::percent_decode_str;

/// Stripe's own limit on one page of a list.
pub const STRIPES_LIMIT: u32 = 100;

/// So many ids are remembered: if the last object is deleted before the next page, the one before it continues.
const REMEMBERED: usize = 5;

/// Where a walk through a list is.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Cursor {
    /// Where Stripe's pages go on by a token: the `limit` of this walk, which stays the same, and the token of the page that
    /// was read last, empty for the first.
    page: Option<(u32, String)>,
    /// The ids of the objects read last, the newest of them at the end; with a page, of those in this page.
    ids: Vec<String>,
}

impl Cursor {
    pub fn passed(&mut self, id: String) {
        if self.ids.len() == REMEMBERED {
            self.ids.remove(0);
        }
        self.ids.push(id);
    }

    /// Turns to the page after the one that was read.
    pub fn turn(&mut self, next: Option<String>) {
        if let (Some((_, page)), Some(next)) = (&mut self.page, next) {
            *page = next;
            self.ids.clear();
        }
    }

    /// Opaque text that only fits the same query.
    pub fn to_token(&self, query: u64) -> String {
        let page = self.page.as_ref().map(|(limit, page)| format!("{limit} {page}")).unwrap_or_default();
        let text = format!("1\n{query:016x}\n{page}\n{}", self.ids.join("\n"));
        URL_SAFE.encode(format!("{text}\n{:016x}", fingerprint([text.as_str()])).as_bytes())
    }

    pub fn from_token(token: &str, query: u64) -> Result<Cursor, Failed> {
        let damaged =
            || invalid("page-token", "the page token is damaged; give `next-page-token` as it was returned");
        let bytes = URL_SAFE.decode(token).map_err(|_| damaged())?;
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let (text, sum) = text.rsplit_once('\n').ok_or_else(damaged)?;
        let mut lines = text.split('\n');
        if sum != format!("{:016x}", fingerprint([text])) || lines.next() != Some("1") {
            return Err(damaged());
        }
        let own = lines.next().and_then(|hash| u64::from_str_radix(hash, 16).ok()).ok_or_else(damaged)?;
        if own != query {
            return Err(invalid(
                "page-token",
                "the page token belongs to another query; entity, filter, order, account and parents must stay the same",
            ));
        }
        let page = match lines.next().ok_or_else(damaged)? {
            "" => None,
            page => {
                let (limit, page) = page.split_once(' ').ok_or_else(damaged)?;
                let limit = limit.parse().ok().filter(|limit| (1..=STRIPES_LIMIT).contains(limit));
                if page.chars().any(char::is_control) {
                    return Err(damaged());
                }
                Some((limit.ok_or_else(damaged)?, page.to_string()))
            }
        };
        let ids: Vec<String> = lines.filter(|id| !id.is_empty()).map(ToString::to_string).collect();
        let starts = page.as_ref().is_none_or(|(_, page)| page.is_empty());
        if ids.is_empty() && starts
            || ids.len() > REMEMBERED
            || ids.iter().any(|id| form::check_id("page-token", id).is_err())
        {
            return Err(damaged());
        }
        Ok(Cursor { page, ids })
    }
}

/// FNV-1a over the parts of a query: tells two queries apart, and is no protection against forgery, since a token
/// gives no more than a filter does.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// One walk through the list that a plan asks for.
pub struct Walk<'a> {
    pub entity: &'a Entity,
    pub plan: &'a Plan,
    pub expand: &'a [String],
}

impl Walk<'_> {
    /// The request for the page after an object, or for the first page.
    pub fn call(&self, cursor: &Cursor, after: Option<&str>, limit: u32) -> Call {
        let mut parameters: Pairs = self.plan.parameters.clone();
        let own = match (&cursor.page, self.entity.paging) {
            (_, Paging::Whole) => [None, None],
            (Some((limit, page)), _) => {
                [Some(("limit", limit.to_string())), (!page.is_empty()).then(|| ("page", page.clone()))]
            }
            (None, _) => {
                [Some(("limit", limit.to_string())), after.map(|id| ("starting_after", id.to_string()))]
            }
        };
        parameters.extend(own.into_iter().flatten().map(|(name, value)| (name.to_string(), value)));
        parameters.extend(expansions(self.expand, "data."));
        let parents: Vec<&str> = self.plan.parents.iter().map(String::as_str).collect();
        Call::get(form::path(self.entity.path, &parents), parameters)
    }

    /// Fetches the page at the cursor.
    pub fn fetch(&self, client: &Client, cursor: &mut Cursor, limit: u32) -> Result<Answer, Failed> {
        if self.entity.paging == Paging::Token && cursor.page.is_none() {
            cursor.page = Some((limit, String::new()));
        }
        if cursor.ids.is_empty() || self.entity.paging != Paging::Object {
            return client.send(self.call(cursor, None, limit));
        }
        for id in cursor.ids.iter().rev() {
            match client.send(self.call(cursor, Some(id), limit)) {
                Err(failure) if is_gone(&failure) => continue,
                result => return result,
            }
        }
        Err(self.lost(cursor))
    }

    /// Reads the objects of a page that were not read before. A page that promises more without giving any, or gives again
    /// what it gave before, would never end.
    pub fn read<'a>(&self, answer: &'a Answer, cursor: &Cursor) -> Result<Batch<'a>, Failed> {
        let unreadable = |why: &str| answer.unreadable(why);
        let list = Members::parse(&answer.body).map_err(|error| answer.unreadable(error))?;
        let data = list.get("data").ok_or_else(|| unreadable("the list has no `data`"))?;
        let mut objects = json::items(data).map_err(|error| answer.unreadable(error))?;
        let next = match (self.entity.paging, list.get("next_page_url")) {
            (Paging::Token, None) => return Err(unreadable("the list has no `next_page_url`")),
            (Paging::Token, Some("null")) | (Paging::Object | Paging::Whole, _) => None,
            (Paging::Token, Some(url)) => {
                let page = json::text(url).and_then(|url| page_of_url(&url));
                Some(page.ok_or_else(|| unreadable("`next_page_url` has no `page`"))?)
            }
        };
        let has_more = match (self.entity.paging, list.get("has_more")) {
            (Paging::Token, _) => next.is_some(),
            (_, Some("true")) => true,
            (_, Some("false")) => false,
            (_, _) => return Err(unreadable("the list has no `has_more`")),
        };
        if has_more && objects.is_empty() {
            return Err(unreadable("there is more, and there is no `data`"));
        }
        if has_more && self.entity.paging == Paging::Whole {
            return Err(unreadable("there is more, and nothing says how to get it"));
        }
        if next.is_some() && next.as_ref() == cursor.page.as_ref().map(|(_, page)| page) {
            return Err(unreadable("the page after this one is this one"));
        }
        let was_read = |object: &&str| rows::id(object).is_some_and(|id| cursor.ids.contains(&id));
        if self.entity.paging != Paging::Object && !cursor.ids.is_empty() {
            let last = objects.iter().rposition(was_read).ok_or_else(|| self.lost(cursor))?;
            objects.drain(..=last);
        } else if [objects.first(), objects.last()].into_iter().flatten().any(was_read) {
            return Err(unreadable("a page repeats what the one before had"));
        }
        Ok(Batch { objects, has_more, next })
    }

    fn lost(&self, cursor: &Cursor) -> Failed {
        failure::new(
            FailureKind::Conflict,
            format!(
                "the last {} {} that were read are deleted; start again at the first page",
                cursor.ids.len(),
                self.entity.plural()
            ),
        )
    }
}

/// Objects of one page of Stripe's.
pub struct Batch<'a> {
    pub objects: Vec<&'a str>,
    /// Whether there is a page after this one.
    pub has_more: bool,
    /// For [`Cursor::turn`].
    pub next: Option<String>,
}

/// The `page` in the query of a `next_page_url`. Nothing else of that URL is used, wherever it leads.
fn page_of_url(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let page = query.split('&').find_map(|pair| pair.strip_prefix("page="))?;
    let page = percent_decode_str(page).decode_utf8().ok()?.into_owned();
    (!page.is_empty() && !page.chars().any(char::is_control)).then_some(page)
}

/// Stripe's `expand` parameter.
pub fn expansions<'a>(expand: &'a [String], prefix: &'a str) -> impl Iterator<Item = (String, String)> + 'a {
    expand.iter().enumerate().map(move |(at, path)| (format!("expand[{at}]"), format!("{prefix}{path}")))
}

fn is_gone(failure: &Failure) -> bool {
    failure.code.as_deref() == Some("resource_missing") && failure.param.as_deref() == Some("starting_after")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_fit_their_query_only() {
        let mut cursor = Cursor::default();
        for n in 1..=7 {
            cursor.passed(format!("cus_{n}"));
        }
        assert_eq!(cursor.ids, ["cus_3", "cus_4", "cus_5", "cus_6", "cus_7"]);
        let query = fingerprint(["Customer", ""]);
        let token = cursor.to_token(query);
        assert_eq!(Cursor::from_token(&token, query), Ok(cursor));
        let other = Cursor::from_token(&token, fingerprint(["Customer", "Email = 'x'"])).unwrap_err();
        assert!(other.message.contains("another query"));
        for damaged in ["", "x", "!!", &token[1..], &token[..token.len() - 40]] {
            let failure = Cursor::from_token(damaged, query).unwrap_err();
            assert_eq!(failure.param.as_deref(), Some("page-token"), "{damaged}");
        }
        for forged in ["\n..", "5 x\n..", "0 x\n", "5\n", "5 \n", "101 x\n", "", "\n"] {
            let text = format!("1\n{query:016x}\n{forged}");
            let sum = fingerprint([text.as_str()]);
            let forged = URL_SAFE.encode(format!("{text}\n{sum:016x}").as_bytes());
            assert!(Cursor::from_token(&forged, query).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_page_of_v2_is_turned_by_its_token() {
        let mut cursor = Cursor { page: Some((10, String::new())), ids: Vec::new() };
        cursor.passed("acct_1".to_string());
        cursor.turn(None);
        assert_eq!(cursor.ids, ["acct_1"]);
        cursor.turn(Some("p 2".to_string()));
        assert_eq!(cursor, Cursor { page: Some((10, "p 2".to_string())), ids: Vec::new() });
        assert_eq!(Cursor::from_token(&cursor.to_token(7), 7), Ok(cursor));
        for (url, page) in [
            ("/v2/core/accounts?limit=1&page=abc%3D", Some("abc=")),
            ("https://elsewhere.example/?page=x", Some("x")),
            ("/v2/core/accounts", None),
            ("/v2/core/accounts?page=", None),
            ("/v2/core/accounts?page=%0A", None),
        ] {
            assert_eq!(page_of_url(url).as_deref(), page, "{url}");
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    }
}
