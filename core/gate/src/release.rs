//! The second walk, and the only maker of a body that reaches a partner (invariant 1).

use crate::answer::{Answer, Segment};
use crate::draft::{Piece, What};
use crate::json::write_string;
use crate::withheld;
use consent::Decision;
use ledger::{Node, RecordFacts};
use model::{ClassMask, ClassNo, IdentifierKind, ObjectNo, Position, Timestamp};

/// Proof that the log made the entry of a disclosure durable (invariant 2). Good for one release.
pub struct Durable {
    position: Position,
    time: Timestamp,
}

impl Durable {
    /// Bears witness that the entry at this position is durable. Only the store sees that: everywhere else
    /// `clippy.toml` refuses the call.
    #[must_use]
    pub const fn witnessed(position: Position, time: Timestamp) -> Self {
        Self { position, time }
    }
}

/// What a media link stands for.
pub struct MediaLink<'a> {
    /// The photo or video.
    pub object: ObjectNo,
    /// Classes that must be allowed at each fetch.
    pub classes: ClassMask,
    /// The node that the link stands in: whom the media is about.
    pub node: &'a Node,
    /// The record around it, if there is one: in which context.
    pub record: Option<&'a RecordFacts>,
}

/// Names things for one app.
pub trait Identify {
    /// The pairwise id of a thing.
    fn pairwise(&self, kind: IdentifierKind, number: u64) -> String;
    /// A gate URL for a photo or video.
    fn media_url(&self, link: &MediaLink<'_>) -> String;
    /// Seals a cursor: an upstream's, or a [`crate::Resume`] as text.
    fn cursor(&self, text: &str) -> String;
}

/// What leaves to a partner. Only [`release`] makes one.
pub struct Disclosure {
    body: Vec<u8>,
    position: Position,
    time: Timestamp,
    withheld: Vec<(ClassNo, &'static str)>,
    is_empty: bool,
    is_blank: bool,
}

/// A disclosure taken apart, for the socket.
pub struct DisclosureParts {
    /// The JSON body.
    pub body: Vec<u8>,
    /// Position of its entry in the log.
    pub position: Position,
    /// Time of its entry.
    pub time: Timestamp,
    /// Classes that are missing in what shows, each with the partner's word for why, ascending.
    pub withheld: Vec<(ClassNo, &'static str)>,
    /// Nothing of the thing that was asked for may leave. A page without items is not empty in this sense.
    pub is_empty: bool,
    /// It is a page without items: because there are none, or because nothing of them may leave.
    pub is_blank: bool,
}

impl Disclosure {
    /// Gives body and headers to the socket.
    #[must_use]
    pub fn into_parts(self) -> DisclosureParts {
        let Self { body, position, time, withheld, is_empty, is_blank } = self;
        DisclosureParts { body, position, time, withheld, is_empty, is_blank }
    }
}

/// Writes what a decision lets out of an answer. A decision of other nodes than the answer's lets nothing out.
#[must_use]
pub fn release(
    answer: &Answer,
    decision: &Decision,
    ids: &dyn Identify,
    proof: Durable,
) -> Disclosure {
    let Durable { position, time } = proof;
    let bytes = answer.segments.iter().map(|segment| segment.draft.text.len()).sum();
    let mut body = Vec::with_capacity(bytes);
    let released = effective(answer, &decision.released);
    let Written { is_empty, is_blank, shown } = write(answer, &released, ids, &mut body);
    let reasons = answer.told(&decision.withheld, &released, &shown);
    Disclosure { body, position, time, withheld: withheld::words(&reasons), is_empty, is_blank }
}

/// Masks without those of nodes that stand within one that does not show: `consent` withholds them already, and
/// the body does not rely on it.
pub(crate) fn effective(answer: &Answer, released: &[ClassMask]) -> Vec<ClassMask> {
    // Masks of another list of nodes, of a page before it was cut, would let out what they were not decided for.
    if released.len() != answer.nodes.len() {
        return vec![ClassMask::NONE; answer.nodes.len()];
    }
    let mut shows: Vec<bool> = Vec::with_capacity(answer.nodes.len());
    let all = answer.nodes.iter().zip(released.iter().copied());
    all.map(|(node, mask)| {
        let inside = node.within.is_none_or(|w| shows.get(w as usize).copied().unwrap_or(false));
        // What an answer stands below asks for nothing, and so has no mask to see by that it shows.
        let here = inside && mask.covers(node.presence & node.asked);
        shows.push(here);
        if here { mask } else { ClassMask::NONE }
    })
    .collect()
}

/// What the body became.
struct Written {
    /// Nothing shows.
    is_empty: bool,
    /// A page of which no item shows.
    is_blank: bool,
    /// Whether each item of the page shows.
    shown: Vec<bool>,
}

fn write(
    answer: &Answer,
    released: &[ClassMask],
    ids: &dyn Identify,
    out: &mut Vec<u8>,
) -> Written {
    let Some(first) = answer.segments.first() else {
        out.extend_from_slice(b"{}");
        return Written { is_empty: true, is_blank: false, shown: Vec::new() };
    };
    let mut writer = Writer { answer, segment: first, released, ids, out, shown: Vec::new() };
    match &first.draft.page {
        Some(_) => {
            writer.page();
            let shown = writer.shown;
            Written { is_empty: false, is_blank: !shown.contains(&true), shown }
        }
        None => {
            let shows = writer.piece(0, Separator::None);
            if !shows {
                writer.out.extend_from_slice(b"{}");
            }
            Written { is_empty: !shows, is_blank: false, shown: Vec::new() }
        }
    }
}

/// What stands before a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    None,
    Comma,
}

struct Writer<'a> {
    answer: &'a Answer,
    segment: &'a Segment,
    released: &'a [ClassMask],
    ids: &'a dyn Identify,
    out: &'a mut Vec<u8>,
    /// Whether each item written so far shows.
    shown: Vec<bool>,
}

impl<'a> Writer<'a> {
    fn get(&self, index: u32) -> Option<Piece> {
        self.segment.draft.pieces.get(index as usize).copied()
    }

    fn lets(&self, piece: Piece) -> bool {
        let mask = self.segment.place(piece.node).and_then(|node| self.released.get(node));
        piece.classes.is_empty() || mask.is_some_and(|mask| mask.covers(piece.classes))
    }

    /// The object around the items of all pages. Its list is there even if nothing shows in it, so that a page of
    /// which all was withheld is like one of a list that is empty.
    fn page(&mut self) {
        let Some(page) = &self.segment.draft.page else { return };
        let mut separator = Separator::None;
        let mut is_listed = false;
        self.out.push(b'{');
        let end = self.get(0).map_or(0, |root| root.end);
        let mut at = 1;
        while let Some(piece) = self.get(at).filter(|_| at < end) {
            if page.list == Some(at) {
                self.list(separator);
                is_listed = true;
                separator = Separator::Comma;
            } else if self.piece(at, separator) {
                separator = Separator::Comma;
            }
            at = piece.end;
        }
        if !is_listed {
            self.list(separator);
        }
        if let Some(next) = &self.answer.next {
            self.out.push(b',');
            self.out.extend_from_slice(&page.cursor_name);
            self.out.push(b':');
            let sealed = self.ids.cursor(&next.encode());
            write_string(&sealed, self.out);
        }
        self.out.push(b'}');
    }

    fn list(&mut self, separator: Separator) {
        let first = self.segment;
        let Some(page) = &first.draft.page else { return };
        self.separate(separator);
        self.out.extend_from_slice(&page.list_name);
        self.out.extend_from_slice(b":[");
        let mut separator = Separator::None;
        let answer = self.answer;
        for segment in &answer.segments {
            self.segment = segment;
            let items = segment.draft.page.as_ref().map_or(&[][..], |page| &page.items);
            for item in items.iter().take(segment.taken) {
                let shows = item.piece.is_some_and(|piece| self.piece(piece, separator));
                self.shown.push(shows);
                if shows {
                    separator = Separator::Comma;
                }
            }
        }
        self.segment = first;
        self.out.push(b']');
    }

    fn separate(&mut self, separator: Separator) {
        match separator {
            Separator::None => (),
            Separator::Comma => self.out.push(b','),
        }
    }

    /// Writes a piece if it appears, else nothing. The recursion is bounded by the nesting of the answer.
    fn piece(&mut self, index: u32, separator: Separator) -> bool {
        let Some(piece) = self.get(index).filter(|piece| self.lets(*piece)) else { return false };
        let mark = self.out.len();
        let text = &self.segment.draft.text;
        self.separate(separator);
        if !piece.name.is_none() {
            self.out.extend_from_slice(piece.name.bytes(text));
            self.out.push(b':');
        }
        let appears = match piece.what {
            What::Copy(span) => {
                self.out.extend_from_slice(span.bytes(text));
                true
            }
            What::Object => {
                self.out.push(b'{');
                let any = self.inside(index, piece);
                self.out.push(b'}');
                // Its own classes say that it may appear by itself.
                any || !piece.classes.is_empty()
            }
            What::List | What::KeptList => {
                self.out.push(b'[');
                let any = self.inside(index, piece);
                self.out.push(b']');
                any || piece.what == What::KeptList
            }
            What::Id(reference) => self.id(reference),
            What::Media(reference) => self.media(reference, piece),
            What::Cursor(cursor) => self.cursor(cursor),
        };
        if !appears {
            self.out.truncate(mark);
        }
        appears
    }

    fn inside(&mut self, index: u32, around: Piece) -> bool {
        let mut separator = Separator::None;
        let mut at = index + 1;
        while let Some(piece) = self.get(at).filter(|_| at < around.end) {
            if self.piece(at, separator) {
                separator = Separator::Comma;
            }
            at = piece.end;
        }
        separator == Separator::Comma
    }

    fn id(&mut self, reference: u32) -> bool {
        let kind = self.segment.draft.references.get(reference as usize).map(|(kind, _)| *kind);
        let number = self.segment.numbers.get(reference as usize).copied().flatten();
        let Some((kind, number)) = kind.zip(number) else { return false };
        write_string(&self.ids.pairwise(kind, number), self.out);
        true
    }

    fn media(&mut self, reference: u32, piece: Piece) -> bool {
        let number = self.segment.numbers.get(reference as usize).copied().flatten();
        let nodes = &self.answer.nodes;
        let node = self.segment.place(piece.node).and_then(|place| nodes.get(place));
        let Some((number, node)) = number.zip(node) else { return false };
        let mut around = Some(node);
        let mut record = None;
        while let (Some(node), None) = (around, record) {
            record = node.record.as_ref();
            around = node.within.and_then(|within| nodes.get(within as usize));
        }
        let link = MediaLink { object: ObjectNo(number), classes: piece.classes, node, record };
        write_string(&self.ids.media_url(&link), self.out);
        true
    }

    fn cursor(&mut self, cursor: u32) -> bool {
        let Some(text) = self.segment.draft.cursors.get(cursor as usize) else { return false };
        write_string(&self.ids.cursor(text), self.out);
        true
    }
}

/// Names nothing: for seeing whether something would appear.
struct Nameless;

impl Identify for Nameless {
    fn pairwise(&self, _: IdentifierKind, _: u64) -> String {
        String::new()
    }

    fn media_url(&self, _: &MediaLink<'_>) -> String {
        String::new()
    }

    fn cursor(&self, _: &str) -> String {
        String::new()
    }
}

/// Tells what would appear by the very walk that writes it, so that the two cannot differ.
pub(crate) struct Sketch<'a> {
    answer: &'a Answer,
    segment: &'a Segment,
    released: &'a [ClassMask],
    scratch: Vec<u8>,
}

impl<'a> Sketch<'a> {
    /// `released` must be effective masks.
    pub(crate) const fn new(
        answer: &'a Answer,
        segment: &'a Segment,
        released: &'a [ClassMask],
    ) -> Self {
        Self { answer, segment, released, scratch: Vec::new() }
    }

    /// Whether anything shows of the segment's item.
    pub(crate) fn shows_item(&mut self, item: usize) -> bool {
        let page = self.segment.draft.page.as_ref();
        let piece = page.and_then(|page| page.items.get(item)).and_then(|item| item.piece);
        let Some(piece) = piece else { return false };
        self.scratch.clear();
        let (answer, segment, released) = (self.answer, self.segment, self.released);
        let out = &mut self.scratch;
        let shown = Vec::new();
        let mut writer = Writer { answer, segment, released, ids: &Nameless, out, shown };
        writer.piece(piece, Separator::None)
    }
}

/// Bytes of media that may be streamed. Only [`release_media`] makes one.
pub struct MediaDisclosure {
    position: Position,
    time: Timestamp,
    content_type: &'static str,
}

/// Bytes of media may not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaRefusal {
    /// Not all classes are allowed.
    #[error("classes of the media are withheld")]
    Withheld,
    /// The link names no class, so nobody could have allowed it.
    #[error("media link names no class")]
    NoClass,
}

impl MediaDisclosure {
    /// Position of its entry in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Time of its entry.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The media type to send the bytes under: one of those known to be media, else `application/octet-stream`.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        self.content_type
    }
}

/// Types that browsers show and that hold no script.
const MEDIA_TYPES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/x-yuv4mpeg",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
];

/// Lets the bytes of one photo or video stream.
///
/// # Errors
/// A required class is not released, or none is required.
pub fn release_media(
    released: ClassMask,
    required: ClassMask,
    proof: Durable,
    content_type: &str,
) -> Result<MediaDisclosure, MediaRefusal> {
    let Durable { position, time } = proof;
    if required.is_empty() {
        return Err(MediaRefusal::NoClass);
    }
    if !released.covers(required) {
        return Err(MediaRefusal::Withheld);
    }
    let known = MEDIA_TYPES.iter().find(|known| known.eq_ignore_ascii_case(content_type.trim()));
    let content_type = known.copied().unwrap_or("application/octet-stream");
    Ok(MediaDisclosure { position, time, content_type })
}
