//! How many files a process may have open: connections are files.

/// Sees to it that this process, and those that it starts from now on, can have so many files open at once.
///
/// # Errors
/// When the system does not allow as many.
#[cfg(unix)]
pub fn allow_open_files(wanted: u64) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let refused = |why: String| format!("{wanted} open files are needed, and the system does not allow them: {why}");
    if maximum.is_some_and(|maximum| maximum < wanted) {
        return Err(refused(format!("its limit is {}", maximum.unwrap_or_default())));
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).map_err(|error| refused(error.to_string()))
}

/// The system has no such limit.
#[cfg(not(unix))]
pub fn allow_open_files(_wanted: u64) -> Result<(), String> {
    Ok(())
}
