//! From files to decisions: what is refused, what is said, and when the first signal may come.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;

use market::Calendar;
use market::file::{Options as FileOptions, read};
use research::backtest::{self, Options};
use research::{Fill, Selection, Series, SeriesError, Timeline};
use strategy::HoursMode;

const DAMAGED: &str = "timestamp,open,high,low,close,volume
2025-05-12T09:30-04:00,50,51,49,50.5,10
2025-05-12T10:30-04:00,50.5,51,50,NaN,10
2025-05-12T11:30-04:00,50.5,51,50,50.7,10
2025-05-12T12:30-04:00,50.7,51,50,50.9,10
2025-05-12T14:30-04:00,50.9,51,50,50.8,10
";

fn damaged(selection: Selection) -> Result<Series, SeriesError> {
    let calendar = Calendar::nyse();
    let file = read(
        DAMAGED.as_bytes(),
        "damaged.csv",
        &calendar,
        &FileOptions::default(),
    )
    .unwrap();
    Series::new(file, selection, &calendar)
}

#[test]
fn damage_is_refused_by_row_unless_allowed_and_then_told() {
    let error = damaged(Selection::default()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    1 damaged row
      row 3, 2025-05-12T10:30:00-04:00: close `NaN` is not a number
    ");
    insta::assert_snapshot!(error.hint(), @"repair these rows, or go on without them with --allow-defects; the result then says so");
    let series = damaged(Selection {
        allow_defects: true,
        ..Selection::default()
    })
    .unwrap();
    assert_eq!((series.bars.len(), series.defects), (4, 1));
    insta::assert_snapshot!(series.notes.join("\n"), @r"
    row 3, 2025-05-12T10:30:00-04:00: close `NaN` is not a number
    2025-05-12T13:30:00-04:00: no bar
    ");
}

#[test]
fn dates_that_leave_too_little_are_refused_with_what_there_is() {
    let day = |text: &str| Some(text.parse().unwrap());
    let selection = Selection {
        from: day("2025-05-13"),
        to: day("2025-05-14"),
        allow_defects: true,
        now: None,
    };
    insta::assert_snapshot!(damaged(selection).unwrap_err(), @"0 bars from 2025-05-13 to 2025-05-14; at least 3 are needed");
}

#[test]
fn bars_of_a_year_come_from_the_calendar() {
    let hours = fixture::synthetic_hours();
    // 2022 to 2024: 251, 250 and 252 sessions of seven hours, less the half days' three.
    assert!(
        (1740.0..1764.0).contains(&hours.bars_per_year),
        "{}",
        hours.bars_per_year
    );
}

#[test]
fn on_real_half_hours_the_first_signal_comes_after_200_closed_hours() {
    let Some(series) = fixture::real("tqqq_30m.csv") else {
        return;
    };
    let outcome = backtest::run(&series, &Options::default(), &Calendar::nyse()).unwrap();
    assert_eq!(
        (series.bars.len(), outcome.first_tradable),
        (2673, Some(372))
    );
    assert_eq!(outcome.decisions, 2673 - 372);
}

#[test]
fn a_slot_decides_and_fills_at_its_bars_open_and_knows_no_hour_that_has_not_ended() {
    let Some(series) = fixture::real("tqqq_30m.csv") else {
        return;
    };
    let timeline = Timeline::new(&series, Fill::NextOpen, &Calendar::nyse()).unwrap();
    let steps: Vec<_> = timeline.steps.iter().flatten().collect();
    assert_eq!(steps.len(), series.bars.len());
    // 09:30, 10:00, 10:30, 11:00 of the first day: the hour from 09:30 is closed at 10:30.
    let folded: Vec<usize> = steps[..4].iter().map(|step| step.folded).collect();
    assert_eq!(folded, [0, 0, 1, 1]);
    for (step, bar) in steps.iter().zip(&series.bars) {
        assert_eq!(
            (step.price, step.buy, step.sell),
            (bar.open, bar.open, bar.open)
        );
    }
    assert_eq!(timeline.closes[0], series.bars[1].close);
}

#[test]
fn at_the_end_of_a_bar_the_forming_hour_is_the_closed_one_but_at_a_slot_it_is_not() {
    let calendar = Calendar::nyse();
    let with = |hours| {
        let options = Options::default();
        Options {
            params: options.params.with_hours(hours),
            ..options
        }
    };
    let trades = |series: &Series, hours| {
        backtest::run(series, &with(hours), &calendar)
            .unwrap()
            .trades
    };
    let hours = fixture::synthetic_hours();
    assert_eq!(
        trades(&hours, HoursMode::Forming),
        trades(&hours, HoursMode::Closed)
    );
    let Some(slots) = fixture::real("tqqq_30m.csv") else {
        return;
    };
    assert_ne!(
        trades(&slots, HoursMode::Forming),
        trades(&slots, HoursMode::Closed)
    );
}
