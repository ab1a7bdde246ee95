//! What the system says of this process, for summaries.

use std::fs;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Time by the wall since it was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the wall figures of a summary, and nothing that decides"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it began.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Time since this was first asked, for telling spans apart.
pub(crate) fn watch() -> market::Duration {
    static BEGUN: OnceLock<Stopwatch> = OnceLock::new();
    let elapsed = BEGUN.get_or_init(Stopwatch::start).elapsed();
    market::Duration::try_from(elapsed).unwrap_or(market::Duration::MAX)
}

/// The most memory this process ever had resident, in bytes; `None` where the system does not
/// say. On Linux `VmHWM` of `/proc/self/status`, in kibibytes.
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    peak_in(&fs::read_to_string("/proc/self/status").ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::peak_in;

    #[test]
    fn the_peak_is_read_in_kibibytes_or_not_at_all() {
        assert_eq!(
            peak_in("VmPeak:\t 9 kB\nVmHWM:\t   2048 kB\n"),
            Some(2_097_152)
        );
        assert_eq!(peak_in("VmPeak:\t 9 kB\n"), None);
        assert_eq!(peak_in("VmHWM:\t lots\n"), None);
    }
}
