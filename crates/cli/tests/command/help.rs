//! Help that reads like a manual.

use crate::folder::Folder;

const COMMANDS: &[&str] = &[
    "run",
    "cycle",
    "signal",
    "init",
    "doctor",
    "venue",
    "dashboard",
    "watch",
    "status",
    "halt",
    "resume",
    "adopt",
    "arm",
    "disarm",
    "split",
    "history",
    "trades",
    "why",
    "replay",
    "journal",
    "data",
    "backtest",
    "sweep",
    "study",
    "simulate",
    "alerts",
    "calendar",
    "completions",
    "man",
];

#[test]
fn the_short_help_lists_every_command() {
    let help = Folder::new().ok(&["-h"]);
    insta::assert_snapshot!(help, @"
    Trades a leveraged fund on an EMA crossover, unattended, and can prove what it did and why

    Usage: tqqq [OPTIONS] <COMMAND>

    Commands:
      run          The main job: trades slot after slot on the configured venue
      cycle        Trades one slot on the configured venue and exits with its outcome
      signal       The signal now, in numbers and margins; trades nothing
      venue        Runs the local exchange as a process of its own, to trade against from another
                   terminal
      init         Writes a configuration, by questions or with --yes
      doctor       Preflight: keys, account, clock, calendar, sources, journal, disk; --fix mends what
                   it may
      dashboard    Live pages over a journal: position, curve, every decision; halt and resume
      watch        The dashboard's first page in this terminal; q leaves
      status       Where we stand: account, holdings, target, open orders, newest slots
      halt         Stops entries, sells everything, or stops every order; until `resume`
      resume       Lifts a halt
      adopt        Accepts the holdings found in the account: a bullish signal may sell them
      arm          Lets a live account buy for a while
      disarm       Stops a live account from buying
      split        Your word on a jump that looks like a split
      history      What became of every slot: table, CSV or JSON lines
      trades       Lots with gains and the 30-day flag, fills beside the backtest's, money that moved
      why          The whole story of one slot: seen, decided, why, sent, answered
      replay       Recomputes decisions and plans from the record: identical, or the first difference
      journal      Care of the chain
      data         Bars in files: downloaded, checked row by row, built into hours
      backtest     Trades a file of bars exactly as live trading would, and says what it was worth
      sweep        Scores every pair of averages over a file of bars, at memory speed
      study        Asks whether a pair is evidence or luck; ends in a verdict with numbers
      simulate     Carries many seeds' slots through every trouble, and checks what must never be
      alerts       Word to the owner: whether it would arrive
      calendar     Sessions and slots of the New York Stock Exchange
      completions  Completions for your shell
      man          The manual's pages for `man`
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Everywhere:
          --config <FILE>      Configuration file; else ./tqqq.toml, else every default
          --journal <FILE>     Journal file; else the configuration's, else the newest
                               ./tqqq-runs/NNNN.journal
          --color <WHEN>       Colours and progress: auto asks the terminal and NO_COLOR [default: auto]
                               [possible values: auto, always, never]
          --log-format <FORM>  Log lines on stderr: text, or one JSON object a line; else
                               TQQQ_LOG_FORMAT, else text [possible values: text, json]

    Examples:
      tqqq run                            a quarter of trading on synthetic bars, in seconds
      tqqq run --bars tqqq_30m.csv        the same on real bars
      tqqq history                        what became of every slot
      tqqq why 2025-06-20T10:30           the whole story of one
      tqqq replay                         recompute every decision from the record

    Places:
      configuration  --config, else ./tqqq.toml, else none
      journal        --journal, else the configuration's, else the newest ./tqqq-runs/NNNN.journal

    Exit codes:
      0 done   1 a check said no   2 usage, configuration or input refused
      3 refused   4 failed   5 missed
    ");
}

#[test]
fn every_command_explains_itself_with_an_example_or_its_exit_codes() {
    let folder = Folder::new();
    for command in COMMANDS.iter().copied() {
        let help = folder.ok(&[command, "--help"]);
        assert!(help.contains("Usage: tqqq"), "{help}");
        let teaches = ["Examples:", "Exit codes:", "Commands:"]
            .iter()
            .any(|part| help.contains(part));
        assert!(teaches || command == "status", "{command}: {help}");
    }
}

#[test]
fn completions_name_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.ok(&["completions", shell]);
        for command in COMMANDS.iter().copied() {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn every_command_has_a_page_for_man() {
    let folder = Folder::new();
    let page = folder.ok(&["man"]);
    assert!(page.contains(".TH tqqq 1"), "{page}");
    folder.ok(&["man", "-o", "man1"]);
    for command in COMMANDS {
        let page = std::fs::read_to_string(folder.path(&format!("man1/tqqq-{command}.1")));
        let page = page.unwrap_or_else(|error| panic!("{command}: {error}"));
        assert!(page.contains(".SH SYNOPSIS"), "{command}: {page}");
    }
}

#[test]
fn a_misspelt_command_is_answered_with_the_nearest_one() {
    insta::assert_snapshot!(Folder::new().refused(&["histroy"]), @"
    error: unrecognized subcommand 'histroy'

    Usage: tqqq [OPTIONS] <COMMAND>
    hint: a similar subcommand exists: 'history'
    ");
}
