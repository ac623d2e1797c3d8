//! Which media types a caller takes (RFC 9110 §12.5.1).

use http::HeaderValue;

/// Whether a list of media types names JSON or a type built on it; `*/*` alone asks for nothing in particular.
pub(super) fn names_json(list: &HeaderValue) -> bool {
    let ranges = list.as_bytes().split(|b| *b == b',');
    ranges.map(|range| range.split(|b| *b == b';').next().unwrap_or_default().trim_ascii()).any(|range| {
        let suffix = range.last_chunk::<5>().is_some_and(|end| end.eq_ignore_ascii_case(b"+json"));
        suffix || range.eq_ignore_ascii_case(b"application/json")
    })
}

/// Which of the offers the list prefers, the first one of equals; `None` if it takes none of them.
#[cfg(feature = "bearer")]
pub(super) fn preferred<'o>(list: &HeaderValue, offers: &[&'o str]) -> Option<&'o str> {
    let weighed = offers.iter().map(|offer| (weight(list, offer), *offer)).filter(|(weight, _)| *weight > 0);
    // The last of several maxima is taken: turned round, the first.
    weighed.rev().max_by_key(|(weight, _)| *weight).map(|(_, offer)| offer)
}

/// How much the list wants `offer`, in thousandths: what its most specific range says.
#[cfg(feature = "bearer")]
fn weight(list: &HeaderValue, offer: &str) -> u16 {
    let ranges = list.as_bytes().split(|b| *b == b',').filter_map(|range| {
        let mut parts = range.split(|b| *b == b';').map(<[u8]>::trim_ascii);
        let specificity = specificity(parts.next()?, offer)?;
        let quality = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
        Some((specificity, quality.map_or(Some(1000), thousandths)?))
    });
    ranges.max_by_key(|(specificity, _)| *specificity).map_or(0, |(_, quality)| quality)
}

/// How exactly a range names `offer`; `None` if it does not.
#[cfg(feature = "bearer")]
fn specificity(range: &[u8], offer: &str) -> Option<u8> {
    let kind = offer.split('/').next().unwrap_or_default();
    if range == b"*/*" {
        Some(0)
    } else if range.strip_suffix(b"/*").is_some_and(|range| range.eq_ignore_ascii_case(kind.as_bytes())) {
        Some(1)
    } else {
        range.eq_ignore_ascii_case(offer.as_bytes()).then_some(2)
    }
}

/// RFC 9110 §12.4.2; `None` for what is no weight.
#[cfg(feature = "bearer")]
fn thousandths(weight: &[u8]) -> Option<u16> {
    let (whole, fraction) = weight.split_first()?;
    let digits = match fraction {
        [] => &[][..],
        [b'.', digits @ ..] if digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => return None,
    };
    let places = digits.iter().chain(b"000").take(3);
    let fraction = places.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, fraction) {
        (b'0', fraction) => Some(fraction),
        (b'1', 0) => Some(1000),
        _ => None,
    }
}

#[cfg(all(test, feature = "bearer"))]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_offer_is_taken_and_the_first_of_equals() {
        let offers = ["text/html", "application/json"];
        for (list, expected) in [
            ("text/html", Some("text/html")),
            ("application/json", Some("application/json")),
            ("APPLICATION/JSON", Some("application/json")),
            ("*/*", Some("text/html")),
            ("application/*", Some("application/json")),
            ("text/html;q=0.5, application/json;q=0.51", Some("application/json")),
            ("text/html ; level=1; q=0.5 ,*/*;q=0.1", Some("text/html")),
            ("text/html;q=0,*/*", Some("application/json")),
            ("text/*;q=0.2,text/html;q=0.1,application/json;q=0.15", Some("application/json")),
            ("text/html;q=0.1,text/*;q=0.9,application/json;q=0.5", Some("application/json")),
            ("text/plain", None),
            ("text/html;q=0", None),
            ("text/html;q=2", None),
            ("text/html;q=1.001", None),
            ("text/html;q=", None),
            ("text/html;q=0.1234", None),
            ("html", None),
            ("", None),
        ] {
            assert_eq!(preferred(&HeaderValue::from_static(list), &offers), expected, "{list}");
        }
    }
}
