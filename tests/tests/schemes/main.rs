//! The formats, each held against vectors that its own library made, against every change of what it covers, and against
//! requests that could be taken for each other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "a test fails by panicking")]

mod adyen;
mod apisix;
mod body_mac;
mod careless;
mod cavage;
mod contentful;
mod custom;
mod duo;
mod edgegrid;
mod harness;
mod hawk;
mod hubspot;
mod injectivity;
mod kong;
mod linear;
mod mailgun;
mod mutation;
mod nested;
mod paddle;
mod rfc9421;
mod sentry_rpc;
mod shopify_query;
mod sigv4;
mod slack;
mod square;
mod standard_webhooks;
mod stripe;
mod twilio;
mod zoom;
