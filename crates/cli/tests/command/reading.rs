//! Commands that read a journal: what they show, and what they say of a bad one.

use std::fs;
use std::path::Path;

use crate::folder::{Folder, Ran, masked};

#[test]
fn why_tells_the_whole_story_of_a_slot() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(masked(&folder.ok(&["why", "2024-02-20T10:00"])), @r"
    2024-02-20T10:00-05:00: held: no signal
    10:00:00.000  try 1 by run (hex)
    10:00:45.000  saw
                  twelve-data: 230 closed hours, 0 gaps, 0 rows rejected; the newest:
                    2024-02-16 11:30  open 43.83  high 43.88  low 43.61  close 43.77
                    2024-02-16 12:30  open 43.77  high 43.86  low 43.24  close 43.42
                    2024-02-16 13:30  open 43.42  high 43.64  low 43.18  close 43.36
                    2024-02-16 14:30  open 43.36  high 43.49  low 42.56  close 42.88
                    2024-02-16 15:30  open 42.88  high 43.14  low 42.86  close 43.12
                  TQQQ 43.69 at 10:00:00.000 from alpaca
                  cash 100,000.00, equity 100,000.00, holding nothing, 0 open orders
                  market open by the broker's clock, 0 ms from ours
    10:00:45.000  decided: neutral, price 43.69, fast 43.5018, slow 43.9300
                  price to fast +0.1882 USD (+43.3 bps) from flipping
                  fast to slow -0.4281 USD (-97.5 bps) from flipping
                  wanted keep, target keep
                  plan: nothing, no signal
    10:00:45.000  held: no signal
                  cash 100,000.00, equity 100,000.00, holding nothing, 0 open orders

    records 6 to 9, head then (hex)
    ");
}

#[test]
fn status_says_where_we_stand() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(masked(&folder.ok(&["status"])), @"
    tqqq-runs/0001.journal
      account    (hex) at local
      about      local venue, SYNTHETIC bars from seed 1
      money      play money, of the local exchange
      head       114:(hex)
      last slot  2024-02-21T15:30-05:00: held: already at the target
      target     out
      cash       97,579.11
      equity     97,579.11 (highest 100,590.27)
      holding    nothing
      halt       none
      armed      no
      adopted    yes, the holdings are ours
      source     twelve-data: usable at 26 of 26 slots

    slot              outcome  state    target  price     fast     slow  shares     equity  detail
    2024-02-21 12:00  held     neutral  keep    44.24  44.2070  44.2189       0  97,579.11  no signal
    2024-02-21 12:30  held     bearish  out     44.09  44.1857  44.2066       0  97,579.11  already at the target
    2024-02-21 13:00  held     bearish  out     43.54  44.1857  44.2066       0  97,579.11  already at the target
    2024-02-21 13:30  held     bearish  out     43.07  43.9829  44.0983       0  97,579.11  already at the target
    2024-02-21 14:00  held     bearish  out     43.48  43.9829  44.0983       0  97,579.11  already at the target
    2024-02-21 14:30  held     bearish  out     43.35  43.8678  44.0271       0  97,579.11  already at the target
    2024-02-21 15:00  held     bearish  out     43.41  43.8678  44.0271       0  97,579.11  already at the target
    2024-02-21 15:30  held     bearish  out     43.61  43.8209  43.9874       0  97,579.11  already at the target
    ");
}

#[test]
fn replay_and_verify_find_a_sound_chain() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(masked(&folder.ok(&["replay"])), @"identical: 26 decisions, 28 plans and 26 states recomputed from tqqq-runs/0001.journal");
    insta::assert_snapshot!(masked(&folder.ok(&["replay", "2024-02-20T10:00"])), @"identical: 1 decision, 1 plan and 1 state recomputed from tqqq-runs/0001.journal");
    insta::assert_snapshot!(masked(&folder.ok(&["journal", "verify"])), @"
    tqqq-runs/0001.journal: sound
      account  (hex)
      host     local
      about    local venue, SYNTHETIC bars from seed 1
      records  114, 26 slots with an outcome
      written  2024-02-20T09:30:00-05:00 to 2024-02-21T15:30:45-05:00
      bodies   341 present, 0 missing, 0 corrupt
      head     114:(hex)
    ");
}

#[test]
fn slots_that_are_none_or_unknown_are_named() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(folder.refused(&["why", "2024-02-20T10:10"]), @r"
    error: 2024-02-20T10:10-05:00 is no slot of the NYSE
    hint: slots are half-hours from 09:30 to 15:30 New York; see `tqqq calendar`
    ");
    insta::assert_snapshot!(folder.refused(&["why", "2024-03-20T10:00"]), @r"
    error: tqqq-runs/0001.journal: no record of slot 2024-03-20T10:00-04:00
    hint: see `tqqq history` for the slots there are, or name another --journal
    ");
    insta::assert_snapshot!(folder.refused(&["replay", "2024-03-20T10:00"]), @r"
    error: tqqq-runs/0001.journal: no record of slot 2024-03-20T10:00-04:00
    hint: see `tqqq history` for the slots there are
    ");
    insta::assert_snapshot!(folder.refused(&["why", "noon"]), @"
    error: invalid value 'noon' for '<SLOT>': `noon` is not a slot: write 2025-05-12T09:30 (New York) or 2025-05-12T09:30-04:00 (any offset)
    hint: add --help to see what may be typed here
    ");
}

#[test]
fn without_a_journal_the_reader_is_told_how_to_get_one() {
    let folder = Folder::new();
    for command in [
        &["status"][..],
        &["history"],
        &["replay"],
        &["journal", "verify"],
    ] {
        assert_eq!(
            folder.refused(command),
            "error: no journal: none is named, and ./tqqq-runs holds none\n\
             hint: `tqqq run` makes one; or name one with --journal"
        );
    }
    insta::assert_snapshot!(folder.refused(&["status", "--journal", "absent.journal"]), @r"
    error: absent.journal: there is no such journal
    hint: check the path; a run makes its journal itself
    ");
    folder.write(
        "notes.txt",
        "not a journal at all, only some text that is long enough to look at",
    );
    insta::assert_snapshot!(folder.refused(&["status", "--journal", "notes.txt"]), @r"
    error: notes.txt: this is not a journal, nor any SQLite database
    hint: check the path; if it was a journal, restore a backup of it
    ");
}

/// Turns a digit of every recorded amount of cash into another, deep inside the file.
fn damage(journal: &Path) {
    let wanted = b"\"cash\":\"";
    let mut bytes = fs::read(journal).unwrap();
    let places: Vec<usize> = (0..bytes.len() - wanted.len())
        .filter(|at| bytes[*at..].starts_with(wanted))
        .collect();
    assert!(!places.is_empty(), "a journal tells of cash");
    for at in places {
        let digit = &mut bytes[at + wanted.len()];
        *digit = if *digit == b'9' { b'8' } else { b'9' };
    }
    fs::write(journal, bytes).unwrap();
}

#[test]
fn one_altered_digit_is_found_and_named() {
    let folder = Folder::new();
    folder.short_run();
    // Reading commands leave the write-ahead log empty, so the file alone is the chain.
    folder.ok(&["journal", "verify"]);
    damage(&folder.path("tqqq-runs/0001.journal"));
    let Ran { code, stdout, .. } = folder.run(&["journal", "verify"]);
    assert_eq!(code, 1, "{stdout}");
    assert!(
        stdout.contains("NOT SOUND") && stdout.contains("defect"),
        "{stdout}"
    );
    let stderr = folder.refused(&["replay"]);
    assert!(stderr.contains("hint:"), "{stderr}");
}
