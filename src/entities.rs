//! Finds entities, and checks what a query asks of them. What is about one object is in [`objects`](crate::objects), the
//! reading of lists in [`list`](crate::list).

use crate::api::catalog::Operation;
use crate::api::entities::Plan as Explanation;
use crate::api::entities::Query;
use crate::api::types::CallOptions;
use crate::call::Call;
use crate::catalog::describe::operation_name;
use crate::catalog::names::nearest;
use crate::catalog::{self, ENTITIES, Entity, is_v2};
use crate::columns;
use crate::cursor::{Cursor, STRIPES_LIMIT, fingerprint};
use crate::failure::{Failed, invalid, unsupported};
use crate::form::{self, Pairs};
use crate::host::Context;
use crate::list;
use crate::objects;
use crate::plan::{Asked, Plan, Setting};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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

/// What a query asks for, checked.
pub struct Listing<'a> {
    pub entity: &'static Entity,
    pub plan: Plan,
    /// Parameters of the list that the caller gave.
    pub given: Pairs,
    pub expand: &'a [String],
}

impl<'a> Listing<'a> {
    /// `may_search`: rows may be as Stripe's index has them, which is a while ago.
    pub fn of(
        context: Context,
        entity: &'static Entity,
        filter: Option<&str>,
        options: &'a CallOptions,
        may_search: bool,
    ) -> Result<Self, Failed> {
        let settings = context.settings()?;
        let expand = expand(entity.path, options, 3)?;
        let given = objects::parameters(entity.name, entity.list, options)?;
        let setting = Setting {
            parents: options.parents.as_deref().unwrap_or_default(),
            parameters: &given,
            expand,
            pushdown: settings.pushdown,
            search: settings.search && may_search,
        };
        let plan = Plan::of(entity, filter, setting)?;
        Ok(Listing { entity, plan, given, expand })
    }

    /// Tells queries apart whose pages must not be mixed.
    pub fn fingerprint(&self, context: Context, query: &Query, options: &CallOptions) -> Result<u64, Failed> {
        let settings = context.settings()?;
        let account = options.account.as_ref().or(settings.account_id.as_ref());
        let order = query.order_by.as_ref().map(|order| order.column.as_str());
        let is_descending = query.order_by.as_ref().is_some_and(|order| order.descending);
        let flags =
            [is_descending, settings.pushdown, settings.search].map(|flag| if flag { "1" } else { "0" });
        let parts = [
            Some(env!("CARGO_PKG_VERSION")),
            Some(self.entity.name),
            query.filter.as_deref(),
            order,
            account.map(String::as_str),
            options.parameters.as_deref(),
        ];
        let parts = parts.into_iter().map(Option::unwrap_or_default).chain(flags);
        let lists = self.plan.parents.iter().chain(self.expand).map(String::as_str);
        Ok(fingerprint(parts.chain(lists)))
    }

    /// Each list and each object that would be asked for, in that order.
    fn requests(&self, limit: u32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut add = |line: String| {
            if !lines.contains(&line) {
                lines.push(line);
            }
        };
        for source in &self.plan.sources {
            add(self.walk(&source.asked, Cursor::default()).call(None, limit).line());
        }
        for aside in &self.plan.asides {
            // An id that is not known yet stands in braces.
            let mut of = String::new();
            for (name, parameter) in aside.through {
                let path = catalog::entity(name).map(|entity| form::path(entity.path, &[]));
                let limit = Vec::from([("limit".to_owned(), STRIPES_LIMIT.to_string())]);
                add(Call::get(path.unwrap_or_default(), limit).line() + &of);
                of = form::encode(&[((*parameter).to_owned(), String::new())]);
                of = format!("&{of}{{{name}.Id}}");
            }
            let asked = Asked::List(aside.parameters.clone());
            add(self.walk(&asked, Cursor::default()).call(None, limit).line() + &of);
        }
        lines
    }
}

/// How a query would be answered.
pub fn explain(context: Context, query: Query, options: &CallOptions) -> Result<Explanation, Failed> {
    let entity = find(&query.entity, Operation::List)?;
    let listing = Listing::of(context, entity, query.filter.as_deref(), options, true)?;
    let size = list::page_size(&query)?;
    columns::select(entity, query.columns.as_deref(), listing.expand)?;
    let order = list::order(&listing, &query)?;
    // An order of another kind than Stripe's takes every object.
    let is_stripes = order.is_none_or(|order| order.is_newest_first(&listing));
    let limit = listing.plan.limit(if is_stripes { size } else { STRIPES_LIMIT });
    Ok(Explanation {
        requests: listing.requests(limit.min(context.settings()?.max_scan)),
        residual: listing.plan.residual,
        pushed: listing.plan.pushed,
    })
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
