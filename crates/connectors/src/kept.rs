//! What raw answers kept beside the chain say, read once more by the readers that read them first.
//!
//! Answers are kept under the names that connectors gave them: `alpaca/account`. One in pages is
//! put together as it was when it came. Nothing is asked of anybody here.

use cycle::port::{BarRequest, Body};
use market::{Calendar, Date, RawBar, Symbol};
use trading::account::{Account, AccountConfiguration};
use trading::flow::CashFlow;
use trading::observation::{Asset, MarketClock, PricePoint, SessionHours, SourceName};
use trading::order::OrderReport;
use trading::portfolio::Position;
use trading::spread::Quote;

use crate::alpaca::activities::Movements;
use crate::alpaca::{
    self, account, activities, asset, bars, calendar, clock, configuration, latest_quote,
    latest_trade, orders, positions,
};
use crate::fmp::{self, historical_chart};
use crate::twelve_data::{self, time_series};
use crate::wire::Unreadable;

/// What each answer of one kind says, oldest first.
pub type Said<T> = Vec<Result<T, Unreadable>>;

/// The bodies that one record cites and that are still kept, in the order they came.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a>(pub &'a [Body]);

impl<'a> Kept<'a> {
    /// Balances and state of the account.
    #[must_use]
    pub fn accounts(self) -> Said<Account> {
        self.each("alpaca/account", account::read)
    }

    /// Holdings.
    #[must_use]
    pub fn holdings(self) -> Said<Vec<Position>> {
        self.each("alpaca/positions", positions::read)
    }

    /// Listings of orders, each page by itself.
    #[must_use]
    pub fn orders(self) -> Said<Vec<OrderReport>> {
        self.each("alpaca/orders", orders::list::read)
    }

    /// The broker's clock.
    #[must_use]
    pub fn clocks(self) -> Said<MarketClock> {
        self.each("alpaca/clock", clock::read)
    }

    /// The broker's session of `date`.
    #[must_use]
    pub fn sessions(self, date: Date) -> Said<Option<SessionHours>> {
        self.each("alpaca/calendar", |bytes| {
            let held = calendar::read(bytes, date)?;
            let of_date = held.iter().find(|session| session.date == date);
            Ok(of_date.map(|session| SessionHours {
                open: session.open,
                close: session.close,
            }))
        })
    }

    /// The owner's settings at the broker.
    #[must_use]
    pub fn configurations(self) -> Said<AccountConfiguration> {
        self.each("alpaca/configuration", configuration::read)
    }

    /// What the broker says of `symbol`.
    #[must_use]
    pub fn assets(self, symbol: &Symbol) -> Said<Asset> {
        self.each("alpaca/asset", |bytes| asset::read(bytes, symbol))
    }

    /// Quotes of `symbol`.
    #[must_use]
    pub fn quotes(self, symbol: &Symbol) -> Said<Option<Quote>> {
        self.each(latest_quote::WHAT, |bytes| {
            latest_quote::read(bytes, symbol)
        })
    }

    /// Prices of `symbol` from `source`.
    #[must_use]
    pub fn prices(self, source: &SourceName, symbol: &Symbol) -> Said<Option<PricePoint>> {
        match source.0.as_str() {
            alpaca::NAME => self.each(latest_trade::WHAT, |bytes| {
                latest_trade::read(bytes, symbol)
            }),
            twelve_data::NAME => self.each(twelve_data::QUOTE, |bytes| {
                twelve_data::quote::read(bytes, symbol).map(Some)
            }),
            fmp::NAME => self.each(fmp::QUOTE, |bytes| fmp::quote::read(bytes, symbol)),
            _ => Vec::new(),
        }
    }

    /// Movements of cash, all pages together; nothing where none was asked for.
    #[must_use]
    pub fn movements(self) -> Said<Vec<CashFlow>> {
        let pages = self.each(activities::WHAT, activities::read);
        if pages.is_empty() {
            return Vec::new();
        }
        let mut movements = Movements::default();
        for page in pages {
            match page {
                Ok(rows) => movements.take(rows),
                Err(error) => return vec![Err(error)],
            };
        }
        vec![Ok(movements.oldest_first())]
    }

    /// The rows that `source` gave to this request, or to one like it, each answer whole.
    #[must_use]
    pub fn bars(
        self,
        source: &SourceName,
        request: &BarRequest,
        calendar: &Calendar,
    ) -> Said<Vec<RawBar>> {
        match source.0.as_str() {
            twelve_data::NAME => self.each(twelve_data::SERIES, |bytes| {
                let mut rows = time_series::read(bytes, &request.symbol, request.interval)?;
                rows.retain(|bar| bar.start >= request.from);
                Ok(rows)
            }),
            fmp::NAME => self.charts(request),
            alpaca::NAME => self.pages(request, calendar),
            _ => Vec::new(),
        }
    }

    fn charts(self, request: &BarRequest) -> Said<Vec<RawBar>> {
        let mut said = Vec::new();
        let mut pages = fmp::Pages::new(request);
        for page in self.each(fmp::CHART, historical_chart::read) {
            match page {
                Ok(rows) => pages.take(rows),
                Err(error) => said.push(Err(error)),
            }
            if pages.wanted().is_none() {
                let whole = std::mem::replace(&mut pages, fmp::Pages::new(request));
                said.push(Ok(whole.rows()));
            }
        }
        said
    }

    fn pages(self, request: &BarRequest, calendar: &Calendar) -> Said<Vec<RawBar>> {
        let (mut said, mut rows) = (Vec::new(), Vec::new());
        for page in self.each(bars::WHAT, |bytes| bars::read(bytes, &request.symbol)) {
            match page {
                Ok(page) => {
                    rows.extend(page.bars);
                    if page.next.is_none() {
                        let whole = std::mem::take(&mut rows);
                        said.push(Ok(bars::wanted(whole, request, calendar)));
                    }
                }
                Err(error) => said.push(Err(error)),
            }
        }
        said
    }

    fn each<T>(self, what: &str, read: impl Fn(&[u8]) -> Result<T, Unreadable>) -> Said<T> {
        let named = self.0.iter().filter(|body| body.reference.what == what);
        named.map(|body| read(&body.bytes)).collect()
    }
}
