//! What each source of bars says, as `signal` and a dry run show it.

use chronicle::row::{signal_word, target_word};
use serde::Serialize;
use strategy::Margin;
use trading::judge::{Opinion, Verdict, leading};
use trading::observation::{Reading, SourceView};

/// The word of a source that was not asked: there was no price to ask about.
const NOT_ASKED: &str = "not_asked";

/// One source.
#[derive(Debug, Serialize)]
pub(crate) struct OpinionView {
    source: String,
    /// Whether it is the one followed.
    leads: bool,
    /// Whether its bars are of one exchange: they confirm a signal and never lead.
    only_confirms: bool,
    /// `bullish`, `bearish`, `neutral`, `not_warm`, `unusable`, `not_asked`.
    says: &'static str,
    target: Option<&'static str>,
    fast: Option<f64>,
    slow: Option<f64>,
    price_to_fast: Option<Margin>,
    fast_to_slow: Option<Margin>,
    fragile: Option<bool>,
    closed_hours: Option<usize>,
    /// Start of the newest closed hour.
    newest_hour: Option<String>,
    /// Expected bars that are not there, and rows left out.
    gaps: Option<usize>,
    rejected: usize,
    /// Why it has no decision.
    why: Option<String>,
}

/// The views of every source, in the configured order. Without a price nobody was asked for an
/// opinion.
pub(crate) fn opinions(opinions: &[Opinion], views: &[SourceView]) -> Vec<OpinionView> {
    let leader = leading(opinions, views).map(|(source, _)| source);
    let view = |(at, view): (usize, &SourceView)| {
        OpinionView::new(view, opinions.get(at), leader == Some(&view.source))
    };
    views.iter().enumerate().map(view).collect()
}

impl OpinionView {
    fn new(view: &SourceView, opinion: Option<&Opinion>, leads: bool) -> Self {
        let verdict = opinion.map(|opinion| &opinion.verdict);
        let decision = match verdict {
            Some(Verdict::Decision(decision)) => Some(decision),
            _ => None,
        };
        let (hours, newest, gaps, unusable) = match &view.reading {
            Reading::Usable { closed, gaps, .. } => {
                let newest = closed.last().map(|hour| hour.start);
                (Some(closed.len()), newest, Some(gaps.len()), None)
            }
            Reading::Unusable { why } => (None, None, None, Some(why.clone())),
        };
        Self {
            source: view.source.to_string(),
            leads,
            only_confirms: view.only_confirms,
            says: word(verdict, unusable.is_some()),
            target: decision.map(|decision| target_word(decision.target)),
            fast: decision.map(|decision| decision.fast),
            slow: decision.map(|decision| decision.slow),
            price_to_fast: decision.map(|decision| decision.margins.price_to_fast),
            fast_to_slow: decision.map(|decision| decision.margins.fast_to_slow),
            fragile: decision.map(|decision| decision.fragile),
            closed_hours: hours,
            newest_hour: newest.map(market::time::new_york_text),
            gaps,
            rejected: view.rejected.len(),
            why: match verdict {
                Some(Verdict::NotWarm(cold)) => Some(cold.to_string()),
                _ => unusable.map(|why| why.replace('\n', "; ")),
            },
        }
    }

    /// Whether it is the one followed.
    pub(crate) const fn leads(&self) -> bool {
        self.leads
    }

    /// Whether there was nothing to ask it about.
    pub(crate) fn is_not_asked(&self) -> bool {
        self.says == NOT_ASKED
    }

    /// Its word, and in two columns how far its comparisons are from flipping, in basis points.
    pub(crate) fn cells(&self) -> [String; 6] {
        let bps = |margin: Option<Margin>| {
            margin.map_or_else(|| "-".to_owned(), |margin| format!("{:+.1}", margin.bps))
        };
        let hours = self.closed_hours;
        [
            self.source.clone(),
            self.says.to_owned(),
            bps(self.price_to_fast),
            bps(self.fast_to_slow),
            hours.map_or_else(|| "-".to_owned(), |hours| hours.to_string()),
            self.remark(),
        ]
    }

    /// On one line.
    pub(crate) fn line(&self) -> String {
        let why = self.why.as_ref().map(|why| format!(": {why}"));
        format!(
            "{} says {}{}",
            self.source,
            self.says,
            why.unwrap_or_default()
        )
    }

    fn remark(&self) -> String {
        let role = match (self.leads, self.only_confirms) {
            (true, _) => Some("leads".to_owned()),
            (false, true) => Some("only confirms".to_owned()),
            (false, false) => None,
        };
        let fragile = (self.fragile == Some(true)).then(|| "fragile".to_owned());
        let remarks: Vec<String> = [role, fragile, self.why.clone()]
            .into_iter()
            .flatten()
            .collect();
        remarks.join(", ")
    }
}

const fn word(verdict: Option<&Verdict>, is_unusable: bool) -> &'static str {
    match verdict {
        Some(Verdict::Decision(decision)) => signal_word(decision.signal),
        Some(Verdict::NotWarm(_)) => "not_warm",
        Some(Verdict::Unusable(_)) => "unusable",
        None if is_unusable => "unusable",
        None => NOT_ASKED,
    }
}
