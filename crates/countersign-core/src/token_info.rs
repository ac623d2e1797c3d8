//! What is known of a token.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::Scope;

/// What a [`TokenStore`](crate::TokenStore) knows of a token, in the words of RFC 7662 §2.2.
///
/// Facts only: whether the token is good at a given time is the layer's judgement. Cloning is cheap.
///
/// ```
/// use countersign_core::TokenInfo;
///
/// struct User { name: &'static str }
/// let info = TokenInfo::new("user-7").with_data(User { name: "Ada" });
/// assert_eq!(info.data::<User>().map(|user| user.name), Some("Ada"));
/// ```
#[derive(Clone)]
pub struct TokenInfo(Arc<Facts>);

#[derive(Clone)]
struct Facts {
    subject: Box<str>,
    id: Option<Box<str>>,
    client_id: Option<Box<str>>,
    organisation: Option<Box<str>>,
    scope: Scope,
    note: Option<Box<str>>,
    format: Option<Box<str>>,
    last_four: Option<Box<str>>,
    created_at: Option<SystemTime>,
    updated_at: Option<SystemTime>,
    last_used_at: Option<SystemTime>,
    not_before: Option<SystemTime>,
    expires_at: Option<SystemTime>,
    revoked_at: Option<SystemTime>,
    revoked_reason: Option<Box<str>>,
    data: Option<Arc<dyn Any + Send + Sync>>,
}

/// An optional fact: its `with_…` and its getter.
macro_rules! facts {
    (text { $($(#[$doc:meta])* $with:ident $field:ident;)* } time { $($(#[$tdoc:meta])* $twith:ident $tfield:ident;)* }) => {
        $(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
            #[must_use]
            pub fn $with(mut self, value: impl Into<Box<str>>) -> Self {
                Arc::make_mut(&mut self.0).$field = Some(value.into());
                self
            }

            $(#[$doc])*
            #[must_use]
            pub fn $field(&self) -> Option<&str> {
                self.0.$field.as_deref()
            }
        )*
        $(
            #[doc = concat!("Sets [`", stringify!($tfield), "`](Self::", stringify!($tfield), ").")]
            #[must_use]
            pub fn $twith(mut self, value: SystemTime) -> Self {
                Arc::make_mut(&mut self.0).$tfield = Some(value);
                self
            }

            $(#[$tdoc])*
            #[must_use]
            pub fn $tfield(&self) -> Option<SystemTime> {
                self.0.$tfield
            }
        )*
    };
}

impl TokenInfo {
    /// A token that belongs to `subject` and is good for ever, for nothing in particular.
    #[must_use]
    pub fn new(subject: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Facts {
            subject: subject.into(),
            id: None,
            client_id: None,
            organisation: None,
            scope: Scope::none(),
            note: None,
            format: None,
            last_four: None,
            created_at: None,
            updated_at: None,
            last_used_at: None,
            not_before: None,
            expires_at: None,
            revoked_at: None,
            revoked_reason: None,
            data: None,
        }))
    }

    /// Whose token it is (`sub`).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    facts! { text {
        /// The name of the record itself, by which an administrator speaks of it; not secret.
        with_id id;
        /// The application it was issued to (`client_id`).
        with_client_id client_id;
        /// The only organisation it reaches, if it is bound to one.
        with_organisation organisation;
        /// What its owner calls it.
        with_note note;
        /// The id of the [`TokenFormat`](crate::TokenFormat) it was minted in.
        with_format format;
        /// Its last four characters, so that its owner can tell it from others.
        with_last_four last_four;
        /// Why it was revoked.
        with_revoked_reason revoked_reason;
    } time {
        /// When it was issued (`iat`).
        with_created_at created_at;
        /// When its note or its expiry was last changed.
        with_updated_at updated_at;
        /// When it was last used, as far as that was recorded: to a minute or so, after the fact.
        with_last_used_at last_used_at;
        /// From when on it is good (`nbf`); that instant included.
        with_not_before not_before;
        /// Until when it is good (`exp`); that instant excluded.
        with_expires_at expires_at;
        /// When it was revoked. A revoked token is not good at any time, not even before.
        with_revoked_at revoked_at;
    } }

    /// Takes the note away.
    #[must_use]
    pub fn without_note(mut self) -> Self {
        Arc::make_mut(&mut self.0).note = None;
        self
    }

    /// Takes the expiry away: good for ever.
    #[must_use]
    pub fn without_expires_at(mut self) -> Self {
        Arc::make_mut(&mut self.0).expires_at = None;
        self
    }

    /// Sets [`scope`](Self::scope).
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        Arc::make_mut(&mut self.0).scope = scope;
        self
    }

    /// What it may be used for (`scope`).
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// Attaches a value of the application's own, its user say; the handler gets it back typed.
    #[must_use]
    pub fn with_data<T: Send + Sync + 'static>(mut self, data: T) -> Self {
        Arc::make_mut(&mut self.0).data = Some(Arc::new(data));
        self
    }

    /// The application's own value, if one of this type was attached.
    #[must_use]
    pub fn data<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.data.as_deref().and_then(<dyn Any + Send + Sync>::downcast_ref)
    }
}

impl fmt::Debug for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenInfo")
            .field("subject", &self.subject())
            .field("id", &self.id())
            .field("client_id", &self.client_id())
            .field("organisation", &self.organisation())
            .field("scope", self.scope())
            .field("not_before", &self.not_before())
            .field("expires_at", &self.expires_at())
            .field("revoked_at", &self.revoked_at())
            .finish_non_exhaustive()
    }
}
