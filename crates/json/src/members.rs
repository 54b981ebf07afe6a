//! An object's members, and a list's items, found while they are checked.

use crate::pieces::{Pieces, said};
use crate::{Error, check, is_object, is_same, text};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The members of one object in the order of the text.
#[derive(Clone, Default)]
pub struct Members<'a> {
    text: &'a str,
    spans: Rc<Spans>,
    /// Its own of all spans, with what is inside of them.
    own: Range<usize>,
}

/// A member of an object.
pub struct Member<'m, 'a> {
    pub name: &'m str,
    /// Its text.
    pub value: &'a str,
    of: &'m Members<'a>,
    at: usize,
}

/// The items of an array in a text. Of another text than theirs they are wrong or missing, and nothing worse.
pub struct Items {
    items: Vec<Item>,
    spans: Rc<Spans>,
}

struct Item {
    place: Range<usize>,
    /// The spans of its members, if they are known.
    members: Option<Range<usize>>,
}

/// Where the members of objects are in a text.
#[derive(Default)]
struct Spans {
    /// Those of an object that is in another come behind the member that holds it.
    spans: Vec<Span>,
    /// Names that are written with escapes.
    unescaped: String,
}

struct Span {
    name: Range<usize>,
    /// The name is not in the text but in `unescaped`.
    is_unescaped: bool,
    value: Range<usize>,
    /// It holds an object whose members are known.
    is_apart: bool,
    /// The place of the member behind it.
    next: usize,
}

impl<'a> Members<'a> {
    /// Checks a text, and takes it apart if it is an object and nothing else.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        Ok(parse(text, None)?.0)
    }

    /// The same, and the items of the first member with that name, which is an array. A page of a list is read once and
    /// no more.
    pub fn parse_with_items(text: &'a str, name: &str) -> Result<(Self, Option<Items>), Error> {
        parse(text, Some(name))
    }

    pub fn len(&self) -> usize {
        self.members().count()
    }

    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.members().map(|member| (member.name, member.value))
    }

    /// The same with what is inside of each.
    pub fn members(&self) -> impl Iterator<Item = Member<'_, 'a>> {
        let mut next = self.own.start;
        core::iter::from_fn(move || {
            let (at, span) = (next, self.span(next)?);
            next = span.next;
            self.at(at, span)
        })
    }

    /// The first member with that name.
    pub fn member(&self, name: &str) -> Option<Member<'_, 'a>> {
        let mut at = self.own.start;
        loop {
            let span = self.span(at)?;
            if span.name.len() == name.len() && is_same(self.name(span)?, name) {
                return self.at(at, span);
            }
            at = span.next;
        }
    }

    fn span(&self, at: usize) -> Option<&Span> {
        self.spans.spans.get(at).filter(|_| at < self.own.end)
    }

    fn name(&self, span: &Span) -> Option<&str> {
        let names = if span.is_unescaped { self.spans.unescaped.as_str() } else { self.text };
        names.get(span.name.clone())
    }

    fn at(&self, at: usize, span: &Span) -> Option<Member<'_, 'a>> {
        Some(Member { name: self.name(span)?, value: self.text.get(span.value.clone())?, of: self, at })
    }

    /// The text of the member with that name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.member(name).map(|member| member.value)
    }

    /// The member with that name, if it holds a string.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(text)
    }
}

impl<'a> Member<'_, 'a> {
    /// The members of the object that it holds.
    pub fn inside(&self) -> Result<Members<'a>, Error> {
        match self.of.span(self.at).filter(|span| span.is_apart) {
            Some(span) => {
                let (text, spans) = (self.of.text, Rc::clone(&self.of.spans));
                Ok(Members { text, spans, own: self.at + 1..span.next })
            }
            None if is_object(self.value) => Members::parse(self.value),
            None => Err(Error::form("it is no JSON object")),
        }
    }
}

impl Items {
    /// The one item that a text is, which is an object.
    pub fn of(text: &str) -> Result<Self, Error> {
        let Members { spans, own, .. } = Members::parse(text)?;
        Ok(Items { items: Vec::from([Item { place: 0..text.len(), members: Some(own) }]), spans })
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The text of an item.
    pub fn text<'a>(&self, text: &'a str, at: usize) -> Option<&'a str> {
        text.get(self.items.get(at)?.place.clone())
    }

    /// The members of an item, which has to be an object.
    pub fn members<'a>(&self, text: &'a str, at: usize) -> Result<Members<'a>, Error> {
        match self.items.get(at).and_then(|item| item.members.clone()) {
            Some(own) => Ok(Members { text, spans: Rc::clone(&self.spans), own }),
            None => Members::parse(self.text(text, at).unwrap_or_default()),
        }
    }
}

/// Checks a text and takes it apart in one go.
fn parse<'a>(text: &'a str, items_of: Option<&str>) -> Result<(Members<'a>, Option<Items>), Error> {
    let mut taking = Taking {
        pieces: Pieces::of(text),
        spans: Spans { spans: Vec::with_capacity(MEMBERS), unescaped: String::new() },
        depth: 0,
        items_of,
        items: None,
        why: None,
    };
    let (_, is_apart) = taking.value().unwrap_or_default();
    if !is_apart || !taking.pieces.is_at_end() {
        check(text)?;
        return Err(Error::form(taking.why.unwrap_or("it is JSON, and no object that is read here")));
    }
    // What was looked at in vain has taken room.
    if taking.spans.spans.capacity() > 2 * taking.spans.spans.len() + MEMBERS {
        taking.spans.spans.shrink_to_fit();
    }
    let own = 0..taking.spans.spans.len();
    let spans = Rc::new(taking.spans);
    let items = taking.items.map(|items| Items { items, spans: Rc::clone(&spans) });
    Ok((Members { text, spans, own }, items))
}

/// Most objects of Stripe's have no more.
const MEMBERS: usize = 32;

/// What is nested deeper is not taken apart, so that no text exhausts the stack.
const DEPTH: usize = 16;

/// Nor is what has more members, so that no text exhausts the memory: Stripe's largest pages have a tenth of them.
const MOST: usize = 1 << 19;

/// A text that is being taken apart.
struct Taking<'a, 'n> {
    pieces: Pieces<'a>,
    spans: Spans,
    depth: usize,
    items_of: Option<&'n str>,
    items: Option<Vec<Item>>,
    /// Why something is not taken apart although it is JSON.
    why: Option<&'static str>,
}

impl Taking<'_, '_> {
    /// Where the value that is next begins, and whether it is an object that is taken apart; nothing if none is next. What is
    /// not as Stripe writes it is left to serde_json.
    fn value(&mut self) -> Option<(usize, bool)> {
        let (first, start) = (self.pieces.next()?, self.pieces.at);
        if first != b'{' || self.depth == DEPTH {
            self.pieces.pass_checked(first)?;
            return Some((start, false));
        }
        let known = (self.spans.spans.len(), self.spans.unescaped.len());
        self.depth += 1;
        let is_apart = self.object().is_some();
        self.depth -= 1;
        if !is_apart {
            self.spans.spans.truncate(known.0);
            self.spans.unescaped.truncate(known.1);
            self.pieces.at = start;
            self.pieces.pass_checked(first)?;
        }
        Some((start, is_apart))
    }

    fn object(&mut self) -> Option<()> {
        self.pieces.take(b'{').then_some(())?;
        let mut more = !self.pieces.take(b'}');
        while more {
            let (mut name, is_unescaped) = self.pieces.pass_name()?;
            if is_unescaped {
                let Some(said) = self.pieces.text().get(name).and_then(|name| said(name, true)) else {
                    self.why = Some("a name has an escape that is no letter");
                    return None;
                };
                let start = self.spans.unescaped.len();
                self.spans.unescaped.push_str(&said);
                name = start..self.spans.unescaped.len();
            }
            let has_items = self.depth == 1
                && self.items.is_none()
                && self.items_of.is_some_and(|items_of| {
                    let names = if is_unescaped { self.spans.unescaped.as_str() } else { self.pieces.text() };
                    names.get(name.clone()) == Some(items_of)
                });
            self.pieces.take(b':').then_some(())?;
            let at = self.spans.spans.len();
            if at == MOST {
                self.why = Some("it has more members than are read");
                return None;
            }
            self.spans.spans.push(Span { name, is_unescaped, value: 0..0, is_apart: false, next: 0 });
            let (start, is_apart) = if has_items {
                self.pieces.next()?;
                let start = self.pieces.at;
                self.items = Some(self.items()?);
                (start, false)
            } else {
                self.value()?
            };
            let next = self.spans.spans.len();
            let span = self.spans.spans.get_mut(at)?;
            (span.value, span.is_apart, span.next) = (start..self.pieces.at, is_apart, next);
            more = self.goes_on(b'}')?;
        }
        Some(())
    }

    fn items(&mut self) -> Option<Vec<Item>> {
        self.pieces.take(b'[').then_some(())?;
        let mut items = Vec::new();
        let mut more = !self.pieces.take(b']');
        while more {
            let first = self.spans.spans.len();
            let (start, is_apart) = self.value()?;
            let members = is_apart.then_some(first..self.spans.spans.len());
            items.push(Item { place: start..self.pieces.at, members });
            more = self.goes_on(b']')?;
        }
        Some(items)
    }

    /// Whether a comma follows, or else the end, and nothing if neither does.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        let sign = self.pieces.next()?;
        self.pieces.at += 1;
        (sign == b',' || sign == end).then_some(sign == b',')
    }
}
