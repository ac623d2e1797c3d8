//! What one signature says that it covers: components, and its own parameters (RFC 9421 §2.3).

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use sfv::{BareItem, FieldType as _, InnerList, Key, List, ListEntry, Parameters, Parser};

use super::component::{Component, Components, add};
use crate::hmac::schemes::text::{key_id, spell_seconds};
use crate::hmac::{Coverage, Intent, Malformed, Presented};

/// One member of `Signature-Input`, as it was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Input<'t> {
    /// In its canonical spelling, which is the one that was received.
    pub(super) spelled: Cow<'t, str>,
    pub(super) components: Components,
    pub(super) created: Option<SystemTime>,
    pub(super) expires: Option<SystemTime>,
    pub(super) nonce: Option<Cow<'t, str>>,
    pub(super) key_id: Option<Cow<'t, str>>,
}

/// What is signed.
pub(super) struct Signed {
    pub(super) spelled: Box<str>,
    pub(super) components: Components,
    /// What the parameters cover.
    pub(super) covers: Coverage,
}

impl<'t> Input<'t> {
    pub(super) fn read(list: &'t InnerList) -> Result<Self, Malformed> {
        let mut components = Components::new();
        for item in &list.items {
            add(&mut components, Component::read(item)?)?;
        }
        let mut input = Self { spelled: spelled(list)?.into(), components, ..Self::default() };
        for (name, value) in &list.params {
            match (name.as_str(), value) {
                ("created", BareItem::Integer(seconds)) => input.created = Some(time((*seconds).into())?),
                ("expires", BareItem::Integer(seconds)) => input.expires = Some(time((*seconds).into())?),
                ("created" | "expires", _) => return Err(NO_TIME),
                ("nonce", BareItem::String(nonce)) => input.nonce = Some(nonce.as_str().into()),
                ("keyid", BareItem::String(key_id)) => input.key_id = Some(key_id.as_str().into()),
                ("alg", BareItem::String(name)) if name.as_str() == ALGORITHM => {}
                ("alg", _) => return Err(Malformed::new("the algorithm is not hmac-sha256")),
                ("tag", BareItem::String(_)) => {}
                _ => return Err(Malformed::new("a parameter of the signature is not known, or not of its type")),
            }
        }
        Ok(input)
    }

    /// What is presented, still without the signature.
    pub(super) fn into_presented(self) -> Result<Presented, Malformed> {
        let Self { spelled, components, created, expires, nonce, key_id: name } = self;
        let name = name.ok_or(Malformed::new("there is no keyid"))?;
        let mut presented = Presented::new(key_id(&name)?);
        let mut covers = Coverage::KEY_ID;
        if let Some(created) = created {
            presented = presented.with_created(created);
            covers = covers | Coverage::CREATED;
        }
        if let Some(expires) = expires {
            presented = presented.with_expires(expires);
        }
        if let Some(nonce) = &nonce {
            presented = presented.with_nonce(nonce.as_bytes());
            covers = covers | Coverage::NONCE;
        }
        Ok(presented.with_extra(Signed { spelled: spelled.into(), components, covers }))
    }
}

/// Client: what is going to be signed.
pub(super) fn list(
    components: &[Component],
    intent: &Intent<'_>,
    lifetime: Option<Duration>,
    nonce: Option<&str>,
    tag: Option<&str>,
) -> Result<InnerList, Malformed> {
    let items = components.iter().map(Component::item).collect::<Result<Vec<_>, _>>()?;
    let mut params = Parameters::new();
    params.insert(key("created"), integer(intent.now())?);
    if let Some(lifetime) = lifetime {
        let until = intent.now().checked_add(lifetime).ok_or(Malformed::new("the lifetime is too long"))?;
        params.insert(key("expires"), integer(until)?);
    }
    if let Some(nonce) = nonce {
        params.insert(key("nonce"), text(nonce)?);
    }
    params.insert(key("keyid"), text(intent.key_id().as_str())?);
    params.insert(key("alg"), text(ALGORITHM)?);
    if let Some(tag) = tag {
        params.insert(key("tag"), text(tag)?);
    }
    Ok(InnerList::with_params(items, params))
}

/// A list of one member is spelled as that member is.
fn spelled(list: &InnerList) -> Result<String, Malformed> {
    let list: List = vec![ListEntry::InnerList(list.clone())];
    list.serialize().ok_or(Malformed::new("the signature input cannot be written"))
}

/// The same list, of what was spelled.
pub(super) fn unspelled(spelled: &str) -> Option<InnerList> {
    match Parser::new(spelled).parse::<List>().ok()?.pop()? {
        ListEntry::InnerList(list) => Some(list),
        ListEntry::Item(_) => None,
    }
}

pub(super) fn time(seconds: i64) -> Result<SystemTime, Malformed> {
    let seconds = u64::try_from(seconds).ok();
    seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))).ok_or(NO_TIME)
}

fn integer(time: SystemTime) -> Result<BareItem, Malformed> {
    let seconds: Option<i64> = spell_seconds(time)?.parse().ok();
    let seconds = seconds.and_then(|seconds| sfv::Integer::try_from(seconds).ok());
    seconds.map(BareItem::Integer).ok_or(Malformed::new("the time lies too far ahead"))
}

pub(super) fn text(text: &str) -> Result<BareItem, Malformed> {
    let string = sfv::String::from_string(text.to_owned());
    string.map(BareItem::String).map_err(|_| Malformed::new("something to sign is not printable ASCII"))
}

pub(super) fn key(name: &'static str) -> Key {
    Key::from_string(name.to_owned()).expect("a lower-case word is a key")
}

pub(super) const ALGORITHM: &str = "hmac-sha256";
const NO_TIME: Malformed = Malformed::new("the time is not a number of seconds since 1970");
