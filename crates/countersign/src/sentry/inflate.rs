//! Decompression that is given no more room than it may have.

use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{ErrorKind, Read as _};

/// Why something cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InflateError {
    /// It is not what it should be, or its checksum is wrong.
    Corrupt,
    /// It breaks off.
    Truncated,
    /// Something follows its end.
    TrailingBytes,
    /// It is longer than it may be.
    TooLong,
}

/// Whether these bytes begin as zlib does: method 8, and two bytes that are a multiple of 31 (RFC 1950 §2.2).
pub(super) fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 15 == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31))
}

/// What a zlib stream (RFC 1950) holds, `limit` bytes at most.
///
/// flate2's readers take a stream that breaks off for one that ends; so this asks its engine, which tells.
pub(super) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    let (mut engine, mut output, mut rest) = (Decompress::new(true), Vec::new(), stream);
    let mut piece = vec![0; PIECE];
    loop {
        let (taken, made) = (engine.total_in(), engine.total_out());
        let status = engine.decompress(rest, &mut piece, FlushDecompress::None).map_err(|_| InflateError::Corrupt)?;
        let (taken, made) = (engine.total_in() - taken, engine.total_out() - made);
        rest = usize::try_from(taken).ok().and_then(|taken| rest.get(taken..)).ok_or(InflateError::Corrupt)?;
        let made_now = usize::try_from(made).ok().and_then(|made| piece.get(..made)).ok_or(InflateError::Corrupt)?;
        push(&mut output, made_now, limit)?;
        match status {
            Status::StreamEnd if rest.is_empty() => return Ok(output),
            Status::StreamEnd => return Err(InflateError::TrailingBytes),
            Status::Ok | Status::BufError if taken == 0 && made == 0 => return Err(InflateError::Truncated),
            Status::Ok | Status::BufError => {}
        }
    }
}

/// What one member of gzip (RFC 1952) holds, `limit` bytes at most.
pub(super) fn gunzip(stream: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    let (mut decoder, mut output) = (GzDecoder::new(stream), Vec::new());
    let mut piece = vec![0; PIECE];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => break,
            Ok(made) => push(&mut output, piece.get(..made).unwrap_or_default(), limit)?,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(InflateError::Truncated),
            Err(_) => return Err(InflateError::Corrupt),
        }
    }
    if decoder.into_inner().is_empty() { Ok(output) } else { Err(InflateError::TrailingBytes) }
}

/// Adds a piece, and no more room than twice what there is, nor than the limit.
fn push(output: &mut Vec<u8>, piece: &[u8], limit: usize) -> Result<(), InflateError> {
    let len = output.len().checked_add(piece.len()).filter(|len| *len <= limit).ok_or(InflateError::TooLong)?;
    if len > output.capacity() {
        output.reserve_exact(len.max(output.capacity().saturating_mul(2)).min(limit) - output.len());
    }
    output.extend_from_slice(piece);
    Ok(())
}

/// How many bytes are decompressed at a time.
const PIECE: usize = 16 << 10;
