//! What a command of research leaves beside its output: reports, tables, maps.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::fault::{Fault, Outcome};
use crate::new_file::NewFile;
use crate::output::tell;

/// A file to be made. It may replace an earlier one of its kind, never the bars it is made from.
#[derive(Debug)]
pub(crate) struct Artefact(NewFile);

impl Artefact {
    /// At `path`, made from the file `bars`; looked at before any work begins.
    ///
    /// # Errors
    /// When the two are one file, or nothing can be written there.
    pub(crate) fn at(path: &Path, bars: &Path) -> Outcome<Self> {
        let same = path.canonicalize().ok().zip(bars.canonicalize().ok());
        if same.is_some_and(|(path, bars)| path == bars) {
            let shown = path.display();
            return Err(
                Fault::input(format!("{shown}: these are the bars themselves"))
                    .hint("name another file to write"),
            );
        }
        NewFile::at(path, true).map(Self)
    }

    /// Writes it whole, and says so.
    ///
    /// # Errors
    /// When the folder or the disk refuses.
    pub(crate) fn write(&self, text: &str) -> Outcome<()> {
        self.write_with(|out| out.write_all(text.as_bytes()))
    }

    /// The same with whatever `content` puts out.
    ///
    /// # Errors
    /// When the folder or the disk refuses.
    pub(crate) fn write_with(
        &self,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Outcome<()> {
        self.0.write(content)?;
        tell(&format!("wrote {}", self.0.path().display()));
        Ok(())
    }
}
