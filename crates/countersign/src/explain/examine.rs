//! What needs no search: what the layer refuses before it looks at a signature.

use std::time::{Duration, SystemTime};

use countersign_core::Secrets;

use crate::auth::{AuthError, AuthErrorKind};
use crate::explain::doctor::Doctor;
use crate::explain::finding::Refusal;
use crate::explain::head::Head;
use crate::explain::show::Curtain;
use crate::hmac::{Leeway, Presented, covered_by, judge_time, read_credentials};

/// What was seen of a request without a MAC.
#[derive(Default)]
pub(super) struct Examined {
    pub(super) refusals: Vec<Refusal>,
    /// Whether there is anything to verify.
    pub(super) is_signed: bool,
    pub(super) created: Option<SystemTime>,
    pub(super) bases: Vec<String>,
}

impl Examined {
    pub(super) fn of(doctor: &Doctor<'_>, head: &Head<'_>, body: &[u8], secrets: &Secrets, now: SystemTime) -> Self {
        let signed = head.signed();
        let mut examined = Self { is_signed: true, ..Self::default() };
        if let Err(error) = read_credentials(doctor.scheme, &signed) {
            use AuthErrorKind as Kind;
            let hopeless = [Kind::MissingCredentials, Kind::SeveralCredentials, Kind::CredentialsTooLong];
            examined.is_signed = !hopeless.contains(&error.kind());
            examined.refuse(missing(doctor, &error).unwrap_or_else(|| Refusal::of(&error)));
        }
        // What has the wrong method can be read nevertheless.
        let Ok(Some(presented)) = doctor.scheme.parse(&signed) else { return examined };
        let presented = match doctor.scheme.profile().reads_body {
            false => presented,
            true => match doctor.scheme.parse_body(presented, body) {
                Ok(presented) => presented,
                Err(malformed) => {
                    examined.refuse(Refusal::of(&malformed.into()));
                    return examined;
                }
            },
        };
        examined.created = presented.created();
        examined.judge_key(doctor, &presented, secrets);
        examined.judge_time(doctor, &presented, now);
        if let Err(malformed) = doctor.scheme.profile().algorithm_of(&presented) {
            examined.refuse(Refusal::of(&malformed.into()));
        }
        let bases = match doctor.scheme.bases(&signed, &presented) {
            Ok(bases) => bases,
            Err(malformed) => {
                examined.refuse(Refusal::of(&malformed.into()));
                return examined;
            }
        };
        let curtain = Curtain::before(secrets, doctor.scheme, head, body);
        match covered_by(&bases, &presented, body.is_empty()) {
            Err(malformed) => examined.refuse(Refusal::of(&malformed.into())),
            Ok(covered) => {
                examined.bases = bases.iter().map(|base| curtain.base(base, body.len())).collect();
                let left_out = doctor.required.without(covered);
                if !left_out.is_empty() {
                    let text = format!("the signature does not cover what it has to: {left_out:?}");
                    examined.refuse(Refusal::new(AuthErrorKind::InsufficientCoverage, text));
                }
            }
        }
        examined
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }

    fn judge_key(&mut self, doctor: &Doctor<'_>, presented: &Presented, secrets: &Secrets) {
        let named = presented.key_id().as_str().escape_debug();
        match &doctor.key_id {
            _ if secrets.is_empty() => {
                self.refuse(Refusal::new(AuthErrorKind::UnknownKey, format!("the key \"{named}\" has no secret")));
            }
            Some(ours) if ours != presented.key_id() => {
                let ours = ours.as_str().escape_debug();
                let text = format!("the request names the key \"{named}\", and the secrets are those of \"{ours}\"");
                self.refuse(Refusal::new(AuthErrorKind::UnknownKey, text));
            }
            _ => {}
        }
    }

    fn judge_time(&mut self, doctor: &Doctor<'_>, presented: &Presented, now: SystemTime) {
        let Err(error) = judge_time(presented, doctor.leeway, now) else { return };
        let Leeway { past, future } = doctor.leeway;
        let text = error.skew().map(|skew| {
            let apart = Duration::from_secs(skew.unsigned_abs());
            match error.kind() {
                AuthErrorKind::Stale => {
                    format!("it was signed {} ago, and {} are allowed", spelled(apart), spelled(past))
                }
                _ => format!("it was signed {} from now, and {} are allowed", spelled(apart), spelled(future)),
            }
        });
        self.refuse(text.map_or_else(|| Refusal::of(&error), |text| Refusal::new(error.kind(), text)));
    }
}

/// Where the credentials would have to be.
fn missing(doctor: &Doctor<'_>, error: &AuthError) -> Option<Refusal> {
    let fields: Vec<_> = doctor.scheme.profile().credentials.iter().map(http::HeaderName::as_str).collect();
    let text = format!("there are no credentials of this format; they stand in {}", fields.join(", "));
    (error.kind() == AuthErrorKind::MissingCredentials && !fields.is_empty())
        .then(|| Refusal::new(AuthErrorKind::MissingCredentials, text))
}

/// As people say it, to the second: `3725 s (1 h 2 min 5 s)`.
fn spelled(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let parts: Vec<_> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if seconds < 60 { format!("{seconds} s") } else { format!("{seconds} s ({})", parts.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        for (seconds, said) in [
            (0, "0 s"),
            (59, "59 s"),
            (300, "300 s (5 min)"),
            (3725, "3725 s (1 h 2 min 5 s)"),
            (90_000, "90000 s (1 d 1 h)"),
        ] {
            assert_eq!(spelled(Duration::from_secs(seconds)), said);
        }
    }
}
