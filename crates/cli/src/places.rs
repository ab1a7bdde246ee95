//! Where configuration and journal are: DESIGN's places, in order.
//!
//! Configuration: `--config`, else `./tqqq.toml`, else none. Journal: `--journal`, else the
//! configuration's (relative to its file), else the newest `./tqqq-runs/NNNN.journal`.

use std::fs;
use std::path::{Path, PathBuf};

use market::Calendar;
use trading::settings::Settings;

use crate::fault::{Fault, Outcome};
use crate::ledger_store::table_in;

/// The configuration that is read when none is named.
const CONFIG: &str = "tqqq.toml";
/// Where local runs keep their journals.
const RUNS: &str = "tqqq-runs";
/// The end of a journal's name.
const SUFFIX: &str = ".journal";
/// Largest configuration taken, in bytes.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// The store that is a file.
const SQLITE: &str = "sqlite:";

/// The configuration and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    /// The settings, every default filled in.
    pub(crate) settings: Settings,
    /// The NYSE calendar with the configuration's overrides.
    pub(crate) calendar: Calendar,
    /// The file; `None` when there is none.
    pub(crate) file: Option<PathBuf>,
}

impl Configuration {
    /// The exchange named on the command line in place of the file's, checked as if it stood there.
    ///
    /// # Errors
    /// An address the account's keys may not go to.
    pub(crate) fn at_venue(mut self, venue_url: Option<&str>) -> Outcome<Self> {
        if let Some(url) = venue_url {
            self.settings.venue_url = Some(url.to_owned());
            self.settings.validate().map_err(Fault::input)?;
        }
        Ok(self)
    }
}

/// Reads the configuration from its place.
///
/// # Errors
/// A named file that is not there, and any file that cannot be taken.
pub(crate) fn configuration(named: Option<&Path>) -> Outcome<Configuration> {
    let here = Path::new(CONFIG);
    let file = match named {
        Some(path) => path,
        None if here.exists() => here,
        None => return Configuration::new(Settings::default(), None),
    };
    let text = read(file)?;
    let settings =
        Settings::parse(&text).map_err(|error| Fault::input(error).at(file.display()))?;
    Configuration::new(settings, Some(file.to_owned()))
}

fn read(file: &Path) -> Outcome<String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Fault::input(format!("{}: {error}", file.display()))
            .hint("name a readable file with --config")
    };
    let facts = fs::metadata(file).map_err(|error| unreadable(&error))?;
    if facts.len() > CONFIG_BYTES_MAX {
        return Err(unreadable(&format!(
            "{} bytes are no configuration",
            facts.len()
        )));
    }
    fs::read_to_string(file).map_err(|error| unreadable(&error))
}

impl Configuration {
    fn new(settings: Settings, file: Option<PathBuf>) -> Outcome<Self> {
        let calendar = settings.calendar()?;
        Ok(Self {
            settings,
            calendar,
            file,
        })
    }

    /// The journal's file as named by `--journal` or the configuration; `None` when neither does.
    pub(crate) fn named_journal(&self, named: Option<&Path>) -> Option<PathBuf> {
        if let Some(path) = named {
            return Some(path.to_owned());
        }
        let named = self.settings.journal.as_deref()?;
        if table_in(Path::new(named)).is_some() {
            return Some(PathBuf::from(named));
        }
        let path = named.strip_prefix(SQLITE)?;
        let folder = self
            .file
            .as_deref()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        Some(folder.join(path))
    }

    /// The journal to read: the named one, else the newest of `./tqqq-runs`.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn journal_to_read(&self, named: Option<&Path>) -> Outcome<PathBuf> {
        let found = self
            .named_journal(named)
            .or_else(|| newest(Path::new(RUNS)));
        found.ok_or_else(|| {
            Fault::input(format!(
                "no journal: none is named, and ./{RUNS} holds none"
            ))
            .hint("`tqqq run` makes one; or name one with --journal")
        })
    }
}

/// The folder in which a file of this path lies.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The numbered journals of `./tqqq-runs`, newest first.
pub(crate) fn numbered() -> Vec<PathBuf> {
    let mut numbers = numbers(Path::new(RUNS));
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.into_iter().map(|(_, path)| path).collect()
}

/// A new numbered journal's path; its folder is made.
///
/// # Errors
/// When the folder cannot be made.
pub(crate) fn next_numbered() -> Outcome<PathBuf> {
    let folder = Path::new(RUNS);
    fs::create_dir_all(folder).map_err(|error| {
        Fault::input(format!("./{RUNS}: {error}"))
            .hint("run in a folder you may write to, or name --journal FILE")
    })?;
    let next = numbers(folder)
        .into_iter()
        .map(|(number, _)| number)
        .max()
        .unwrap_or(0)
        + 1;
    Ok(folder.join(format!("{next:04}{SUFFIX}")))
}

fn newest(folder: &Path) -> Option<PathBuf> {
    numbers(folder).into_iter().max().map(|(_, path)| path)
}

/// Files named by a number; what else lies there is not ours.
fn numbers(folder: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(files) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let number = |path: &Path| {
        path.file_name()?
            .to_str()?
            .strip_suffix(SUFFIX)?
            .parse::<u32>()
            .ok()
    };
    files
        .filter_map(|file| file.ok().map(|file| file.path()))
        .filter_map(|path| number(&path).map(|number| (number, path)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_journal_has_the_greatest_number_not_the_greatest_text() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "0009.journal",
            "0010.journal",
            "10.journal-wal",
            "notes.journal",
            "0002.journal",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(
            newest(folder.path()),
            Some(folder.path().join("0010.journal"))
        );
        assert_eq!(newest(&folder.path().join("absent")), None);
    }

    #[test]
    fn a_configured_journal_is_relative_to_its_configuration() {
        let settings = Settings::parse("journal = \"sqlite:live.journal\"").unwrap();
        let configuration =
            Configuration::new(settings, Some(PathBuf::from("etc/tqqq.toml"))).unwrap();
        assert_eq!(
            configuration.named_journal(None),
            Some(PathBuf::from("etc/live.journal"))
        );
        assert_eq!(
            configuration.named_journal(Some(Path::new("x"))),
            Some(PathBuf::from("x"))
        );
    }

    #[test]
    fn a_table_lies_in_no_folder() {
        let settings = Settings::parse("journal = \"dynamodb:tqqq-journal\"").unwrap();
        let file = Some(PathBuf::from("etc/tqqq.toml"));
        let configuration = Configuration::new(settings, file).unwrap();
        assert_eq!(
            configuration.named_journal(None),
            Some(PathBuf::from("dynamodb:tqqq-journal"))
        );
    }
}
