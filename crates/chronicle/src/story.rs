//! The whole story of one slot, record by record, in the order it was written.

use std::collections::BTreeMap;

use market::calendar::Session;
use market::hours::Hour;
use market::time::in_new_york;
use market::{Price, Slot};
use strategy::{Decision, Margin, Signal};
use trading::judge::{Decided, Verdict};
use trading::observation::{Observation, Reading, Skew, SourceView};
use trading::order::{ClientOrderId, OrderState};
use trading::outcome::Refusal;
use trading::plan::Plan;
use trading::portfolio::Portfolio;
use trading::record::{Answer, Entry, Intended, Intent, Record, Settled, SlotClosed};
use trading::revision::Revised;
use trading::spread::{Look, Quoted};

use crate::row::{signal_word, target_word};
use crate::switches::ruling;
use crate::text;

/// Newest hours shown of each source.
const HOURS_SHOWN: usize = 5;

/// How a piece of a story is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The end of it.
    Strong,
    /// A failure or a breach.
    Bad,
    /// A rule that said no.
    Warn,
}

/// One line of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, as New York's time of day; `None` for a detail of the line before.
    pub at: Option<String>,
    /// What, up to the piece that stands out.
    pub plain: String,
    /// The piece that stands out, at the end.
    pub toned: Option<(Tone, String)>,
}

/// A slot's story, in the order it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// How it ended, in words.
    pub ending: String,
    /// What happened.
    pub lines: Vec<Line>,
    /// Which records tell it, and the head after the last; `None` without any.
    pub records: Option<String>,
}

impl Story {
    /// The story that a slot's entries tell.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Self {
        let outcome = entries.iter().rev().find_map(|entry| match &entry.record {
            Record::SlotClosed(closed) => Some(closed.outcome.words()),
            Record::SlotsMissed(_) => Some("missed".to_owned()),
            _ => None,
        });
        let mut teller = Teller::default();
        for entry in entries {
            teller.tell(entry);
        }
        let ends = entries.first().zip(entries.last());
        Self {
            ending: outcome.unwrap_or_else(|| "still open".to_owned()),
            lines: teller.lines,
            records: ends.map(|(first, last)| {
                format!(
                    "records {} to {}, head then {}",
                    first.seq, last.seq, last.hash
                )
            }),
        }
    }
}

#[derive(Debug, Default)]
struct Teller {
    lines: Vec<Line>,
    /// Orders by id, as they were worded when intended.
    sent: BTreeMap<ClientOrderId, String>,
}

impl Teller {
    fn tell(&mut self, entry: &Entry) {
        let at = text::time_of_day(entry.at);
        match &entry.record {
            Record::SlotOpened(opened) => {
                self.head(
                    &at,
                    &format!("try {} by run {}", opened.try_number, entry.run),
                );
                if let Some(run) = opened.takes_over {
                    self.line(&format!("takes over from run {run}"));
                }
            }
            Record::Observed(observation) => self.observed(&at, observation),
            Record::Reconstructed(made_up) => self.head(
                &at,
                &format!(
                    "decided afterwards: {}, {} of them bearish, {} without the bars for it",
                    text::counted(u64::from(made_up.decided), "slot"),
                    made_up.bearish.len(),
                    made_up.undecidable
                ),
            ),
            Record::Revised(revised) => self.revised(&at, revised),
            Record::Decided(decided) => self.decided(&at, decided),
            Record::Replanned(replanned) => {
                self.head(&at, "planned anew");
                self.portfolio(&replanned.portfolio);
                self.plan(&replanned.plan);
            }
            Record::Quoted(quoted) => self.quoted(&at, quoted),
            Record::Intended(intended) => self.intended(&at, intended),
            Record::Answered(answered) => {
                let order = self.worded(&answered.id);
                self.head(&at, &format!("{order}: {}", answer(&answered.answer)));
            }
            Record::Settled(settled) => {
                let order = self.worded(&settled.id);
                self.head(&at, &format!("{order}: {}", standing(settled)));
            }
            Record::TryFailed(failed) => {
                let what = format!("try failed at {}: {}", failed.step, failed.error);
                self.toned_head(&at, Tone::Bad, what);
            }
            Record::SlotClosed(closed) => self.closed(&at, closed),
            Record::SlotsMissed(missed) => self.head(
                &at,
                &format!(
                    "nobody ran {} from {} to {}",
                    text::counted(u64::from(missed.count), "slot"),
                    missed.first,
                    missed.last
                ),
            ),
            Record::Halted(halted) => self.head(&at, &format!("halted: {}", halted.reason)),
            Record::Resumed(resumed) => self.head(&at, &format!("resumed: {}", resumed.note)),
            Record::Adopted(note) => self.head(&at, &format!("holdings adopted: {}", note.text)),
            Record::Armed(armed) => self.head(
                &at,
                &format!("armed until {}", market::time::new_york_text(armed.until)),
            ),
            Record::Disarmed(note) => self.head(&at, &format!("disarmed: {}", note.text)),
            Record::SplitRuled(ruled) => self.head(&at, &ruling(ruled)),
            Record::Repaired(repaired) => self.head(
                &at,
                &format!(
                    "repaired: {} found at the broker",
                    text::counted(repaired.orders.len() as u64, "lost order")
                ),
            ),
            Record::Noted(note) => self.head(&at, &note.text),
            Record::Bound(_) => {}
        }
    }

    fn head(&mut self, at: &str, what: &str) {
        self.push(Some(at), what, None);
    }

    fn toned_head(&mut self, at: &str, tone: Tone, what: String) {
        self.push(Some(at), "", Some((tone, what)));
    }

    fn line(&mut self, what: &str) {
        self.push(None, what, None);
    }

    fn toned_line(&mut self, plain: &str, tone: Tone, what: String) {
        self.push(None, plain, Some((tone, what)));
    }

    fn push(&mut self, at: Option<&str>, plain: &str, toned: Option<(Tone, String)>) {
        self.lines.push(Line {
            at: at.map(str::to_owned),
            plain: plain.to_owned(),
            toned,
        });
    }

    fn observed(&mut self, at: &str, observation: &Observation) {
        self.head(at, "saw");
        for source in &observation.sources {
            self.source(source);
        }
        for day in &observation.disagreements {
            let [theirs, ours] = [day.theirs, day.ours].map(hours_text);
            self.line(&format!(
                "on {} the broker's calendar has {theirs}, ours {ours}",
                day.date
            ));
        }
        for bar in &observation.no_trade {
            let start = text::slot(Slot::new(bar.start));
            let lacking: Vec<String> = bar.lacking.iter().map(ToString::to_string).collect();
            let lacking = lacking.join(" and ");
            self.line(&format!(
                "nobody traded in the half hour of {start}: {lacking} show none"
            ));
        }
        match &observation.price {
            Some(point) => self.line(&format!(
                "{} {} at {} from {}",
                point.symbol,
                point.price,
                text::time_of_day(point.at),
                point.source
            )),
            None => self.line("no price"),
        }
        self.portfolio(&observation.portfolio);
        let skew = match observation.skew {
            Skew::Milliseconds(milliseconds) => format!("{milliseconds} ms from ours"),
            Skew::Unknown => "at an unknown distance from ours".to_owned(),
        };
        let market = if observation.clock.is_open {
            "open"
        } else {
            "closed"
        };
        self.line(&format!("market {market} by the broker's clock, {skew}"));
    }

    fn source(&mut self, source: &SourceView) {
        match &source.reading {
            Reading::Unusable { why } => {
                self.line(&format!("{}: not usable: {why}", source.source));
            }
            Reading::Usable { closed, gaps, .. } => {
                self.line(&format!(
                    "{}: {}, {}, {} rejected; the newest:",
                    source.source,
                    text::counted(closed.len() as u64, "closed hour"),
                    text::counted(gaps.len() as u64, "gap"),
                    text::counted(source.rejected.len() as u64, "row")
                ));
                for hour in &closed[closed.len().saturating_sub(HOURS_SHOWN)..] {
                    self.line(&format!("  {}", hour_text(hour)));
                }
            }
        }
    }

    fn portfolio(&mut self, portfolio: &Portfolio) {
        let account = &portfolio.account;
        let mut held: Vec<String> = portfolio
            .positions
            .iter()
            .map(|position| format!("{} {}", position.quantity, position.symbol))
            .collect();
        if held.is_empty() {
            held.push("nothing".to_owned());
        }
        self.line(&format!(
            "cash {}, equity {}, holding {}, {}",
            text::dollars(account.cash),
            text::dollars(account.equity),
            held.join(", "),
            text::counted(portfolio.open_orders.len() as u64, "open order")
        ));
    }

    fn decided(&mut self, at: &str, decided: &Decided) {
        match (&decided.decision, &decided.refused) {
            (Some(decision), _) => {
                self.head(at, &format!("decided: {}", comparison(decision)));
                self.line(&format!(
                    "price to fast {}",
                    margin(decision.margins.price_to_fast)
                ));
                self.line(&format!(
                    "fast to slow {}",
                    margin(decision.margins.fast_to_slow)
                ));
                if decision.fragile {
                    self.line("fragile: averages started elsewhere may decide otherwise");
                }
            }
            (None, Some(refusal)) => self.head(at, &format!("no decision: {}", ruled(refusal))),
            (None, None) => self.head(at, "no decision"),
        }
        for opinion in decided.opinions.iter().skip(1) {
            let says = match &opinion.verdict {
                Verdict::Decision(decision) => comparison(decision),
                Verdict::NotWarm(cold) => cold.to_string(),
                Verdict::Unusable(why) => why.clone(),
            };
            self.line(&format!("{} says: {says}", opinion.source));
        }
        let (wanted, target) = (target_word(decided.wanted), target_word(decided.target));
        let disagreed = if decided.disagreed {
            ", sources disagree"
        } else {
            ""
        };
        self.line(&format!("wanted {wanted}, target {target}{disagreed}"));
        self.gates("stops every order", &decided.stops);
        self.gates("stops entries", &decided.entry_stops);
        self.plan(&decided.plan);
    }

    /// Told in the story of the slot whose signal it is, and of the slot that saw it.
    fn revised(&mut self, at: &str, revised: &Revised) {
        let [was, is] = [revised.recorded, revised.revised].map(signal_word);
        let what = format!(
            "seen later: {} was {was} at {}, and by its bars as they are now it was {is}; nothing \
             is traded for it",
            revised.source,
            text::slot(revised.slot),
        );
        self.head(at, &what);
        let close = |price: Option<Price>| price.map_or("none".to_owned(), |it| it.to_string());
        for hour in &revised.hours {
            let end = text::slot(Slot::new(hour.end));
            let (was, now) = (close(hour.was), close(hour.now));
            self.line(&format!("hour until {end}  close {was}, now {now}"));
        }
    }

    fn gates(&mut self, effect: &str, refusals: &[Refusal]) {
        for refusal in refusals {
            self.toned_line(&format!("{effect}: "), Tone::Warn, ruled(refusal));
        }
    }

    fn plan(&mut self, plan: &Plan) {
        for cancel in &plan.cancels {
            self.line(&format!(
                "plan: cancel {} in {}",
                cancel.client_order_id, cancel.symbol
            ));
        }
        for order in plan.sales.iter().chain(&plan.buy) {
            self.line(&format!(
                "plan: {} {}: {}",
                order.leg, order.symbol, order.instruction
            ));
        }
        if let Some(why) = plan.idle {
            self.line(&format!("plan: nothing, {why}"));
        }
    }

    fn quoted(&mut self, at: &str, quoted: &Quoted) {
        let looks = match quoted.looks {
            1 => "looked at the quote".to_owned(),
            more => format!("looked at the quote {more} times"),
        };
        let seen = match (&quoted.refused, &quoted.look) {
            (Some(refusal), _) => {
                let toned = (Tone::Warn, refusal.to_string());
                return self.push(Some(at), &format!("{looks}: "), Some(toned));
            }
            (None, Look::Quote(quote)) => {
                let spread = quote.spread().map_or_else(String::new, |spread| {
                    format!("{} bps, ", spread.decimal().round_dp(2).normalize())
                });
                format!("{spread}{quote}")
            }
            (None, Look::NoQuote | Look::Unread { .. }) => "nothing seen".to_owned(),
        };
        self.head(at, &format!("{looks}: {seen}"));
    }

    fn intended(&mut self, at: &str, intended: &Intended) {
        let worded = match &intended.intent {
            Intent::Order(order) => format!("{} {}", order.leg, order.symbol),
            Intent::Cancel(cancel) => format!("cancel {}", cancel.client_order_id),
        };
        let how = match &intended.intent {
            Intent::Order(order) => format!(": {}", order.instruction),
            Intent::Cancel(_) => String::new(),
        };
        self.head(at, &format!("{worded}{how}, intended"));
        self.line(&format!(
            "id {}, sent before {} or never",
            id_text(intended.intent.id()),
            text::time_of_day(intended.send_before)
        ));
        self.sent.insert(intended.intent.id().clone(), worded);
    }

    fn worded(&self, id: &ClientOrderId) -> String {
        self.sent.get(id).cloned().unwrap_or_else(|| id_text(id))
    }

    fn closed(&mut self, at: &str, closed: &SlotClosed) {
        self.toned_head(at, Tone::Strong, closed.outcome.words());
        if let Some(portfolio) = &closed.portfolio {
            self.portfolio(portfolio);
        }
        for breach in &closed.breaches {
            self.toned_line("invariant breached: ", Tone::Bad, breach.to_string());
        }
    }
}

/// A refusal in words, with the name under which the manual knows its rule.
fn ruled(refusal: &Refusal) -> String {
    format!("{} [{}]", refusal.words(), refusal.reason)
}

fn id_text(id: &ClientOrderId) -> String {
    id.to_string()
}

/// The hours of a session in New York's time.
fn hours_text(session: Option<Session>) -> String {
    let time = |at| in_new_york(at).1.strftime("%H:%M").to_string();
    session.map_or_else(
        || "no session".to_owned(),
        |session| format!("{} to {}", time(session.open), time(session.close)),
    )
}

fn hour_text(hour: &Hour) -> String {
    let from = text::slot(Slot::new(hour.start));
    format!(
        "{from}  open {}  high {}  low {}  close {}",
        hour.open, hour.high, hour.low, hour.close
    )
}

/// The three numbers of a signal in their order.
#[must_use]
pub fn comparison(decision: &Decision) -> String {
    let Decision {
        price, fast, slow, ..
    } = decision;
    match decision.signal {
        Signal::Bullish => format!("bullish, price {price} > fast {fast:.4} > slow {slow:.4}"),
        Signal::Bearish => format!("bearish, price {price} < fast {fast:.4} < slow {slow:.4}"),
        Signal::Neutral => format!("neutral, price {price}, fast {fast:.4}, slow {slow:.4}"),
    }
}

/// How far a comparison is from flipping.
#[must_use]
pub fn margin(margin: Margin) -> String {
    format!(
        "{:+.4} USD ({:+.1} bps) from flipping",
        margin.distance, margin.bps
    )
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Accepted(report) => format!("accepted as {}", report.broker_id),
        Answer::CancelTaken => "cancel taken".to_owned(),
        Answer::Refused { why } => format!("refused by the broker: {why}"),
        Answer::Unknown { why } => format!("answer unknown: {why}"),
        Answer::NotSent { why } => format!("not sent: {why}"),
    }
}

fn standing(settled: &Settled) -> String {
    let state = state_word(settled.state);
    match settled.average_price {
        Some(price) if !settled.filled.is_zero() => {
            format!("{state}, {} shares at {price}", settled.filled)
        }
        _ => state.to_owned(),
    }
}

/// Where an order stands, in words.
#[must_use]
pub const fn state_word(state: OrderState) -> &'static str {
    match state {
        OrderState::Intended => "intended, perhaps sent",
        OrderState::Unknown => "answer unknown",
        OrderState::Unsent => "never sent",
        OrderState::Open => "open",
        OrderState::Filled => "filled",
        OrderState::PartlyFilled => "partly filled, then ended",
        OrderState::Canceled => "canceled",
        OrderState::Rejected => "rejected",
    }
}
