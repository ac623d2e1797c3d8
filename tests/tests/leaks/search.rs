//! Finds what must not be there, in whatever way it is written.

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What must be found nowhere.
#[derive(Clone, Debug, Default)]
pub struct Canaries(Vec<(String, Vec<u8>)>);

impl Canaries {
    pub fn add(&mut self, name: impl Into<String>, canary: impl Into<Vec<u8>>) {
        let canary = canary.into();
        assert!(canary.len() >= 12, "long enough not to be found by chance");
        self.0.push((name.into(), canary));
    }

    /// The names of those that are in there, as they are or in a spelling: hexadecimal, base64, a list of numbers.
    pub fn found_in(&self, haystack: &[u8]) -> Vec<&str> {
        let lower = haystack.to_ascii_lowercase();
        let is_in = |canary: &Vec<u8>| {
            spellings(canary).iter().any(|spelling| contains(haystack, spelling) || contains(&lower, spelling))
        };
        self.0.iter().filter(|(_, canary)| is_in(canary)).map(|(name, _)| &**name).collect()
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn spellings(canary: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = canary.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{canary:?}");
    let list = list.trim_matches(['[', ']']).to_owned();
    let mut spellings = vec![canary.to_vec(), canary.to_ascii_lowercase(), hex.into_bytes(), list.into_bytes()];
    for engine in [&STANDARD as &dyn Encodes, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        spellings.push(engine.spell(canary).into_bytes());
    }
    spellings
}

/// Any alphabet of base64.
trait Encodes {
    fn spell(&self, bytes: &[u8]) -> String;
}

impl<E: base64::Engine> Encodes for E {
    fn spell(&self, bytes: &[u8]) -> String {
        self.encode(bytes)
    }
}

#[test]
fn every_spelling_is_found() {
    let mut canaries = Canaries::default();
    canaries.add("text", "Canary of this test");
    canaries.add("bytes", [0, 255, 7, 9, 200, 31, 99, 128, 64, 33, 250, 251]);
    let logs: [(&str, &[u8]); 9] = [
        ("text", b"a Canary of this test."),
        ("text", b"a CANARY OF THIS TEST."),
        ("text", b"Q2FuYXJ5IG9mIHRoaXMgdGVzdA=="),
        ("text", b"43616E617279206f6620746869732074657374"),
        ("text", b"Secret([67, 97, 110, 97, 114, 121, 32, 111, 102, 32, 116, 104, 105, 115, 32, 116, 101, 115, 116])"),
        ("bytes", &[1, 0, 255, 7, 9, 200, 31, 99, 128, 64, 33, 250, 251, 2]),
        ("bytes", b"00ff0709c81f63804021fafb"),
        ("bytes", b"key=AP8HCcgfY4BAIfr7"),
        ("bytes", b"[0, 255, 7, 9, 200, 31, 99, 128, 64, 33, 250, 251]"),
    ];
    for (name, log) in logs {
        assert_eq!(canaries.found_in(log), [name], "{}", String::from_utf8_lossy(log));
    }
    assert!(canaries.found_in(b"a canary of another test").is_empty());
}
