//! `entities` and `actions`.

use console::style;
use serde::Serialize;

use super::args::Global;
use super::connect::offline;
use super::fields::{Fields, readable};
use super::output::{self, ActionJson, EntityJson};
use super::table::{self, Table};
use super::{Trouble, reading};

pub async fn entities(global: &Global, name: Option<&str>) -> Result<(), Trouble> {
    let connector = offline(global)?;
    if let Some(name) = name {
        let description = connector.get_entity_type(name).await.map_err(reading)?;
        return describe(&description.details, global.json);
    }
    let entities = connector.list_entity_types().await.map_err(reading)?;
    let entities: Vec<_> = entities.iter().map(EntityJson::from).collect();
    summaries(&entities, global.json)
}

pub async fn actions(global: &Global, name: Option<&str>) -> Result<(), Trouble> {
    let connector = offline(global)?;
    if let Some(name) = name {
        let description = connector.get_action(name).await.map_err(reading)?;
        return describe(&description.details, global.json);
    }
    let actions = connector.list_actions().await.map_err(reading)?;
    let actions: Vec<_> = actions.iter().map(ActionJson::from).collect();
    summaries(&actions, global.json)
}

fn summaries(summaries: &[impl Serialize], json: bool) -> Result<(), Trouble> {
    if json {
        return output::json(&summaries);
    }
    let text = serde_json::to_string(summaries).map_err(std::io::Error::from)?;
    lines(&output::rows(&text)?)
}

/// A description: its plain values first, then each list as a table of its own. Schemas are for machines.
fn describe(details: &str, json: bool) -> Result<(), Trouble> {
    if json {
        return Ok(output::line(details)?);
    }
    let details = output::fields(details)?;
    let is_nested = |value: &str| value.starts_with('{') || value.starts_with("[{");
    let (nested, plain): (Vec<_>, Vec<_>) = details.iter().partition(|(_, value)| is_nested(value));
    let plain = plain.into_iter().map(|(name, value)| (name, readable(value)));
    let plain = plain.filter(|(_, value)| !value.is_empty());
    output::line(table::pairs(plain).trim_end())?;
    for (name, value) in &nested {
        let Ok(rows) = serde_json::from_str::<Vec<Fields>>(value) else { continue };
        output::line(format_args!("\n{}", style(name).bold()))?;
        if *name == "columns" {
            columns(&rows)?;
        } else {
            lines(&rows)?;
        }
    }
    let is_schema = |(_, value): &&(&str, &str)| value.starts_with('{');
    let schemas: Vec<_> = nested.iter().filter(is_schema).map(|(name, _)| *name).collect();
    Ok(output::line(format_args!("\nShown by --json: {}", schemas.join(", ")))?)
}

/// A column of an entity in a line: what a person asks of it.
#[derive(Serialize)]
struct ColumnLine<'a> {
    column: &'a str,
    r#type: String,
    #[serde(rename = "good for")]
    good_for: String,
    holds: String,
}

impl<'a> ColumnLine<'a> {
    fn new(column: &'a Fields, name: &'a str) -> Self {
        let said = |name: &str| column.get(name).map(readable).unwrap_or_default();
        let uses = [
            ("key", "get"),
            ("creatable", "create"),
            ("updatable", "update"),
            ("filterable", "filter"),
            ("sortable", "sort"),
        ];
        let uses = uses.iter().filter(|(flag, _)| said(flag) == "true").map(|(_, word)| *word);
        let holds = match said("reference") {
            entity if entity.is_empty() => said("values"),
            entity => format!("id of a {entity}"),
        };
        Self { column: name, r#type: said("type"), good_for: uses.collect::<Vec<_>>().join(" "), holds }
    }
}

fn columns(columns: &[Fields]) -> Result<(), Trouble> {
    let names: Vec<_> =
        columns.iter().map(|column| column.get("name").map(readable).unwrap_or_default()).collect();
    let shown: Vec<_> =
        columns.iter().zip(&names).map(|(column, name)| ColumnLine::new(column, name)).collect();
    let text = serde_json::to_string(&shown).map_err(std::io::Error::from)?;
    let rows = output::rows(&text)?;
    let table = Table::fit(&rows, &["column", "type", "good for", "holds"].map(str::to_owned));
    output::line(table.header())?;
    rows.iter().try_for_each(|row| output::line(table.row(row).trim_end()))?;
    Ok(())
}

fn lines(rows: &[Fields]) -> Result<(), Trouble> {
    let table = Table::fit(rows, &[]);
    output::line(table.header())?;
    for row in rows {
        output::line(table.row(row))?;
    }
    if let Some(omission) = table.omission() {
        output::line(omission)?;
    }
    Ok(())
}
