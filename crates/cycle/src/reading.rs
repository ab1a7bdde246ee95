//! One source's bars, checked and built into hours: usable, or why not.

use market::bar::{Bar, RawBar};
use market::check::{Checked, check};
use market::hours::{self, Gap, Hours};
use market::untraded::{Witness, untraded};
use market::{Instant, Symbol, time};
use trading::holes::{GONE_ON_BARS, HOLES_MAX};
use trading::observation::{Reading, SourceView};

use crate::error::{CycleError, Step};
use crate::observing::{Bodies, LIVE_INTERVAL};
use crate::port::{BarRequest, BarSource, ReadError, Reply, clock};
use crate::slot_try::SlotTry;

/// Between two questions to a source whose bars are not usable yet.
const BARS_POLL: market::Duration = time::seconds(10);

/// What a source gave, with what only this try needs of it.
pub(crate) struct SourceReading {
    pub(crate) view: SourceView,
    pub(crate) bars: Vec<Bar>,
    /// Bars it lacks because nobody traded.
    pub(crate) untraded: Vec<Instant>,
    /// Bars it lacks that another source shows.
    lost: Vec<Instant>,
    /// What the vendor answered instead of rows.
    pub(crate) error: Option<ReadError>,
    /// Why asking once more may help.
    transient: Option<String>,
}

impl SourceReading {
    fn witness(&self) -> Witness<'_> {
        Witness {
            bars: &self.bars,
            rejected: &self.view.rejected,
        }
    }

    pub(crate) fn is_usable(&self) -> bool {
        matches!(self.view.reading, Reading::Usable { .. })
    }
}

impl SlotTry<'_> {
    /// Asks all sources at the same time, again while none is usable and one may become so.
    ///
    /// # Errors
    /// Transient when at the end none is usable and one may yet become so.
    pub(crate) async fn source_readings(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Result<Vec<SourceReading>, CycleError> {
        loop {
            let readings = self.ask_sources(symbol, bodies).await?;
            let hopeful = readings
                .iter()
                .find_map(|reading| reading.transient.clone());
            let usable = readings.iter().any(SourceReading::is_usable);
            // An exit decided before waits for no bars.
            if usable || hopeful.is_none() || self.exit_is_open() {
                return Ok(readings);
            }
            if self.clock().now() + BARS_POLL > self.deadlines.observe {
                let why = hopeful.unwrap_or_default();
                return Err(CycleError::Transient {
                    step: Step::Observe,
                    why,
                });
            }
            clock::sleep(self.clock(), BARS_POLL).await;
        }
    }

    /// Asks all sources once, at the same time.
    pub(crate) async fn ask_sources(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Result<Vec<SourceReading>, CycleError> {
        let asked_at = self.clock().now();
        let request = self.bar_request(symbol, asked_at)?;
        let sources = &self.ports.bar_sources;
        let asked = sources
            .iter()
            .map(|source| self.ask_bars(source.as_ref(), &request));
        let replies = futures_util::future::join_all(asked).await;
        let mut readings: Vec<SourceReading> = sources
            .iter()
            .zip(replies)
            .map(|(source, reply)| self.digest(source.as_ref(), asked_at, reply, bodies))
            .collect();
        self.compare(&mut readings);
        Ok(readings)
    }

    /// Takes holes that two sources share for what they are, half hours without a trade, and those
    /// that one of them fills for what they are too.
    fn compare(&self, readings: &mut [SourceReading]) {
        let witnesses: Vec<Witness<'_>> = readings.iter().map(SourceReading::witness).collect();
        let found = untraded(&witnesses, LIVE_INTERVAL, &self.held, self.slot.at());
        let lost = readings.iter().map(|it| self.lost(&it.bars, &witnesses));
        let lost: Vec<Vec<Instant>> = lost.collect();
        for (reading, lost) in readings.iter_mut().zip(lost) {
            reading.lost = lost;
        }
        // Bars outside the calendar make no hours, and that is said where they are built.
        for found in found.unwrap_or_default() {
            for at in found.lacking {
                readings[at].untraded.push(found.start);
            }
        }
        let is_told = |it: &&mut SourceReading| !(it.untraded.is_empty() && it.lost.is_empty());
        for reading in readings.iter_mut().filter(is_told) {
            self.judge_bars(reading);
        }
    }

    /// Bars that a source with these lacks, though some source has a row of them: another, or it
    /// itself one that is no bar.
    fn lost(&self, bars: &[Bar], witnesses: &[Witness<'_>]) -> Vec<Instant> {
        let Some(first) = bars.first() else {
            return Vec::new();
        };
        let expected = self
            .held
            .bar_starts(LIVE_INTERVAL, first.start, self.slot.at());
        let has = |start| bars.binary_search_by_key(&start, |bar| bar.start).is_ok();
        let is_lost =
            |start: &Instant| !has(*start) && witnesses.iter().any(|witness| witness.shows(*start));
        expected
            .unwrap_or_default()
            .into_iter()
            .filter(is_lost)
            .collect()
    }

    /// Whether a source's bars may be used, as they are now.
    pub(crate) fn judge_bars(&self, reading: &mut SourceReading) {
        let judged = self.hours(reading);
        let name = &reading.view.source;
        reading.transient = judged.as_ref().err().map(|why| format!("{name}: {why}"));
        reading.view.reading = judged.unwrap_or_else(|why| Reading::Unusable { why });
    }

    async fn ask_bars(
        &self,
        source: &dyn BarSource,
        request: &BarRequest,
    ) -> Result<Reply<Vec<RawBar>>, ReadError> {
        self.read(source.bars(request)).await
    }

    /// From the session in which the window's oldest hour lies, up to now.
    pub(crate) fn bar_request(
        &self,
        symbol: &Symbol,
        now: Instant,
    ) -> Result<BarRequest, CycleError> {
        let permanent = |why: String| CycleError::Permanent {
            step: Step::Observe,
            why,
        };
        let window = self.settings.strategy.params()?.window_hours() as usize;
        let hours = self
            .held
            .closed_hours(self.slot.at(), window)
            .map_err(|error| permanent(error.to_string()))?;
        let from = hours.first().map_or(self.session.open, |hour| hour.start);
        let starts = self
            .held
            .bar_starts(LIVE_INTERVAL, from, now)
            .map_err(|error| permanent(error.to_string()))?;
        Ok(BarRequest {
            symbol: symbol.clone(),
            interval: LIVE_INTERVAL,
            from,
            until: now,
            expected: starts.len(),
        })
    }

    fn digest(
        &self,
        source: &dyn BarSource,
        asked_at: Instant,
        reply: Result<Reply<Vec<RawBar>>, ReadError>,
        bodies: &mut Bodies,
    ) -> SourceReading {
        let view = |reading, rejected, duplicates| SourceView {
            source: source.name(),
            only_confirms: !source.may_lead(),
            splits_applied: Vec::new(),
            asked_at,
            reading,
            rejected,
            duplicates,
        };
        let rows = match reply {
            Ok(reply) => bodies.keep(reply),
            Err(error) => {
                let transient =
                    (!error.is_permanent()).then(|| format!("{}: {error}", source.name()));
                let reading = Reading::Unusable {
                    why: error.to_string(),
                };
                return SourceReading {
                    view: view(reading, Vec::new(), 0),
                    bars: Vec::new(),
                    untraded: Vec::new(),
                    lost: Vec::new(),
                    error: Some(error),
                    transient,
                };
            }
        };
        let Checked {
            bars,
            rejected,
            duplicates,
            ..
        } = self.checked(rows, asked_at);
        let unjudged = Reading::Unusable { why: String::new() };
        let mut reading = SourceReading {
            view: view(unjudged, rejected, duplicates),
            bars,
            untraded: Vec::new(),
            lost: Vec::new(),
            error: None,
            transient: None,
        };
        self.judge_bars(&mut reading);
        reading
    }

    /// What of a source's rows are bars.
    pub(crate) fn checked(&self, rows: Vec<RawBar>, asked_at: Instant) -> Checked {
        check(rows, LIVE_INTERVAL, &self.held, asked_at)
    }

    /// The window's closed hours and the one under way, or why these bars are not to be used now.
    fn hours(&self, reading: &SourceReading) -> Result<Reading, String> {
        if reading.bars.is_empty() {
            return Err("no bars".to_owned());
        }
        let built = hours::build(&reading.bars, LIVE_INTERVAL, &self.held, self.slot.at());
        let Hours {
            mut closed,
            forming,
            gaps,
        } = built.map_err(|error| error.to_string())?;
        market::sabotage!(FormingBarCounts, {
            closed.extend(forming);
        });
        let params = self.settings.strategy.params();
        let window = params.map_err(|error| error.to_string())?.window_hours() as usize;
        closed.drain(..closed.len().saturating_sub(window));
        let oldest = closed.first().map_or(self.session.open, |hour| hour.start);
        let is_hole = |gap: &Gap| gap.start >= oldest && !reading.untraded.contains(&gap.start);
        let gaps: Vec<Gap> = gaps.into_iter().filter(is_hole).collect();
        self.check_gaps(&gaps, reading)?;
        Ok(Reading::Usable {
            closed,
            forming,
            gaps,
        })
    }

    /// Whether a source with these gaps may be followed at all; entries ask for more
    /// ([`trading::holes`]).
    fn check_gaps(&self, gaps: &[Gap], reading: &SourceReading) -> Result<(), String> {
        let is_lost = |gap: &&Gap| reading.lost.contains(&gap.start);
        let newest_session = self.newest_session_start();
        let may_come = |gap: &&Gap| {
            let is_new = gap.start >= newest_session;
            is_new && (is_lost(gap) || !self.has_gone_on(&reading.bars, **gap))
        };
        if let Some(gap) = gaps.iter().find(may_come) {
            return Err(format!(
                "the newest session lacks its bar of {}",
                time::new_york_text(gap.start)
            ));
        }
        let allowed = self.settings.data.max_gaps as usize;
        let most = if gaps.iter().any(|gap| is_lost(&gap)) {
            allowed
        } else {
            allowed.max(HOLES_MAX)
        };
        match gaps.first() {
            Some(gap) if gaps.len() > most => Err(format!(
                "{} bars are missing, at most {most} may be, the first of {}",
                gaps.len(),
                time::new_york_text(gap.start)
            )),
            _ => Ok(()),
        }
    }

    /// Whether a source has gone on behind this gap: into a later session, or by the newest bars
    /// that have ended.
    fn has_gone_on(&self, bars: &[Bar], gap: Gap) -> bool {
        let slot = self.slot.at();
        if time::new_york_date(gap.start) < self.slot.date() {
            return bars.last().is_some_and(|bar| bar.start > gap.start);
        }
        let behind = self.held.bar_starts(LIVE_INTERVAL, gap.start, slot);
        let mut behind = behind.unwrap_or_default();
        behind.retain(|start| *start > gap.start && *start + LIVE_INTERVAL.duration() <= slot);
        let has = |start: &Instant| bars.binary_search_by_key(start, |bar| bar.start).is_ok();
        let newest = behind.iter().rev().take(GONE_ON_BARS);
        behind.len() >= GONE_ON_BARS && newest.into_iter().all(has)
    }

    /// The opening of the newest session that has a bar whose end has passed: at the opening slot
    /// that is the session before.
    fn newest_session_start(&self) -> Instant {
        if self.slot.at() > self.session.open {
            return self.session.open;
        }
        self.held
            .previous_session(self.session.date)
            .map_or(self.session.open, |previous| previous.open)
    }
}
