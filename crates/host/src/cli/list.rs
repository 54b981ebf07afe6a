//! `list`.

use std::io::{self, Write};

use stripe_connector_host::CallError;
use stripe_connector_host::contract::{Order, Page, Query};
use tokio::task::JoinHandle;

use super::args::{Global, List};
use super::connect::{Session, connect};
use super::course::Course;
use super::fields::Fields;
use super::output::{self, PageJson, PlanJson};
use super::progress::Progress;
use super::table::Table;
use super::{Trouble, reading, report};

/// Rows of a page when all are read: what one request to Stripe brings, or as many as may be where every page takes all
/// requests.
const ALL_PAGE_SIZE: u32 = 100;
const SORTED_PAGE_SIZE: u32 = 200;

pub async fn run(global: &Global, list: List) -> Result<(), Trouble> {
    let wanted = list.shape.columns.clone();
    let (all, only_explain) = (list.all, list.explain);
    let query = query(list);
    let session = connect(global).await?;
    if only_explain {
        return explain(&session, &query, global.json).await;
    }
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
        (true, true) => all_json(&session, query, &global.course).await,
        (true, false) => all_lines(&session, query, wanted).await,
    }
}

fn query(list: List) -> Query {
    let all_size = if list.sort.is_some() { SORTED_PAGE_SIZE } else { ALL_PAGE_SIZE };
    Query {
        filter: list.filter,
        order_by: list.sort.map(|sort| Order { column: sort.column, descending: sort.descending }),
        columns: (!list.shape.columns.is_empty()).then_some(list.shape.columns),
        page_size: list.page_size.or(list.all.then_some(all_size)),
        page_token: list.page_token,
        raw: list.shape.raw.then_some(true),
        ..Query::new(list.entity)
    }
}

async fn page(session: &Session, query: &Query) -> Result<Page, Trouble> {
    session.connector.list(query, &session.options).await.map_err(reading)
}

/// How the query would be answered. Nothing is sent.
async fn explain(session: &Session, query: &Query, json: bool) -> Result<(), Trouble> {
    let plan = session.connector.explain(query, &session.options).await.map_err(reading)?;
    if json {
        return output::json(&PlanJson {
            requests: &plan.requests,
            pushed: &plan.pushed,
            residual: plan.residual.as_deref(),
        });
    }
    let residual: Vec<String> = plan.residual.into_iter().collect();
    for (title, lines) in
        [("requests", &plan.requests), ("checked by Stripe", &plan.pushed), ("checked here", &residual)]
    {
        output::line(format_args!("{title}:"))?;
        for line in lines {
            output::line(format_args!("  {line}"))?;
        }
        if lines.is_empty() {
            output::line("  nothing")?;
        }
    }
    Ok(())
}

/// The pages of a listing, one after the other. While the caller has one, the next is asked for.
struct Pages<'a> {
    session: &'a Session,
    query: Query,
    next: Option<JoinHandle<Result<Page, CallError>>>,
}

impl<'a> Pages<'a> {
    fn start(session: &'a Session, query: Query) -> Self {
        let mut pages = Self { session, query, next: None };
        pages.ask();
        pages
    }

    fn ask(&mut self) {
        let connector = self.session.connector.clone();
        let (query, options) = (self.query.clone(), self.session.options.clone());
        self.next = Some(tokio::spawn(async move { connector.list(&query, &options).await }));
    }

    /// The next page; none after the last one.
    async fn next(&mut self) -> Result<Option<Page>, Trouble> {
        let Some(asked) = &mut self.next else {
            return Ok(None);
        };
        let answer = asked.await.map_err(|error| reading(CallError::Host(error.into())))?;
        self.next = None;
        let page = answer.map_err(reading)?;
        if page.next_page_token.is_some() {
            self.query.page_token.clone_from(&page.next_page_token);
            self.ask();
        }
        Ok(Some(page))
    }
}

impl Drop for Pages<'_> {
    fn drop(&mut self) {
        if let Some(asked) = &self.next {
            asked.abort();
        }
    }
}

/// One array, written page by page. When a later page fails the array stays open, so that nobody takes the rows before
/// for all there are, and the failure is told on standard error.
async fn all_json(session: &Session, query: Query, course: &Course) -> Result<(), Trouble> {
    let progress = Progress::start();
    let mut pages = Pages::start(session, query);
    let mut begun = false;
    loop {
        let page = match pages.next().await {
            Err(Trouble::Call { error, write }) if begun => {
                progress.advance(0, || -> io::Result<()> {
                    writeln!(io::stdout())?;
                    report::complain(&error, write, None);
                    Ok(())
                })?;
                return Err(Trouble::Told);
            }
            page => page?,
        };
        let Some(page) = page else {
            drop(progress);
            return Ok(output::line(if begun { "]" } else { "[]" })?);
        };
        let rows = output::raw_rows(&page.rows)?;
        progress.advance(rows.len() as u64, || -> io::Result<()> {
            let mut out = io::stdout().lock();
            for row in &rows {
                let before = if begun { ",\n" } else { "[" };
                begun = true;
                course.set_partly_written();
                write!(out, "{before}{row}")?;
            }
            out.flush()
        })?;
    }
}

async fn all_lines(session: &Session, query: Query, wanted: Vec<String>) -> Result<(), Trouble> {
    let progress = Progress::start();
    let mut pages = Pages::start(session, query);
    let mut lines = Lines::new(wanted);
    while let Some(page) = pages.next().await? {
        let rows = output::rows(&page.rows)?;
        progress.advance(rows.len() as u64, || lines.write(&rows))?;
    }
    drop(progress);
    lines.end(None)
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
