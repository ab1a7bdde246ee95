//! Verify and close: what is so at the end, and the slot's one outcome.

use market::{Instant, time};
use trading::invariants::{Breach, SlotEnd};
use trading::order::OrderReport;
use trading::outcome::{Held, Outcome};
use trading::portfolio::Portfolio;
use trading::record::{HaltLevel, HaltReason, Halted, Noted, Record, SlotClosed};

use crate::acting::Acted;
use crate::error::{CycleError, Step};
use crate::observing::Observed;
use crate::port::{OrderQuery, clock};
use crate::runner::Ended;
use crate::slot_try::SlotTry;

impl SlotTry<'_> {
    /// Reads once more what the slot has changed, checks the invariants, and closes.
    pub(crate) async fn verify_and_close(
        &mut self,
        observed: &Observed,
        acted: Acted,
    ) -> Result<Outcome, CycleError> {
        let touched = self
            .ledger
            .slot_entries()
            .iter()
            .any(|entry| matches!(entry.record, Record::Intended(_)));
        let (portfolio, orders) = if touched {
            (
                self.portfolio(Step::Verify).await?,
                self.orders_since(observed.known_until).await?,
            )
        } else {
            (
                observed.observation.portfolio.clone(),
                observed.orders.clone(),
            )
        };
        let breaches = SlotEnd {
            tag: self.tag,
            settings: self.settings,
            calendar: self.calendar,
            began: self.ledger.slot_began(),
            state: self.ledger.state(),
            entries: self.ledger.slot_entries(),
            before: &observed.observation.portfolio,
            after: &portfolio,
            orders: &orders,
            refused: match &acted {
                Acted::Refused(refusal) => Some(refusal),
                Acted::Done(_) | Acted::OutOfTime => None,
            },
        }
        .breaches();
        self.breaches.clone_from(&breaches);
        if let Some(halted) = self.halt_for(&orders, &breaches) {
            self.ledger
                .append(Some(self.slot), vec![Record::Halted(halted)], Vec::new())
                .await?;
        }
        self.note_refusal_after_fill(&acted).await?;
        let outcome = self.outcome(acted);
        self.close(outcome.clone(), Some(portfolio), breaches)
            .await?;
        Ok(outcome)
    }

    /// What the end of the slot shows forbids: everything while the journal is behind, entries
    /// after any other breach.
    fn halt_for(&self, orders: &[OrderReport], breaches: &[Breach]) -> Option<Halted> {
        if let Err(CycleError::Halt(reason)) = self.check_known(orders) {
            return Some(Halted {
                level: HaltLevel::Frozen,
                flatten: false,
                reason,
            });
        }
        (!breaches.is_empty()).then(|| Halted {
            level: HaltLevel::ReduceOnly,
            flatten: false,
            reason: HaltReason::InvariantBreached {
                breaches: breaches.to_vec(),
            },
        })
    }

    fn filled(&self) -> bool {
        let open = self.ledger.state().open_slot.as_ref();
        open.is_some_and(|open| open.filled)
    }

    /// A slot that traded and was then refused its next step is `Traded`; the refusal is kept.
    async fn note_refusal_after_fill(&mut self, acted: &Acted) -> Result<(), CycleError> {
        let Acted::Refused(refusal) = acted else {
            return Ok(());
        };
        if !self.filled() {
            return Ok(());
        }
        let text = format!("after fills of this slot, the next step was refused: {refusal}");
        let noted = Record::Noted(Noted { text });
        self.ledger
            .append(Some(self.slot), vec![noted], Vec::new())
            .await
    }

    fn outcome(&self, acted: Acted) -> Outcome {
        match acted {
            _ if self.filled() => Outcome::Traded,
            Acted::Refused(refusal) => Outcome::Refused(refusal),
            Acted::Done(idle) => Outcome::Held(idle),
            Acted::OutOfTime => Outcome::Held(Held::Unfilled),
        }
    }

    /// Orders the broker received since `since`.
    pub(crate) async fn orders_since(
        &self,
        since: Instant,
    ) -> Result<Vec<OrderReport>, CycleError> {
        let listed = self
            .read(self.ports.broker.orders(OrderQuery::Since(since)))
            .await;
        Ok(listed
            .map_err(|error| CycleError::reading(Step::Act, "orders", &error))?
            .value)
    }

    /// Account, holdings and open orders as they are now.
    pub(crate) async fn portfolio(&self, step: Step) -> Result<Portfolio, CycleError> {
        let broker = &self.ports.broker;
        let wrong = |what: &'static str| move |error| CycleError::reading(step, what, &error);
        let read = self.read(broker.positions()).await;
        let read = read.map(|reply| reply.value);
        let positions = market::sabotage!(ErrorIsFlat, Ok(read.unwrap_or_default()), read);
        let positions = positions.map_err(wrong("positions"))?;
        let open_orders = self
            .read(broker.orders(OrderQuery::Open))
            .await
            .map_err(wrong("open orders"))?
            .value;
        let account = self
            .read(broker.account())
            .await
            .map_err(wrong("account"))?
            .value;
        Ok(Portfolio {
            at: self.clock().now(),
            account,
            positions,
            open_orders,
        })
    }

    /// Waits until `holds` says yes of a fresh portfolio, or `until`; returns the newest either way.
    pub(crate) async fn portfolio_until(
        &self,
        until: Instant,
        holds: impl Fn(&Portfolio) -> bool + Send,
    ) -> Result<(Portfolio, bool), CycleError> {
        let mut pause = time::milliseconds(250);
        loop {
            let portfolio = self.portfolio(Step::Act).await?;
            if holds(&portfolio) {
                return Ok((portfolio, true));
            }
            if self.clock().now() + pause >= until {
                return Ok((portfolio, false));
            }
            clock::sleep(self.clock(), pause).await;
            pause = (pause * 2).min(time::seconds(2));
        }
    }

    /// Writes the slot's one outcome with the state it leaves.
    pub(crate) async fn close(
        &mut self,
        outcome: Outcome,
        portfolio: Option<Portfolio>,
        breaches: Vec<Breach>,
    ) -> Result<Ended, CycleError> {
        match self
            .append_closed(self.slot, outcome.clone(), portfolio, breaches)
            .await
        {
            Ok(()) => Ok(Ended::Closed {
                slot: self.slot,
                outcome,
                fresh: true,
            }),
            Err(error) => Err(error),
        }
    }

    /// Closes `slot`, which may be an earlier one; made anew when a switch is thrown meanwhile,
    /// since the closing record carries the state.
    pub(crate) async fn append_closed(
        &mut self,
        slot: market::calendar::Slot,
        outcome: Outcome,
        portfolio: Option<Portfolio>,
        breaches: Vec<Breach>,
    ) -> Result<(), CycleError> {
        loop {
            let state = self
                .ledger
                .state()
                .closed(slot, &outcome, portfolio.as_ref());
            let closed = Record::SlotClosed(Box::new(SlotClosed {
                outcome: outcome.clone(),
                portfolio: portfolio.clone(),
                breaches: breaches.clone(),
                state,
            }));
            match self
                .ledger
                .append_unless_news(Some(slot), vec![closed], Vec::new())
                .await?
            {
                crate::ledger::Appended::Won => return Ok(()),
                crate::ledger::Appended::News => {}
            }
        }
    }
}
