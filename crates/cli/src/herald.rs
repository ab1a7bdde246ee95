//! Word to the owner: to the log, to the webhook that is given, and a ping after every slot.
//!
//! A message that is not delivered stops nothing: it is logged, and noted in the journal by a run
//! that owns no slot, as a switch is, so that the runner at work goes on past it.

use std::sync::Arc;

use async_trait::async_trait;
use chronicle::{SlotRecord, for_each_slot_from, standing, text};
use connectors::alerts::LogAlerts;
use connectors::entropy::OsEntropy;
use connectors::webhook::{Ping, Webhook};
use cycle::port::{Alert, AlertLevel, Alerts, Clock, Draft, Entropy, Journal, JournalError};
use market::{Calendar, Date, Slot};
use trading::outcome::{Outcome, Reason};
use trading::record::{Head, Noted, Record, RunId};
use trading::settings::AlertSettings;
use trading::settings::sections::ToldOutcome;
use trading::unit::UnitValue;

use crate::environment::Environment;
use crate::fault::{Fault, Outcome as Done};

/// How often a note makes way for a runner's records.
const LOST_APPENDS_MAX: u32 = 8;

/// Where word to the owner goes.
pub(crate) struct Herald {
    webhook: Option<Webhook>,
    ping: Option<Ping>,
    settings: AlertSettings,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    run: RunId,
}

impl Herald {
    /// As environment and configuration say.
    ///
    /// # Errors
    /// An address that is none, or certificates that cannot be read.
    pub(crate) fn new(
        environment: &Environment,
        settings: &AlertSettings,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
    ) -> Done<Self> {
        let (webhook, ping) = lines(environment, settings, &clock)?;
        Ok(Self {
            webhook,
            ping,
            settings: settings.clone(),
            journal,
            clock,
            run: OsEntropy.run_id(),
        })
    }

    /// What follows a slot that has its outcome: word of it where it was asked for, and the ping.
    pub(crate) async fn after_slot(&self, slot: Slot, outcome: &Outcome) {
        if is_told(outcome, &self.settings.also) {
            let words = outcome.words();
            self.tell(&format!("slot {slot}"), &words).await;
        }
        if let Some(ping) = &self.ping {
            let head = self.head().await;
            let text = format!("{slot}: {}; journal head {head}\n", outcome.words());
            if let Err(error) = ping.send(&text).await {
                self.miss("the ping after a slot", &error).await;
            }
        }
    }

    /// What follows a day: its summary, where one is wanted.
    pub(crate) async fn after_day(&self, day: Date, calendar: &Calendar) {
        if !self.settings.daily_summary || self.webhook.is_none() {
            return;
        }
        match summary(self.journal.as_ref(), day, calendar).await {
            Ok(text) => self.tell(&format!("day {day}"), &text).await,
            Err(error) => tracing::warn!(%day, %error, "no summary of the day"),
        }
    }

    async fn tell(&self, title: &str, text: &str) {
        let alert = Alert {
            level: AlertLevel::Notice,
            title: title.to_owned(),
            text: format!("{text}; journal head {}", self.head().await),
        };
        // What was not delivered is logged and noted where it is sent.
        let _ = self.send(&alert).await;
    }

    async fn head(&self) -> String {
        let head = self.journal.head().await.ok().flatten();
        head.map_or_else(|| "unknown".to_owned(), |head| head.to_string())
    }

    /// Takes note of what was not delivered.
    async fn miss(&self, what: &str, error: &str) {
        tracing::warn!(error, "not delivered: {what}");
        let text = format!("not delivered: {what}: {error}");
        if let Err(error) = self.note(&text).await {
            tracing::warn!(%error, "that could not be noted in the journal");
        }
    }

    async fn note(&self, text: &str) -> Result<(), JournalError> {
        let mut lost = 0;
        loop {
            let draft = Draft {
                expected: self.journal.head().await?,
                slot: None,
                run: self.run,
                at: self.clock.now(),
                records: vec![Record::Noted(Noted {
                    text: text.to_owned(),
                })],
                bodies: Vec::new(),
            };
            match self.journal.append(&draft).await {
                Err(JournalError::Lost { .. }) if lost < LOST_APPENDS_MAX => lost += 1,
                ended => return ended.map(drop),
            }
        }
    }
}

#[async_trait]
impl Alerts for Herald {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        LogAlerts.send(alert).await?;
        let Some(webhook) = &self.webhook else {
            return Ok(());
        };
        let sent = webhook.send(alert).await;
        if let Err(error) = &sent {
            self.miss(&format!("alert of {}", alert.title), error).await;
        }
        sent
    }
}

/// The lines that the environment names.
///
/// # Errors
/// As [`Herald::new`].
pub(crate) fn lines(
    environment: &Environment,
    settings: &AlertSettings,
    clock: &Arc<dyn Clock>,
) -> Done<(Option<Webhook>, Option<Ping>)> {
    let webhook = environment
        .alert_address()?
        .map(|address| Webhook::new(address, settings.preset, clock.clone()))
        .transpose()
        .map_err(Fault::input)?;
    let ping = environment
        .ping_address()?
        .map(|address| Ping::new(address, clock.clone()))
        .transpose()
        .map_err(Fault::input)?;
    Ok((webhook, ping))
}

/// Whether an outcome that needs nobody is told of all the same. What needs the owner is told by
/// the cycle itself.
fn is_told(outcome: &Outcome, also: &[ToldOutcome]) -> bool {
    let kind = match outcome {
        Outcome::Traded => ToldOutcome::Traded,
        Outcome::Held(_) => ToldOutcome::Held,
        Outcome::Refused(refusal) if refusal.reason != Reason::NotWarm => ToldOutcome::Refused,
        Outcome::Refused(_) | Outcome::Failed(_) | Outcome::Missed => return false,
    };
    also.contains(&kind)
}

/// Whether no slot of its day comes after `slot`.
pub(crate) fn is_last(slot: Slot, calendar: &Calendar) -> bool {
    let session = calendar.session(slot.date()).ok().flatten();
    session.is_some_and(|session| session.slots().last() == Some(&slot))
}

/// A day: outcomes, orders, equity and what is held.
async fn summary(journal: &dyn Journal, date: Date, calendar: &Calendar) -> Done<String> {
    let head: Option<Head> = journal
        .head()
        .await
        .map_err(crate::ledger_file::unreadable)?;
    let mut day: Vec<SlotRecord> = Vec::new();
    for_each_slot_from(journal, calendar, standing::tail_start(head), |record| {
        if record.slot.date() == date {
            day.push(record);
        }
    })
    .await?;
    let state = standing::state(journal, head).await?;
    Ok(told(&day, state.unit.as_ref().map(UnitValue::day_loss)))
}

fn told(day: &[SlotRecord], loss: Option<market::Decimal>) -> String {
    let count = |name: &str| {
        let of_it = |slot: &&SlotRecord| slot.outcome.as_ref().is_some_and(|it| it.name() == name);
        day.iter().filter(of_it).count()
    };
    let outcomes: Vec<String> = ["traded", "held", "refused", "failed", "missed"]
        .into_iter()
        .map(|name| (name, count(name)))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let orders: u64 = day.iter().map(SlotRecord::orders).sum();
    let mut parts = vec![
        format!(
            "{}: {}",
            text::counted(day.len() as u64, "slot"),
            outcomes.join(", ")
        ),
        text::counted(orders, "order"),
    ];
    if let Some(seen) = day.iter().rev().find_map(|slot| slot.portfolio.as_ref()) {
        let held: Vec<String> = seen
            .positions
            .iter()
            .map(|position| format!("{} {}", position.quantity, position.symbol))
            .collect();
        let held = if held.is_empty() {
            "nothing".to_owned()
        } else {
            held.join(", ")
        };
        parts.push(format!("equity {}", text::dollars(seen.account.equity)));
        parts.push(format!("holding {held}"));
    }
    let change = loss.and_then(|loss| loss.to_string().parse::<f64>().ok());
    parts
        .extend(change.map(|loss| format!("{} since the day before", text::signed_percent(-loss))));
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use trading::outcome::{Held, Refusal};

    use super::*;

    #[test]
    fn only_what_was_asked_for_is_told_besides_what_needs_the_owner() {
        let refused = |reason| Outcome::Refused(Refusal::new(reason, "", ""));
        let also = [ToldOutcome::Traded, ToldOutcome::Refused];
        let table = [
            (Outcome::Traded, true),
            (Outcome::Held(Held::NoSignal), false),
            (refused(Reason::Stale), true),
            (refused(Reason::NotWarm), false),
            (Outcome::Failed(String::new()), false),
            (Outcome::Missed, false),
        ];
        for (outcome, expected) in table {
            assert_eq!(is_told(&outcome, &also), expected, "{outcome}");
        }
        assert!(!is_told(&Outcome::Traded, &[]));
    }

    #[test]
    fn the_last_slot_of_a_half_day_is_at_half_past_twelve() {
        let calendar = Calendar::nyse();
        let is_last = |slot: &str| is_last(slot.parse().unwrap(), &calendar);
        assert!(is_last("2025-05-12T15:30") && !is_last("2025-05-12T15:00"));
        assert!(is_last("2025-11-28T12:30") && !is_last("2025-11-26T12:30"));
    }
}
