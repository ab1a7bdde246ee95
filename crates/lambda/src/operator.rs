//! The operator: the owner's word, on the journal alone. It has no broker's keys and asks nobody
//! else. Its word is the owner's all the same: whoever may invoke it can stop the trader, have it
//! sell everything, arm it, and lift any freeze.

use connectors::assemble::Time;
use connectors::entropy::OsEntropy;
use cycle::port::{Entropy, Journal};
use cycle::switching::{self, Thrown};
use market::Instant;
use market::time::new_york_text;
use serde_json::{Value, json};
use trading::judge::Decided;
use trading::portfolio::Portfolio;
use trading::record::{Entry, HaltLevel, HaltReason, Halted, Head, Noted, Record};
use trading::state::State;

use crate::event::Wish;
use crate::failure::Failure;
use crate::function::Ground;

/// Records looked back for the newest decision and account: some slots.
const ENTRIES_BACK: u64 = 512;

/// Answers the owner.
pub(crate) struct Operator {
    ground: Ground,
}

impl Operator {
    /// An operator on `ground`.
    pub(crate) fn new(ground: Ground) -> Self {
        Self { ground }
    }

    /// Does what is wished for, and answers with the switches as they then stand.
    ///
    /// # Errors
    /// [`Failure`]; unless it is `JournalUnknown`, nothing was changed.
    pub(crate) async fn grant(&self, wish: Wish) -> Result<Value, Failure> {
        match wish {
            Wish::Status => self.status().await,
            Wish::Signal => self.signal().await,
            Wish::Halt {
                reason,
                freeze,
                flatten,
            } => {
                let halted = Halted {
                    level: if freeze {
                        HaltLevel::Frozen
                    } else {
                        HaltLevel::ReduceOnly
                    },
                    flatten,
                    reason: HaltReason::Owner(reason),
                };
                self.throw(|state, _| Ok(switching::halt(state, &halted)?))
                    .await
            }
            Wish::Resume { note } => {
                self.throw(|state, _| Ok(switching::resume(state, note.clone())))
                    .await
            }
            Wish::Arm { span } => {
                self.throw(|_, now| Ok(Some(switching::arm(now + span))))
                    .await
            }
            Wish::Disarm => self.throw(|state, _| Ok(switching::disarm(state))).await,
            Wish::Adopt { yes } => self.adopt(yes).await,
        }
    }

    async fn throw(
        &self,
        make: impl FnMut(&State, Instant) -> Result<Option<Record>, Failure>,
    ) -> Result<Value, Failure> {
        // A wrong table is told as such.
        self.ground.table.newest().await?;
        let clock = Time::of(&self.ground.settings).await?.clock();
        let now = |_: &State, _: &Entry| clock.now();
        let run = OsEntropy.run_id();
        let thrown = switching::throw(&self.ground.chain(), run, now, make).await?;
        let Thrown {
            written,
            state,
            head,
            at,
        } = thrown;
        tracing::info!(written, %head, "switch");
        let mut answer = standing(&state, Some(head), at);
        answer["schema"] = json!("tqqq.lambda.switch/1");
        answer["written"] = json!(written);
        Ok(answer)
    }

    async fn status(&self) -> Result<Value, Failure> {
        let head = self.ground.table.newest().await?;
        let state = switching::standing(&self.ground.chain(), head).await?;
        let clock = Time::of(&self.ground.settings).await?.clock();
        let mut answer = standing(&state, head, clock.now());
        let seen = self.newest(head).await?;
        answer["schema"] = json!("tqqq.lambda.status/1");
        answer["account"] = seen.account.map_or(Value::Null, |seen| {
            json!({
                "seen_at": new_york_text(seen.at),
                "equity": seen.account.equity.to_string(),
                "cash": seen.account.cash.to_string(),
            })
        });
        Ok(answer)
    }

    /// The newest decision on record: what the trader saw at its slot, not what it would see now.
    async fn signal(&self) -> Result<Value, Failure> {
        let head = self.ground.table.newest().await?;
        let seen = self.newest(head).await?;
        let Some((at, decided)) = seen.decided else {
            let why = "no slot has decided yet\nhint: the first one of a session does";
            return Err(Failure::Refused(why.to_owned()));
        };
        let decision = decided.decision.as_ref().map(|decision| {
            json!({
                "signal": decision.signal, "price": decision.price,
                "fast": decision.fast, "slow": decision.slow, "fragile": decision.fragile,
            })
        });
        Ok(json!({
            "schema": "tqqq.lambda.signal/1",
            "slot": at,
            "symbol": decided.symbol,
            "decision": decision,
            "target": decided.target,
            "refused": decided.refused.as_ref().map(ToString::to_string),
        }))
    }

    /// Takes the holdings as the newest slot saw them; without `yes` it only says what would follow.
    async fn adopt(&self, yes: bool) -> Result<Value, Failure> {
        let head = self.ground.table.newest().await?;
        let Some(found) = self.newest(head).await?.account else {
            let why = "no slot has seen the account yet\nhint: the first one of a session does, and buys nothing before you adopt";
            return Err(Failure::Refused(why.to_owned()));
        };
        let fund = &self.ground.settings.strategy.symbol;
        let listed: Vec<String> = found
            .positions
            .iter()
            .map(|position| format!("{} {}", position.quantity, position.symbol))
            .collect();
        let sold: Vec<String> = found
            .other_equities(fund)
            .map(|position| format!("{} {}", position.quantity, position.symbol))
            .collect();
        if !yes {
            return Ok(json!({
                "schema": "tqqq.lambda.adopt/1",
                "seen_at": new_york_text(found.at),
                "holdings": listed,
                "sold_on_the_next_bullish_signal": sold,
                "hint": "send {\"do\": \"adopt\", \"yes\": true} when you have read this",
            }));
        }
        let text = if listed.is_empty() {
            "no holdings".to_owned()
        } else {
            listed.join(", ")
        };
        self.throw(|_, _| Ok(Some(Record::Adopted(Noted { text: text.clone() }))))
            .await
    }

    /// The newest decision and the newest look at the account.
    async fn newest(&self, head: Option<Head>) -> Result<Seen, Failure> {
        let from = head.map_or(1, |head| head.seq.saturating_sub(ENTRIES_BACK) + 1);
        let count = usize::try_from(ENTRIES_BACK).unwrap_or(usize::MAX);
        let mut seen = Seen::default();
        for entry in self.ground.chain().read(from, count).await? {
            seen.take(entry);
        }
        Ok(seen)
    }
}

/// What was seen newest.
#[derive(Default)]
struct Seen {
    account: Option<Portfolio>,
    decided: Option<(String, Box<Decided>)>,
}

impl Seen {
    fn take(&mut self, entry: Entry) {
        match entry.record {
            Record::Observed(observed) => self.account = Some(observed.portfolio),
            Record::SlotClosed(closed) => self.account = closed.portfolio.or(self.account.take()),
            Record::Decided(decided) => {
                let slot = entry.slot.map(|slot| slot.to_string()).unwrap_or_default();
                self.decided = Some((slot, decided));
            }
            _ => {}
        }
    }
}

/// The switches and the newest slot.
fn standing(state: &State, head: Option<Head>, now: Instant) -> Value {
    let armed = state.armed_until.filter(|until| *until > now);
    let halt = state.halt.as_ref().map(|halt| {
        json!({ "level": halt.level, "flatten": halt.flatten, "reason": halt.reason.to_string() })
    });
    let last = state
        .last_slot
        .as_ref()
        .map(|last| json!({ "slot": last.slot.to_string(), "outcome": last.outcome.to_string() }));
    json!({
        "head": head.map(|head| head.to_string()),
        "account_id": state.binding.as_ref().map(|binding| binding.account.to_string()),
        "halt": halt,
        "armed_until": armed.map(new_york_text),
        "adopted": state.adopted,
        "held": state.held,
        "last_slot": last,
        "by_hand": state.stranded(),
    })
}
