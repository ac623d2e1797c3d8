//! The scripts: each change is one of them, and so one atomic step.

use std::sync::LazyLock;

use redis::{Cmd, ToRedisArgs};

/// A script, known to Redis by its SHA-1.
pub(crate) struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

/// A script and what it is to be run with. Its first argument is the [mode](crate::server::Demands::mode).
pub(crate) struct Call {
    script: &'static Script,
    arguments: Vec<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(script: &'static LazyLock<Script>) -> Self {
        Self { script: LazyLock::force(script), arguments: Vec::new() }
    }

    pub(crate) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// The names and values of facts, one after the other.
    pub(crate) fn facts(self, facts: Vec<(&'static str, Vec<u8>)>) -> Self {
        facts.into_iter().fold(self, |call, (name, value)| call.arg(name).arg(value))
    }

    /// The command by which a server that has the script runs it.
    pub(crate) fn by_hash(&self, base: &str, mode: &str) -> Cmd {
        self.command("EVALSHA", &self.script.hash, base, mode)
    }

    /// The command by which any server runs it, and has it from then on.
    pub(crate) fn by_code(&self, base: &str, mode: &str) -> Cmd {
        self.command("EVAL", self.script.code, base, mode)
    }

    fn command(&self, name: &str, script: &str, base: &str, mode: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(1).arg(base).arg(mode);
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}

/// Scripts by name: what they have in common comes first.
macro_rules! scripts {
    ($($name:ident: $($file:literal)+;)*) => {$(
        pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("scripts/base.lua"), $("\n", include_str!(concat!("scripts/", $file, ".lua"))),+))
        });
    )*};
}

scripts! {
    ADD_SECRET: "secrets" "add_secret";
    ADD_TOKEN: "tokens" "add_token";
    CLAIM: "state" "claim";
    CREATE: "state" "create";
    DELETE_TOKEN: "tokens" "delete_token";
    GREET: "state" "greet";
    LIST_SECRETS: "secrets" "list_secrets";
    LIST_TOKENS: "tokens" "filter" "list_tokens";
    LIST_VERSIONS: "secrets" "list_versions";
    PRUNE_TOKENS: "tokens" "prune_tokens";
    RECORD_MATCHES: "secrets" "record_matches";
    RECORD_USE: "tokens" "record_use";
    REPLACE_SECRETS: "secrets" "replace_secrets";
    REPLACE_TOKEN: "tokens" "replace_token";
    RETIRE_SECRET: "secrets" "retire_secret";
    REVOKE_TOKEN: "tokens" "revoke_token";
    REVOKE_TOKENS: "tokens" "filter" "revoke_tokens";
    TOKEN_BY_ID: "tokens" "token_by_id";
    UPDATE_TOKEN: "tokens" "update_token";
    VOUCH: "state" "vouch";
}
