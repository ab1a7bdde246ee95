//! Outcomes as people read them; the names of rules are for programs.

use trading::outcome::{Held, Outcome, Reason, Refusal};

#[test]
fn a_refusal_reads_as_a_sentence_without_the_rules_name() {
    let told: Vec<String> = [
        (Reason::NotWarm, "200 closed hours", "0"),
        (
            Reason::Frozen,
            "no freeze in force",
            "by the owner: vacation",
        ),
        (Reason::Halted, "no halt in force", "InvariantBreached: I2"),
        (Reason::NoData, "one usable source", "fmp: HTTP 402"),
        (
            Reason::Drawdown,
            "at most 50 % from the high-water mark",
            "51.20 %",
        ),
        (
            Reason::NotTrading,
            "a trade in the last 5 minutes",
            "the last 301 s ago",
        ),
    ]
    .into_iter()
    .map(|(reason, limit, seen)| Outcome::Refused(Refusal::new(reason, limit, seen)).words())
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    refused: still warming up: 0 of 200 closed hours
    refused: frozen: by the owner: vacation
    refused: halted: InvariantBreached: I2
    refused: no source of bars is usable: fmp: HTTP 402
    refused: too far below the highest value: at most 50 % from the high-water mark; seen: 51.20 %
    refused: the symbol is not trading: a trade in the last 5 minutes; seen: the last 301 s ago
    ");
}

#[test]
fn what_is_no_refusal_reads_the_same_to_all() {
    for outcome in [
        Outcome::Traded,
        Outcome::Held(Held::NoSignal),
        Outcome::Failed("observe: 503".to_owned()),
        Outcome::Missed,
    ] {
        assert_eq!(outcome.words(), outcome.to_string());
    }
}
