//! `list`.

use std::io::{self, Write};

use stripe_connector_host::contract::{Order, Page, Query};

use super::args::{Global, List};
use super::connect::{Session, connect};
use super::fields::Fields;
use super::output::{self, PageJson};
use super::progress::Progress;
use super::table::Table;
use super::{Trouble, reading};

/// Rows of a page when all are read: what one request to Stripe brings.
const ALL_PAGE_SIZE: u32 = 100;

pub async fn run(global: &Global, list: List) -> Result<(), Trouble> {
    let wanted = list.shape.columns.clone();
    let all = list.all;
    let query = query(list);
    let session = connect(global).await?;
    match (all, global.json) {
        (false, true) => {
            let page = page(&session, &query).await?;
            output::json(&PageJson {
                rows: output::raw_rows(&page.rows)?,
                next_page_token: page.next_page_token.as_deref(),
            })
        }
        (false, false) => {
            let page = page(&session, &query).await?;
            let mut lines = Lines::new(wanted);
            lines.write(&output::rows(&page.rows)?)?;
            lines.end(page.next_page_token.as_deref())
        }
        (true, true) => all_json(&session, query).await,
        (true, false) => all_lines(&session, query, wanted).await,
    }
}

fn query(list: List) -> Query {
    Query {
        filter: list.filter,
        order_by: list.sort.map(|sort| Order { column: sort.column, descending: sort.descending }),
        columns: (!list.shape.columns.is_empty()).then_some(list.shape.columns),
        page_size: list.page_size.or(list.all.then_some(ALL_PAGE_SIZE)),
        page_token: list.page_token,
        raw: list.shape.raw.then_some(true),
        ..Query::new(list.entity)
    }
}

async fn page(session: &Session, query: &Query) -> Result<Page, Trouble> {
    session.connector.list(query, &session.options).await.map_err(reading)
}

/// One array, written page by page. When a later page fails the array stays open, so that nobody takes the rows before
/// for all there are, and the failure is told on standard error.
async fn all_json(session: &Session, mut query: Query) -> Result<(), Trouble> {
    let progress = Progress::start();
    let mut begun = false;
    loop {
        let page = match page(session, &query).await {
            Err(Trouble::Call { error, write }) if begun => {
                progress.advance(0, || eprint!("{}", super::report::text(&error, write)));
                return Err(Trouble::Told);
            }
            page => page?,
        };
        let rows = output::raw_rows(&page.rows)?;
        progress.advance(rows.len() as u64, || -> io::Result<()> {
            let mut out = io::stdout().lock();
            for row in &rows {
                let before = if begun { ",\n" } else { "[" };
                begun = true;
                write!(out, "{before}{row}")?;
            }
            out.flush()
        })?;
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            drop(progress);
            return Ok(output::line(if begun { "]" } else { "[]" })?);
        }
    }
}

async fn all_lines(session: &Session, mut query: Query, wanted: Vec<String>) -> Result<(), Trouble> {
    let progress = Progress::start();
    let mut lines = Lines::new(wanted);
    loop {
        let page = page(session, &query).await?;
        let rows = output::rows(&page.rows)?;
        progress.advance(rows.len() as u64, || lines.write(&rows))?;
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            drop(progress);
            return lines.end(None);
        }
    }
}

/// Rows as lines. The first page settles columns and widths, so that lines need not wait for later ones.
struct Lines {
    wanted: Vec<String>,
    table: Option<Table>,
    count: usize,
}

impl Lines {
    fn new(wanted: Vec<String>) -> Self {
        Self { wanted, table: None, count: 0 }
    }

    fn write(&mut self, rows: &[Fields]) -> Result<(), Trouble> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let table = match &mut self.table {
            Some(table) => table,
            empty => {
                let table = empty.insert(Table::fit(rows, &self.wanted));
                writeln!(out, "{}", table.header())?;
                table
            }
        };
        for row in rows {
            writeln!(out, "{}", table.row(row))?;
        }
        self.count += rows.len();
        Ok(out.flush()?)
    }

    fn end(&self, next: Option<&str>) -> Result<(), Trouble> {
        let mut out = io::stdout().lock();
        let rows = if self.count == 1 { "row" } else { "rows" };
        write!(out, "{} {rows}", self.count)?;
        match next {
            Some(token) => writeln!(out, "; there may be more: --page-token {token}")?,
            None => writeln!(out, ", the end")?,
        }
        if let Some(omission) = self.table.as_ref().and_then(Table::omission) {
            writeln!(out, "{omission}")?;
        }
        Ok(out.flush()?)
    }
}
