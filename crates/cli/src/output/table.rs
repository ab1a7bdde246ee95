//! Plain tables: columns apart by blanks, a heading, nothing else.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use super::terminal::{Paint, Terminal};

/// Rows under a heading.
pub(crate) struct Sheet {
    table: Table,
    /// Columns that may be left out on a narrow terminal.
    optional: Vec<usize>,
}

impl Sheet {
    /// An empty sheet. Columns whose heading begins with `>` are aligned to the right; those with
    /// `?` after it are left out where the terminal is too narrow, the rightmost first.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(
            headings
                .iter()
                .map(|heading| heading.trim_start_matches(['>', '?'])),
        );
        let mut optional = Vec::new();
        for (index, heading) in headings.iter().enumerate() {
            let column = table
                .column_mut(index)
                .expect("the header made this column");
            column.set_padding((0, 2));
            if heading.starts_with('>') {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if heading.trim_start_matches('>').starts_with('?') {
                optional.push(index);
            }
        }
        Self { table, optional }
    }

    /// One more row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.table.add_row(cells);
    }

    /// The lines, the heading painted; as narrow as the terminal.
    pub(crate) fn text(&self, terminal: Terminal) -> String {
        let width = terminal.width().unwrap_or(usize::MAX);
        let mut table = self.table.clone();
        let mut lines = lines(&table);
        for index in self.optional.iter().rev() {
            if widest(&lines) <= width {
                break;
            }
            if let Some(column) = table.column_mut(*index) {
                column.set_constraint(ColumnConstraint::Hidden);
            }
            lines = self::lines(&table);
        }
        for line in &mut lines {
            cut(line, width);
        }
        if let Some(heading) = lines.first_mut() {
            *heading = terminal.paint(Paint::Strong, heading);
        }
        lines.join("\n")
    }
}

fn lines(table: &Table) -> Vec<String> {
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn widest(lines: &[String]) -> usize {
    lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

/// What is too long for the terminal ends in `…` there.
fn cut(line: &mut String, width: usize) {
    if line.chars().count() > width {
        *line = line.chars().take(width.saturating_sub(1)).collect();
        line.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_apart_and_numbers_to_the_right() {
        let mut sheet = Sheet::new(&["slot", ">price"]);
        sheet.row(["09:30".to_owned(), "1".to_owned()]);
        sheet.row(["10:00".to_owned(), "10.25".to_owned()]);
        insta::assert_snapshot!(sheet.text(Terminal::PLAIN), @r"
        slot   price
        09:30      1
        10:00  10.25
        ");
    }

    #[test]
    fn a_narrow_terminal_loses_optional_columns_from_the_right_then_the_ends_of_lines() {
        let mut sheet = Sheet::new(&["slot", ">?fast", "?state", "detail"]);
        sheet.row(["09:30", "1.25", "warmup", "already at the target"].map(str::to_owned));
        insta::assert_snapshot!(sheet.text(Terminal::narrow(44)), @"
        slot   fast  state   detail
        09:30  1.25  warmup  already at the target
        ");
        insta::assert_snapshot!(sheet.text(Terminal::narrow(36)), @"
        slot   fast  detail
        09:30  1.25  already at the target
        ");
        insta::assert_snapshot!(sheet.text(Terminal::narrow(20)), @"
        slot   detail
        09:30  already at t…
        ");
    }
}
