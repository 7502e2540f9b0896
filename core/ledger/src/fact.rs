//! What the platform tells: standing facts about people and contexts.

use minicbor::{Decode, Encode};
use model::{ContextKind, ContextNo, ObjectNo, PersonNo, SourceNo};

/// One fact. Encoded `[tag, [fields]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Fact {
    /// A person exists.
    #[n(0)]
    Person(#[n(0)] PersonNo),
    /// A person is gone for good: erased.
    #[n(1)]
    PersonGone(#[n(0)] PersonNo),
    /// A context exists.
    #[n(2)]
    Context(#[n(0)] ContextNo, #[n(1)] ContextKind),
    /// A context is gone for good.
    #[n(3)]
    ContextGone(#[n(0)] ContextNo),
    /// A person became a member.
    #[n(4)]
    Member(#[n(0)] PersonNo, #[n(1)] ContextNo),
    /// A person left, or was removed; also ends the admin role.
    #[n(5)]
    MemberGone(#[n(0)] PersonNo, #[n(1)] ContextNo),
    /// A person became an admin (and member).
    #[n(6)]
    Admin(#[n(0)] PersonNo, #[n(1)] ContextNo),
    /// A person is admin no more, and stays a member.
    #[n(7)]
    AdminGone(#[n(0)] PersonNo, #[n(1)] ContextNo),
    /// Two people became friends. Carried by records; changes no state in rules version 1.
    #[n(8)]
    Friend(#[n(0)] PersonNo, #[n(1)] PersonNo),
    /// Two people are friends no more.
    #[n(9)]
    FriendGone(#[n(0)] PersonNo, #[n(1)] PersonNo),
    /// A post, comment or media file was deleted or unpublished.
    #[n(10)]
    ObjectGone(#[n(0)] ObjectNo),
}

/// Consecutive facts of one source, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Facts {
    /// Who tells.
    #[n(0)]
    pub source: SourceNo,
    /// The source's sequence number after the last of these facts.
    #[n(1)]
    pub up_to: u64,
    /// The facts.
    #[n(2)]
    pub facts: Vec<Fact>,
}
