//! The shipping command, killed at the worst moments of real HTTP, hundreds of times, while the
//! exchange is faulty too: in the end account, orders and journal agree, and no secret was said.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use cycle::port::Journal;
use journal::Chain;
use journal::sqlite::{Durability, Sqlite};
use market::{Calendar, Date, Decimal};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use trading::invariants::{Secret, leaks};
use trading::order::Leg;
use trading::record::{Entry, Intent, Record};
use trading::state::State;
use venue::fault::Fault;
use venue::http::{Faces, Shared, serve};
use venue::model::{OrderQuery, Scope};

use super::clock::TrialClock;
use super::draws::Draws;
use super::laws;
use super::month::pool;
use super::prices;
use super::reaper::{Doom, Reaper};
use super::world::Setup;

const KILLS: usize = 200;
const SEED: u64 = 3;
/// Sessions of bars: more than so many kills can take.
const SESSIONS: usize = 400;
/// Sessions before the first slot: more hours than a slot with spans of 2 and 3 looks at.
const HISTORY_SESSIONS: usize = 12;
/// Slots at the end without a fault: in two an open exit is reached.
const CALM_SESSIONS: usize = 1;
const BARS_FROM: Date = Date::constant(2024, 1, 2);
/// How often a runner is looked after that may end of itself.
const LOOK: Duration = Duration::from_millis(20);
/// A runner that neither dies nor ends within this hangs.
const PATIENCE: u32 = 6_000;

/// Spans of 2 and 3 cross often; an account that may borrow hides no order too many.
const CONFIGURATION: &str = "\
[strategy]
fast = 2
slow = 3
[data]
sources = [\"twelve-data\", \"fmp\", \"alpaca\"]
[limits]
require_unlevered_account = false
round_trips_per_day = 13
";

const SECRETS: [(&str, &str); 4] = [
    ("TQQQ_ALPACA_KEY_ID", "PKSEKRITKEYID7Q2XW9"),
    ("TQQQ_ALPACA_SECRET_KEY", "hush4WqZt81LmKp0VbYc35XrNd7GsJf"),
    ("TQQQ_TWELVE_DATA_KEY", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
    ("TQQQ_FMP_KEY", "fmpQk82nTz6Lw0PvRc4Xb"),
];

/// An exchange that answers in this process, and a folder for the runners that come and go.
struct Stage {
    runtime: Runtime,
    venue: Shared,
    url: String,
    folder: TempDir,
    draws: Draws,
    faults: Vec<String>,
    days: Vec<Date>,
}

impl Stage {
    fn open() -> Self {
        let sessions = Calendar::nyse().sessions(BARS_FROM, Date::constant(2026, 12, 31));
        let sessions = sessions.unwrap();
        let days: Vec<Date> = sessions.iter().map(|day| day.date).take(SESSIONS).collect();
        let mut setup = Setup::of(prices::waves(&sessions[..SESSIONS]));
        setup.partial = 0.1;
        let start = sessions[HISTORY_SESSIONS].open;
        let venue = Shared::new_virtual(setup.venue(start), Faces::default());
        let runtime = Runtime::new().unwrap();
        let bound = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = bound.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(serve(listener, venue.clone()));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tqqq.toml"), CONFIGURATION).unwrap();
        Self {
            runtime,
            venue,
            url,
            folder,
            draws: Draws::new(SEED),
            faults: pool(),
            days,
        }
    }

    /// A runner over `url` up to the end of `to`; what it says goes to a file.
    fn runner(&self, url: &str, to: Date) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let to = to.to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tqqq"));
        command
            .args(["run", "--venue-url", url, "--journal", "a.journal", "--to"])
            .arg(to)
            .current_dir(self.folder.path())
            .env("TQQQ_LOG", "trace")
            .env_remove("TQQQ_LOG_FORMAT")
            .envs(SECRETS)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command.spawn().unwrap()
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("said.log")
    }

    /// The session so many after the one under way, or after the next to come.
    fn day_in(&self, sessions: usize) -> Date {
        let now = self.venue.now();
        let next = Calendar::nyse().next_slot(now).unwrap().date();
        let at = self.days.partition_point(|day| *day < next);
        *self.days.get(at + sessions).expect("there are bars enough")
    }

    /// One runner, with faults drawn for it, until it is killed or ends of itself; whether it was
    /// killed.
    fn run_and_kill(&mut self) -> bool {
        self.mend();
        let text = &self.faults[self.draws.below(self.faults.len())];
        for fault in text.split(" + ") {
            self.venue
                .set_fault(fault.parse::<Fault>().unwrap())
                .unwrap();
        }
        let doom = self.doom();
        let reaper = Reaper::before(&self.url, doom);
        let mut child = self.runner(&reaper.url, self.day_in(0));
        for _ in 0..PATIENCE {
            match reaper.reached.recv_timeout(LOOK) {
                Ok(()) => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    return true;
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(status) = child.try_wait().unwrap() {
                        let code = status.code().unwrap();
                        // 2: a fault kept it from opening, a wrong key for one.
                        assert!([0, 2, 4].contains(&code), "exit {code}: {}", self.said());
                        return false;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => panic!("the relay is gone"),
            }
        }
        child.kill().unwrap();
        panic!("a runner hangs: {}", self.said());
    }

    /// Ends every fault.
    fn mend(&self) {
        self.venue
            .with_venue(|venue| venue.clear_faults(|_, _| true));
        self.venue.forget_faults();
    }

    /// Half of the runners die at an order or its cancel, the others at any request.
    fn doom(&mut self) -> Doom {
        let (request, spared) = match self.draws.below(8) {
            0..3 => ("POST /v2/orders", self.draws.below(3)),
            3 => ("DELETE /v2/orders", 0),
            4..6 => ("GET /v2/orders", self.draws.below(30)),
            _ => ("", self.draws.below(60)),
        };
        Doom {
            request,
            spared,
            heard: self.draws.below(2) == 0,
        }
    }

    /// The end of what the runners said.
    fn said(&self) -> String {
        let said = std::fs::read_to_string(self.log()).unwrap();
        let lines: Vec<&str> = said.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The last sessions, all well.
    fn end_calmly(&self) {
        self.mend();
        let status = self.runner(&self.url, self.day_in(CALM_SESSIONS)).wait();
        let code = status.unwrap().code();
        // Slots that had failed before are told at the end once more.
        assert!(matches!(code, Some(0 | 4)), "{code:?}: {}", self.said());
    }

    fn chain(&self) -> Chain<Sqlite> {
        let path = self.folder.path().join("a.journal");
        let store = Sqlite::open(&path, Durability::Relaxed).unwrap();
        Chain::new(store, Arc::new(TrialClock::new(self.venue.clone())))
    }
}

/// Where the journal says otherwise than the exchange: an order's shares, or what they leave held.
fn disagreements(venue: &Shared, entries: &[Entry]) -> Vec<String> {
    let mut known: BTreeMap<&str, (Leg, Decimal)> = BTreeMap::new();
    for entry in entries {
        match &entry.record {
            Record::Intended(made) => {
                if let Intent::Order(order) = &made.intent {
                    let kept = known.entry(order.id.as_str());
                    kept.or_insert((order.leg, Decimal::ZERO));
                }
            }
            Record::Settled(settled) => {
                if let Some((_, filled)) = known.get_mut(settled.id.as_str()) {
                    *filled = settled.filled.decimal();
                }
            }
            _ => {}
        }
    }
    let signed = |(leg, filled): &(Leg, Decimal)| match leg {
        Leg::Buy => *filled,
        _ => -*filled,
    };
    let held: Decimal = known.values().map(signed).sum();
    venue.with_venue(|venue| {
        let mut told = Vec::new();
        let there: Decimal = venue.positions().iter().map(|held| held.quantity).sum();
        if there != held {
            told.push(format!(
                "{there} shares at the exchange, {held} by the journal"
            ));
        }
        for order in venue.orders(&OrderQuery::new(Scope::All)) {
            let (id, filled) = (order.client_order_id.as_str(), order.filled.decimal());
            let said = known.get(id).map(|(_, filled)| *filled);
            if said != Some(filled) {
                told.push(format!(
                    "{id}: {filled} at the exchange, {said:?} in the journal"
                ));
            }
        }
        told
    })
}

/// Every text that was said or written.
fn texts(folder: &Path, entries: &[Entry]) -> Vec<(String, String)> {
    let said = std::fs::read_to_string(folder.join("said.log")).unwrap();
    let mut texts = vec![("what was said".to_owned(), said)];
    texts.extend(entries.iter().map(|entry| {
        let record = serde_json::to_string(&entry.record).unwrap();
        (format!("record {}", entry.seq), record)
    }));
    texts
}

#[test]
fn after_two_hundred_kills_account_orders_and_journal_agree_and_no_secret_was_said() {
    let mut stage = Stage::open();
    let (mut killed, mut ended) = (0, 0);
    while killed < KILLS {
        if stage.run_and_kill() {
            killed += 1;
        } else {
            ended += 1;
        }
    }
    stage.end_calmly();
    let chain = stage.chain();
    let entries = stage.runtime.block_on(chain.read(1, usize::MAX)).unwrap();
    let mut state = State::default();
    for entry in &entries {
        state.fold(entry);
    }
    let mut broken = laws::broken_between(&stage.venue, &entries);
    broken.extend(laws::unfinished(&stage.venue, &state));
    broken.extend(stage.runtime.block_on(laws::chain(&chain, &entries)));
    broken.extend(disagreements(&stage.venue, &entries));
    let texts = texts(stage.folder.path(), &entries);
    let texts = texts
        .iter()
        .map(|(place, text)| (place.as_str(), text.as_str()));
    let secrets = SECRETS.map(|(name, value)| Secret { name, value });
    broken.extend(leaks(texts, &secrets).iter().map(ToString::to_string));
    assert!(broken.is_empty(), "{}\n{}", broken.join("\n"), stage.said());
    let orders = stage.venue.with_venue(|venue| {
        let all = OrderQuery::new(Scope::All);
        venue.orders(&all).len()
    });
    assert!(orders > KILLS / 4, "{orders} orders prove little");
    eprintln!(
        "{killed} kills, {ended} ended of themselves, {orders} orders, {} records",
        entries.len()
    );
}
