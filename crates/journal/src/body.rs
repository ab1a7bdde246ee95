//! Raw bodies, compressed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
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

/// `raw` as a zlib stream (RFC 1950), at the fastest level: bars shrink to a fifth in well under
/// a millisecond, and twice the effort would save a tenth more.
#[must_use]
pub fn compress(raw: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(raw.len() / 4), Compression::fast());
    encoder
        .write_all(raw)
        .and_then(|()| encoder.finish())
        .expect("writing into memory does not fail")
}

/// The bytes [`compress`] was given, at most [`BODY_BYTES_MAX`] of them.
///
/// # Errors
/// [`ExpandError`].
pub fn expand(compressed: &[u8]) -> Result<Vec<u8>, ExpandError> {
    let mut raw = Vec::new();
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
