//! Signatures and times that are spelled otherwise than the format has them.

use std::borrow::Cow;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderName, HeaderValue};

use crate::explain::head::Head;
use crate::explain::trial::Respelled;
use crate::explain::{Change, CredentialsChange};
use crate::hmac::{Algorithm, Output, PresentedSignature, SchemeProfile};

/// A head with something about its credentials written as the format has it.
pub(super) struct Corrected<'r> {
    pub(super) changes: Vec<Change>,
    pub(super) head: Head<'r>,
    pub(super) respelled: Option<Respelled>,
}

/// The head with each of its signatures in the format's encoding, and as one of the algorithm that has its length.
pub(super) fn signatures<'r>(head: &Head<'r>, profile: &SchemeProfile) -> Vec<Corrected<'r>> {
    let mut found = Vec::new();
    for (name, value) in profile.credentials.iter().filter_map(|name| Some((name, head.field(name.as_str())?))) {
        for place in words(value).into_iter().take(MAX) {
            let Some(word) = value.get(place.clone()) else { continue };
            let Some(bytes) = decoded(word) else { continue };
            let Some(algorithm) = ALGORITHMS.into_iter().find(|algorithm| length(*algorithm) == bytes.len()) else {
                continue;
            };
            let spelled = profile.encoding.encode(&Output::new(&bytes));
            let spelling = match spelled.as_str() {
                same if same == word => None,
                other if other.eq_ignore_ascii_case(word) => Some(CredentialsChange::SignatureCase),
                _ => Some(CredentialsChange::SignatureEncoding),
            };
            let with = |text: &str| with_word(head, name, value, place.clone(), text);
            if let Some((change, head)) = spelling.zip(with(spelled.as_str())) {
                found.push(Corrected { changes: vec![change.into()], head, respelled: None });
            }
            // What has another length cannot even be read: something of the right length stands in for it.
            let stand_in = profile.encoding.encode(&Output::new(&vec![0; length(profile.algorithm)]));
            if algorithm != profile.algorithm
                && let (Some(head), Ok(signature)) =
                    (with(stand_in.as_str()), PresentedSignature::new(spelled.as_slice()))
            {
                let changes = [Some(CredentialsChange::Algorithm), spelling].into_iter().flatten();
                let respelled = Some(Respelled { algorithm, signature });
                found.push(Corrected { changes: changes.map(Change::from).collect(), head, respelled });
            }
        }
    }
    found
}

/// The head with each time in milliseconds in seconds, and the other way round.
pub(super) fn times<'r>(head: &Head<'r>, now: SystemTime) -> Vec<Corrected<'r>> {
    let fields = head.fields.iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
    let numbers = fields.flat_map(|(name, value)| {
        runs(value, |byte| byte.is_ascii_digit()).into_iter().map(move |place| (name, value, place))
    });
    let mut found = Vec::new();
    for (name, value, place) in numbers {
        let number = value.get(place.clone()).unwrap_or_default();
        let (change, other) = match number.len() {
            13 => (CredentialsChange::TimeInMilliseconds, number.get(..10).unwrap_or_default().to_owned()),
            10 => (CredentialsChange::TimeInSeconds, format!("{number}000")),
            _ => continue,
        };
        let seconds: u64 = number.get(..10).and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        if is_near(seconds, now)
            && found.len() < MAX
            && let Some(head) = with_word(head, name, value, place, &other)
        {
            found.push(Corrected { changes: vec![change.into()], head, respelled: None });
        }
    }
    found
}

/// What unit a time seems to have that is far off: it is near when it is read in the other.
pub(super) fn unit(created: SystemTime, now: SystemTime) -> Option<CredentialsChange> {
    let seconds = created.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    if is_near(seconds, now) {
        None
    } else if is_near(seconds / 1000, now) {
        Some(CredentialsChange::TimeInMilliseconds)
    } else if is_near(seconds.saturating_mul(1000), now) {
        Some(CredentialsChange::TimeInSeconds)
    } else {
        None
    }
}

fn is_near(seconds: u64, now: SystemTime) -> bool {
    let Some(time) = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) else { return false };
    let apart = now.duration_since(time).unwrap_or_else(|ahead| ahead.duration());
    apart < NEAR
}

fn with_word<'r>(head: &Head<'r>, name: &HeaderName, value: &str, place: Range<usize>, word: &str) -> Option<Head<'r>> {
    let (before, after) = (value.get(..place.start)?, value.get(place.end..)?);
    let mut fields = head.fields.clone().into_owned();
    fields.insert(name, HeaderValue::try_from([before, word, after].concat()).ok()?);
    Some(Head { fields: Cow::Owned(fields), ..head.clone() })
}

/// Whatever can be a signature: runs of letters, digits and what else the encodings have, with the padding behind.
fn words(value: &str) -> Vec<Range<usize>> {
    let mut words = runs(value, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'));
    for word in &mut words {
        let padding = value.get(word.end..).unwrap_or_default().bytes().take(2).take_while(|byte| *byte == b'=');
        word.end += padding.count();
    }
    words.retain(|word| word.len() >= MIN_WORD);
    words
}

fn runs(value: &str, belongs: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in value.bytes().enumerate().filter(|(_, byte)| belongs(*byte)) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Hexadecimal in either case, or base64 of either alphabet, padded or not.
fn decoded(word: &str) -> Option<Vec<u8>> {
    if word.bytes().all(|byte| byte.is_ascii_hexdigit()) && word.len() >= MIN_HEX && word.len().is_multiple_of(2) {
        let (pairs, _) = word.as_bytes().as_chunks::<2>();
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        return pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    }
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(word).ok())
}

/// How many bytes a MAC has.
const fn length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::HmacSha1 => 20,
        Algorithm::HmacSha256 => 32,
        Algorithm::HmacSha384 => 48,
        Algorithm::HmacSha512 => 64,
    }
}

const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha384, Algorithm::HmacSha512];
/// Ten years: as long as requests are kept by those who look into them.
const NEAR: Duration = Duration::from_secs(10 * 365 * 86400);
const MAX: usize = 8;
/// 20 bytes in base64 without padding.
const MIN_WORD: usize = 27;
/// 20 bytes.
const MIN_HEX: usize = 40;
