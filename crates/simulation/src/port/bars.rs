//! Sources of bars: all cut from the one market, each wrong in its own way.

use async_trait::async_trait;
use cycle::port::{BarRequest, BarSource, ReadError, Reply};
use market::bar::RawBar;
use market::{Bps, Duration, Instant, time};
use trading::observation::SourceName;
use venue::model::{Row, Window};

use super::Seat;
use crate::fate::{Fault, Lot};
use crate::world::State;

/// A slot's length, in seconds.
const SLOT_S: i64 = 1_800;
/// There and back.
const ROUND: Duration = time::milliseconds(120);

/// One source as one process asks it.
pub(crate) struct Bars {
    seat: Seat,
    place: usize,
    name: SourceName,
}

impl Bars {
    pub(crate) fn new(seat: Seat, place: usize, name: &str) -> Self {
        Self {
            seat,
            place,
            name: SourceName(name.to_owned()),
        }
    }

    /// Whether it is down, from now on perhaps for hours.
    fn is_down(&self, state: &mut State) -> bool {
        if let Some(mut lot) = state.fate.strikes(Fault::SourceDown) {
            let slots = 1 + lot.below(6);
            let span = time::seconds(SLOT_S * i64::try_from(slots).expect("six slots at most"));
            let until = state.now + span;
            state.lasting.sources_down.insert(self.place, until);
        }
        let until = state.lasting.sources_down.get(&self.place);
        until.is_some_and(|until| state.now < *until)
    }

    fn answer(&self, request: &BarRequest) -> Result<Vec<RawBar>, ReadError> {
        let mut state = self.seat.state();
        if self.is_down(&mut state) || state.fate.strikes(Fault::BarsFail).is_some() {
            return Err(ReadError::Transient("HTTP 502".to_owned()));
        }
        let as_traded = gives_raw(&mut state, request);
        let Some(series) = state.venue.series(request.symbol.as_str()) else {
            return Err(ReadError::Permanent(format!(
                "{} is unknown",
                request.symbol
            )));
        };
        let window = Window {
            limit: request.expected + 2,
            from: Some(request.from),
            until: Some(request.until),
        };
        let rows = if as_traded {
            series.rows(request.interval, window, state.now)
        } else {
            series.adjusted_rows(request.interval, window, state.now)
        };
        let mut bars: Vec<RawBar> = rows.iter().map(raw).collect();
        for fault in [
            Fault::BarsStale,
            Fault::BarMissing,
            Fault::BarCorrupt,
            Fault::BarRevised,
            Fault::BarsMoved,
        ] {
            if let Some(lot) = state.fate.strikes(fault) {
                spoil(&mut bars, fault, lot);
                let name = &self.name;
                state.note(|_| format!("{name}: {fault}"));
            }
        }
        Ok(bars)
    }
}

/// Whether bars of before a split come on the basis of their day.
fn gives_raw(state: &mut State, request: &BarRequest) -> bool {
    let series = state.venue.series(request.symbol.as_str());
    let splits = series.map_or(&[][..], |series| series.splits());
    let today = time::new_york_date(state.now);
    let is_split = splits.iter().any(|split| split.ex_date() <= today);
    is_split && state.fate.strikes(Fault::BarsRaw).is_some()
}

fn raw(row: &Row) -> RawBar {
    RawBar {
        start: row.start,
        open: row.open.into(),
        high: row.high.into(),
        low: row.low.into(),
        close: row.close.into(),
        volume: row.volume.map(|volume| volume.to_string()),
    }
}

/// Damages bars, newest first, as a vendor might.
fn spoil(bars: &mut Vec<RawBar>, fault: Fault, mut lot: Lot) {
    let newest = bars.len().min(8) as u64;
    if newest == 0 {
        return;
    }
    let place = usize::try_from(lot.below(newest)).expect("one of eight");
    match fault {
        Fault::BarsStale => {
            bars.drain(..=place.min(3).min(bars.len() - 1));
        }
        Fault::BarMissing => {
            bars.remove(place);
        }
        Fault::BarCorrupt => corrupt(bars, place, lot),
        Fault::BarRevised => {
            let at = usize::from(bars.len() > 1);
            move_close(&mut bars[at], lot.distance(100));
        }
        Fault::BarsMoved => {
            let bps = lot.distance(200);
            for bar in bars {
                for text in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    moved(text, bps);
                }
            }
        }
        _ => {}
    }
}

fn corrupt(bars: &mut Vec<RawBar>, place: usize, mut lot: Lot) {
    let bar = &mut bars[place];
    match lot.below(7) {
        0 => "NaN".clone_into(&mut bar.close),
        1 => "0".clone_into(&mut bar.low),
        2 => std::mem::swap(&mut bar.high, &mut bar.low),
        3 => bar.start += time::seconds(60),
        4 => bar.start += time::seconds(86_400 * 2),
        5 => {
            let mut twin = bar.clone();
            move_close(&mut twin, Bps::whole(50));
            bars.insert(place, twin);
        }
        _ => {
            let twin = bar.clone();
            bars.insert(place, twin);
        }
    }
}

/// Moves the close, and the extreme it leaves behind.
fn move_close(bar: &mut RawBar, bps: Bps) {
    moved(&mut bar.close, bps);
    let number = |text: &str| text.parse::<market::Decimal>().unwrap_or_default();
    if number(&bar.close) > number(&bar.high) {
        bar.high.clone_from(&bar.close);
    }
    if number(&bar.close) < number(&bar.low) {
        bar.low.clone_from(&bar.close);
    }
}

fn moved(text: &mut String, bps: Bps) {
    let price: Option<market::Price> = text.parse().ok();
    let moved = price.and_then(|price| price.moved(bps));
    if let Some(price) = moved {
        *text = price.to_string();
    }
}

#[async_trait]
impl BarSource for Bars {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    fn may_lead(&self) -> bool {
        true
    }

    async fn bars(&self, request: &BarRequest) -> Result<Reply<Vec<RawBar>>, ReadError> {
        self.seat.before("read bars").await;
        self.seat.wait(ROUND).await;
        let answer = self.answer(request);
        self.seat.after("read bars").await;
        answer.map(|value| Reply {
            value,
            bodies: Vec::new(),
        })
    }
}

/// A moment some while ago, for answers that are old.
pub(super) fn ago(now: Instant, mut lot: Lot, least_s: u64, most_s: u64) -> Instant {
    now - lot.milliseconds(least_s * 1_000, most_s * 1_000)
}
