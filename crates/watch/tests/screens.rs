//! What stands on a terminal, cell by cell.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::path::Path;

use chronicle::now::{Next, Now, Tail};
use chronicle::status::MoneyKind;
use cycle::fake::{Trend, World, at, drive};
use cycle::port::Journal;
use market::Calendar;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use trading::record::{HaltLevel, HaltReason, Halted, Record};
use watch::{Shown, draw};

/// What the end of a world's chain says, half an hour before a slot.
fn shown(world: &World) -> Shown {
    let calendar = Calendar::nyse();
    let tail = drive(async {
        let head = world.journal.head().await.unwrap();
        Tail::of(world.journal.as_ref(), head, &calendar)
            .await
            .unwrap()
    });
    let next = Next::after(at("2025-05-12T10:35"), &calendar);
    Shown {
        now: Now::new(
            Path::new("paper.journal"),
            &tail.unwrap(),
            |_| MoneyKind::Paper,
            next,
        ),
        clock: "2025-05-12 10:35".to_owned(),
        trouble: None,
        colour: true,
    }
}

fn screen(shown: &Shown, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, shown)).unwrap();
    let text = terminal.backend().to_string();
    let lines = text.lines().map(|line| line.trim_matches('"').trim_end());
    // Ids of orders and hashes are of no interest.
    lines.collect::<Vec<_>>().join("\n")
}

fn a_morning(trend: Trend) -> World {
    let world = World::new(trend);
    let mut runner = world.runner();
    for slot in ["2025-05-12T09:30", "2025-05-12T10:00", "2025-05-12T10:30"] {
        world.slot(&mut runner, slot);
    }
    world
}

#[test]
fn all_is_well_on_a_small_terminal() {
    let screen = screen(&shown(&a_morning(Trend::Rising)), 80, 24);
    insta::assert_snapshot!(screen, @"
     tqqq  all is well   2025-05-12 10:35 New York  play money, of a paper account
     Nothing asks for you.
    ┌ Account ─────────────────────────────┐┌ Signal ──────────────────────────────┐
    │equity  100,019.90 USD                ││bullish, target all_in                │
    │today   +0.02 %, 19.90 USD            ││price     100.02                      │
    │holds   995 TQQQ                      ││fast     98.7732  +126.2 bps          │
    │cash    500.00                        ││slow     98.3220  +45.9 bps           │
    └──────────────────────────────────────┘└──────────────────────────────────────┘
    ┌ Next ────────────────────────────────────────────────────────────────────────┐
    │slot   2025-05-12 11:00 in 25 min                                             │
    │halt   none                                                                   │
    └──────────────────────────────────────────────────────────────────────────────┘
     fake-bars    usable  at 3 of 3 slots
     Newest slots ──────────────────────────────────────────────────────────────────
    slot             outcome  signal   price     equity       why
    2025-05-12 10:30 held     bullish  100.02    100,019.90   already at the target
    2025-05-12 10:00 held     bullish  100.01    100,009.95   already at the target
    2025-05-12 09:30 traded   bullish  100       100,000.00





     q leaves   head 18:ec80174d6573   paper.journal
    ");
}

#[test]
fn all_is_well_on_a_large_terminal() {
    let screen = screen(&shown(&a_morning(Trend::Rising)), 120, 40);
    insta::assert_snapshot!(screen, @"
     tqqq  all is well   2025-05-12 10:35 New York  play money, of a paper account
     Nothing asks for you.
    ┌ Account ──────────────────────────────┐┌ Signal ────────────────────────────┐┌ Next ─────────────────────────────────┐
    │equity  100,019.90 USD                 ││bullish, target all_in              ││slot   2025-05-12 11:00 in 25 min      │
    │today   +0.02 %, 19.90 USD             ││price     100.02                    ││halt   none                            │
    │holds   995 TQQQ                       ││fast     98.7732  +126.2 bps        ││                                       │
    │cash    500.00                         ││slow     98.3220  +45.9 bps         ││                                       │
    └───────────────────────────────────────┘└────────────────────────────────────┘└───────────────────────────────────────┘
     fake-bars    usable  at 3 of 3 slots
     Newest slots ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    slot             outcome  signal   price     equity         why
    2025-05-12 10:30 held     bullish  100.02    100,019.90     already at the target
    2025-05-12 10:00 held     bullish  100.01    100,009.95     already at the target
    2025-05-12 09:30 traded   bullish  100       100,000.00

























     q leaves   head 18:ec80174d6573   paper.journal
    ");
}

#[test]
fn a_halt_stands_first_and_a_journal_that_cannot_be_read_before_it() {
    let world = a_morning(Trend::Flat);
    world.throw(Record::Halted(Halted {
        level: HaltLevel::ReduceOnly,
        flatten: false,
        reason: HaltReason::Owner("a look first".to_owned()),
    }));
    let halted = Shown {
        trouble: Some("disk I/O error".to_owned()),
        ..shown(&world)
    };
    insta::assert_snapshot!(screen(&halted, 80, 24), @"
     tqqq  halted   2025-05-12 10:35 New York  play money, of a paper account
     ‼ the journal cannot be read: disk I/O error
     ‼ reduce-only, nothing is bought; by the owner: a look first
    ┌ Account ─────────────────────────────┐┌ Signal ──────────────────────────────┐
    │equity  100,000.00 USD                ││neutral, target keep, fragile         │
    │today   +0.00 %, 0.00 USD             ││price        100                      │
    │holds   nothing                       ││fast    100.0000  +0.0 bps            │
    │cash    100,000.00                    ││slow    100.0000  +0.0 bps            │
    └──────────────────────────────────────┘└──────────────────────────────────────┘
    ┌ Next ────────────────────────────────────────────────────────────────────────┐
    │slot   2025-05-12 11:00 in 25 min                                             │
    │halt   reduce-only, nothing is bought; by the owner: a look first             │
    └──────────────────────────────────────────────────────────────────────────────┘
     fake-bars    usable  at 3 of 3 slots
     Newest slots ──────────────────────────────────────────────────────────────────
    slot             outcome  signal   price     equity       why
    2025-05-12 10:30 held     neutral  100       100,000.00   no signal
    2025-05-12 10:00 held     neutral  100       100,000.00   no signal
    2025-05-12 09:30 held     neutral  100       100,000.00   no signal




     q leaves   head 14:04a7d203c72b   paper.journal
    ");
}

#[test]
fn a_journal_that_was_just_begun_and_a_window_too_small_are_no_panic() {
    let world = World::new(Trend::Flat);
    let _runner = world.runner();
    let shown = shown(&world);
    for (width, height) in [(80, 24), (20, 5), (1, 1)] {
        screen(&shown, width, height);
    }
    assert!(screen(&shown, 80, 24).contains("no slot yet"));
}
