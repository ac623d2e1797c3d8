//! What one signature says that it covers: components, and its own parameters (RFC 9421 §2.3).

use std::time::{Duration, SystemTime};

use sfv::{BareItem, FieldType as _, InnerList, Item, Key, List, ListEntry, Parameters};

use crate::hmac::schemes::text::spell_seconds;
use crate::hmac::{Coverage, Intent, Malformed};

/// One member of `Signature-Input`.
pub(super) struct Input {
    /// As it is signed: in its canonical spelling, which is the one that was received.
    pub(super) spelled: String,
    pub(super) components: Vec<Component>,
    pub(super) created: Option<SystemTime>,
    pub(super) expires: Option<SystemTime>,
    pub(super) nonce: Option<String>,
    pub(super) key_id: Option<String>,
    list: InnerList,
}

/// A name, and the parameter of the query that `@query-param` is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Component {
    name: Box<str>,
    parameter: Option<Box<str>>,
}

impl Component {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), parameter: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }

    /// As it stands in the base: a quoted string, and its parameter.
    pub(super) fn spelled(&self) -> String {
        match &self.parameter {
            None => format!("\"{}\"", self.name),
            Some(parameter) => format!("\"{}\";name=\"{parameter}\"", self.name),
        }
    }

    fn read(item: &Item) -> Result<Self, Malformed> {
        let unknown = Malformed::new("a component has a parameter that is not known here");
        let BareItem::String(name) = &item.bare_item else {
            return Err(Malformed::new("a component is not named by a string"));
        };
        let parameter = match (name.as_str(), item.params.len(), item.params.get("name")) {
            ("@query-param", 1, Some(BareItem::String(parameter))) => Some(parameter.as_str().into()),
            ("@query-param", ..) => return Err(unknown),
            (_, 0, None) => None,
            _ => return Err(unknown),
        };
        // What would have to be escaped occurs in no name.
        let plain = |text: &str| !text.contains(['"', '\\']);
        if !plain(name.as_str()) || !parameter.as_deref().is_none_or(plain) {
            return Err(Malformed::new("a component has quotes or backslashes in its name"));
        }
        Ok(Self { name: name.as_str().into(), parameter })
    }

    fn item(&self) -> Result<Item, Malformed> {
        let mut item = Item::new(text(&self.name)?);
        if let Some(parameter) = &self.parameter {
            item.params.insert(key("name"), text(parameter)?);
        }
        Ok(item)
    }
}

impl Input {
    pub(super) fn read(list: &InnerList) -> Result<Self, Malformed> {
        let components = list.items.iter().map(Component::read).collect::<Result<Vec<_>, _>>()?;
        if components.len() > MAX_COMPONENTS {
            return Err(Malformed::new("there are more than 64 components"));
        }
        let mut sorted: Vec<_> = components.iter().collect();
        sorted.sort_unstable();
        if !sorted.is_sorted_by(|one, other| one < other) {
            return Err(Malformed::new("a component occurs twice"));
        }
        let mut input = Self {
            spelled: spelled(list)?,
            components,
            created: None,
            expires: None,
            nonce: None,
            key_id: None,
            list: list.clone(),
        };
        for (name, value) in &list.params {
            match (name.as_str(), value) {
                ("created", value) => input.created = Some(time(value)?),
                ("expires", value) => input.expires = Some(time(value)?),
                ("nonce", BareItem::String(nonce)) => input.nonce = Some(nonce.as_str().to_owned()),
                ("keyid", BareItem::String(key_id)) => input.key_id = Some(key_id.as_str().to_owned()),
                ("alg", BareItem::String(name)) if name.as_str() == ALGORITHM => {}
                ("alg", _) => return Err(Malformed::new("the algorithm is not hmac-sha256")),
                ("tag", BareItem::String(_)) => {}
                _ => return Err(Malformed::new("a parameter of the signature is not known, or not of its type")),
            }
        }
        Ok(input)
    }

    /// Client: what is going to be signed.
    pub(super) fn new(
        components: &[Component],
        intent: &Intent<'_>,
        lifetime: Option<Duration>,
        nonce: Option<&str>,
        tag: Option<&str>,
    ) -> Result<Self, Malformed> {
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
        Self::read(&InnerList::with_params(items, params))
    }

    /// What its own parameters cover.
    pub(super) fn covers(&self) -> Coverage {
        let said = [(self.created.is_some(), Coverage::CREATED), (self.nonce.is_some(), Coverage::NONCE)];
        said.into_iter().filter(|(said, _)| *said).fold(Coverage::KEY_ID, |all, (_, one)| all.and(one))
    }

    pub(super) fn list(&self) -> InnerList {
        self.list.clone()
    }
}

/// A list of one member is spelled as that member is.
fn spelled(list: &InnerList) -> Result<String, Malformed> {
    let list: List = vec![ListEntry::InnerList(list.clone())];
    list.serialize().ok_or(Malformed::new("the signature input cannot be written"))
}

fn time(value: &BareItem) -> Result<SystemTime, Malformed> {
    let seconds = match value {
        BareItem::Integer(seconds) => u64::try_from(*seconds).ok(),
        _ => None,
    };
    let time = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    time.ok_or(Malformed::new("the time is not a number of seconds since 1970"))
}

fn integer(time: SystemTime) -> Result<BareItem, Malformed> {
    let seconds: Option<i64> = spell_seconds(time)?.parse().ok();
    let seconds = seconds.and_then(|seconds| sfv::Integer::try_from(seconds).ok());
    seconds.map(BareItem::Integer).ok_or(Malformed::new("the time lies too far ahead"))
}

fn text(text: &str) -> Result<BareItem, Malformed> {
    let string = sfv::String::from_string(text.to_owned());
    string.map(BareItem::String).map_err(|_| Malformed::new("something to sign is not printable ASCII"))
}

fn key(name: &'static str) -> Key {
    Key::from_string(name.to_owned()).expect("a lower-case word is a key")
}

const ALGORITHM: &str = "hmac-sha256";
/// Each may cost a walk through the query.
const MAX_COMPONENTS: usize = 64;
