//! `create`, `update` and `delete`.

use stripe_connector_host::contract::{self, BulkResult, Change, Effect};

use super::args::{Create, Delete, Global, Selection, Update};
use super::connect::connect;
use super::fields::{escaped, readable};
use super::output::{self, BulkJson, Id};
use super::{Trouble, input, repeat, report, table, writing};

pub async fn create(global: &Global, create: &Create) -> Result<(), Trouble> {
    let fields = input::json(&create.fields).await?;
    let session = connect(global).await?;
    let change = session.connector.create(&create.entity, &fields, &session.options).await;
    tell(global, "created", &create.entity, &change.map_err(writing)?, create.row)
}

pub async fn update(global: &Global, update: Update) -> Result<(), Trouble> {
    let (id, argument) = target(update.rest, update.selection.filter.is_some())?;
    let fields = input::json(&argument).await?;
    let selection = selection(&update.entity, update.selection)?;
    let session = connect(global).await?;
    let (connector, options) = (&session.connector, &session.options);
    if let Some(selection) = selection {
        let result = connector.update_where(&selection, &fields, options).await;
        return tell_bulk(global, selection.dry_run, &result.map_err(writing)?);
    }
    let change = connector.update(&update.entity, id.as_deref(), &fields, options).await;
    tell(global, "updated", &update.entity, &change.map_err(writing)?, update.row)
}

pub async fn delete(global: &Global, delete: Delete) -> Result<(), Trouble> {
    let selection = selection(&delete.entity, delete.selection)?;
    let session = connect(global).await?;
    let (connector, options) = (&session.connector, &session.options);
    if let Some(selection) = selection {
        let result = connector.delete_where(&selection, options).await;
        return tell_bulk(global, selection.dry_run, &result.map_err(writing)?);
    }
    let change = connector.delete(&delete.entity, delete.id.as_deref(), options).await;
    let change = change.map_err(writing)?;
    if global.json {
        // The documented answer of a delete is nothing, which in JSON is an empty object.
        return Ok(output::line("{}")?);
    }
    tell(global, "deleted", &delete.entity, &change, false)
}

/// Id and changes among the arguments of an update. An entity with one object has no id.
fn target(arguments: Vec<String>, by_filter: bool) -> Result<(Option<String>, String), Trouble> {
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next()) {
        (Some(_), Some(_)) if by_filter => {
            Err(Trouble::Usage("--where stands for the id: leave one of them out".to_owned()))
        }
        (Some(id), Some(fields)) => Ok((Some(id), fields)),
        (Some(fields), None) if by_filter || input::looks_like_json(&fields) => Ok((None, fields)),
        (Some(id), None) => Err(Trouble::Usage(format!(
            "the changes to {id} are missing: a JSON object, @FILE, or - for standard input"
        ))),
        (None, _) => Err(Trouble::Usage("the changes are missing".to_owned())),
    }
}

/// The rows of `--where`; none for a change of one object, of which there is no dry run.
fn selection(entity: &str, selection: Selection) -> Result<Option<contract::Selection>, Trouble> {
    let dry_run = selection.dry_run;
    match selection.filter {
        Some(filter) => Ok(Some(contract::Selection { entity: entity.to_owned(), filter, dry_run })),
        None if dry_run => {
            Err(Trouble::Usage("--dry-run counts what --where selects, and there is none".to_owned()))
        }
        None => Ok(None),
    }
}

/// Tells the id, as documented, or the whole row: Stripe shows some of it this once, such as the secret of a webhook
/// endpoint, and an object without an id is nothing but its fields.
fn tell(global: &Global, done: &str, entity: &str, change: &Change, row: bool) -> Result<(), Trouble> {
    let id = change.id.as_deref();
    let whole = row || id.is_none();
    if global.json && whole {
        return Ok(output::line(&change.fields)?);
    } else if global.json {
        return output::json(&Id { id });
    } else if whole {
        let fields = output::fields(&change.fields).map_err(Trouble::of_change)?;
        let fields = fields.iter().map(|(name, value)| (name, readable(value)));
        return Ok(output::line(table::pairs(fields).trim_end())?);
    }
    Ok(output::line(format_args!("{done} {entity} {}", id.unwrap_or_default()).to_string().trim_end())?)
}

/// A change of many objects that left some as they were is no success.
fn tell_bulk(global: &Global, dry_run: bool, result: &BulkResult) -> Result<(), Trouble> {
    if global.json {
        output::json(&BulkJson::from(result))?;
    } else if dry_run {
        output::line(format_args!("{} matched, nothing was changed (--dry-run)", result.matched))?;
    } else {
        output::line(format_args!("{} matched, {} changed", result.matched, result.changed))?;
        for row in &result.failures {
            let message = escaped(&row.failure.message);
            output::aside(format_args!("failed: {}: {}: {message}", row.id, row.failure.kind));
        }
        for id in &result.not_attempted {
            output::aside(format_args!("not reached before the deadline: {id}"));
        }
        if result.effect != Effect::None {
            output::aside(format_args!("effect: {}", report::effect_text(result.effect)));
        }
        if let (Effect::Unknown, Some(key)) = (result.effect, &result.idempotency_key) {
            output::aside(format_args!("what to do: {}", repeat::with(key)));
        }
    }
    if result.failures.is_empty() && result.not_attempted.is_empty() { Ok(()) } else { Err(Trouble::Told) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targeted(arguments: &[&str], by_filter: bool) -> Option<(Option<String>, String)> {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        target(arguments, by_filter).ok()
    }

    #[test]
    fn ids_and_changes() {
        let changes = "{\"Name\": \"John\"}".to_owned();
        let with_id = Some((Some("cus_1".to_owned()), changes.clone()));
        let without = Some((None, changes.clone()));
        assert_eq!(targeted(&["cus_1", &changes], false), with_id);
        assert_eq!(targeted(&[&changes], false), without);
        assert_eq!(targeted(&[&changes], true), without);
        assert_eq!(targeted(&["cus_1"], false), None);
        assert_eq!(targeted(&["cus_1", &changes], true), None);
    }
}
