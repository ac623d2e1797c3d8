//! Token formats on the command line.

use std::str::FromStr;

use clap::Args;
use countersign_core::TokenFormat;

use crate::failure::{Failure, Result};

/// What new tokens look like.
#[derive(Args)]
pub(crate) struct FormatOptions {
    /// What the token begins with, 1 to 16 of a-z and 0-9; secret scanners find leaked tokens by it
    ///
    /// The token is PREFIX_, 30 random characters, and a checksum of 6. Without --prefix and --format the environment
    /// variable COUNTERSIGN_TOKEN_PREFIX is the prefix, and without that, csgn.
    #[arg(long, value_name = "PREFIX", value_parser = prefix_checksum)]
    prefix: Option<TokenFormat>,

    /// Another program's format: kallithea, legacy_sha1, sentry_user, sentry_org:ORGANISATION,URL[,REGION_URL] or
    /// vendor_checksum:TYPE
    #[arg(long, value_name = "FORMAT", conflicts_with = "prefix")]
    format: Option<NamedFormat>,
}

impl FormatOptions {
    /// The format that was named.
    pub(crate) fn named(&self) -> Option<TokenFormat> {
        let format = self.format.as_ref().map(|NamedFormat(format)| format);
        self.prefix.as_ref().or(format).cloned()
    }

    /// The format that was named, or else the usual one.
    pub(crate) fn chosen(&self) -> Result<TokenFormat> {
        self.named().map_or_else(usual, Ok)
    }

    /// The format that was named, or else the one of this id.
    pub(crate) fn like(&self, id: Option<&str>) -> Result<TokenFormat> {
        let named = self.named();
        match (named, id) {
            (Some(format), _) => Ok(format),
            (None, None | Some("prefix_checksum")) => usual(),
            // Some need more than their id.
            (None, Some(id)) => match id.parse() {
                Ok(NamedFormat(format)) => Ok(format),
                Err(_) => Err(Failure::usage(format!(
                    "the old token has the format {id}, which says too little about how the new one is to look: add \
                     --prefix or --format"
                ))),
            },
        }
    }
}

/// How `--format` writes a format.
#[derive(Clone)]
struct NamedFormat(TokenFormat);

impl FromStr for NamedFormat {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, more) = text.split_once(':').map_or((text, None), |(name, more)| (name, Some(more)));
        let format =
            match (name, more) {
                ("kallithea", None) => Ok(TokenFormat::kallithea()),
                ("legacy_sha1", None) => Ok(TokenFormat::legacy_sha1()),
                ("sentry_user", None) => Ok(TokenFormat::sentry_user()),
                ("sentry_org", Some(more)) => {
                    let (org, urls) = more.split_once(',').ok_or("write sentry_org:ORGANISATION,URL")?;
                    let (url, region_url) = urls.split_once(',').unwrap_or((urls, urls));
                    TokenFormat::sentry_org(org, url, region_url)
                }
                ("vendor_checksum", Some(token_type)) => TokenFormat::vendor_checksum(token_type),
                ("prefix_checksum", Some(prefix)) => TokenFormat::new(prefix),
                _ => return Err(
                    "write kallithea, legacy_sha1, sentry_user, sentry_org:ORGANISATION,URL or vendor_checksum:TYPE"
                        .to_owned(),
                ),
            };
        format.map(Self).map_err(|error| error.to_string())
    }
}

/// A format that a text is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) format: &'static str,
    /// What it begins with, where that is the application's choice.
    pub(crate) prefix: Option<String>,
}

/// All formats that `text` is in, whatever its prefix.
pub(crate) fn recognise(text: &str) -> Vec<Recognised> {
    let prefix = text.split('_').next().unwrap_or_default();
    let token_type = text.rsplit_once('_').map_or("", |(token_type, _)| token_type);
    let candidates = [
        (TokenFormat::new(prefix), Some(prefix)),
        (TokenFormat::vendor_checksum(token_type), Some(token_type)),
        (Ok(TokenFormat::sentry_user()), None),
        (TokenFormat::sentry_org("any", "any", "any"), None),
        (Ok(TokenFormat::kallithea()), None),
        (Ok(TokenFormat::legacy_sha1()), None),
    ];
    let formats = candidates.into_iter().filter_map(|(format, prefix)| Some((format.ok()?, prefix)));
    let fitting = formats.filter(|(format, _)| format.matches(text));
    fitting.map(|(format, prefix)| Recognised { format: format.id(), prefix: prefix.map(str::to_owned) }).collect()
}

/// Whether `text` would be in a format with a checksum if its checksum held.
pub(crate) fn is_nearly_well_formed(text: &str) -> bool {
    text.rsplit_once('_').is_some_and(|(prefix, rest)| {
        let fits = (rest.len() == 36 && TokenFormat::new(prefix).is_ok())
            || (text.len() == 255 && TokenFormat::vendor_checksum(prefix).is_ok());
        fits && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn prefix_checksum(prefix: &str) -> std::result::Result<TokenFormat, String> {
    TokenFormat::new(prefix).map_err(|error| error.to_string())
}

fn usual() -> Result<TokenFormat> {
    let prefix = std::env::var("COUNTERSIGN_TOKEN_PREFIX").ok().filter(|prefix| !prefix.is_empty());
    let prefix = prefix.as_deref().unwrap_or("csgn");
    TokenFormat::new(prefix).map_err(|error| Failure::usage(format!("COUNTERSIGN_TOKEN_PREFIX: {error}")))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn every_format_is_named_minted_and_recognised() {
        for (name, id) in [
            ("kallithea", "kallithea"),
            ("legacy_sha1", "legacy_sha1"),
            ("prefix_checksum:acme", "prefix_checksum"),
            ("sentry_org:acme,https://sentry.example", "sentry_org"),
            ("sentry_user", "sentry_user"),
            ("vendor_checksum:rb_p", "vendor_checksum"),
        ] {
            let Ok(NamedFormat(format)) = name.parse() else { panic!("{name}") };
            assert_eq!(format.id(), id);
            let token = format.mint(SystemTime::UNIX_EPOCH);
            assert!(recognise(token.expose_secret()).iter().any(|seen| seen.format == id), "{name}");
        }
        for bad in
            ["", "acme", "kallithea:x", "vendor_checksum", "vendor_checksum:", "sentry_org:acme", "prefix_checksum:A"]
        {
            assert!(bad.parse::<NamedFormat>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wrong_checksum_is_told_from_another_shape() {
        let token = TokenFormat::new("acme").unwrap().mint(SystemTime::UNIX_EPOCH);
        let text = token.expose_secret();
        let mistyped = format!("{}{}", &text[..text.len() - 1], if text.ends_with('x') { 'y' } else { 'x' });
        assert!(recognise(&mistyped).is_empty() && is_nearly_well_formed(&mistyped));
        assert!(!is_nearly_well_formed("acme_short") && !is_nearly_well_formed(&text[5..]));
    }
}
