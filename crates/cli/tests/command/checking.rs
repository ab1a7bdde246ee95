//! `doctor`: every line as it should be, and every line as it should not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::folder::{Folder, Ran, VenueProcess, masked};
use crate::wire::say;

/// A Monday whose first slot is bullish.
pub(crate) const DAY: [&str; 2] = ["--from", "2024-03-11"];
const KEY_ID: &str = "PKDOCTORKEYID";
const SECRET: &str = "doctor-secret-not-for-output";
const DATA_KEY: &str = "doctor-data-key-not-for-output";

/// A paper account at `venue`, with two sources.
pub(crate) fn configure(folder: &Folder, venue: &VenueProcess) {
    let text = format!(
        "venue = \"alpaca-paper\"\nvenue_url = \"{}\"\njournal = \"sqlite:paper.journal\"\n\
         [data]\nsources = [\"twelve-data\", \"fmp\"]\n",
        venue.url
    );
    folder.write("tqqq.toml", &text);
}

pub(crate) fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let output = folder
        .command(arguments)
        .env("TQQQ_ALPACA_KEY_ID", KEY_ID)
        .env("TQQQ_ALPACA_SECRET_KEY", SECRET)
        .env("TQQQ_TWELVE_DATA_KEY", DATA_KEY)
        .env("TQQQ_FMP_KEY", DATA_KEY)
        .output()
        .unwrap();
    let ran = folder.finish(&output);
    for secret in [KEY_ID, SECRET, DATA_KEY] {
        assert!(
            !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
            "{}",
            ran.stdout
        );
    }
    ran
}

/// The lines that are not ok, of a paper account whose venue has these faults.
fn complaints(faults: &[&str]) -> String {
    let folder = Folder::new();
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let arguments: Vec<&str> = DAY.into_iter().chain(faults).collect();
    let venue = VenueProcess::start(&folder, &arguments);
    configure(&folder, &venue);
    complaints_in(&folder, &venue)
}

pub(crate) fn complaints_in(folder: &Folder, venue: &VenueProcess) -> String {
    let ran = run(folder, &["doctor"]);
    let text = ran.stdout.replace(&venue.url, "http://VENUE");
    let is_complaint = |line: &&str| line.starts_with("bad") || line.starts_with("warn");
    let about_the_rig = |line: &&str| line.contains("venue_url stands in the broker's place");
    let lines: Vec<&str> = text
        .lines()
        .filter(is_complaint)
        .filter(|line| !about_the_rig(line))
        .collect();
    let is_bad = lines.iter().any(|line| line.starts_with("bad"));
    assert_eq!(ran.code, i32::from(is_bad), "{text}{}", ran.stderr);
    squeezed(&lines.join("\n"))
}

/// Without hex, the blanks that only line columns up, and the milliseconds that a request takes:
/// the venue's clock stands still meanwhile.
pub(crate) fn squeezed(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut words = words;
        if let Some(at) = words.windows(2).position(|pair| pair == ["ms", "from"]) {
            let apart: i64 = words[at - 1].parse().unwrap();
            words[at - 1] = format!("{}00", (apart + 450).div_euclid(500) * 5);
        }
        words.join(" ")
    };
    nameless(&masked(
        &text.lines().map(line).collect::<Vec<_>>().join("\n"),
    ))
}

/// Without the account's number: each venue deals its own.
fn nameless(text: &str) -> String {
    const BEGINNING: &str = "account PA";
    let masked = |part: &str| {
        let number = part.chars().take_while(char::is_ascii_alphanumeric).count();
        format!("(number){}", &part[number..])
    };
    let mut parts = text.split(BEGINNING);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + BEGINNING + &masked(part))
}

#[test]
fn in_an_empty_folder_all_is_well_and_nothing_is_left() {
    let folder = Folder::new();
    let text = folder.ok(&["doctor"]);
    let steady = |line: &&str| !line.contains("MB free");
    let lines: Vec<&str> = text.lines().filter(steady).collect();
    insta::assert_snapshot!(nameless(&lines.join("\n")), @"
    ok    config               no file: every default, on the local exchange
    ok    keys                 none needed: the local exchange takes any
    ok    venue                a local exchange of this process, on SYNTHETIC bars from seed 1, account PA(number)
    ok    account              ACTIVE, cash 100,000.00, equity 100,000.00
    ok    leverage             max_margin_multiplier is 1
    ok    shorting             no_shorting is true
    ok    symbol               TQQQ is tradable, in fractions
    ok    holdings             nothing is held
    ok    orders               none is open
    ok    requests             5 of 200 requests used this minute
    ok    market               open, until 2024-05-17T16:00:00-04:00
    ok    clock                0 ms from the broker's, 2000 ms are allowed
    ok    calendar             the broker's and ours agree from 2024-05-17 to 2024-05-23, 5 sessions
    ok    twelve-data bars     30-minute bars: 230 closed hours, the newest of 2024-05-17T14:30:00-04:00, 0 gaps
    ok    alpaca price         48.94, 45 s old
    ok    twelve-data price    48.94, 45 s old
    ok    signal               1 of 1 sources usable, 1 needed to buy; twelve-data neutral
    ok    twelve-data credits  2 of 8 used this minute, 2 of 800 today
    ok    journal              none is named: each local run begins one of its own
    ok    slots                next 2024-05-20T09:30-04:00, 2024-05-20T10:00-04:00, 2024-05-20T10:30-04:00
    all is well: 21 ok, 0 warn, 0 bad
    ");
    assert_eq!(fs::read_dir(folder.path(".")).unwrap().count(), 0);
}

#[test]
fn a_paper_account_is_looked_at_line_by_line() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let ran = run(&folder, &["doctor"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let text = ran.stdout.replace(&venue.url, "http://VENUE");
    let steady = |line: &&str| !line.contains("MB free") && !line.contains("  config");
    let lines: Vec<&str> = text.lines().filter(steady).collect();
    insta::assert_snapshot!(squeezed(&lines.join("\n")), @"
    ok alpaca key TQQQ_ALPACA_KEY_ID from the environment, TQQQ_ALPACA_SECRET_KEY from the environment
    ok twelve-data key TQQQ_TWELVE_DATA_KEY from the environment
    ok fmp key TQQQ_FMP_KEY from the environment
    warn venue alpaca-paper at http://VENUE, account PA(number) -> venue_url stands in the broker's place: remove it to trade at the broker
    ok account ACTIVE, cash 100,000.00, equity 100,000.00
    ok leverage max_margin_multiplier is 1
    ok shorting no_shorting is true
    ok symbol TQQQ is tradable, in fractions
    ok holdings nothing is held
    ok orders none is open
    ok requests 5 of 200 requests used this minute
    ok market open, until 2024-03-11T16:00:00-04:00
    ok clock 000 ms from the broker's, 2000 ms are allowed
    ok calendar the broker's and ours agree from 2024-03-11 to 2024-03-17, 5 sessions
    ok twelve-data bars 30-minute bars: 230 closed hours, the newest of 2024-03-08T15:30:00-05:00, 0 gaps
    ok fmp bars 30-minute bars: 230 closed hours, the newest of 2024-03-08T15:30:00-05:00, 0 gaps
    ok alpaca price 46.1, 0 s old
    ok twelve-data price 46.1, 0 s old
    ok fmp price 46.1, 0 s old
    ok signal 2 of 2 sources usable, 1 needed to buy; twelve-data bullish, fmp bullish
    ok twelve-data credits 2 of 8 used this minute, 2 of 800 today
    ok fmp credits fmp tells no count; a day takes about 26 calls, the free plan grants 250
    ok journal none yet; the first cycle begins paper.journal
    ok slots next 2024-03-11T10:00-04:00, 2024-03-11T10:30-04:00, 2024-03-11T11:00-04:00
    fit to trade, with something to look at: 25 ok, 1 warn, 0 bad
    ");
    assert!(
        !folder.path("paper.journal").exists(),
        "looking begins no journal"
    );
}

#[test]
fn what_the_broker_does_wrong_is_told_where_it_is() {
    let faults = [
        "401@/v2/account",
        "5xx@/v2/account",
        "removed-field=equity@/v2/account",
        "blocked=account",
        "blocked=ACCOUNT_CLOSED",
        "html@/v2/positions",
        "truncated@/v2/assets/TQQQ",
        "clock-skew=5",
        "clock-skew=-1.5",
        "odd-calendar=13:00",
        "closed-day",
        "429@/v2/calendar",
    ];
    let table = faults.map(|fault| format!("{fault}\n{}\n", complaints(&[fault])));
    insta::assert_snapshot!(table.join("\n"), @r#"
    401@/v2/account
    bad venue alpaca-paper at http://VENUE: alpaca/account: HTTP 401: unauthorized. -> check TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY; paper and live keys differ

    5xx@/v2/account
    bad venue alpaca-paper at http://VENUE: alpaca/account: HTTP 503, code 50310000: internal server error occurred -> try again; if it lasts, see the broker's status page

    removed-field=equity@/v2/account
    bad venue alpaca-paper at http://VENUE: alpaca account: `equity` is missing -> try again; if it lasts, see the broker's status page

    blocked=account
    bad account account_blocked -> no order is taken until it is lifted: see the broker's dashboard

    blocked=ACCOUNT_CLOSED
    bad account status ACCOUNT_CLOSED -> no order is taken until it is lifted: see the broker's dashboard

    html@/v2/positions
    bad holdings alpaca/positions: HTTP 502: <html> <head><title>502 Bad Gateway</title></head> <body> <center><h1>502 Bad Gateway</h1></center> <hr><center>cloudflare</center> </body> </html> -> try again; if it lasts, see the broker's status page

    truncated@/v2/assets/TQQQ
    bad symbol alpaca asset: not the JSON expected (EOF while parsing a string at line 1 column 225): {"id":"3ce04edb-5fd9-4e45-83e1-5162eff7c37c","class":"us_equity","exchange":"NASDAQ","symbol":"TQQQ","name":"ProShares UltraPro QQQ","status":"active","tradable":true,"marginable":true,"maintenance_ma… -> try again; if it lasts, see the broker's status page

    clock-skew=5
    bad clock 5000 ms from the broker's, 2000 ms are allowed -> nothing is bought while it is (ClockSkew): let the system keep its time (timedatectl set-ntp true)

    clock-skew=-1.5
    warn clock -1500 ms from the broker's, 2000 ms are allowed -> more than half of it is used up: see that the system keeps its time

    odd-calendar=13:00
    bad calendar 2024-03-11: the broker has 09:30 to 13:00, ours 09:30 to 16:00 -> nothing is bought on that day (CalendarDisagreement): if the broker is right, add it to calendar.overrides

    closed-day
    bad market by the broker's clock closed, opens 2024-03-12T09:30:00-04:00 -> by our calendar it is open; every order is refused while they differ: see `tqqq calendar` and calendar.overrides
    bad calendar 2024-03-11: the broker has no session, ours 09:30 to 16:00 -> nothing is bought on that day (CalendarDisagreement): if the broker is right, add it to calendar.overrides
    warn alpaca price 46, 232201 s old -> a slot would be refused with it (Stale) unless another source has a newer one
    warn twelve-data price 46, 232260 s old -> a slot would be refused with it (Stale) unless another source has a newer one
    warn fmp price 46, 232201 s old -> a slot would be refused with it (Stale) unless another source has a newer one
    warn signal 2 of 2 sources usable, 1 needed to buy; Stale (a trade at or after 2024-03-11T09:30:00-04:00; seen: 46 at 2024-03-08T15:59:59-05:00) -> a slot needs a newer price

    429@/v2/calendar
    bad calendar alpaca/calendar: HTTP 429: too many requests. -> try again; if it lasts, see the broker's status page
    "#);
}

#[test]
fn what_a_source_does_wrong_is_told_where_it_is() {
    let faults = [
        "401@twelve-data",
        "403@twelve-data",
        "429@twelve-data",
        "402@fmp",
        "402=symbol@fmp",
        "401@fmp",
        "5xx@/time_series",
        "no-rows@twelve-data",
        "missing-bar=1@twelve-data",
        "duplicated-row=other@fmp",
        "stale-price=60",
        "stale-price=60@alpaca-data",
        "reset-before@/api_usage",
    ];
    let table = faults.map(|fault| format!("{fault}\n{}\n", complaints(&[fault])));
    insta::assert_snapshot!(table.join("\n"), @"
    401@twelve-data
    bad twelve-data bars twelve-data /time_series: 401: **apikey** parameter is incorrect or not specified. You can get your free API key instantly following this link: https://twelvedata.com/pricing. If you believe that everything is correct, you can cont… -> check TQQQ_TWELVE_DATA_KEY
    warn twelve-data price twelve-data /quote: 401: **apikey** parameter is incorrect or not specified. You can get your free API key instantly following this link: https://twelvedata.com/pricing. If you believe that everything is correct, you can cont… -> check TQQQ_TWELVE_DATA_KEY
    bad twelve-data credits twelve-data /api_usage: 401: **apikey** parameter is incorrect or not specified. You can get your free API key instantly following this link: https://twelvedata.com/pricing. If you believe that everything is correct, you can cont… -> check TQQQ_TWELVE_DATA_KEY

    403@twelve-data
    bad twelve-data bars twelve-data /time_series: 403: This symbol is available starting with the Grow plan. Consider upgrading now at https://twelvedata.com/pricing -> this plan does not include it
    warn twelve-data price twelve-data /quote: 403: This symbol is available starting with the Grow plan. Consider upgrading now at https://twelvedata.com/pricing -> this plan does not include it
    bad twelve-data credits twelve-data /api_usage: 403: This symbol is available starting with the Grow plan. Consider upgrading now at https://twelvedata.com/pricing -> this plan does not include it

    429@twelve-data
    warn twelve-data bars not sent: twelve-data: the credits of this minute are used (1 of 8); asking again from 2024-03-11T09:31:01-04:00 -> try again; if it lasts, see the vendor's status page
    warn twelve-data price twelve-data /quote: 429: You have run out of API credits for the current minute. 9 API credits were used, with the current limit being 8. Wait for the next minute or consider switching to a higher tier plan at https://twelved… -> try again; if it lasts, see the vendor's status page
    warn twelve-data credits twelve-data /api_usage: 429: You have run out of API credits for the current minute. 9 API credits were used, with the current limit being 8. Wait for the next minute or consider switching to a higher tier plan at https://twelved… -> try again; if it lasts, see the vendor's status page

    402@fmp
    bad fmp bars fmp/historical_chart: HTTP 402: Restricted Endpoint: This endpoint is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financialmodelingprep.com/developer/docs/pri… -> the plan of this key does not include it; bars within a day need FMP's Starter plan or better
    warn fmp price fmp/quote: HTTP 402: Restricted Endpoint: This endpoint is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financialmodelingprep.com/developer/docs/pri… -> the plan of this key does not include it; bars within a day need FMP's Starter plan or better

    402=symbol@fmp
    bad fmp bars fmp/historical_chart: HTTP 402: Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financ… -> the plan of this key does not include this symbol or value; FMP's free plan has few symbols, its Starter plan or better has them
    warn fmp price fmp/quote: HTTP 402: Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financ… -> the plan of this key does not include this symbol or value; FMP's free plan has few symbols, its Starter plan or better has them

    401@fmp
    bad fmp bars fmp/historical_chart: HTTP 401: Invalid API KEY. Feel free to create a Free API Key or visit https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid for more information. -> check TQQQ_FMP_KEY
    warn fmp price fmp/quote: HTTP 401: Invalid API KEY. Feel free to create a Free API Key or visit https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid for more information. -> check TQQQ_FMP_KEY

    5xx@/time_series
    warn twelve-data bars twelve-data /time_series: 503: Internal server error -> try again; if it lasts, see the vendor's status page

    no-rows@twelve-data
    warn twelve-data bars no bars -> a slot would not use them now; if it lasts, name another source

    missing-bar=1@twelve-data
    warn twelve-data bars the newest session lacks its bar of 2024-03-08T15:30:00-05:00 -> a slot would not use them now; if it lasts, name another source

    duplicated-row=other@fmp
    warn fmp bars the newest session lacks its bar of 2024-03-08T15:30:00-05:00 -> a slot would not use them now; if it lasts, name another source

    stale-price=60
    warn alpaca price 46, 232201 s old -> a slot would be refused with it (Stale) unless another source has a newer one
    warn twelve-data price 46, 232260 s old -> a slot would be refused with it (Stale) unless another source has a newer one
    warn fmp price 46, 232201 s old -> a slot would be refused with it (Stale) unless another source has a newer one
    warn signal 2 of 2 sources usable, 1 needed to buy; Stale (a trade at or after 2024-03-11T09:30:00-04:00; seen: 46 at 2024-03-08T15:59:59-05:00) -> a slot needs a newer price

    stale-price=60@alpaca-data
    warn alpaca price 46, 232201 s old -> a slot would be refused with it (Stale) unless another source has a newer one

    reset-before@/api_usage
    warn twelve-data credits no answer: twelve-data /api_usage: error sending request: client error (SendRequest): connection closed before message completed -> try again; if it lasts, see the vendor's status page
    ");
}

#[test]
fn keys_that_are_missing_halved_or_open_to_others_are_named_and_never_shown() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let doctor = |keys: &[(&str, &str)]| {
        let mut command = folder.command(&["doctor"]);
        command.envs(keys.iter().copied());
        let ran = folder.finish(&command.output().unwrap());
        let text = ran.stdout.replace(&venue.url, "http://VENUE");
        let lines = text.lines().filter(|line| !line.starts_with("ok"));
        squeezed(&lines.collect::<Vec<_>>().join("\n"))
    };
    insta::assert_snapshot!(doctor(&[]), @"
    bad alpaca key TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY not set -> set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    bad twelve-data key TQQQ_TWELVE_DATA_KEY not set -> set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    bad fmp key TQQQ_FMP_KEY not set -> set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    bad venue alpaca-paper, not asked -> give the account's keys first
    bad twelve-data bars not asked: its key is not at hand -> give the key first
    bad fmp bars not asked: its key is not at hand -> give the key first
    NOT FIT TO TRADE: 4 ok, 0 warn, 6 bad
    ");
    insta::assert_snapshot!(doctor(&[("TQQQ_ALPACA_KEY_ID", KEY_ID), ("TQQQ_TWELVE_DATA_KEY", DATA_KEY), ("TQQQ_FMP_KEY", "x")]), @"
    bad alpaca key TQQQ_ALPACA_KEY_ID is given, TQQQ_ALPACA_SECRET_KEY is not -> an Alpaca account has both; set both
    bad fmp key TQQQ_FMP_KEY is shorter than 4 characters -> copy the key again, whole
    bad venue alpaca-paper, not asked -> give the account's keys first
    bad fmp bars not asked: its key is not at hand -> give the key first
    NOT FIT TO TRADE: 9 ok, 0 warn, 4 bad
    ");
    folder.write("TQQQ_ALPACA_KEY_ID", KEY_ID);
    folder.write("TQQQ_ALPACA_SECRET_KEY", SECRET);
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(folder.path("TQQQ_ALPACA_SECRET_KEY"), open).unwrap();
    fs::set_permissions(
        folder.path("TQQQ_ALPACA_KEY_ID"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let credentials = folder.path(".").display().to_string();
    let keys = [
        ("CREDENTIALS_DIRECTORY", credentials.as_str()),
        ("TQQQ_TWELVE_DATA_KEY", DATA_KEY),
        ("TQQQ_FMP_KEY", DATA_KEY),
    ];
    insta::assert_snapshot!(doctor(&keys), @"
    warn alpaca key FOLDER/./TQQQ_ALPACA_SECRET_KEY: others on this machine may read it -> a key is its owner's alone: chmod 600 FOLDER/./TQQQ_ALPACA_SECRET_KEY
    warn venue alpaca-paper at http://VENUE, account PA(number) -> venue_url stands in the broker's place: remove it to trade at the broker
    fit to trade, with something to look at: 24 ok, 2 warn, 0 bad
    ");
}

#[test]
fn what_is_held_and_open_is_named_with_what_becomes_of_it() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let order =
        r#"{"symbol":"TQQQ","qty":"10","side":"buy","type":"market","time_in_force":"day"}"#;
    say(&venue.url, "POST", "/v2/orders", order);
    say(
        &venue.url,
        "POST",
        "/control/advance",
        r#"{"to":"2024-03-11T13:30:30Z"}"#,
    );
    let limit = r#"{"symbol":"TQQQ","qty":"1","side":"buy","type":"limit","limit_price":"1","time_in_force":"day"}"#;
    say(&venue.url, "POST", "/v2/orders", limit);
    insta::assert_snapshot!(complaints_in(&folder, &venue), @"
    warn holdings 10 TQQQ -> nothing is bought while these are not adopted (ForeignHoldings): run a cycle, then `tqqq adopt`
    warn orders open and not ours: buy TQQQ -> taken back where they stand in the way of a plan: cancel them, or leave the account to this program
    ");
}

#[test]
fn orders_of_another_journal_are_bad_and_those_of_this_one_are_not() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let ran = run(&folder, &["cycle"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let later = r#"{"to":"2024-03-11T14:00:45Z"}"#;
    say(&venue.url, "POST", "/control/advance", later);
    insta::assert_snapshot!(complaints_in(&folder, &venue), @"");
    let text = run(&folder, &["doctor"]).stdout;
    let journal = text
        .lines()
        .find(|line| line.contains("  journal"))
        .unwrap();
    assert!(
        journal.starts_with("ok") && journal.contains("sound"),
        "{journal}"
    );
}

#[test]
fn the_journal_is_opened_walked_and_held_against_the_account() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let lines = |name: &str| {
        let ran = run(&folder, &["doctor", "--journal", name]);
        let about = |line: &&str| {
            ["  journal", "  lock", "  switches"]
                .iter()
                .any(|part| line.contains(part))
        };
        let text = ran
            .stdout
            .replace(venue.url.trim_start_matches("http://"), "VENUE");
        let lines: Vec<&str> = text.lines().filter(about).collect();
        let text = squeezed(&lines.join("\n"));
        // A switch's record is stamped by the wall.
        match text.split_once(", the newest record of ") {
            Some((before, after)) => {
                format!("{before}{}", &after["2026-11-22T16:55:16-05:00".len()..])
            }
            None => text,
        }
    };
    insta::assert_snapshot!(lines("new.journal"), @"ok journal none yet; the first cycle begins new.journal");
    insta::assert_snapshot!(lines("absent/new.journal"), @"bad journal none yet, and the folder of absent/new.journal is not there -> make the folder absent");
    folder.write("garbage.journal", "this is no journal");
    insta::assert_snapshot!(lines("garbage.journal"), @"bad journal garbage.journal: this is not a journal, nor any SQLite database -> check the path; if it was a journal, restore a backup of it");
    folder.ok(&[
        "--config",
        "/dev/null",
        "run",
        "--to",
        "2024-02-20",
        "--journal",
        "other.journal",
    ]);
    insta::assert_snapshot!(lines("other.journal"), @"
    bad journal other.journal belongs to account (hex) at local, this is (hex) at VENUE -> name this account's own journal with --journal, or a new file
    ok lock free
    ok switches no halt, nothing left over
    ");
    run(&folder, &["cycle"]);
    folder.ok(&["halt", "--freeze", "look first"]);
    insta::assert_snapshot!(lines("paper.journal"), @"
    ok journal paper.journal: sound, 11 records, 1 slot
    ok lock free
    warn switches HALTED, no order at all: by the owner: look first -> `tqqq resume` lifts it
    ");
    fs::set_permissions(
        folder.path("paper.journal"),
        fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    insta::assert_snapshot!(lines("paper.journal"), @"
    warn journal paper.journal: sound, 11 records, 1 slot; others may write it -> the chain shows it, and stops: chmod 644 paper.journal
    ok lock free
    warn switches HALTED, no order at all: by the owner: look first -> `tqqq resume` lifts it
    ");
}

#[test]
fn at_a_local_exchange_the_newest_journal_of_it_is_looked_at() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    folder.ok(&["cycle", "--venue-url", &venue.url]);
    say(
        &venue.url,
        "POST",
        "/control/advance",
        r#"{"to":"2024-03-11T14:00:45Z"}"#,
    );
    let text = folder.ok(&["doctor", "--venue-url", &venue.url]);
    for known in [
        "tqqq-runs/0001.journal: sound",
        "ok    holdings",
        "all is well",
    ] {
        assert!(text.contains(known), "{known}: {text}");
    }
    let signal = folder.ok(&["signal", "--json", "--venue-url", &venue.url]);
    assert!(signal.contains("0001.journal"), "{signal}");
}

#[test]
fn a_venue_that_is_not_there_is_a_line_and_not_the_end() {
    let folder = Folder::new();
    folder.write("tqqq.toml", "venue_url = \"http://127.0.0.1:9\"");
    let ran = folder.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let bad = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("bad"))
        .unwrap();
    insta::assert_snapshot!(squeezed(bad), @"bad venue the venue's clock at http://127.0.0.1:9: not sent: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111) -> start one with `tqqq venue`, or check `venue_url`");
}

#[test]
fn the_json_of_a_check_up_has_exactly_the_documented_fields() {
    let mut view: Value = serde_json::from_str(&Folder::new().ok(&["doctor", "--json"])).unwrap();
    let checks = view["checks"].as_array_mut().unwrap();
    assert!(checks.len() > 15);
    checks.truncate(2);
    insta::assert_json_snapshot!(view, @r#"
    {
      "bad": 0,
      "checks": [
        {
          "advice": null,
          "fix": null,
          "found": "no file: every default, on the local exchange",
          "level": "ok",
          "name": "config"
        },
        {
          "advice": null,
          "fix": null,
          "found": "none needed: the local exchange takes any",
          "level": "ok",
          "name": "keys"
        }
      ],
      "config": null,
      "fixed": [],
      "journal": null,
      "now": "2024-05-17T15:30:45-04:00",
      "ok": 21,
      "schema": "tqqq.doctor/1",
      "venue": "local",
      "warn": 0
    }
    "#);
}

#[test]
fn json_asks_nobody() {
    insta::assert_snapshot!(Folder::new().refused(&["doctor", "--fix", "--json"]), @"
    error: --json asks nobody
    hint: say --fix --yes --json
    ");
}
