//! `get` and `run`.

use super::args::{Get, Global, Run};
use super::connect::connect;
use super::fields::readable;
use super::{Trouble, input, output, reading, table, writing};

pub async fn get(global: &Global, get: &Get) -> Result<(), Trouble> {
    let session = connect(global).await?;
    let columns = (!get.shape.columns.is_empty()).then_some(get.shape.columns.as_slice());
    let id = get.id.as_deref();
    let row = session
        .connector
        .get(&get.entity, id, columns, get.shape.raw, &session.options)
        .await
        .map_err(reading)?;
    show(&row.fields, global.json)
}

pub async fn run(global: &Global, run: &Run) -> Result<(), Trouble> {
    let parameters = input::json(&run.parameters).await?;
    let session = connect(global).await?;
    let outcome =
        session.connector.execute(&run.action, &parameters, &session.options).await.map_err(writing)?;
    if global.json {
        return Ok(output::line(outcome.output)?);
    }
    for object in output::raw_rows(&outcome.output).map_err(Trouble::of_change)? {
        show(object.get(), false).map_err(Trouble::of_change)?;
    }
    Ok(())
}

fn show(row: &str, json: bool) -> Result<(), Trouble> {
    if json {
        return Ok(output::line(row)?);
    }
    let fields = output::fields(row)?;
    let text = table::pairs(fields.iter().map(|(name, value)| (name, readable(value))));
    Ok(output::line(text.trim_end())?)
}
