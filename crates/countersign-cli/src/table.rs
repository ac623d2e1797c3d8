//! Aligned tables: cut to the width of a terminal, whole everywhere else.

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, Width, presets};

use crate::failure::Result;
use crate::output::Output;
use crate::text::visible;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    name: &'static str,
    /// Narrower than this it is of no use; `None` if it must not be cut.
    narrowest: Option<u16>,
    /// On a terminal that is too narrow, columns of a higher rank are left out first; those of rank 0 never.
    rank: u8,
}

impl Column {
    /// A column that must be seen whole.
    pub(crate) const fn whole(name: &'static str, rank: u8) -> Self {
        Self { name, narrowest: None, rank }
    }

    /// A column of texts that are still of use when their ends are cut off.
    pub(crate) const fn text(name: &'static str, rank: u8) -> Self {
        Self { name, narrowest: Some(12), rank }
    }
}

/// A value in a table.
pub(crate) struct Value {
    text: String,
    colour: Option<Color>,
}

impl Value {
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: Some(Color::Green) }
    }

    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: Some(Color::Red) }
    }

    pub(crate) fn doubtful(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: Some(Color::Yellow) }
    }

    fn cell(self) -> Cell {
        let text = visible(&self.text);
        // A blank field would be lost on whoever cuts the table into fields.
        let cell = Cell::new(if text.is_empty() { NOTHING.to_owned() } else { text });
        match self.colour {
            Some(colour) if coloured() => cell.fg(colour),
            _ => cell,
        }
    }
}

impl<T: Into<String>> From<T> for Value {
    fn from(text: T) -> Self {
        Self { text: text.into(), colour: None }
    }
}

/// Prints a table with a line of names on top.
pub(crate) fn print(out: Output, columns: &[Column], rows: impl IntoIterator<Item = Vec<Value>>) -> Result {
    let mut table = plain();
    table.set_header(columns.iter().map(|column| Cell::new(column.name)).collect::<Vec<_>>());
    for row in rows {
        let mut row = Row::from(row.into_iter().map(Value::cell).collect::<Vec<_>>());
        table.add_row(std::mem::take(row.max_height(1)));
    }
    if let Some(width) = table.width() {
        fit(&mut table, columns, width);
    }
    show(out, &table)
}

/// Prints names and values, one pair a line.
pub(crate) fn print_pairs(out: Output, pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Result {
    let mut table = plain();
    for (name, value) in pairs {
        table.add_row([Cell::new(name), value.cell()]);
    }
    // Nothing is cut or wrapped: what is asked for by name is wanted whole.
    show(out, &table)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn show(out: Output, table: &Table) -> Result {
    // Columns are two blanks apart, and the first begins at the edge.
    table.lines().try_for_each(|line| out.line(line.strip_prefix(' ').unwrap_or(&line).trim_end()))
}

/// Leaves out columns until the rest fits, and says which may be cut.
fn fit(table: &mut Table, columns: &[Column], width: u16) {
    let wanted = table.column_max_content_widths();
    let least = |(column, wanted): (&Column, &u16)| column.narrowest.map_or(*wanted, |least| least.min(*wanted)) + GAP;
    let empty: Vec<bool> = (0..columns.len()).map(|at| is_empty(table, at)).collect();
    let needed = |limit: u8| -> u16 {
        let all = columns.iter().zip(&wanted).zip(&empty);
        let shown = all.filter(|((column, _), empty)| column.rank <= limit && !(column.rank > 0 && **empty));
        shown.map(|(pair, _)| least(pair)).fold(0, u16::saturating_add)
    };
    let highest = columns.iter().map(|column| column.rank).max().unwrap_or_default();
    let limit = (0..=highest).rev().find(|limit| needed(*limit) <= width).unwrap_or_default();
    // The table's own blank at the edge is not shown.
    table.set_width(width.saturating_add(1)).set_content_arrangement(ContentArrangement::Dynamic);
    let told = columns.iter().zip(&wanted).zip(&empty);
    for (column, ((told, wanted), empty)) in table.column_iter_mut().zip(told) {
        column.set_constraint(match told.narrowest {
            _ if told.rank > limit || (told.rank > 0 && *empty) => ColumnConstraint::Hidden,
            None => ColumnConstraint::ContentWidth,
            Some(least) => ColumnConstraint::LowerBoundary(Width::Fixed(least.min(*wanted) + GAP)),
        });
    }
}

/// Whether no row has anything in this column.
fn is_empty(table: &Table, column: usize) -> bool {
    table.column_cells_iter(column).flatten().all(|cell| cell.content() == NOTHING)
}

/// Whether colours are wanted (<https://no-color.org>); whether there is a terminal is looked at by the table itself.
fn coloured() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}

const GAP: u16 = 2;
const NOTHING: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] =
        [Column::whole("ID", 0), Column::text("SUBJECT", 0), Column::whole("EMPTY", 1), Column::text("NOTE", 2)];

    fn lines(width: u16) -> Vec<String> {
        let mut table = plain();
        table.force_no_tty().set_header(COLUMNS.map(|column| column.name));
        let note = "a note that is longer than it is wide, as they say";
        table.add_row(std::mem::take(Row::from(["0123456789", "ada", "-", note]).max_height(1)));
        table.add_row(std::mem::take(Row::from(["9876543210", "a subject of great length", "-", "-"]).max_height(1)));
        fit(&mut table, &COLUMNS, width);
        table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect()
    }

    #[test]
    fn tables_fit_their_terminal() {
        for width in 26..100 {
            let lines = lines(width);
            assert_eq!(lines.len(), 3, "one line for each row, at {width}: {lines:#?}");
            assert!(lines.iter().all(|line| line.chars().count() <= width.into()), "at {width}: {lines:#?}");
            assert!(lines[1].starts_with("0123456789"), "ids are whole, at {width}");
            assert!(!lines[0].contains("EMPTY"), "what is empty takes no room, at {width}");
        }
        assert!(!lines(30)[0].contains("NOTE"), "what matters least goes first");
        assert!(lines(50)[1].ends_with('…'), "what is cut is seen to be");
        assert!(lines(100)[2].contains("a subject of great length"));
    }
}
