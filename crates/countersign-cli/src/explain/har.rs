//! HAR 1.2: requests as browsers and proxies save them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::incoming::{Incoming, head};
use crate::failure::{Failure, Result};

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Field>,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct PostData {
    text: Option<String>,
    /// Not in the format, and written all the same.
    encoding: Option<String>,
}

/// Reads one request of it, the only one where none is chosen.
pub(super) fn read(bytes: &[u8], entry: Option<usize>) -> Result<Incoming> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let har: Har =
        serde_json::from_slice(bytes).map_err(|error| Failure::usage(format!("that is no HAR file: {error}")))?;
    let count = har.log.entries.len();
    let which = match (entry, count) {
        (_, 0) => return Err(Failure::usage("the HAR file has no requests")),
        (None, 1) => 0,
        (None, _) => {
            return Err(Failure::usage(format!(
                "there are {count} requests: say which with --entry 0 to {}",
                count - 1
            )));
        }
        (Some(entry), _) => entry,
    };
    let entry = har.log.entries.into_iter().nth(which);
    let request = entry
        .ok_or_else(|| Failure::usage(format!("there are {count} requests: the last is --entry {}", count - 1)))?
        .request;
    // What HTTP/2 has in fields of its own stands in the URL too.
    let fields = request.headers.iter().filter(|field| !field.name.starts_with(':'));
    let head = head(&request.method, &request.url, fields.map(|field| (&*field.name, field.value.as_bytes())))?;
    let body = match request.post_data {
        None => Vec::new(),
        Some(PostData { text: None, .. }) => {
            return Err(Failure::usage(
                "the HAR file has the fields of the body, and not its bytes: save the request otherwise",
            ));
        }
        Some(PostData { text: Some(text), encoding: None }) => text.into_bytes(),
        Some(PostData { text: Some(text), .. }) => {
            STANDARD.decode(text).map_err(|_| Failure::usage("the body in the HAR file is not base64, as it says"))?
        }
    };
    Ok(Incoming { head, body, notes: Vec::new() })
}
