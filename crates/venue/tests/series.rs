//! Prices as time moves: what has traded, and what rows of each interval show.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::bar::Interval;
use market::{Calendar, Instant};
use support::{at, bar, config, friday, price, rising_bars, tqqq, venue};
use venue::Venue;
use venue::model::{Row, SeriesError, Window};

const NEWEST: Window = Window {
    limit: 1,
    from: None,
    until: None,
};

fn newest_row(venue: &Venue, interval: Interval, now: Instant) -> Row {
    venue.series("TQQQ").unwrap().rows(interval, NEWEST, now)[0]
}

#[test]
fn a_bar_trades_four_times_low_first_when_it_closes_higher() {
    let venue = venue(config(friday("09:00:00")));
    let series = venue.series("TQQQ").unwrap();
    let cases = [
        ("09:29:59", "2026-11-19T15:59:59-05:00", "106"),
        ("09:30:00", "2026-11-20T09:30:00-05:00", "106"),
        ("09:39:59", "2026-11-20T09:30:00-05:00", "106"),
        ("09:40:00", "2026-11-20T09:40:00-05:00", "105.8"),
        ("09:50:00", "2026-11-20T09:50:00-05:00", "106.6"),
        ("09:59:58", "2026-11-20T09:50:00-05:00", "106.6"),
        ("09:59:59", "2026-11-20T09:59:59-05:00", "106.5"),
        ("10:00:00", "2026-11-20T10:00:00-05:00", "106.5"),
    ];
    for (now, traded, paid) in cases {
        let trade = series.last_trade(friday(now)).unwrap();
        assert_eq!((trade.at, trade.price), (at(traded), price(paid)), "{now}");
    }
}

#[test]
fn a_falling_bar_trades_its_high_first() {
    let mut venue = Venue::new(config(friday("09:00:00"))).unwrap();
    let bars = vec![bar(friday("09:30:00"), ["10", "11", "8", "9"], 400)];
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, bars)
        .unwrap();
    let series = venue.series("TQQQ").unwrap();
    let mut now = friday("09:00:00");
    let mut prices = Vec::new();
    while let Some(trade) = series.next_trade(now) {
        prices.push(trade.price.to_string());
        now = trade.at;
    }
    assert_eq!(prices, ["10", "11", "8", "9"]);
    assert_eq!(series.last_trade(friday("09:29:59")), None);
}

#[test]
fn a_forming_row_shows_what_has_traded_and_no_more() {
    let venue = venue(config(friday("09:00:00")));
    let cases = [
        (
            "10:00:00",
            Interval::ThirtyMinutes,
            ["106.5", "106.5", "106.5", "106.5"],
            250,
        ),
        (
            "10:10:00",
            Interval::ThirtyMinutes,
            ["106.5", "106.5", "106.3", "106.3"],
            500,
        ),
        (
            "10:20:00",
            Interval::ThirtyMinutes,
            ["106.5", "107.1", "106.3", "107.1"],
            750,
        ),
        (
            "10:29:59",
            Interval::ThirtyMinutes,
            ["106.5", "107.1", "106.3", "107"],
            1000,
        ),
        (
            "10:00:00",
            Interval::OneHour,
            ["106", "106.6", "105.8", "106.5"],
            1250,
        ),
        (
            "10:29:59",
            Interval::OneHour,
            ["106", "107.1", "105.8", "107"],
            2000,
        ),
        (
            "10:00:00",
            Interval::OneDay,
            ["106", "106.6", "105.8", "106.5"],
            1250,
        ),
        (
            "09:50:30",
            Interval::OneMinute,
            ["106.6", "106.6", "106.6", "106.6"],
            250,
        ),
        (
            "09:59:59",
            Interval::FiveMinutes,
            ["106.5", "106.5", "106.5", "106.5"],
            250,
        ),
    ];
    for (now, interval, expected, volume) in cases {
        let row = newest_row(&venue, interval, friday(now));
        let shown = [row.open, row.high, row.low, row.close];
        assert_eq!(shown, expected.map(price), "{interval} at {now}");
        assert_eq!(row.volume, Some(volume), "{interval} at {now}");
    }
}

#[test]
fn rows_do_not_change_when_bars_after_now_do() {
    let now = friday("10:10:00");
    let whole = venue(config(friday("09:00:00")));
    let mut cut = Venue::new(config(friday("09:00:00"))).unwrap();
    let known = rising_bars(8_000)
        .into_iter()
        .filter(|bar| bar.start <= now)
        .collect();
    cut.add_series(&tqqq(), Interval::ThirtyMinutes, known)
        .unwrap();
    let all = Window {
        limit: 5_000,
        ..NEWEST
    };
    for interval in Interval::ALL {
        let rows = |venue: &Venue| venue.series("TQQQ").unwrap().rows(interval, all, now);
        assert_eq!(rows(&whole), rows(&cut), "{interval}");
        assert!(rows(&whole).iter().all(|row| row.start <= now));
    }
}

#[test]
fn hours_are_anchored_at_the_open_seven_a_day_and_four_on_a_half_day() {
    let calendar = Calendar::nyse();
    let (from, until) = (at("2026-11-25T00:00:00Z"), at("2026-11-28T00:00:00Z"));
    let starts = calendar
        .bar_starts(Interval::FiveMinutes, from, until)
        .unwrap();
    let bars = starts
        .iter()
        .map(|start| bar(*start, ["10", "11", "9", "10"], 4))
        .collect();
    let mut venue = Venue::new(config(at("2026-11-24T00:00:00Z"))).unwrap();
    venue
        .add_series(&tqqq(), Interval::FiveMinutes, bars)
        .unwrap();
    let all = Window {
        limit: 100,
        ..NEWEST
    };
    let rows = venue
        .series("TQQQ")
        .unwrap()
        .rows(Interval::OneHour, all, until);
    let times: Vec<String> = rows
        .iter()
        .rev()
        .map(|row| {
            format!(
                "{} {:02}:{:02}",
                row.date.day(),
                row.second / 3600,
                row.second / 60 % 60
            )
        })
        .collect();
    let full = [
        "25 09:30", "25 10:30", "25 11:30", "25 12:30", "25 13:30", "25 14:30", "25 15:30",
    ];
    let half = ["27 09:30", "27 10:30", "27 11:30", "27 12:30"];
    assert_eq!(times, [full.as_slice(), &half].concat());
    assert_eq!(
        rows[0].volume,
        Some(4 * 6),
        "the last hour of a half day has 30 minutes"
    );
}

#[test]
fn a_window_bounds_rows_at_both_ends_and_in_number() {
    let venue = venue(config(friday("09:00:00")));
    let series = venue.series("TQQQ").unwrap();
    let window = Window {
        limit: 3,
        from: Some(friday("10:00:00")),
        until: Some(friday("11:30:00")),
    };
    let starts = |window| -> Vec<Instant> {
        let rows = series.rows(Interval::ThirtyMinutes, window, friday("15:00:00"));
        rows.iter().map(|row| row.start).collect()
    };
    let newest = ["11:30:00", "11:00:00", "10:30:00"].map(friday);
    assert_eq!(starts(window), newest);
    let wide = Window {
        limit: 10,
        ..window
    };
    assert_eq!(
        starts(wide),
        ["11:30:00", "11:00:00", "10:30:00", "10:00:00"].map(friday)
    );
    let weekend = Window {
        from: Some(at("2026-11-21T00:00:00Z")),
        until: Some(at("2026-11-22T00:00:00Z")),
        ..wide
    };
    assert_eq!(starts(weekend), []);
}

#[test]
fn bars_that_make_no_series_are_refused_by_name() {
    let refused = |interval, bars| {
        let mut venue = Venue::new(config(friday("09:00:00"))).unwrap();
        venue
            .add_series(&tqqq(), interval, bars)
            .unwrap_err()
            .to_string()
    };
    let flat = |time| bar(friday(time), ["10", "10", "10", "10"], 1);
    let cases = [
        (
            refused(Interval::OneHour, vec![]),
            "TQQQ: bars of 1h are too coarse for the venue; give bars of 30 minutes or less",
        ),
        (
            refused(Interval::ThirtyMinutes, vec![]),
            "TQQQ: no bars, so nothing could ever trade",
        ),
        (
            refused(
                Interval::ThirtyMinutes,
                vec![flat("10:00:00"), flat("09:30:00")],
            ),
            "TQQQ: the bar at 2026-11-20T14:30:00Z does not come after the one before it; sort the bars and drop twins",
        ),
        (
            refused(Interval::ThirtyMinutes, vec![flat("09:45:00")]),
            "TQQQ: 2026-11-20T14:45:00Z is no start of a 30m bar of an NYSE session",
        ),
        (
            refused(Interval::ThirtyMinutes, vec![flat("16:00:00")]),
            "TQQQ: 2026-11-20T21:00:00Z is no start of a 30m bar of an NYSE session",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error, message);
    }
    let mut venue = venue(config(friday("09:00:00")));
    let twice = venue.add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(1_000));
    assert!(matches!(twice, Err(SeriesError::ListedTwice { .. })));
}
