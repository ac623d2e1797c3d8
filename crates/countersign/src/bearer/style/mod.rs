//! The answers of systems whose clients are to find what they know.

mod answer;
mod date;
mod djblets;
mod kallithea;
mod sentry_api;

pub use djblets::DjbletsRejection;
pub use kallithea::KallitheaRejection;
pub use sentry_api::SentryApiRejection;
