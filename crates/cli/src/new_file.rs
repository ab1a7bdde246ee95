//! A file written whole or not at all, and never over another unless told to.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Outcome};

/// A file to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewFile {
    path: PathBuf,
    /// What to do about a file that is there; `None` when it is replaced.
    spare: Option<&'static str>,
}

impl NewFile {
    /// At `path`, looked at before any work begins.
    ///
    /// # Errors
    /// When something is there and `force` is not given, or its folder is not.
    pub(crate) fn at(path: &Path, force: bool) -> Outcome<Self> {
        const FORCE: &str = "name another with -o, or give --force to replace it";
        Self::sparing(path, (!force).then_some(FORCE))
    }

    /// The same, never over what is there.
    ///
    /// # Errors
    /// As [`NewFile::at`].
    pub(crate) fn never_over(path: &Path) -> Outcome<Self> {
        Self::sparing(path, Some("name another; it is never written over"))
    }

    fn sparing(path: &Path, spare: Option<&'static str>) -> Outcome<Self> {
        let new = Self {
            path: path.to_owned(),
            spare,
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
        let draft = self.begin()?;
        Self::fill(draft.path(), content).map_err(|error| self.failed(&error))?;
        draft.put()
    }

    /// A place beside its own in which it can be made, free of what an earlier try left there.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub(crate) fn begin(&self) -> Outcome<Draft<'_>> {
        self.check()?;
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let path = PathBuf::from(beside);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(&error)),
            _ => Ok(Draft { new: self, path }),
        }
    }

    fn failed(&self, error: &io::Error) -> Fault {
        Fault::failed(format!("{}: {error}", self.path.display()))
            .hint("name a file you may write, on a disk with room")
    }

    fn fill(
        path: &Path,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        content(&mut out)?;
        out.into_inner()
            .map(drop)
            .map_err(io::IntoInnerError::into_error)
    }

    fn check(&self) -> Outcome<()> {
        if self.path.is_dir() {
            return Err(
                Fault::input(format!("{}: this is a folder", self.path.display()))
                    .hint("name a file in it"),
            );
        }
        match self.spare.filter(|_| self.path.exists()) {
            None => Ok(()),
            Some(hint) => {
                let path = self.path.display();
                Err(Fault::input(format!("{path}: there is such a file already")).hint(hint))
            }
        }
    }

    fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

/// A file under way, gone again unless it is put in its place.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    new: &'a NewFile,
    path: PathBuf,
}

impl Draft<'_> {
    /// Where it is made.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place, once it is on disk.
    ///
    /// # Errors
    /// As [`NewFile::write`].
    pub(crate) fn put(self) -> Outcome<()> {
        self.new.check()?;
        let put = File::open(&self.path)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.path, &self.new.path))
            // The name is as durable as the content only when its folder is written too.
            .and_then(|()| File::open(self.new.folder())?.sync_all());
        put.map_err(|error| self.new.failed(&error))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
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
