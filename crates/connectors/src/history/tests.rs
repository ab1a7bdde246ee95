//! Downloads over a real socket: what is asked, what is waited for, and when it ends.

use std::sync::mpsc::Receiver;

use market::calendar::Session;
use market::time::in_new_york;
use market::{Bar, Calendar};

use super::*;
use crate::assemble::{Keys, history};
use crate::budget::Window as Limit;
use crate::loopback::{Act, Seen, TestClock, ok, reply, serve};

/// Monday to Friday.
const DAYS: [&str; 5] = [
    "2026-11-02",
    "2026-11-03",
    "2026-11-04",
    "2026-11-05",
    "2026-11-06",
];

struct World {
    history: History,
    clock: Arc<TestClock>,
    calendar: Calendar,
    seen: Receiver<Seen>,
}

impl World {
    fn new(source: &str, acts: Vec<Act>) -> Self {
        let (base, seen) = serve(acts);
        let clock = TestClock::at("2026-11-20T15:30:05Z", Duration::ZERO);
        let time: Arc<dyn Clock> = clock.clone();
        let calendar = Calendar::nyse();
        let (feed, keys) = (AlpacaFeed::Sip, Keys::placeholders());
        let history = history(source, feed, Some(&base), &keys, &calendar, &time).unwrap();
        Self {
            history,
            clock,
            calendar,
            seen,
        }
    }

    fn download(&self, wanted: Wanted, kept: &[Window]) -> Result<Download<'_>, DownloadError> {
        let clock: Arc<dyn Clock> = self.clock.clone();
        Download::new(&self.history, clock, &self.calendar, wanted, kept)
    }

    /// Every window, the waits, and how it ended.
    async fn carry_out(&self, wanted: Wanted, kept: &[Window]) -> Story {
        let mut download = self.download(wanted, kept).unwrap();
        let mut story = Story::default();
        loop {
            let waits = &mut story.waits;
            let mut wait = |until: Instant, why: &str| {
                let why: String = why.chars().take(60).collect();
                waits.push(format!("{until} {why}"));
            };
            match download.next(&mut wait).await {
                Ok(Some(window)) => story.windows.push(window),
                Ok(None) => break,
                Err(error) => {
                    story.error = Some(error);
                    break;
                }
            }
        }
        story.bars = download.into_bars();
        story
    }

    fn asked(&self, count: usize) -> Vec<String> {
        let line = |(_, text): Seen| text.lines().next().unwrap().to_owned();
        self.seen.iter().take(count).map(line).collect()
    }
}

#[derive(Default)]
struct Story {
    windows: Vec<Window>,
    waits: Vec<String>,
    error: Option<DownloadError>,
    bars: Vec<Bar>,
}

fn wanted(window: usize) -> Wanted {
    Wanted {
        symbol: Symbol::new("TQQQ").unwrap(),
        interval: Interval::ThirtyMinutes,
        from: DAYS[0].parse().unwrap(),
        to: DAYS[4].parse().unwrap(),
        window: Some(window),
    }
}

fn sessions(days: &[&str]) -> Vec<Session> {
    let session = |day: &&str| {
        Calendar::nyse()
            .session(day.parse().unwrap())
            .unwrap()
            .unwrap()
    };
    days.iter().map(session).collect()
}

/// New York's reading of each half hour of these days.
fn readings(days: &[&str]) -> Vec<String> {
    let starts = sessions(days)
        .into_iter()
        .flat_map(|session| session.bar_starts(Interval::ThirtyMinutes));
    starts
        .map(|start| {
            let (date, time) = in_new_york(start);
            format!("{date} {:02}:{:02}:00", time.hour(), time.minute())
        })
        .collect()
}

/// Twelve Data's answer: half hours of these days at one price.
fn series(days: &[&str], price: &str) -> Act {
    let row = |at: &String| {
        format!(
            r#"{{"datetime":"{at}","open":"{price}","high":"{price}","low":"{price}","close":"{price}","volume":"7"}}"#
        )
    };
    let rows: Vec<String> = readings(days).iter().map(row).collect();
    ok(&format!(
        r#"{{"values":[{}],"status":"ok"}}"#,
        rows.join(",")
    ))
}

/// Twelve Data's refusal under its own status.
fn refusal(code: u16, message: &str) -> Act {
    let body = format!(r#"{{"code":{code},"message":"{message}","status":"error"}}"#);
    reply(&format!("{code} X"), "", &body)
}

#[tokio::test]
async fn windows_overlap_by_a_session_and_make_all_of_the_range() {
    let acts = vec![
        series(&DAYS[..2], "50"),
        series(&DAYS[1..3], "50"),
        series(&DAYS[2..4], "50"),
        series(&DAYS[3..], "50"),
    ];
    let world = World::new("twelve-data", acts);
    assert_eq!(world.download(wanted(2), &[]).unwrap().calls_left(), 4);
    let story = world.carry_out(wanted(2), &[]).await;
    assert_eq!(story.error, None);
    assert_eq!(story.bars.len(), 5 * 13);
    let compared: Vec<usize> = story.windows.iter().map(|window| window.compared).collect();
    assert_eq!(compared, [0, 13, 13, 13]);
    insta::assert_snapshot!(world.asked(4).join("\n"), @"
    GET /time_series?symbol=TQQQ&interval=30min&start_date=2026-11-02%2000%3A00%3A00&end_date=2026-11-04%2000%3A00%3A00&outputsize=5000&timezone=America%2FNew_York&order=asc&adjust=splits HTTP/1.1
    GET /time_series?symbol=TQQQ&interval=30min&start_date=2026-11-03%2000%3A00%3A00&end_date=2026-11-05%2000%3A00%3A00&outputsize=5000&timezone=America%2FNew_York&order=asc&adjust=splits HTTP/1.1
    GET /time_series?symbol=TQQQ&interval=30min&start_date=2026-11-04%2000%3A00%3A00&end_date=2026-11-06%2000%3A00%3A00&outputsize=5000&timezone=America%2FNew_York&order=asc&adjust=splits HTTP/1.1
    GET /time_series?symbol=TQQQ&interval=30min&start_date=2026-11-05%2000%3A00%3A00&end_date=2026-11-07%2000%3A00%3A00&outputsize=5000&timezone=America%2FNew_York&order=asc&adjust=splits HTTP/1.1
    ");
    assert_eq!(story.waits, Vec::<String>::new());
}

#[tokio::test]
async fn a_download_taken_up_again_asks_for_the_last_kept_session_once_more() {
    let world = World::new("twelve-data", vec![series(&DAYS[..3], "50")]);
    let first = world.carry_out(wanted(3), &[]).await.windows.remove(0);
    let world = World::new("twelve-data", vec![series(&DAYS[2..], "50")]);
    let download = world
        .download(wanted(3), std::slice::from_ref(&first))
        .unwrap();
    assert_eq!((download.done(), download.calls_left()), (2, 1));
    let story = world.carry_out(wanted(3), &[first]).await;
    assert_eq!((story.error, story.bars.len()), (None, 65));
    assert_eq!(story.windows[0].compared, 13);
}

#[tokio::test]
async fn what_is_all_there_is_not_asked_for_again() {
    let world = World::new("twelve-data", vec![series(&DAYS, "50")]);
    let whole = world.carry_out(wanted(9), &[]).await.windows;
    let world = World::new("twelve-data", vec![]);
    let story = world.carry_out(wanted(9), &whole).await;
    assert_eq!((story.error, story.bars.len()), (None, 65));
}

#[tokio::test]
async fn bars_that_changed_since_they_were_kept_end_it() {
    let world = World::new(
        "twelve-data",
        vec![series(&DAYS[..3], "50"), series(&DAYS[2..], "25")],
    );
    let story = world.carry_out(wanted(3), &[]).await;
    insta::assert_snapshot!(story.error.unwrap(), @"the bar of 2026-11-04T09:30:00-05:00 closed at 50 when it was kept and closes at 25 now: a split of 2 came in between");
    assert_eq!(story.bars.len(), 39, "what was kept stands");
}

#[tokio::test]
async fn a_429_of_the_minute_is_waited_out_and_one_of_the_day_ends_it() {
    let minute = refusal(
        429,
        "You have run out of API credits for the current minute. 9 API credits were used, with the current limit being 8.",
    );
    let day = refusal(
        429,
        "You have run out of API credits for the day. 801 API credits were used, with the current limit being 800.",
    );
    let world = World::new("twelve-data", vec![minute, series(&DAYS[..3], "50"), day]);
    let story = world.carry_out(wanted(3), &[]).await;
    insta::assert_snapshot!(story.waits.join("\n"), @"
    2026-11-20T15:30:06Z twelve-data /time_series: 429: You have run out of API credi
    2026-11-20T15:31:01Z for credits
    ");
    let Some(DownloadError::Exhausted(exhausted)) = story.error else {
        panic!("{:?}", story.error);
    };
    assert_eq!(
        (exhausted.window, exhausted.vendor),
        (Limit::Day, "twelve-data")
    );
    insta::assert_snapshot!(exhausted, @"twelve-data: the credits of this day are used (3 of 800); asking again from 2026-11-20T19:05:00-05:00");
}

#[tokio::test]
async fn errors_that_pass_are_waited_out_and_those_that_stay_end_it() {
    let page = || reply("502 Bad Gateway", "", "<html>bad gateway</html>");
    let cut = Act::Cut("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"values\"".into());
    let world = World::new(
        "twelve-data",
        vec![page(), cut, refusal(500, "oops"), series(&DAYS, "50")],
    );
    let story = world.carry_out(wanted(9), &[]).await;
    assert_eq!((story.error, story.bars.len()), (None, 65));
    insta::assert_snapshot!(story.waits.join("\n"), @"
    2026-11-20T15:30:06Z twelve-data /time_series: 502: <html>bad gateway</html>
    2026-11-20T15:30:08Z no answer: twelve-data /time_series: error decoding response
    2026-11-20T15:30:13Z twelve-data /time_series: 500: oops
    ");
    let world = World::new("twelve-data", (0..20).map(|_| page()).collect());
    let story = world.carry_out(wanted(9), &[]).await;
    insta::assert_snapshot!(story.error.unwrap(), @"bars from 2026-11-02 to 2026-11-06, asked for 7 times: twelve-data /time_series: 502: <html>bad gateway</html>");
    assert_eq!(story.waits.len(), download::PAUSES.len());
}

#[tokio::test]
async fn a_refusal_for_good_is_not_repeated() {
    let world = World::new(
        "fmp",
        vec![reply(
            "402 X",
            "",
            "Restricted Endpoint: This endpoint is not available under your current subscription",
        )],
    );
    let story = world.carry_out(wanted(9), &[]).await;
    insta::assert_snapshot!(story.error.unwrap(), @"
    fmp/historical_chart: HTTP 402: Restricted Endpoint: This endpoint is not available under your current subscription
    hint: the plan of this key does not include it; bars within a day need FMP's Starter plan or better
    ");
    assert_eq!(world.history.calls(), 1);
}

#[tokio::test]
async fn credits_are_looked_at_before_the_call_and_some_are_kept_for_trading() {
    let acts = [
        vec![ok(
            r#"{"current_usage":1,"plan_limit":8,"daily_usage":738,"plan_daily_limit":800}"#,
        )],
        DAYS.iter().map(|day| series(&[day], "50")).collect(),
    ];
    let world = World::new("twelve-data", acts.concat());
    let usage = world.history.usage().await.unwrap().unwrap();
    assert_eq!(usage.day.unwrap().used, 738);
    let story = world.carry_out(wanted(1), &[]).await;
    // 800 less the 60 kept leave two.
    assert_eq!(story.windows.len(), 2);
    insta::assert_snapshot!(story.error.unwrap(), @"twelve-data: the credits of this day are used (740 of 800); asking again from 2026-11-20T19:00:00-05:00");
    assert_eq!(world.history.calls(), 3, "nothing was asked in vain");
}

/// Alpaca's page: half hours of these days, and before and after each session too.
fn page(days: &[&str], next: Option<&str>) -> Act {
    let early = sessions(days)
        .into_iter()
        .map(|session| session.open - minutes(30));
    let late = sessions(days).into_iter().map(|session| session.close);
    let within = sessions(days)
        .into_iter()
        .flat_map(|session| session.bar_starts(Interval::ThirtyMinutes));
    let row = |at: Instant| format!(r#"{{"t":"{at}","o":50,"h":50,"l":50,"c":50,"v":7}}"#);
    let rows: Vec<String> = within.chain(early).chain(late).map(row).collect();
    let next = next.map_or("null".into(), |token| format!("\"{token}\""));
    ok(&format!(
        r#"{{"bars":[{}],"symbol":"TQQQ","next_page_token":{next}}}"#,
        rows.join(",")
    ))
}

#[tokio::test]
async fn alpacas_pages_are_followed_and_asked_for_again_from_the_first_when_one_fails() {
    let acts = vec![
        page(&DAYS[..2], Some("a")),
        reply("500 X", "", r#"{"message":"internal"}"#),
        page(&DAYS[..2], Some("a")),
        page(&DAYS[2..], None),
    ];
    let world = World::new("alpaca", acts);
    let story = world.carry_out(wanted(9), &[]).await;
    assert_eq!((story.error, story.bars.len()), (None, 65));
    insta::assert_snapshot!(world.asked(4).join("\n"), @"
    GET /v2/stocks/TQQQ/bars?timeframe=30Min&start=2026-11-02T14%3A30%3A00Z&end=2026-11-06T21%3A00%3A00Z&limit=10000&adjustment=split&feed=sip&sort=asc HTTP/1.1
    GET /v2/stocks/TQQQ/bars?timeframe=30Min&start=2026-11-02T14%3A30%3A00Z&end=2026-11-06T21%3A00%3A00Z&limit=10000&adjustment=split&feed=sip&sort=asc&page_token=a HTTP/1.1
    GET /v2/stocks/TQQQ/bars?timeframe=30Min&start=2026-11-02T14%3A30%3A00Z&end=2026-11-06T21%3A00%3A00Z&limit=10000&adjustment=split&feed=sip&sort=asc HTTP/1.1
    GET /v2/stocks/TQQQ/bars?timeframe=30Min&start=2026-11-02T14%3A30%3A00Z&end=2026-11-06T21%3A00%3A00Z&limit=10000&adjustment=split&feed=sip&sort=asc&page_token=a HTTP/1.1
    ");
}

#[tokio::test]
async fn bars_that_are_not_over_are_not_taken() {
    let world = World::new(
        "twelve-data",
        vec![series(&["2026-11-19", "2026-11-20"], "50")],
    );
    let until = Wanted {
        from: "2026-11-19".parse().unwrap(),
        to: "2026-11-27".parse().unwrap(),
        ..wanted(9)
    };
    // 10:30:05 New York: the bar of 10:00 ended five seconds ago.
    let story = world.carry_out(until.clone(), &[]).await;
    assert_eq!(story.bars.len(), 13 + 1);
    let before = Wanted {
        from: until.to,
        ..until
    };
    let refused = world.download(before, &[]).err().unwrap();
    insta::assert_snapshot!(refused, @"no session from 2026-11-27 to 2026-11-27 is over by 2026-11-20T10:29:05-05:00");
}

#[test]
fn a_window_fits_one_answer() {
    let sizes = |source: &str| {
        let world = World::new(source, vec![]);
        let size = |interval| world.history.sessions_a_window(interval);
        Interval::ALL.map(size)
    };
    assert_eq!(sizes("twelve-data"), [11, 57, 173, 346, 642, 4500]);
    assert_eq!(sizes("fmp"), [5, 25, 76, 153, 285, 2000]);
    assert_eq!(sizes("alpaca"), [30, 153, 461, 923, 1714, 12000]);
}
