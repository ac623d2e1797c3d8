//! `Signature-Input` and `Signature`: dictionaries of the same labels.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Dictionary, FieldType as _, InnerList, Item, Key, ListEntry, Parser};

use super::input::Input;
use super::{INPUT, SIGNATURE};
use crate::hmac::Malformed;
use crate::hmac::schemes::text::ascii;

/// Both fields, where there is either.
pub(super) struct Fields {
    inputs: Dictionary,
    signatures: Dictionary,
}

/// The lines of both fields; `None` when there is neither.
pub(super) fn lines(headers: &HeaderMap) -> Result<Option<(&str, &str)>, Malformed> {
    match (line(headers, &INPUT)?, line(headers, &SIGNATURE)?) {
        (None, None) => Ok(None),
        (Some(inputs), Some(signatures)) => Ok(Some((inputs, signatures))),
        _ => Err(Malformed::new("there is a signature without its input, or an input without its signature")),
    }
}

impl Fields {
    pub(super) fn read(inputs: &str, signatures: &str) -> Result<Self, Malformed> {
        Ok(Self { inputs: canonical(inputs)?, signatures: canonical(signatures)? })
    }

    /// The one signature that counts, in base64, with its input; `None` when there is none of this tag and label.
    pub(super) fn select(
        &self,
        tag: Option<&str>,
        label: Option<&str>,
    ) -> Result<Option<(Input<'_>, String)>, Malformed> {
        let mut selected = None;
        for (key, member) in &self.inputs {
            let ListEntry::InnerList(list) = member else {
                return Err(Malformed::new("a signature input is not a list of components"));
            };
            let wanted = label.is_none_or(|label| key.as_str() == label) && tag.is_none_or(|tag| has_tag(list, tag));
            if wanted && selected.replace((key, list)).is_some() {
                return Err(Malformed::several());
            }
        }
        selected.map(|(key, list)| Ok((Input::read(list)?, self.signature(key)?))).transpose()
    }

    /// The signature of this label, in base64.
    fn signature(&self, label: &Key) -> Result<String, Malformed> {
        match self.signatures.get(label) {
            Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), params })) if params.is_empty() => {
                Ok(STANDARD.encode(bytes))
            }
            Some(_) => Err(Malformed::new("the signature is not a sequence of bytes")),
            None => Err(Malformed::new("the signature input has no signature")),
        }
    }

    /// Client: both fields with this signature in them, beside those of other labels that are there.
    pub(super) fn with(
        headers: &HeaderMap,
        label: &str,
        input: InnerList,
        signature: &str,
    ) -> Result<(String, String), Malformed> {
        let key =
            Key::from_string(label.to_owned()).map_err(|_| Malformed::new("the label is no key (RFC 9651 §3.2)"))?;
        let mut fields = match lines(headers)? {
            Some((inputs, signatures)) => Self::read(inputs, signatures)?,
            None => Self { inputs: Dictionary::new(), signatures: Dictionary::new() },
        };
        let bytes = STANDARD.decode(signature).map_err(|_| Malformed::new("the signature is not base64"))?;
        fields.inputs.insert(key.clone(), input.into());
        fields.signatures.insert(key, Item::new(BareItem::ByteSequence(bytes)).into());
        let unwritable = Malformed::new("the signature cannot be written");
        Ok((fields.inputs.serialize().ok_or(unwritable)?, fields.signatures.serialize().ok_or(unwritable)?))
    }
}

fn line<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Malformed> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Malformed::several());
    }
    ascii(value).map(Some)
}

/// A field of one line, in its canonical spelling (RFC 9651 §4.1): so no label occurs twice, and no number, and no base64, is
/// spelled in another way than we would.
pub(super) fn canonical(text: &str) -> Result<Dictionary, Malformed> {
    let read = Parser::new(text).parse::<Dictionary>().ok();
    let read = read.filter(|read| read.serialize().as_deref() == Some(text));
    read.ok_or(Malformed::new("a field is no dictionary in its canonical spelling"))
}

fn has_tag(list: &InnerList, tag: &str) -> bool {
    matches!(list.params.get("tag"), Some(BareItem::String(other)) if other.as_str() == tag)
}
