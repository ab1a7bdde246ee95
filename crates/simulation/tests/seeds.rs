//! Seeds under all faults.

use simulation::{Options, simulate};

fn options(slots: usize) -> Options {
    Options {
        slots,
        ..Options::default()
    }
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    for seed in 0..4 {
        let (one, other) = (simulate(seed, &options(13)), simulate(seed, &options(13)));
        assert_eq!(one.rows, other.rows, "seed {seed}");
        assert_eq!(one.struck, other.struck, "seed {seed}");
        assert!(one.rows.len() > 50, "seed {seed} wrote {}", one.rows.len());
    }
}

/// Sessions cut short and halts that left bars out, for one source and for more.
#[test]
fn seeds_that_once_broke_an_invariant_hold() {
    for seed in [4, 5, 86, 111, 143, 184, 204] {
        let report = simulate(seed, &options(13));
        assert_eq!(report.breaches, [], "seed {seed}");
    }
}
