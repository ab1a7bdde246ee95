//! A file written whole or not at all, and never over another unless told to.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Outcome};

/// A file to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewFile {
    path: PathBuf,
    force: bool,
}

impl NewFile {
    /// At `path`, looked at before any work begins.
    ///
    /// # Errors
    /// When something is there and `force` is not given, or its folder is not.
    pub(crate) fn at(path: &Path, force: bool) -> Outcome<Self> {
        let new = Self {
            path: path.to_owned(),
            force,
        };
        new.check()?;
        let folder = new.folder();
        if folder.is_dir() {
            return Ok(new);
        }
        Err(
            Fault::input(format!("{}: there is no such folder", folder.display()))
                .hint("make it first, or name another place"),
        )
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it beside its place and then puts it there, so that nobody ever sees half of it.
    ///
    /// # Errors
    /// When the folder or the disk refuses; what was there before stays.
    pub(crate) fn write(
        &self,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Outcome<()> {
        self.check()?;
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let written = Self::fill(&beside, content)
            .and_then(|()| fs::rename(&beside, &self.path))
            // The name is as durable as the content only when its folder is written too.
            .and_then(|()| File::open(self.folder())?.sync_all());
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            Fault::failed(format!("{}: {error}", self.path.display()))
                .hint("name a file you may write, on a disk with room")
        })
    }

    fn fill(
        path: &Path,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        content(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }

    fn check(&self) -> Outcome<()> {
        if self.path.is_dir() {
            return Err(
                Fault::input(format!("{}: this is a folder", self.path.display()))
                    .hint("name a file in it"),
            );
        }
        if self.force || !self.path.exists() {
            return Ok(());
        }
        Err(Fault::input(format!(
            "{}: there is such a file already",
            self.path.display()
        ))
        .hint("name another with -o, or give --force to replace it"))
    }

    fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_there_stays_unless_force_is_given_and_half_a_file_never_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let write = |force, text: &'static str| {
            NewFile::at(&path, force)?.write(|out| out.write_all(text.as_bytes()))
        };
        write(false, "first").unwrap();
        let fault = write(false, "second").unwrap_err();
        assert!(fault.to_string().contains("--force"), "{fault}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        write(true, "third").unwrap();
        let failing = NewFile::at(&path, true).unwrap().write(|out| {
            out.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failing.unwrap_err().exit().code(), 4);
        assert_eq!(fs::read_to_string(&path).unwrap(), "third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(NewFile::at(&folder.path().join("no/a.csv"), false).is_err());
        assert!(NewFile::at(folder.path(), true).is_err());
    }
}
