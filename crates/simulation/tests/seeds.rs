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
