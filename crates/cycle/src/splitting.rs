//! Splits in what was read: known ones taken out, unknown ones suspected.
//!
//! A known split (configuration, the owner's rulings, announcements) is taken out of a source's
//! bars only where its step is really there. Whatever still looks like one afterwards, between
//! two sessions, between the last bar and the price, or in the holding, is suspected: then
//! nothing is decided and nothing sent. A like move of the index explains a jump of prices.

use std::collections::BTreeMap;

use market::bar::Bar;
use market::split::{self, Ratio, Split, USUAL_RATIOS};
use market::{Date, Decimal, Duration, Price, Shares, Symbol, time};
use trading::observation::{PricePoint, SuspectedSplit};
use trading::portfolio::Portfolio;
use trading::record::{Entry, Record, SplitRuled};
use trading::state::TrackedOrder;

use crate::error::CycleError;
use crate::observing::Bodies;
use crate::reading::SourceReading;
use crate::slot_try::SlotTry;

/// How far back announcements are asked for: more than the averages' window.
const ANNOUNCED_WINDOW: Duration = Duration::from_hours(24 * 120);
/// The index whose move explains a like one of a fund on it.
const INDEX: &str = "QQQ";

/// Splits announced, asked for once a date.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    asked: BTreeMap<Symbol, Date>,
    splits: BTreeMap<Symbol, Vec<Split>>,
}

/// What became of splits in one observation.
pub(crate) struct Splits {
    pub(crate) suspected: Vec<SuspectedSplit>,
    /// A jump of the price that the holding made too: a split from now on.
    pub(crate) confirmed: Option<SplitRuled>,
    pub(crate) ex_date: bool,
}

/// A jump, with where to look whether the index made it too.
struct Jump {
    suspect: SuspectedSplit,
    /// Of prices; a holding's change is explained by no index.
    is_of_prices: bool,
}

impl SlotTry<'_> {
    /// Takes known splits out of every source's bars and looks for unknown ones. Without a
    /// portfolio prices alone tell.
    pub(crate) async fn take_out_splits(
        &mut self,
        readings: &mut [SourceReading],
        price: Option<&PricePoint>,
        portfolio: Option<&Portfolio>,
        bodies: &mut Bodies,
    ) -> Result<Splits, CycleError> {
        let signal = self.settings.strategy.signal_symbol().clone();
        let traded = self.settings.strategy.symbol.clone();
        let mut known = self.known_splits(&signal, bodies).await;
        let today = self.slot.date();
        let held = portfolio.and_then(|portfolio| self.holding_step(&traded, portfolio));
        let price = price.map(|point| point.price);
        self.take_out_of_all(readings, &known, price);
        let mut jumps = self.jumps(&signal, readings, price);
        let both_tell =
            |step: &Split| signal == traded && jumps.iter().any(|jump| jump.suspect.split == *step);
        let confirmed = held.filter(both_tell);
        if let Some(step) = confirmed {
            known.retain(|split| split.date != today);
            known.push(step);
            self.take_out_of_all(readings, &[step], price);
            jumps = self.jumps(&signal, readings, price);
        }
        let of_traded = if signal == traded {
            known.clone()
        } else {
            self.known_splits(&traded, bodies).await
        };
        let explained = |of: &[Split], date| of.iter().any(|split| split.date == date);
        jumps.retain(|jump| !explained(&known, jump.suspect.split.date));
        if let Some(step) = held.filter(|step| !self.is_known(&of_traded, *step)) {
            let suspect = suspect(&traded, step, "holding");
            jumps.push(Jump {
                suspect,
                is_of_prices: false,
            });
        }
        let mut suspected = Vec::new();
        if !jumps.is_empty() {
            let index = self.index(&signal, bodies).await?;
            let unexplained = |jump: &Jump| !jump.is_of_prices || !is_index_move(&index, jump);
            jumps.retain(unexplained);
            suspected.extend(jumps.into_iter().map(|jump| jump.suspect));
        }
        let of_today = |split: &Split| split.date == today && !split.ratio.is_one();
        let confirmed = confirmed.map(|split| SplitRuled {
            symbol: traded,
            split,
            accepted: true,
        });
        Ok(Splits {
            suspected,
            confirmed,
            ex_date: known.iter().chain(&of_traded).any(of_today),
        })
    }

    /// Whether a step of the holding is one of these splits: of today, or a late booking of one
    /// that came since the holding was last seen.
    fn is_known(&self, splits: &[Split], step: Split) -> bool {
        let seen = self.ledger.state().last_slot.as_ref();
        let seen = seen.map_or(step.date, |last| last.slot.date());
        let is_late =
            |split: &Split| split.ratio == step.ratio && (seen..=step.date).contains(&split.date);
        let is_it = |split: &Split| split.date == step.date || is_late(split);
        splits.iter().any(is_it)
    }

    fn take_out_of_all(&self, readings: &mut [SourceReading], of: &[Split], price: Option<Price>) {
        for reading in readings {
            let applied = self.take_out(&mut reading.bars, of, price);
            if !applied.is_empty() && reading.is_usable() {
                self.judge_bars(reading);
            }
            reading.view.splits_applied.extend(applied);
        }
    }

    /// By configuration, the owner's word and announcement, one a date: the first of these counts.
    /// What the owner denied is known to be none.
    async fn known_splits(&mut self, symbol: &Symbol, bodies: &mut Bodies) -> Vec<Split> {
        self.ask_announced(symbol, bodies).await;
        let of_symbol = |ruled: &&SplitRuled| &ruled.symbol == symbol;
        let rulings = self.ledger.state().split_rulings.iter().filter(of_symbol);
        let ruled = rulings.map(|ruled| match ruled.accepted {
            true => ruled.split,
            false => Split {
                ratio: Ratio::ONE,
                ..ruled.split
            },
        });
        let announced = self.announced.splits.get(symbol).into_iter().flatten();
        let configured = self.settings.data.splits_of(symbol);
        let mut known: BTreeMap<Date, Split> = BTreeMap::new();
        for split in configured.chain(ruled).chain(announced.copied()) {
            known.entry(split.date).or_insert(split);
        }
        known.into_values().collect()
    }

    /// Asks for announcements once a date; a failure is logged and asked again at the next slot.
    async fn ask_announced(&mut self, symbol: &Symbol, bodies: &mut Bodies) {
        let (today, ports) = (self.slot.date(), self.ports);
        let Some(vendor) = &ports.corporate_actions else {
            return;
        };
        if self.announced.asked.get(symbol) == Some(&today) {
            return;
        }
        let from = time::new_york_date(self.slot.at() - ANNOUNCED_WINDOW);
        match self.read(vendor.splits(symbol, from, today)).await {
            Ok(reply) => {
                let splits = bodies.keep(reply);
                self.announced.splits.insert(symbol.clone(), splits);
                self.announced.asked.insert(symbol.clone(), today);
            }
            Err(error) => tracing::warn!(slot = %self.slot, %symbol, %error, "splits unread"),
        }
    }

    /// Known splits out of `bars`: where two sessions show the step, and of today where the last
    /// bar and the price show it and no bar of today is there yet.
    fn take_out(&self, bars: &mut [Bar], known: &[Split], price: Option<Price>) -> Vec<Split> {
        let applied = split::apply(bars, known, &self.held);
        let mut applied: Vec<Split> = applied.iter().map(|applied| applied.split).collect();
        let today = self.slot.date();
        let Some((last, price)) = self.last_before_today(bars).zip(price) else {
            return applied;
        };
        let is_here = |split: &&Split| {
            split.date == today
                && !split.ratio.is_one()
                && split::step_is_present(last.close, price, split.ratio)
        };
        if let Some(split) = known.iter().find(is_here) {
            for bar in bars {
                *bar = split.ratio.adjust_bar(bar);
            }
            applied.push(*split);
        }
        applied
    }

    /// The last bar, where it is of an earlier date.
    fn last_before_today(&self, bars: &[Bar]) -> Option<Bar> {
        let last = bars.last().copied()?;
        (time::new_york_date(last.start) < self.slot.date()).then_some(last)
    }

    /// Jumps like splits in bars and price.
    fn jumps(
        &self,
        symbol: &Symbol,
        readings: &[SourceReading],
        price: Option<Price>,
    ) -> Vec<Jump> {
        let usable = readings.iter().filter(|reading| reading.is_usable());
        let mut jumps = Vec::new();
        for reading in usable {
            let source = &reading.view.source;
            let mut found = |split, seen_in: String| {
                jumps.push(Jump {
                    suspect: suspect(symbol, split, &seen_in),
                    is_of_prices: true,
                });
            };
            for pair in reading.bars.windows(2) {
                let (before, after) = (&pair[0], &pair[1]);
                let date = time::new_york_date(after.start);
                if time::new_york_date(before.start) == date {
                    continue;
                }
                if let Some(ratio) = split::suspected(before.close, after.open) {
                    found(Split { date, ratio }, format!("{source} bars"));
                }
            }
            let last = self.last_before_today(&reading.bars).zip(price);
            let ratio = last.and_then(|(last, price)| split::suspected(last.close, price));
            if let Some(ratio) = ratio {
                let date = self.slot.date();
                found(Split { date, ratio }, format!("price after {source} bars"));
            }
        }
        jumps
    }

    /// The usual split that the holding went through since it was last seen, where no order of
    /// ours may have changed it.
    fn holding_step(&self, symbol: &Symbol, portfolio: &Portfolio) -> Option<Split> {
        let state = self.ledger.state();
        let before = *state.held.get(symbol)?;
        let newest = state.last_slot.as_ref().map(|last| last.slot);
        let recent = |slot| newest.is_none_or(|newest| slot >= newest);
        let is_ours = |order: &TrackedOrder| &order.order().symbol == symbol && recent(order.slot);
        let settled = |entry: &Entry| matches!(entry.record, Record::Settled(_));
        if state.orders.values().any(is_ours) || self.ledger.slot_entries().iter().any(settled) {
            return None;
        }
        let ratio = usual_step(before, portfolio.long(symbol))?;
        Some(Split {
            date: self.slot.date(),
            ratio,
        })
    }

    /// The index's bars, from the first source that has them; its price of now behind them.
    async fn index(&self, signal: &Symbol, bodies: &mut Bodies) -> Result<Vec<Bar>, CycleError> {
        let Ok(index) = INDEX.parse::<Symbol>() else {
            return Ok(Vec::new());
        };
        if &index == signal {
            return Ok(Vec::new());
        }
        let request = self.bar_request(&index, self.clock().now())?;
        for source in &self.ports.bar_sources {
            match self.read(source.bars(&request)).await {
                Ok(reply) => return Ok(self.checked(bodies.keep(reply), request.until).bars),
                Err(error) => tracing::info!(slot = %self.slot, %error, "index bars unread"),
            }
        }
        Ok(Vec::new())
    }
}

fn suspect(symbol: &Symbol, split: Split, seen_in: &str) -> SuspectedSplit {
    SuspectedSplit {
        symbol: symbol.clone(),
        split,
        seen_in: seen_in.to_owned(),
    }
}

/// The usual ratio by which a holding changed.
fn usual_step(before: Shares, after: Shares) -> Option<Ratio> {
    let ratio = |(new, old): (u64, u64)| Ratio::new(Decimal::from(new), Decimal::from(old)).ok();
    let forward = USUAL_RATIOS.into_iter().filter_map(ratio);
    forward
        .flat_map(|ratio| [ratio, ratio.inverse()])
        .find(|ratio| ratio.is_holding_step(before, after))
}

/// Whether the index jumped alike between the sessions around the date of a jump.
fn is_index_move(index: &[Bar], jump: &Jump) -> bool {
    let split = jump.suspect.split;
    let first_new = index.partition_point(|bar| time::new_york_date(bar.start) < split.date);
    let (before, after) = index.split_at(first_new);
    let of_date = |bar: &&Bar| time::new_york_date(bar.start) == split.date;
    match (before.last(), after.first().filter(of_date)) {
        (Some(before), Some(after)) => split::index_explains(split.ratio, before.close, after.open),
        _ => false,
    }
}
