//! The renderer beside another one, which shares nothing with it: exact integers instead of the standard library's digits, and
//! CPython's own steps (`PyOS_double_to_string` with `'g'`, 12 and `Py_DTSF_ADD_DOT_0`) instead of ours.
//!
//! `COUNTERSIGN_CASES` is how many numbers are compared; 100,000 unless told otherwise.

use super::python2_str;

type Renderer = fn(f64) -> String;

#[test]
fn any_number_is_rendered_as_by_exact_arithmetic() {
    let cases = std::env::var("COUNTERSIGN_CASES").map_or(100_000, |cases| cases.parse().unwrap());
    assert_eq!(first_difference(python2_str, cases), None);
}

/// Renderers with a fault each have to be found out.
#[test]
fn a_wrong_renderer_is_found_out() {
    let one_place_late = |value: f64| match value.abs() {
        1e11..1e12 => format!("{value:.1}"),
        _ => python2_str(value),
    };
    let half_up = |value: f64| match value.abs() {
        1e9..1e10 => python2_str((value * 100.0 + 0.5).floor() / 100.0),
        _ => python2_str(value),
    };
    let short_exponent = |value: f64| python2_str(value).replace("e-0", "e-").replace("e+0", "e+");
    let shortest = |value: f64| format!("{value:?}");
    let faults: [(&str, Renderer); 4] = [
        ("one place late", one_place_late),
        ("half up", half_up),
        ("short exponent", short_exponent),
        ("shortest", shortest),
    ];
    for (name, faulty) in faults {
        assert!(first_difference(faulty, 10_000).is_some(), "{name}");
    }
}

/// The first of so many numbers that is rendered otherwise than it should be: the number, how, and how it should be.
fn first_difference(renderer: Renderer, cases: u64) -> Option<(f64, String, String)> {
    let mut state = 1_304_559_408;
    let mut compared = (0..cases).map(|case| {
        let value = number(case, &mut state);
        (value, renderer(value), exact(value))
    });
    compared.find(|(_, ours, theirs)| ours != theirs)
}

/// Any bits, timestamps, numbers that lie halfway between two renderings, and the neighbours of powers of ten.
fn number(case: u64, state: &mut u64) -> f64 {
    let random = next(state);
    match case % 4 {
        0 => f64::from_bits(random),
        1 => (random >> 11) as f64 / (1 << 19) as f64,
        2 => (random % (1 << 34)) as f64 + [0.125, 0.375, 0.625, 0.875][(random >> 62) as usize],
        _ => {
            let power = 10_f64.powi((random % 40) as i32 - 20);
            f64::from_bits(power.to_bits().wrapping_add((random >> 32) % 65).wrapping_sub(32))
        }
    }
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// `str(value)` of Python 2.
fn exact(value: f64) -> String {
    let sign = if value.is_sign_negative() && !value.is_nan() { "-" } else { "" };
    if value.is_nan() || value.is_infinite() {
        return if value.is_nan() { "nan".into() } else { format!("{sign}inf") };
    }
    let (digits, point) = rounded(expanded(value.abs()));
    let digit =
        |place| usize::try_from(place).ok().and_then(|place| digits.get(place)).map_or('0', |d| char::from(b'0' + d));
    let places = digits.len() as i32;
    // `decpt <= -4 || decpt > precision - 1`, for the `.0` that may follow.
    if point <= -4 || point > PRECISION as i32 - 1 {
        let rest: String = (1..places).map(digit).collect();
        let dot = if rest.is_empty() { "" } else { "." };
        let (direction, exponent) = if point > 0 { ('+', point - 1) } else { ('-', 1 - point) };
        return format!("{sign}{}{dot}{rest}e{direction}{exponent:02}", digit(0));
    }
    let whole: String = if point > 0 { (0..point).map(digit).collect() } else { "0".into() };
    let fraction: String = (point..places.max(point + 1)).map(digit).collect();
    format!("{sign}{whole}.{fraction}")
}

/// All digits of a number, and how many of them stand before the point; fewer than none where zeros follow it.
fn expanded(value: f64) -> (Vec<u8>, i32) {
    let (bits, fraction) = (value.to_bits(), value.to_bits() & ((1 << 52) - 1));
    let (mantissa, exponent) = match (bits >> 52) as i32 & 0x7ff {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    };
    // What has binary places is a whole number of as many decimal ones: m / 2^n is m * 5^n / 10^n.
    let mut whole = vec![mantissa as u32, (mantissa >> 32) as u32];
    for _ in 0..exponent.abs() {
        multiply(&mut whole, if exponent < 0 { 5 } else { 2 });
    }
    let mut digits = Vec::new();
    while whole.iter().any(|limb| *limb > 0) {
        let mut nine = divide(&mut whole, 1_000_000_000);
        for _ in 0..9 {
            digits.push((nine % 10) as u8);
            nine /= 10;
        }
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits.reverse();
    let point = digits.len() as i32 + exponent.min(0);
    if digits.is_empty() { (vec![0], 1) } else { (digits, point) }
}

/// Twelve digits, halves to even, without zeros at their end.
fn rounded((mut digits, mut point): (Vec<u8>, i32)) -> (Vec<u8>, i32) {
    let rest = digits.split_off(PRECISION.min(digits.len()));
    let half = rest.first().is_some_and(|first| *first == 5) && rest[1..].iter().all(|digit| *digit == 0);
    let odd = digits.last().is_some_and(|last| last % 2 == 1);
    if rest.first().is_some_and(|first| *first >= 5) && (!half || odd) {
        while digits.last() == Some(&9) {
            digits.pop();
        }
        match digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                digits.push(1);
                point += 1;
            }
        }
    }
    while digits.len() > 1 && digits.last() == Some(&0) {
        digits.pop();
    }
    (digits, point)
}

fn multiply(whole: &mut Vec<u32>, by: u32) {
    let mut carry = 0;
    for limb in whole.iter_mut() {
        let product = u64::from(*limb) * u64::from(by) + carry;
        (*limb, carry) = (product as u32, product >> 32);
    }
    if carry > 0 {
        whole.push(carry as u32);
    }
}

/// Leaves the quotient and returns the remainder.
fn divide(whole: &mut Vec<u32>, by: u32) -> u32 {
    let mut remainder = 0;
    for limb in whole.iter_mut().rev() {
        let dividend = remainder << 32 | u64::from(*limb);
        (*limb, remainder) = ((dividend / u64::from(by)) as u32, dividend % u64::from(by));
    }
    while whole.last() == Some(&0) {
        whole.pop();
    }
    remainder as u32
}

const PRECISION: usize = 12;
