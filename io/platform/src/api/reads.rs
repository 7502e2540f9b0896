//! Answers to reads.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::{
    JSON_TYPE, Problem, UpstreamRequest, UpstreamResponse,
    cursor::{Cursor, Paging},
    route::Read,
    shapes::Page,
};
use crate::store::{Store, StoreError, people, posts};

/// Answers one read from one view of the store.
pub(super) fn answer(
    store: &Store,
    read: Read,
    request: &UpstreamRequest,
) -> Result<UpstreamResponse, Problem> {
    let query = request.query.as_deref();
    match read {
        Read::Group(id) => json(&store.read(|view| people::group(view, id))?),
        Read::Post(id) => json(&store.read(|view| posts::post(view, id))?),
        Read::Person(id) => json(&store.read(|view| people::profile(view, id))?),
        Read::Media(id) => json(&store.read(|view| posts::media_facts(view, id))?),
        Read::MediaContent(id) => {
            let (content_type, bytes) = store.read(|view| posts::media_content(view, id))?;
            let body = Bytes::from(bytes);
            Ok(UpstreamResponse { status: StatusCode::OK, content_type, body })
        }
        Read::GroupPosts(id) => {
            let paging = Paging::parse(query)?;
            let rows = store.read(|view| posts::page(view, id, paging))?;
            list(rows, paging.limit, |post| (post.created_at.0, post.id.number()))
        }
        Read::PostComments(id) => {
            let paging = Paging::parse(query)?;
            let rows = store.read(|view| posts::comments(view, id, paging))?;
            list(rows, paging.limit, |comment| (comment.created_at.0, comment.id.number()))
        }
        Read::GroupMembers(id) => {
            let paging = Paging::parse(query)?;
            let rows = store.read(|view| people::members(view, id, paging))?;
            list(rows, paging.limit, |member| (member.joined_at.0, member.person.id.number()))
        }
        Read::PersonGroups(id) => {
            let paging = Paging::parse(query)?;
            let rows = store.read(|view| people::groups_of(view, id, paging))?;
            list(rows, paging.limit, |own| (own.joined_at.0, own.group.id.number()))
        }
    }
}

/// Writes a list. The store gives one row more than asked for if there is a further page.
fn list<T: Serialize>(
    mut items: Vec<T>,
    limit: usize,
    key: impl Fn(&T) -> (i64, i64),
) -> Result<UpstreamResponse, Problem> {
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more).map(key);
    json(&Page { items, next: last.map(|(at, id)| Cursor { at, id }.to_string()) })
}

fn json<T: Serialize>(value: &T) -> Result<UpstreamResponse, Problem> {
    let body = serde_json::to_vec(value).map_err(StoreError::from)?;
    let body = Bytes::from(body);
    Ok(UpstreamResponse { status: StatusCode::OK, content_type: JSON_TYPE, body })
}
