//! Await: an order's end, seen at the broker; at the leg's deadline it is taken back.

use market::{Duration, Instant, Shares, time};
use trading::order::{ClientOrderId, OrderReport, OrderState, OrderStatus, life};
use trading::plan::PlannedCancel;
use trading::portfolio::Portfolio;
use trading::record::{Record, Settled};

use crate::error::{CycleError, Step};
use crate::port::clock;
use crate::sending::Sent;
use crate::slot_try::SlotTry;

/// The first pause between two looks at an order; it doubles up to the longest.
const POLL_FIRST: Duration = time::milliseconds(100);
/// The longest pause.
const POLL_MAX: Duration = time::seconds(1);
/// Replacements followed before something must be wrong.
const REPLACEMENTS_MAX: u32 = 8;

impl SlotTry<'_> {
    /// The order at its end, recorded. At `leg_end` it is taken back and awaited a little longer;
    /// `None` when its end was not seen even then: it stays open in the journal.
    pub(crate) async fn await_end(
        &mut self,
        sent: &Sent,
        leg_end: Instant,
        portfolio: &Portfolio,
    ) -> Result<Option<OrderReport>, CycleError> {
        let mut report = self.watch(sent.report.clone(), leg_end).await?;
        if !report.status.is_terminal() {
            let planned = PlannedCancel {
                order: report.broker_id.clone(),
                client_order_id: report.client_order_id.clone(),
                symbol: report.symbol.clone(),
            };
            if let Err(refusal) = self.send_cancel(&planned, portfolio).await? {
                tracing::warn!(order = %sent.id, %refusal, "an order past its deadline could not be taken back");
            }
            report = self.watch(report, self.grace(leg_end)).await?;
        }
        let ended = report.status.is_terminal();
        self.settle(&sent.id, &report).await?;
        Ok(ended.then_some(report))
    }

    /// Looks at an order until its end or `until`, following replacements.
    pub(crate) async fn watch(
        &self,
        mut report: OrderReport,
        until: Instant,
    ) -> Result<OrderReport, CycleError> {
        let mut pause = POLL_FIRST;
        let mut replaced = 0;
        let mut filled_before = Shares::ZERO;
        loop {
            if let (OrderStatus::Replaced, Some(_)) = (&report.status, &report.replaced_by) {
                replaced += 1;
                filled_before += report.filled;
            } else if report.status.is_terminal() || self.clock().now() + pause > until {
                report.filled += filled_before;
                return Ok(report);
            }
            if replaced > REPLACEMENTS_MAX {
                let why = format!(
                    "{} was replaced over {REPLACEMENTS_MAX} times",
                    report.client_order_id
                );
                return Err(CycleError::Permanent {
                    step: Step::Act,
                    why,
                });
            }
            clock::sleep(self.clock(), pause).await;
            pause = (pause * 2).min(POLL_MAX);
            let id = report
                .replaced_by
                .clone()
                .unwrap_or_else(|| report.broker_id.clone());
            // A look that fails or lags tells nothing; the order is taken to be as it was.
            match self.read(self.ports.broker.order(&id)).await {
                Ok(reply) => report = reply.value.unwrap_or(report),
                Err(error) => {
                    tracing::info!(order = %report.client_order_id, %error, "a look at an order failed")
                }
            }
        }
    }

    /// Records where an order stands.
    pub(crate) async fn settle(
        &mut self,
        id: &ClientOrderId,
        report: &OrderReport,
    ) -> Result<(), CycleError> {
        let before = self
            .ledger
            .state()
            .orders
            .get(id)
            .map_or(OrderState::Unknown, |tracked| tracked.state);
        let state = life::next(before, report.event()).map_err(|error| CycleError::Permanent {
            step: Step::Act,
            why: format!("{id}: {error}"),
        })?;
        let settled = Record::Settled(Settled {
            id: id.clone(),
            state,
            filled: report.filled,
            average_price: report.average_price,
            report: Some(Box::new(report.clone())),
        });
        self.ledger
            .append(Some(self.slot), vec![settled], Vec::new())
            .await
    }
}
