//! Rows as text.

use console::{StyledObject, Term, measure_text_width, style, truncate_str};

use super::fields::{Fields, readable};

const GAP: &str = "  ";
/// Widest cell when columns are picked by themselves.
const NARROW: usize = 32;
/// Widest cell of a column that was asked for.
const WIDE: usize = 60;
/// Columns of a line where no terminal says otherwise.
const LINE: usize = 120;

struct Column {
    name: String,
    /// What it is padded to.
    width: usize,
    /// What it is cut at: a cell wider than the column pushes the line out rather than losing something.
    limit: usize,
}

impl Column {
    fn fit(name: &str, sample: &[Fields], limit: usize) -> Self {
        // An id that is cut is worth nothing.
        let limit = if name.eq_ignore_ascii_case("id") { usize::MAX } else { limit };
        let cells = sample.iter().filter_map(|row| row.get(name));
        let widest = cells.map(|cell| measure_text_width(&readable(cell))).max().unwrap_or(0);
        Self { name: name.to_owned(), width: widest.max(measure_text_width(name)).min(limit), limit }
    }
}

/// Columns with their widths, so that lines can be written as they come.
pub struct Table {
    columns: Vec<Column>,
    /// Columns that the rows have and the table has not.
    hidden: usize,
}

impl Table {
    /// For rows like `sample`: the `wanted` columns, or else as many as a line holds, without those that are empty.
    pub fn fit(sample: &[Fields], wanted: &[String]) -> Self {
        let line = Term::stdout().size_checked().map_or(LINE, |(_, columns)| columns.into());
        Self::fit_line(sample, wanted, line)
    }

    fn fit_line(sample: &[Fields], wanted: &[String], line: usize) -> Self {
        let mut names = names(sample);
        if !wanted.is_empty() {
            // The rows have just these, and spell them as the connector does.
            let shown = if names.is_empty() { wanted.iter().map(String::as_str).collect() } else { names };
            let columns = shown.iter().map(|name| Column::fit(name, sample, WIDE));
            return Self { columns: columns.collect(), hidden: 0 };
        }
        names.sort_by_key(|name| !matches!(*name, "Id" | "id" | "name"));
        let mut columns: Vec<Column> = Vec::new();
        let mut used = 0;
        for name in &names {
            if sample.iter().all(|row| row.get(name).is_none_or(is_empty)) {
                continue;
            }
            let column = Column::fit(name, sample, NARROW);
            if used + column.width <= line || columns.is_empty() {
                used += column.width + GAP.len();
                columns.push(column);
            }
        }
        Self { hidden: names.len() - columns.len(), columns }
    }

    /// Names of the columns, set off from the rows on a terminal.
    pub fn header(&self) -> StyledObject<String> {
        style(self.line(|name| name.to_owned())).bold()
    }

    pub fn row(&self, row: &Fields) -> String {
        self.line(|name| row.get(name).map(readable).unwrap_or_default())
    }

    /// What the table leaves out, if anything.
    pub fn omission(&self) -> Option<String> {
        let more = match self.hidden {
            0 => return None,
            1 => "1 more column is not shown; see it".to_owned(),
            hidden => format!("{hidden} more columns are not shown; see them"),
        };
        Some(format!("{more} with --columns A,B or --json"))
    }

    fn line(&self, cell: impl Fn(&str) -> String) -> String {
        let mut line = String::new();
        for column in &self.columns {
            let text = cell(&column.name);
            let text = truncate_str(&text, column.limit, "…");
            let padding = column.width.saturating_sub(measure_text_width(&text));
            line.push_str(&text);
            line.extend(std::iter::repeat_n(' ', padding));
            line.push_str(GAP);
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Names and values one below the other, values uncut.
pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let width = pairs.iter().map(|(name, _)| measure_text_width(name)).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in pairs {
        let line = format!("{name:width$}{GAP}{value}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn is_empty(json: &str) -> bool {
    matches!(json, "null" | "\"\"" | "{}" | "[]")
}

/// In the order of the rows, but what tells one row from another comes first.
fn names(sample: &[Fields]) -> Vec<&str> {
    let mut names = Vec::new();
    for (name, _) in sample.iter().flat_map(Fields::iter) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Fields> {
        serde_json::from_str(
            r#"[{"Id": "cus_1", "Name": "Jenny", "Phone": null, "Note": "long, long, long"},
                {"Id": "cus_22", "Name": "江戸", "Phone": null, "Note": ""}]"#,
        )
        .unwrap()
    }

    /// Also where the tests run at a terminal.
    fn header(table: &Table) -> String {
        console::strip_ansi_codes(&table.header().to_string()).into_owned()
    }

    #[test]
    fn as_many_columns_as_fit() {
        let rows = rows();
        let table = Table::fit_line(&rows, &[], 20);
        assert_eq!(header(&table), "Id      Name");
        assert_eq!(table.row(&rows[0]), "cus_1   Jenny");
        assert_eq!(table.row(&rows[1]), "cus_22  江戸");
        assert!(table.omission().is_some_and(|text| text.starts_with("2 more")));
    }

    #[test]
    fn wanted_columns_are_all_there() {
        let rows: Vec<Fields> = serde_json::from_str(r#"[{"Phone": null, "Id": "cus_1"}]"#).unwrap();
        let table = Table::fit_line(&rows, &["phone".to_owned(), "ID".to_owned()], 4);
        assert_eq!(header(&table), "Phone  Id");
        assert_eq!(table.row(&rows[0]), "       cus_1");
        assert_eq!(table.omission(), None);
    }

    #[test]
    fn wanted_columns_head_an_empty_table() {
        let table = Table::fit_line(&[], &["Phone".to_owned()], 80);
        assert_eq!(header(&table), "Phone");
    }

    #[test]
    fn later_rows_lose_nothing_to_a_narrow_column() {
        let rows = rows();
        let table = Table::fit_line(&rows[..1], &["Id".to_owned(), "Name".to_owned()], 80);
        assert_eq!(table.row(&rows[1]), "cus_22  江戸");
    }

    #[test]
    fn long_cells_are_cut_and_ids_are_not() {
        let long = "x".repeat(90);
        let row = format!(r#"[{{"Id": "{long}", "Note": "{long}"}}]"#);
        let rows: Vec<Fields> = serde_json::from_str(&row).unwrap();
        let table = Table::fit_line(&rows, &["Id".to_owned(), "Note".to_owned()], 80);
        assert_eq!(table.row(&rows[0]), format!("{long}  {}…", "x".repeat(WIDE - 1)));
    }
}
