//! How far lists were read, and the page token that says it: a caller's next page goes on from it, and nothing is kept
//! anywhere else.

use crate::base64::URL_SAFE;
use crate::failure::{Failed, invalid};
use crate::form;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Stripe's own limit on one page of a list.
pub const STRIPES_LIMIT: u32 = 100;

/// So many ids are remembered: if the last object is deleted before the next page, the one before it continues.
const REMEMBERED: usize = 5;

/// How far one list was read.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Cursor {
    /// Where Stripe's pages go on by a token: the `limit` of this walk, which stays the same, and the token of the page that
    /// was read last, empty for the first.
    pub page: Option<(u32, String)>,
    /// The ids of the objects read last, the newest of them at the end; with a page, of those in this page.
    pub ids: Vec<String>,
    /// When the last one was created, in Unix seconds, and how many in a row were in that second.
    created: Option<(i64, usize)>,
    /// There is nothing after it.
    pub done: bool,
}

impl Cursor {
    pub fn pass(&mut self, id: Option<String>, created: Option<i64>) {
        if self.ids.len() == REMEMBERED {
            self.ids.remove(0);
        }
        self.ids.extend(id);
        self.created = created.map(|at| match self.created {
            // Of more than are remembered the number does not matter.
            Some((before, count)) if before == at => (at, (count + 1).min(REMEMBERED + 1)),
            _ => (at, 1),
        });
    }

    /// The same, and whether nothing is after it.
    pub fn finished(self, done: bool) -> Cursor {
        Cursor { done, ..self }
    }

    /// Turns to the page after the one that was read.
    pub fn turn(&mut self, next: String) {
        if let Some((_, page)) = &mut self.page {
            *page = next;
            self.ids.clear();
        }
    }

    /// The second with which a list can go on when all remembered objects are gone: none if more were read of it than are
    /// remembered, since they would come again.
    pub fn second(&self) -> Option<i64> {
        self.created.filter(|(_, count)| *count <= REMEMBERED).map(|(at, _)| at)
    }

    /// Whether all that was read, with a page all that was read of it, is remembered.
    pub fn knows_all(&self) -> bool {
        self.ids.len() < REMEMBERED
    }

    fn to_text(&self) -> String {
        let done = if self.done { DONE } else { "" };
        let (limit, page) = self.page.as_ref().map_or((0, ""), |(limit, page)| (*limit, page.as_str()));
        let (at, count) = self.created.unwrap_or_default();
        format!("{done}{limit}\t{page}\t{at}\t{count}\t{}", self.ids.join("\t"))
    }

    fn from_text(text: &str) -> Option<Cursor> {
        let (done, text) = text.strip_prefix(DONE).map_or((false, text), |text| (true, text));
        let mut parts = text.split('\t');
        let limit: u32 = parts.next()?.parse().ok()?;
        let page = parts.next()?.to_string();
        let (at, count): (i64, usize) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let ids: Vec<String> = parts.filter(|id| !id.is_empty()).map(ToString::to_string).collect();
        let is_wrong = limit > STRIPES_LIMIT
            || limit == 0 && !page.is_empty()
            || page.chars().any(char::is_control)
            || count > REMEMBERED + 1
            || ids.len() > REMEMBERED
            || ids.iter().any(|id| form::check_id("page-token", id).is_err());
        let page = (limit > 0).then_some((limit, page));
        let created = (count > 0).then_some((at, count));
        (!is_wrong).then_some(Cursor { page, ids, created, done })
    }
}

const DONE: &str = "!";

/// Where a caller's next page goes on.
#[derive(Clone, PartialEq, Debug)]
pub enum Place {
    /// Of each list the cursors of those through which it is reached, and its own at the end.
    Lists(Vec<Vec<Cursor>>),
    /// In an order by a column: the last row's value, as JSON, and its id.
    After(String, String),
}

impl Place {
    /// Opaque text that only fits the same query.
    pub fn to_token(&self, query: u64) -> String {
        let place = match self {
            Place::Lists(lists) => {
                let list = |cursors: &Vec<Cursor>| {
                    cursors.iter().map(Cursor::to_text).collect::<Vec<_>>().join("\r")
                };
                format!("L{}", lists.iter().map(list).collect::<Vec<_>>().join("\n"))
            }
            Place::After(value, id) => format!("A{value}\n{id}"),
        };
        let text = format!("{query:016x}{place}");
        URL_SAFE.encode(format!("{:016x}{text}", fingerprint([text.as_str()])).as_bytes())
    }

    pub fn from_token(token: &str, query: u64) -> Result<Place, Failed> {
        let damaged =
            || invalid("page-token", "the page token is damaged; give `next-page-token` as it was returned");
        let bytes = URL_SAFE.decode(token).map_err(|_| damaged())?;
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let (sum, text) = text.split_at_checked(16).ok_or_else(damaged)?;
        let (own, place) = text.split_at_checked(16).ok_or_else(damaged)?;
        if sum != format!("{:016x}", fingerprint([text])) {
            return Err(damaged());
        }
        if own != format!("{query:016x}") {
            return Err(invalid(
                "page-token",
                "the page token belongs to another query; entity, filter, order, account and parents must stay the same",
            ));
        }
        Place::from_text(place).ok_or_else(damaged)
    }

    fn from_text(text: &str) -> Option<Place> {
        if let Some(lists) = text.strip_prefix('L') {
            let list = |line: &str| match line {
                "" => Some(Vec::new()),
                line => line.split('\r').map(Cursor::from_text).collect(),
            };
            return lists.split('\n').map(list).collect::<Option<_>>().map(Place::Lists);
        }
        let (value, id) = text.strip_prefix('A')?.rsplit_once('\n')?;
        Some(Place::After(value.to_string(), id.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn passed(count: u32) -> Cursor {
        let mut cursor = Cursor::default();
        for n in 1..=count {
            cursor.pass(Some(format!("cus_{n}")), Some(1_000 - i64::from(n / 2)));
        }
        cursor
    }

    #[test]
    fn tokens_fit_their_query_only() {
        let cursor = passed(7);
        assert_eq!(cursor.ids, ["cus_3", "cus_4", "cus_5", "cus_6", "cus_7"]);
        let query = fingerprint(["Customer", ""]);
        let done = Cursor { done: true, ..Cursor::default() };
        let paged = Cursor { page: Some((10, "p 2".to_string())), ..Cursor::default() };
        for place in [
            Place::Lists(vec![vec![cursor.clone()]]),
            Place::Lists(vec![vec![done.clone()], vec![], vec![passed(1), paged]]),
            Place::After("\"a\\nb\"".to_string(), "cus_1".to_string()),
            Place::After("null".to_string(), String::new()),
        ] {
            let token = place.to_token(query);
            assert_eq!(Place::from_token(&token, query), Ok(place));
            let other = Place::from_token(&token, fingerprint(["Customer", "Email = 'x'"])).unwrap_err();
            assert!(other.message.contains("another query"));
            for damaged in ["", "x", "!!", &token[1..], &token[..token.len() - 4], &format!("{token}AAAA")] {
                let failure = Place::from_token(damaged, query).unwrap_err();
                assert_eq!(failure.param.as_deref(), Some("page-token"), "{damaged}");
            }
        }
    }

    #[test]
    fn a_forged_token_is_refused() {
        for forged in [
            "", "L0\t\t0\t0\t..", "L5\tx\t0\t0\t..", "L101\tx\t0\t0\t", "Lx\t\t0\t0\t", "L0\tx\t0\t0\t",
            "L0\t\t0", "A", "Anull", "X", "L0\t\t0\t0\ta\tb\tc\td\te\tf", "L5\tx\u{1}\t0\t0\t",
            "L0\t\t0\t-1\t",
        ] {
            let text = format!("{:016x}{forged}", 7);
            let sum = fingerprint([text.as_str()]);
            let token = URL_SAFE.encode(format!("{sum:016x}{text}").as_bytes());
            let failure = Place::from_token(&token, 7).unwrap_err();
            assert!(failure.message.contains("damaged"), "{forged}");
        }
    }

    #[test]
    fn a_second_is_known_as_far_as_ids_are_remembered() {
        assert_eq!(passed(2).second(), Some(999));
        let mut cursor = passed(1);
        for n in 0..5 {
            assert_eq!(cursor.second().is_some(), n < 5, "{n}");
            cursor.pass(Some(format!("x{n}")), Some(1_000));
        }
        assert_eq!(cursor.second(), None);
        cursor.pass(Some("y".to_string()), Some(3));
        assert_eq!(cursor.second(), Some(3));
        cursor.pass(Some("z".to_string()), None);
        assert_eq!(cursor.second(), None);
    }

    #[test]
    fn a_page_of_v2_is_turned_by_its_token() {
        let mut cursor = Cursor { page: Some((10, String::new())), ..Cursor::default() };
        cursor.pass(Some("acct_1".to_string()), None);
        cursor.turn("p 2".to_string());
        assert_eq!(cursor, Cursor { page: Some((10, "p 2".to_string())), ..Cursor::default() });
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    }
}
