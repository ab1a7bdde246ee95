//! The bars a local exchange plays: from a file, or made up from a seed and called so.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use market::bar::{Bar, Interval};
use market::calendar::Session;
use market::file::{self, BarFile, Options};
use market::time::new_york_text;
use market::{Calendar, Date, Slot};
use venue::synthetic::{INTERVAL, synthetic_bars};

use crate::arguments::CleaningArguments;
use crate::bar_file;
use crate::fault::{Fault, Outcome};
use crate::output::run::BarsKind;

/// The seed when none is given: the same bars for everybody.
pub(crate) const SEED_DEFAULT: u64 = 1;
/// First session of synthetic bars.
const SYNTHETIC_FIRST: Date = Date::constant(2024, 1, 2);
/// Sessions before trading: 33 × 7 hours reach the 230 that a slot looks at.
const SYNTHETIC_HISTORY_SESSIONS: usize = 33;
/// Sessions traded: a quarter of a year.
const SYNTHETIC_SESSIONS: usize = 63;

/// Bars, and which of them are traded.
#[derive(Debug, Clone)]
pub(crate) struct Bars {
    /// Their span.
    pub(crate) interval: Interval,
    /// Oldest first.
    pub(crate) bars: Vec<Bar>,
    /// Where they came from.
    pub(crate) kind: BarsKind,
    /// The same for people and for the journal's first record.
    pub(crate) text: String,
    /// The seed, of synthetic ones.
    pub(crate) seed: Option<u64>,
    /// Slots to trade, oldest first; at least one.
    pub(crate) slots: Vec<Slot>,
}

/// New York dates, both included, that narrow what is traded.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// The first.
    pub(crate) from: Option<Date>,
    /// The last.
    pub(crate) to: Option<Date>,
}

/// Where bars are to come from.
#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    /// A file, taken so.
    File(&'a Path, Options),
    /// Made up from this seed.
    Synthetic(u64),
    /// Made up from this seed, traded from the first session on or after this date.
    SyntheticFrom(u64, Date),
}

impl<'a> Source<'a> {
    /// The file named, else synthetic bars from the seed.
    ///
    /// # Errors
    /// Switches for a file without one.
    pub(crate) fn new(
        file: Option<&'a Path>,
        seed: Option<u64>,
        cleaning: &CleaningArguments,
    ) -> Outcome<Self> {
        let options = cleaning.options();
        match file {
            Some(path) => Ok(Self::File(path, options)),
            None if options == Options::default() => {
                Ok(Self::Synthetic(seed.unwrap_or(SEED_DEFAULT)))
            }
            None => Err(Fault::input(
                "--session-only and --split say how a file is taken, and none is named",
            )
            .hint("name it with --bars FILE, or leave them out")),
        }
    }
}

impl Bars {
    /// The bars of `source`, traded in `span`.
    ///
    /// # Errors
    /// [`Fault`] naming file, row and value, or dates without a slot.
    pub(crate) fn load(source: &Source<'_>, span: Span, calendar: &Calendar) -> Outcome<Self> {
        match source {
            Source::File(path, options) => Self::from_file(path, options, span, calendar),
            Source::Synthetic(seed) => Self::synthetic(*seed, SYNTHETIC_FIRST, span, calendar),
            Source::SyntheticFrom(seed, traded) => {
                let first = history_before(*traded, calendar)?;
                let bars = Self::synthetic(*seed, first, span, calendar)?;
                let text = format!("{} around {traded}", bars.text);
                Ok(Self { text, ..bars })
            }
        }
    }

    fn from_file(path: &Path, options: &Options, span: Span, calendar: &Calendar) -> Outcome<Self> {
        let name = path.display().to_string();
        let read = bar_file::read(path, options, calendar)?;
        check(&name, &read)?;
        let sessions = sessions_of(&read.bars, 0, calendar)?;
        let slots = slots_of(&sessions, &read.bars, span, &name)?;
        let count = read.bars.len();
        let mut text = format!("real bars from {name} ({count} of {})", read.interval);
        for note in read.notes() {
            text.push_str("; ");
            text.push_str(&note);
        }
        Ok(Self {
            interval: read.interval,
            bars: read.bars,
            kind: BarsKind::File,
            text,
            seed: None,
            slots,
        })
    }

    fn synthetic(seed: u64, first: Date, span: Span, calendar: &Calendar) -> Outcome<Self> {
        let sessions = SYNTHETIC_HISTORY_SESSIONS + SYNTHETIC_SESSIONS;
        let bars = synthetic_bars(seed, first, sessions, calendar)?;
        let traded = sessions_of(&bars, SYNTHETIC_HISTORY_SESSIONS, calendar)?;
        let text = format!("SYNTHETIC bars from seed {seed}");
        let slots = slots_of(&traded, &bars, span, &text)?;
        Ok(Self {
            interval: INTERVAL,
            bars,
            kind: BarsKind::Synthetic,
            text,
            seed: Some(seed),
            slots,
        })
    }

    /// The first slot traded.
    pub(crate) fn first_slot(&self) -> Slot {
        *self
            .slots
            .first()
            .expect("bars without a slot to trade are refused")
    }

    /// The last slot traded.
    pub(crate) fn last_slot(&self) -> Slot {
        *self
            .slots
            .last()
            .expect("bars without a slot to trade are refused")
    }

    /// Writes them as CSV, in the form `--bars` reads.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn export(&self, path: &Path) -> Outcome<()> {
        let failed = |error: std::io::Error| {
            Fault::input(format!("{}: {error}", path.display())).hint("name a file you may write")
        };
        let mut out = std::io::BufWriter::new(File::create(path).map_err(failed)?);
        file::write(&mut out, &self.bars)
            .and_then(|()| out.flush())
            .map_err(failed)
    }
}

/// Refuses what an exchange cannot play: coarse bars, and files with rows left out.
fn check(name: &str, read: &BarFile) -> Outcome<()> {
    if read.interval > Interval::ThirtyMinutes {
        return Err(Fault::input(format!(
            "{name}: bars of {} are too coarse to trade on",
            read.interval
        ))
        .hint("slots are 30 minutes apart; give bars of 1m, 5m, 15m or 30m"));
    }
    if let Some(first) = read.defects.first() {
        let count = read.defects.len();
        return Err(Fault::input(format!("{name}: {first} ({count} such rows)"))
            .hint("nothing is guessed: repair or fetch these rows again; nothing was started"));
    }
    if let Some(first) = read.gaps.first() {
        let count = read.gaps.len();
        return Err(Fault::input(format!(
            "{name}: no bar at {} ({count} missing)",
            new_york_text(first.start)
        ))
        .hint("nothing is interpolated: fetch the missing bars, or cut the file before them"));
    }
    Ok(())
}

/// Where synthetic bars begin so that the first session on or after `traded` has its history.
fn history_before(traded: Date, calendar: &Calendar) -> Outcome<Date> {
    let mut first = match calendar.session(traded)? {
        Some(session) => session,
        None => calendar.next_session(traded)?,
    };
    for _ in 0..SYNTHETIC_HISTORY_SESSIONS {
        first = calendar.previous_session(first.date)?;
    }
    Ok(first.date)
}

/// The sessions that the bars cover, but for the first `skip`.
fn sessions_of(bars: &[Bar], skip: usize, calendar: &Calendar) -> Outcome<Vec<Session>> {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return Ok(Vec::new());
    };
    let [from, to] = [first, last].map(|bar| market::time::new_york_date(bar.start));
    let sessions = calendar.sessions(from, to)?;
    Ok(sessions.into_iter().skip(skip).collect())
}

/// The slots of `sessions` inside `span` for which there are bars.
fn slots_of(sessions: &[Session], bars: &[Bar], span: Span, name: &str) -> Outcome<Vec<Slot>> {
    let wanted = |session: &&Session| {
        span.from.is_none_or(|from| session.date >= from)
            && span.to.is_none_or(|to| session.date <= to)
    };
    let ends = bars
        .first()
        .zip(bars.last())
        .map(|(first, last)| (first.start, last.start));
    let covered =
        |slot: &Slot| ends.is_some_and(|(first, last)| (first..=last).contains(&slot.at()));
    let slots: Vec<Slot> = sessions
        .iter()
        .filter(wanted)
        .flat_map(Session::slots)
        .filter(covered)
        .collect();
    if !slots.is_empty() {
        return Ok(slots);
    }
    let text = |date: Option<Date>, open: &str| {
        date.map_or_else(|| open.to_owned(), |date| date.to_string())
    };
    let (from, to) = (text(span.from, "the beginning"), text(span.to, "the end"));
    let fault = Fault::input(format!("{name}: no slot from {from} to {to}"));
    Err(match (sessions.first(), sessions.last()) {
        (Some(first), Some(last)) => {
            fault.hint(format!("slots lie from {} to {}", first.date, last.date))
        }
        _ => fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synthetic_bars_bring_history_and_a_quarter_of_slots() {
        let bars = Bars::load(
            &Source::Synthetic(SEED_DEFAULT),
            Span::default(),
            &Calendar::nyse(),
        )
        .unwrap();
        assert_eq!(
            bars.bars.len(),
            (SYNTHETIC_HISTORY_SESSIONS + SYNTHETIC_SESSIONS) * 13
        );
        assert_eq!(bars.slots.len(), SYNTHETIC_SESSIONS * 13);
        assert!(bars.text.contains("SYNTHETIC"), "{}", bars.text);
    }

    #[test]
    fn synthetic_bars_can_be_made_around_any_date() {
        let saturday = Date::constant(2026, 11, 21);
        let bars = Bars::load(
            &Source::SyntheticFrom(1, saturday),
            Span::default(),
            &Calendar::nyse(),
        )
        .unwrap();
        assert_eq!(bars.first_slot().to_string(), "2026-11-23T09:30-05:00");
        assert_eq!(bars.text, "SYNTHETIC bars from seed 1 around 2026-11-21");
        let history = bars
            .bars
            .iter()
            .filter(|bar| bar.start < bars.first_slot().at());
        assert_eq!(history.count(), SYNTHETIC_HISTORY_SESSIONS * 13);
    }

    #[test]
    fn exported_bars_read_back_as_themselves() {
        let calendar = Calendar::nyse();
        let bars = Bars::load(&Source::Synthetic(7), Span::default(), &calendar).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.csv");
        bars.export(&path).unwrap();
        let source = Source::File(&path, Options::default());
        let read = Bars::load(&source, Span::default(), &calendar).unwrap();
        assert_eq!(read.bars, bars.bars);
        assert_eq!(read.kind, BarsKind::File);
    }

    #[test]
    fn dates_without_a_slot_are_refused_with_those_that_have_some() {
        let span = Span {
            from: Some(Date::constant(2030, 1, 2)),
            to: None,
        };
        let fault = Bars::load(&Source::Synthetic(1), span, &Calendar::nyse()).unwrap_err();
        insta::assert_snapshot!(fault, @r"
        error: SYNTHETIC bars from seed 1: no slot from 2030-01-02 to the end
        hint: slots lie from 2024-02-20 to 2024-05-17
        ");
    }
}
