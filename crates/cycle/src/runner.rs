//! A runner: one process's hold on one journal, carrying slots through one after another.

use std::collections::BTreeSet;
use std::sync::Arc;

use market::calendar::{Calendar, Session, Slot};
use market::{Instant, Money, Symbol, time};
use trading::invariants::Breach;
use trading::order::{AccountTag, Leg};
use trading::outcome::{Outcome, Reason, Refusal};
use trading::record::{Binding, Head, Record, RunId};
use trading::settings::sections::QuietOutcome;
use trading::settings::{Settings, Venue};
use trading::state::{State, TrackedOrder};

use crate::deadline::{Deadlines, READ_TIMEOUT};
use crate::error::{CycleError, Step};
use crate::ledger::{Appended, Ledger};
use crate::listing::check_symbol;
use crate::port::{
    Alert, AlertLevel, Alerts, BarSource, Broker, Clock, CorporateActions, Entropy, Journal,
    PriceSource, QuoteSource, ReadError, clock,
};
use crate::slot_try::SlotTry;
use crate::splitting::Announced;

/// Slots in a row held without a decision after which the owner hears it at every further one.
const BLIND_SLOTS_MAX: u32 = 3;
/// An alert is given up after this.
const ALERT_TIMEOUT: market::Duration = READ_TIMEOUT;

/// Everything a runner asks of the world.
#[derive(Clone)]
pub struct Ports {
    /// Where orders go.
    pub broker: Arc<dyn Broker>,
    /// Where bars come from, in the configured order.
    pub bar_sources: Vec<Arc<dyn BarSource>>,
    /// Where the price comes from; the first that has one is followed, the second checks it.
    pub price_sources: Vec<Arc<dyn PriceSource>>,
    /// Where quotes come from; without one no spread is limited.
    pub quotes: Option<Arc<dyn QuoteSource>>,
    /// Who announces splits; without one only configuration and rulings tell.
    pub corporate_actions: Option<Arc<dyn CorporateActions>>,
    /// Log, lock, audit.
    pub journal: Arc<dyn Journal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Word to the owner.
    pub alerts: Arc<dyn Alerts>,
}

/// What bounds one try besides its own limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TryLimits {
    /// The process ends at this moment.
    pub deadline: Option<Instant>,
    /// Nobody will try this slot again: a failure closes it.
    pub last_try: bool,
}

/// How a call for a slot ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The slot has its outcome.
    Closed {
        /// Which slot.
        slot: Slot,
        /// Its outcome.
        outcome: Outcome,
        /// Whether it was closed just now; otherwise it had been before.
        fresh: bool,
    },
    /// The moment is no slot of today: nothing was written.
    NotASlot {
        /// Why, for people.
        why: String,
    },
    /// The try failed and the slot stays open for another.
    TryFailed {
        /// Which slot.
        slot: Slot,
        /// What went wrong.
        error: CycleError,
    },
    /// Another run carries the slot on.
    Superseded {
        /// Which run.
        by: RunId,
    },
}

/// A process's hold on a journal.
pub struct Runner {
    ports: Ports,
    settings: Settings,
    calendar: Calendar,
    tag: AccountTag,
    ledger: Ledger,
    announced: Announced,
    /// What was told last of a slot that could not be recorded.
    said: Option<(Slot, String)>,
}

impl Runner {
    /// Reads the chain; an empty one is bound to the broker's account and host.
    ///
    /// # Errors
    /// [`CycleError::Foreign`] when the chain is of another account or host;
    /// [`CycleError::Settings`] when the broker does not know the traded symbol: nothing is written
    /// then; [`CycleError`] when broker or journal cannot be read.
    pub async fn open(
        ports: Ports,
        settings: Settings,
        description: &str,
    ) -> Result<Self, CycleError> {
        settings.validate()?;
        let calendar = settings.calendar()?;
        let run = market::sabotage!(NoRunId, RunId([0; 16]), ports.entropy.run_id());
        let mut ledger = Ledger::load(ports.journal.clone(), ports.clock.clone(), run).await?;
        let account = clock::timeout(ports.clock.as_ref(), READ_TIMEOUT, ports.broker.account())
            .await
            .unwrap_or_else(|elapsed| Err(ReadError::Transient(elapsed.to_string())))
            .map_err(|error| CycleError::reading(Step::Open, "account", &error))?
            .value;
        let binding = Binding {
            account: account.id.clone(),
            host: ports.broker.host(),
            description: description.to_owned(),
        };
        check_symbol(&ports, &settings).await?;
        bind(&mut ledger, &binding).await?;
        Ok(Self {
            tag: AccountTag::of(&account.id),
            ports,
            settings,
            calendar,
            ledger,
            announced: Announced::default(),
            said: None,
        })
    }

    /// The folded journal.
    #[must_use]
    pub fn state(&self) -> &State {
        self.ledger.state()
    }

    /// The newest record's number and hash.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        self.ledger.head()
    }

    /// The account's worth in dollars by the newest record, if that closed a slot that saw the
    /// account.
    #[must_use]
    pub fn closing_equity(&self) -> Option<Money> {
        self.ledger.closing_equity()
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// One try at the slot of `moment`: EXECUTION §3.
    ///
    /// # Errors
    /// [`CycleError`] only when nothing could be recorded: the journal itself failed, or the
    /// calendar or configuration makes no sense. Everything else is an [`Ended`].
    pub async fn run_slot(
        &mut self,
        moment: Instant,
        limits: TryLimits,
    ) -> Result<Ended, CycleError> {
        let mut slot_try = match self.begin(moment, limits).await? {
            Ok(slot_try) => slot_try,
            Err(ended) => return Ok(ended),
        };
        let slot = slot_try.slot;
        let told = slot_try.failures();
        let ended = slot_try.carry_through(limits.last_try).await;
        let odd_session = slot_try.odd_session.take();
        let breaches = std::mem::take(&mut slot_try.breaches);
        if !self.is_told(slot, &ended, &told) {
            self.tell(slot, &ended, odd_session, &breaches).await;
        }
        ended
    }

    /// A try at the slot of `moment`, not yet opened; or how the slot ended before.
    pub(crate) async fn begin(
        &mut self,
        moment: Instant,
        limits: TryLimits,
    ) -> Result<Result<SlotTry<'_>, Ended>, CycleError> {
        self.ledger.refresh().await?;
        let (slot, session) = match self.slot_of(moment)? {
            Ok(found) => found,
            Err(why) => return Ok(Err(Ended::NotASlot { why })),
        };
        if let Some(ended) = self.ended_before(slot).await? {
            return Ok(Err(ended));
        }
        let deadlines = Deadlines::new(
            self.ports.clock.now(),
            slot,
            &self.settings.orders,
            limits.deadline,
        );
        Ok(Ok(SlotTry {
            ports: &self.ports,
            settings: &self.settings,
            calendar: &self.calendar,
            held: self.calendar.clone(),
            tag: &self.tag,
            ledger: &mut self.ledger,
            slot,
            session,
            deadlines,
            announced: &mut self.announced,
            odd_session: None,
            breaches: Vec::new(),
            quote: None,
            spread_until: None,
        }))
    }

    /// The slot and session of a moment, or why it is none of today.
    fn slot_of(&self, moment: Instant) -> Result<Result<(Slot, Session), String>, CycleError> {
        let permanent = |error: market::calendar::CalendarError| CycleError::Permanent {
            step: Step::Open,
            why: error.to_string(),
        };
        let now = self.ports.clock.now();
        let Some(slot) = self.calendar.slot(moment).map_err(permanent)? else {
            return Ok(Err(format!(
                "{} is no slot of the NYSE",
                time::new_york_text(moment)
            )));
        };
        if slot.date() != time::new_york_date(now) {
            return Ok(Err(format!(
                "{slot} is no slot of today, {}",
                time::new_york_date(now)
            )));
        }
        if slot.at() > now {
            return Ok(Err(format!("{slot} has not come yet")));
        }
        let session = self.calendar.session(slot.date()).map_err(permanent)?;
        Ok(session
            .map(|session| (slot, session))
            .ok_or_else(|| format!("{} has no session", slot.date())))
    }

    /// How a slot at or before the newest closed one, or before the open one, ended. One that the
    /// chain began after was nobody's.
    async fn ended_before(&self, slot: Slot) -> Result<Option<Ended>, CycleError> {
        let state = self.ledger.state();
        let is_past = |newer: Slot| newer > slot;
        let open = state.open_slot.as_ref().map(|open| open.slot);
        let outcome = match &state.last_slot {
            Some(last) if last.slot == slot => Some(last.outcome.clone()),
            Some(last) if is_past(last.slot) => self.ledger.outcome_of(slot).await?,
            _ if open.is_some_and(is_past) => self.ledger.outcome_of(slot).await?,
            _ => return Ok(None),
        };
        Ok(Some(match outcome {
            Some(outcome) => Ended::Closed {
                slot,
                outcome,
                fresh: false,
            },
            None => Ended::NotASlot {
                why: format!("{slot} came before this journal's first record"),
            },
        }))
    }

    /// Whether the owner knows already what a try that ended nothing has to say: each reason is told
    /// once a slot. `told` are the reasons of earlier tries, by whichever process; what could not be
    /// recorded is remembered here.
    fn is_told(
        &mut self,
        slot: Slot,
        ended: &Result<Ended, CycleError>,
        told: &BTreeSet<String>,
    ) -> bool {
        match ended {
            Ok(Ended::TryFailed { .. }) => {
                let open = self.ledger.state().open_slot.as_ref();
                open.is_some_and(|open| open.failures == *told)
            }
            Ok(_) => false,
            Err(error) => {
                let said = Some((slot, error.to_string()));
                let is_told = self.said == said;
                self.said = said;
                is_told
            }
        }
    }

    /// Word to the owner of what must be known; a failed alert is logged and stops nothing.
    async fn tell(
        &self,
        slot: Slot,
        ended: &Result<Ended, CycleError>,
        odd_session: Option<String>,
        breaches: &[Breach],
    ) {
        let fresh = matches!(ended, Ok(Ended::Closed { fresh: true, .. }));
        let odd_session = odd_session.map(|text| (AlertLevel::Warning, text));
        let standing = [
            self.blindness(),
            self.open_exit(),
            self.strangers(slot),
            odd_session,
        ];
        let breached = breaches.iter().map(|breach| {
            let text = format!("invariant breached, nothing is bought until you resume: {breach}");
            (AlertLevel::Critical, text)
        });
        let standing = standing.into_iter().flatten().chain(breached);
        let standing = standing.filter(|_| fresh);
        for (level, text) in self.outcome_alert(ended).into_iter().chain(standing) {
            self.send_alert(slot, level, &text).await;
        }
    }

    /// What an end itself gives to tell. Where it leaves holdings that no order of ours will sell,
    /// the owner learns in the same breath what to sell by hand.
    fn outcome_alert(&self, ended: &Result<Ended, CycleError>) -> Option<(AlertLevel, String)> {
        let (level, text) = outcome_words(ended)?;
        let kind = match ended {
            Ok(Ended::TryFailed { .. }) => Some(QuietOutcome::TryFailed),
            Ok(Ended::Closed {
                outcome: Outcome::Missed,
                ..
            }) => Some(QuietOutcome::Missed),
            _ => None,
        };
        if kind.is_some_and(|kind| self.settings.alerts.leave_out.contains(&kind)) {
            return None;
        }
        let by_hand = match ended {
            Err(_) => self.state().by_hand(),
            Ok(_) if level == AlertLevel::Critical => self.state().stranded(),
            Ok(_) => None,
        };
        Some((level, with_remark(text, by_hand)))
    }

    /// Held and without a decision for slots on end: repeated until a slot decides.
    fn blindness(&self) -> Option<(AlertLevel, String)> {
        let blind = self.ledger.state().blind_slots;
        (blind >= BLIND_SLOTS_MAX).then(|| {
            let text = format!("{blind} slots in a row held without a decision");
            let by_hand = self.state().by_hand();
            (AlertLevel::Critical, with_remark(text, by_hand))
        })
    }

    /// An exit that was decided and not reached: repeated until it is.
    fn open_exit(&self) -> Option<(AlertLevel, String)> {
        let open = self.ledger.state().open_out.as_ref()?;
        let symbols: Vec<&str> = open.symbols().map(Symbol::as_str).collect();
        let text = format!(
            "{} was to be sold since {} and is not yet",
            symbols.join(" and "),
            open.since
        );
        Some((AlertLevel::Critical, text))
    }

    /// Holdings that neither an order of ours bought nor the owner adopted: those still there, and
    /// those this slot has sold.
    fn strangers(&self, slot: Slot) -> Option<(AlertLevel, String)> {
        let (state, traded) = (self.state(), &self.settings.strategy.symbol);
        let left = |tracked: &&TrackedOrder| {
            tracked.slot == slot && matches!(tracked.order().leg, Leg::Sell | Leg::Cover)
        };
        let sold = state.orders.values().filter(left);
        let sold = sold.map(|tracked| &tracked.order().symbol);
        let strangers = state.strangers(state.symbols_seen.iter().chain(sold), traded);
        if strangers.is_empty() {
            return None;
        }
        let symbols: Vec<&str> = strangers.iter().map(Symbol::as_str).collect();
        let what_follows = match self.settings.venue {
            Venue::AlpacaLive => "nothing is bought until `tqqq adopt`",
            Venue::AlpacaPaper | Venue::Local => "a bullish signal sells them",
        };
        let text = format!(
            "the account got {}, which no order of this program bought: {what_follows}",
            symbols.join(" and ")
        );
        Some((AlertLevel::Warning, text))
    }

    /// A failed alert is logged and stops nothing.
    async fn send_alert(&self, slot: Slot, level: AlertLevel, text: &str) {
        let head = self
            .ledger
            .head()
            .map_or_else(|| "empty".to_owned(), |head| head.to_string());
        let alert = Alert {
            level,
            title: format!("slot {slot}"),
            text: format!("{text}; journal head {head}"),
        };
        let clock = self.ports.clock.as_ref();
        let sent = clock::timeout(clock, ALERT_TIMEOUT, self.ports.alerts.send(&alert)).await;
        if let Err(error) = sent.unwrap_or_else(|elapsed| Err(elapsed.to_string())) {
            tracing::warn!(%slot, error, "an alert was not delivered");
        }
    }
}

/// What an end itself gives to tell.
fn outcome_words(ended: &Result<Ended, CycleError>) -> Option<(AlertLevel, String)> {
    Some(match ended {
        Ok(Ended::Closed {
            outcome: Outcome::Failed(error),
            ..
        }) => (AlertLevel::Critical, format!("failed: {error}")),
        Ok(Ended::Closed {
            outcome: Outcome::Missed,
            ..
        }) => (AlertLevel::Warning, "missed".to_owned()),
        Ok(Ended::Closed {
            outcome: Outcome::Refused(refusal),
            ..
        }) if is_grave(refusal.reason) => (
            AlertLevel::Critical,
            format!("refused: {}", refusal.words()),
        ),
        Ok(Ended::TryFailed { error, .. }) => {
            (AlertLevel::Notice, format!("a try failed: {error}"))
        }
        Err(error) => (AlertLevel::Critical, error.to_string()),
        Ok(_) => return None,
    })
}

/// Binds an empty chain, once; a bound one must be of this account and host.
async fn bind(ledger: &mut Ledger, binding: &Binding) -> Result<(), CycleError> {
    loop {
        if let Some(bound) = &ledger.state().binding {
            if bound.account == binding.account && bound.host == binding.host {
                return Ok(());
            }
            let limit = format!("account {} at {}", bound.account, bound.host);
            let seen = format!("account {} at {}", binding.account, binding.host);
            let refusal = Refusal::new(Reason::WrongAccount, limit, seen);
            return Err(CycleError::Foreign(refusal));
        }
        let record = Record::Bound(binding.clone());
        // On news the chain may be bound by now, perhaps to another account; and a run that owns no
        // slot yet cannot lose one.
        match ledger
            .append_unless_news(None, vec![record], Vec::new())
            .await
        {
            Ok(Appended::Won | Appended::News) | Err(CycleError::Superseded { .. }) => {}
            Err(error) => return Err(error),
        }
    }
}

/// `text`, and what else there is to say.
fn with_remark(text: String, remark: Option<String>) -> String {
    match remark {
        Some(remark) => format!("{text}; {remark}"),
        None => text,
    }
}

/// Refusals the owner must act on.
fn is_grave(reason: Reason) -> bool {
    reason.strands() || matches!(reason, Reason::Halted | Reason::InvariantBreached)
}
