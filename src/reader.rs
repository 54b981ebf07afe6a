//! Reads what a plan's requests find, object by object: one list, several that are merged by age, and those aside.

use crate::api::types::{Failure, FailureKind};
use crate::call::Call;
use crate::catalog;
use crate::client::{Answer, Client};
use crate::cursor::{Cursor, STRIPES_LIMIT};
use crate::entities::Listing;
use crate::failure::{self, Failed, invalid};
use crate::form::{self, Pairs};
use crate::json::Members;
use crate::plan::{Aside, Asked};
use crate::walk::{Manner, Walk, is_gone};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// What is not the caller's own.
const NONE_GIVEN: &Pairs = &Pairs::new();

/// The lists of a plan, and how far they are read.
pub struct Reader<'a> {
    listing: &'a Listing<'a>,
    client: &'a Client<'a>,
    streams: Vec<Stream<'a>>,
    /// Objects are wanted from the newest to the oldest.
    by_age: bool,
    /// Objects that were read.
    pub scanned: u32,
    /// Requests that were sent.
    requests: u32,
    /// After so many requests a page ends where it can.
    most_requests: u32,
}

/// One source, or one list for each object of another.
struct Stream<'a> {
    source: usize,
    aside: Option<&'a Aside>,
    /// The lists on the way to the objects, those objects' own at the end.
    walks: Vec<Walk<'a>>,
    /// When the next object was created, if that is known.
    created: Option<i64>,
}

/// What comes next.
pub enum Next {
    /// An object, in the stream of that number.
    Object(usize),
    /// It takes more requests to find out than a page should.
    Pause,
    End,
}

/// What is known of one object.
pub struct Head {
    pub id: Option<String>,
    created: Option<i64>,
    pub admitted: bool,
}

impl<'a> Reader<'a> {
    /// Begins at the beginning, or where the cursors of a token stand.
    pub fn new(
        listing: &'a Listing<'a>,
        client: &'a Client<'a>,
        place: Option<Vec<Vec<Cursor>>>,
    ) -> Result<Self, Failed> {
        let plan = &listing.plan;
        let mut places = match place {
            Some(places) if fits(&places, listing) => places,
            Some(_) => return Err(invalid("page-token", "the page token is damaged; start again")),
            None => Vec::new(),
        }
        .into_iter();
        let mut streams = Vec::new();
        for (source, own) in plan.sources.iter().enumerate() {
            let cursor = places.next().and_then(|mut cursors| cursors.pop()).unwrap_or_default();
            let walks = Vec::from([listing.walk(&own.asked, cursor)]);
            streams.push(Stream { source, aside: None, walks, created: None });
        }
        let asides = plan.asides.iter().map(|aside| (aside, places.next().unwrap_or_default()));
        for (aside, cursors) in asides {
            let mut stream =
                Stream { source: aside.source, aside: Some(aside), walks: Vec::new(), created: None };
            for cursor in cursors {
                stream.open(listing, cursor);
            }
            // With a key for live mode there are none.
            if stream.is_of_clocks() && client.is_in_mode("live") {
                stream.finish(listing);
            }
            streams.push(stream);
        }
        let most_requests = (client.settings().max_scan / STRIPES_LIMIT).max(10);
        Ok(Reader {
            by_age: plan.by_age && plan.sources.len() > 1,
            listing,
            client,
            streams,
            scanned: 0,
            requests: 0,
            most_requests,
        })
    }

    /// The next object. `wanted` is how many more the caller can use.
    pub fn next(&mut self, wanted: u32) -> Result<Next, Failed> {
        let sources = self.listing.plan.sources.len();
        self.fill_together(wanted)?;
        let mut newest: Option<(usize, i64)> = None;
        for at in 0..self.streams.len() {
            if at >= sources && newest.is_some() {
                break;
            }
            match self.fill(at, wanted)? {
                Next::End => continue,
                Next::Object(_) if self.by_age && at < sources => {
                    let created = self.created(at)?;
                    if newest.is_none_or(|(_, before)| created > before) {
                        newest = Some((at, created));
                    }
                }
                next => return Ok(next),
            }
        }
        Ok(newest.map_or(Next::End, |(at, _)| Next::Object(at)))
    }

    /// Whether there may be more after what was read. It takes a request only if that is not known.
    pub fn has_more(&mut self, size: u32) -> Result<bool, Failed> {
        Ok(self.knows_more() || !matches!(self.next(size)?, Next::End))
    }

    /// Whether there is more than may be read, whatever it takes to find out.
    pub fn exceeds(&mut self, max_scan: u32) -> Result<bool, Failed> {
        let mut more = self.scanned >= max_scan && self.knows_more();
        while self.scanned >= max_scan && !more {
            match self.next(STRIPES_LIMIT)? {
                Next::Object(_) => more = true,
                Next::Pause => {}
                Next::End => break,
            }
        }
        Ok(more)
    }

    fn knows_more(&self) -> bool {
        self.streams.iter().any(|stream| {
            stream.aside.is_none() && stream.walks.iter().any(|walk| walk.has_more() == Some(true))
        })
    }

    /// Whether something comes aside.
    pub fn has_aside(&mut self) -> Result<bool, Failed> {
        for at in self.listing.plan.sources.len()..self.streams.len() {
            if !matches!(self.fill(at, 1)?, Next::End) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where the next page goes on.
    pub fn place(&self) -> Vec<Vec<Cursor>> {
        self.streams.iter().map(|stream| stream.walks.iter().map(Walk::cursor).collect()).collect()
    }

    /// The object that comes next in a stream, with its members.
    pub fn object(&self, at: usize) -> Result<(&str, Members<'_>), Failed> {
        self.walk(at)?.head()
    }

    /// What of it the plan needs to know.
    pub fn head(&self, at: usize, members: &Members) -> Head {
        let stream = self.streams.get(at);
        let admitted =
            stream.is_some_and(|own| self.listing.plan.admits(own.source, own.aside.is_some(), members));
        Head { id: members.text("id"), created: created(members), admitted }
    }

    /// The failure of an object that is not what Stripe sends.
    pub fn unreadable(&self, at: usize, why: &str) -> Failed {
        self.walk(at).map_or_else(|failure| failure, |walk| walk.unreadable(why))
    }

    /// Goes on after the object in a stream.
    pub fn pass(&mut self, at: usize, head: Head) -> Result<(), Failed> {
        self.scanned += 1;
        match self.streams.get_mut(at).and_then(|stream| {
            stream.created = None;
            stream.walks.last_mut()
        }) {
            Some(walk) => walk.pass(head.id, head.created),
            None => Ok(()),
        }
    }

    fn walk(&self, at: usize) -> Result<&Walk<'a>, Failed> {
        let walk = self.streams.get(at).and_then(|stream| stream.walks.last());
        walk.ok_or_else(|| failure::new(FailureKind::Internal, "a list was lost"))
    }

    fn created(&mut self, at: usize) -> Result<i64, Failed> {
        if let Some(created) = self.streams.get(at).and_then(|stream| stream.created) {
            return Ok(created);
        }
        let created = created(&self.object(at)?.1).unwrap_or(i64::MIN);
        if let Some(stream) = self.streams.get_mut(at) {
            stream.created = Some(created);
        }
        Ok(created)
    }

    fn limit(&self, wanted: u32) -> u32 {
        let left = self.client.settings().max_scan.saturating_sub(self.scanned);
        self.listing.plan.limit(wanted).min(left).max(1)
    }

    /// What is to be merged is asked for at once.
    fn fill_together(&mut self, wanted: u32) -> Result<(), Failed> {
        if !self.by_age {
            return Ok(());
        }
        let limit = self.limit(wanted);
        let mut open: Vec<&mut Walk> = Vec::new();
        for stream in self.streams.iter_mut().filter(|stream| stream.aside.is_none()) {
            open.extend(stream.walks.last_mut().filter(|walk| walk.needs_page()));
        }
        if open.len() < 2 {
            return Ok(());
        }
        let calls: Vec<Call> = open.iter_mut().map(|walk| walk.next_call(limit)).collect();
        self.requests += calls.len() as u32;
        let answers: Vec<Result<Answer, Failed>> = self.client.send_all(calls);
        for (walk, answer) in open.into_iter().zip(answers) {
            // What that page should begin after is gone: it is looked for with what was read before.
            if !matches!(&answer, Err(failure) if is_gone(failure)) {
                walk.accept(answer)?;
            }
        }
        Ok(())
    }

    /// Sees to it that a stream has its next object.
    fn fill(&mut self, at: usize, wanted: u32) -> Result<Next, Failed> {
        let (limit, sent) = (self.limit(wanted), self.requests);
        let Some(stream) = self.streams.get_mut(at) else { return Ok(Next::End) };
        if stream.walks.is_empty() {
            stream.open(self.listing, Cursor::default());
        }
        loop {
            let (deep, depth) = (stream.walks.len(), stream.depth());
            let Some(walk) = stream.walks.last_mut() else { return Ok(Next::End) };
            if walk.needs_page() {
                // At least one request, so that every page gets on.
                if self.requests >= self.most_requests && self.requests > sent {
                    return Ok(Next::Pause);
                }
                self.requests += 1;
                let limit = if deep < depth { STRIPES_LIMIT } else { limit };
                let is_first = deep == 1 && walk.last_id().is_none();
                match walk.fetch(self.client, limit) {
                    Err(failure)
                        if is_first && stream.is_of_clocks() && has_no_clocks(self.client, &failure) =>
                    {
                        self.client
                            .warn("there are no test clocks here, so nothing of theirs is listed", &failure);
                        stream.finish(self.listing);
                    }
                    Err(mut failure)
                        if stream.is_of_clocks() && failure.kind == FailureKind::PermissionDenied =>
                    {
                        failure.message += WITHOUT_CLOCKS;
                        return Err(failure);
                    }
                    fetched => fetched?,
                }
                continue;
            }
            if !walk.has_head() {
                if deep == 1 {
                    return Ok(Next::End);
                }
                stream.leave();
                continue;
            }
            if deep == depth {
                return Ok(Next::Object(at));
            }
            let (_, members) = walk.head()?;
            let head = (members.text("id"), created(&members));
            self.scanned += 1;
            walk.pass(head.0, head.1)?;
            stream.open(self.listing, Cursor::default());
        }
    }
}

/// Whether the cursors of a token are those of a plan's lists, and lead from one to the next.
fn fits(places: &[Vec<Cursor>], listing: &Listing) -> bool {
    let plan = &listing.plan;
    let depths =
        plan.sources.iter().map(|_| 1).chain(plan.asides.iter().map(|aside| 1 + aside.through.len()));
    let leads_on = |cursors: &[Cursor]| match cursors.split_last() {
        Some((_, above)) => above.iter().all(|cursor| !cursor.ids.is_empty()),
        None => true,
    };
    places.len() == plan.sources.len() + plan.asides.len()
        && places.iter().zip(depths).all(|(own, depth)| own.len() <= depth && leads_on(own))
}

/// What a key that may not see test clocks can do.
const WITHOUT_CLOCKS: &str =
    "; what is on test clocks is listed too, unless the filter says `TestClock IS NULL`";

/// What Stripe calls the time of an object's creation, by which its lists are ordered. Invoice items have the other.
pub const BORN: [&str; 2] = ["created", "date"];

fn created(members: &Members) -> Option<i64> {
    BORN.iter().find_map(|name| members.get(name))?.parse().ok()
}

impl<'a> Stream<'a> {
    /// How many lists there are on the way.
    fn depth(&self) -> usize {
        1 + self.aside.map_or(0, |aside| aside.through.len())
    }

    fn is_of_clocks(&self) -> bool {
        let first = self.aside.and_then(|aside| aside.through.first());
        first.is_some_and(|(name, _)| *name == "TestClock")
    }

    /// Opens the next list on the way, the one of the object that was passed last.
    fn open(&mut self, listing: &'a Listing<'a>, cursor: Cursor) {
        let Some(aside) = self.aside else { return };
        let at = self.walks.len();
        let above = at.checked_sub(1).and_then(|above| aside.through.get(above));
        let id = self.walks.last().and_then(Walk::last_id).unwrap_or_default();
        let of = above.map(|(_, parameter)| ((*parameter).to_owned(), id));
        let walk = match aside.through.get(at) {
            Some((name, _)) => {
                let Some(entity) = catalog::entity(name) else { return };
                let (manner, path) = (Manner::List(entity.paging), form::path(entity.path, &[]));
                Walk::new(entity, manner, path, of.into_iter().collect(), NONE_GIVEN, &[], cursor)
            }
            None => listing.walk(&Asked::List(aside.parameters.iter().cloned().chain(of).collect()), cursor),
        };
        self.walks.push(walk);
    }

    /// Goes back to the list above.
    fn leave(&mut self) {
        if self.walks.len() > 1 {
            self.walks.pop();
        }
    }

    /// Nothing is aside.
    fn finish(&mut self, listing: &'a Listing<'a>) {
        self.walks.clear();
        self.open(listing, Cursor::default().finished(true));
    }
}

/// Whether a refusal of the list of test clocks says that there are none: it is unknown to what plays Stripe, or the key,
/// which the host adds, may be one for live mode. With a key for test mode a 400 is a mistake.
fn has_no_clocks(client: &Client, failure: &Failure) -> bool {
    match failure.http_status {
        Some(404) => true,
        Some(400) => !client.is_in_mode("test"),
        _ => false,
    }
}

impl Listing<'_> {
    /// The walk of one request or list.
    pub fn walk(&self, asked: &Asked, cursor: Cursor) -> Walk<'_> {
        let parents: Vec<&str> = self.plan.parents.iter().map(String::as_str).collect();
        let path = |more: &[&str]| form::path(self.entity.path, &[parents.as_slice(), more].concat());
        let (manner, path, parameters) = match asked {
            Asked::One(id) => (Manner::One, path(&[id]), Vec::new()),
            Asked::List(parameters) => (Manner::List(self.entity.paging), path(&[]), parameters.clone()),
            Asked::Search(query, _) => {
                let query = Vec::from([("query".to_owned(), query.clone())]);
                (Manner::Search, path(&["search"]), query)
            }
        };
        Walk::new(self.entity, manner, path, parameters, &self.given, self.expand, cursor)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
