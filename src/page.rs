//! Walks Stripe's lists: the next page's request, and the token by which a caller's next page goes on.

use crate::api::types::{Failure, FailureKind};
use crate::catalog::Entity;
use crate::client::{Answer, Call, Client};
use crate::failure::{self, Failed, invalid};
use crate::form::{self, Pairs};
use crate::json::List;
use crate::plan::Plan;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Stripe's own limit on one page of a list.
pub const STRIPES_LIMIT: u32 = 100;

/// So many ids are remembered: if the last object is deleted before the next page, the one before it continues.
const REMEMBERED: usize = 5;

/// Where a walk through a list is: the ids of the objects read last, the newest of them at the end.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Cursor(Vec<String>);

impl Cursor {
    pub fn passed(&mut self, id: String) {
        if self.0.len() == REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(id);
    }

    /// Opaque text that only fits the same query.
    pub fn to_token(&self, query: u64) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("1\n{query:016x}\n{}", self.0.join("\n")))
    }

    pub fn from_token(token: &str, query: u64) -> Result<Cursor, Failed> {
        let damaged =
            || invalid("page-token", "the page token is damaged; give `next-page-token` as it was returned");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| damaged())?;
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let mut lines = text.split('\n');
        if lines.next() != Some("1") {
            return Err(damaged());
        }
        let own = lines.next().and_then(|hash| u64::from_str_radix(hash, 16).ok()).ok_or_else(damaged)?;
        if own != query {
            return Err(invalid(
                "page-token",
                "the page token belongs to another query; entity, filter, order, account and parents must stay the same",
            ));
        }
        let ids: Vec<String> = lines.map(ToString::to_string).collect();
        if ids.is_empty()
            || ids.len() > REMEMBERED
            || ids.iter().any(|id| form::check_id("page-token", id).is_err())
        {
            return Err(damaged());
        }
        Ok(Cursor(ids))
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
    pub fn call(&self, after: Option<&str>, limit: u32) -> Call {
        let mut parameters: Pairs = self.plan.parameters.clone();
        parameters.push(("limit".to_string(), limit.to_string()));
        parameters.extend(after.map(|id| ("starting_after".to_string(), id.to_string())));
        parameters.extend(expansions(self.expand, "data."));
        let parents: Vec<&str> = self.plan.parents.iter().map(String::as_str).collect();
        Call::get(form::path(self.entity.path, &parents), parameters)
    }

    /// Fetches the page after the cursor.
    pub fn fetch(&self, client: &Client, cursor: &Cursor, limit: u32) -> Result<Answer, Failed> {
        if cursor.0.is_empty() {
            return client.send(self.call(None, limit));
        }
        for id in cursor.0.iter().rev() {
            match client.send(self.call(Some(id), limit)) {
                Err(failure) if is_gone(&failure) => continue,
                result => return result,
            }
        }
        Err(failure::new(
            FailureKind::Conflict,
            format!(
                "the last {} {} that were read are deleted; start again at the first page",
                cursor.0.len(),
                self.entity.plural
            ),
        ))
    }
}

/// Reads a page's objects; a page that promises more without giving any would never end.
pub fn read(answer: &Answer) -> Result<List<'_>, Failed> {
    let list: List = serde_json::from_str(&answer.body).map_err(|error| answer.unreadable(error))?;
    if list.has_more && list.data.is_empty() {
        return Err(answer.unreadable("`has_more` is true and there is no `data`"));
    }
    Ok(list)
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
        assert_eq!(cursor.0, ["cus_3", "cus_4", "cus_5", "cus_6", "cus_7"]);
        let query = fingerprint(["Customer", ""]);
        let token = cursor.to_token(query);
        assert_eq!(Cursor::from_token(&token, query), Ok(cursor));
        let other = Cursor::from_token(&token, fingerprint(["Customer", "Email = 'x'"])).unwrap_err();
        assert!(other.message.contains("another query"));
        for damaged in ["", "x", "!!", &token[1..], &token[..token.len() - 40]] {
            let failure = Cursor::from_token(damaged, query).unwrap_err();
            assert_eq!(failure.param.as_deref(), Some("page-token"), "{damaged}");
        }
        let forged = BASE64_URL_SAFE_NO_PAD.encode(format!("1\n{query:016x}\n.."));
        assert!(Cursor::from_token(&forged, query).is_err());
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    }
}
