//! Files of vectors.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::row::Vector;
use super::scheme;

/// A vector by its id, or what is wrong with it.
pub(super) type Row = (String, Result<Vector, String>);

/// All vectors of a file.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| format!("it could not be opened: {error}"))?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| format!("it could not be read: {error}"))?;
    if bytes.len() as u64 > LIMIT {
        return Err("it has more than 256 MiB".to_owned());
    }
    let file: Value = serde_json::from_slice(&bytes).map_err(|error| format!("it is not JSON: {error}"))?;
    let rows = file.get("vectors").ok_or("it has no `vectors`: it is not a file of requests with their outcomes")?;
    let rows = rows.as_array().ok_or("its `vectors` are not a list")?;
    // A file that does not name its scheme is named after it.
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let scheme = match file.get("scheme") {
        None => stem,
        Some(scheme) => scheme.as_str().ok_or("its `scheme` is not a text")?.to_owned(),
    };
    scheme::must_be_known(&scheme)?;
    let read = |(at, row): (usize, &Value)| {
        let id = row.get("id").and_then(Value::as_str).map_or_else(|| (at + 1).to_string(), str::to_owned);
        let vector = Vector::read(&id, &scheme, &file, row);
        (id, vector)
    };
    Ok(rows.iter().enumerate().map(read).collect())
}

const LIMIT: u64 = 256 << 20;
