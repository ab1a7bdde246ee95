//! What is shown: one view a command, as text for people and as JSON for programs.
//!
//! Data goes to stdout, progress and logs to stderr. A reader who stops reading (`| head`) ends
//! the program without complaint.

pub(crate) mod backtest;
pub(crate) mod backup;
pub(crate) mod calendar;
pub(crate) mod cycle;
pub(crate) mod daemon;
pub(crate) mod data_build;
pub(crate) mod data_check;
pub(crate) mod data_fetch;
pub(crate) mod doctor;
mod figures;
pub(crate) mod history;
pub(crate) mod opinion;
#[cfg(feature = "parquet")]
pub(crate) mod pairs;
pub(crate) mod prune;
pub(crate) mod rehearsal;
pub(crate) mod repair;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod signal;
pub(crate) mod simulate;
pub(crate) mod status;
pub(crate) mod study;
pub(crate) mod sweep;
pub(crate) mod switch;
mod table;
pub(crate) mod terminal;
pub(crate) mod trades;
pub(crate) mod verify;
pub(crate) mod why;

use std::io::{self, Write};

use serde::Serialize;

pub(crate) use chronicle::text;
pub(crate) use table::Sheet;
pub(crate) use terminal::{Paint, Terminal};

use crate::fault::{Fault, Outcome};
use crate::progress::above;

/// Writes `text` and a line's end to stdout.
///
/// # Errors
/// When stdout cannot be written, but for a reader who has gone.
pub(crate) fn print(text: &str) -> Outcome<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::failed(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// What one command shows.
pub(crate) trait View: Serialize {
    /// As a person reads it.
    fn text(&self, terminal: Terminal) -> String;
}

/// Writes `view` to stdout: one line of JSON, or text.
///
/// # Errors
/// As [`print`].
pub(crate) fn show(view: &impl View, as_json: bool, terminal: Terminal) -> Outcome<()> {
    print(&if as_json {
        json(view)
    } else {
        view.text(terminal)
    })
}

/// `view` as one line of JSON.
pub(crate) fn json(view: &impl Serialize) -> String {
    serde_json::to_string(view).expect("views hold only text, numbers and lists")
}

/// Writes `text` and a line's end to stderr, above a progress bar; nobody can be told when that
/// fails.
pub(crate) fn tell(text: &str) {
    above(|| {
        let _ = writeln!(io::stderr().lock(), "{text}");
    });
}
