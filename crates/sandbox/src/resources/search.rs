//! Search: seven resources by a query. What changed a moment ago is found as it was before, as at
//! Stripe, whose index lags behind by up to a minute.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::limit;
use crate::route::{Call, Route, get};
use crate::search_query::SearchQuery;
use crate::store::{Index, Place};

pub const ROUTES: &[Route] = &[
    get("/v1/charges/search", "charge", search),
    get("/v1/customers/search", "customer", search),
    get("/v1/invoices/search", "invoice", search),
    get("/v1/payment_intents/search", "payment_intent", search),
    get("/v1/prices/search", "price", search),
    get("/v1/products/search", "product", search),
    get("/v1/subscriptions/search", "subscription", search),
];

fn search(account: &mut Account, call: &Call) -> Result<Value> {
    let text = call.params.text("query").unwrap_or_default();
    let query = SearchQuery::parse(text, call.kind)?;
    let limit = limit(&call.params)?;
    let after = call.params.text("page").map(|page| place(page, text)).transpose()?;
    let all = Index::all(call.kind);
    let found = account.store.indexed(&all).rev();
    let mut found = found.filter(|(_, seen, _)| query.matches(seen));
    let counted = call.params.list("expand").iter().any(|path| path == "total_count");
    let (mut page, mut total, mut has_more) = (Vec::new(), 0_usize, false);
    for (place, _, object) in found.by_ref() {
        total += 1;
        if after.is_some_and(|after| place >= after) {
            continue;
        }
        if page.len() < limit {
            page.push((place, object));
            continue;
        }
        has_more = true;
        if !counted {
            break;
        }
    }
    let next = page.last().filter(|_| has_more).map(|(place, _)| token(*place, text));
    let mut result = json!({
        "object": "search_result",
        "data": page.into_iter().map(|(_, object)| object).collect::<Vec<_>>(),
        "has_more": has_more,
        "next_page": next,
        "url": call.path,
    });
    if counted {
        result["total_count"] = json!(total);
    }
    Ok(result)
}

/// A page's token: where the page before ended, and of which query.
fn token((second, arrival): Place, query: &str) -> String {
    format!("{second}_{arrival}_{:x}", hash(query))
}

fn place(token: &str, query: &str) -> Result<Place> {
    let mut parts = token.split('_');
    let second = parts.next().and_then(|part| part.parse().ok());
    let arrival = parts.next().and_then(|part| part.parse().ok());
    match (second.zip(arrival), parts.next()) {
        (Some(place), Some(of)) if of == format!("{:x}", hash(query)) => Ok(place),
        _ => Err(ApiError::invalid("The page is not a next_page that an earlier answer to this query gave.")
            .param("page")),
    }
}

fn hash(query: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    query.hash(&mut hasher);
    hasher.finish()
}
