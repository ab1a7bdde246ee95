//! `tqqq simulate`: what was run, what struck, and what did not hold.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Serialize;
use simulation::fate::{FAULTS, Known};
use simulation::spent::{Part, Spent};
use simulation::{Report, Story, Totals};

use super::text::count;
use super::{Paint, Sheet, Terminal, View};
use crate::arguments::{SimulateArguments, Told};

/// Lines of a failing trace that are shown; `--trace` shows all.
const TRACE_LINES: usize = 60;

/// What many seeds came to.
#[derive(Debug, Serialize)]
pub(crate) struct SimulateView {
    schema: &'static str,
    first_seed: u64,
    last_seed: u64,
    seeds: u64,
    slots: u64,
    orders: u64,
    failing: u64,
    endings: BTreeMap<&'static str, u64>,
    faults: Vec<FaultView>,
    readings: BTreeMap<&'static str, u64>,
    threads: usize,
    wall_s: f64,
    slots_per_s: f64,
    orders_per_s: f64,
    time: BTreeMap<&'static str, f64>,
    peak_memory_bytes: Option<u64>,
}

/// One fault, as often as it could and did strike.
#[derive(Debug, Serialize)]
struct FaultView {
    name: &'static str,
    chances: u64,
    strikes: u64,
}

impl SimulateView {
    pub(crate) fn new(
        totals: &Totals,
        seeds: RangeInclusive<u64>,
        threads: usize,
        wall: Duration,
        peak_memory_bytes: Option<u64>,
    ) -> Self {
        let faults = FAULTS.iter().zip(&totals.counts);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a rate to read, of a count far below 2^53"
        )]
        let rate = |count: u64| count as f64 / wall.as_secs_f64().max(f64::MIN_POSITIVE);
        Self {
            schema: "tqqq.simulate/1",
            first_seed: *seeds.start(),
            last_seed: *seeds.end(),
            seeds: totals.seeds,
            slots: totals.slots,
            orders: totals.orders,
            failing: totals.failing,
            endings: totals.endings.clone(),
            faults: faults
                .map(|(known, count)| FaultView {
                    name: known.name,
                    chances: count.chances,
                    strikes: count.strikes,
                })
                .collect(),
            readings: totals.readings.clone(),
            threads,
            wall_s: wall.as_secs_f64(),
            slots_per_s: rate(totals.slots),
            orders_per_s: rate(totals.orders),
            time: shares(&totals.spent),
            peak_memory_bytes,
        }
    }
}

/// Each part's share of the time that was taken.
fn shares(spent: &Spent) -> BTreeMap<&'static str, f64> {
    let all: f64 = spent.parts.iter().map(market::Duration::as_secs_f64).sum();
    let parts = Part::ALL.iter().zip(&spent.parts);
    let share = |part: &market::Duration| part.as_secs_f64() / all.max(f64::MIN_POSITIVE);
    parts
        .map(|(part, span)| (part.name(), share(span)))
        .collect()
}

impl View for SimulateView {
    fn text(&self, terminal: Terminal) -> String {
        let mut sheet = Sheet::new(&["fault", ">struck", ">chances"]);
        for fault in &self.faults {
            sheet.row([
                fault.name.to_owned(),
                count(fault.strikes),
                count(fault.chances),
            ]);
        }
        let ends = self
            .endings
            .iter()
            .map(|(word, times)| format!("{} {word}", count(*times)));
        let mut read = Sheet::new(&["read otherwise", ">seeds"]);
        for (name, seeds) in &self.readings {
            read.row([(*name).to_owned(), count(*seeds)]);
        }
        let verdict = match self.failing {
            0 => terminal.paint(Paint::Good, "every invariant held"),
            1 => terminal.paint(Paint::Bad, "1 seed breached an invariant"),
            failing => terminal.paint(
                Paint::Bad,
                &format!("{failing} seeds breached an invariant"),
            ),
        };
        let memory = self
            .peak_memory_bytes
            .map(|bytes| format!(", {} MB at most", bytes / 1_000_000))
            .unwrap_or_default();
        let time = self
            .time
            .iter()
            .map(|(part, share)| format!("{:.0} % {part}", share * 100.0));
        format!(
            "{}\n\n{}\n\nseeds   {} of {} to {}\nslots   {}, {} orders\ntries   {}\nspeed   {:.0} slots/s and {:.0} orders/s on {} threads in {:.1} s{memory}\ntime    {}\n\n{verdict}",
            sheet.text(terminal),
            read.text(terminal),
            count(self.seeds),
            self.first_seed,
            self.last_seed,
            count(self.slots),
            count(self.orders),
            ends.collect::<Vec<_>>().join(", "),
            self.slots_per_s,
            self.orders_per_s,
            self.threads,
            self.wall_s,
            time.collect::<Vec<_>>().join(", "),
        )
    }
}

/// Every fault there is.
#[derive(Debug, Serialize)]
pub(crate) struct FaultsView {
    schema: &'static str,
    faults: Vec<KnownView>,
}

/// One row of the list.
#[derive(Debug, Serialize)]
struct KnownView {
    name: &'static str,
    per_100_000_chances: u32,
    what: &'static str,
}

impl FaultsView {
    pub(crate) fn new(faults: &[Known]) -> Self {
        let row = |known: &Known| KnownView {
            name: known.name,
            per_100_000_chances: known.rate,
            what: known.what,
        };
        Self {
            schema: "tqqq.simulate-faults/1",
            faults: faults.iter().map(row).collect(),
        }
    }
}

impl View for FaultsView {
    fn text(&self, terminal: Terminal) -> String {
        let mut sheet = Sheet::new(&["fault", ">in 100,000", "what happens"]);
        for fault in &self.faults {
            sheet.row([
                fault.name.to_owned(),
                count(u64::from(fault.per_100_000_chances)),
                fault.what.to_owned(),
            ]);
        }
        sheet.text(terminal)
    }
}

/// Every story there is.
#[derive(Debug, Serialize)]
pub(crate) struct StoriesView {
    schema: &'static str,
    stories: Vec<StoryView>,
}

/// One row of the list.
#[derive(Debug, Serialize)]
struct StoryView {
    name: &'static str,
    slots: usize,
    what: &'static str,
}

impl StoriesView {
    pub(crate) fn new(stories: &[Story]) -> Self {
        let row = |story: &Story| StoryView {
            name: story.name,
            slots: story.slots,
            what: story.what,
        };
        Self {
            schema: "tqqq.simulate-stories/1",
            stories: stories.iter().map(row).collect(),
        }
    }
}

impl View for StoriesView {
    fn text(&self, terminal: Terminal) -> String {
        let mut sheet = Sheet::new(&["story", ">slots", "what happens"]);
        for story in &self.stories {
            let slots = story.slots.to_string();
            sheet.row([story.name.to_owned(), slots, story.what.to_owned()]);
        }
        sheet.text(terminal)
    }
}

/// What a failing seed did, and how to see it again.
pub(crate) fn failure(report: &Report, arguments: &SimulateArguments) -> String {
    let days = match &arguments.story {
        Some(Told::One(story)) => format!("--story {story}"),
        _ => format!("--slots {}", arguments.slots),
    };
    let breaches = report.breaches.iter().map(|breach| format!("  {breach}"));
    let strikes = report.struck.iter().map(|strike| format!("  {strike}"));
    let from = report.trace.len().saturating_sub(TRACE_LINES);
    let trace = report.trace[from..].iter().map(|line| format!("  {line}"));
    format!(
        "seed {} breached\n{}\nfaults that make it\n{}\nthe end of its trace\n{}\nhint: tqqq simulate --seed {} {days} --trace",
        report.seed,
        breaches.collect::<Vec<_>>().join("\n"),
        strikes.collect::<Vec<_>>().join("\n"),
        trace.collect::<Vec<_>>().join("\n"),
        report.seed,
    )
}
