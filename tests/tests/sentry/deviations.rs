//! Rows that come out otherwise than they say: each has to be listed, with what comes out and why.

pub use countersign_tests::{Compared, Deviation};

pub const ADMITTED: (u16, &str) = (200, "");
pub const BAD_REQUEST: (u16, &str) = (400, "Bad Request");
pub const NO_DATA: (u16, &str) = (400, "Missing data");
pub const NO_FORMAT: (u16, &str) = (400, "Invalid format");
pub const NO_TIMESTAMP: (u16, &str) = (400, "Invalid timestamp");
pub const UNAUTHORIZED: (u16, &str) = (401, "Unauthorized");
pub const BAD_SIGNATURE: (u16, &str) = (403, "Invalid signature");
pub const BAD_CREDENTIALS: (u16, &str) = (403, "Invalid credentials");

pub const BOTH_FIELDS: &str =
    "credentials in both fields are refused: which of them count must not depend on who reads";
pub const BOTH_RENDERINGS: &str = "the timestamp as it was sent is signed from Sentry 2.0 on, and both are accepted";
pub const BOTH_SPELLINGS: &str =
    "the field is read under the name that it has in HTTP, which 1.7.5 did not, and no other";
pub const DECIMAL: &str = "a timestamp is decimal digits with a point at most";
pub const FORMER_500: &str = "the original fell over it";
pub const FUTURE: &str = "more than 60 seconds ahead is refused";
pub const KEY_FIRST: &str = "in a form the key is judged first, as 1.13.5 had it";
pub const LATER_EQUALS: &str = "a later = belongs to the value";
pub const NO_EVENT: &str = "its body is no event; the row ends where the signature is judged";
pub const NO_FORM: &str = "what is neither signed nor a form has no credentials, as from Sentry 2.0 on";
pub const ONCE: &str = "a parameter occurs once";
pub const PICKLE: &str = "a pickle is never read";
pub const REWRITTEN: &str = "1.x signs the number as Python 2 writes it: its servers refuse this too (reject-int-ts)";
pub const WORD: &str = "the auth-scheme is the word Sentry";
pub const X_SENTRY_AUTH: &str = "X-Sentry-Auth is read, as from Sentry 2.0 on";
