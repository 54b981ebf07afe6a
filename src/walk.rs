//! Walks one of Stripe's lists page by page, or fetches the one object of an id.

use crate::api::types::{Failure, FailureKind};
use crate::call::Call;
use crate::catalog::names::same;
use crate::catalog::{Entity, Paging};
use crate::client::{Answer, Client, Why};
use crate::cursor::Cursor;
use crate::failure::{self, Failed};
use crate::form::Pairs;
use crate::json::{self, Items, Members};
use crate::list_parameter::ListParameter;
use alloc::format;
use alloc::string::{String, ToString};
use percent_encoding::percent_decode_str;

/// How Stripe gives what is asked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Manner {
    /// The object itself.
    One,
    /// A list with the entity's way of paging.
    List(Paging),
    /// The result of a search, with a token for each page.
    Search,
}

/// What one list has, from a cursor on.
pub struct Walk<'a> {
    entity: &'static Entity,
    manner: Manner,
    path: String,
    parameters: Pairs,
    /// Those of them that the caller gave, and no condition of the filter.
    given: &'a Pairs,
    expand: &'a [String],
    cursor: Cursor,
    page: Option<Page>,
}

/// One page of Stripe's.
struct Page {
    answer: Answer,
    /// The objects of the answer.
    objects: Items,
    /// The next of them.
    at: usize,
    has_more: bool,
    /// The token of the page after this one.
    next: Option<String>,
}

impl Page {
    fn is_at_end(&self) -> bool {
        self.at >= self.objects.len()
    }
}

impl<'a> Walk<'a> {
    pub fn new(
        entity: &'static Entity,
        manner: Manner,
        path: String,
        parameters: Pairs,
        given: &'a Pairs,
        expand: &'a [String],
        cursor: Cursor,
    ) -> Self {
        Walk { entity, manner, path, parameters, given, expand, cursor, page: None }
    }

    /// The request for the page after an object, or for the one at the cursor.
    pub fn call(&self, after: Option<&str>, limit: u32) -> Call {
        let mut parameters = self.parameters.clone();
        let mut push = |name: &str, value: String| parameters.push((name.to_string(), value));
        match (&self.cursor.page, self.manner) {
            (_, Manner::One | Manner::List(Paging::Whole)) => {}
            (Some((limit, page)), _) => {
                push("limit", limit.to_string());
                if !page.is_empty() {
                    push("page", page.clone());
                }
            }
            (None, _) => {
                push("limit", limit.to_string());
                if let Some(id) = after {
                    push("starting_after", id.to_string());
                }
            }
        }
        let prefix = if self.manner == Manner::One { "" } else { "data." };
        parameters.extend(expansions(self.expand, prefix));
        Call::get(self.path.clone(), parameters)
    }

    /// The request that most likely brings the next page.
    pub fn next_call(&mut self, limit: u32) -> Call {
        self.begin_page(limit);
        self.call(self.cursor.ids.last().map(String::as_str), limit)
    }

    /// Whether something is known to be left, or known not to be.
    pub fn has_more(&self) -> Option<bool> {
        match &self.page {
            Some(page) => Some(!page.is_at_end() || page.has_more),
            None => self.cursor.done.then_some(false),
        }
    }

    /// Whether the next object takes a request.
    pub fn needs_page(&self) -> bool {
        !self.has_head() && self.has_more() != Some(false)
    }

    /// Whether there is a next object.
    pub fn has_head(&self) -> bool {
        self.page.as_ref().is_some_and(|page| !page.is_at_end())
    }

    /// The next object, whole and taken apart.
    pub fn head(&self) -> Result<(&str, Members<'_>), Failed> {
        let Some(Page { answer, objects, at, .. }) = &self.page else { return Err(no_page()) };
        let members = objects.members(&answer.body, *at).map_err(|error| answer.unreadable(error))?;
        Ok((objects.text(&answer.body, *at).unwrap_or_default(), members))
    }

    /// The failure of a page whose objects are not what Stripe sends.
    pub fn unreadable(&self, why: impl Why) -> Failed {
        match &self.page {
            Some(page) => page.answer.unreadable(why),
            None => no_page(),
        }
    }

    /// Passes over the next object.
    pub fn pass(&mut self, id: Option<String>, created: Option<i64>) -> Result<(), Failed> {
        self.cursor.pass(id.clone(), created);
        if let Some(page) = &mut self.page {
            page.at += 1;
            if page.is_at_end()
                && let Some(next) = page.next.take()
            {
                self.cursor.turn(next);
            }
        }
        match (id, self.has_more()) {
            (None, Some(true)) => Err(self.unreadable("an object of a list has no id")),
            _ => Ok(()),
        }
    }

    /// The id of the object that was passed last.
    pub fn last_id(&self) -> Option<String> {
        self.cursor.ids.last().cloned()
    }

    /// How far it is read.
    pub fn cursor(&self) -> Cursor {
        self.cursor.clone().finished(self.has_more() == Some(false))
    }

    /// Fetches the page at the cursor.
    pub fn fetch(&mut self, client: &Client, limit: u32) -> Result<(), Failed> {
        self.begin_page(limit);
        if self.manner == Manner::List(Paging::Object) {
            for id in self.cursor.ids.iter().rev() {
                match client.send(self.call(Some(id), limit)) {
                    Err(failure) if is_gone(&failure) => continue,
                    answer => return self.accept(answer),
                }
            }
        }
        // Where all that was read is gone, the beginning repeats nothing.
        let call = match self.manner {
            Manner::List(Paging::Object) if !self.cursor.knows_all() => self.call_by_second(limit),
            _ => Some(self.call(None, limit)),
        };
        let answer = client.send(call.ok_or_else(|| self.lost())?);
        self.accept(answer)
    }

    /// Lets go of the page that was read, so that there are never two, and settles the limit of pages that have tokens, which
    /// is the same for all of them.
    fn begin_page(&mut self, limit: u32) {
        self.page = None;
        if matches!(self.manner, Manner::Search | Manner::List(Paging::Token)) && self.cursor.page.is_none() {
            self.cursor.page = Some((limit, String::new()));
        }
    }

    /// Goes on with what was created no later than the last object that was read.
    fn call_by_second(&self, limit: u32) -> Option<Call> {
        let second = self.cursor.second()?;
        let created = ListParameter::find(self.entity, "created").filter(ListParameter::is_range)?;
        let bound = |name: &str| name.strip_prefix(created.name.as_str()).map(ToString::to_string);
        let mut call = self.call(None, limit);
        if call.query.iter().any(|(name, _)| bound(name).as_deref() == Some("")) {
            return None;
        }
        // What was read meets an upper bound, so this one is the lower.
        call.query.retain(|(name, _)| !matches!(bound(name).as_deref(), Some("[lt]" | "[lte]")));
        call.query.insert(0, (format!("{}[lte]", created.name), second.to_string()));
        Some(call)
    }

    /// Takes the answer of a page.
    pub fn accept(&mut self, answer: Result<Answer, Failed>) -> Result<(), Failed> {
        let mut page = match (self.manner, answer) {
            (_, Err(failure)) if self.is_none(&failure) => None,
            (_, Err(failure)) => return Err(failure),
            (Manner::One, Ok(answer)) => one(answer)?,
            (_, Ok(answer)) => Some(self.read(answer)?),
        };
        // All that was left of it is gone.
        if let Some(page) = &mut page
            && page.is_at_end()
            && let Some(next) = page.next.take()
        {
            self.cursor.turn(next);
        }
        self.cursor.done = page.is_none();
        self.page = page;
        Ok(())
    }

    /// Whether a failure says that there is nothing, in Stripe's own words: another 404 is a wrong address. An object may not be
    /// there, and nor may what a condition of the filter names; a parent that is not there, or what a list is always of, is a
    /// mistake of the caller.
    fn is_none(&self, failure: &Failure) -> bool {
        let param = failure.param.as_deref().unwrap_or_default();
        let is_parent = |parent: &&str| same(parent.strip_suffix("Id").unwrap_or(parent), param);
        is_missing(failure)
            && match self.manner {
                Manner::One => !self.entity.parents.iter().any(is_parent),
                _ => {
                    let names_it = |(name, _): &(String, String)| name == param;
                    let field = self.entity.list.and_then(|list| list.field(param));
                    self.parameters.iter().any(names_it)
                        && !self.given.iter().any(names_it)
                        && !field.is_some_and(|field| field.required)
                }
            }
    }

    /// Reads a page. One that promises more without giving any, or gives again what it gave before, would never end.
    fn read(&self, answer: Answer) -> Result<Page, Failed> {
        let unreadable = |why: &str| answer.unreadable(why);
        let parsed = Members::parse_with_items(&answer.body, "data");
        let (list, data) = parsed.map_err(|error| answer.unreadable(error))?;
        let objects = data.ok_or_else(|| unreadable("the list has no `data`"))?;
        let by_token = matches!(self.manner, Manner::Search | Manner::List(Paging::Token));
        let next = match (self.manner, list.get("next_page_url"), list.get("next_page")) {
            (Manner::List(Paging::Token), None, _) => {
                return Err(unreadable("the list has no `next_page_url`"));
            }
            (Manner::List(Paging::Token), Some(url), _) if url != "null" => {
                let page = json::text(url).and_then(|url| page_of_url(&url));
                Some(page.ok_or_else(|| unreadable("`next_page_url` has no `page`"))?)
            }
            (Manner::Search, _, Some(page)) if page != "null" => {
                let page = json::text(page).filter(|page| is_page(page));
                Some(page.ok_or_else(|| unreadable("`next_page` is no page"))?)
            }
            _ => None,
        };
        let has_more = match (by_token, list.get("has_more")) {
            (true, Some("true")) if next.is_none() => {
                return Err(unreadable("there is more, and nothing says how to get it"));
            }
            (true, _) => next.is_some(),
            (_, Some("true")) => true,
            (_, Some("false")) => false,
            (_, _) => return Err(unreadable("the list has no `has_more`")),
        };
        if has_more && objects.is_empty() {
            return Err(unreadable("there is more, and there is no `data`"));
        }
        if has_more && self.manner == Manner::List(Paging::Whole) {
            return Err(unreadable("there is more, and nothing says how to get it"));
        }
        if next.is_some() && next.as_ref() == self.cursor.page.as_ref().map(|(_, page)| page) {
            return Err(unreadable("the page after this one is this one"));
        }
        let was_read = |at: &usize| {
            let id = objects.members(&answer.body, *at).ok().and_then(|object| object.text("id"));
            id.is_some_and(|id| self.cursor.ids.contains(&id))
        };
        let mut at = 0;
        if self.manner != Manner::List(Paging::Object) && !self.cursor.ids.is_empty() {
            match (0..objects.len()).rev().find(was_read) {
                Some(last) => at = last + 1,
                None if self.cursor.knows_all() => {}
                None => return Err(self.lost()),
            }
        } else if [0, objects.len().saturating_sub(1)].iter().any(was_read) {
            return Err(unreadable("a page repeats what the one before had"));
        }
        Ok(Page { objects, at, has_more, next, answer })
    }

    fn lost(&self) -> Failed {
        let (count, plural) = (self.cursor.ids.len(), self.entity.plural());
        let why =
            format!("the last {count} {plural} that were read are deleted; start again at the first page");
        failure::new(FailureKind::Conflict, why)
    }
}

fn no_page() -> Failed {
    failure::new(FailureKind::Internal, "no page was read")
}

/// The page of one object. A deleted one is in no list.
fn one(answer: Answer) -> Result<Option<Page>, Failed> {
    let objects = Items::of(&answer.body).map_err(|error| answer.unreadable(error))?;
    let members = objects.members(&answer.body, 0).map_err(|error| answer.unreadable(error))?;
    if members.get("deleted") == Some("true") {
        return Ok(None);
    }
    Ok(Some(Page { objects, at: 0, has_more: false, next: None, answer }))
}

/// The `page` in the query of a `next_page_url`. Nothing else of that URL is used, wherever it leads.
fn page_of_url(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let page = query.split('&').find_map(|pair| pair.strip_prefix("page="))?;
    let page = percent_decode_str(page).decode_utf8().ok()?.into_owned();
    is_page(&page).then_some(page)
}

fn is_page(page: &str) -> bool {
    !page.is_empty() && !page.chars().any(char::is_control)
}

/// Stripe's `expand` parameter.
pub fn expansions<'a>(expand: &'a [String], prefix: &'a str) -> impl Iterator<Item = (String, String)> + 'a {
    expand.iter().enumerate().map(move |(at, path)| (format!("expand[{at}]"), format!("{prefix}{path}")))
}

/// Whether the object that a page should begin after is there no more.
pub fn is_gone(failure: &Failure) -> bool {
    failure.code.as_deref() == Some("resource_missing") && failure.param.as_deref() == Some("starting_after")
}

/// Whether it is Stripe's own word that there is no such object; v2 has a word of its own for it.
fn is_missing(failure: &Failure) -> bool {
    matches!(failure.code.as_deref(), Some("resource_missing" | "not_found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_page_is_taken() {
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
}
