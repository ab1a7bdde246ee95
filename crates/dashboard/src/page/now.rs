//! *Now*: whether all is well, at a glance, and the switch.

use askama::Template;
use chronicle::{SlotView, StatusView, text};
use market::Instant;
use market::time::new_york_text;
use strategy::Decision;

use super::{Frame, gain, price, signed};
use crate::book::Mark;
use crate::desk::{Desk, Read};
use crate::guard::Visitor;

/// The page.
#[derive(Template)]
#[template(path = "now.html")]
pub(crate) struct Now {
    frame: Frame,
    attention: Vec<(&'static str, String)>,
    status: StatusView,
    money: &'static str,
    equity: String,
    cash: String,
    high_water: String,
    day: Option<Figure>,
    signal: Option<SignalCard>,
    next: Option<Next>,
    may_switch: bool,
    newest: Vec<Row>,
}

/// A gain or a loss.
pub(crate) struct Figure {
    pub(crate) text: String,
    pub(crate) remark: String,
    pub(crate) class: &'static str,
}

struct SignalCard {
    word: &'static str,
    slot: String,
    price: String,
    fast: String,
    slow: String,
    margins: [(&'static str, String); 2],
    target: &'static str,
    fragile: bool,
}

struct Next {
    slot: String,
    /// For the script that counts down.
    at: String,
    left: String,
}

/// One slot of the newest.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) slot: String,
    pub(crate) outcome: &'static str,
    pub(crate) signal: &'static str,
    pub(crate) price: String,
    pub(crate) equity: String,
    pub(crate) words: String,
}

impl Row {
    fn of(view: &SlotView) -> Self {
        Self {
            path: format!("/decisions/{}", &view.slot[..16]),
            slot: view.slot[..16].replace('T', " "),
            outcome: view.outcome,
            signal: view.state.map_or("", chronicle::row::State::word),
            price: view.price.map(price).unwrap_or_default(),
            equity: view.equity.map(text::dollars).unwrap_or_default(),
            words: view.told(),
        }
    }

    /// The same of the book's mark, for which no record is read again.
    pub(crate) fn marked(mark: &Mark) -> Self {
        let slot = mark.slot.to_string();
        let warmup = mark.is_warm_up().then_some("warmup");
        let signal = mark.signal.map(chronicle::row::signal_word).or(warmup);
        Self {
            path: format!("/decisions/{}", &slot[..16]),
            slot: text::slot(mark.slot),
            outcome: mark.kind.word(),
            signal: signal.unwrap_or_default(),
            price: mark.price.map(price).unwrap_or_default(),
            equity: mark.equity.map(text::dollars).unwrap_or_default(),
            words: mark.words.clone(),
        }
    }
}

impl Now {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor) -> Self {
        let read = desk.read();
        let tail = &read.tail;
        let opening = &desk.opening;
        let status = StatusView::new(
            &opening.name,
            tail.head,
            &tail.state,
            &tail.newest,
            opening.money,
        );
        let dollars =
            |money: Option<market::Money>| money.map_or("not seen yet".to_owned(), text::dollars);
        Self {
            frame: Frame::new("Now", "/", desk, &read, visitor),
            attention: attention(&read),
            money: status.money.map_or("", |money| money.words()),
            equity: dollars(status.equity),
            cash: dollars(status.cash),
            high_water: dollars(status.high_water),
            day: day(&read),
            signal: signal(&read),
            next: opening.wall_time.then(|| next(desk, desk.now())).flatten(),
            may_switch: opening.switches.is_some(),
            newest: newest(&status),
            status,
        }
    }

    fn holdings(&self) -> Vec<String> {
        let Some(held) = &self.status.positions else {
            return vec!["not seen yet".to_owned()];
        };
        if held.is_empty() {
            return vec!["nothing".to_owned()];
        }
        let one = |position: &chronicle::status::PositionView| {
            let worth = position
                .market_value
                .map(|value| format!(", worth {}", text::dollars(value)));
            let (quantity, symbol) = (position.quantity, &position.symbol);
            format!("{quantity} {symbol}{}", worth.unwrap_or_default())
        };
        held.iter().map(one).collect()
    }

    fn paid(&self) -> Option<String> {
        let held = self.status.positions.as_ref()?.first()?;
        Some(format!("paid {} a share", price(held.average_entry_price?)))
    }

    fn armed(&self) -> String {
        let until = self.status.switches.armed_until.as_ref();
        until.map_or("no".to_owned(), |until| format!("until {until}"))
    }
}

/// What the owner should look at, the loudest first: a tone and words.
pub(crate) fn attention(read: &Read) -> Vec<(&'static str, String)> {
    let state = &read.tail.state;
    let mut found = Vec::new();
    if let Some(halt) = &state.halt {
        found.push(("bad", chronicle::switches::HaltView::new(halt).text()));
    }
    found.extend(
        state
            .stranded()
            .map(|text| ("bad", format!("by hand: {text}"))),
    );
    if state.blind_slots > 0 {
        let slots = text::counted(u64::from(state.blind_slots), "slot");
        found.push(("bad", format!("{slots} held without a decision")));
    }
    if let Some(out) = &state.open_out {
        found.push(("warn", format!("a sale is open since {}", out.since)));
    }
    for (id, order) in state.unsettled() {
        let word = chronicle::story::state_word(order.state);
        found.push(("warn", format!("order {id}: {word}")));
    }
    for (source, health) in state
        .sources
        .iter()
        .filter(|(_, health)| health.failing > 0)
    {
        let slots = text::counted(u64::from(health.failing), "slot");
        let why = health.last_error.as_deref().unwrap_or("no reason recorded");
        found.push(("warn", format!("{source} not usable for {slots}: {why}")));
    }
    if read.tail.head.is_some() && !state.adopted {
        found.push(("warn", "nothing is bought before `tqqq adopt`".to_owned()));
    }
    let last = state.last_slot.as_ref();
    let bad = last.filter(|last| matches!(last.outcome.name(), "failed" | "missed"));
    found.extend(bad.map(|last| ("warn", format!("{}: {}", last.slot, last.outcome.words()))));
    found
}

/// The day's change, net of transfers.
fn day(read: &Read) -> Option<Figure> {
    let unit = read.tail.state.unit.as_ref()?;
    let equity = read
        .tail
        .newest
        .iter()
        .rev()
        .find_map(|slot| slot.portfolio.as_ref())?;
    let equity = equity.account.equity.to_f64();
    let loss: f64 = unit.day_loss().to_string().parse().ok()?;
    // Equity is what the loss has left of what there was.
    let change = if loss < 1.0 {
        -equity * loss / (1.0 - loss)
    } else {
        0.0
    };
    let drawdown: f64 = unit.drawdown().to_string().parse().ok()?;
    let dollars = market::Money::new(market::Decimal::try_from(change).ok()?.round_dp(2)).ok()?;
    Some(Figure {
        text: signed(-loss),
        remark: format!(
            "{} USD; {} from the highest",
            text::dollars(dollars),
            signed(-drawdown)
        ),
        class: gain(-loss),
    })
}

fn signal(read: &Read) -> Option<SignalCard> {
    let newest = read.tail.newest.iter().rev();
    let (slot, decision): (_, &Decision) = newest
        .filter_map(|slot| Some((slot, slot.decision()?)))
        .next()?;
    let margins = decision.margins;
    Some(SignalCard {
        word: chronicle::row::signal_word(decision.signal),
        slot: text::slot(slot.slot),
        price: price(decision.price),
        fast: format!("{:.4}", decision.fast),
        slow: format!("{:.4}", decision.slow),
        margins: [
            (
                "price to fast",
                chronicle::story::margin(margins.price_to_fast),
            ),
            (
                "fast to slow",
                chronicle::story::margin(margins.fast_to_slow),
            ),
        ],
        target: chronicle::row::target_word(decision.target),
        fragile: decision.fragile,
    })
}

fn next(desk: &Desk, now: Instant) -> Option<Next> {
    let slot = desk.opening.calendar.next_slot(now).ok()?;
    let left = slot.at().duration_since(now);
    let minutes = left.as_mins();
    let left = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("in {minutes} min"),
        (hours, minutes) => format!("in {hours} h {minutes} min"),
    };
    Some(Next {
        slot: text::slot(slot),
        at: new_york_text(slot.at()),
        left,
    })
}

fn newest(status: &StatusView) -> Vec<Row> {
    status.newest.iter().rev().map(Row::of).collect()
}
