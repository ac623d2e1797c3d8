//! Which store: what `--store` says.

use std::fmt;
use std::path::PathBuf;

use super::options::StoreOptions;
use crate::failure::{Failure, Result};

/// Where tokens and secrets are kept.
pub(crate) struct Address {
    pub(super) place: Place,
    pub(super) options: StoreOptions,
}

pub(super) enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// The address as the client library understands it, with the password.
    Postgres(String),
    /// Likewise.
    Redis(String),
}

impl Address {
    /// Reads the address of a store. What it does not understand it does not repeat: there may be a password in it.
    pub(crate) fn parse(text: &str, options: StoreOptions) -> Result<Self> {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        let place = match scheme {
            "sqlite" => Place::Sqlite(file(rest)?),
            "postgres" | "postgresql" => Place::Postgres(text.to_owned()),
            "redis" | "rediss" | "redis+unix" | "valkey" | "valkeys" | "valkey+unix" => Place::Redis(text.to_owned()),
            _ => return Err(Failure::usage(UNKNOWN)),
        };
        Ok(Self { place, options })
    }

    /// `text` without the password, if the store's client library has quoted it.
    pub(crate) fn without_password(&self, text: &str) -> String {
        match self.password() {
            Some(password) if !password.is_empty() => text.replace(password, "***"),
            _ => text.to_owned(),
        }
    }

    fn password(&self) -> Option<&str> {
        let (Place::Postgres(url) | Place::Redis(url)) = &self.place else { return None };
        let (user, _) = authority(url).rsplit_once('@')?;
        user.split_once(':').map(|(_, password)| password)
    }
}

/// Without user, password and options.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Sqlite(path) => write!(f, "the database {}", path.display()),
            Place::Postgres(url) => write!(f, "PostgreSQL at {}", host(url)),
            Place::Redis(url) => write!(f, "Redis at {}", host(url)),
        }
    }
}

/// `auth.sqlite`, `/var/lib/auth.sqlite`, `//auth.sqlite` and `///var/lib/auth.sqlite`: what others write behind `sqlite:`.
fn file(rest: &str) -> Result<PathBuf> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    // On Windows `sqlite:///C:/auth.sqlite` means `C:/auth.sqlite`.
    let drive = path.strip_prefix('/').filter(|path| cfg!(windows) && path.chars().nth(1) == Some(':'));
    match drive.unwrap_or(path) {
        "" => Err(Failure::usage("the store has no file: write sqlite:FILE")),
        ":memory:" => Err(Failure::usage("a store in memory would be gone when the command ends: name a file")),
        path if path.contains('?') => Err(Failure::usage("a SQLite store takes no options: write sqlite:FILE")),
        path => Ok(PathBuf::from(path)),
    }
}

/// What stands between `//` and the path.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn host(url: &str) -> &str {
    let authority = authority(url);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() { "its usual place" } else { host }
}

const UNKNOWN: &str =
    "that is no store; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE or redis://HOST:PORT/NUMBER";

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> StoreOptions {
        StoreOptions { prefix: None, timeout: std::time::Duration::from_secs(1), insecure_redis: Vec::new() }
    }

    fn parsed(text: &str) -> std::result::Result<String, String> {
        match Address::parse(text, options()) {
            Ok(address) => Ok(address.to_string()),
            Err(Failure::Usage(text)) => Err(text),
            Err(_) => panic!("another failure"),
        }
    }

    #[test]
    fn addresses_are_read_as_others_write_them() {
        for (text, shown) in [
            ("sqlite:auth.sqlite", "the database auth.sqlite"),
            ("sqlite://auth.sqlite", "the database auth.sqlite"),
            ("sqlite:///srv/auth.sqlite", "the database /srv/auth.sqlite"),
            ("sqlite:/srv/auth.sqlite", "the database /srv/auth.sqlite"),
            ("postgres://ada:pass@db.example:5433/auth?sslmode=require", "PostgreSQL at db.example:5433"),
            ("postgresql://db.example/auth", "PostgreSQL at db.example"),
            ("postgresql:///auth", "PostgreSQL at its usual place"),
            ("redis://:pass@127.0.0.1:6379/2", "Redis at 127.0.0.1:6379"),
            ("rediss://cache.example", "Redis at cache.example"),
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_not_repeated() {
        for text in ["", "auth.sqlite", "mysql://ada:pass@db/auth", "POSTGRES://ada:pass@db", "pass"] {
            let refused = parsed(text).unwrap_err();
            assert_eq!(refused, UNKNOWN, "{text}");
        }
        for text in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:auth.sqlite?mode=rwc"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_taken_out_of_texts() {
        let address =
            Address::parse("postgres://ada:p4ss:w@rd@db/auth", options()).unwrap_or_else(|_| panic!("understood"));
        assert_eq!(address.without_password("cannot log in with p4ss:w@rd"), "cannot log in with ***");
        assert!(!address.to_string().contains("p4ss"));
    }
}
