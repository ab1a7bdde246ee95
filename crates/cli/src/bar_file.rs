//! A file of bars, opened by its path.

use std::fs::File;
use std::path::Path;

use market::Calendar;
use market::file::{self, BarFile, Options};

use crate::fault::{Fault, Outcome};

/// Reads the bars in the file at `path`. Rows left out and gaps are in what is returned: what
/// they mean is the caller's question.
///
/// # Errors
/// [`Fault`] naming file, row and value.
pub(crate) fn read(path: &Path, options: &Options, calendar: &Calendar) -> Outcome<BarFile> {
    let name = path.display().to_string();
    file::read(open(path)?, &name, calendar, options)
        .map_err(|error| Fault::input(&error).hint(error.hint()))
}

/// Opens the file at `path`.
///
/// # Errors
/// [`Fault`] when it cannot be.
pub(crate) fn open(path: &Path) -> Outcome<File> {
    File::open(path).map_err(|error| {
        Fault::input(format!("{}: {error}", path.display())).hint("name a readable file of bars")
    })
}
