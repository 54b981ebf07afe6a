//! `entities` and `actions`.

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

fn summaries(summaries: &[impl serde::Serialize], json: bool) -> Result<(), Trouble> {
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
    let (nested, plain): (Vec<_>, Vec<_>) =
        details.iter().partition(|(_, value)| value.starts_with(['{', '[']));
    let plain = plain.into_iter().map(|(name, value)| (name, readable(value)));
    output::line(table::pairs(plain).trim_end())?;
    for (name, value) in nested {
        if let Ok(rows) = serde_json::from_str::<Vec<Fields>>(value) {
            output::line(format_args!("\n{name}"))?;
            lines(&rows)?;
        } else {
            output::line(format_args!("\n{name} is shown by --json"))?;
        }
    }
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
