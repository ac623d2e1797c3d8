//! The doctor: what is known, and what is asked.

use std::fmt;
use std::time::{Duration, SystemTime};

use countersign_core::{KeyId, Secrets};
use http::request::Parts;

use crate::auth::{AuthErrorKind, PublicUrl, SignedHead};
use crate::explain::examine::Examined;
use crate::explain::finding::{Finding, Refusal};
use crate::explain::head::Head;
use crate::explain::search::Search;
use crate::explain::target::Candidates;
use crate::explain::{Budget, Explanation, Work};
use crate::hmac::{Coverage, HmacScheme, Leeway, PreparedKeys};

/// Says why a request does not verify. Configured as the layer is that refused it.
pub struct Doctor<'d> {
    pub(super) scheme: &'d dyn HmacScheme,
    pub(super) leeway: Leeway,
    pub(super) required: Coverage,
    pub(super) key_id: Option<KeyId>,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) candidates: Candidates,
    pub(super) budget: Budget,
}

impl<'d> Doctor<'d> {
    /// For requests of this format, judged as a layer judges them that was told nothing else.
    #[must_use]
    pub fn new(scheme: &'d dyn HmacScheme) -> Self {
        let profile = scheme.profile();
        Self {
            scheme,
            leeway: profile.leeway().unwrap_or(Leeway::new(Duration::from_secs(300), Duration::from_secs(60))),
            required: profile.covers(),
            key_id: None,
            public_url: None,
            candidates: Candidates::default(),
            budget: Budget::default(),
        }
    }

    /// How far a signature's time may lie in the past and in the future, both limits included.
    #[must_use]
    pub const fn with_leeway(mut self, past: Duration, future: Duration) -> Self {
        self.leeway = Leeway::new(past, future);
        self
    }

    /// What a signature has to cover.
    #[must_use]
    pub const fn with_required_components(mut self, required: Coverage) -> Self {
        self.required = required;
        self
    }

    /// Whose secrets they are. Where the request names another key, that is said.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = Some(key_id);
        self
    }

    /// The public URL with which the layer is configured.
    #[must_use]
    pub fn with_public_url(mut self, url: PublicUrl) -> Self {
        self.public_url = Some(url);
        self
    }

    /// Another authority, host and perhaps port, under which the service is known; eight of them are tried.
    #[must_use]
    pub fn with_host(mut self, authority: impl Into<String>) -> Self {
        self.candidates.hosts.push(authority.into());
        self
    }

    /// A part that a proxy may take off the path, or put before it: `/api`; eight of them are tried.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.candidates.prefixes.push(prefix.into());
        self
    }

    /// How much a search may cost.
    #[must_use]
    pub const fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Says why this request does not verify, or that it does.
    ///
    /// `secrets` are all that is known of the key, those that are over too; `now` is when the request arrived. The body is the
    /// bytes that arrived, whatever its length: of one that is longer than the [budget](Budget) nothing is tried.
    #[must_use]
    pub fn explain(&self, parts: &Parts, body: &[u8], secrets: &Secrets, now: SystemTime) -> Explanation {
        let mut explanation = Explanation {
            scheme: self.scheme.profile().name(),
            holds: false,
            findings: Vec::new(),
            bases: Vec::new(),
            work: Work::default(),
            complete: true,
            searched: false,
        };
        let head = match SignedHead::read(parts, self.public_url.as_ref()) {
            Ok(head) => Head::of(&head),
            Err(error) => {
                explanation.findings.push(Finding::Refusal(Refusal::of(&error)));
                return explanation;
            }
        };
        let mut examined = Examined::of(self, &head, body, secrets, now);
        explanation.bases = std::mem::take(&mut examined.bases);
        if examined.is_signed && !secrets.is_empty() {
            let prepared = PreparedKeys::new(secrets, self.scheme.profile(), now);
            match &prepared {
                Err(_) => examined.refusals.push(Refusal::new(
                    AuthErrorKind::Misconfigured,
                    "a secret of this key is not spelled as its format spells keys",
                )),
                Ok(keys) if !keys.has_live(now) => {
                    examined.refusals.push(Refusal::new(AuthErrorKind::UnknownKey, "no secret of this key is live"));
                }
                Ok(_) => {}
            }
            let mut search = Search::new(self, &head, body, secrets, now);
            explanation.holds = search.holds(prepared.ok(), examined.created);
            explanation.searched = true;
            explanation.findings.extend(search.finding());
            (explanation.work, explanation.complete) = (search.work(), search.is_complete());
        }
        explanation.findings.extend(examined.refusals.into_iter().map(Finding::Refusal));
        if explanation.verifies() && self.scheme.profile().leeway().is_some() {
            explanation.findings.push(Finding::ReplayUnknown);
        }
        explanation
    }
}

impl fmt::Debug for Doctor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doctor")
            .field("scheme", &self.scheme.profile().name())
            .field("leeway", &self.leeway)
            .field("required", &self.required)
            .field("key_id", &self.key_id)
            .field("public_url", &self.public_url)
            .field("candidates", &self.candidates)
            .field("budget", &self.budget)
            .finish()
    }
}
