//! Python: the one on this machine, and an environment of our own made from locked packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment;
use crate::stage::{output, quiet};
use crate::tool::on_path;

/// The version that the packages were locked with; a newer one does too.
const OLDEST: (u32, u32) = (3, 11);
/// Prints the version as two numbers.
const VERSION: &str = "import sys; print(*sys.version_info[:2])";
/// What the environment was made of; written last, so that one half made is made again.
const STAMP: &str = "made-of.txt";

/// A Python that the packages were locked for, or a newer one.
pub(crate) struct Python {
    path: PathBuf,
    version: (u32, u32),
}

/// Why there is no environment, and what to do about it.
pub(crate) type Remedy = String;

impl Python {
    /// The one of that very version before the machine's own.
    pub(crate) fn find() -> Option<Self> {
        let (major, minor) = OLDEST;
        let names = [format!("python{major}.{minor}"), "python3".to_owned()];
        let found = names.iter().filter_map(|name| on_path(name));
        // A name on PATH may stand for a version that is not there.
        let mut working = found.filter_map(|path| {
            let version = version(&path).ok()?;
            Some(Self { path, version })
        });
        working.find(|python| python.version >= OLDEST)
    }

    /// What to do where [`Python::find`] finds none.
    pub(crate) fn remedy() -> Remedy {
        let (major, minor) = OLDEST;
        format!(
            "no Python {major}.{minor} or newer on PATH; install one with `apt-get install python3 python3-venv`"
        )
    }

    /// The interpreter of an environment in `folder` that holds the packages of `lock`, a
    /// requirements file with hashes; made anew only when the file or the Python changed.
    ///
    /// # Errors
    /// When files cannot be read or written. What cannot be installed is a [`Remedy`].
    pub(crate) fn environment(
        &self,
        folder: &Path,
        lock: &Path,
    ) -> Result<Result<PathBuf, Remedy>> {
        let wanted =
            fs::read_to_string(lock).with_context(|| format!("cannot read {}", lock.display()))?;
        let wanted = format!("# Python {}.{}\n{wanted}", self.version.0, self.version.1);
        let stamp = folder.join(STAMP);
        let interpreter = folder.join("bin").join("python");
        if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) && interpreter.is_file() {
            return Ok(Ok(interpreter));
        }
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        if let Err(remedy) = self.install(folder, &interpreter, lock) {
            return Ok(Err(remedy));
        }
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(Ok(interpreter))
    }

    fn install(&self, folder: &Path, interpreter: &Path, lock: &Path) -> Result<(), Remedy> {
        let mut make = Command::new(&self.path);
        make.args(["-m", "venv"]).arg(folder);
        quiet("python-environment", &mut make).map_err(|_| {
            "Python makes no environment; install `python3-venv` with apt-get".to_owned()
        })?;
        let mut install = Command::new(interpreter);
        install
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--require-hashes"])
            .arg("--requirement")
            .arg(lock);
        quiet("python-packages", &mut install).map_err(|_| {
            let lock = lock.strip_prefix(environment::root()).unwrap_or(lock);
            format!(
                "`pip download --require-hashes -r {}` must work here; why it does not stands in {}",
                lock.display(),
                environment::target().join("xtask/python-packages.log").display()
            )
        })?;
        Ok(())
    }
}

fn version(python: &Path) -> Result<(u32, u32)> {
    let text = output(Command::new(python).args(["-c", VERSION]))?;
    let (major, minor) = text.trim().split_once(' ').context("two numbers")?;
    Ok((major.parse()?, minor.parse()?))
}
