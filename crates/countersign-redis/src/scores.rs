//! Times as Redis computes with them: in sorted sets and in scripts they are doubles.

/// The last time not after this one that a double holds exactly, as Redis keeps the scores of sorted sets and scripts
/// compute. Up to the year 2255 that is the time itself.
pub(crate) const fn floor(micros: i64) -> i64 {
    if micros.unsigned_abs() <= EXACT { micros } else { micros & COARSE }
}

/// The first time not before this one that a double holds exactly, or the last there is.
pub(crate) const fn ceil(micros: i64) -> i64 {
    if micros.unsigned_abs() <= EXACT {
        return micros;
    }
    match micros.checked_add(!COARSE) {
        Some(up) => up & COARSE,
        // Written out it is read as the double above it.
        None => i64::MAX,
    }
}

/// Up to here a double holds every whole number.
const EXACT: u64 = 1 << 53;
/// Without the bits that a double has no room for, however large the number.
const COARSE: i64 = !0x7ff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_whole_numbers_of_doubles_and_on_the_right_side() {
        for micros in
            [0, 1, -1, 1_700_000_000_000_001, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, i64::MAX - 5000, i64::MIN]
        {
            let (low, high) = (floor(micros), ceil(micros));
            assert!(low <= micros && micros <= high, "{micros}");
            for score in [low, high] {
                assert_eq!(score as f64 as i64, score, "{micros}");
            }
        }
        assert_eq!(ceil(i64::MAX), i64::MAX);
    }
}
