//! Bars to CSV, in the one form this program writes.

use std::io::{self, Write};

use crate::bar::Bar;
use crate::time::new_york_text;

/// The first line.
pub const HEADER: &str = "timestamp,open,high,low,close,volume";

/// Writes the header and a row a bar: New York time with its offset, exact decimals, volume 0 where
/// it is not known, as vendors do; an empty field would be damage. [`super::read`] takes it back as
/// it was.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, bars: &[Bar]) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for bar in bars {
        let Bar {
            start,
            open,
            high,
            low,
            close,
            volume,
        } = bar;
        let start = new_york_text(*start);
        let shares = volume.unwrap_or(0);
        writeln!(out, "{start},{open},{high},{low},{close},{shares}")?;
    }
    Ok(())
}
