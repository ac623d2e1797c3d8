//! What the target does not take, it refuses in words.

use std::process::Command;

use libtest_mimic::Trial;

use crate::{Checked, corpus, named};

pub(crate) fn trials() -> Vec<Trial> {
    vec![named("target::what_cannot_be_honoured_is_refused_in_words", refused_in_words)]
}

fn refused_in_words() -> Checked {
    let settings = [
        ("bearer", "no_such_key=1", "there is no key `no_such_key`; see --help"),
        ("bearer", "max_body=much", "`max_body` cannot be `much`: it is a number"),
        ("bearer", "max_key_id_bytes=512", "`max_key_id_bytes` cannot be `512`: it is `256`, and cannot be changed"),
        ("bearer", "cache_ttl_s=5", "a cache: tokens are looked up anew"),
        ("bearer", "skew_s=5", "skew_s, sentry_max_age_s: nothing is timed by them"),
        ("sentry-legacy", "insecure_reference_query=true", "another scheme's"),
        ("ustudio-hmac-v2", "style=original", "there is one style only"),
        ("ustudio-hmac-v2", "replay_fault=error", "replay_fault without replay=on"),
    ];
    for (scheme, setting, words) in settings {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attack-target"));
        command.arg("--fixtures").arg(corpus::path()).args(["--scheme", scheme, "--set", setting]);
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() || !output.stdout.is_empty() || !said.contains(words) {
            return Err(format!("{setting}: {said:?}"));
        }
    }
    Ok(())
}
