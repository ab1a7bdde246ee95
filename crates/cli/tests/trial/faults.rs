//! Every fault, alone, through the cycle: docs/faults.md is the table of what must come of it.

use std::collections::BTreeSet;

use market::Slot;
use trading::record::{Answer, Entry, Record};
use venue::fault::{Fault, KNOWN};

use super::laws;
use super::situation::Situation;
use super::world::World;

const PAGE: &str = "../../docs/faults.md";
/// How the table's rows begin; its head and the tables of words do not.
const ROW: &str = "| `";
/// Facts that this program never comes to meet, whichever way they are read, each with the reason.
const NEVER_MET: [(&str, &str); 1] = [(
    "client-ids",
    "no id is ever sent again once its order was seen, so whether it may be used twice is moot",
)];

/// One row: what is wrong and when, and what must come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    fault: String,
    when: String,
    slot: String,
    next: String,
    end: String,
    why: String,
}

impl Row {
    fn read(line: &str) -> Self {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [fault, when, slot, next, end, why] = cells[..] else {
            panic!("a row has six cells: {line}");
        };
        let text = |cell: &str| cell.to_owned();
        Self {
            fault: fault.trim_matches('`').to_owned(),
            when: text(when),
            slot: text(slot),
            next: text(next),
            end: text(end),
            why: text(why),
        }
    }

    fn line(&self) -> String {
        let Self {
            fault,
            when,
            slot,
            next,
            end,
            why,
        } = self;
        format!("| `{fault}` | {when} | {slot} | {next} | {end} | {why} |")
    }

    /// The faults of the row; one, but where a fact is only met through another.
    fn faults(&self) -> Vec<Fault> {
        let faults = self.fault.split(" + ");
        faults
            .map(|text| text.parse().unwrap_or_else(|error| panic!("{error}")))
            .collect()
    }
}

fn table() -> Vec<Row> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(path).unwrap();
    let rows = page.lines().filter(|line| line.starts_with(ROW));
    rows.map(Row::read).collect()
}

/// The faults of every row.
pub(super) fn texts() -> Vec<String> {
    table().into_iter().map(|row| row.fault).collect()
}

#[test]
fn every_fault_has_a_row() {
    let told: BTreeSet<&str> = table()
        .iter()
        .flat_map(Row::faults)
        .map(|fault| fault.name)
        .collect();
    let known = KNOWN.iter().map(|known| known.name);
    let untold: Vec<&str> = known.filter(|name| !told.contains(name)).collect();
    assert_eq!(untold, [""; 0], "docs/faults.md has no row of these");
}

#[test]
fn every_fault_alone_comes_to_what_the_table_says() {
    let rows = table();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(workers);
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let work = rows.chunks(share).map(|rows| scope.spawn(|| try_all(rows)));
        let work: Vec<_> = work.collect();
        work.into_iter()
            .flat_map(|work| work.join().unwrap())
            .collect()
    });
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What is wrong with any of `rows`.
fn try_all(rows: &[Row]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tried = rows.iter().map(|row| runtime.block_on(try_row(row)));
    tried.flatten().collect()
}

/// Carries a row through; what is wrong with it, if anything.
async fn try_row(row: &Row) -> Option<String> {
    let situation = Situation::named(&row.when);
    let slots = &situation.slots;
    let mut world = World::open(&situation.setup, slots[0]).await;
    let mut seen = row.clone();
    let mut broken = Vec::new();
    for (nth, slot) in slots.iter().enumerate() {
        if nth == situation.at {
            situation.prepare(&world).await;
            world.set_at(situation.sets_at(), row.faults());
        }
        let outcome = world.slot(*slot).await;
        if nth == situation.at {
            seen.slot = outcome;
            world.wait_until(situation.clears_at()).await;
            broken.extend(idle_faults(&world));
            world.clear();
        } else if nth == situation.at + 1 {
            seen.next = outcome;
        }
        broken.extend(laws::broken(&world));
    }
    broken.extend(laws::broken_at_the_end(&world).await);
    seen.end = laws::standing(&world);
    broken.dedup();
    if seen == *row && broken.is_empty() {
        return None;
    }
    let story = story(&world, &slots[situation.at..]);
    Some(format!(
        "wanted {}\nseen   {}\n{}\n{story}",
        row.line(),
        seen.line(),
        broken.join("\n")
    ))
}

/// The faults that never struck, though they may.
fn idle_faults(world: &World) -> Vec<String> {
    let reports = world.venue.faults();
    let never_met = |name: &str| NEVER_MET.iter().any(|(known, _)| *known == name);
    let idle = reports
        .iter()
        .filter(|report| (report.struck == 0) != never_met(report.fault.name));
    idle.map(|report| format!("`{}` struck {} times", report.fault, report.struck))
        .collect()
}

/// What the journal tells of these slots that helps to see what went wrong.
fn story(world: &World, slots: &[Slot]) -> String {
    let told = world
        .entries()
        .iter()
        .filter(|entry| entry.slot.is_some_and(|slot| slots.contains(&slot)));
    told.filter_map(line).collect()
}

fn line(entry: &Entry) -> Option<String> {
    let text = match &entry.record {
        Record::TryFailed(failed) => failed.error.clone(),
        Record::SlotClosed(closed) => format!("{} {:?}", closed.outcome, closed.breaches),
        Record::Intended(intended) => format!("{:?}", intended.intent),
        Record::Settled(settled) => format!("{:?} {}", settled.state, settled.filled),
        Record::Answered(answered) => match &answered.answer {
            Answer::Accepted(_) => "accepted".to_owned(),
            other => format!("{other:?}"),
        },
        Record::Observed(seen) => format!(
            "price {:?} sources {:?}",
            seen.price.as_ref().map(|point| (point.price, point.at)),
            seen.sources
                .iter()
                .map(|view| match &view.reading {
                    trading::observation::Reading::Usable { .. } => "usable".to_owned(),
                    trading::observation::Reading::Unusable { why } => why.clone(),
                })
                .collect::<Vec<_>>()
        ),
        Record::Decided(decided) => format!(
            "{:?} {:?} refused {:?} stops {:?} {:?}",
            decided.wanted, decided.target, decided.refused, decided.stops, decided.entry_stops
        ),
        _ => return None,
    };
    let time = &market::time::new_york_text(entry.at)[11..19];
    Some(format!("    {time} {} {text}\n", entry.record.kind()))
}
