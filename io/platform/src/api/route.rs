//! From method and path to an operation with typed ids.

use http::Method;
use percent_encoding::percent_decode_str;

use super::{Problem, UpstreamRequest};
use crate::{GroupId, MediaId, PersonId, PostId};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Read(Read),
    Write(Write),
}

/// Reads of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    Group(GroupId),
    GroupPosts(GroupId),
    GroupMembers(GroupId),
    Post(PostId),
    PostComments(PostId),
    Person(PersonId),
    PersonGroups(PersonId),
    Media(MediaId),
    MediaContent(MediaId),
}

/// Writes of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Post(GroupId),
    Comment(PostId),
    Media,
}

/// Finds the operation of a request.
pub(super) fn route(request: &UpstreamRequest) -> Result<Operation, Problem> {
    let path = request.path.strip_prefix('/').ok_or(Problem::NotFound("path"))?;
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8())
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::NotFound("path"))?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let read = read(&segments);
    let write = write(&segments);
    match (request.method == Method::GET, request.method == Method::POST, read, write) {
        (true, _, Some(read), _) => Ok(Operation::Read(read?)),
        (_, true, _, Some(write)) => Ok(Operation::Write(write?)),
        (_, _, None, None) => Err(Problem::NotFound("path")),
        (..) => Err(Problem::MethodNotAllowed),
    }
}

/// `None`: no such path. An id that is no id is an object that does not exist.
fn read(segments: &[&str]) -> Option<Result<Read, Problem>> {
    Some(match segments {
        ["groups", id] => group(id).map(Read::Group),
        ["groups", id, "posts"] => group(id).map(Read::GroupPosts),
        ["groups", id, "members"] => group(id).map(Read::GroupMembers),
        ["posts", id] => post(id).map(Read::Post),
        ["posts", id, "comments"] => post(id).map(Read::PostComments),
        ["people", id] => person(id).map(Read::Person),
        ["people", id, "groups"] => person(id).map(Read::PersonGroups),
        ["media", id] => media(id).map(Read::Media),
        ["media", id, "content"] => media(id).map(Read::MediaContent),
        _ => return None,
    })
}

fn write(segments: &[&str]) -> Option<Result<Write, Problem>> {
    Some(match segments {
        ["groups", id, "posts"] => group(id).map(Write::Post),
        ["posts", id, "comments"] => post(id).map(Write::Comment),
        ["media"] => Ok(Write::Media),
        _ => return None,
    })
}

fn group(text: &str) -> Result<GroupId, Problem> {
    text.parse().map_err(|_| Problem::NotFound("group"))
}

fn post(text: &str) -> Result<PostId, Problem> {
    text.parse().map_err(|_| Problem::NotFound("post"))
}

fn person(text: &str) -> Result<PersonId, Problem> {
    text.parse().map_err(|_| Problem::NotFound("person"))
}

fn media(text: &str) -> Result<MediaId, Problem> {
    text.parse().map_err(|_| Problem::NotFound("media"))
}
