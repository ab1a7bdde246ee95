//! I11: no secret in any text.

use trading::invariants::{Secret, leaks};

const KEY: Secret<'_> = Secret {
    name: "TQQQ_ALPACA_SECRET_KEY",
    value: "wJalrXUtnFEMIK7MDENGbPxRfiCY",
};
const SHORT: Secret<'_> = Secret {
    name: "TQQQ_FMP_KEY",
    value: "k3yk3yk3",
};

#[test]
fn i11_a_secret_or_a_part_of_one_is_named_and_never_repeated() {
    let texts = [
        ("log", "401 for key wJalrXUtnFEMIK7MDENGbPxRfiCY"),
        ("record 7", "header ...FEMIK7MDENGb..."),
        ("error", "apikey=k3yk3yk3&symbol=TQQQ"),
        ("panic", "nothing here"),
    ];
    let found: Vec<String> = leaks(texts, &[KEY, SHORT])
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(found.join("\n"), @"
    I11: log holds TQQQ_ALPACA_SECRET_KEY or a part of it
    I11: record 7 holds TQQQ_ALPACA_SECRET_KEY or a part of it
    I11: error holds TQQQ_FMP_KEY or a part of it
    ");
    assert!(found.iter().all(|line| !line.contains("FEMIK7")));
}

#[test]
fn i11_what_a_secret_shares_with_other_texts_by_chance_is_no_leak() {
    let texts = [
        ("log", "FEMIK7MDENG are eleven characters of it"),
        ("record 7", "k3yk3yk is one short"),
        ("error", "****************************"),
        ("panic", ""),
    ];
    assert_eq!(leaks(texts, &[KEY, SHORT]), []);
    let nothing = Secret {
        name: "unset",
        value: "",
    };
    assert_eq!(leaks(texts, &[nothing]), []);
}
