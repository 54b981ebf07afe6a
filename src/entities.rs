//! Finds entities and lists their objects. What is about one object is in [`objects`](crate::objects).

use crate::api::catalog::Operation;
use crate::api::entities::Plan as Explanation;
use crate::api::entities::{Order, Page, Query};
use crate::api::types::{CallOptions, Failure};
use crate::catalog::describe::operation_name;
use crate::catalog::names::{nearest, same};
use crate::catalog::{self, ENTITIES, Entity, is_v2};
use crate::client::{Answer, Call, Client};
use crate::columns::{self, Column};
use crate::failure::{Failed, invalid, unsupported};
use crate::form;
use crate::host::Context;
use crate::objects;
use crate::page::{self, Cursor, STRIPES_LIMIT, Walk};
use crate::plan::Plan;
use crate::rows::{self, Row};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

const PAGE_SIZE: u32 = 25;
const MAX_PAGE_SIZE: u32 = 200;

/// The entity of that name.
pub fn find_any(name: &str) -> Result<&'static Entity, Failed> {
    catalog::entity(name).ok_or_else(|| {
        let hint = nearest(name, ENTITIES.iter().map(|entity| entity.name));
        let hint = hint.map(|near| format!("did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| "the catalog lists all entity types".to_string());
        invalid(name, format!("there is no entity `{name}`; {hint}"))
    })
}

/// The entity of that name, if it has the operation.
pub fn find(name: &str, operation: Operation) -> Result<&'static Entity, Failed> {
    let entity = find_any(name)?;
    if entity.has(operation) {
        return Ok(entity);
    }
    let has: Vec<&str> = entity.operations().map(operation_name).collect();
    let (has, operation) = (has.join(", "), operation_name(operation));
    Err(unsupported(name, format!("Stripe has no {operation} for {}; it has {has}", entity.name)))
}

pub fn list(context: Context, query: Query, options: &CallOptions) -> Result<Page, Failed> {
    let started = context.host.now_ms();
    let listing = Listing::of(&query, options)?;
    let size = page_size(&query)?;
    let columns = columns::select(listing.entity, query.columns.as_deref(), listing.expand)?;
    let account = options.account.as_ref().or(context.settings()?.account_id.as_ref());
    let fingerprint = listing.fingerprint(&query, options, account.map_or("", String::as_str));
    let mut cursor = match &query.page_token {
        Some(token) => Cursor::from_token(token, fingerprint)?,
        None => Cursor::default(),
    };
    let client = Client::open(context, options, listing.entity.name, started)?;
    let raw = query.raw == Some(true);
    let mut found = Found { columns, raw, json: String::new(), count: 0 };
    if let Some(id) = &listing.plan.id {
        let scanned = listing.one(&client, id, &mut found)?;
        return Ok(found.page(None, scanned));
    }
    let walk = listing.walk();
    let max_scan = client.settings().max_scan;
    let mut scanned = 0;
    loop {
        let missing = size - found.count;
        let wanted = if listing.plan.residual.is_empty() { missing } else { STRIPES_LIMIT };
        let limit = wanted.min(STRIPES_LIMIT).min(max_scan.saturating_sub(scanned));
        let answer = walk.fetch(&client, &mut cursor, limit)?;
        let batch = walk.read(&answer, &cursor)?;
        let mut objects = batch.objects.iter().copied().peekable();
        while let Some(object) = objects.next() {
            scanned += 1;
            let id = found.consider(&listing, object).map_err(|error| answer.unreadable(error))?;
            let more = batch.has_more || objects.peek().is_some();
            match id {
                Some(id) => cursor.passed(id),
                None if more => return Err(answer.unreadable("an object of a list has no id")),
                None => {}
            }
            let scanned_enough = scanned >= max_scan && objects.peek().is_none();
            // However large the objects are: the page stays in bounds, and the token tells that there is more.
            let too_large = found.json.len() >= client.settings().max_response_bytes as usize;
            if found.count == size || scanned_enough || too_large {
                if objects.peek().is_none() {
                    cursor.turn(batch.next);
                }
                return Ok(found.page(more.then(|| cursor.to_token(fingerprint)), scanned));
            }
        }
        if !batch.has_more {
            return Ok(found.page(None, scanned));
        }
        cursor.turn(batch.next);
    }
}

pub fn explain(query: Query, options: &CallOptions) -> Result<Explanation, Failed> {
    let listing = Listing::of(&query, options)?;
    let size = page_size(&query)?.min(STRIPES_LIMIT);
    columns::select(listing.entity, query.columns.as_deref(), listing.expand)?;
    let limit = if listing.plan.residual.is_empty() { size } else { STRIPES_LIMIT };
    let call = match &listing.plan.id {
        Some(id) => listing.get_call(id),
        None => listing.walk().call(&Cursor::default(), None, limit),
    };
    Ok(Explanation {
        requests: vec![call.line()],
        residual: listing.plan.residual_text(),
        pushed: listing.plan.pushed,
    })
}

fn page_size(query: &Query) -> Result<u32, Failed> {
    let size = query.page_size.unwrap_or(PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return Err(invalid("page-size", format!("`page-size` is 1 to {MAX_PAGE_SIZE}, not {size}")));
    }
    Ok(size)
}

/// What a query asks for, checked.
pub struct Listing<'a> {
    pub entity: &'static Entity,
    pub plan: Plan,
    expand: &'a [String],
}

impl<'a> Listing<'a> {
    fn of(query: &Query, options: &'a CallOptions) -> Result<Self, Failed> {
        let entity = find(&query.entity, Operation::List)?;
        check_order(query.order_by.as_ref())?;
        Listing::filtered(entity, query.filter.as_deref(), options)
    }

    pub fn filtered(
        entity: &'static Entity,
        filter: Option<&str>,
        options: &'a CallOptions,
    ) -> Result<Self, Failed> {
        let parents = options.parents.as_deref().unwrap_or_default();
        let expand = expand(entity.path, options, 3)?;
        let parameters = objects::parameters(entity.name, entity.list, options)?;
        Ok(Listing { entity, plan: Plan::of(entity, filter, parents, parameters, expand)?, expand })
    }

    pub fn walk(&self) -> Walk<'_> {
        Walk { entity: self.entity, plan: &self.plan, expand: self.expand }
    }

    fn get_call(&self, id: &str) -> Call {
        let ids: Vec<&str> = self.plan.parents.iter().map(String::as_str).chain([id]).collect();
        Call::get(form::path(self.entity.path, &ids), page::expansions(self.expand, "").collect())
    }

    /// Reads the one object that the filter names, and says how many there were. A deleted one is in no list.
    fn one(&self, client: &Client, id: &str, found: &mut Found) -> Result<u32, Failed> {
        match self.object(client, id)? {
            Some(answer) => {
                found.consider(self, &answer.body).map_err(|error| answer.unreadable(error))?;
                Ok(1)
            }
            None => Ok(0),
        }
    }

    /// The object with that id, unless there is none or it is deleted.
    pub fn object(&self, client: &Client, id: &str) -> Result<Option<Answer>, Failed> {
        match client.send(self.get_call(id)) {
            // Only Stripe's own word for it: another 404 is a wrong address, not an object that is not there.
            Err(failure) if is_missing(&failure) => Ok(None),
            Err(failure) => Err(failure),
            Ok(answer) => {
                let members = crate::json::Members::parse(&answer.body);
                let deleted =
                    members.map_err(|error| answer.unreadable(error))?.get("deleted") == Some("true");
                Ok((!deleted).then_some(answer))
            }
        }
    }

    fn fingerprint(&self, query: &Query, options: &CallOptions, account: &str) -> u64 {
        let order = query.order_by.as_ref().map(|order| order.column.as_str()).unwrap_or_default();
        let filter = query.filter.as_deref().unwrap_or_default();
        let parameters = options.parameters.as_deref().unwrap_or_default();
        let parents = self.plan.parents.iter().map(String::as_str);
        page::fingerprint([self.entity.name, filter, order, account, parameters].into_iter().chain(parents))
    }
}

/// Whether it is Stripe's own word that there is no such object; v2 has a word of its own for it.
fn is_missing(failure: &Failure) -> bool {
    matches!(failure.code.as_deref(), Some("resource_missing" | "not_found"))
}

/// The rows of a page so far, as one JSON array that is still open: a copy of each row would double the memory.
struct Found {
    columns: Option<Vec<Column>>,
    raw: bool,
    json: String,
    count: u32,
}

impl Found {
    /// Takes the object if the filter admits it, and tells its id.
    fn consider(&mut self, listing: &Listing, object: &str) -> Result<Option<String>, crate::json::Error> {
        if self.raw && listing.plan.admits_all() {
            self.begin_row().push_str(object);
            return Ok(rows::id(object));
        }
        let row = Row::of(listing.entity.row, object)?;
        if listing.plan.admits(&row) {
            match self.raw {
                true => self.begin_row().push_str(object),
                false => {
                    let columns = self.columns.take();
                    row.write(columns.as_deref(), self.begin_row());
                    self.columns = columns;
                }
            }
        }
        Ok(row.text("Id"))
    }

    fn begin_row(&mut self) -> &mut String {
        self.json.push(if self.count == 0 { '[' } else { ',' });
        self.count += 1;
        &mut self.json
    }

    fn page(mut self, next_page_token: Option<String>, scanned: u32) -> Page {
        if self.count == 0 {
            self.json.push('[');
        }
        self.json.push(']');
        Page { rows: self.json, next_page_token, scanned }
    }
}

/// The references to expand, checked as Stripe does: at most four levels, one of which a list's `data` takes.
pub fn expand<'a>(path: &str, options: &'a CallOptions, levels: usize) -> Result<&'a [String], Failed> {
    let expand = options.expand.as_deref().unwrap_or_default();
    if !expand.is_empty() && is_v2(path) {
        return Err(invalid(
            "expand",
            "Stripe's v2 expands nothing; some of it takes `Include` as a parameter",
        ));
    }
    for path in expand {
        let named = path
            .split('.')
            .all(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        if !named || path.split('.').count() > levels {
            return Err(invalid(
                "expand",
                format!(
                    "`{path}` cannot be expanded: give names such as `customer` or `latest_charge.refunds`, at most {levels} levels, without `data.`"
                ),
            ));
        }
    }
    Ok(expand)
}

/// Stripe's own order, newest first, is the only one offered.
fn check_order(order: Option<&Order>) -> Result<(), Failed> {
    match order {
        Some(order) if !(same(&order.column, "created") && order.descending) => Err(unsupported(
            "order-by",
            format!("ordering by `{}` is not offered; the order is Created, descending", order.column),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "entities_tests.rs"]
mod tests;
