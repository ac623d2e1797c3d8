//! HMAC-SHA-256 (RFC 2104 over FIPS 180-4), by the compression function itself.
//!
//! Most of what is signed of a head fits into one block. The general way takes a third more for that: it copies its state
//! whenever it is handed on, and judges each piece anew.

use std::slice;

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A MAC under way. A fresh one is a prepared key.
#[derive(Clone)]
pub(crate) struct HmacSha256 {
    inner: [u32; 8],
    outer: [u32; 8],
    /// What was fed and does not fill a block yet.
    block: [u8; BLOCK],
    filled: usize,
    /// How many bytes were fed, the key's block among them.
    fed: u64,
}

impl HmacSha256 {
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut padded = Zeroizing::new([0; BLOCK]);
        match padded.split_at_mut_checked(key.len()) {
            Some((start, _)) => start.copy_from_slice(key),
            None => padded.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from),
        }
        let keyed = |pad: u8| {
            let mut state = INITIAL;
            let block = Zeroizing::new(padded.map(|byte| byte ^ pad));
            compress256(&mut state, slice::from_ref(&*block));
            state
        };
        Self { inner: keyed(0x36), outer: keyed(0x5c), block: [0; BLOCK], filled: 0, fed: BLOCK as u64 }
    }

    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.fed = self.fed.wrapping_add(bytes.len() as u64);
        let end = self.filled + bytes.len();
        match self.block.get_mut(self.filled..end) {
            Some(room) if end < BLOCK => {
                room.copy_from_slice(bytes);
                self.filled = end;
            }
            _ => self.update_blocks(bytes),
        }
    }

    /// The same where a block is filled at least.
    fn update_blocks(&mut self, mut bytes: &[u8]) {
        if let Some((_, room)) = self.block.split_at_mut_checked(self.filled)
            && self.filled > 0
            && let Some((start, rest)) = bytes.split_at_checked(room.len())
        {
            room.copy_from_slice(start);
            compress256(&mut self.inner, slice::from_ref(&self.block));
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        compress256(&mut self.inner, blocks);
        self.block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.filled = rest.len();
    }

    /// The MAC. Nothing may be fed afterwards.
    #[inline]
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        let bits = self.fed.wrapping_mul(8);
        if let Some((_, [end, rest @ ..])) = self.block.split_at_mut_checked(self.filled) {
            *end = 0x80;
            rest.fill(0);
            if rest.len() < LENGTH {
                compress256(&mut self.inner, slice::from_ref(&self.block));
                self.block = [0; BLOCK];
            }
        }
        close(&mut self.inner, &mut self.block, bits);
        let mut last = [0; BLOCK];
        write(&self.inner, &mut last);
        if let Some(end) = last.get_mut(32) {
            *end = 0x80;
        }
        close(&mut self.outer, &mut last, 8 * (BLOCK as u64 + 32));
        let mut mac = [0; 32];
        write(&self.outer, &mut mac);
        mac
    }
}

/// Compresses the last block, with the length of all of them at its end.
#[inline]
fn close(state: &mut [u32; 8], block: &mut [u8; BLOCK], bits: u64) {
    if let Some((_, length)) = block.split_last_chunk_mut() {
        *length = bits.to_be_bytes();
    }
    compress256(state, slice::from_ref(block));
}

#[inline]
fn write(state: &[u32; 8], to: &mut [u8]) {
    for (bytes, word) in to.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
}

const BLOCK: usize = 64;
/// How many bytes the length takes up.
const LENGTH: usize = 8;
/// FIPS 180-4 §5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[cfg(test)]
mod tests {
    use ::hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;

    use super::*;

    fn ours<'p>(key: &[u8], pieces: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
        let mut mac = HmacSha256::new(key);
        pieces.into_iter().for_each(|piece| mac.update(piece));
        mac.finish()
    }

    fn theirs(key: &[u8], message: &[u8]) -> [u8; 32] {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().into()
    }

    #[test]
    fn every_length_of_key_and_message_has_the_mac_that_the_general_way_gives() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=bytes.len() {
            let (some, all) = (&bytes[..length], &bytes[..]);
            assert_eq!(ours(some, [all]), theirs(some, all), "a key of {length} bytes");
            assert_eq!(ours(b"key", [some]), theirs(b"key", some), "{length} bytes");
        }
    }

    #[test]
    fn any_two_pieces_are_fed_as_one() {
        let bytes: Vec<u8> = (0..200).collect();
        let whole = theirs(b"key", &bytes);
        for at in 0..=bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(ours(b"key", [first, second]), whole, "split at {at}");
        }
    }

    proptest! {
        #[test]
        fn pieces_are_fed_as_one(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..150), 0..9)) {
            prop_assert_eq!(ours(b"key", pieces.iter().map(Vec::as_slice)), theirs(b"key", &pieces.concat()));
        }
    }
}
