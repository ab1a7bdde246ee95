//! A small chain of the shape that a runner writes: bound, then slots opened, observed, closed.

use cycle::port::Body;
use cycle::port::journal::{Draft, Journal, JournalError};
use market::calendar::Slot;
use market::{Duration, Instant};
use serde_json::json;
use trading::observation::Observation;
use trading::outcome::{Held, Outcome};
use trading::record::{Entry, Head, RULES_VERSION, Record, SlotClosed, SlotOpened};
use trading::state::State;

use super::{body, bound, run};

/// 2025-05-12T13:30:00Z.
const FIRST_SLOT_SECOND: i64 = 1_747_056_600;
const HALF_HOUR_SECONDS: i64 = 1800;

/// What a runner would write, slot after slot.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Closed hours in each observation; 230 as live ones hold.
    pub hours: usize,
    /// Bytes of the one raw body of each observation.
    pub body_bytes: usize,
    head: Option<Head>,
    state: State,
    slots: i64,
}

impl Sample {
    /// Nothing written yet.
    #[must_use]
    pub fn new(hours: usize, body_bytes: usize) -> Self {
        Self {
            hours,
            body_bytes,
            head: None,
            state: State::default(),
            slots: 0,
        }
    }

    /// Writes the first record and `count` slots of three records each.
    ///
    /// # Errors
    /// As the journal's append.
    pub async fn write(
        &mut self,
        journal: &dyn Journal,
        count: usize,
    ) -> Result<Head, JournalError> {
        let mut head = self.append(journal, None, vec![bound()], vec![]).await?;
        for _ in 0..count {
            head = self.write_slot(journal).await?;
        }
        Ok(head)
    }

    /// Writes the next slot.
    ///
    /// # Errors
    /// As the journal's append.
    pub async fn write_slot(&mut self, journal: &dyn Journal) -> Result<Head, JournalError> {
        let slot = self.next_slot();
        let configuration = body(b"venue = \"local\"\n");
        let opened = Record::SlotOpened(SlotOpened {
            try_number: 1,
            takes_over: None,
            configuration: configuration.reference.hash,
            rules: RULES_VERSION,
        });
        self.append(journal, Some(slot), vec![opened], vec![configuration])
            .await?;
        let raw = body(&self.body_text().into_bytes());
        let observed = Record::Observed(Box::new(self.observation(slot, &raw)));
        self.append(journal, Some(slot), vec![observed], vec![raw])
            .await?;
        let outcome = Outcome::Held(Held::NoSignal);
        let state = self.state.closed(slot, &outcome, None);
        let closed = SlotClosed {
            outcome,
            portfolio: None,
            breaches: Vec::new(),
            state,
        };
        self.append(
            journal,
            Some(slot),
            vec![Record::SlotClosed(Box::new(closed))],
            vec![],
        )
        .await
    }

    /// The record and body an append of the next slot would hold: for benches of one append.
    #[must_use]
    pub fn draft(&mut self) -> Draft {
        let slot = self.next_slot();
        let raw = body(&self.body_text().into_bytes());
        let records = vec![Record::Observed(Box::new(self.observation(slot, &raw)))];
        Draft {
            expected: self.head,
            slot: Some(slot),
            run: run(1),
            at: slot.at(),
            records,
            bodies: vec![raw],
        }
    }

    /// Takes note of what was appended.
    ///
    /// # Panics
    /// When `entries` is empty.
    pub fn take(&mut self, entries: &[Entry]) -> Head {
        for entry in entries {
            self.state.fold(entry);
            self.head = Some(Head {
                seq: entry.seq,
                hash: entry.hash,
            });
        }
        self.head.expect("an append has at least one record")
    }

    async fn append(
        &mut self,
        journal: &dyn Journal,
        slot: Option<Slot>,
        records: Vec<Record>,
        bodies: Vec<Body>,
    ) -> Result<Head, JournalError> {
        let at = slot.map_or(Instant::UNIX_EPOCH, Slot::at) + Duration::from_millis(250);
        let draft = Draft {
            expected: self.head,
            slot,
            run: run(1),
            at,
            records,
            bodies,
        };
        let entries = journal.append(&draft).await?;
        Ok(self.take(&entries))
    }

    fn next_slot(&mut self) -> Slot {
        let second = FIRST_SLOT_SECOND + self.slots * HALF_HOUR_SECONDS;
        self.slots += 1;
        Slot::new(Instant::from_second(second).expect("a moment of this century"))
    }

    /// Rows of bars as a vendor words them, different in every slot.
    fn body_text(&self) -> String {
        let mut text = format!("{{\"meta\":{{\"slot\":{}}},\"values\":[", self.slots);
        let mut row = 0;
        while text.len() < self.body_bytes {
            let (second, [open, high, low, close]) = self.bar(row);
            text.push_str(&format!(
                "{{\"datetime\":\"{second}\",\"open\":\"{open}\",\"high\":\"{high}\",\"low\":\"{low}\",\"close\":\"{close}\"}},"
            ));
            row += 1;
        }
        text
    }

    /// Start and prices of a bar, by a linear congruence: nothing here is a market's.
    fn bar(&self, row: i64) -> (i64, [String; 4]) {
        let mixed = (self.slots * 7919 + row * 104_729).rem_euclid(9973);
        let price = |cents: i64| format!("{}.{:02}", 60 + cents / 100, cents % 100);
        let open = 100 + mixed % 900;
        let prices = [
            price(open),
            price(open + 37),
            price(open - 41),
            price(open - 11),
        ];
        (FIRST_SLOT_SECOND + row * 3600, prices)
    }

    fn observation(&self, slot: Slot, raw: &Body) -> Observation {
        let rows = i64::try_from(self.hours).unwrap_or(i64::MAX);
        let closed: Vec<_> = (0..rows)
            .map(|row| {
                let (second, [open, high, low, close]) = self.bar(row);
                json!([
                    second,
                    second + 3600,
                    open,
                    high,
                    low,
                    close,
                    1_000_000 + row
                ])
            })
            .collect();
        let session = json!({"open": "2025-05-12T13:30:00Z", "close": "2025-05-12T20:00:00Z"});
        let value = json!({
            "at": slot.at(), "slot": slot, "session": session, "broker_session": session,
            "clock": {
                "timestamp": slot.at(), "is_open": true,
                "next_open": "2025-05-13T13:30:00Z", "next_close": "2025-05-12T20:00:00Z",
            },
            "skew": {"milliseconds": 12},
            "configuration": {"max_margin_multiplier": "1", "no_shorting": true},
            "portfolio": {
                "at": slot.at(), "positions": [], "open_orders": [],
                "account": {
                    "id": "account-1", "cash": "10000.00", "equity": "10000.00",
                    "buying_power": "10000.00", "fees": "0",
                },
            },
            "asset": {"symbol": "TQQQ", "tradable": true, "fractionable": true},
            "sources": [{
                "source": "twelve-data", "asked_at": slot.at(), "rejected": [], "duplicates": 0,
                "reading": {"usable": {"closed": closed, "forming": null, "gaps": []}},
            }],
            "missed_prices": {},
            "bodies": [raw.reference],
        });
        serde_json::from_value(value).expect("a sample observation reads")
    }
}
