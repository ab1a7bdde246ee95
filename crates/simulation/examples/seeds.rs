//! Scratch.
#![allow(clippy::print_stdout, reason = "x")]
use simulation::{Options, simulate};
fn main() {
    let args: Vec<u64> = std::env::args()
        .skip(1)
        .map(|a| a.parse().unwrap())
        .collect();
    let (from, to, slots) = (
        args[0],
        args[1],
        args.get(2).copied().unwrap_or(13) as usize,
    );
    let trace = args.get(3).is_some();
    let mut n = 0;
    let mut orders = 0;
    let mut counts = vec![simulation::fate::Count::default(); simulation::fate::FAULTS.len()];
    let mut ends = std::collections::BTreeMap::<&str, u64>::new();
    let t = std::time::Instant::now();
    let mut kinds = std::collections::BTreeMap::<String, u64>::new();
    for seed in from..to {
        let only = if std::env::var("CALM").is_ok() {
            Some(Default::default())
        } else {
            None
        };
        let r = simulate(
            seed,
            &Options {
                slots,
                trace,
                only,
                ..Default::default()
            },
        );
        n += r.slots;
        orders += r.orders;
        for (a, b) in counts.iter_mut().zip(&r.counts) {
            a.chances += b.chances;
            a.strikes += b.strikes;
        }
        for (k, v) in r.endings {
            *ends.entry(k).or_default() += v;
        }
        for b in &r.breaches {
            *kinds.entry(format!("{}", b.invariant)).or_default() += 1;
            println!(
                "seed {seed}: {}",
                b.to_string().chars().take(300).collect::<String>()
            );
        }
        for l in r.trace {
            println!("{l}");
        }
    }
    let s = t.elapsed().as_secs_f64();
    println!(
        "{n} slots {orders} orders {:.0}/s {ends:?} {kinds:?}",
        n as f64 / s
    );
    if args.len() < 4 {
        for (k, c) in simulation::fate::FAULTS.iter().zip(&counts) {
            print!("{}:{}/{} ", k.name, c.strikes, c.chances);
        }
        println!();
    }
}
