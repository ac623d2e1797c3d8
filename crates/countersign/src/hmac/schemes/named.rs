//! Formats by name, for command lines and configuration.

mod error;
mod parameters;

use std::sync::Arc;

use http::HeaderName;

pub use self::error::NamedSchemeError;
pub use self::parameters::SchemeParameters;
#[cfg(feature = "rfc9421")]
use super::Rfc9421;
#[cfg(feature = "json")]
use super::{Adyen, Linear, Mailgun};
use super::{
    Apisix, BodyMac, Cavage, Contentful, Duo, EdgeGrid, GitHub, Hawk, HubSpot, Kong, Paddle, SentryRpc, ShopifyQuery,
    SigV4, Slack, Square, StandardWebhooks, Stripe, Twilio, UstudioV2, Zoom,
};
use crate::hmac::HmacScheme;
#[cfg(feature = "sentry")]
use crate::sentry::SentryMessage;

/// The format of this name, one of [`names`] or a shorter one (`sigv4`, `rfc9421`, `cavage`, …), made with what of
/// `parameters` means something to it. Case does not matter.
///
/// ```
/// use countersign::hmac::schemes::{SchemeParameters, named};
/// use countersign::{HmacAuthLayer, MemoryStore, Secret};
///
/// let store = MemoryStore::new().with_secret("stripe", Secret::new("whsec_of_an_endpoint")?);
/// let layer = HmacAuthLayer::new(named("stripe", &SchemeParameters::new())?, store);
///
/// let unknown = named("strip", &SchemeParameters::new()).err().map(|error| error.to_string());
/// assert!(unknown.is_some_and(|text| text.contains("github") && text.contains("stripe")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When there is no such format among the features that are on, or it needs a parameter that is not there.
pub fn named(name: &str, parameters: &SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError> {
    let format = find(name).ok_or_else(|| NamedSchemeError::Unknown { name: name.into() })?;
    (format.make)(parameters)
}

/// The names of all formats, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name)
}

/// Whether requests of the format of this name say which key they are signed with; `None` when there is no such format.
#[must_use]
pub fn has_key_id(name: &str) -> Option<bool> {
    find(name).map(|format| format.has_key_id)
}

/// A format, its names, and how it is made.
struct Format {
    name: &'static str,
    aliases: &'static [&'static str],
    has_key_id: bool,
    make: fn(&SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError>,
}

fn find(name: &str) -> Option<&'static Format> {
    let is = |other: &&str| other.eq_ignore_ascii_case(name);
    FORMATS.iter().find(|format| is(&format.name) || format.aliases.iter().any(is))
}

impl Format {
    const fn keyed(
        name: &'static str,
        aliases: &'static [&'static str],
        make: fn(&SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError>,
    ) -> Self {
        Self { name, aliases, has_key_id: true, make }
    }
}

/// A format whose requests do not say the key.
macro_rules! keyless {
    ($name:literal $(| $alias:literal)*, $new:expr) => {
        Format {
            name: $name,
            aliases: &[$($alias),*],
            has_key_id: false,
            make: |parameters| {
                let scheme = $new;
                Ok(match parameters.key_id.clone() {
                    None => Arc::new(scheme),
                    Some(key_id) => Arc::new(scheme.with_key_id(key_id)),
                })
            },
        }
    };
}

/// Applies the options of formats that list what they cover.
macro_rules! listing {
    ($scheme:expr, $parameters:ident) => {{
        let mut scheme = $scheme;
        if $parameters.sha1 {
            scheme = scheme.with_insecure_sha1();
        }
        if let Some(names) = &$parameters.covered {
            scheme = scheme.with_covered_components(names);
        }
        if let Some(algorithm) = $parameters.algorithm {
            scheme = scheme.with_algorithm(algorithm);
        }
        scheme
    }};
}

/// In order.
const FORMATS: &[Format] = &[
    keyless!("adyen", BodyMac::adyen()),
    #[cfg(feature = "json")]
    keyless!("adyen-notification", Adyen::new()),
    Format::keyed("akamai-edgegrid", &["edgegrid", "akamai"], edgegrid),
    Format::keyed("apisix-hmac-auth", &["apisix"], |parameters| Ok(Arc::new(listing!(Apisix::new(), parameters)))),
    keyless!("asana", BodyMac::asana()),
    Format::keyed("aws-sigv4", &["sigv4", "aws"], sigv4),
    keyless!("bitbucket", BodyMac::bitbucket()),
    Format { has_key_id: false, ..Format::keyed("contentful", &[], contentful) },
    Format::keyed("draft-cavage", &["cavage"], |parameters| {
        let scheme = listing!(Cavage::new(), parameters);
        Ok(Arc::new(if parameters.reference { scheme.with_insecure_reference_digest() } else { scheme }))
    }),
    keyless!("dropbox", BodyMac::dropbox()),
    Format::keyed("duo", &["duo-v2"], |parameters| {
        Ok(Arc::new(if parameters.sha1 { Duo::v2().with_insecure_sha1() } else { Duo::v2() }))
    }),
    Format::keyed("duo-v5", &[], |parameters| {
        Ok(Arc::new(if parameters.sha1 { Duo::v5().with_insecure_sha1() } else { Duo::v5() }))
    }),
    keyless!("gitea" | "forgejo", BodyMac::gitea()),
    keyless!("github", GitHub::new()),
    Format::keyed("hawk", &[], |parameters| {
        let scheme = Hawk::new();
        Ok(Arc::new(if parameters.sha1 { scheme.with_insecure_sha1() } else { scheme }))
    }),
    keyless!("hubspot-v3" | "hubspot", HubSpot::new()),
    keyless!("intercom", BodyMac::intercom()),
    Format::keyed("kong-hmac-auth", &["kong"], |parameters| Ok(Arc::new(listing!(Kong::new(), parameters)))),
    keyless!("line", BodyMac::line()),
    #[cfg(feature = "json")]
    keyless!("linear", Linear::new()),
    #[cfg(feature = "json")]
    keyless!("mailgun", Mailgun::new()),
    keyless!("meta" | "facebook" | "whatsapp", BodyMac::meta()),
    keyless!("paddle", Paddle::new()),
    keyless!("razorpay", BodyMac::razorpay()),
    #[cfg(feature = "rfc9421")]
    Format::keyed("rfc9421-hmac-sha256", &["rfc9421"], |parameters| {
        let mut scheme = Rfc9421::new();
        if let Some(tag) = &parameters.tag {
            scheme = scheme.with_tag(tag.clone());
        }
        if let Some(label) = &parameters.label {
            scheme = scheme.with_label(label.clone());
        }
        if let Some(names) = &parameters.covered {
            scheme = scheme.with_covered_components(names);
        }
        if let Some(lifetime) = parameters.lifetime {
            scheme = scheme.with_lifetime(lifetime);
        }
        Ok(Arc::new(if parameters.no_nonce { scheme.without_nonce() } else { scheme }))
    }),
    keyless!("sentry-hook" | "sentry-modern", BodyMac::sentry_hook()),
    #[cfg(feature = "sentry")]
    Format::keyed("sentry-legacy", &["sentry"], |parameters| {
        Ok(Arc::new(parameters.key_id.clone().map_or_else(SentryMessage::new, SentryMessage::with_global_key_id)))
    }),
    keyless!("sentry-rpc", SentryRpc::new()),
    keyless!("shopify", BodyMac::shopify()),
    keyless!("shopify-query", ShopifyQuery::new()),
    keyless!("slack", Slack::new()),
    Format { has_key_id: false, ..Format::keyed("square", &[], square) },
    keyless!("standard-webhooks" | "svix", StandardWebhooks::new()),
    keyless!("stripe", Stripe::new()),
    keyless!("twilio", Twilio::new()),
    keyless!("typeform", BodyMac::typeform()),
    Format::keyed("ustudio-hmac", &["ustudio"], |parameters| {
        let scheme = UstudioV2::new();
        Ok(Arc::new(if parameters.reference { scheme.with_insecure_reference_query() } else { scheme }))
    }),
    keyless!("vercel", BodyMac::vercel()),
    keyless!("zoom", Zoom::new()),
];

fn contentful(parameters: &SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError> {
    let mut scheme = Contentful::new();
    if let Some(key_id) = parameters.key_id.clone() {
        scheme = scheme.with_key_id(key_id);
    }
    Ok(Arc::new(if parameters.reference { scheme.with_insecure_decoded_target() } else { scheme }))
}

fn edgegrid(parameters: &SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError> {
    let mut scheme = EdgeGrid::new();
    if let Some(token) = &parameters.access_token {
        scheme = scheme.with_access_token(token.clone());
    }
    if parameters.reference {
        // What older clients of Akamai's cover of a body; as much as newer ones cover is read in any case.
        scheme = scheme.with_longest_body(2_048).with_insecure_uncovered_tail();
    }
    let fields = parameters.covered.iter().flatten().map(|name| name.parse()).collect::<Result<Vec<HeaderName>, _>>();
    let needs = NamedSchemeError::Parameter { name: "akamai-edgegrid", needs: "names of header fields to cover" };
    Ok(Arc::new(scheme.with_signed_fields(fields.map_err(|_| needs)?)))
}

fn sigv4(parameters: &SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError> {
    let needs = NamedSchemeError::Parameter { name: "aws-sigv4", needs: "a region and a service" };
    let (region, service) = parameters.scope.clone().ok_or(needs)?;
    let mut scheme = SigV4::new(region, service);
    if let Some(lifetime) = parameters.lifetime {
        scheme = scheme.with_signature_in_query(lifetime);
    }
    Ok(Arc::new(if parameters.presigned { scheme.with_presigned_urls() } else { scheme }))
}

fn square(parameters: &SchemeParameters) -> Result<Arc<dyn HmacScheme>, NamedSchemeError> {
    let needs = NamedSchemeError::Parameter { name: "square", needs: "its notification URL, an absolute one" };
    let url = parameters.url.as_ref().ok_or_else(|| needs.clone())?;
    let scheme = Square::new(url).map_err(|_| needs)?;
    Ok(match parameters.key_id.clone() {
        None => Arc::new(scheme),
        Some(key_id) => Arc::new(scheme.with_key_id(key_id)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_formats() {
        let all: Vec<&str> = FORMATS.iter().flat_map(|format| [&[format.name], format.aliases].concat()).collect();
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len(), "a name means one format");
        assert!(names().is_sorted());
        let parameters = SchemeParameters::new()
            .with_scope("us-east-1", "service")
            .with_notification_url("https://example.com/square");
        for name in all {
            assert!(named(name, &parameters).is_ok(), "{name}");
            assert!(named(&name.to_uppercase(), &parameters).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let error = |name| named(name, &SchemeParameters::new()).err().map(|error| error.to_string());
        assert_eq!(error("aws-sigv4").as_deref(), Some("the scheme aws-sigv4 needs a region and a service"));
        assert_eq!(error("square").as_deref(), Some("the scheme square needs its notification URL, an absolute one"));
        let unknown = error("strip\"e").unwrap();
        assert!(unknown.starts_with("there is no scheme \"strip\\\"e\"; there are: adyen, "));
        assert!(unknown.ends_with(", vercel, zoom"));
        assert_eq!([has_key_id("hawk"), has_key_id("stripe"), has_key_id("other")], [Some(true), Some(false), None]);
    }
}
