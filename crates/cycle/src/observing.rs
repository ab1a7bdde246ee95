//! Observe and decide: everything read once, recorded in one append with what it led to.
//!
//! The price is asked for at the slot, once the broker is seen to know the symbol; the bars after
//! they have settled. An error is an error, never an empty portfolio.

use std::collections::BTreeMap;

use market::bar::{Bar, Interval};
use market::calendar::{CalendarError, Disagreement, Slot};
use market::{Instant, Price, Symbol, time};
use trading::account::AccountConfiguration;
use trading::flow::CashFlow;
use trading::judge::{Decided, judge};
use trading::observation::{
    MarketClock, NoTrade, Observation, PricePoint, SessionHours, Skew, SourceName,
};
use trading::order::OrderReport;
use trading::outcome::Outcome;
use trading::record::{Record, SplitRuled};
use trading::unit::FLOWS_WINDOW;

use crate::error::{CycleError, Step};
use crate::ledger::Appended;
use crate::port::{Body, OrderQuery, PriceSource, ReadError, Reply, clock};
use crate::reading::SourceReading;
use crate::skew::told_apart;
use crate::slot_try::SlotTry;

/// Between two questions for a price that is not fresh yet.
///
/// Every question costs a credit, and the bars of the same minute need one too.
const PRICE_POLL: market::Duration = time::seconds(15);

/// So much further than the averages' window reaches back the broker's calendar is read: where days
/// were cut short the window reaches further.
const CALENDAR_MARGIN: market::Duration = market::Duration::from_hours(24 * 28);

/// After an account configuration that could not be read.
const CONFIGURATION_AGAIN: market::Duration = time::seconds(2);

/// What was observed, with what only this try needs of it.
pub(crate) struct Observed {
    pub(crate) observation: Observation,
    /// Orders the broker received since the newest known before.
    pub(crate) orders: Vec<OrderReport>,
    /// Where that listing began.
    pub(crate) known_until: Instant,
    /// A split that price and holding have both shown.
    confirmed: Option<SplitRuled>,
    bodies: Vec<Body>,
}

/// What the broker says of market and owner.
struct BrokerFacts {
    clock: MarketClock,
    skew: Skew,
    configuration: AccountConfiguration,
    configuration_unread: Option<String>,
}

/// What the broker's calendar says.
pub(crate) struct BrokerDays {
    today: Option<SessionHours>,
    /// Where it differs from ours, since before the averages' window.
    pub(crate) disagreements: Vec<Disagreement>,
}

/// The bodies of everything read, in order.
#[derive(Default)]
pub(crate) struct Bodies(Vec<Body>);

impl Bodies {
    pub(crate) fn keep<T>(&mut self, reply: Reply<T>) -> T {
        self.0.extend(reply.bodies);
        reply.value
    }
}

impl SlotTry<'_> {
    /// Reads everything the decision needs.
    pub(crate) async fn observe(&mut self) -> Result<Observed, CycleError> {
        let settled = self.bars_final_at()?;
        let mut bodies = Bodies::default();
        let signal_symbol = self.settings.strategy.signal_symbol().clone();
        let symbol = self.settings.strategy.symbol.clone();
        let asset = self.asset(&mut bodies).await?;
        let (price, second_price) = self.prices_or_none(&signal_symbol, &mut bodies).await?;
        let trade_price = if symbol == signal_symbol {
            price.clone()
        } else {
            self.prices_or_none(&symbol, &mut bodies).await?.0
        };
        self.clock().sleep_until(settled).await;
        // As late as may be: a close may be announced meanwhile.
        let days = self.broker_days(&mut bodies).await?;
        self.held = self.calendar.narrowed(&days.disagreements);
        let mut sources = self.source_readings(&signal_symbol, &mut bodies).await?;
        let facts = self.broker_facts(&mut bodies).await?;
        let known_until = self.known_until();
        let listed = self
            .read(self.ports.broker.orders(OrderQuery::Since(known_until)))
            .await;
        let orders = bodies
            .keep(listed.map_err(|error| CycleError::reading(Step::Observe, "orders", &error))?);
        let portfolio = self.observed_portfolio(&mut bodies).await?;
        let (flows, flows_unread) = self.flows(&mut bodies).await;
        let splits = self
            .take_out_splits(&mut sources, price.as_ref(), Some(&portfolio), &mut bodies)
            .await?;
        let missed_prices = self.missed_prices(&sources);
        let no_trade = no_trade(&sources);
        let observation = Observation {
            at: self.clock().now(),
            slot: self.slot,
            session: SessionHours {
                open: self.session.open,
                close: self.session.close,
            },
            broker_session: days.today,
            disagreements: days.disagreements,
            clock: facts.clock,
            skew: facts.skew,
            configuration: facts.configuration,
            configuration_unread: facts.configuration_unread,
            portfolio,
            asset,
            price,
            second_price,
            trade_price,
            sources: sources.into_iter().map(|reading| reading.view).collect(),
            no_trade,
            missed_prices,
            flows,
            flows_unread,
            suspected_splits: splits.suspected,
            ex_date: splits.ex_date,
            bodies: bodies.0.iter().map(|body| body.reference.clone()).collect(),
        };
        self.odd_session = self.odd_session_of(&observation);
        Ok(Observed {
            observation,
            orders,
            known_until,
            confirmed: splits.confirmed,
            bodies: bodies.0,
        })
    }

    /// Whether an exit decided before is to be carried out: it needs neither price nor bars, so no
    /// failure of a source may hold it back.
    pub(crate) fn exit_is_open(&self) -> bool {
        let state = self.ledger.state();
        let flattens = state.halt.as_ref().is_some_and(|halt| halt.flatten);
        state.open_out.is_some() || flattens
    }

    /// The prices; while an exit is open a source that fails has none.
    async fn prices_or_none(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Result<(Option<PricePoint>, Option<PricePoint>), CycleError> {
        match self.prices(symbol, bodies).await {
            Err(error @ (CycleError::Transient { .. } | CycleError::Permanent { .. }))
                if self.exit_is_open() =>
            {
                tracing::warn!(slot = %self.slot, %error, "no price, and an exit that needs none");
                Ok((None, None))
            }
            prices => prices,
        }
    }

    /// When the newest bar counts as final; a try that ends before sees nothing.
    fn bars_final_at(&self) -> Result<Instant, CycleError> {
        let settled = self.slot.at() + self.settings.data.settle();
        if settled > self.deadlines.send_until {
            let why = "the bars are final only after the end of this try".to_owned();
            return Err(CycleError::Transient {
                step: Step::Observe,
                why,
            });
        }
        Ok(settled)
    }

    /// The broker's calendar of the averages' window and today, held against ours: no table knows
    /// of a closure before it is decided, and bars that never were must not be waited for.
    pub(crate) async fn broker_days(&self, bodies: &mut Bodies) -> Result<BrokerDays, CycleError> {
        let permanent = |error: CalendarError| CycleError::Permanent {
            step: Step::Observe,
            why: error.to_string(),
        };
        let window = self.settings.strategy.params()?.window_hours() as usize;
        let hours = self.calendar.closed_hours(self.session.open, window);
        let oldest = hours.map_err(permanent)?.first().map(|hour| hour.start);
        let from = oldest.unwrap_or(self.session.open) - CALENDAR_MARGIN;
        let (from, today) = (time::new_york_date(from), self.slot.date());
        let listed = self.read(self.ports.broker.sessions(from, today)).await;
        let theirs = bodies
            .keep(listed.map_err(|error| CycleError::reading(Step::Observe, "calendar", &error))?);
        let of_today = theirs.iter().find(|session| session.date == today);
        let disagreements = self.calendar.disagreements(from, today, &theirs);
        Ok(BrokerDays {
            today: of_today.map(|session| SessionHours::from(*session)),
            disagreements: disagreements.map_err(permanent)?,
        })
    }

    /// What the owner should know of how the calendars differ: of today at every slot, of days
    /// before at the first of a session.
    fn odd_session_of(&self, seen: &Observation) -> Option<String> {
        let last = self.ledger.state().last_slot.as_ref();
        let is_first = last.is_none_or(|last| {
            last.slot.date() < self.slot.date() || last.outcome == Outcome::Missed
        });
        let past = is_first.then(|| odd_days(seen)).flatten();
        let told: Vec<String> = odd_session(seen).into_iter().chain(past).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// What the broker says of market and owner.
    async fn broker_facts(&self, bodies: &mut Bodies) -> Result<BrokerFacts, CycleError> {
        let (clock, skew) = self.market_clock(bodies).await?;
        let (configuration, configuration_unread) = self.configuration(bodies).await;
        Ok(BrokerFacts {
            clock,
            skew,
            configuration,
            configuration_unread,
        })
    }

    /// The owner's settings at the broker, or why they are not known: that stops entries, never an
    /// exit. What may pass is asked once more, since it costs the slot its entry.
    async fn configuration(&self, bodies: &mut Bodies) -> (AccountConfiguration, Option<String>) {
        let broker = &self.ports.broker;
        let mut answer = self.read(broker.configuration()).await;
        if answer.as_ref().is_err_and(|error| !error.is_permanent()) {
            clock::sleep(self.clock(), CONFIGURATION_AGAIN).await;
            answer = self.read(broker.configuration()).await;
        }
        match answer {
            Ok(reply) => (bodies.keep(reply), None),
            Err(error) => {
                tracing::warn!(slot = %self.slot, %error, "account configuration unread");
                (AccountConfiguration::UNKNOWN, Some(error.to_string()))
            }
        }
    }

    /// Judges what was observed and records both in one append; once more when a switch was
    /// thrown meanwhile, so that the record is what replay computes.
    pub(crate) async fn decide(&mut self, observed: &Observed) -> Result<Decided, CycleError> {
        self.check_known(&observed.orders)?;
        loop {
            let judgement = judge(&observed.observation, self.ledger.state(), self.settings)?;
            let mut records = vec![Record::Observed(Box::new(observed.observation.clone()))];
            records.extend(judgement.reconstructed.map(Record::Reconstructed));
            records.extend(judgement.revised.into_iter().map(Record::Revised));
            records.push(Record::Decided(Box::new(judgement.decided.clone())));
            records.extend(observed.confirmed.clone().map(Record::SplitRuled));
            let bodies = observed.bodies.clone();
            match self
                .ledger
                .append_unless_news(Some(self.slot), records, bodies)
                .await?
            {
                Appended::Won => return Ok(judgement.decided),
                Appended::News => {}
            }
        }
    }

    /// When the broker received the newest order the journal knows.
    pub(crate) fn known_until(&self) -> Instant {
        self.ledger
            .state()
            .newest_order_at
            .unwrap_or(Instant::UNIX_EPOCH)
    }

    async fn observed_portfolio(
        &self,
        bodies: &mut Bodies,
    ) -> Result<trading::portfolio::Portfolio, CycleError> {
        let broker = &self.ports.broker;
        let wrong = |what: &'static str| {
            move |error: ReadError| CycleError::reading(Step::Observe, what, &error)
        };
        let read = self.read(broker.positions()).await;
        let positions = market::sabotage!(
            ErrorIsFlat,
            Ok(read.unwrap_or_else(|_| no_positions())),
            read
        );
        let positions = bodies.keep(positions.map_err(wrong("positions"))?);
        let open_orders = bodies.keep(
            self.read(broker.orders(OrderQuery::Open))
                .await
                .map_err(wrong("open orders"))?,
        );
        let account = bodies.keep(
            self.read(broker.account())
                .await
                .map_err(wrong("account"))?,
        );
        Ok(trading::portfolio::Portfolio {
            at: self.clock().now(),
            account,
            positions,
            open_orders,
        })
    }

    /// Movements of cash of the last days, or why they are not known: that stops entries, never an
    /// exit.
    async fn flows(&self, bodies: &mut Bodies) -> (Vec<CashFlow>, Option<String>) {
        let after = self.clock().now() - FLOWS_WINDOW;
        match self.read(self.ports.broker.flows(after)).await {
            Ok(reply) => (bodies.keep(reply), None),
            Err(error) => {
                tracing::warn!(slot = %self.slot, %error, "movements of cash unread");
                (Vec::new(), Some(error.to_string()))
            }
        }
    }

    /// The price of `symbol` from the first source that has a fresh one, and a second opinion.
    /// At the opening slot the first trade is waited for.
    async fn prices(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Result<(Option<PricePoint>, Option<PricePoint>), CycleError> {
        let waits_for_open = self.slot.at() == self.session.open;
        let until = if waits_for_open {
            self.deadlines.observe
        } else {
            self.slot.at() + self.settings.data.settle()
        };
        loop {
            let points = self.ask_prices(symbol, bodies).await?;
            let (first, second) = self.first_two(&points);
            let settled = first.as_ref().is_some_and(|point| self.is_fresh(point.at));
            if settled || self.clock().now() + PRICE_POLL > until {
                return Ok((first, second));
            }
            clock::sleep(self.clock(), PRICE_POLL).await;
        }
    }

    /// The price to follow and a second opinion: the fresh ones first, each in the order asked.
    pub(crate) fn first_two(
        &self,
        points: &[PricePoint],
    ) -> (Option<PricePoint>, Option<PricePoint>) {
        let fresh = |point: &&PricePoint| self.is_fresh(point.at);
        let mut ordered = points
            .iter()
            .filter(fresh)
            .chain(points.iter().filter(|point| !self.is_fresh(point.at)));
        (ordered.next().cloned(), ordered.next().cloned())
    }

    fn is_fresh(&self, at: Instant) -> bool {
        at >= self.session.open && at >= self.slot.at() - self.settings.data.max_price_age()
    }

    /// Every source's newest price; an error only when no source answered at all, or when none ever
    /// will.
    async fn ask_prices(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Result<Vec<PricePoint>, CycleError> {
        let mut points = Vec::new();
        let mut errors: Vec<(String, ReadError)> = Vec::new();
        for (source, answer) in self.ask_each_price(symbol, bodies).await {
            match answer {
                Ok(point) => points.extend(point),
                Err(error) => errors.push((format!("price from {source}"), error)),
            }
        }
        let may_pass = errors.iter().find(|(_, error)| !error.is_permanent());
        if points.is_empty() && may_pass.is_none() {
            self.check_signal_symbol(symbol, &errors, bodies).await?;
        }
        let answered = self.ports.price_sources.len() > errors.len();
        match may_pass.or(errors.first()) {
            Some((what, error)) if !answered => {
                Err(CycleError::reading(Step::Observe, what, error))
            }
            Some((what, error)) => {
                tracing::info!(slot = %self.slot, "{what}: {error}");
                Ok(points)
            }
            None => Ok(points),
        }
    }

    /// What every source of prices answers, asked at the same time, in the configured order.
    pub(crate) async fn ask_each_price(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Vec<(SourceName, Result<Option<PricePoint>, ReadError>)> {
        let sources = &self.ports.price_sources;
        let asked = sources
            .iter()
            .map(|source| self.ask_price(source.as_ref(), symbol));
        let replies = futures_util::future::join_all(asked).await;
        sources
            .iter()
            .zip(replies)
            .map(|(source, reply)| (source.name(), reply.map(|reply| bodies.keep(reply))))
            .collect()
    }

    async fn ask_price(
        &self,
        source: &dyn PriceSource,
        symbol: &Symbol,
    ) -> Result<Reply<Option<PricePoint>>, ReadError> {
        self.read(source.price(symbol)).await
    }

    /// The broker's clock, and how far it is from ours against the midpoint of a quick request.
    pub(crate) async fn market_clock(
        &self,
        bodies: &mut Bodies,
    ) -> Result<(MarketClock, Skew), CycleError> {
        let ask = || self.read(self.ports.broker.clock());
        let (replies, skew) = told_apart(self.clock(), ask)
            .await
            .map_err(|error| CycleError::reading(Step::Observe, "clock", &error))?;
        let mut newest = None;
        for reply in replies {
            newest = Some(bodies.keep(reply));
        }
        let newest = newest.expect("at least one request was answered, or an error was returned");
        Ok((newest, skew))
    }

    /// The price at every slot nobody decided, where a bar began at it.
    fn missed_prices(&self, sources: &[SourceReading]) -> BTreeMap<Slot, Price> {
        let Some(undecided) = self.ledger.state().undecided else {
            return BTreeMap::new();
        };
        let may_all_lead = sources.len() == 1;
        let bars: &[Bar] = sources
            .iter()
            .find(|reading| reading.is_usable() && (may_all_lead || !reading.view.only_confirms))
            .map_or(&[], |reading| &reading.bars);
        let at_slot = |bar: &&Bar| {
            (undecided.first.at()..=undecided.last.at()).contains(&bar.start)
                && self.calendar.slot(bar.start).ok().flatten().is_some()
        };
        bars.iter()
            .filter(at_slot)
            .map(|bar| (Slot::new(bar.start), bar.open))
            .collect()
    }
}

/// Bars that nobody traded, with the sources that lack them, oldest first.
fn no_trade(sources: &[SourceReading]) -> Vec<NoTrade> {
    let mut lacking: BTreeMap<Instant, Vec<SourceName>> = BTreeMap::new();
    for reading in sources {
        for start in &reading.untraded {
            let name = reading.view.source.clone();
            lacking.entry(*start).or_default().push(name);
        }
    }
    let told = lacking.into_iter();
    told.map(|(start, lacking)| NoTrade { start, lacking })
        .collect()
}

/// The days before on which the broker's calendar differs from ours, for the owner.
fn odd_days(seen: &Observation) -> Option<String> {
    let today = seen.slot.date();
    let past = seen.disagreements.iter().filter(|it| it.date < today);
    let days: Vec<String> = past.map(|it| it.date.to_string()).collect();
    (!days.is_empty()).then(|| {
        format!(
            "the broker's calendar differs from ours on {}: bars count where both have a session; \
             say in `[calendar] overrides` how it was",
            days.join(", ")
        )
    })
}

/// How the broker's calendar or clock differs from our calendar, for the owner.
fn odd_session(seen: &Observation) -> Option<String> {
    let hours = |session: SessionHours| {
        let [open, close] = [session.open, session.close].map(time::new_york_text);
        format!("{open} to {close}")
    };
    match seen.broker_session {
        None => Some("the broker's calendar has no session today".to_owned()),
        Some(theirs) if theirs != seen.session => Some(format!(
            "the broker's session is {}, ours {}",
            hours(theirs),
            hours(seen.session)
        )),
        Some(theirs) => (!seen.clock.is_open && seen.at < theirs.close)
            .then(|| "the market is closed by the broker's clock".to_owned()),
    }
}

/// The bars live asks for.
pub(crate) const LIVE_INTERVAL: Interval = Interval::ThirtyMinutes;

market::sabotage! { @items
    fn no_positions() -> Reply<Vec<trading::portfolio::Position>> {
        let (value, bodies) = (Vec::new(), Vec::new());
        Reply { value, bodies }
    }
}
