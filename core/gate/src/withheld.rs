//! What a partner is told of what was withheld.

use model::{ClassMask, ClassNo, Reason};

/// One word a class: that of the first link in the chain that failed anywhere in the answer.
///
/// A class can be missing here for one reason and there for another. Reasons of the request come before those that
/// stem from a person, so `person` is only said where no other word could be: a partner learns to mend its own side
/// first, and beside a reason of its own never that some person had refused as well.
#[must_use]
pub fn words(reasons: &[(Reason, ClassMask)]) -> Vec<(ClassNo, &'static str)> {
    let all = reasons.iter().fold(ClassMask::NONE, |all, (_, classes)| all | *classes);
    let first = |class: ClassNo| {
        let failed = reasons.iter().filter(|(_, classes)| classes.has(class));
        failed.map(|(reason, _)| *reason).min_by_key(|reason| reason.code())
    };
    all.iter().filter_map(|class| Some((class, first(class)?.partner_word()))).collect()
}
