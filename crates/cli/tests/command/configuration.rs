//! The configurations that come with the project, and mistakes in one's own.

use std::path::Path;

use trading::settings::Settings;

use crate::folder::Folder;

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../config")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_paper_configuration_is_every_default_on_paper() {
    let shipped = Settings::parse(&shipped("paper.toml")).unwrap();
    let expected =
        Settings::parse("venue = \"alpaca-paper\"\njournal = \"sqlite:paper.journal\"").unwrap();
    assert_eq!(shipped, expected);
}

#[test]
fn the_live_configuration_is_every_default_with_two_sources() {
    let shipped = Settings::parse(&shipped("live.toml")).unwrap();
    let expected = "venue = \"alpaca-live\"\njournal = \"sqlite:live.journal\"\n\
                    [data]\nsources = [\"twelve-data\", \"fmp\"]";
    assert_eq!(shipped, Settings::parse(expected).unwrap());
    assert_eq!(shipped.min_sources(), 2);
}

#[test]
fn mistakes_name_file_line_key_and_remedy() {
    let folder = Folder::new();
    let refusal = |text: &str| {
        folder.write("tqqq.toml", text);
        folder.refused(&["run"])
    };
    insta::assert_snapshot!(refusal("[strategy]\nfsat = 5"), @r"
    error: tqqq.toml: line 2, `fsat`: unknown field `fsat`, expected one of `symbol`, `signal_symbol`, `fast`, `slow`, `hours`, `exit`
    hint: did you mean `fast`?
    ");
    insta::assert_snapshot!(refusal("[strategy]\nfast = 30"), @r"
    error: tqqq.toml: strategy.fast = 30: fast = 30 must be below slow = 20
    hint: the usual pair is fast = 10, slow = 20
    ");
    insta::assert_snapshot!(refusal("venue = \"alpaca-live\""), @"
    error: tqqq.toml: data.min_sources = 2: can never be reached
    hint: name a second source in data.sources
    ");
    insta::assert_snapshot!(refusal("[strategy]\nsymbol = \"tqqq\""), @"
    error: tqqq.toml: line 2, `symbol`: `tqqq` is not a symbol: 1 to 32 upper-case letters, digits, `.`, `-`, `/` or `_`
    hint: write it in capitals: TQQQ
    ");
    insta::assert_snapshot!(refusal("[strategy]\nsignal_symbol = \"QQQ\""), @r"
    error: strategy.signal_symbol = QQQ: the local exchange plays TQQQ alone
    hint: remove signal_symbol for local runs
    ");
    insta::assert_snapshot!(refusal("venue = \"alpaca-paper\""), @"
    error: alpaca needs a key: TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
    insta::assert_snapshot!(folder.refused(&["run", "--config", "absent.toml"]), @r"
    error: absent.toml: No such file or directory (os error 2)
    hint: name a readable file with --config
    ");
}

#[test]
fn an_accounts_keys_go_to_no_address_of_the_command_line_either() {
    let folder = Folder::new();
    folder.write("tqqq.toml", "venue = \"alpaca-paper\"");
    let elsewhere = ["cycle", "--venue-url", "https://api.alpaca.markets"];
    insta::assert_snapshot!(folder.refused(&elsewhere), @"
    error: venue_url = https://api.alpaca.markets: an account's keys go to no other address than its broker's
    hint: leave it out, or name a venue on this machine: http://127.0.0.1:PORT
    ");
}

#[test]
fn a_configured_journal_is_where_the_run_writes() {
    let folder = Folder::new();
    folder.write("tqqq.toml", "journal = \"sqlite:mine.journal\"");
    folder.short_run();
    assert!(folder.path("mine.journal").is_file());
    assert!(!folder.path("tqqq-runs").exists());
}
