//! `signal` and `cycle --dry-run`: what is shown, that it is what a slot does, and that nothing is
//! left behind.

use serde_json::Value;

use crate::folder::{Folder, SHORT, VenueProcess, masked};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What lies in a folder, by name.
fn files(folder: &Folder) -> Vec<String> {
    let listed = std::fs::read_dir(folder.path(".")).unwrap();
    let mut names: Vec<String> = listed
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn without_a_configuration_the_signal_is_that_of_synthetic_bars_and_says_when() {
    let folder = Folder::new();
    insta::assert_snapshot!(folder.ok(&["signal"]), @"
    TQQQ: neutral, target keep
      looked at 2024-05-17T15:30:45-04:00, in session; hours closed by 15:30:00 count; next slot 2024-05-20T09:30-04:00
      exchange  a local one of this process, on SYNTHETIC bars from seed 1
      price     48.94 from alpaca, 45 s old
                48.94 from twelve-data, 45 s old

        price    48.9400  *
        fast     49.3708  ................................................*
        slow     49.2856  .......................................*

      margins   price to fast -0.4308 USD (-87.3 bps) from flipping
                fast to slow  +0.0852 USD (+17.3 bps) from flipping
      sources   twelve-data leads; 1 of 1 usable, 1 needed to buy
      warm-up   200 closed hours are needed

    source       says     price/fast bps  fast/slow bps  hours
    twelve-data  neutral           -87.3          +17.3    230  leads
    ");
    assert_eq!(files(&folder), Vec::<String>::new());
}

#[test]
fn the_json_of_a_signal_has_exactly_the_documented_fields() {
    insta::assert_json_snapshot!(json(&Folder::new().ok(&["signal", "--json"])), @r#"
    {
      "bars": "SYNTHETIC bars from seed 1",
      "disagreed": false,
      "fast": 49.37082702772683,
      "fragile": false,
      "halted": null,
      "hours_until": "2024-05-17T15:30:00-04:00",
      "in_session": true,
      "journal": null,
      "leader": "twelve-data",
      "margins": {
        "fast_to_slow": {
          "bps": 17.28893710636764,
          "distance": 0.08520959400600958
        },
        "price_to_fast": {
          "bps": -87.26348203259404,
          "distance": -0.4308270277268349
        }
      },
      "min_sources": 1,
      "needed_hours": 200,
      "next_slot": "2024-05-20T09:30-04:00",
      "now": "2024-05-17T15:30:45-04:00",
      "open_out_since": null,
      "price": {
        "age_s": 45,
        "at": "2024-05-17T15:30:00-04:00",
        "price": "48.94",
        "source": "alpaca"
      },
      "price_errors": [],
      "refused": null,
      "schema": "tqqq.signal/1",
      "second_price": {
        "age_s": 45,
        "at": "2024-05-17T15:30:00-04:00",
        "price": "48.94",
        "source": "twelve-data"
      },
      "session_close": "2024-05-17T16:00:00-04:00",
      "session_open": "2024-05-17T09:30:00-04:00",
      "signal": "neutral",
      "slow": 49.28561743372082,
      "sources": [
        {
          "closed_hours": 230,
          "fast": 49.37082702772683,
          "fast_to_slow": {
            "bps": 17.28893710636764,
            "distance": 0.08520959400600958
          },
          "fragile": false,
          "gaps": 0,
          "leads": true,
          "newest_hour": "2024-05-17T14:30:00-04:00",
          "only_confirms": false,
          "price_to_fast": {
            "bps": -87.26348203259404,
            "distance": -0.4308270277268349
          },
          "rejected": 0,
          "says": "neutral",
          "slow": 49.28561743372082,
          "source": "twelve-data",
          "target": "keep",
          "why": null
        }
      ],
      "symbol": "TQQQ",
      "target": "keep",
      "too_few": null,
      "usable_sources": 1,
      "wanted": "keep"
    }
    "#);
}

#[test]
fn outside_the_session_it_says_so_and_shows_the_last_close() {
    let text = Folder::new().ok(&["signal", "--at", "2024-03-09T12:00"]);
    assert!(
        text.contains("THE MARKET IS CLOSED: this is how 2024-03-08 closed"),
        "{text}"
    );
    assert!(
        text.contains("the last close, of 2024-03-08T16:00:00-05:00"),
        "{text}"
    );
}

#[test]
fn at_a_slot_the_signal_is_the_one_the_slot_acted_on() {
    let folder = Folder::new();
    folder.short_run();
    let history = folder.ok(&["history", "--json"]);
    for line in history.lines().step_by(5) {
        let slot = json(line);
        let at = slot["slot"].as_str().unwrap();
        let signal = json(&folder.ok(&["signal", "--json", "--at", at]));
        let same = [
            ("state", "signal"),
            ("fast", "fast"),
            ("slow", "slow"),
            ("fragile", "fragile"),
        ];
        for (recorded, seen) in same {
            assert_eq!(slot[recorded], signal[seen], "{at}");
        }
        assert_eq!(slot["price"], signal["price"]["price"], "{at}");
    }
}

#[test]
fn a_stale_price_is_refused_and_its_numbers_are_shown_all_the_same() {
    let ran = Folder::new().run(&["signal", "--at", "2024-04-01T10:17", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let view = json(&ran.stdout);
    assert_eq!(view["refused"]["reason"], "Stale");
    assert_eq!(view["signal"], Value::Null);
    assert_eq!(view["price"]["age_s"], 420);
    assert!(view["fast"].is_f64() && view["slow"].is_f64(), "{view}");
}

#[test]
fn too_little_history_is_refused_in_hours() {
    let folder = Folder::new();
    folder.ok(&["venue", "--seed", "1", "--export", "bars.csv"]);
    let ran = folder.run(&["signal", "--bars", "bars.csv", "--at", "2024-01-10T10:00"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let first = ran.stdout.lines().next().unwrap();
    insta::assert_snapshot!(first, @"TQQQ: no signal: NotWarm (200 closed hours; seen: 42)");
}

#[test]
fn sources_that_cannot_be_read_fail_the_signal_each_in_its_own_words() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--fault", "5xx=503@/time_series"]);
    let ran = folder.run(&["signal", "--venue-url", &venue.url]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout.lines().last().unwrap(), @"twelve-data  unusable               -              -      -  twelve-data /time_series: 503: Internal server error");
}

#[test]
fn of_two_sources_one_leads_and_the_other_may_hold_an_entry_back() {
    let folder = Folder::new();
    folder.write(
        "tqqq.toml",
        "[data]\nsources = [\"twelve-data\", \"fmp\", \"alpaca\"]\n",
    );
    let text = folder.ok(&["signal", "--at", "2024-03-08T15:30"]);
    let table: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("source"))
        .collect();
    insta::assert_snapshot!(table.join("\n"), @"
    source       says     price/fast bps  fast/slow bps  hours
    twelve-data  bullish          +283.4          +33.8    230  leads
    fmp          bullish          +283.4          +33.8    230
    alpaca       bullish          +283.4          +33.8    230  only confirms
    ");
    let venue = VenueProcess::start(&folder, &["--fault", "402@fmp", "--from", "2024-03-08"]);
    let text = folder.ok(&["signal", "--venue-url", &venue.url]);
    let said = text.lines().find(|line| line.starts_with("fmp")).unwrap();
    insta::assert_snapshot!(said, @"fmp          unusable               -              -      -  fmp/historical_chart: HTTP 402: Restricted Endpoint: This endpoint is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financialmodelingprep.com/developer/docs/pri…; hint: the plan of this key does not include it; bars within a day need FMP's Starter plan or better");
}

#[test]
fn what_belongs_to_an_exchange_of_this_process_is_refused_elsewhere() {
    let folder = Folder::new();
    folder.write("tqqq.toml", "venue_url = \"http://127.0.0.1:9\"");
    insta::assert_snapshot!(folder.refused(&["signal", "--at", "2024-03-08T15:30"]), @"
    error: --at is for an exchange of this process; the venue is http://127.0.0.1:9
    hint: leave it out: the signal there is the one of now
    ");
    folder.write("tqqq.toml", "");
    insta::assert_snapshot!(folder.refused(&["signal", "--at", "2024-01-08T15:30"]), @"
    error: --at 2024-01-08T15:30-05:00: SYNTHETIC bars from seed 1 can be looked at from 2024-02-20T09:30-05:00 on
    hint: what lies before is history for the averages; name a later moment
    ");
    insta::assert_snapshot!(folder.refused(&["signal", "--split", "2025-11-20:2"]), @"
    error: --session-only and --split say how a file is taken, and none is named
    hint: name it with --bars FILE, or leave them out
    ");
}

#[test]
fn a_dry_run_in_an_empty_folder_shows_a_slot_and_leaves_nothing() {
    let folder = Folder::new();
    insta::assert_snapshot!(masked(&folder.ok(&["cycle", "--dry-run"])), @"
    2024-05-17T15:30-04:00: would be held: no signal
    dry run: nothing was sent, nothing was written
      exchange  a local one of this process, on SYNTHETIC bars from seed 1
      broker    local
      journal   none begun yet
      account   (hex): cash 100,000.00, equity 100,000.00, holding nothing
      signal    neutral, price 48.94, fast 49.3708, slow 49.2856
                price to fast -0.4308 USD (-87.3 bps) from flipping
                fast to slow  +0.0852 USD (+17.3 bps) from flipping
      target    keep
      plan      nothing, no signal
      gates     all open

    limit                                value       seen
    limits.orders_per_slot                   8          0
    limits.orders_per_day                   40          0
    limits.reduce_only_per_day              10          0
    limits.round_trips_per_day               3          0
    limits.order_notional_max_pct        100 %          -
    limits.exposure_max_pct              100 %      0.0 %
    limits.daily_loss_max_pct             20 %      0.0 %
    limits.drawdown_max_pct               50 %      0.0 %
    limits.price_jump_max_pct             35 %      0.0 %
    limits.price_disagreement_max_bps   50 bps    0.0 bps
    limits.spread_max_bps               50 bps          -
    limits.clock_skew_max_ms           2000 ms       0 ms
    limits.require_unlevered_account      true  unlevered
    data.max_price_age_s                  60 s        0 s
    data.min_sources                         1          1
    ");
    assert_eq!(files(&folder), Vec::<String>::new());
}

#[test]
fn a_dry_run_ends_as_the_slot_then_does_and_writes_nothing() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--from", "2024-03-11"]);
    let dry = ["cycle", "--dry-run", "--venue-url", &venue.url];
    let view = json(&folder.ok(&[&dry[..], &["--json"]].concat()));
    assert_eq!(files(&folder), Vec::<String>::new());
    assert_eq!(view["outcome"], "traded");
    assert_eq!(view["decided"]["orders"][0]["value"], "99500");
    let real = json(&folder.ok(&["cycle", "--json", "--venue-url", &venue.url]));
    assert_eq!(
        (&real["outcome"], &real["slot"]),
        (&view["outcome"], &view["slot"])
    );
    let story = folder.ok(&["why", "2024-03-11T09:30", "--json"]);
    let id = view["decided"]["orders"][0]["id"].as_str().unwrap();
    assert!(story.contains(id), "the order has the id foreseen");
    let before = std::fs::read(folder.path("tqqq-runs/0001.journal")).unwrap();
    let again = folder.ok(&dry);
    assert!(again.contains("traded (recorded before)"), "{again}");
    assert_eq!(
        std::fs::read(folder.path("tqqq-runs/0001.journal")).unwrap(),
        before
    );
}

#[test]
fn the_json_of_a_dry_run_has_exactly_the_documented_fields() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--from", "2024-03-11"]);
    let dry = ["cycle", "--dry-run", "--json", "--venue-url", &venue.url];
    let mut view = json(&folder.ok(&dry));
    let limits = view["decided"]["limits"].as_array_mut().unwrap();
    limits.truncate(2);
    // A venue of its own process opens an account that never was before.
    let decided = view["decided"].as_object_mut().unwrap();
    let account = decided["account"].as_str().unwrap();
    assert_eq!(account.len(), 36, "{account}");
    decided["account"] = "an account of its own".into();
    let id = decided["orders"][0]["id"].as_str().unwrap().to_owned();
    assert!(id.ends_with("-20240311T0930-b-TQQQ-1"), "{id}");
    decided["orders"][0]["id"] = "tqqq-a1b2c3-20240311T0930-b-TQQQ-1".into();
    insta::assert_json_snapshot!(view, @r#"
    {
      "bars": null,
      "decided": {
        "account": "an account of its own",
        "cancels": [],
        "cash": "100000",
        "decision": {
          "fast": 44.851497949465625,
          "fragile": false,
          "margins": {
            "fast_to_slow": {
              "bps": 57.7748828551808,
              "distance": 0.2576404890834212
            },
            "price_to_fast": {
              "bps": 278.3635123939605,
              "distance": 1.248502050534377
            }
          },
          "price": "46.1",
          "signal": "bullish",
          "slow": 44.5938574603822,
          "target": "all_in"
        },
        "disagreed": false,
        "entry_stops": [],
        "equity": "100000",
        "idle": null,
        "limits": [
          {
            "key": "limits.orders_per_slot",
            "limit": "8",
            "refuses": false,
            "seen": "0"
          },
          {
            "key": "limits.orders_per_day",
            "limit": "40",
            "refuses": false,
            "seen": "0"
          }
        ],
        "orders": [
          {
            "id": "tqqq-a1b2c3-20240311T0930-b-TQQQ-1",
            "instruction": "99500 USD at the market",
            "leg": "buy",
            "quantity": null,
            "refused": null,
            "symbol": "TQQQ",
            "value": "99500"
          }
        ],
        "positions": [],
        "price": "46.1",
        "price_at": "2024-03-11T09:30:00-04:00",
        "price_source": "alpaca",
        "recovered": [],
        "refused": null,
        "sources": [
          {
            "closed_hours": 230,
            "fast": 44.851497949465625,
            "fast_to_slow": {
              "bps": 57.7748828551808,
              "distance": 0.2576404890834212
            },
            "fragile": false,
            "gaps": 0,
            "leads": true,
            "newest_hour": "2024-03-08T15:30:00-05:00",
            "only_confirms": false,
            "price_to_fast": {
              "bps": 278.3635123939605,
              "distance": 1.248502050534377
            },
            "rejected": 0,
            "says": "bullish",
            "slow": 44.5938574603822,
            "source": "twelve-data",
            "target": "all_in",
            "why": null
          }
        ],
        "stops": [],
        "target": "all_in",
        "wanted": "all_in"
      },
      "detail": "would send 1 order",
      "head_hash": null,
      "head_seq": null,
      "host": "local",
      "journal": null,
      "outcome": "traded",
      "over": false,
      "schema": "tqqq.cycle-dry-run/1",
      "slot": "2024-03-11T09:30-04:00"
    }
    "#);
}

#[test]
fn a_dry_run_names_the_rules_that_would_refuse_and_exits_with_them() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--from", "2024-03-11"]);
    folder.write("tqqq.toml", "[limits]\nexposure_max_pct = 50\n");
    let ran = folder.run(&["cycle", "--dry-run", "--venue-url", &venue.url]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let told = |word: &str| -> String {
        let lines = ran.stdout.lines().filter(|line| line.contains(word));
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(told("xposure"), @"
    2024-03-11T09:30-04:00: would be refused: Exposure (at most 50000, 50 % of equity; seen: 99500)
                stopped: Exposure (at most 50000, 50 % of equity; seen: 99500)
    limits.exposure_max_pct               50 %     99.5 %  refuses
    ");
}

#[test]
fn a_dry_run_of_no_slot_says_why_and_a_dead_venue_fails_it() {
    let folder = Folder::new();
    let mut venue = VenueProcess::start(&folder, &[]);
    let url = venue.url.clone();
    let dry = |slot: &str| folder.run(&["cycle", "--dry-run", "--venue-url", &url, "--slot", slot]);
    insta::assert_snapshot!(dry("2024-02-20T09:45").stdout.lines().next().unwrap(), @"2024-02-20T09:45:00-05:00 is no slot of the NYSE");
    insta::assert_snapshot!(dry("2024-02-16T09:30").stdout.lines().next().unwrap(), @"2024-02-16T09:30-05:00 is no slot of today, 2024-02-20");
    venue.kill();
    let ran = dry("2024-02-20T09:30");
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(files(&folder), Vec::<String>::new());
}

#[test]
fn a_dry_run_on_paper_needs_keys_and_no_journal_yet() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--from", "2024-03-11"]);
    let settings = format!(
        "venue = \"alpaca-paper\"\nvenue_url = \"{}\"\njournal = \"sqlite:paper.journal\"\n",
        venue.url
    );
    folder.write("tqqq.toml", &settings);
    let refused = folder.refused(&["cycle", "--dry-run"]);
    assert!(refused.contains("alpaca needs a key"), "{refused}");
    let ran = folder
        .command(&["cycle", "--dry-run"])
        .env("TQQQ_ALPACA_KEY_ID", "PKSOMEKEYID")
        .env("TQQQ_ALPACA_SECRET_KEY", "a-secret-not-for-output")
        .env("TQQQ_TWELVE_DATA_KEY", "a-data-key-not-for-output")
        .output()
        .unwrap();
    let ran = folder.finish(&ran);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("journal   none begun yet"),
        "{}",
        ran.stdout
    );
    assert!(!folder.path("paper.journal").exists());
    assert!(!(ran.stdout + &ran.stderr).contains("not-for-output"));
}

#[test]
fn a_short_run_and_a_signal_of_the_same_folder_do_not_meet() {
    let folder = Folder::new();
    folder.ok(&[&["run"][..], &SHORT[..]].concat());
    let view = json(&folder.ok(&["signal", "--json"]));
    assert_eq!(
        view["journal"],
        Value::Null,
        "an exchange of its own has no journal"
    );
}
