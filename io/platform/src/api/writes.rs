//! Answers to writes: parse, check, change in one transaction, answer with what a read would give.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::StatusCode;
use rusqlite::Connection;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    BODY_BYTES_MAX, IDEMPOTENCY_KEY_BYTES_MAX, JSON_TYPE, Problem, UpstreamRequest,
    UpstreamResponse,
    route::Write,
    shapes::{NewComment, NewMedia, NewMediaKind, NewMention, NewPost, NewPostMedia, NewState},
};
use crate::{
    clock::now_ms,
    media,
    store::{
        MediaKind, ObjectKind, PostState, Store, StoreError,
        content::{self, Author, CheckedMedia, CheckedMention, CheckedUpload},
        idempotency::{self, Kept, Key, Made},
        posts,
    },
};

/// Longest text of a post or comment, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most mentions in one text, and most tags on one photo.
const PEOPLE_NAMED_MAX: usize = 50;
/// Most photos and videos in one post.
const MEDIA_MAX: usize = 10;
/// Largest upload, in bytes.
const UPLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A parsed and checked write.
enum Checked {
    Post(CheckedPost),
    Comment(NewComment, Vec<CheckedMention>),
    Media(CheckedUpload),
}

struct CheckedPost {
    text: String,
    state: PostState,
    mentions: Vec<CheckedMention>,
    media: Vec<CheckedMedia>,
}

/// Performs one write, or answers with what its idempotency key made before.
pub(super) fn answer(
    store: &Store,
    write: Write,
    request: &UpstreamRequest,
) -> Result<UpstreamResponse, Problem> {
    let actor = request.actor.ok_or(Problem::ActorRequired)?;
    let body = request.body.as_deref().unwrap_or_default();
    if body.len() > BODY_BYTES_MAX {
        return Err(Problem::TooLarge(BODY_BYTES_MAX));
    }
    let key = match request.idempotency_key.as_deref() {
        Some("") => return Err(Problem::Invalid("`Idempotency-Key` is empty".to_owned())),
        Some(key) if key.len() > IDEMPOTENCY_KEY_BYTES_MAX => {
            return Err(Problem::Invalid("`Idempotency-Key` is too long".to_owned()));
        }
        other => other.map(|key| Key { key, actor, path: &request.path }),
    };
    let checked = check(write, body)?;
    let digest = Sha256::digest(body).to_vec();
    store.write(|tx| {
        let now = now_ms();
        let known = key.map(|key| idempotency::find(tx, key, now)).transpose()?.flatten();
        let made = match known {
            Some(kept) if kept.digest != digest => return Err(Problem::KeyReused),
            Some(kept) => kept.made,
            None => {
                let author = content::author(tx, actor, now)?;
                let made = perform(tx, &author, write, &checked)?;
                if let Some(key) = key {
                    idempotency::keep(tx, key, &Kept { digest, made }, now)?;
                }
                made
            }
        };
        match made {
            Made::Post(id) => created(&posts::post(tx, id)?),
            Made::Comment(id) => created(&posts::comment(tx, id)?),
            Made::Media(id) => created(&posts::media_facts(tx, id)?),
        }
    })
}

fn perform(
    tx: &Connection,
    author: &Author,
    write: Write,
    checked: &Checked,
) -> Result<Made, Problem> {
    match (write, checked) {
        (Write::Post(group), Checked::Post(new)) => {
            let id = content::add_post(tx, author, group, new.state, &new.text)?;
            content::add_mentions(tx, ObjectKind::Post, id.number(), &new.mentions)?;
            content::attach_media(tx, author, id, &new.media)?;
            Ok(Made::Post(id))
        }
        (Write::Comment(post), Checked::Comment(new, mentions)) => {
            let id = content::add_comment(tx, author, post, new.reply_to, &new.text)?;
            content::add_mentions(tx, ObjectKind::Comment, id.number(), mentions)?;
            Ok(Made::Comment(id))
        }
        (Write::Media, Checked::Media(upload)) => {
            content::add_upload(tx, author, upload).map(Made::Media)
        }
        // `check` gives each write its own kind of body.
        (Write::Post(_) | Write::Comment(_) | Write::Media, _) => {
            Err(Problem::Invalid("body of another operation".to_owned()))
        }
    }
}

fn created<T: Serialize>(value: &T) -> Result<UpstreamResponse, Problem> {
    let body = Bytes::from(serde_json::to_vec(value).map_err(StoreError::from)?);
    Ok(UpstreamResponse { status: StatusCode::CREATED, content_type: JSON_TYPE, body })
}

fn check(write: Write, body: &[u8]) -> Result<Checked, Problem> {
    match write {
        Write::Post(_) => check_post(parse(body)?).map(Checked::Post),
        Write::Comment(_) => {
            let new: NewComment = parse(body)?;
            let mentions = check_text(&new.text, &new.mentions)?;
            if new.text.trim().is_empty() {
                return Err(Problem::Invalid("`text` is empty".to_owned()));
            }
            Ok(Checked::Comment(new, mentions))
        }
        Write::Media => check_upload(&parse(body)?).map(Checked::Media),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        // The parser's words can quote the input; where it stopped is enough.
        let (line, column) = (error.line(), error.column());
        Problem::Invalid(format!("the body is not as described, at line {line} column {column}"))
    })
}

fn check_post(new: NewPost) -> Result<CheckedPost, Problem> {
    let mentions = check_text(&new.text, &new.mentions)?;
    if new.text.trim().is_empty() && new.media.is_empty() {
        return Err(Problem::Invalid("a post needs `text` or `media`".to_owned()));
    }
    if new.media.len() > MEDIA_MAX {
        return Err(Problem::Invalid(format!("`media` has more than {MEDIA_MAX} items")));
    }
    let media = new.media.into_iter().map(|item| match item {
        NewPostMedia::Uploaded(uploaded) => Ok(CheckedMedia::Uploaded(uploaded.id)),
        NewPostMedia::Inline(upload) => check_upload(&upload).map(CheckedMedia::Inline),
    });
    let media = media.collect::<Result<_, _>>()?;
    let state = match new.state {
        NewState::Published => PostState::Published,
        NewState::Draft => PostState::Draft,
    };
    Ok(CheckedPost { text: new.text, state, mentions, media })
}

/// Checks length, and that mentions lie in the text and do not overlap.
fn check_text(text: &str, mentions: &[NewMention]) -> Result<Vec<CheckedMention>, Problem> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Problem::Invalid(format!("`text` is longer than {TEXT_BYTES_MAX} bytes")));
    }
    if mentions.len() > PEOPLE_NAMED_MAX {
        return Err(Problem::Invalid(format!("more than {PEOPLE_NAMED_MAX} mentions")));
    }
    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let mut sorted: Vec<_> = mentions
        .iter()
        .map(|new| CheckedMention { person: new.person, start: new.offset, length: new.length })
        .collect();
    sorted.sort_by_key(|mention| mention.start);
    let mut free_from = 0;
    for mention in &sorted {
        let (start, end) =
            (u64::from(mention.start), u64::from(mention.start) + u64::from(mention.length));
        if mention.length == 0 || start < free_from || end > length {
            return Err(Problem::Invalid(
                "a mention lies outside the text or on another".to_owned(),
            ));
        }
        free_from = end;
    }
    Ok(sorted)
}

fn check_upload(new: &NewMedia) -> Result<CheckedUpload, Problem> {
    let (kind, prefix) = match new.kind {
        NewMediaKind::Photo => (MediaKind::Photo, "image/"),
        NewMediaKind::Video => (MediaKind::Video, "video/"),
    };
    let content_type = media::content_type(&new.content_type)
        .filter(|known| known.starts_with(prefix))
        .ok_or_else(|| Problem::Invalid("`content_type` does not fit `kind`".to_owned()))?;
    if new.tags.len() > PEOPLE_NAMED_MAX {
        return Err(Problem::Invalid(format!("more than {PEOPLE_NAMED_MAX} tags")));
    }
    let bytes = STANDARD
        .decode(&new.data)
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| Problem::Invalid("`data` is not base64 of some bytes".to_owned()))?;
    if bytes.len() > UPLOAD_BYTES_MAX {
        return Err(Problem::TooLarge(UPLOAD_BYTES_MAX));
    }
    Ok(CheckedUpload { kind, content_type, bytes, tags: new.tags.clone() })
}
