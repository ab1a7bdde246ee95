//! What goes wrong in the exchange itself: halts, sessions cut short, splits, orders gone astray.

use market::calendar::{CalendarError, Session};
use market::time::{Duration, Time, milliseconds, minutes, new_york, new_york_date};
use market::{Date, Instant, Symbol};

use super::agenda::Event;
use super::book::Place;
use super::config::SplitBooking;
use super::engine::Finding;
use super::ledger::{Entry, SplitBooked};
use super::order::{Happening, Order, Status, TimeInForce};
use super::series::Silence;
use super::{Listed, Venue};
use crate::fault::{
    BlockedBy, Call, CancelRace, Fault, FaultId, FaultReport, Kind, Reading, Stuck, TooManyFaults,
};

/// An early split reaches positions so long before the open.
const SPLIT_BEFORE_OPEN: Duration = minutes(60);
/// A late one so long after it.
const SPLIT_AFTER_OPEN: Duration = minutes(15);
/// From a cancel's arrival to the fill that overtakes it.
const RACE: Duration = milliseconds(1);

/// Why a fault cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TroubleError {
    /// Too many.
    #[error(transparent)]
    TooMany(#[from] TooManyFaults),
    /// Nobody trades that here.
    #[error("{0} is not listed here, so it cannot be halted")]
    NotListed(Symbol),
    /// A session only ever ends earlier.
    #[error(
        "{date} closes at {close} anyway; an early close comes after the open and before the close"
    )]
    NotEarlier {
        /// The session.
        date: Date,
        /// Its close.
        close: Instant,
    },
    /// The calendar is used up.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl Venue {
    /// Sets a fault. Those of the exchange act from now on. A session that is cut short stays so,
    /// and a halt lasts until its moment or until it is cleared, whatever its count.
    ///
    /// # Errors
    /// [`TroubleError`]: it cannot be; nothing then changed.
    pub fn set_fault(&mut self, fault: Fault) -> Result<FaultId, TroubleError> {
        let kind = fault.kind.clone();
        let until = fault.until;
        self.check_trouble(&kind)?;
        let id = self.faults.set(fault)?;
        match kind {
            Kind::Halted(symbol) => self.halt(symbol.as_ref(), until),
            Kind::EarlyClose(_) | Kind::Closure => {
                let changed = self.changed_session(&kind)?;
                self.cut_short(changed);
                self.faults.struck(id);
            }
            Kind::Reading(_) => self.read_anew(),
            _ => {}
        }
        Ok(id)
    }

    /// Ends faults: those of a name, one by its number, or all. Halted symbols trade again.
    ///
    /// Answers how many it ended.
    pub fn clear_faults(&mut self, wanted: impl Fn(FaultId, &Fault) -> bool) -> usize {
        let ended = self.faults.clear(wanted);
        for fault in &ended {
            if let Kind::Halted(symbol) = &fault.kind {
                self.resume(symbol.as_ref());
            }
        }
        self.read_anew();
        ended.len()
    }

    /// Ends every fault and forgets it with its count; cancels that got stuck take effect.
    pub fn forget_faults(&mut self) {
        self.clear_faults(|_, _| true);
        self.faults.forget();
        let done = self.now + self.config.cancel_delay;
        let asked = |order: &Order| order.status == Status::PendingCancel;
        let open = self.book.open().filter(|(_, order)| asked(order));
        let stuck: Vec<_> = open.map(|(place, _)| place).collect();
        for place in stuck {
            self.agenda.add(done, Event::Cancel(place));
        }
    }

    /// Every fault that was set, with what it did.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultReport> {
        self.faults.reports(self.now)
    }

    /// The first fault due at a call, which strikes; for faces.
    pub fn strike<T>(&mut self, call: &Call, want: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        self.faults.strike(self.now, Some(call), want)
    }

    /// The faults due at a call; whoever finds that one changed something tells [`Venue::struck`].
    pub fn due<T>(&mut self, call: &Call, want: impl Fn(&Kind) -> Option<T>) -> Vec<(FaultId, T)> {
        match self.faults.is_empty() {
            true => Vec::new(),
            false => self.faults.due(self.now, Some(call), want),
        }
    }

    /// Counts a strike.
    pub fn struck(&mut self, id: FaultId) {
        self.faults.struck(id);
    }

    /// How often a fault struck so far.
    #[must_use]
    pub fn strikes(&self, id: FaultId) -> u64 {
        self.faults.strikes(id)
    }

    /// What keeps the account from trading, where something does.
    #[must_use]
    pub fn blocked(&self) -> Option<BlockedBy> {
        let blocked = self.faults.standing(self.now, |kind| match kind {
            Kind::Blocked(by) => Some(by.clone()),
            _ => None,
        });
        blocked.into_iter().next()
    }

    /// Whether the account may not trade, which strikes.
    pub(crate) fn is_blocked_now(&mut self) -> bool {
        let blocked = |kind: &Kind| matches!(kind, Kind::Blocked(_)).then_some(());
        self.faults.strike(self.now, None, blocked).is_some()
    }

    fn check_trouble(&self, kind: &Kind) -> Result<(), TroubleError> {
        match kind {
            Kind::Halted(Some(symbol)) if !self.listed.contains_key(symbol) => {
                Err(TroubleError::NotListed(symbol.clone()))
            }
            Kind::EarlyClose(_) | Kind::Closure => self.changed_session(kind).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// A reading that was set until a moment ends there.
    pub(super) fn end_readings(&mut self) {
        if !self.faults.is_empty() {
            self.read_anew();
        }
    }

    /// Counts that an unconfirmed fact was met, where a reading of it was set by name.
    pub(crate) fn met(&mut self, is_it: impl Fn(&Reading) -> bool) {
        if self.faults.is_empty() {
            return;
        }
        let set = |kind: &Kind| match kind {
            Kind::Reading(reading) if is_it(reading) => Some(()),
            _ => None,
        };
        self.faults.strike(self.now, None, set);
        self.end_readings();
    }

    /// Counts that a balance was asked for while proceeds of sales were not settled.
    #[cfg(feature = "http")]
    pub(crate) fn met_unsettled(&mut self) {
        if self.faults.is_empty() || self.has_settled() {
            return;
        }
        self.met(|reading| matches!(reading, Reading::UnsettledInCash(_)));
        self.met(|reading| matches!(reading, Reading::UnsettledInBuyingPower(_)));
        self.met(|reading| matches!(reading, Reading::UnsettledInNonMarginable(_)));
    }

    /// The readings of the configuration, then those set by name, the newest last.
    fn read_anew(&mut self) {
        self.unconfirmed = self.config.unconfirmed;
        let set = self.faults.standing(self.now, |kind| match kind {
            Kind::Reading(reading) => Some(*reading),
            _ => None,
        });
        for reading in set {
            self.unconfirmed.take(reading);
        }
    }
}

/// Orders on their way.
impl Venue {
    /// Brings an order to the market and says when it is looked at, if ever.
    pub(super) fn first_look(&mut self, place: Place) {
        let now = self.now;
        if self.book.get(place).stuck == Some(Stuck::New) {
            return;
        }
        let rejected = |kind: &Kind| (*kind == Kind::RejectedOrder).then_some(());
        if self.faults.strike(now, None, rejected).is_some() {
            let at = now + self.config.acknowledge_delay;
            return self.agenda.add(at, Event::Reject(place));
        }
        let stuck = self.faults.strike(now, None, |kind| match kind {
            Kind::StuckOrder(stuck) => Some(*stuck),
            _ => None,
        });
        self.book.change(place, |order| order.stuck = stuck);
        if stuck == Some(Stuck::New) {
            return;
        }
        let delay = self.faults.strike(now, None, |kind| match kind {
            Kind::DelayedFill(delay) => Some(*delay),
            _ => None,
        });
        self.look_later(
            place,
            now + self.config.fill_delay + delay.unwrap_or(Duration::ZERO),
        );
    }

    /// Fills an order whose cancel has just come, where that fault is due and it can be filled.
    pub(super) fn fill_before_cancel(&mut self, place: Place) {
        if let Some(id) = self.race_due(place, CancelRace::FillsBefore) {
            self.acknowledge(place);
            let session = self.session;
            if let Some(Finding::Fillable { price, left }) =
                session.map(|session| self.find(place, session))
            {
                self.faults.struck(id);
                self.fill(place, price, left, None);
            }
        }
    }

    /// When an order fills whose cancel was taken, where that fault is due.
    pub(super) fn fills_after_cancel(&mut self, place: Place) -> Option<Instant> {
        let id = self.race_due(place, CancelRace::FillsAfter)?;
        self.faults.struck(id);
        let at = self.now + RACE;
        self.book.change(place, |order| order.races = true);
        self.look_later(place, at);
        Some(at)
    }

    fn race_due(&mut self, place: Place, wanted: CancelRace) -> Option<FaultId> {
        let session = self.session?;
        let due = self.faults.due(self.now, None, |kind| match kind {
            Kind::CancelRace(race) if *race == wanted => Some(()),
            _ => None,
        });
        let (id, ()) = due.into_iter().next()?;
        let over = self.book.get(place).status.is_terminal();
        let fillable = matches!(self.find(place, session), Finding::Fillable { .. });
        (!over && fillable).then_some(id)
    }

    pub(super) fn cancel_gets_stuck(&mut self) -> bool {
        let stuck = |kind: &Kind| (*kind == Kind::StuckCancel).then_some(());
        self.faults.strike(self.now, None, stuck).is_some()
    }

    /// Whether an order is too young to be found by its client id, as one reading has it.
    pub fn hides_by_client_id(&mut self, client_order_id: &str) -> bool {
        let lag = self.unconfirmed.lookup_lag;
        let created = self
            .book
            .by_client_id(client_order_id)
            .map(|o| o.times.created);
        let hidden = created.is_some_and(|created| self.now.duration_since(created) < lag);
        if hidden {
            self.met(|reading| matches!(reading, Reading::LookupLag(_)));
        }
        hidden
    }

    /// Withdraws every order that is open in a symbol.
    fn withdraw_all(&mut self, symbol: &Symbol) {
        let now = self.now;
        for place in self.book.open_places() {
            self.book.change(place, |order| {
                if order.symbol == *symbol {
                    order.apply(Happening::CancelAsked, now);
                    order.apply(Happening::CancelDone, now);
                }
            });
        }
    }
}

/// Halts and sessions.
impl Venue {
    /// Whether a symbol's trades do not happen now.
    pub(super) fn is_silent(&self, symbol: &str) -> bool {
        self.listed(symbol)
            .is_some_and(|listed| !listed.series.is_heard(self.now))
    }

    /// Counts a halt that keeps an order from being filled, and shows the order as it then is.
    pub(super) fn note_halt(&mut self, place: Place) {
        if self.faults.is_empty() {
            return;
        }
        let symbol = self.book.get(place).symbol.clone();
        let silent = self.is_silent(symbol.as_str());
        let shown = self.unconfirmed.halt_shown;
        self.book
            .change(place, |order| order.halted = silent.then_some(shown));
        if silent {
            self.met(|reading| matches!(reading, Reading::HaltShown(_)));
            self.halt_strikes(symbol.as_str());
        }
    }

    /// Counts a halt that a price asked for does not move in.
    #[cfg(feature = "http")]
    pub(crate) fn met_halt(&mut self, symbol: &str) {
        if !self.faults.is_empty() && self.is_silent(symbol) {
            self.halt_strikes(symbol);
        }
    }

    fn halt_strikes(&mut self, symbol: &str) {
        let of_it = |halted: &Option<Symbol>| match halted {
            None => true,
            Some(halted) => halted.as_str() == symbol,
        };
        self.faults.strike(self.now, None, |kind| match kind {
            Kind::Halted(halted) if of_it(halted) => Some(()),
            _ => None,
        });
    }

    fn halt(&mut self, symbol: Option<&Symbol>, until: Option<Instant>) {
        // What has just traded stays traded.
        let from = self.now + milliseconds(1);
        for listed in affected(&mut self.listed, symbol) {
            listed.series.silence(Silence { from, until });
        }
    }

    fn resume(&mut self, symbol: Option<&Symbol>) {
        let now = self.now;
        for listed in affected(&mut self.listed, symbol) {
            listed.series.resume(now);
        }
        for place in self.book.open_places() {
            let order = self.book.get(place);
            let waits = order.next_look.is_none() && order.stuck.is_none();
            if self.session.is_some() && waits {
                self.look_later(place, now + self.config.fill_delay);
            }
        }
    }

    /// The session under way or the next one, as a fault leaves it.
    fn changed_session(&self, kind: &Kind) -> Result<(Session, Option<Session>), TroubleError> {
        let today = new_york_date(self.now);
        let session = match self.hours.session(today)? {
            Some(session) if self.now < session.close => session,
            _ => self.hours.next_session(today)?,
        };
        let Kind::EarlyClose(time) = kind else {
            return Ok((session, self.called_off(session)));
        };
        let close = close_at(session.date, *time).max(self.now);
        if close <= session.open || close >= session.close {
            let (date, close) = (session.date, session.close);
            return Err(TroubleError::NotEarlier { date, close });
        }
        Ok((session, Some(Session { close, ..session })))
    }

    /// A session under way can only end now; one to come is not held.
    fn called_off(&self, session: Session) -> Option<Session> {
        let begun = session.open < self.now;
        begun.then_some(Session {
            close: self.now,
            ..session
        })
    }

    fn cut_short(&mut self, (planned, real): (Session, Option<Session>)) {
        self.hours.change(planned.date, real);
        let from = real.map_or(planned.open, |session| session.close);
        let silence = Silence {
            from,
            until: Some(planned.close),
        };
        for listed in self.listed.values_mut() {
            listed.series.silence(silence);
        }
        let close = match real {
            Some(session) => Some(session.close),
            None => self.hours.next_session(planned.date).ok().map(|s| s.close),
        };
        self.move_expiries(planned.close, close);
        if self
            .session
            .is_some_and(|session| session.date == planned.date)
        {
            self.session = real.or(self.session);
            self.agenda.add(from, Event::Close);
            self.advance(self.now);
        }
    }

    /// Day orders live until the close that really comes.
    fn move_expiries(&mut self, planned: Instant, close: Option<Instant>) {
        let Some(close) = close else { return };
        for place in self.book.open_places() {
            self.book.change(place, |order| {
                let day = order.time_in_force == TimeInForce::Day;
                if day && order.times.expires == planned {
                    order.times.expires = close;
                }
            });
        }
    }
}

/// Splits.
impl Venue {
    /// Notes both moments at which each split may reach the position.
    pub(super) fn await_splits(&mut self) -> Result<(), CalendarError> {
        for (place, split) in self.config.splits.iter().enumerate() {
            let Some(session) = self.hours.session(split.ex_date())? else {
                continue;
            };
            let moments = [
                session.open - SPLIT_BEFORE_OPEN,
                session.open + SPLIT_AFTER_OPEN,
            ];
            for at in moments.into_iter().filter(|at| *at >= self.now) {
                self.agenda.add(at, Event::Split(place));
            }
        }
        Ok(())
    }

    pub(super) fn split_due(&mut self, place: usize) {
        let split = self.config.splits[place].clone();
        let booking = self.unconfirmed.split_booking;
        self.met(|reading| matches!(reading, Reading::SplitBooking(_)));
        let too_early = self.session.is_none() && booking == SplitBooking::AfterOpen;
        if booking == SplitBooking::Never || too_early || !self.booked_splits.insert(place) {
            return;
        }
        self.withdraw_all(split.symbol());
        let date = split.ex_date();
        let quantity = self.account.book_split(split.symbol(), split.basis(), date);
        if let Some(session) = self.session {
            self.revalue_holdings(session);
        }
        if !quantity.is_zero() {
            let symbol = split.symbol().clone();
            self.write(Entry::Split(SplitBooked {
                symbol,
                quantity,
                date,
            }));
        }
    }
}

fn affected<'a>(
    listed: &'a mut std::collections::BTreeMap<Symbol, Listed>,
    symbol: Option<&'a Symbol>,
) -> impl Iterator<Item = &'a mut Listed> {
    let wanted = move |(name, _): &(&Symbol, &mut Listed)| symbol.is_none_or(|s| s == *name);
    listed.iter_mut().filter(wanted).map(|(_, listed)| listed)
}

fn close_at(date: Date, time: Time) -> Instant {
    new_york(date, time)
}
