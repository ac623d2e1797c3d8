//! How Python 2 writes a float: what Sentry 1.x signed instead of what it was sent.

/// `str(float(text))` of Python 2: twelve significant digits, rounded half to even, without trailing zeros; `.0` after a
/// whole number; exponent form below 1e-4 and, because the `.0` counts, from 1e11 on.
pub(super) fn python2_str(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan".into()
        } else if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    let scientific = format!("{value:.11e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let text = match exponent {
        -4..0 => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
        0..11 => with_point(digits, exponent as usize + 1),
        _ => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let direction = if exponent < 0 { '-' } else { '+' };
            format!("{first}{point}{rest}e{direction}{:02}", exponent.unsigned_abs())
        }
    };
    format!("{sign}{text}")
}

/// Digits with a point after the first `whole` of them, filled up with zeros, and at least one digit after it.
fn with_point(digits: &str, whole: usize) -> String {
    match digits.split_at_checked(whole) {
        Some((before, after)) if !after.is_empty() => format!("{before}.{after}"),
        _ => format!("{digits:0<whole$}.0"),
    }
}

#[cfg(test)]
mod exact;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_as_python_2_did() {
        for (input, output) in [
            ("0", "0.0"),
            ("-0.0", "-0.0"),
            ("1304559408", "1304559408.0"),
            ("1304559408.123456", "1304559408.12"),
            ("1304559408.125", "1304559408.12"),
            ("1304559408.135", "1304559408.13"),
            ("1304559408.999", "1304559409.0"),
            ("99999999999.95", "99999999999.9"),
            ("99999999999.99", "1e+11"),
            ("123456789012", "1.23456789012e+11"),
            ("999999999999.4", "9.99999999999e+11"),
            ("1e16", "1e+16"),
            ("1e-4", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e400", "inf"),
        ] {
            assert_eq!(python2_str(input.parse().unwrap()), output, "{input}");
        }
    }

    /// What CPython 2.7 made of each text, or that it could not read it.
    #[test]
    fn renders_every_vector_as_python_2_did() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/django-sentry.json");
        let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let rows = file["python2_str_float"].as_array().unwrap();
        for row in rows {
            // Python takes blanks around a number.
            let text = row["in"].as_str().unwrap().trim_ascii();
            assert_eq!(text.parse().ok().map(python2_str).as_deref(), row["out"].as_str(), "{text:?}");
        }
        assert_eq!(rows.len(), 152);
    }
}
