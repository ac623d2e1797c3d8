//! JSON in all the ways that writers have.

use super::json::{Json, Layout};
use super::sink::Sink;
use super::sorted::sorted;
use super::spelling::Spelling;
use crate::explain::BodyChange;

/// One way to write JSON.
#[derive(Clone, Copy)]
struct Way {
    sorted: bool,
    layout: Layout,
    spelling: Spelling,
    newline: bool,
}

/// A body that is JSON, and how it is laid out as it arrived.
pub(super) struct Written<'t> {
    json: Json<'t>,
    len: usize,
    /// Where that is one of ours.
    own: Option<Layout>,
}

impl<'t> Written<'t> {
    /// `None` for what is no JSON object or array.
    pub(super) fn read(body: &'t [u8]) -> Option<Self> {
        let json = Json::read(body).filter(|json| json.is_composite())?;
        let len = body.len();
        let is_own =
            |layout: &Layout| json.write(*layout, Spelling::AsItIs, Sink::for_body(len)).as_deref() == Some(body);
        Some(Self { json, len, own: LAYOUTS.into_iter().find(is_own) })
    }

    /// The body in every other way, from most to least likely.
    pub(super) fn ways(&self) -> impl Iterator<Item = (Vec<BodyChange>, Vec<u8>)> {
        ways().filter_map(|way| Some((self.changes(way), self.write(way)?)))
    }

    fn write(&self, way: Way) -> Option<Vec<u8>> {
        let sorted = if way.sorted { Some(sorted(self.json)?) } else { None };
        let json = match &sorted {
            None => self.json,
            Some(text) => Json::read(text.as_bytes())?,
        };
        let mut written = json.write(way.layout, way.spelling, Sink::for_body(self.len))?;
        if way.newline {
            written.push(b'\n');
        }
        Some(written)
    }

    fn changes(&self, way: Way) -> Vec<BodyChange> {
        let layout = match way.layout {
            layout if self.own == Some(layout) => None,
            Layout::AsItIs => None,
            Layout::Compact => Some(BodyChange::JsonCompact),
            Layout::Spaced => Some(BodyChange::JsonSpaced),
            Layout::Pretty(_) => Some(BodyChange::JsonPretty),
        };
        let (ascii, slashes) = match way.spelling {
            Spelling::AsItIs => (None, None),
            Spelling::Ascii | Spelling::AsciiUpper => (Some(BodyChange::JsonAscii), None),
            Spelling::AsciiAndSlashes => (Some(BodyChange::JsonAscii), Some(BodyChange::JsonSlashes)),
            Spelling::Slashes => (None, Some(BodyChange::JsonSlashes)),
            Spelling::Html => (Some(BodyChange::JsonHtml), None),
            Spelling::Plain => (Some(BodyChange::JsonUnescaped), None),
        };
        let sorted = way.sorted.then_some(BodyChange::JsonKeysSorted);
        let newline = way.newline.then_some(BodyChange::FinalNewline);
        [sorted, layout, ascii, slashes, newline].into_iter().flatten().collect()
    }
}

/// All of them, those first that change least.
fn ways() -> impl Iterator<Item = Way> {
    let way = |layout, spelling| Way { sorted: false, layout, spelling, newline: false };
    let layouts = LAYOUTS.into_iter().map(move |layout| way(layout, Spelling::AsItIs));
    let spellings = SPELLINGS.into_iter().map(move |spelling| way(Layout::AsItIs, spelling));
    let both = LAYOUTS.into_iter().flat_map(move |layout| SPELLINGS.map(|spelling| way(layout, spelling)));
    let sorted = LAYOUTS.into_iter().flat_map(move |layout| {
        [Spelling::AsItIs, Spelling::Ascii, Spelling::Plain]
            .map(|spelling| Way { sorted: true, ..way(layout, spelling) })
    });
    let newline = LAYOUTS.into_iter().map(move |layout| Way { newline: true, ..way(layout, Spelling::AsItIs) });
    layouts.chain(spellings).chain(sorted).chain(newline).chain(both)
}

const LAYOUTS: [Layout; 5] =
    [Layout::Compact, Layout::Spaced, Layout::Pretty("  "), Layout::Pretty("    "), Layout::Pretty("\t")];
const SPELLINGS: [Spelling; 6] = [
    Spelling::Ascii,
    Spelling::Plain,
    Spelling::Slashes,
    Spelling::Html,
    Spelling::AsciiAndSlashes,
    Spelling::AsciiUpper,
];
