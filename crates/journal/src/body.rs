//! Raw bodies, compressed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::limits::BODY_BYTES_MAX;

/// Compressed bytes that do not expand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// They are no zlib stream, or a damaged one.
    #[error("the compressed bytes are damaged: {0}")]
    Damaged(String),
    /// They expand to more than any body may have.
    #[error("it expands to more than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

/// What is shorter is kept as it is, in bytes: it would shrink little, and to begin compressing
/// clears 300 KB of memory, which is most of the work for the short answers of a broker.
const STORED_BYTES_MAX: usize = 512;

/// `raw` as a zlib stream (RFC 1950), at the fastest level: bars shrink to a fifth in well under
/// a millisecond, and twice the effort would save a tenth more.
#[must_use]
pub fn compress(raw: &[u8]) -> Vec<u8> {
    if raw.len() <= STORED_BYTES_MAX {
        return stored(raw);
    }
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(raw.len() / 4), Compression::fast());
    encoder
        .write_all(raw)
        .and_then(|()| encoder.finish())
        .expect("writing into memory does not fail")
}

/// `raw` as a zlib stream of one stored block (RFC 1951, 3.2.4).
fn stored(raw: &[u8]) -> Vec<u8> {
    /// Deflate with a window of 32 KB, at the fastest level, with the check that makes it whole.
    const HEADER: [u8; 2] = [0x78, 0x01];
    /// The last block, and stored.
    const LAST_STORED: u8 = 1;
    let length = u16::try_from(raw.len()).expect("what is stored is short");
    let mut stream = Vec::with_capacity(raw.len() + 11);
    stream.extend(HEADER);
    stream.push(LAST_STORED);
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend_from_slice(raw);
    stream.extend(adler32(raw).to_be_bytes());
    stream
}

/// The checksum of a zlib stream (RFC 1950, 8.2).
fn adler32(raw: &[u8]) -> u32 {
    /// The largest prime below 65536.
    const BASE: u32 = 65_521;
    let (sum, sums) = raw.iter().fold((1, 0), |(sum, sums), byte| {
        let sum = (sum + u32::from(*byte)) % BASE;
        (sum, (sums + sum) % BASE)
    });
    sums << 16 | sum
}

/// The bytes [`compress`] was given, at most [`BODY_BYTES_MAX`] of them.
///
/// # Errors
/// [`ExpandError`].
pub fn expand(compressed: &[u8]) -> Result<Vec<u8>, ExpandError> {
    /// How much larger most bodies were.
    const SHRUNK: usize = 5;
    let mut raw = Vec::with_capacity(BODY_BYTES_MAX.min(SHRUNK * compressed.len()));
    ZlibDecoder::new(compressed)
        .take(BODY_BYTES_MAX as u64 + 1)
        .read_to_end(&mut raw)
        .map_err(|error| ExpandError::Damaged(error.to_string()))?;
    if raw.len() > BODY_BYTES_MAX {
        Err(ExpandError::TooLarge)
    } else {
        Ok(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_expands_to_itself() {
        for raw in [&b""[..], b"{}", &[0; 100_000], "é".repeat(999).as_bytes()] {
            assert_eq!(expand(&compress(raw)).as_deref(), Ok(raw));
        }
    }

    #[test]
    fn what_is_short_is_stored_and_every_length_comes_back() {
        let noise: Vec<u8> = (0_u8..=255).cycle().take(STORED_BYTES_MAX + 2).collect();
        for length in 0..noise.len() {
            let raw = &noise[..length];
            let kept = compress(raw);
            assert_eq!(expand(&kept).as_deref(), Ok(raw), "{length}");
            if length <= STORED_BYTES_MAX {
                assert_eq!(kept.len(), length + 11);
            }
        }
        // A flipped bit of what is stored shows.
        let mut damaged = compress(b"{}");
        damaged[7] ^= 1;
        assert!(matches!(expand(&damaged), Err(ExpandError::Damaged(_))));
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_shorter_bytes() {
        let mut damaged = compress(&[7; 1000]);
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert!(matches!(expand(&damaged), Err(ExpandError::Damaged(_))));
        assert!(matches!(
            expand(&damaged[..last]),
            Err(ExpandError::Damaged(_))
        ));
        assert!(matches!(
            expand(b"plain text"),
            Err(ExpandError::Damaged(_))
        ));
    }

    #[test]
    fn a_small_stream_that_expands_without_end_is_refused() {
        let bomb = compress(&vec![0; BODY_BYTES_MAX + 1]);
        assert!(bomb.len() < BODY_BYTES_MAX / 100);
        assert_eq!(expand(&bomb), Err(ExpandError::TooLarge));
    }
}
