//! `tqqq history`: every slot as one row of a table.

use chronicle::row::{State, target_word};
use chronicle::{SlotView, text};

use super::{Sheet, Terminal};

/// The table.
pub(crate) fn table(slots: &[SlotView], terminal: Terminal) -> String {
    let headings = [
        "slot", "outcome", "?state", "?target", ">price", ">?fast", ">?slow", ">?shares",
        ">equity", "detail",
    ];
    let mut sheet = Sheet::new(&headings);
    for view in slots {
        let average =
            |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
        sheet.row([
            view.slot[..16].replace('T', " "),
            view.outcome.to_owned(),
            view.state.map(State::word).unwrap_or_default().to_owned(),
            view.target.map(target_word).unwrap_or_default().to_owned(),
            cell(view.price),
            average(view.fast),
            average(view.slow),
            cell(view.shares),
            view.equity.map(text::dollars).unwrap_or_default(),
            view.told(),
        ]);
    }
    sheet.text(terminal)
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
