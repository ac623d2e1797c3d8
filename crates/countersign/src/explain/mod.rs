//! Why a signature does not match: for operators, offline.
//!
//! A request that does not verify was signed with another secret, or changed between the signer and the verifier: a framework
//! parsed the body and wrote it again, a proxy decoded the path, ended TLS or took a prefix off. The [`Doctor`] undoes one such
//! change after the other, and says which one makes the signature fit.
//!
//! ```
//! use countersign::explain::{BodyChange, Doctor};
//! use countersign::hmac::schemes::GitHub;
//! use countersign::{Clock, Secret, Secrets, SystemClock};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let signature = "sha256=1a763b1f352d220a314db46b42b1cbc50b0032b00015fd3d038d42c3666b7217";
//! let request = http::Request::post("/hook").header("x-hub-signature-256", signature).body(())?;
//! // What was signed had no blanks.
//! let body = br#"{"action": "opened", "number": 1}"#;
//!
//! let scheme = GitHub::new();
//! let secrets = Secrets::from(Secret::new("It's a Secret to Everybody")?);
//! let explanation = Doctor::new(&scheme).explain(&request.into_parts().0, body, &secrets, SystemClock::new().now());
//!
//! let mismatch = explanation.mismatch().ok_or("nothing was found")?;
//! assert_eq!(mismatch.changes(), [BodyChange::JsonCompact.into()]);
//! assert!(explanation.to_string().contains("read the raw bytes"));
//! # Ok(())
//! # }
//! ```
//!
//! # What is tried
//!
//! 1. The request as it arrived.
//! 2. Other bodies: JSON laid out, escaped and ordered in other ways, forms, line ends, compression, character sets ([`BodyChange`]).
//! 3. Other targets: scheme, host and port, prefixes, slashes, escapes, queries, methods ([`TargetChange`]). What the request's own
//!    `X-Forwarded-…`, `Forwarded` and `X-Original-…` fields say is tried, and never believed.
//! 4. Other keys made of the secrets, and secrets that are over; other spellings of signature and time ([`CredentialsChange`]).
//! 5. Other bodies with other targets, two changes at once.
//!
//! The first that fits ends the search. All of it goes through the engine that verifies, and through its one comparison, so that what
//! is named is what was signed, but for somebody who finds a collision. A search that finds nothing has shown that none of it was the
//! cause. What it costs is bounded by a [`Budget`].
//!
//! What needs no search is said as well: no credentials, malformed ones with the scheme's own reason, an unknown key, a clock that is
//! wrong and by how much, a signature that leaves out what must be covered. Whether a request is a replay is not known here.
//!
//! # What this must not become
//!
//! An [`Explanation`] has no secret, no signature and none of our MACs in it: it is no oracle. It does have parts of the request, and it
//! tells how a request would have to look to pass. It is for whoever holds the secrets: in a terminal, in a log that only operators
//! read. No layer asks for it, and no caller must see it. Whoever runs it on what strangers send bounds how often.

mod body;
mod budget;
mod change;
mod doctor;
mod escapes;
mod examine;
mod explanation;
mod finding;
mod fingerprint;
mod head;
mod search;
mod secret;
mod show;
mod spelled;
mod target;
mod trial;

pub use self::budget::{Budget, Work};
pub use self::change::{BodyChange, Change, CredentialsChange, TargetChange};
pub use self::doctor::Doctor;
pub use self::explanation::Explanation;
pub use self::finding::{Difference, Finding, Mismatch, Refusal};
