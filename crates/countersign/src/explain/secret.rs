//! The keys that somebody may have made of a secret.

use std::time::SystemTime;

use base64::Engine as _;
use base64::alphabet::{STANDARD as STANDARD_ALPHABET, URL_SAFE as URL_SAFE_ALPHABET};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use countersign_core::{Secret, SecretVersion, Secrets};
use zeroize::Zeroizing;

use crate::explain::{Change, CredentialsChange};
use crate::hmac::{KeyDecoding, PreparedKeys, SchemeProfile};

/// Keys, each with what was made otherwise, from most to least likely.
pub(super) fn keys(secrets: &Secrets, profile: &SchemeProfile, now: SystemTime) -> Vec<(Vec<Change>, PreparedKeys)> {
    let raw = profile.clone().with_key_decoding(KeyDecoding::Raw);
    let prepare = |version: &SecretVersion, bytes: Zeroizing<Vec<u8>>, profile: &SchemeProfile| {
        let mut made = SecretVersion::new(Secret::new(bytes.to_vec()).ok()?);
        if let Some(label) = version.label() {
            made = made.with_label(label.clone());
        }
        PreparedKeys::new(&Secrets::from_iter([made]), profile, now).ok()
    };
    let mut found = Vec::new();
    for version in secrets.iter().take(MAX_VERSIONS) {
        let secret = version.secret().expose_secret();
        if !version.is_live(now) {
            let prepared = prepare(version, Zeroizing::new(secret.to_vec()), profile);
            found.extend(prepared.map(|keys| (vec![CredentialsChange::SecretNotLive.into()], keys)));
        }
        for (change, bytes) in cleaned(secret) {
            found.extend(prepare(version, bytes, profile).map(|keys| (vec![change.into()], keys)));
        }
        for (change, bytes) in remade(secret, profile.key_decoding) {
            found.extend(prepare(version, bytes, &raw).map(|keys| (vec![change.into()], keys)));
        }
    }
    // RFC 2104 fills a key with zeros up to the length of a block: one zero is the empty key.
    if let Some(version) = secrets.iter().next() {
        let empty = prepare(version, Zeroizing::new(vec![0]), &raw);
        found.extend(empty.map(|keys| (vec![CredentialsChange::SecretEmpty.into()], keys)));
    }
    found
}

type Made = (CredentialsChange, Zeroizing<Vec<u8>>);

/// The secret without what does not belong to it, still spelled as the format wants it.
fn cleaned(secret: &[u8]) -> Vec<Made> {
    let mut made = Vec::new();
    let trimmed = secret.trim_ascii();
    if trimmed.len() != secret.len() {
        made.push((CredentialsChange::SecretTrimmed, Zeroizing::new(trimmed.to_vec())));
    }
    if let [b'"', inside @ .., b'"'] | [b'\'', inside @ .., b'\''] = trimmed {
        made.push((CredentialsChange::SecretUnquoted, Zeroizing::new(inside.to_vec())));
    }
    made
}

/// Other bytes that are taken for the key itself.
fn remade(secret: &[u8], decoding: KeyDecoding) -> Vec<Made> {
    let mut made = Vec::new();
    let mut add = |change, bytes: Vec<u8>| made.push((change, Zeroizing::new(bytes)));
    let prefix = match decoding {
        KeyDecoding::Base64 { prefix } => prefix.as_bytes(),
        KeyDecoding::Raw | KeyDecoding::Hex => COMMON_PREFIX,
    };
    let rest = secret.strip_prefix(prefix).filter(|_| !prefix.is_empty());
    match (decoding, rest) {
        (KeyDecoding::Raw, rest) => {
            add(CredentialsChange::SecretNewline, [secret, b"\n"].concat());
            rest.into_iter().for_each(|rest| add(CredentialsChange::SecretPrefixRemoved, rest.to_vec()));
        }
        (_, Some(rest)) => {
            add(CredentialsChange::SecretPrefixKept, secret.to_vec());
            add(CredentialsChange::SecretNotDecoded, rest.to_vec());
        }
        (_, None) => {
            add(CredentialsChange::SecretNotDecoded, secret.to_vec());
            if !prefix.is_empty() {
                add(CredentialsChange::SecretPrefixKept, [prefix, secret].concat());
            }
        }
    }
    let text = rest.unwrap_or(secret).trim_ascii();
    if !matches!(decoding, KeyDecoding::Base64 { .. }) {
        let engines = [STANDARD_ALPHABET, URL_SAFE_ALPHABET].map(|alphabet| {
            let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
            GeneralPurpose::new(&alphabet, lenient)
        });
        if let Some(bytes) = engines.iter().find_map(|engine| engine.decode(text).ok()) {
            add(CredentialsChange::SecretBase64Decoded, bytes);
        }
    }
    if decoding != KeyDecoding::Hex
        && let Some(bytes) = KeyDecoding::Hex.key(text)
    {
        add(CredentialsChange::SecretHexDecoded, bytes.to_vec());
    }
    if decoding == KeyDecoding::Raw {
        add(CredentialsChange::SecretBase64Spelled, STANDARD.encode(secret).into_bytes());
        add(
            CredentialsChange::SecretHexSpelled,
            secret.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        );
    }
    made
}

/// What several providers put before the secrets that they hand out.
const COMMON_PREFIX: &[u8] = b"whsec_";
const MAX_VERSIONS: usize = 8;
