//! A token in a cookie (RFC 6265 §4.2.1).

use http::{HeaderMap, HeaderValue, header};

/// The values of the cookies with this name, in all `Cookie` fields.
pub(super) fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h [u8]> {
    let cookies = headers.get_all(header::COOKIE).iter().flat_map(|field| pairs(field.as_bytes()));
    cookies.filter(move |(own, _)| *own == name.as_bytes()).map(|(_, value)| value)
}

/// Takes the cookies with this name off.
pub(super) fn remove(headers: &mut HeaderMap, name: &str) {
    let header::Entry::Occupied(fields) = headers.entry(header::COOKIE) else { return };
    let rest: Vec<HeaderValue> = fields.iter().filter_map(|field| without(field, name)).collect();
    fields.remove_entry_mult().1.for_each(drop);
    for field in rest {
        headers.append(header::COOKIE, field);
    }
}

/// The field without this cookie; `None` if nothing is left.
fn without(field: &HeaderValue, name: &str) -> Option<HeaderValue> {
    let rest: Vec<&[u8]> = field
        .as_bytes()
        .split(|byte| *byte == b';')
        .map(<[u8]>::trim_ascii)
        .filter(|pair| split(pair).0 != name.as_bytes())
        .collect();
    if rest.is_empty() { None } else { HeaderValue::from_bytes(&rest.join(&b"; "[..])).ok() }
}

fn pairs(field: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    field.split(|byte| *byte == b';').map(split)
}

/// Name and value, without the blanks around them, as those who read cookies do it.
fn split(pair: &[u8]) -> (&[u8], &[u8]) {
    let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
    let (name, value) = pair.split_at_checked(at).unwrap_or((pair, &[]));
    (name.trim_ascii(), value.strip_prefix(b"=").unwrap_or_default().trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (header::COOKIE, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn cookies_are_found_by_their_whole_name_in_all_fields() {
        let found = |values: &[&'static str]| {
            let headers = fields(values);
            values_of(&headers)
        };
        fn values_of(headers: &HeaderMap) -> Vec<String> {
            values(headers, "key").map(|value| String::from_utf8(value.to_vec()).unwrap()).collect()
        }
        let none: Vec<String> = Vec::new();
        assert_eq!(found(&[]), none);
        assert_eq!(found(&["keys=1; xkey=2; Key=3; a=key=4"]), none);
        assert_eq!(found(&["a=1; key=abc==; b=2"]), ["abc=="]);
        assert_eq!(found(&["key=1;key = 2", "b=3", "key"]), ["1", "2", ""]);
    }

    #[test]
    fn a_cookie_is_taken_off_and_the_others_stay() {
        for (before, after) in [
            (&["a=1; key=2; b=3"][..], &["a=1; b=3"][..]),
            (&["key=2"], &[]),
            (&["key=2", "a=1;b=\"x y\"", " key =3 ;c"], &["a=1; b=\"x y\"", "c"]),
            (&["keys=1"], &["keys=1"]),
        ] {
            let mut headers = fields(before);
            remove(&mut headers, "key");
            assert_eq!(headers, fields(after), "{before:?}");
        }
    }
}
