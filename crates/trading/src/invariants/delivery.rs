//! I12: no order is accepted later than 30 s after its intent, or after a newer decision.

use std::collections::BTreeMap;

use market::{Duration, Instant, time};

use super::{Breach, Invariant};
use crate::order::{ClientOrderId, OrderReport};
use crate::record::{Answer, Entry, Intent, Record};

/// An order may be on its way so long: its time to be sent, and what a packet may take.
const ON_ITS_WAY_MAX: Duration = time::seconds(30);
/// The broker's clock tells nothing of ours when it is further away.
const CLOCKS_APART_MAX: Duration = time::seconds(2);
/// What two clocks that agree may differ by, a quick request to compare them included.
const CLOCK_SLACK: Duration = time::seconds(3);

/// When each order was intended, until its end is known.
#[derive(Debug, Clone)]
pub(super) struct Deliveries {
    slack: Duration,
    sent: BTreeMap<ClientOrderId, Vec<Dispatch>>,
}

#[derive(Debug, Clone, Copy)]
struct Dispatch {
    intended: Instant,
    /// When something newer was decided.
    superseded: Option<Instant>,
    /// Whether the broker's clock was known to agree.
    comparable: bool,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            slack: CLOCK_SLACK,
            sent: BTreeMap::new(),
        }
    }
}

impl Deliveries {
    /// Takes the next record; an order it shows to have been accepted out of time. `skew` is the
    /// broker's clock less ours, where that is known.
    pub(super) fn take(&mut self, entry: &Entry, skew: Option<Duration>) -> Option<Breach> {
        match &entry.record {
            Record::Intended(_) | Record::Decided(_) => {
                let agrees = |skew: Duration| skew.abs() <= CLOCKS_APART_MAX;
                self.note(entry, skew.is_some_and(agrees));
            }
            Record::Answered(answered) => {
                if let Answer::Accepted(report) = &answered.answer {
                    return self.out_of_time(report);
                }
            }
            Record::Settled(settled) => {
                let report = settled.report.as_deref();
                return report.and_then(|report| self.out_of_time(report));
            }
            Record::SlotClosed(closed) => self.sent.retain(|id, _| {
                let order = closed.state.orders.get(id);
                order.is_some_and(|order| order.state.is_unsettled())
            }),
            _ => {}
        }
        None
    }

    fn note(&mut self, entry: &Entry, comparable: bool) {
        match &entry.record {
            Record::Intended(intended) => {
                if let Intent::Order(order) = &intended.intent {
                    let dispatch = Dispatch {
                        intended: entry.at,
                        superseded: None,
                        comparable,
                    };
                    self.sent
                        .entry(order.id.clone())
                        .or_default()
                        .push(dispatch);
                }
            }
            Record::Decided(_) => {
                for dispatch in self.sent.values_mut().flatten() {
                    dispatch.superseded.get_or_insert(entry.at);
                }
            }
            _ => {}
        }
    }

    /// Whether the broker accepted this order of ours out of its time. Of the intents under one id
    /// the newest that had been written by then is the one that was sent.
    pub(super) fn out_of_time(&self, report: &OrderReport) -> Option<Breach> {
        let id = &report.client_order_id;
        let accepted = report.submitted_at?;
        let (_, sent) = self.sent.iter().find(|(known, _)| known.as_str() == id)?;
        if sent.iter().any(|dispatch| !dispatch.comparable) {
            return None;
        }
        let breach = |words| Some(Breach::new(Invariant::I12, words));
        let by_then = |dispatch: &&Dispatch| dispatch.intended <= accepted + self.slack;
        let Some(dispatch) = sent.iter().rfind(by_then) else {
            return breach(format!("{id} was accepted before it was intended"));
        };
        let late = accepted.duration_since(dispatch.intended);
        if late > ON_ITS_WAY_MAX + self.slack {
            return breach(format!("{id} was accepted {late:#} after its intent"));
        }
        match dispatch.superseded {
            Some(newer) if newer + self.slack < accepted => {
                breach(format!("{id} was accepted after a newer decision"))
            }
            _ => None,
        }
    }
}

/// Orders that the counterparty accepted out of their time; its clock is the true one and no run's
/// was further from it than `clock_error`.
pub(super) fn late(
    entries: &[Entry],
    orders: &[OrderReport],
    clock_error: Duration,
) -> Vec<Breach> {
    let mut deliveries = Deliveries {
        slack: clock_error,
        ..Deliveries::default()
    };
    for entry in entries {
        deliveries.note(entry, true);
    }
    let out_of_time = |order| deliveries.out_of_time(order);
    orders.iter().filter_map(out_of_time).collect()
}
