//! Plain tables: columns apart by blanks, a heading, nothing else.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::terminal::{Paint, Terminal};

/// Rows under a heading.
pub(crate) struct Sheet {
    table: Table,
}

impl Sheet {
    /// An empty sheet; columns whose heading begins with `>` are aligned to the right.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(
            headings
                .iter()
                .map(|heading| heading.trim_start_matches('>')),
        );
        for (index, heading) in headings.iter().enumerate() {
            let column = table
                .column_mut(index)
                .expect("the header made this column");
            column.set_padding((0, 2));
            if heading.starts_with('>') {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { table }
    }

    /// One more row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.table.add_row(cells);
    }

    /// The lines, the heading painted.
    pub(crate) fn text(&self, terminal: Terminal) -> String {
        let mut lines: Vec<String> = self
            .table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        if let Some(heading) = lines.first_mut() {
            *heading = terminal.paint(Paint::Strong, heading);
        }
        lines.join("\n")
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
}
