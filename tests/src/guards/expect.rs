//! What an answer has to be.

use http::header;

use super::{Checked, Reply};

/// This status; admitted or not, as it says.
pub fn expect_status(what: &str, reply: &Reply, status: u16) -> Checked {
    let admitted = reply.body() == "admitted";
    if reply.status() == status && admitted == (status == 200) {
        Ok(())
    } else {
        Err(format!("{what}: {} and {:?}, not {status}", reply.status(), reply.body()))
    }
}

/// The one answer of a guard whose store cannot say: 503, when to come again, no challenge, and not a word of what is wrong.
pub fn expect_unavailable(what: &str, reply: &Reply) -> Checked {
    expect_status(what, reply, 503)?;
    let field = |name| reply.headers().get_all(name).iter().map(|value| value.as_bytes()).collect::<Vec<_>>();
    let told = field(header::RETRY_AFTER) == [b"1"] && field(header::CACHE_CONTROL) == [b"no-store"];
    let known =
        [header::RETRY_AFTER, header::CACHE_CONTROL, header::CONTENT_LENGTH, header::CONTENT_TYPE, header::DATE];
    let quiet = reply.headers().keys().all(|name| known.contains(name)) && reply.body() == "Service Unavailable\n";
    if told && quiet { Ok(()) } else { Err(format!("{what}: {reply:?}")) }
}
