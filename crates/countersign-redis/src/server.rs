//! What a Redis is, and whether it will do.

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::open_error::OpenErrorKind;

/// What is asked of a Redis before it is used.
#[derive(Clone, Debug)]
pub(crate) struct Demands {
    /// `INFO` may not be asked, and nothing is checked.
    pub(crate) blind: bool,
    pub(crate) may_evict: bool,
    pub(crate) may_forget: bool,
}

/// Why a Redis will not do.
pub(crate) type Refusal = (OpenErrorKind, Box<dyn std::error::Error + Send + Sync>);

impl Demands {
    /// What scripts are told of it; see `scripts/base.lua`.
    pub(crate) const fn mode(&self) -> &'static str {
        match self {
            Self { blind: true, .. } => "blind",
            Self { may_forget: true, .. } => "volatile",
            _ => "",
        }
    }

    /// Looks at a Redis without changing anything in it.
    pub(crate) async fn check(&self, connection: &mut MultiplexedConnection) -> Result<(), Refusal> {
        if self.blind {
            return Ok(());
        }
        let info: String = redis::cmd("INFO").query_async(connection).await.map_err(hidden)?;
        self.judge(&info)
    }

    fn judge(&self, info: &str) -> Result<(), Refusal> {
        let fact = |name| fact(info, name);
        let version = fact("redis_version").and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        let checks = [
            ("loading", fact("loading") == Some("1"), OpenErrorKind::Unavailable),
            ("redis_version", version.is_none_or(|major| major < OLDEST), OpenErrorKind::TooOld),
            ("role", fact("role") != Some("master"), OpenErrorKind::Replica),
            ("run_id", fact("run_id").is_none(), OpenErrorKind::Hidden),
            ("maxmemory_policy", fact("maxmemory_policy").is_none(), OpenErrorKind::Hidden),
            ("aof_enabled", fact("aof_enabled").is_none(), OpenErrorKind::Hidden),
            (
                "maxmemory_policy",
                fact("maxmemory_policy") != Some("noeviction") && !self.may_evict,
                OpenErrorKind::Evicting,
            ),
            ("aof_enabled", fact("aof_enabled") != Some("1") && !self.may_forget, OpenErrorKind::Volatile),
        ];
        match checks.into_iter().find(|(_, is_bad, _)| *is_bad) {
            Some((name, _, kind)) => Err((kind, format!("{name}:{}", fact(name).unwrap_or("(nothing)")).into())),
            None => Ok(()),
        }
    }
}

/// What an error means for whoever asks for `INFO`: it may be forbidden, or have another name.
fn hidden(error: RedisError) -> Refusal {
    match error.code() {
        Some("NOPERM" | "ERR") => (OpenErrorKind::Hidden, error.into()),
        _ => refusal(error),
    }
}

/// What an error means for whoever wants to use this Redis.
pub(crate) fn refusal(error: RedisError) -> Refusal {
    let kind = match error.kind() {
        ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => OpenErrorKind::Denied,
        ErrorKind::InvalidClientConfig => OpenErrorKind::InvalidOptions,
        ErrorKind::RESP3NotSupported => OpenErrorKind::TooOld,
        ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown) => OpenErrorKind::Replica,
        ErrorKind::Server(ServerErrorKind::Moved) => OpenErrorKind::OtherNode,
        _ => match error.code() {
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => OpenErrorKind::Denied,
            _ => OpenErrorKind::Unavailable,
        },
    };
    (kind, error.into())
}

/// What `INFO` says of this.
pub(crate) fn fact<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    info.lines().find_map(|line| line.split_once(':').filter(|(own, _)| *own == name)).map(|(_, value)| value.trim())
}

/// `INFO` with several sections at once, which the scripts ask for, came with 7.0.
const OLDEST: u32 = 7;
