//! `tqqq signal`: what the sources say now, and how far it is from saying something else.

use std::path::PathBuf;

use chronicle::row::{signal_word, target_word};
use chronicle::story::margin;
use cycle::sighting::Sighting;
use market::time::new_york_text;
use market::{Instant, Price};
use serde::Serialize;
use strategy::{Decision, Margins, Signal, Target};
use trading::judge::Survey;
use trading::observation::PricePoint;
use trading::outcome::{Reason, Refusal};

use super::opinion::{OpinionView, opinions};
use super::rehearsal::own;
use super::{Paint, Sheet, Terminal, View};
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::places::Configuration;

/// Columns of the scale on which price and averages stand.
const SCALE_WIDTH: f64 = 48.0;

/// What the sources say now.
#[derive(Debug, Serialize)]
pub(crate) struct SignalView {
    schema: &'static str,
    symbol: String,
    now: String,
    in_session: bool,
    session_open: String,
    session_close: String,
    /// Hours closed by then count.
    hours_until: String,
    next_slot: String,
    /// What an exchange of this process plays.
    bars: Option<String>,
    signal: Option<Signal>,
    /// What is wanted once the sources are held against each other.
    wanted: Target,
    /// What a slot would work for: an open sale turns `keep` into `out`.
    target: Target,
    price: Option<PriceView>,
    second_price: Option<PriceView>,
    fast: Option<f64>,
    slow: Option<f64>,
    margins: Option<Margins>,
    fragile: Option<bool>,
    leader: Option<String>,
    sources: Vec<OpinionView>,
    /// What sources of prices answered that have none to give.
    price_errors: Vec<String>,
    needed_hours: u32,
    usable_sources: usize,
    min_sources: u32,
    disagreed: bool,
    /// Why too few sources are usable to buy.
    too_few: Option<Refusal>,
    /// Why there is no signal.
    refused: Option<Refusal>,
    journal: Option<PathBuf>,
    open_out_since: Option<String>,
    halted: Option<String>,
    #[serde(skip)]
    exit: Exit,
}

/// A price and how old it is.
#[derive(Debug, Serialize)]
struct PriceView {
    price: Price,
    at: String,
    age_s: i64,
    source: String,
}

impl PriceView {
    fn new(point: &PricePoint, now: Instant) -> Self {
        Self {
            price: point.price,
            at: new_york_text(point.at),
            age_s: now.duration_since(point.at).as_secs(),
            source: point.source.to_string(),
        }
    }
}

impl SignalView {
    /// The view of a look at the sources.
    ///
    /// # Errors
    /// When the calendar ends.
    pub(crate) fn new(
        sighting: &Sighting,
        survey: &Survey,
        configuration: &Configuration,
        journal: Option<PathBuf>,
        plays: Option<&str>,
    ) -> Outcome<Self> {
        let settings = &configuration.settings;
        let decision: Option<&Decision> = survey.verdict.as_ref().ok();
        let numbers = numbers(sighting, survey, configuration)?;
        let views: Vec<_> = sighting
            .sources
            .iter()
            .map(|seen| seen.view.clone())
            .collect();
        let price = sighting.signal_price(settings).ok();
        // Outside of a session a second opinion would be one of another hour.
        let second = sighting
            .second_price
            .as_ref()
            .filter(|_| sighting.in_session());
        let point = price.as_ref().or(sighting.price.as_ref());
        let errors = sighting.prices.iter().filter_map(|seen| {
            let error = seen.answer.as_ref().err()?;
            Some(format!("{}: {error}", seen.source))
        });
        let (session, state) = (sighting.session, &sighting.state);
        Ok(Self {
            schema: "tqqq.signal/1",
            symbol: settings.strategy.signal_symbol().to_string(),
            now: new_york_text(sighting.now),
            in_session: sighting.in_session(),
            session_open: new_york_text(session.open),
            session_close: new_york_text(session.close),
            hours_until: new_york_text(sighting.until.at()),
            next_slot: configuration.calendar.next_slot(sighting.now)?.to_string(),
            bars: plays.map(str::to_owned),
            signal: decision.map(|decision| decision.signal),
            wanted: survey.wanted,
            target: state.effective_target(survey.wanted),
            price: point.map(|point| PriceView::new(point, sighting.now)),
            second_price: second.map(|point| PriceView::new(point, sighting.now)),
            fast: numbers.map(|decision| decision.fast),
            slow: numbers.map(|decision| decision.slow),
            margins: numbers.map(|decision| decision.margins),
            fragile: decision.map(|decision| decision.fragile),
            leader: survey.leader.as_ref().map(ToString::to_string),
            sources: opinions(&survey.opinions, &views),
            price_errors: errors.collect(),
            needed_hours: settings.strategy.params()?.warmup_hours,
            usable_sources: usable(survey),
            min_sources: settings.min_sources(),
            disagreed: survey.disagreed,
            too_few: survey.too_few.clone(),
            refused: survey.verdict.as_ref().err().cloned(),
            journal,
            open_out_since: state.open_out.as_ref().map(|out| out.since.to_string()),
            halted: state.halt.as_ref().map(|halt| halt.reason.to_string()),
            exit: exit(sighting, survey),
        })
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }
}

/// The averages and margins to show: the decision's, else those at the price there is, which a slot
/// would not take.
fn numbers(
    sighting: &Sighting,
    survey: &Survey,
    configuration: &Configuration,
) -> Outcome<Option<Decision>> {
    if let Ok(decision) = &survey.verdict {
        return Ok(Some(*decision));
    }
    let Some(point) = &sighting.price else {
        return Ok(None);
    };
    let at_it = sighting.survey_at(Ok(point.price), &configuration.settings)?;
    Ok(at_it.verdict.ok())
}

fn usable(survey: &Survey) -> usize {
    let decided = |opinion: &&trading::judge::Opinion| {
        matches!(opinion.verdict, trading::judge::Verdict::Decision(_))
    };
    survey.opinions.iter().filter(decided).count()
}

/// Refused by a rule, or failed because nobody could be read at all.
fn exit(sighting: &Sighting, survey: &Survey) -> Exit {
    let nobody = match &survey.verdict {
        Ok(_) => return Exit::Done,
        Err(refusal) if refusal.reason == Reason::NoData => {
            sighting.sources.iter().all(|seen| seen.error.is_some())
        }
        Err(refusal) if refusal.reason == Reason::Stale => {
            sighting.prices.iter().all(|seen| seen.answer.is_err())
        }
        Err(_) => false,
    };
    if nobody {
        Exit::Failed
    } else {
        Exit::SlotRefused
    }
}

impl View for SignalView {
    fn text(&self, terminal: Terminal) -> String {
        let mut lines = vec![self.headline(terminal), row("looked at", &self.moment())];
        lines.extend(self.bars.iter().map(|bars| row("exchange", &own(bars))));
        lines.push(row("price", &self.price_text(terminal)));
        let second = self.second_price.as_ref();
        lines.extend(second.map(|second| row("", &second.text())));
        lines.extend(
            self.price_errors
                .iter()
                .map(|error| row("", &terminal.paint(Paint::Warn, error))),
        );
        lines.extend(self.scale());
        if let Some(margins) = &self.margins {
            lines.push(row(
                "margins",
                &format!("price to fast {}", margin(margins.price_to_fast)),
            ));
            lines.push(row(
                "",
                &format!("fast to slow  {}", margin(margins.fast_to_slow)),
            ));
        }
        if self.fragile == Some(true) {
            lines.push(row(
                "",
                "fragile: averages started elsewhere may decide otherwise",
            ));
        }
        lines.push(row("sources", &self.agreement(terminal)));
        lines.push(row(
            "warm-up",
            &format!("{} closed hours are needed", self.needed_hours),
        ));
        lines.extend(self.standing(terminal));
        lines.extend([String::new(), self.table(terminal)]);
        lines.join("\n")
    }
}

impl SignalView {
    fn headline(&self, terminal: Terminal) -> String {
        let said = match (&self.signal, &self.refused) {
            (Some(signal), _) => {
                let paint = match signal {
                    Signal::Bullish => Paint::Good,
                    Signal::Bearish => Paint::Bad,
                    Signal::Neutral => Paint::Strong,
                };
                let word = terminal.paint(paint, signal_word(*signal));
                format!("{word}, target {}", target_word(self.target))
            }
            (None, Some(refusal)) => terminal.paint(Paint::Warn, &format!("no signal: {refusal}")),
            (None, None) => "no signal".to_owned(),
        };
        format!("{}: {said}", terminal.paint(Paint::Strong, &self.symbol))
    }

    fn moment(&self) -> String {
        let until = &self.hours_until[11..19];
        if self.in_session {
            format!(
                "{}, in session; hours closed by {until} count; next slot {}",
                self.now, self.next_slot
            )
        } else {
            format!(
                "{}, THE MARKET IS CLOSED: this is how {} closed; next slot {}",
                self.now,
                &self.session_close[..10],
                self.next_slot
            )
        }
    }

    fn price_text(&self, terminal: Terminal) -> String {
        match &self.price {
            None => terminal.paint(Paint::Warn, "nobody has one"),
            Some(price) if self.in_session => price.text(),
            Some(price) => format!(
                "{} from {}, the last close, of {}",
                price.price, price.source, price.at
            ),
        }
    }

    /// Price and averages, each as a mark on one scale.
    fn scale(&self) -> Vec<String> {
        let (Some(price), Some(fast), Some(slow)) = (&self.price, self.fast, self.slow) else {
            return Vec::new();
        };
        let values = [price.price.to_f64(), fast, slow];
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let span = values.iter().copied().fold(lowest, f64::max) - lowest;
        let line = |(name, value): (&str, f64)| {
            let part = if span > 0.0 {
                (value - lowest) / span
            } else {
                0.0
            };
            let dots = ".".repeat(columns(part));
            format!("    {name:<5} {value:>10.4}  {dots}*")
        };
        let rows = ["price", "fast", "slow"].into_iter().zip(values).map(line);
        let blank = String::new;
        [blank()].into_iter().chain(rows).chain([blank()]).collect()
    }

    fn agreement(&self, terminal: Terminal) -> String {
        let Self {
            usable_sources,
            min_sources,
            ..
        } = self;
        let count = self.sources.len();
        if self.sources.iter().all(OpinionView::is_not_asked) {
            return "not asked what they say".to_owned();
        }
        let leads = self.leader.as_ref().map_or_else(
            || "nobody leads".to_owned(),
            |leader| format!("{leader} leads"),
        );
        let usable =
            format!("{leads}; {usable_sources} of {count} usable, {min_sources} needed to buy");
        if self.disagreed {
            let held = terminal.paint(Paint::Warn, "another is not bullish, so nothing is bought");
            return format!("{usable}; {held}");
        }
        match &self.too_few {
            Some(refusal) => format!(
                "{usable}; {}",
                terminal.paint(Paint::Warn, &refusal.to_string())
            ),
            None => usable,
        }
    }

    /// What the journal adds.
    fn standing(&self, terminal: Terminal) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(since) = &self.open_out_since {
            let text = format!("a sale decided at {since} is not reached yet: keep means out");
            lines.push(row("standing", &terminal.paint(Paint::Warn, &text)));
        }
        if let Some(reason) = &self.halted {
            lines.push(row("HALTED", &terminal.paint(Paint::Bad, reason)));
        }
        lines
    }

    fn table(&self, terminal: Terminal) -> String {
        let headings = [
            "source",
            "says",
            ">price/fast bps",
            ">fast/slow bps",
            ">hours",
            "",
        ];
        let mut sheet = Sheet::new(&headings);
        for source in &self.sources {
            sheet.row(source.cells());
        }
        sheet.text(terminal)
    }
}

impl PriceView {
    fn text(&self) -> String {
        format!("{} from {}, {} s old", self.price, self.source, self.age_s)
    }
}

/// Columns for a part of the whole width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to the width"
)]
fn columns(part: f64) -> usize {
    (part.clamp(0.0, 1.0) * SCALE_WIDTH).round() as usize
}

fn row(label: &str, value: &str) -> String {
    format!("  {label:<9} {value}")
}
