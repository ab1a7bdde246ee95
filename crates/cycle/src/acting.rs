//! Act: cancel, then sell, then buy, each step from the portfolio the one before has left.

use market::{Bps, Instant, Money, Shares, Symbol};
use strategy::Target;
use trading::judge::{Decided, replan};
use trading::order::{Leg, OrderReport};
use trading::outcome::{Held, Reason, Refusal};
use trading::plan::{Plan, PlannedCancel, PlannedOrder};
use trading::portfolio::Portfolio;
use trading::record::{Record, Replanned};

use crate::error::CycleError;
use crate::observing::Observed;
use crate::sending::Sent;
use crate::slot_try::SlotTry;

/// Steps one slot may take; cancel, sell and buy, and again after a part-filled one.
const STEPS_MAX: u32 = 8;
/// What the cash seen may differ from what fills make of it, for fees and rounding: so much of the
/// value of every fill.
const CASH_TOLERANCE: Bps = Bps::whole(100);

/// How acting ended.
pub(crate) enum Acted {
    /// Nothing is left to do, for this reason.
    Done(Held),
    /// A rule stopped what was to be done.
    Refused(Refusal),
    /// An order or its money did not come to its end in time; the next slot goes on.
    OutOfTime,
}

enum StepEnd {
    Done(Portfolio),
    Refused(Refusal),
    OutOfTime,
}

impl SlotTry<'_> {
    /// Carries out what was decided, step by step.
    pub(crate) async fn act(
        &mut self,
        observed: &Observed,
        decided: &Decided,
    ) -> Result<Acted, CycleError> {
        let mut plan = decided.plan.clone();
        let mut portfolio = observed.observation.portfolio.clone();
        for _ in 0..STEPS_MAX {
            if plan.is_empty() {
                return Ok(match (&decided.refused, plan.idle) {
                    (Some(refusal), _) => Acted::Refused(refusal.clone()),
                    (None, idle) => Acted::Done(idle.unwrap_or(Held::Unfilled)),
                });
            }
            if let Some(stop) = stopped(&plan, decided) {
                return Ok(Acted::Refused(stop.clone()));
            }
            if only_enters(&plan)
                && let Some(stop) = self.await_spread(&decided.symbol, observed).await?
            {
                return Ok(Acted::Refused(stop));
            }
            portfolio = match self.step(&plan, portfolio, observed, decided).await? {
                StepEnd::Done(portfolio) => portfolio,
                StepEnd::Refused(refusal) => return Ok(Acted::Refused(refusal)),
                StepEnd::OutOfTime => return Ok(Acted::OutOfTime),
            };
            plan = self.replan(&portfolio, observed, decided).await?;
        }
        Ok(Acted::OutOfTime)
    }

    /// The plan once more, recorded with the portfolio it is made from.
    async fn replan(
        &mut self,
        portfolio: &Portfolio,
        observed: &Observed,
        decided: &Decided,
    ) -> Result<Plan, CycleError> {
        loop {
            let plan = replan(
                decided,
                portfolio,
                &observed.observation,
                self.ledger.state(),
                self.settings,
            );
            let record = Replanned {
                portfolio: portfolio.clone(),
                plan: plan.clone(),
            };
            let records = vec![Record::Replanned(Box::new(record))];
            match self
                .ledger
                .append_unless_news(Some(self.slot), records, Vec::new())
                .await?
            {
                crate::ledger::Appended::Won => return Ok(plan),
                crate::ledger::Appended::News => {}
            }
        }
    }

    async fn step(
        &mut self,
        plan: &Plan,
        portfolio: Portfolio,
        observed: &Observed,
        decided: &Decided,
    ) -> Result<StepEnd, CycleError> {
        let leg_end = self
            .deadlines
            .leg(self.clock().now(), &self.settings.orders);
        if !plan.cancels.is_empty() {
            return self.cancel_step(&plan.cancels, portfolio, leg_end).await;
        }
        let orders: Vec<&PlannedOrder> = plan.sales.iter().chain(&plan.buy).collect();
        self.order_step(&orders, portfolio, observed, decided, leg_end)
            .await
    }

    async fn cancel_step(
        &mut self,
        cancels: &[PlannedCancel],
        portfolio: Portfolio,
        leg_end: Instant,
    ) -> Result<StepEnd, CycleError> {
        for cancel in cancels {
            if let Err(refusal) = self.send_cancel(cancel, &portfolio).await? {
                return Ok(StepEnd::Refused(refusal));
            }
        }
        let gone = |portfolio: &Portfolio| {
            cancels.iter().all(|cancel| {
                portfolio
                    .open_orders
                    .iter()
                    .all(|order| order.broker_id != cancel.order)
            })
        };
        let (portfolio, all_gone) = self.portfolio_until(leg_end, gone).await?;
        Ok(if all_gone {
            StepEnd::Done(portfolio)
        } else {
            StepEnd::OutOfTime
        })
    }

    async fn order_step(
        &mut self,
        orders: &[&PlannedOrder],
        portfolio: Portfolio,
        observed: &Observed,
        decided: &Decided,
        leg_end: Instant,
    ) -> Result<StepEnd, CycleError> {
        let mut sent: Vec<Sent> = Vec::new();
        let (mut refused, mut failed) = (None, None);
        for order in orders {
            // One holding that cannot be left must not keep the others.
            let goes_on = order.leg.is_reduce_only();
            match self.send(order, &portfolio, observed, decided).await {
                Ok(Ok(order)) => sent.push(order),
                Ok(Err(refusal)) => {
                    refused.get_or_insert(refusal);
                    if !goes_on {
                        break;
                    }
                }
                Err(error @ CycleError::Transient { .. }) if goes_on => {
                    failed.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        // Sending takes time where a broker refuses or keeps silent; what was sent last has its leg.
        let own_leg = self
            .deadlines
            .leg(self.clock().now(), &self.settings.orders);
        let leg_end = leg_end.max(own_leg);
        let mut ends = Vec::new();
        let mut all_ended = true;
        for order in sent {
            match self.await_end(&order, leg_end, &portfolio).await? {
                Some(report) => ends.push((order.leg, report)),
                // The others are past their deadline too, and taken back as well.
                None => all_ended = false,
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !all_ended {
            return Ok(StepEnd::OutOfTime);
        }
        if let Some(refusal) = refused {
            return Ok(StepEnd::Refused(refusal));
        }
        let filled = ends.iter().any(|(_, report)| !report.filled.is_zero());
        let changed = |now: &Portfolio| shows(now, &portfolio, &ends);
        let (portfolio, shown) = self.portfolio_until(leg_end, changed).await?;
        Ok(if shown && filled {
            StepEnd::Done(portfolio)
        } else {
            StepEnd::OutOfTime
        })
    }
}

/// Whether a plan leads to nothing but an entry.
fn only_enters(plan: &Plan) -> bool {
    plan.target == Target::AllIn && plan.sales.is_empty()
}

/// The rule that stops all of a plan, cancels included: one for every order, or one for entries
/// where the plan leads to nothing but an entry. Otherwise orders of others would be taken back
/// for a buy that is then refused. An own order without a known end stops no cancel: taking it
/// back is how it comes to its end.
pub(crate) fn stopped<'a>(plan: &Plan, decided: &'a Decided) -> Option<&'a Refusal> {
    let entry_stop = decided.entry_stops.first().filter(|_| only_enters(plan));
    let stops_cancels = |stop: &&Refusal| stop.reason != Reason::UnsettledIntent;
    if plan.cancels.is_empty() {
        return decided.stops.first().or(entry_stop);
    }
    decided.stops.iter().find(stops_cancels).or(entry_stop)
}

/// Whether `now` shows what was filled: that it knows of it, and the money of sales there.
fn shows(now: &Portfolio, before: &Portfolio, ends: &[(Leg, OrderReport)]) -> bool {
    knows_of(now, before, ends) && now.account.cash >= cash_range(before, ends)[0]
}

/// Whether nothing in `now` would be bought or sold once more: positions moved by what was filled,
/// and the money of buys gone.
pub(crate) fn knows_of(now: &Portfolio, before: &Portfolio, ends: &[(Leg, OrderReport)]) -> bool {
    let spent = ends
        .iter()
        .any(|(leg, report)| *leg != Leg::Sell && !report.filled.is_zero());
    ends.iter()
        .all(|(leg, report)| position_moved(now, before, *leg, &report.symbol, report.filled))
        && (!spent || now.account.cash <= cash_range(before, ends)[1])
}

fn position_moved(
    now: &Portfolio,
    before: &Portfolio,
    leg: Leg,
    symbol: &Symbol,
    filled: Shares,
) -> bool {
    match leg {
        Leg::Sell => now.long(symbol) <= before.long(symbol).saturating_sub(filled),
        Leg::Cover => now.short(symbol) <= before.short(symbol).saturating_sub(filled),
        Leg::Buy => now.long(symbol) >= before.long(symbol) + filled,
        Leg::Cancel => true,
    }
}

/// The least and the most that is left of the cash before: plus what sales brought, less what
/// covers and buys cost, each give or take the tolerance.
fn cash_range(before: &Portfolio, ends: &[(Leg, OrderReport)]) -> [Money; 2] {
    let both = [before.account.cash; 2];
    ends.iter().fold(both, |[least, most], (leg, report)| {
        let value = report.filled_value().unwrap_or(Money::ZERO);
        let tolerance = value.part(CASH_TOLERANCE);
        let change = if *leg == Leg::Sell { value } else { -value };
        [least + change - tolerance, most + change + tolerance]
    })
}
