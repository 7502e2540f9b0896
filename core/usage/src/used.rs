//! What was used: counts a day, as the index of the log keeps them.

use ledger::Event;
use model::{AppNo, ClassNo, ContextNo, Position, ProgramNo, PurposeNo, Timestamp};

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What an app offers under terms: a program, and the purpose that it serves there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// Which program.
    pub program: ProgramNo,
    /// For what.
    pub purpose: PurposeNo,
}

/// How much of a class an app took for a feature on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedDay {
    /// Which app.
    pub app: AppNo,
    /// For what.
    pub feature: Feature,
    /// Which class; of an action class a day counts the requests that needed it.
    pub class: ClassNo,
    /// Days since the epoch (UTC).
    pub day: u64,
    /// Answers that carried it, or writes that needed it.
    pub disclosures: u64,
    /// Nodes of those answers that carried it; none for actions.
    pub records: u64,
    /// When the first of them left.
    pub first_at: Timestamp,
    /// When the last of them left.
    pub last_at: Timestamp,
}

/// How many people a class was about that left to an app on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownDay {
    /// To which app.
    pub app: AppNo,
    /// Which class.
    pub class: ClassNo,
    /// Days since the epoch (UTC).
    pub day: u64,
    /// Distinct people on that day.
    pub people: u64,
}

/// When an app last took something of a group or conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedPlace {
    /// Where.
    pub context: ContextNo,
    /// When the last answer left that carried something of it.
    pub last_at: Timestamp,
    /// Answers that carried something of it.
    pub disclosures: u64,
}

/// A control event, where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Where.
    pub position: Position,
    /// When.
    pub time: Timestamp,
    /// What.
    pub event: Event,
}
