//! Where in a path the organisation stands.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// A path that ends with an organisation's segment: `/orgs/{org}`. Every path that begins like it matches, whatever follows.
///
/// ```
/// use countersign::gate::OrganisationPath;
///
/// let path: OrganisationPath = "/orgs/{org}".parse()?;
/// # Ok::<(), countersign::gate::InvalidOrganisationPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationPath {
    before: Box<str>,
}

impl OrganisationPath {
    /// The organisation that a path names: `None` where it names none, or where whoever decodes and resolves the path
    /// before routing could see another one in it.
    pub(super) fn organisation<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(&*self.before)?;
        let organisation = rest.split('/').next().unwrap_or_default();
        let plain = !organisation.is_empty() && !organisation.contains(['%', '\\']);
        (plain && !has_dot_segment(rest)).then_some(organisation)
    }
}

impl FromStr for OrganisationPath {
    type Err = InvalidOrganisationPath;

    fn from_str(path: &str) -> Result<Self, InvalidOrganisationPath> {
        let (before, name) =
            path.strip_suffix('}').and_then(|path| path.split_once('{')).ok_or(InvalidOrganisationPath)?;
        let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let segments = before.strip_prefix('/').ok_or(InvalidOrganisationPath)?;
        let segments = match segments {
            "" => true,
            _ => segments.strip_suffix('/').is_some_and(|segments| segments.split('/').all(is_plain_segment)),
        };
        if named && segments { Ok(Self { before: before.into() }) } else { Err(InvalidOrganisationPath) }
    }
}

/// A path for [`OrganisationLayer`](crate::gate::OrganisationLayer) was not plain segments and then one in braces, at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidOrganisationPath;

impl fmt::Display for InvalidOrganisationPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an organisation's path is plain segments and then one in braces: /orgs/{org}")
    }
}

impl std::error::Error for InvalidOrganisationPath {}

/// RFC 3986 §3.3, without percent-encoding and dot segments.
fn is_plain_segment(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&b))
}

/// Whether a path has a segment that leads to where it is or up (RFC 3986 §5.2.4): as it stands or once it is decoded, with
/// either slash, and with the parameters that some servers take off a segment.
fn has_dot_segment(path: &str) -> bool {
    let decoded: std::borrow::Cow<'_, [u8]> = percent_decode_str(path).into();
    let mut segments = decoded.split(|b| matches!(b, b'/' | b'\\'));
    segments.any(|segment| matches!(segment.split(|b| *b == b';').next(), Some(b"." | b"..")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_names_its_organisation_or_none() {
        let path: OrganisationPath = "/orgs/{org}".parse().unwrap();
        let cases = [
            ("the segment at the end", "/orgs/acme", Some("acme")),
            ("a slash behind", "/orgs/acme/", Some("acme")),
            ("more behind", "/orgs/acme/things/7", Some("acme")),
            ("escapes behind", "/orgs/acme/a%20b%2Fc", Some("acme")),
            ("dots that are no dot segment", "/orgs/a.b/..c/d..", Some("a.b")),
            ("an empty segment behind", "/orgs/acme//things", Some("acme")),
            ("no organisation", "/orgs", None),
            ("an empty organisation", "/orgs/", None),
            ("an empty organisation and more", "/orgs//acme", None),
            ("an empty segment before", "//orgs/acme", None),
            ("another path", "/org/acme", None),
            ("a longer first segment", "/orgsx/acme", None),
            ("another case", "/Orgs/acme", None),
            ("an escape before", "/%6frgs/acme", None),
            ("an escape in it", "/orgs/%61cme", None),
            ("a slash in it", "/orgs/acme%2fother", None),
            ("a backslash in it", "/orgs/acme\\other", None),
            ("a backslash before", "/orgs\\acme", None),
            ("a dot segment as it", "/orgs/./acme", None),
            ("two dots as it", "/orgs/../acme", None),
            ("a dot segment before", "/./orgs/acme", None),
            ("two dots before", "/x/../orgs/acme", None),
            ("two dots behind", "/orgs/acme/../other", None),
            ("two dots at the end", "/orgs/acme/..", None),
            ("a dot segment behind", "/orgs/acme/./things", None),
            ("escaped dots behind", "/orgs/acme/%2e%2E/other", None),
            ("half escaped dots behind", "/orgs/acme/.%2e/other", None),
            ("escaped slashes around dots", "/orgs/acme/x%2f..%2f..%2Fother", None),
            ("backslashes around dots", "/orgs/acme/x\\..\\..\\other", None),
            ("dots with parameters", "/orgs/acme/..;x=1/other", None),
            ("the asterisk of OPTIONS", "*", None),
            ("nothing", "", None),
        ];
        for (name, target, organisation) in cases {
            assert_eq!(path.organisation(target), organisation, "{name}");
        }
        let root: OrganisationPath = "/{organisation}".parse().unwrap();
        assert_eq!(root.organisation("/acme/things"), Some("acme"));
        assert_eq!(root.organisation("/"), None);
    }

    #[test]
    fn a_pattern_is_plain_segments_and_one_in_braces() {
        for good in ["/{org}", "/orgs/{org}", "/api/v1/orgs/{org_id}", "/~a/b.c/{x}"] {
            assert!(good.parse::<OrganisationPath>().is_ok(), "{good}");
        }
        let bad = [
            "",
            "/",
            "/orgs",
            "orgs/{org}",
            "/orgs/{}",
            "/orgs/{org}/",
            "/orgs/{org}/things",
            "/orgs/x{org}",
            "/orgs//{org}",
            "//{org}",
            "/../{org}",
            "/./{org}",
            "/%61/{org}",
            "/a\\b/{org}",
            "/{a}/{b}",
            "/orgs/{o/rg}",
            "/orgs/{*org}",
            "{org}",
            "/é/{org}",
            "/a b/{org}",
        ];
        for bad in bad {
            assert_eq!(bad.parse::<OrganisationPath>(), Err(InvalidOrganisationPath), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whoever_decodes_and_resolves_the_path_sees_the_same_organisation(rest in "[a-c./%2eEfF5\\\\;]{0,24}") {
            let path: OrganisationPath = "/orgs/{org}".parse().unwrap();
            let target = format!("/orgs/{rest}");
            if let Some(organisation) = path.organisation(&target) {
                let decoded = percent_decode_str(&target).decode_utf8_lossy().replace('\\', "/");
                let mut resolved: Vec<&str> = Vec::new();
                for segment in decoded.split('/').skip(1) {
                    match segment {
                        "." => {}
                        ".." => drop(resolved.pop()),
                        segment => resolved.push(segment),
                    }
                }
                prop_assert_eq!(&resolved[..2], &["orgs", organisation]);
            }
        }
    }
}
