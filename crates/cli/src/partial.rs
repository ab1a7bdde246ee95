//! A download under way: the windows so far, in a file beside the one to be made.
//!
//! JSON lines: the first says of what, each further one is a window, on disk before the next is
//! asked for. A line without its end was cut by a kill and counts for nothing. The file is locked
//! while a download is at work on it and goes when the download is whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use connectors::history::Window;
use market::check::Rejected;
use market::{Bar, Date, Instant, Interval, Price, Symbol};
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Outcome};

const SCHEMA: &str = "tqqq.partial/1";
const SUFFIX: &str = ".partial";

/// What a download is of; the last date may differ when it is taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Of {
    schema: String,
    source: String,
    feed: Option<String>,
    symbol: Symbol,
    interval: Interval,
    from: Date,
}

impl Of {
    /// Of this vendor, feed, symbol and interval, from this date on.
    pub(crate) fn new(
        source: &str,
        feed: Option<String>,
        symbol: Symbol,
        interval: Interval,
        from: Date,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            source: source.to_owned(),
            feed,
            symbol,
            interval,
            from,
        }
    }

    fn text(&self) -> String {
        let feed = self.feed.as_ref().map(|feed| format!(" ({feed})"));
        format!(
            "{} of {} from {}{}, {} on",
            self.interval,
            self.symbol,
            self.source,
            feed.unwrap_or_default(),
            self.from
        )
    }
}

/// The file, open and locked.
#[derive(Debug)]
pub(crate) struct Partial {
    path: PathBuf,
    file: File,
    /// Bars in it.
    bars: usize,
}

/// A window as it is kept.
#[derive(Serialize, Deserialize)]
struct Line {
    first: Date,
    last: Date,
    bars: Vec<Row>,
    rejected: Vec<Rejected>,
    duplicates: usize,
    compared: usize,
}

#[derive(Serialize, Deserialize)]
struct Row(Instant, Price, Price, Price, Price, Option<u64>);

impl Partial {
    /// The file beside `output`, with the windows kept in it; begun when there is none, and anew
    /// with `restart`.
    ///
    /// # Errors
    /// When another download is at work on it, it is of something else or damaged, or it cannot
    /// be written.
    pub(crate) fn open(output: &Path, of: &Of, restart: bool) -> Outcome<(Self, Vec<Window>)> {
        let mut name = output.as_os_str().to_owned();
        name.push(SUFFIX);
        let path = PathBuf::from(name);
        let file = locked(&path)?;
        let mut partial = Self {
            path,
            file,
            bars: 0,
        };
        if restart {
            partial.cut(0)?;
        }
        let windows = partial.read(of)?;
        partial.bars = windows.iter().map(|window| window.bars.len()).sum();
        Ok((partial, windows))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a window; once this returns it survives a kill.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn keep(&mut self, window: &Window) -> Outcome<()> {
        self.write(&Line::of(window))?;
        self.bars += window.bars.len();
        Ok(())
    }

    /// Where no bar was kept, nothing is left behind.
    ///
    /// # Errors
    /// As [`Partial::remove`].
    pub(crate) fn remove_if_empty(self) -> Outcome<()> {
        if self.bars == 0 {
            return self.remove();
        }
        Ok(())
    }

    /// The download is whole: the file goes.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn remove(self) -> Outcome<()> {
        fs::remove_file(&self.path).map_err(|error| unwritable(&self.path, &error))
    }

    fn read(&mut self, of: &Of) -> Outcome<Vec<Window>> {
        let mut text = String::new();
        self.file
            .read_to_string(&mut text)
            .map_err(|error| self.damaged(&error))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.cut(whole as u64)?;
        let mut lines = text[..whole].lines();
        let Some(first) = lines.next() else {
            self.write(of)?;
            return Ok(Vec::new());
        };
        let begun: Of = serde_json::from_str(first).map_err(|error| self.damaged(&error))?;
        if begun != *of {
            let path = self.path.display();
            return Err(Fault::input(format!(
                "{path}: this is the beginning of {}; asked for now: {}",
                begun.text(),
                of.text()
            ))
            .hint(
                "finish that one first, name another file with -o, or begin anew with --restart",
            ));
        }
        lines
            .map(|line| {
                let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
                line.window()
            })
            .collect::<Result<_, String>>()
            .map_err(|error| self.damaged(&error))
    }

    fn write(&mut self, line: &impl Serialize) -> Outcome<()> {
        let mut text = serde_json::to_string(line).expect("a window holds only texts and numbers");
        text.push('\n');
        let written = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| unwritable(&self.path, &error))
    }

    /// Cuts the file behind so many bytes and stands there.
    fn cut(&mut self, bytes: u64) -> Outcome<()> {
        let done = self
            .file
            .set_len(bytes)
            .and_then(|()| self.file.seek(SeekFrom::Start(bytes)));
        done.map(drop)
            .map_err(|error| unwritable(&self.path, &error))
    }

    fn damaged(&self, why: &dyn std::fmt::Display) -> Fault {
        Fault::input(format!(
            "{}: this is not the beginning of a download as it was left: {why}",
            self.path.display()
        ))
        .hint("begin anew with --restart")
    }
}

fn locked(path: &Path) -> Outcome<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| unwritable(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Fault::input(format!(
            "{}: another download is at work on it",
            path.display()
        ))
        .hint("wait for its end, or name another file with -o")),
        Err(TryLockError::Error(error)) => Err(unwritable(path, &error)),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::failed(format!("{}: {error}", path.display()))
        .hint("name a file with -o in a folder you may write to, on a disk with room")
}

impl Line {
    fn of(window: &Window) -> Self {
        let row = |bar: &Bar| {
            Row(
                bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume,
            )
        };
        Self {
            first: window.first,
            last: window.last,
            bars: window.bars.iter().map(row).collect(),
            rejected: window.rejected.clone(),
            duplicates: window.duplicates,
            compared: window.compared,
        }
    }

    fn window(self) -> Result<Window, String> {
        let bar = |Row(start, open, high, low, close, volume)| {
            Bar::new(start, open, high, low, close, volume).map_err(|defect| defect.to_string())
        };
        Ok(Window {
            first: self.first,
            last: self.last,
            bars: self.bars.into_iter().map(bar).collect::<Result<_, _>>()?,
            rejected: self.rejected,
            duplicates: self.duplicates,
            compared: self.compared,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(symbol: &str) -> Of {
        let date = Date::constant(2025, 5, 12);
        Of::new(
            "twelve-data",
            None,
            Symbol::new(symbol).unwrap(),
            Interval::ThirtyMinutes,
            date,
        )
    }

    fn window(day: i8) -> Window {
        let date = Date::constant(2025, 5, day);
        let start = format!("2025-05-{day}T13:30:00Z").parse().unwrap();
        let price = |text: &str| text.parse().unwrap();
        let bar = Bar::new(
            start,
            price("10"),
            price("12"),
            price("9.5"),
            price("11"),
            Some(7),
        );
        Window {
            first: date,
            last: date,
            bars: vec![bar.unwrap()],
            rejected: vec![Rejected {
                start,
                reason: market::check::Reject::Inconsistent,
            }],
            duplicates: 1,
            compared: 2,
        }
    }

    #[test]
    fn windows_survive_and_a_line_cut_anywhere_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.csv");
        let (mut partial, begun) = Partial::open(&output, &of("TQQQ"), false).unwrap();
        assert_eq!(begun, []);
        partial.keep(&window(12)).unwrap();
        partial.keep(&window(13)).unwrap();
        let path = partial.path().to_owned();
        drop(partial);
        let whole = fs::read(&path).unwrap();
        let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
        for cut in (0..=whole.len()).step_by(7).chain([whole.len()]) {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut partial, kept) = Partial::open(&output, &of("TQQQ"), false).unwrap();
            let expected = ends
                .iter()
                .filter(|end| **end < cut)
                .count()
                .saturating_sub(1);
            assert_eq!(kept, [window(12), window(13)][..expected], "cut at {cut}");
            partial.keep(&window(14)).unwrap();
            drop(partial);
            let (_, kept) = Partial::open(&output, &of("TQQQ"), false).unwrap();
            assert_eq!(kept.last(), Some(&window(14)), "cut at {cut}");
        }
    }

    #[test]
    fn what_is_of_something_else_or_damaged_is_refused_until_it_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.csv");
        let (partial, _) = Partial::open(&output, &of("TQQQ"), false).unwrap();
        let busy = Partial::open(&output, &of("TQQQ"), false).unwrap_err();
        assert!(
            busy.to_string().contains("another download is at work"),
            "{busy}"
        );
        drop(partial);
        let shown = |fault: Fault| {
            fault
                .to_string()
                .replace(&folder.path().display().to_string(), "FOLDER")
        };
        let other = Partial::open(&output, &of("QQQ"), false).unwrap_err();
        insta::assert_snapshot!(shown(other), @"
        error: FOLDER/a.csv.partial: this is the beginning of 30m of TQQQ from twelve-data, 2025-05-12 on; asked for now: 30m of QQQ from twelve-data, 2025-05-12 on
        hint: finish that one first, name another file with -o, or begin anew with --restart
        ");
        let path = folder.path().join("a.csv.partial");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}{{}}\n")).unwrap();
        let damaged = Partial::open(&output, &of("TQQQ"), false).unwrap_err();
        insta::assert_snapshot!(shown(damaged), @"
        error: FOLDER/a.csv.partial: this is not the beginning of a download as it was left: missing field `first` at line 1 column 2
        hint: begin anew with --restart
        ");
        let (partial, kept) = Partial::open(&output, &of("QQQ"), true).unwrap();
        assert_eq!(kept, []);
        partial.remove().unwrap();
        assert!(!path.exists());
    }
}
