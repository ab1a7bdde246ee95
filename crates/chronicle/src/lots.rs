//! Lots: which shares were sold, when they were bought, what they cost. First in, first out.
//!
//! [`Lots`] is told of purchases, sales, splits and looks at the holding, in their order, and keeps
//! two laws: shares held are shares bought less shares sold, and the dollars of every lot add up
//! to what was paid, to the last digit, for a part takes its rounded share and leaves the rest.
//! Shares that came or went without an order are lots as well, and what nobody knows of them is
//! `None`. Deliberately absent: any tax beyond the two flags that a broker's form has.

mod closed;
mod wash;

use std::collections::BTreeMap;

use market::{Date, Decimal, Money, Ratio, Shares, Symbol};

pub use closed::{Closed, Term};
pub use wash::Wash;

/// Digits behind the point that a part of a lot's cost is rounded to; the rest stays in the lot.
const PART_DECIMALS: u32 = 6;

/// One order's part in the lots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal<'a> {
    /// The order.
    pub order: &'a str,
    /// Of which symbol.
    pub symbol: &'a Symbol,
    /// The New York date of the fill.
    pub date: Date,
    /// How many shares.
    pub shares: Shares,
    /// For how much, in dollars; `None` where the broker did not tell.
    pub value: Option<Money>,
}

/// Shares bought together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Its number, from 1.
    pub number: u64,
    /// Of what.
    pub symbol: Symbol,
    /// The order that bought it; `None` for shares that no order of this program bought.
    pub order: Option<String>,
    /// The New York date it was bought; `None` for shares found, which may be older.
    pub acquired: Option<Date>,
    /// The New York date from which the journal knows it.
    pub known_since: Date,
    /// Shares still held of it, in shares of today.
    pub shares: Shares,
    /// What those cost, in dollars.
    pub cost: Option<Money>,
    /// Which of all deals it was, counted from 1.
    step: u64,
    /// The deal that took the last of it.
    gone: Option<u64>,
}

/// All lots of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lots {
    /// Every lot there was, oldest first.
    all: Vec<Lot>,
    closed: Vec<Closed>,
    /// Deals so far; all fills of an order are one.
    steps: u64,
    /// The order of the newest deal.
    newest: Option<String>,
    /// Open lots by symbol, as indices of `all`.
    open: BTreeMap<Symbol, Vec<usize>>,
}

impl Lots {
    /// Lots still held, in part or whole, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Lot> {
        self.all.iter().filter(|lot| !lot.shares.is_zero())
    }

    /// Parts of lots that were sold, in the order of sale.
    #[must_use]
    pub fn closed(&self) -> &[Closed] {
        &self.closed
    }

    /// Shares held by what is known.
    #[must_use]
    pub fn held(&self, symbol: &Symbol) -> Shares {
        self.open_of(symbol).map(|at| self.all[at].shares).sum()
    }

    fn open_of(&self, symbol: &Symbol) -> impl Iterator<Item = usize> {
        self.open.get(symbol).into_iter().flatten().copied()
    }

    /// Shares bought; later fills of an order join its lot.
    pub fn buy(&mut self, deal: &Deal) {
        if deal.shares.is_zero() {
            return;
        }
        let step = self.step(Some(deal.order));
        let own = |at: &usize| self.all[*at].order.as_deref() == Some(deal.order);
        let known = self.open_of(deal.symbol).find(own);
        if let Some(at) = known {
            let lot = &mut self.all[at];
            lot.shares += deal.shares;
            lot.cost = lot.cost.zip(deal.value).map(|(cost, value)| cost + value);
            return;
        }
        self.begin(Lot {
            number: 0,
            symbol: deal.symbol.clone(),
            order: Some(deal.order.to_owned()),
            acquired: Some(deal.date),
            known_since: deal.date,
            shares: deal.shares,
            cost: deal.value,
            step,
            gone: None,
        });
    }

    /// Shares sold, of the oldest lots first. More than is known to be held comes from a lot of
    /// which nothing is known.
    pub fn sell(&mut self, deal: &Deal) {
        if deal.shares.is_zero() {
            return;
        }
        let missing = deal.shares.saturating_sub(self.held(deal.symbol));
        if !missing.is_zero() {
            self.find(deal.symbol, missing, None, deal.date);
        }
        self.take(
            Some(deal.order),
            deal.symbol,
            deal.date,
            deal.shares,
            deal.value,
        );
    }

    /// Shares that are there without an order of ours, with what the broker says they cost.
    pub fn find(&mut self, symbol: &Symbol, shares: Shares, cost: Option<Money>, date: Date) {
        if shares.is_zero() {
            return;
        }
        let step = self.step(None);
        self.begin(Lot {
            number: 0,
            symbol: symbol.clone(),
            order: None,
            acquired: None,
            known_since: date,
            shares,
            cost,
            step,
            gone: None,
        });
    }

    /// Shares that are gone without an order of ours: taken from the oldest lots, for nobody knows
    /// how much.
    pub fn lose(&mut self, symbol: &Symbol, shares: Shares, date: Date) {
        let shares = shares.min(self.held(symbol));
        self.take(None, symbol, date, shares, None);
    }

    /// Every lot of `symbol` in shares of after the split; what they cost stays.
    pub fn split(&mut self, symbol: &Symbol, ratio: Ratio) {
        let Some(mut left) = ratio.adjust_shares(self.held(symbol)) else {
            return;
        };
        let open: Vec<usize> = self.open_of(symbol).collect();
        for (index, at) in open.iter().enumerate() {
            let is_last = index + 1 == open.len();
            let lot = &mut self.all[*at];
            // Rounding each lot down leaves some billionths of a share, which the last one gets.
            let part = ratio.adjust_shares(lot.shares).filter(|_| !is_last);
            lot.shares = part.map_or(left, |part| part.min(left));
            left = left.saturating_sub(lot.shares);
        }
        self.forget_empty(symbol);
    }

    /// What shares cost of which a reverse split has left less than a billionth.
    pub fn rounded_away(&self) -> impl Iterator<Item = Money> {
        let rounded = |lot: &&Lot| lot.shares.is_zero() && lot.gone.is_none();
        self.all.iter().filter(rounded).filter_map(|lot| lot.cost)
    }

    fn forget_empty(&mut self, symbol: &Symbol) {
        let all = &self.all;
        if let Some(open) = self.open.get_mut(symbol) {
            open.retain(|at| !all[*at].shares.is_zero());
        }
    }

    /// Whether a sale falls under the 30-day rule, with the journal known up to `through`.
    #[must_use]
    pub fn wash(&self, sale: &Closed, through: Date) -> Option<Wash> {
        wash::of(sale, &self.all, through)
    }

    /// The number of this deal: fills of one order, one after another, are one deal.
    fn step(&mut self, order: Option<&str>) -> u64 {
        if order.is_none() || self.newest.as_deref() != order {
            self.steps += 1;
            self.newest = order.map(str::to_owned);
        }
        self.steps
    }

    fn begin(&mut self, lot: Lot) {
        let at = self.all.len();
        self.open.entry(lot.symbol.clone()).or_default().push(at);
        let number = at as u64 + 1;
        self.all.push(Lot { number, ..lot });
    }

    fn take(
        &mut self,
        order: Option<&str>,
        symbol: &Symbol,
        date: Date,
        shares: Shares,
        value: Option<Money>,
    ) {
        let step = self.step(order);
        let (mut shares, mut value) = (shares, value);
        let open: Vec<usize> = self.open_of(symbol).collect();
        for at in open {
            if shares.is_zero() {
                break;
            }
            let lot = &mut self.all[at];
            let taken = lot.shares.min(shares);
            let cost = share(&mut lot.cost, taken, lot.shares);
            let proceeds = share(&mut value, taken, shares);
            lot.shares = lot.shares.saturating_sub(taken);
            shares = shares.saturating_sub(taken);
            if lot.shares.is_zero() {
                lot.gone = Some(step);
            }
            let part = Closed::new(lot, order, date, step, (taken, cost, proceeds));
            closed::join(&mut self.closed, part);
        }
        self.forget_empty(symbol);
    }
}

/// The part of `value` that `taken` of `whole` shares have; the rest stays, so that parts add up.
fn share(value: &mut Option<Money>, taken: Shares, whole: Shares) -> Option<Money> {
    let all = (*value)?;
    let part = if taken == whole {
        all
    } else {
        let ratio = taken.decimal().checked_div(whole.decimal());
        let exact = all.decimal() * ratio.unwrap_or(Decimal::ZERO);
        Money::new(exact.round_dp(PART_DECIMALS)).unwrap_or(Money::ZERO)
    };
    *value = Some(all - part);
    Some(part)
}
