//! What the venue tells about itself.

use market::calendar::Session;
use market::time::new_york_date;
use market::{Date, Duration, Instant, Money, Price, Shares, Symbol};
use rust_decimal::Decimal;

use super::account::{Books, Holding};
use super::book::Place;
use super::config::{Multiplier, Settings};
use super::listing::Listed;
use super::order::{Order, OrderQuery};
use super::refusal::Refusal;
use super::uuid::Uuid;
use super::{Listing, Venue};

/// Equity below which every account is cut to multiplier 1, in cents.
const MARGIN_EQUITY_MIN_CENTS: i64 = 200_000;
/// Percent of a position's value that Regulation T ties up at entry.
const INITIAL_MARGIN_PERCENT: u32 = 50;

/// The account, valued at the last trades; dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the broker's own words, in the contract sheet")]
pub struct AccountView {
    pub id: Uuid,
    pub created: Instant,
    pub settings: Settings,
    /// In force: the owner's wish, cut to 1 below 2,000 dollars of equity.
    pub multiplier: Multiplier,
    pub cash: Money,
    pub equity: Money,
    pub long_market_value: Money,
    /// Zero or below.
    pub short_market_value: Money,
    pub buying_power: Money,
    pub regt_buying_power: Money,
    pub non_marginable_buying_power: Money,
    pub initial_margin: Money,
    pub maintenance_margin: Money,
    pub last_equity: Money,
    pub last_maintenance_margin: Money,
    /// Day of the `last_*` values.
    pub balance_as_of: Date,
}

/// A position, valued at the last trade.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionView {
    /// What is held.
    pub listing: Listing,
    /// Shares; below zero when sold short.
    pub quantity: Decimal,
    /// Shares that no open order holds, with the sign of the position.
    pub available: Decimal,
    /// Dollars paid; below zero when sold short.
    pub cost: Decimal,
    /// As `cost`, with what was held at the open counted at the close before.
    pub cost_today: Decimal,
    /// The last trade.
    pub price: Price,
    /// The close before today; `None` when the prices begin today.
    pub previous_close: Option<Price>,
}

impl PositionView {
    /// Dollars at the last trade; below zero when sold short.
    #[must_use]
    pub fn market_value(&self) -> Decimal {
        (self.quantity * self.price.decimal()).normalize()
    }
}

/// What the exchange's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockView {
    /// Now.
    pub now: Instant,
    /// A session is under way.
    pub is_open: bool,
    /// The next open strictly to come.
    pub next_open: Instant,
    /// The close of the session under way, else of the next one.
    pub next_close: Instant,
}

/// How late the broker's views show a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// In cash and what follows from it; at most [`super::LAG_MAX`].
    pub cash: Duration,
    /// In positions.
    pub positions: Duration,
}

impl Venue {
    /// The exchange's clock; `None` past the last session of the calendar.
    #[must_use]
    pub fn clock(&self) -> Option<ClockView> {
        let upcoming = self.upcoming_session()?;
        Some(ClockView {
            now: self.now,
            is_open: self.session.is_some(),
            next_open: upcoming.open,
            next_close: self.session.map_or(upcoming.close, |session| session.close),
        })
    }

    /// The first session that opens after now.
    pub(super) fn upcoming_session(&self) -> Option<Session> {
        let today = new_york_date(self.now);
        match self.hours.session(today).ok()? {
            Some(session) if self.now < session.open => Some(session),
            _ => self.hours.next_session(today).ok(),
        }
    }

    /// New York date of the newest bar of any symbol: nothing trades after it. `None` while nothing
    /// is listed.
    #[must_use]
    pub fn last_date(&self) -> Option<Date> {
        let newest = |listed: &Listed| listed.series.bars().last().map(|bar| bar.start);
        self.listed
            .values()
            .filter_map(newest)
            .max()
            .map(new_york_date)
    }

    /// The session under way.
    #[must_use]
    pub const fn session(&self) -> Option<Session> {
        self.session
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountView {
        self.account_behind(Lag::default())
    }

    /// The account as a broker shows it that is behind.
    #[must_use]
    pub fn account_behind(&self, lag: Lag) -> AccountView {
        let books = &self.books_behind(lag);
        let multiplier = self.multiplier();
        let (long, short) = self.market_values(books, self.now);
        let last = self.account.last;
        let unsettled = self.unconfirmed.unsettled;
        let buying = |at_most: Multiplier, unsettled| {
            self.spendable(books, multiplier.min(at_most), None, unsettled)
        };
        AccountView {
            id: self.account.id,
            created: self.account.created,
            settings: self.account.settings,
            multiplier,
            cash: match unsettled.in_cash {
                true => books.cash,
                false => books.cash - self.unsettled(),
            },
            equity: books.cash + long + short,
            long_market_value: long,
            short_market_value: short,
            buying_power: buying(Multiplier::Four, unsettled.in_buying_power),
            regt_buying_power: buying(Multiplier::Two, unsettled.in_buying_power),
            non_marginable_buying_power: buying(Multiplier::One, unsettled.in_non_marginable),
            initial_margin: percent(long - short, INITIAL_MARGIN_PERCENT),
            maintenance_margin: self.maintenance_margin(),
            last_equity: last.equity,
            last_maintenance_margin: last.maintenance_margin,
            balance_as_of: last.on,
        }
    }

    /// Whether a view that is so late shows anything else than the truth.
    #[must_use]
    pub fn is_behind(&self, lag: Lag) -> bool {
        self.books_behind(lag) != self.account.books
    }

    fn books_behind(&self, lag: Lag) -> Books {
        let before = |lag| self.account.books_before(self.now, lag);
        Books {
            cash: before(lag.cash).cash,
            holdings: before(lag.positions).holdings.clone(),
        }
    }

    /// Whether every sale is settled.
    #[cfg(feature = "http")]
    pub(super) fn has_settled(&self) -> bool {
        self.unsettled() == Money::ZERO
    }

    /// Dollars of sales that settle later than today.
    fn unsettled(&self) -> Money {
        self.account.unsettled(new_york_date(self.now))
    }

    /// Cash and positions at the last trades.
    #[must_use]
    pub fn equity(&self) -> Money {
        let (long, short) = self.market_values(&self.account.books, self.now);
        self.account.books.cash + long + short
    }

    /// Every position, by symbol.
    #[must_use]
    pub fn positions(&self) -> Vec<PositionView> {
        self.positions_behind(Duration::ZERO)
    }

    /// Every position, by symbol, as a broker shows them that is so late.
    #[must_use]
    pub fn positions_behind(&self, lag: Duration) -> Vec<PositionView> {
        let books = self.account.books_before(self.now, lag);
        let holdings = books.holdings.iter();
        holdings
            .filter_map(|(symbol, holding)| self.view_of(symbol, *holding))
            .collect()
    }

    /// The position in a symbol.
    ///
    /// # Errors
    /// [`Refusal::PositionNotFound`] when nothing is held.
    pub fn position(&self, symbol: &str) -> Result<PositionView, Refusal> {
        let mut all = self.positions().into_iter();
        all.find(|position| position.listing.symbol.as_str() == symbol)
            .ok_or(Refusal::PositionNotFound)
    }

    fn view_of(&self, symbol: &Symbol, holding: Holding) -> Option<PositionView> {
        let listed = self.listed.get(symbol)?;
        let free = holding
            .count()
            .saturating_sub(self.shares_held(symbol, None));
        let mut available = free.decimal();
        available.set_sign_negative(holding.quantity.is_sign_negative() && !free.is_zero());
        Some(PositionView {
            listing: listed.listing.clone(),
            quantity: holding.quantity,
            available,
            cost: holding.cost,
            cost_today: holding.cost_today,
            price: self.price_of(symbol, &holding, self.now)?,
            previous_close: listed.series.close_before(new_york_date(self.now)),
        })
    }

    /// The orders that a query wants, as far as one reply goes.
    #[must_use]
    pub fn orders(&self, query: &OrderQuery) -> Vec<&Order> {
        self.book.list(query)
    }

    /// The order of an id.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`].
    pub fn order(&self, id: &str) -> Result<&Order, Refusal> {
        Ok(self.book.get(self.place(id)?))
    }

    /// The order of a client id, the newest when there are several.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`].
    pub fn order_by_client_id(&self, client_order_id: &str) -> Result<&Order, Refusal> {
        let found = self.book.by_client_id(client_order_id);
        found.ok_or_else(|| Refusal::OrderNotFound {
            id: client_order_id.to_owned(),
        })
    }

    pub(super) fn place(&self, id: &str) -> Result<Place, Refusal> {
        let found = id.parse().ok().and_then(|id: Uuid| self.book.place_of(id));
        found.ok_or_else(|| Refusal::OrderNotFound { id: id.to_owned() })
    }

    /// The multiplier in force.
    pub(super) fn multiplier(&self) -> Multiplier {
        if self.equity() < Money::from_cents(MARGIN_EQUITY_MIN_CENTS) {
            return Multiplier::One;
        }
        self.account.settings.max_margin_multiplier
    }

    /// Dollars that may still be spent, never below zero, open orders but `except` deducted.
    ///
    /// Multiplier 1: cash. Else `multiplier * equity - value of all positions`, which at 2 is the
    /// broker's `(equity - initial margin) * 2`.
    pub(super) fn buying_power(&self, multiplier: Multiplier, except: Option<Place>) -> Money {
        let unsettled = self.unconfirmed.unsettled.in_buying_power;
        self.spendable(&self.account.books, multiplier, except, unsettled)
    }

    fn spendable(
        &self,
        books: &Books,
        multiplier: Multiplier,
        except: Option<Place>,
        unsettled_too: bool,
    ) -> Money {
        let gross = match multiplier {
            Multiplier::One => books.cash,
            margin => {
                let (long, short) = self.market_values(books, self.now);
                times(books.cash + long + short, margin.times()) - (long - short)
            }
        };
        let others = self.book.open().filter(|(place, _)| Some(*place) != except);
        let held: Money = others.map(|(_, order)| order.dollars_held()).sum();
        let left_out = match unsettled_too {
            true => Money::ZERO,
            false => self.unsettled(),
        };
        (gross - held - left_out).max(Money::ZERO)
    }

    /// Shares of a symbol that open closing orders but `except` hold.
    pub(super) fn shares_held(&self, symbol: &Symbol, except: Option<Place>) -> Shares {
        let others = self.book.open().filter(|(place, _)| Some(*place) != except);
        others
            .filter(|(_, order)| order.symbol == *symbol && !order.intent.opens())
            .map(|(_, order)| order.shares_left_held())
            .sum()
    }

    pub(super) fn maintenance_margin(&self) -> Money {
        let holdings = self.account.books.holdings.iter();
        let tied = holdings.filter_map(|(symbol, holding)| {
            let listing = &self.listed.get(symbol)?.listing;
            let rate = match holding.quantity.is_sign_negative() {
                false => listing.margin_long_percent,
                true => listing.margin_short_percent,
            };
            Some(percent(
                self.value_of(symbol, holding, self.now).abs(),
                rate,
            ))
        });
        tied.sum()
    }

    /// Value at the last trades of a moment of what is held (zero or above) and of what is sold
    /// short (zero or below).
    pub(super) fn market_values(&self, books: &Books, at: Instant) -> (Money, Money) {
        let mut values = (Money::ZERO, Money::ZERO);
        for (symbol, holding) in &books.holdings {
            let value = self.value_of(symbol, holding, at);
            match holding.quantity.is_sign_negative() {
                false => values.0 += value,
                true => values.1 += value,
            }
        }
        values
    }

    fn value_of(&self, symbol: &Symbol, holding: &Holding, at: Instant) -> Money {
        let price = self.price_of(symbol, holding, at);
        let value = price.map_or(Money::ZERO, |price| price * holding.count());
        match holding.quantity.is_sign_negative() {
            false => value,
            true => -value,
        }
    }

    /// The last trade, on the new basis where a split has changed the count and not yet the market.
    /// The other way round the old count meets the new price, as it does at a slow broker.
    fn price_of(&self, symbol: &Symbol, holding: &Holding, at: Instant) -> Option<Price> {
        let series = &self.listed.get(symbol)?.series;
        let trade = series.last_trade(at)?;
        let traded = new_york_date(trade.at);
        Some(series.basis(traded, holding.counted).price(trade.price))
    }
}

fn times(amount: Money, factor: u32) -> Money {
    exactly(amount.decimal() * Decimal::from(factor))
}

fn percent(amount: Money, rate: u32) -> Money {
    exactly(amount.decimal() * Decimal::new(i64::from(rate), 2))
}

fn exactly(dollars: Decimal) -> Money {
    Money::new(dollars).expect("every decimal is an amount of dollars")
}
