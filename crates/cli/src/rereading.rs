//! What records say was seen, against the raw answers they were made from.
//!
//! Every value is held against all answers of its kind that its record cites: a source asked twice
//! has two, and the record followed one of them. A value that no answer gives is a difference. What
//! cannot be compared is counted and never taken for equal: where no answer is kept any more (pruned),
//! and a source that was unusable, whose error left no answer.

use std::collections::BTreeMap;

use connectors::kept::Kept;
use cycle::port::{BarRequest, Body, Journal};
use market::calendar::CalendarError;
use market::check::check;
use market::{Calendar, Hour, Interval, RawBar, Slot, Split, hours, split};
use serde::Serialize;
use trading::observation::{Observation, PricePoint, Reading, SourceView};
use trading::record::{Entry, Hash, Record};
use trading::replay::{Difference, difference};
use trading::settings::Settings;
use trading::spread::{Look, Quoted};

use crate::fault::{Fault, Outcome};
use crate::ledger_file::unreadable;

/// What a second reading found.
#[derive(Debug, Default)]
pub(crate) struct Rereading {
    /// Values that an answer gives as recorded.
    pub(crate) values: u64,
    /// Values whose answers are not kept.
    pub(crate) unkept: u64,
    /// The first value that no answer gives.
    pub(crate) difference: Option<Difference>,
    configurations: BTreeMap<Hash, (Settings, Calendar)>,
    current: Option<Hash>,
}

impl Rereading {
    /// A configuration, by its text beside the chain.
    ///
    /// # Errors
    /// When it makes no calendar.
    pub(crate) fn learn(&mut self, hash: Hash, settings: &Settings) -> Outcome<()> {
        let calendar = settings.calendar()?;
        self.configurations
            .insert(hash, (settings.clone(), calendar));
        Ok(())
    }

    /// That nothing could be compared is not that nothing differs.
    ///
    /// # Errors
    /// When no answer is kept.
    pub(crate) fn check_compared(&self) -> Outcome<()> {
        if self.values > 0 || self.difference.is_some() {
            return Ok(());
        }
        Err(Fault::input("no raw answer is kept of these slots")
            .hint("they were pruned; `tqqq replay` alone needs none"))
    }

    /// Takes the next record; `is_wanted` tells whether it is to be compared.
    ///
    /// # Errors
    /// When an answer beside the chain cannot be read or is not what was kept.
    pub(crate) async fn take(
        &mut self,
        entry: &Entry,
        is_wanted: bool,
        journal: &dyn Journal,
    ) -> Outcome<()> {
        if let Record::SlotOpened(opened) = &entry.record {
            self.current = Some(opened.configuration);
        }
        let cited = entry.record.answers();
        if !is_wanted || self.difference.is_some() || cited.is_empty() {
            return Ok(());
        }
        let mut bodies = Vec::new();
        for reference in cited {
            let bytes = journal.body(reference.hash).await.map_err(unreadable)?;
            bodies.extend(bytes.map(|bytes| Body {
                reference: reference.clone(),
                bytes,
            }));
        }
        let mut comparison = Comparison {
            entry,
            is_whole: bodies.len() == cited.len(),
            found: self,
        };
        match &entry.record {
            Record::Observed(seen) => comparison.observation(seen, Kept(&bodies)),
            Record::Quoted(quoted) => {
                comparison.quote(quoted, Kept(&bodies));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// One record against its answers.
struct Comparison<'a> {
    entry: &'a Entry,
    /// Whether every answer it cites is kept.
    is_whole: bool,
    found: &'a mut Rereading,
}

impl Comparison<'_> {
    fn observation(&mut self, seen: &Observation, kept: Kept<'_>) -> Outcome<()> {
        let portfolio = &seen.portfolio;
        self.compare("account", &portfolio.account, kept.accounts());
        self.compare("holdings", &portfolio.positions, kept.holdings());
        self.compare("open orders", &portfolio.open_orders, kept.orders());
        self.compare("clock", &seen.clock, kept.clocks());
        let session = kept.sessions(seen.slot.date());
        self.compare("session", &seen.broker_session, session);
        let settings = kept.configurations();
        self.compare("account settings", &seen.configuration, settings);
        let asset = kept.assets(&seen.asset.symbol);
        self.compare("asset", &seen.asset, asset);
        if seen.flows_unread.is_none() {
            self.compare("movements", &seen.flows, kept.movements());
        }
        for (what, point) in [
            ("price", &seen.price),
            ("second price", &seen.second_price),
            ("trade price", &seen.trade_price),
        ] {
            self.price(what, point.as_ref(), kept);
        }
        for view in &seen.sources {
            self.source(view, seen, kept)?;
        }
        Ok(())
    }

    fn price(&mut self, what: &'static str, recorded: Option<&PricePoint>, kept: Kept<'_>) {
        if let Some(point) = recorded {
            let said = kept.prices(&point.source, &point.symbol);
            self.compare(what, &recorded, each(&said, Option::as_ref));
        }
    }

    fn quote(&mut self, quoted: &Quoted, kept: Kept<'_>) {
        if let Look::Quote(quote) = &quoted.look {
            let said = kept.quotes(&quoted.symbol);
            self.compare("quote", &Some(quote), each(&said, Option::as_ref));
        }
    }

    /// The hours built once more from what a source answered. On a day whose session was not held
    /// as scheduled the calendar alone does not tell which bars there should be.
    fn source(&mut self, view: &SourceView, seen: &Observation, kept: Kept<'_>) -> Outcome<()> {
        let Reading::Usable { closed, .. } = &view.reading else {
            return Ok(());
        };
        let current = self.found.current;
        let known = current.and_then(|hash| self.found.configurations.get(&hash));
        let as_scheduled = seen.broker_session == Some(seen.session);
        let Some((settings, calendar)) = known.filter(|_| as_scheduled) else {
            self.found.unkept += 1;
            return Ok(());
        };
        let Some(oldest) = closed.first() else {
            return Ok(());
        };
        let request = BarRequest {
            symbol: settings.strategy.signal_symbol().clone(),
            interval: Interval::ThirtyMinutes,
            from: oldest.start,
            until: view.asked_at,
            expected: closed.len(),
        };
        let mut said = Vec::new();
        for rows in kept.bars(&view.source, &request, calendar) {
            said.push(match rows {
                Ok(rows) => Ok(hours_of(rows, view, seen.slot, calendar)?),
                Err(error) => Err(error),
            });
        }
        self.compare("bars", closed, said);
        Ok(())
    }

    /// Keeps the first value that no answer gives.
    fn compare<T: Serialize + PartialEq, E: std::fmt::Display>(
        &mut self,
        what: &'static str,
        recorded: &T,
        said: Vec<Result<T, E>>,
    ) {
        let gives = |answer: &Result<T, E>| answer.as_ref().is_ok_and(|value| value == recorded);
        if said.iter().any(gives) {
            self.found.values += 1;
            return;
        }
        let last = match said.into_iter().next_back() {
            Some(last) if self.is_whole => last,
            _ => {
                self.found.unkept += 1;
                return;
            }
        };
        let parted = match last {
            Ok(value) => difference(recorded, &value),
            Err(error) => Some(("what an answer said".to_owned(), error.to_string())),
        };
        if let (Some((recorded, computed)), None) = (parted, &self.found.difference) {
            self.found.difference = Some(Difference {
                seq: self.entry.seq,
                slot: self.entry.slot,
                what,
                recorded,
                computed,
            });
        }
    }
}

/// The same answers, each seen through `part`.
fn each<'a, T, P, E>(said: &'a [Result<T, E>], part: impl Fn(&'a T) -> P) -> Vec<Result<P, &'a E>> {
    said.iter()
        .map(|answer| answer.as_ref().map(&part))
        .collect()
}

/// The closed hours that these rows make, with the splits taken out that were taken out then.
fn hours_of(
    rows: Vec<RawBar>,
    view: &SourceView,
    slot: Slot,
    calendar: &Calendar,
) -> Result<Vec<Hour>, CalendarError> {
    let mut bars = check(rows, Interval::ThirtyMinutes, calendar, view.asked_at).bars;
    let found = split::apply(&mut bars, &view.splits_applied, calendar);
    let is_found = |split: &Split| found.iter().any(|applied| applied.split == *split);
    // One of today shows between the last bar and the price, and is in no bar yet.
    for split in view.splits_applied.iter().filter(|split| !is_found(split)) {
        for bar in &mut bars {
            *bar = split.ratio.adjust_bar(bar);
        }
    }
    Ok(hours::build(&bars, Interval::ThirtyMinutes, calendar, slot.at())?.closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_compare_is_not_nothing_that_differs() {
        let found = |values| Rereading {
            values,
            unkept: 12,
            ..Rereading::default()
        };
        assert!(found(1).check_compared().is_ok());
        let fault = found(0).check_compared().unwrap_err();
        insta::assert_snapshot!(fault, @"
        error: no raw answer is kept of these slots
        hint: they were pruned; `tqqq replay` alone needs none
        ");
        assert_eq!(fault.exit().code(), 2);
    }
}
