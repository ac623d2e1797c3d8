//! The formats: one file each, pure data in, pure data out. One that is not here can be [described](custom).

#[cfg(feature = "json")]
mod adyen;
mod apisix;
mod body_mac;
mod cavage;
mod contentful;
pub mod custom;
mod duo;
mod edgegrid;
mod field_list;
mod github;
mod hawk;
mod hubspot;
mod keyless;
mod kong;
#[cfg(feature = "json")]
mod linear;
#[cfg(feature = "json")]
mod mailgun;
mod named;
mod paddle;
#[cfg(feature = "rfc9421")]
mod rfc9421;
mod sentry_rpc;
mod shopify_query;
mod sigv4;
mod slack;
mod square;
mod standard_webhooks;
mod stripe;
mod text;
mod timestamped;
mod twilio;
mod url;
mod ustudio;
mod zoom;

#[cfg(feature = "json")]
pub use adyen::Adyen;
pub use apisix::Apisix;
pub use body_mac::BodyMac;
pub use cavage::Cavage;
pub use contentful::Contentful;
pub use custom::CustomScheme;
pub use duo::Duo;
pub use edgegrid::EdgeGrid;
pub use github::GitHub;
pub use hawk::Hawk;
pub use hubspot::HubSpot;
pub use kong::Kong;
#[cfg(feature = "json")]
pub use linear::Linear;
#[cfg(feature = "json")]
pub use mailgun::Mailgun;
pub use named::{NamedSchemeError, SchemeParameters, has_key_id, named, names};
pub use paddle::Paddle;
#[cfg(feature = "rfc9421")]
pub use rfc9421::Rfc9421;
pub use sentry_rpc::SentryRpc;
pub use shopify_query::ShopifyQuery;
pub use sigv4::SigV4;
pub use slack::Slack;
pub use square::{InvalidNotificationUrl, Square};
pub use standard_webhooks::StandardWebhooks;
pub use stripe::Stripe;
pub use twilio::Twilio;
pub use ustudio::UstudioV2;
pub use zoom::Zoom;
