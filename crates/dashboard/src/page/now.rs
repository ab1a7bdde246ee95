//! *Now*: whether all is well, at a glance, and the switch.

use askama::Template;
use chronicle::now::{self as model, Day, Next, SignalNow};
use chronicle::{SlotView, StatusView, text};
use market::time::new_york_text;

use super::{Frame, gain, price, signed};
use crate::book::Mark;
use crate::desk::Desk;
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
    next: Option<NextCard>,
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

struct NextCard {
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
        let opening = &desk.opening;
        let next = opening
            .wall_time
            .then(|| Next::after(desk.now(), &opening.calendar));
        let now = model::Now::new(&opening.name, &read.tail, opening.money, next.flatten());
        let status = now.status;
        let dollars =
            |money: Option<market::Money>| money.map_or("not seen yet".to_owned(), text::dollars);
        Self {
            frame: Frame::new("Now", "/", desk, &read, visitor),
            attention: now
                .attention
                .into_iter()
                .map(|notice| (notice.tone.word(), notice.text))
                .collect(),
            money: status.money.map_or("", |money| money.words()),
            equity: dollars(status.equity),
            cash: dollars(status.cash),
            high_water: dollars(status.high_water),
            day: now.day.map(Figure::of),
            signal: now.signal.as_ref().map(SignalCard::of),
            next: now.next.as_ref().map(NextCard::of),
            may_switch: opening.switches.is_some(),
            newest: status.newest.iter().rev().map(Row::of).collect(),
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

impl Figure {
    fn of(day: Day) -> Self {
        Self {
            text: signed(day.change),
            remark: format!(
                "{} USD; {} from the highest",
                text::dollars(day.dollars),
                signed(day.drawdown)
            ),
            class: gain(day.change),
        }
    }
}

impl SignalCard {
    fn of(signal: &SignalNow) -> Self {
        let margins = signal.margins;
        let margin = chronicle::story::margin;
        Self {
            word: chronicle::row::signal_word(signal.signal),
            slot: text::slot(signal.slot),
            price: price(signal.price),
            fast: format!("{:.4}", signal.fast),
            slow: format!("{:.4}", signal.slow),
            margins: [
                ("price to fast", margin(margins.price_to_fast)),
                ("fast to slow", margin(margins.fast_to_slow)),
            ],
            target: chronicle::row::target_word(signal.target),
            fragile: signal.fragile,
        }
    }
}

impl NextCard {
    fn of(next: &Next) -> Self {
        Self {
            slot: text::slot(next.slot),
            at: new_york_text(next.slot.at()),
            left: next.words(),
        }
    }
}
