//! A look at what the sources say now: prices and hours, read as a slot reads them, outside of any
//! slot and without an account. Nothing is written.
//!
//! In a session the hours that are final count, so the newest is at least `data.settle_s` old.
//! Outside of one the newest session's close is looked back at: all its hours, and its last price.

use market::calendar::{Calendar, Session, Slot};
use market::{Instant, Price, time};
use strategy::{Holding, HoursMode};
use trading::account::AccountId;
use trading::gates;
use trading::judge::{Survey, survey, usable_price};
use trading::observation::{PricePoint, Reading, SourceName, SourceView, SuspectedSplit};
use trading::order::AccountTag;
use trading::outcome::{Reason, Refusal};
use trading::settings::{Settings, SettingsError};
use trading::state::State;

use crate::deadline::{Deadlines, OBSERVE_MAX};
use crate::error::{CycleError, Step};
use crate::ledger::Ledger;
use crate::observing::Bodies;
use crate::port::ReadError;
use crate::runner::Ports;
use crate::slot_try::SlotTry;
use crate::splitting::Announced;

/// What the sources say at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// When it was asked for.
    pub now: Instant,
    /// The session under way, else the newest that is over.
    pub session: Session,
    /// Hours that were closed by then count.
    pub until: Slot,
    /// Every source of bars, in the configured order.
    pub sources: Vec<SourceSeen>,
    /// Every source of prices, in the order asked.
    pub prices: Vec<PriceSeen>,
    /// The price that a slot would follow, and a second opinion.
    pub price: Option<PricePoint>,
    /// The second opinion.
    pub second_price: Option<PricePoint>,
    /// Jumps that look like splits nobody has announced.
    pub suspected_splits: Vec<SuspectedSplit>,
    /// The journal, folded; the default where none was begun.
    pub state: State,
}

/// A source of bars as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSeen {
    /// What a slot would record of it.
    pub view: SourceView,
    /// What the vendor answered instead of rows.
    pub error: Option<ReadError>,
}

/// A source of prices as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceSeen {
    /// Which source.
    pub source: SourceName,
    /// Its newest price, `None` when it has none, or what it answered instead.
    pub answer: Result<Option<PricePoint>, ReadError>,
}

/// Looks at every source once, with the ports and settings of a runner.
///
/// # Errors
/// [`CycleError`] when the journal cannot be read, or calendar or configuration make no sense. What
/// a source answers is in the sighting.
pub async fn look(ports: &Ports, settings: &Settings) -> Result<Sighting, CycleError> {
    settings.validate()?;
    let calendar = settings.calendar()?;
    let now = ports.clock.now();
    let (session, until) = moment(&calendar, now, settings)?;
    let run = ports.entropy.run_id();
    let mut ledger = Ledger::load(ports.journal.clone(), ports.clock.clone(), run).await?;
    let state = ledger.state().clone();
    let slot_try = SlotTry {
        ports,
        settings,
        calendar: &calendar,
        held: calendar.clone(),
        // Names orders, of which there are none here.
        tag: &AccountTag::of(&AccountId::new("nobody's")),
        ledger: &mut ledger,
        slot: until,
        session,
        deadlines: Deadlines {
            observe: now,
            send_until: now,
            end: now + OBSERVE_MAX,
        },
        announced: &mut Announced::default(),
        odd_session: None,
        breaches: Vec::new(),
        quote: None,
        spread_until: None,
    };
    slot_try.sight(now, state).await
}

/// The session to look at, and the moment in it by which hours have to be closed: a little ago, so
/// that they are final.
fn moment(
    calendar: &Calendar,
    now: Instant,
    settings: &Settings,
) -> Result<(Session, Slot), CycleError> {
    let permanent = |error: market::calendar::CalendarError| CycleError::Permanent {
        step: Step::Observe,
        why: error.to_string(),
    };
    let today = time::new_york_date(now);
    let begun = calendar.session(today).map_err(permanent)?;
    let session = match begun.filter(|session| session.open <= now) {
        Some(session) => session,
        None => calendar.previous_session(today).map_err(permanent)?,
    };
    let final_by = now - settings.data.settle();
    let until = final_by.min(session.close).max(session.open);
    Ok((session, Slot::new(until)))
}

impl SlotTry<'_> {
    async fn sight(mut self, now: Instant, state: State) -> Result<Sighting, CycleError> {
        let mut bodies = Bodies::default();
        let symbol = self.settings.strategy.signal_symbol().clone();
        let answers = self.ask_each_price(&symbol, &mut bodies).await;
        let points = answers
            .iter()
            .filter_map(|(_, answer)| answer.as_ref().ok()?.clone())
            .collect::<Vec<_>>();
        let (price, second_price) = self.first_two(&points);
        // A look goes on without the broker: then sessions are as our own table has them.
        match self.broker_days(&mut bodies).await {
            Ok(days) => self.held = self.calendar.narrowed(&days.disagreements),
            Err(error) => tracing::warn!(%error, "looked without the broker's calendar"),
        }
        let mut readings = self.ask_sources(&symbol, &mut bodies).await?;
        let in_session = self.session.contains(now);
        let splits = self
            .take_out_splits(
                &mut readings,
                price.as_ref().filter(|_| in_session),
                None,
                &mut bodies,
            )
            .await?;
        let seen = |(source, answer)| PriceSeen { source, answer };
        Ok(Sighting {
            now,
            session: self.session,
            until: self.slot,
            sources: readings
                .into_iter()
                .map(|reading| SourceSeen {
                    view: reading.view,
                    error: reading.error,
                })
                .collect(),
            prices: answers.into_iter().map(seen).collect(),
            price,
            second_price,
            suspected_splits: splits.suspected,
            state,
        })
    }
}

impl Sighting {
    /// Whether the session is under way.
    #[must_use]
    pub fn in_session(&self) -> bool {
        self.session.contains(self.now)
    }

    /// The price the signal is taken at: in session as a slot takes it, else the last close of the
    /// first source that may lead.
    ///
    /// # Errors
    /// The [`Refusal`] that a slot would end with.
    pub fn signal_price(&self, settings: &Settings) -> Result<PricePoint, Refusal> {
        if self.in_session() {
            let open = self.session.open;
            return usable_price(self.price.as_ref(), self.until, open, &settings.data).cloned();
        }
        let only_one = self.sources.len() == 1;
        let leading = self.views().into_iter();
        let mut leading = leading.filter(|view| only_one || !view.only_confirms);
        leading
            .find_map(|view| self.last_close(&view, settings))
            .ok_or_else(|| {
                let limit = "a session's last close from one usable source";
                Refusal::new(Reason::NoData, limit, "no usable source")
            })
    }

    fn last_close(&self, view: &SourceView, settings: &Settings) -> Option<PricePoint> {
        let Reading::Usable { closed, .. } = &view.reading else {
            return None;
        };
        let hour = closed.last()?;
        Some(PricePoint {
            symbol: settings.strategy.signal_symbol().clone(),
            price: hour.close,
            at: hour.end,
            source: view.source.clone(),
        })
    }

    /// What all sources together make of it.
    ///
    /// # Errors
    /// [`SettingsError`] when the strategy's parameters make no sense.
    pub fn survey(&self, settings: &Settings) -> Result<Survey, SettingsError> {
        let price = match gates::split_suspected(&self.suspected_splits, &self.state) {
            Some(suspected) => Err(suspected),
            None => self.signal_price(settings).map(|point| point.price),
        };
        self.survey_at(price, settings)
    }

    /// What all sources together make of this price, whether or not a slot would take it: for the
    /// numbers alone.
    ///
    /// # Errors
    /// As [`Sighting::survey`].
    pub fn survey_at(
        &self,
        price: Result<Price, Refusal>,
        settings: &Settings,
    ) -> Result<Survey, SettingsError> {
        let mut params = settings.strategy.params()?;
        if !self.in_session() {
            // The hour that the last close would be folded into is closed and counted already.
            params = params.with_hours(HoursMode::Closed);
        }
        let views = self.views();
        Ok(survey(
            &views,
            self.until,
            price,
            Holding::Flat,
            settings,
            &params,
        ))
    }

    fn views(&self) -> Vec<SourceView> {
        self.sources.iter().map(|seen| seen.view.clone()).collect()
    }
}
