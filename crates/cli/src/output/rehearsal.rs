//! `tqqq cycle --dry-run`: what a slot would do, with every rule and limit it meets.

use std::path::PathBuf;

use chronicle::row::target_word;
use chronicle::story::{comparison, margin};
use cycle::rehearsal::{Rehearsal, Rehearsed};
use market::{Money, Price, Shares};
use serde::Serialize;
use strategy::{Decision, Target};
use trading::judge::Decided;
use trading::outcome::{Outcome, Reason, Refusal};
use trading::plan::Plan;
use trading::record::Head;
use trading::review::{LimitSeen, review};
use trading::settings::Settings;

use super::cycle::{Told, exit};
use super::opinion::{OpinionView, opinions};
use super::{Paint, Sheet, Terminal, View, text};
use crate::exit::Exit;

/// Where a slot was rehearsed.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The journal that was read; `None` where none was begun.
    pub(crate) journal: Option<PathBuf>,
    /// Its newest record.
    pub(crate) head: Option<Head>,
    /// The broker.
    pub(crate) host: String,
    /// What an exchange of this process plays.
    pub(crate) plays: Option<String>,
}

/// What a slot would do.
#[derive(Debug, Serialize)]
pub(crate) struct RehearsalView {
    schema: &'static str,
    journal: Option<PathBuf>,
    head_seq: Option<u64>,
    head_hash: Option<String>,
    host: String,
    /// What an exchange of this process plays.
    bars: Option<String>,
    slot: Option<String>,
    /// As of `cycle`; `traded` says that orders would be sent.
    outcome: &'static str,
    detail: Option<String>,
    /// Whether the slot has its outcome already.
    over: bool,
    /// What was decided; `None` where it did not come to that.
    decided: Option<DecidedView>,
    #[serde(skip)]
    exit: Exit,
}

/// As far as a decision.
#[derive(Debug, Serialize)]
struct DecidedView {
    account: String,
    cash: Money,
    equity: Money,
    positions: Vec<PositionView>,
    price: Option<Price>,
    price_at: Option<String>,
    price_source: Option<String>,
    sources: Vec<OpinionView>,
    /// The decision followed.
    decision: Option<Decision>,
    wanted: Target,
    target: Target,
    disagreed: bool,
    /// Why there is no decision, or why it is not acted on at all.
    refused: Option<Refusal>,
    /// Client ids of earlier orders that would be taken back first.
    recovered: Vec<String>,
    cancels: Vec<String>,
    orders: Vec<OrderView>,
    /// Why nothing would be ordered.
    idle: Option<String>,
    /// Rules that stop every order.
    stops: Vec<Refusal>,
    /// Rules that stop entries.
    entry_stops: Vec<Refusal>,
    limits: Vec<LimitView>,
}

#[derive(Debug, Serialize)]
struct PositionView {
    symbol: String,
    quantity: Shares,
}

/// A planned order.
#[derive(Debug, Serialize)]
struct OrderView {
    leg: String,
    symbol: String,
    /// How much, at which price, in words.
    instruction: String,
    quantity: Option<Shares>,
    /// What it is worth at the price of now.
    value: Option<Money>,
    /// Its id, once approved.
    id: Option<String>,
    /// The rule that stops it.
    refused: Option<Refusal>,
}

#[derive(Debug, Serialize)]
struct LimitView {
    key: &'static str,
    limit: String,
    seen: Option<String>,
    /// Whether it stops something now.
    refuses: bool,
}

impl RehearsalView {
    /// The view of a rehearsed slot.
    pub(crate) fn new(rehearsed: &Rehearsed, place: Place, settings: &Settings) -> Self {
        let (told, decided) = match rehearsed {
            Rehearsed::Ended(ended) => (Told::of(ended), None),
            Rehearsed::Decided(rehearsal) => {
                (told(rehearsal), Some(DecidedView::new(rehearsal, settings)))
            }
        };
        let is_over = matches!(
            rehearsed,
            Rehearsed::Ended(cycle::Ended::Closed { fresh: false, .. })
        );
        Self {
            schema: "tqqq.cycle-dry-run/1",
            journal: place.journal,
            head_seq: place.head.map(|head| head.seq),
            head_hash: place.head.map(|head| head.hash.to_string()),
            host: place.host,
            bars: place.plays,
            slot: told.slot.map(|slot| slot.to_string()),
            outcome: told.outcome,
            detail: told.detail,
            over: is_over,
            decided,
            exit: told.exit,
        }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }
}

fn told(rehearsal: &Rehearsal) -> Told {
    let outcome = rehearsal.outcome();
    Told {
        slot: Some(rehearsal.slot),
        outcome: outcome.name(),
        detail: match &outcome {
            Outcome::Traded => Some(sending(&rehearsal.decided.plan)),
            other => Some(format!("would be {other}")),
        },
        fresh: true,
        exit: exit(&outcome),
    }
}

/// What a plan sends first.
fn sending(plan: &Plan) -> String {
    let count = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        more => Some(format!("{more} {what}s")),
    };
    let first = count(plan.cancels.len(), "cancel");
    let then = count(plan.sales.len() + usize::from(plan.buy.is_some()), "order");
    let steps: Vec<String> = first.into_iter().chain(then).collect();
    format!("would send {}", steps.join(", then "))
}

impl DecidedView {
    fn new(rehearsal: &Rehearsal, settings: &Settings) -> Self {
        let Rehearsal {
            observation,
            decided,
            ..
        } = rehearsal;
        let price = observation.price.as_ref();
        let portfolio = &observation.portfolio;
        Self {
            account: portfolio.account.id.to_string(),
            cash: portfolio.account.cash,
            equity: portfolio.account.equity,
            positions: portfolio
                .positions
                .iter()
                .map(|held| PositionView {
                    symbol: held.symbol.to_string(),
                    quantity: held.quantity,
                })
                .collect(),
            price: price.map(|point| point.price),
            price_at: price.map(|point| market::time::new_york_text(point.at)),
            price_source: price.map(|point| point.source.to_string()),
            sources: opinions(&decided.opinions, &observation.sources),
            decision: decided.decision,
            wanted: decided.wanted,
            target: decided.target,
            disagreed: decided.disagreed,
            refused: decided.refused.clone(),
            recovered: rehearsal
                .recovered
                .iter()
                .map(|cancel| cancel.client_order_id.clone())
                .collect(),
            cancels: decided
                .plan
                .cancels
                .iter()
                .map(|cancel| cancel.client_order_id.clone())
                .collect(),
            orders: orders(rehearsal),
            idle: decided.plan.idle.map(|why| why.to_string()),
            stops: decided.stops.clone(),
            entry_stops: decided.entry_stops.clone(),
            limits: limits(rehearsal, settings),
        }
    }
}

fn orders(rehearsal: &Rehearsal) -> Vec<OrderView> {
    let point = rehearsal.observation.trade_price.as_ref();
    let view = |(planned, order): &(trading::plan::PlannedOrder, Result<_, Refusal>)| {
        let order: &Result<trading::order::Order, Refusal> = order;
        let price = point.filter(|point| point.symbol == planned.symbol);
        OrderView {
            leg: planned.leg.to_string(),
            symbol: planned.symbol.to_string(),
            instruction: planned.instruction.to_string(),
            quantity: planned.instruction.quantity(),
            value: price.map(|point| planned.instruction.value(point.price)),
            id: order.as_ref().ok().map(|order| order.id.to_string()),
            refused: order.as_ref().err().cloned(),
        }
    };
    rehearsal.orders.iter().map(view).collect()
}

/// Every limit, with whether one of the refusals met is its.
fn limits(rehearsal: &Rehearsal, settings: &Settings) -> Vec<LimitView> {
    let Rehearsal {
        observation,
        decided,
        state,
        ..
    } = rehearsal;
    let met = met(rehearsal, decided);
    let view = |limit: LimitSeen| LimitView {
        key: limit.key,
        refuses: met.contains(&limit.reason),
        limit: limit.limit,
        seen: limit.seen,
    };
    review(observation, decided, state, settings)
        .into_iter()
        .map(view)
        .collect()
}

fn met(rehearsal: &Rehearsal, decided: &Decided) -> Vec<Reason> {
    let of_orders = rehearsal.orders.iter();
    let of_orders = of_orders.filter_map(|(_, order)| order.as_ref().err());
    let refusals = decided.stops.iter().chain(&decided.entry_stops);
    let refusals = refusals.chain(&decided.refused).chain(of_orders);
    refusals.map(|refusal| refusal.reason).collect()
}

impl View for RehearsalView {
    fn text(&self, terminal: Terminal) -> String {
        let paint = match self.exit {
            Exit::Done => Paint::Good,
            Exit::SlotRefused => Paint::Warn,
            _ => Paint::Bad,
        };
        let what = terminal.paint(paint, self.detail.as_deref().unwrap_or(self.outcome));
        let mut lines = vec![match &self.slot {
            Some(slot) if self.over => format!("{slot}: {what} (recorded before)"),
            Some(slot) => format!("{slot}: {what}"),
            None => what,
        }];
        lines.push(terminal.paint(
            Paint::Faint,
            "dry run: nothing was sent, nothing was written",
        ));
        lines.extend(self.bars.iter().map(|bars| row("exchange", &own(bars))));
        lines.push(row("broker", &self.host));
        lines.push(row("journal", &self.journal_text()));
        if let Some(decided) = &self.decided {
            decided.lines(&mut lines, terminal);
        }
        lines.join("\n")
    }
}

impl RehearsalView {
    fn journal_text(&self) -> String {
        match (&self.journal, self.head_seq) {
            (Some(path), Some(seq)) => format!("{}, read up to record {seq}", path.display()),
            (Some(path), None) => format!("{}, empty", path.display()),
            (None, _) => "none begun yet".to_owned(),
        }
    }
}

impl DecidedView {
    fn lines(&self, lines: &mut Vec<String>, terminal: Terminal) {
        let mut held: Vec<String> = self
            .positions
            .iter()
            .map(|held| format!("{} {}", held.quantity, held.symbol))
            .collect();
        if held.is_empty() {
            held.push("nothing".to_owned());
        }
        lines.push(row(
            "account",
            &format!(
                "{}: cash {}, equity {}, holding {}",
                self.account,
                text::dollars(self.cash),
                text::dollars(self.equity),
                held.join(", ")
            ),
        ));
        match (&self.decision, &self.refused) {
            (Some(decision), _) => {
                lines.push(row("signal", &comparison(decision)));
                lines.push(row(
                    "",
                    &format!("price to fast {}", margin(decision.margins.price_to_fast)),
                ));
                lines.push(row(
                    "",
                    &format!("fast to slow  {}", margin(decision.margins.fast_to_slow)),
                ));
            }
            (None, Some(refusal)) => {
                lines.push(row(
                    "signal",
                    &terminal.paint(Paint::Warn, &format!("none: {refusal}")),
                ));
            }
            (None, None) => lines.push(row("signal", "none")),
        }
        let others = self.sources.iter().filter(|source| !source.leads());
        lines.extend(others.map(|source| row("", &source.line())));
        lines.push(row("target", &self.target_text()));
        self.plan_lines(lines, terminal);
        lines.extend([String::new(), self.limit_table(terminal)]);
    }

    fn target_text(&self) -> String {
        let (wanted, target) = (target_word(self.wanted), target_word(self.target));
        let disagreed = if self.disagreed {
            ", sources disagree"
        } else {
            ""
        };
        if wanted == target {
            format!("{target}{disagreed}")
        } else {
            format!("{target} (wanted {wanted}{disagreed})")
        }
    }

    fn plan_lines(&self, lines: &mut Vec<String>, terminal: Terminal) {
        let warn = |refusal: &Refusal| terminal.paint(Paint::Warn, &refusal.to_string());
        let recovered = self.recovered.iter();
        lines.extend(recovered.map(|id| row("first", &format!("cancel {id} of an earlier slot"))));
        lines.extend(
            self.cancels
                .iter()
                .map(|id| row("plan", &format!("cancel {id}"))),
        );
        for order in &self.orders {
            let OrderView {
                leg,
                symbol,
                instruction,
                ..
            } = order;
            lines.push(row("plan", &format!("{leg} {symbol}: {instruction}")));
            lines.extend(order.id.iter().map(|id| row("", &format!("id {id}"))));
            let refused = order.refused.iter();
            lines.extend(refused.map(|why| row("", &format!("stopped: {}", warn(why)))));
        }
        if !self.orders.is_empty() || !self.cancels.is_empty() {
            lines.push(row("", "then planned anew from the account that leaves"));
        }
        lines.extend(
            self.idle
                .iter()
                .map(|why| row("plan", &format!("nothing, {why}"))),
        );
        lines.extend(self.stops.iter().map(|stop| row("no order", &warn(stop))));
        lines.extend(
            self.entry_stops
                .iter()
                .map(|stop| row("no entry", &warn(stop))),
        );
        if self.stops.is_empty() && self.entry_stops.is_empty() {
            lines.push(row("gates", "all open"));
        }
    }

    fn limit_table(&self, terminal: Terminal) -> String {
        let mut sheet = Sheet::new(&["limit", ">value", ">seen", ""]);
        for limit in &self.limits {
            let mark = if limit.refuses {
                terminal.paint(Paint::Warn, "refuses")
            } else {
                String::new()
            };
            sheet.row([
                limit.key.to_owned(),
                limit.limit.clone(),
                limit.seen.clone().unwrap_or_else(|| "-".to_owned()),
                mark,
            ]);
        }
        sheet.text(terminal)
    }
}

/// What an exchange of this process is.
pub(crate) fn own(plays: &str) -> String {
    format!("a local one of this process, on {plays}")
}

fn row(label: &str, value: &str) -> String {
    format!("  {label:<9} {value}")
}
