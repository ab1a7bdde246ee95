//! Every pair over one block of bars.
//!
//! A position is a set/reset latch: a bullish bar sets it, a bearish one resets it. With `set` and
//! `keep = !reset` as binary numbers the carries of `keep + set` are exactly the latch's states,
//! for a carry is made where a bit is set in both, dies where it is set in neither, and is handed
//! on in between; one addition resolves 64 bars. Then only the changes of state are visited.
//!
//! One comparison a bar tells both signals. Where the price is below the fast average the average
//! is stored one step of floats higher: `fast' > slow` then says `fast > slow` where a bullish
//! signal is possible, and its negation says `fast < slow` where a bearish one is, ties included.

use multiversion::multiversion;

use super::block::{BLOCK, Block, WORDS, higher, lower};
use super::rows::{LANES, Lanes, Row};
use super::tape::Tape;

/// Changes of state a block can hold, with room for those written ahead.
const CHANGES: usize = BLOCK + 2 * AHEAD + 2;
/// The bar before a block: a position carried in entered there.
const BEFORE: u16 = u16::MAX;
/// Slow averages that stay in the first-level cache while every fast one passes by.
const TILE: usize = 4;
/// Changes of a word written without looking whether there are so many.
const AHEAD: usize = 2;

/// What a pair has become so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(align(64))]
pub(super) struct State {
    /// Log of equity over starting cash; while held, at the last close.
    pub(super) level: f64,
    /// Its highest so far.
    pub(super) top: f64,
    /// Log of the deepest fall: zero or below.
    pub(super) fall: f64,
    /// Sum of per-bar returns.
    pub(super) sum: f64,
    /// Sum of their squares.
    pub(super) squares: f64,
    /// Positions closed.
    pub(super) trades: u32,
    /// Bars at whose close the position is held.
    pub(super) held_bars: u32,
    /// Whether it is held at the last close.
    pub(super) held: bool,
}

/// One fast average over a block, ready to be compared.
struct Fast {
    row: Row,
    /// Price above the fast average.
    above: [u64; WORDS],
    /// Price below the fast average.
    below: [u64; WORDS],
}

/// Where the slow averages of a task stand, and from which bar each may signal.
pub(super) struct Slow {
    /// The span.
    pub(super) span: u32,
    /// First bar with a signal.
    pub(super) warm_from: usize,
    /// How many of the task's fast averages are shorter: they are the first ones.
    pub(super) pairs: usize,
    /// Where its states begin.
    pub(super) offset: usize,
}

/// One thread's part of a sweep: some slow averages against every fast one.
pub(super) struct Task {
    pub(super) slows: Vec<Slow>,
    pub(super) states: Vec<State>,
    pub(super) broken: bool,
    fast_lanes: Vec<Lanes>,
    slow_lanes: Vec<Lanes>,
    fasts: Vec<Fast>,
    rows: Vec<Row>,
    decides: [u64; WORDS],
    block: Block,
    /// Room for a pair's changes of state, used again by every pair.
    list: Box<[u16; CHANGES]>,
}

impl Task {
    /// Pairs of these fast spans, ascending, with these slow ones.
    pub(super) fn new(fasts: &[u32], slows: Vec<Slow>, broken: bool) -> Self {
        let spans: Vec<u32> = slows.iter().map(|slow| slow.span).collect();
        let pairs = slows.iter().map(|slow| slow.pairs).sum();
        let lanes = |spans: &[u32]| spans.chunks(LANES).map(Lanes::new).collect();
        let fast = || Fast {
            row: [0.0; BLOCK],
            above: [0; WORDS],
            below: [0; WORDS],
        };
        Self {
            states: vec![State::default(); pairs],
            broken,
            fast_lanes: lanes(fasts),
            slow_lanes: lanes(&spans),
            fasts: fasts.iter().map(|_| fast()).collect(),
            rows: vec![[0.0; BLOCK]; LANES],
            decides: [0; WORDS],
            block: Block::new(),
            list: Box::new([0; CHANGES]),
            slows,
        }
    }

    /// Prepares what all pairs share of the block at `from`.
    #[inline(always)]
    fn prepare(&mut self, tape: &Tape, from: usize) {
        self.block.load(tape, from);
        let len = self.block.len;
        self.decides = [0; WORDS];
        for (at, folded) in tape.folded[from..from + len].iter().enumerate() {
            self.decides[at / 64] |= u64::from(*folded > 0) << (at % 64);
        }
        let price = &tape.price[from..from + len];
        for (lanes, fasts) in self.fast_lanes.iter_mut().zip(self.fasts.chunks_mut(LANES)) {
            lanes.fill(tape, from, len, &mut self.rows);
            for (fast, row) in fasts.iter_mut().zip(&self.rows) {
                fast.take(row, price, &self.decides);
            }
        }
    }

    /// Takes the block at bar `from`.
    #[inline(always)]
    fn advance(&mut self, tape: &Tape, from: usize) {
        self.prepare(tape, from);
        let len = self.block.len;
        let mut lanes = self.slow_lanes.iter_mut();
        for slows in self.slows.chunks(LANES) {
            if let Some(lanes) = lanes.next() {
                lanes.fill(tape, from, len, &mut self.rows);
            }
            for (slows, rows) in slows.chunks(TILE).zip(self.rows.chunks(TILE)) {
                for (at, fast) in self.fasts.iter().enumerate() {
                    for (slow, row) in slows.iter().zip(rows) {
                        let silent = slow.warm_from.saturating_sub(from);
                        if silent >= len || at >= slow.pairs {
                            continue;
                        }
                        let signals = Signals {
                            fast,
                            slow: row,
                            decides: &self.decides,
                        };
                        let state = &mut self.states[slow.offset + at];
                        let list = &mut self.list;
                        *state = if self.broken {
                            signals.follow::<true>(*state, silent, &self.block, list)
                        } else {
                            signals.follow::<false>(*state, silent, &self.block, list)
                        };
                    }
                }
            }
        }
    }
}

impl Fast {
    #[inline(always)]
    fn take(&mut self, row: &Row, price: &[f64], decides: &[u64; WORDS]) {
        let mut prices = [0.0; BLOCK];
        prices[..price.len()].copy_from_slice(price);
        for ((stored, average), price) in self.row.iter_mut().zip(row).zip(&prices) {
            // The next float of a positive one has the next bits.
            *stored = f64::from_bits(average.to_bits() + u64::from(price < average));
        }
        let words = row
            .as_chunks::<64>()
            .0
            .iter()
            .zip(prices.as_chunks::<64>().0);
        for (at, (row, price)) in words.enumerate() {
            self.above[at] = above(price, row) & decides[at];
            self.below[at] = above(row, price) & decides[at];
        }
    }
}

/// One bit a bar: where `a > b`.
#[inline(always)]
fn above(a: &[f64; 64], b: &[f64; 64]) -> u64 {
    let mut bits = 0;
    for (at, (a, b)) in a.iter().zip(b).enumerate() {
        bits |= u64::from(a > b) << at;
    }
    bits
}

/// What decides a pair's position.
struct Signals<'a> {
    fast: &'a Fast,
    slow: &'a Row,
    decides: &'a [u64; WORDS],
}

/// One word of a latch: where its state changes, and its states.
struct Word {
    changes: u64,
    states: u64,
}

/// Resolves 64 bars of a latch; `held` goes in and comes out.
#[inline(always)]
fn latch(set: u64, reset: u64, held: &mut bool) -> Word {
    let keep = !reset;
    let (partial, first) = keep.overflowing_add(set);
    let (total, second) = partial.overflowing_add(u64::from(*held));
    // The sum without the carries, exclusive-or the sum with them: the carry into every bit, that
    // is the state before it.
    let before = total ^ keep ^ set;
    *held = first | second;
    let states = before >> 1 | u64::from(*held) << 63;
    Word {
        changes: before ^ states,
        states,
    }
}

impl Signals<'_> {
    /// The words of the block's latch, from the bar at which signals begin.
    #[inline(always)]
    fn words<const BROKEN: bool>(
        &self,
        silent: usize,
        held: &mut bool,
        mut each: impl FnMut(usize, Word),
    ) {
        let first = silent / 64;
        let mut warm = u64::MAX << (silent % 64);
        let fast = &self.fast.row.as_chunks::<64>().0[first..];
        let slow = &self.slow.as_chunks::<64>().0[first..];
        let masks = self.fast.above[first..]
            .iter()
            .zip(&self.fast.below[first..]);
        let masks = masks.zip(&self.decides[first..]);
        for (at, ((fast, slow), ((above_fast, below_fast), decides))) in
            fast.iter().zip(slow).zip(masks).enumerate()
        {
            let rising = above(fast, slow);
            let bullish = above_fast & rising & warm;
            let bearish = if BROKEN {
                decides & !bullish
            } else {
                below_fast & !rising
            };
            each(first + at, latch(bullish, bearish & warm, held));
            warm = u64::MAX;
        }
    }

    /// A pair's state after the block.
    #[inline(always)]
    fn follow<const BROKEN: bool>(
        &self,
        state: State,
        silent: usize,
        block: &Block,
        list: &mut [u16; CHANGES],
    ) -> State {
        let mut changes = [0_u64; WORDS];
        let mut held = state.held;
        let mut held_bars = 0;
        self.words::<BROKEN>(silent, &mut held, |at, word| {
            changes[at] = word.changes;
            held_bars += (word.states & valid(block.len, at)).count_ones();
        });
        let count = collect(&changes, state.held, list);
        let mut state = state;
        if held && count < CHANGES {
            list[count] = u16::try_from(block.len).unwrap_or(u16::MAX);
        }
        let ends = count + usize::from(held);
        for period in list[..ends].as_chunks::<2>().0 {
            // An entry at a bar is one at the point of its close.
            let entry = period[0].wrapping_add(1);
            state.trade(usize::from(entry), usize::from(period[1]), block);
        }
        state.trades += u32::try_from(count / 2).unwrap_or(u32::MAX);
        state.held_bars += held_bars;
        state.held = held;
        state
    }
}

/// The bits of word `at` that are bars of a block of `len`.
#[inline(always)]
fn valid(len: usize, at: usize) -> u64 {
    match len.saturating_sub(at * 64) {
        0 => 0,
        left => u64::MAX >> (64 - left.min(64)),
    }
}

/// Lists the bars at which a latch changes; one already held enters before the first bar.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a block holds 960 bars, a word 64"
)]
#[inline(always)]
fn collect(changes: &[u64; WORDS], held: bool, list: &mut [u16; CHANGES]) -> usize {
    list[0] = BEFORE;
    let mut count = usize::from(held);
    for (at, word) in changes.iter().enumerate() {
        let mut left = *word;
        let base = (at * 64) as u16;
        let mut put = count;
        loop {
            for slot in &mut list[put..put + AHEAD] {
                *slot = base + left.trailing_zeros() as u16;
                left &= left.wrapping_sub(1);
            }
            put += AHEAD;
            if left == 0 {
                break;
            }
        }
        count += word.count_ones() as usize;
    }
    count
}

impl State {
    /// Accounts for a holding period at once.
    #[inline(always)]
    fn trade(&mut self, entry: usize, exit: usize, block: &Block) {
        let (into, out) = (block.entry(entry), block.exit(exit));
        let period = block.period(entry, exit);
        let base = self.level + into[0];
        self.fall = lower(
            self.fall,
            lower(period.fall, base + period.lowest - self.top),
        );
        self.top = higher(self.top, base + period.highest);
        self.level = base + out[0];
        self.fall = lower(self.fall, self.level - self.top);
        self.top = higher(self.top, self.level);
        self.sum += into[1] + out[1];
        self.squares += into[2] + out[2];
    }
}

/// Which instructions the kernel is compiled for; all give the same bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Instructions {
    /// The best this machine has.
    #[default]
    Best,
    /// At most AVX2.
    Avx2,
    /// What every machine has.
    Portable,
}

impl Instructions {
    /// The name of what this machine really runs.
    #[must_use]
    pub fn name(self) -> &'static str {
        #[cfg(target_arch = "x86_64")]
        {
            if self == Self::Best && std::arch::is_x86_feature_detected!("avx512vbmi2") {
                return "AVX-512";
            }
            if self != Self::Portable && std::arch::is_x86_feature_detected!("avx2") {
                return "AVX2";
            }
        }
        "portable"
    }

    /// What this machine really runs, with the features of its processor.
    #[must_use]
    pub fn features(self) -> &'static str {
        match self.name() {
            "AVX-512" => "AVX-512 (F, BW, CD, DQ, VL, VBMI2) with BMI2",
            "AVX2" => "AVX2 with BMI2",
            _ => "portable code",
        }
    }

    /// Takes the block at bar `from`.
    pub(super) fn advance(self, task: &mut Task, tape: &Tape, from: usize) {
        match self {
            Self::Best => advance_best(task, tape, from),
            Self::Avx2 => advance_avx2(task, tape, from),
            Self::Portable => task.advance(tape, from),
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vbmi2+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
))]
fn advance_best(task: &mut Task, tape: &Tape, from: usize) {
    task.advance(tape, from);
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
fn advance_avx2(task: &mut Task, tape: &Tape, from: usize) {
    task.advance(tape, from);
}

/// Whether the pair holds at each bar's close, by the same latch the sweep uses.
pub(super) fn positions(tape: &Tape, fast: u32, slow: Slow, broken: bool) -> Vec<bool> {
    let mut task = Task::new(&[fast], vec![slow], broken);
    let mut held = Vec::with_capacity(tape.len());
    let mut state = false;
    for from in (0..tape.len()).step_by(BLOCK) {
        task.prepare(tape, from);
        let len = task.block.len;
        task.slow_lanes[0].fill(tape, from, len, &mut task.rows);
        let silent = task.slows[0].warm_from.saturating_sub(from);
        let mut states = [0_u64; WORDS];
        let signals = Signals {
            fast: &task.fasts[0],
            slow: &task.rows[0],
            decides: &task.decides,
        };
        if silent < len {
            let each = |at: usize, word: Word| states[at] = word.states;
            if broken {
                signals.words::<true>(silent, &mut state, each);
            } else {
                signals.words::<false>(silent, &mut state, each);
            }
        }
        held.extend((0..len).map(|at| states[at / 64] >> (at % 64) & 1 == 1));
    }
    held
}
