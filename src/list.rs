//! Lists rows: pages of any size over Stripe's lists, in Stripe's own order or in one by a column.

use crate::api::catalog::Operation;
use crate::api::entities::{Page, Query};
use crate::api::types::{CallOptions, FailureKind};
use crate::client::{Client, Why};
use crate::columns::{self, Column};
use crate::cursor::{Place, STRIPES_LIMIT};
use crate::entities::{self, Listing};
use crate::failure::{self, Failed, invalid};
use crate::host::Context;
use crate::json::{self, Members};
use crate::nested;
use crate::reader::{Next, Reader};
use crate::rows::{self, Row};
use crate::sorted::{Best, Order};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const PAGE_SIZE: u32 = 25;
const MAX_PAGE_SIZE: u32 = 200;

/// One page of the rows that a query asks for.
pub fn list(context: Context, query: Query, options: &CallOptions) -> Result<Page, Failed> {
    let entity = entities::find(&query.entity, Operation::List)?;
    let listing = Listing::of(context, entity, query.filter.as_deref(), options, true)?;
    let size = page_size(&query)?;
    let columns = columns::select(entity, query.columns.as_deref(), listing.expand)?;
    let order = order(&listing, &query)?;
    let fingerprint = listing.fingerprint(context, &query, options)?;
    let place = query.page_token.as_deref().map(|token| Place::from_token(token, fingerprint)).transpose()?;
    let client = Client::open(context, options, entity.name)?;
    let rows = Rows { columns, raw: query.raw == Some(true), json: String::new(), count: 0 };
    let mut pages = Pages { listing: &listing, client: &client, size, fingerprint, rows };
    match (place, order) {
        (Some(Place::After(value, id)), Some(order)) => pages.sorted(order, Some((&value, id))),
        (Some(Place::Lists(place)), order)
            if order.as_ref().is_none_or(|order| order.is_newest_first(&listing)) =>
        {
            pages.newest_first(Reader::new(&listing, &client, Some(place))?)
        }
        (Some(_), _) => Err(invalid("page-token", "the page token is damaged; start again")),
        (None, None) => pages.newest_first(Reader::new(&listing, &client, None)?),
        (None, Some(order)) if order.is_newest_first(&listing) => {
            let mut reader = Reader::new(&listing, &client, None)?;
            match reader.has_aside()? {
                false => pages.newest_first(reader),
                true => pages.sorted(order, None),
            }
        }
        (None, Some(order)) => pages.sorted(order, None),
    }
}

pub fn page_size(query: &Query) -> Result<u32, Failed> {
    let size = query.page_size.unwrap_or(PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return Err(invalid("page-size", format!("`page-size` is 1 to {MAX_PAGE_SIZE}, not {size}")));
    }
    Ok(size)
}

/// The order that a query asks for, if it does.
pub fn order(listing: &Listing, query: &Query) -> Result<Option<Order>, Failed> {
    let Some(order) = &query.order_by else {
        return Ok(None);
    };
    let column = Column::find(listing.entity, &order.column, listing.expand)?;
    Order::by(column, order.descending).map(Some)
}

/// Makes the page of one call.
struct Pages<'a> {
    listing: &'a Listing<'a>,
    client: &'a Client<'a>,
    size: u32,
    fingerprint: u64,
    rows: Rows,
}

impl Pages<'_> {
    /// In Stripe's own order.
    fn newest_first(&mut self, mut reader: Reader) -> Result<Page, Failed> {
        let settings = self.client.settings();
        loop {
            let at = match reader.next(self.size - self.rows.count)? {
                Next::End => return Ok(self.rows.page(None, reader.scanned)),
                Next::Pause => {
                    let token = Place::Lists(reader.place()).to_token(self.fingerprint);
                    return Ok(self.rows.page(Some(token), reader.scanned));
                }
                Next::Object(at) => at,
            };
            let (object, members) = reader.object(at)?;
            let head = reader.head(at, &members);
            if head.admitted {
                self.rows.push(self.listing, self.client, object, &members)?;
            }
            drop(members);
            reader.pass(at, head)?;
            // However large the objects are: the page stays in bounds, and the token tells that there is more.
            let too_large = self.rows.json.len() >= settings.max_response_bytes as usize;
            if self.rows.count == self.size || reader.scanned >= settings.max_scan || too_large {
                let more = reader.has_more(self.size)?;
                let token = more.then(|| Place::Lists(reader.place()).to_token(self.fingerprint));
                return Ok(self.rows.page(token, reader.scanned));
            }
        }
    }

    /// In an order by a column, after the row with that value and id: every object is read, and the first ones are kept.
    fn sorted(&mut self, order: Order, after: Option<(&str, String)>) -> Result<Page, Failed> {
        let max_scan = self.client.settings().max_scan;
        let mut reader = Reader::new(self.listing, self.client, None)?;
        let mut best = Best::new(order, self.size as usize, after);
        loop {
            if reader.exceeds(max_scan)? {
                let column = best.column();
                return Err(failure::new(
                    FailureKind::LimitExceeded,
                    format!(
                        "the order by {column} takes every object: there are at least {} objects to look at, and `max_scan` is {max_scan}; \
                         narrow the filter, for example by Created, or leave the order out for the newest first",
                        reader.scanned + 1
                    ),
                ));
            }
            let at = match reader.next(STRIPES_LIMIT)? {
                Next::End => break,
                Next::Pause => continue,
                Next::Object(at) => at,
            };
            let (object, members) = reader.object(at)?;
            let head = reader.head(at, &members);
            if head.admitted {
                best.consider(object, &members);
            }
            drop(members);
            reader.pass(at, head)?;
        }
        for (at, object) in best.objects().enumerate() {
            let members = Members::parse(object).map_err(unreadable)?;
            self.rows.push(self.listing, self.client, object, &members)?;
            if self.rows.json.len() >= self.client.settings().max_response_bytes as usize {
                return Ok(self.sorted_page(&best, at + 1, reader.scanned));
            }
        }
        let count = best.objects().count();
        Ok(self.sorted_page(&best, count, reader.scanned))
    }

    fn sorted_page(&mut self, best: &Best, count: usize, scanned: u32) -> Page {
        let token = best.place_after(count).map(|place| place.to_token(self.fingerprint));
        self.rows.page(token, scanned)
    }
}

fn unreadable(error: json::Error) -> Failed {
    let why = format!("an object of the list cannot be read: {}", error.told());
    failure::new(FailureKind::Unavailable, why)
}

/// The rows of a page so far, as one JSON array that is still open: a copy of each row would double the memory.
struct Rows {
    columns: Option<Vec<Column>>,
    raw: bool,
    json: String,
    count: u32,
}

impl Rows {
    /// Adds an object, given whole and taken apart.
    fn push(
        &mut self,
        listing: &Listing,
        client: &Client,
        object: &str,
        members: &Members,
    ) -> Result<(), Failed> {
        self.json.push(if self.count == 0 { '[' } else { ',' });
        self.count += 1;
        if self.raw {
            self.json.push_str(object);
            return Ok(());
        }
        let (layouts, fields) = (client.context().layouts, listing.entity.row);
        let Some(columns) = &self.columns else {
            return rows::write(layouts, fields, members, &mut self.json).map_err(unreadable);
        };
        let mut row = Row::of(layouts, fields, members).map_err(unreadable)?;
        nested::complete(client, &mut row, columns, listing.expand)?;
        row.write(Some(columns), &mut self.json);
        Ok(())
    }

    fn page(&mut self, next_page_token: Option<String>, scanned: u32) -> Page {
        let mut rows = core::mem::take(&mut self.json);
        if self.count == 0 {
            rows.push('[');
        }
        rows.push(']');
        Page { rows, next_page_token, scanned }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
