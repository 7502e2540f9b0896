//! What a consent page shows.

use super::check::Asked;
use crate::admin;
use crate::oauth::chain::standing_grant;
use consent::{ClassExpiry, Grant, State};
use model::{AppNo, ClassMask, ContextNo, GrantNo, Millis, PersonNo, PurposeNo, Timestamp, limits};
use std::collections::BTreeMap;

/// What a consent page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Which app asks.
    pub app: AppNo,
    /// The host that the person is sent back to, or the private scheme.
    pub host: String,
    /// Classes without which the feature does not work.
    pub required: ClassMask,
    /// Classes that can be left out one by one.
    pub optional: ClassMask,
    /// Classes that can be allowed for one time.
    pub once: ClassMask,
    /// What it is for.
    pub purposes: Vec<PurposeNo>,
    /// Groups that the grant can cover.
    pub contexts: Vec<Candidate>,
    /// Groups of which the person is an admin and where the app is not enabled, or lapsed.
    pub installable: Vec<ContextNo>,
    /// What enabling the app in a group would allow it there.
    pub installed_classes: ClassMask,
    /// How long, unless the person says otherwise.
    pub duration_default: Millis,
    /// Classes that have less than that unless the person says otherwise, and how long, the shortest first.
    pub class_defaults: Vec<(Millis, ClassMask)>,
    /// The longest that the person can say.
    pub duration_max: Millis,
    /// What the person authorized before; the decision replaces it.
    pub standing: Option<Standing>,
}

/// A group that the grant can cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub context: ContextNo,
    /// Whether the app named it; to be ticked beforehand.
    pub named: bool,
    /// Whether the standing grant covers it; to be ticked beforehand.
    pub granted: bool,
}

/// What the person authorized before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which grant.
    pub grant: GrantNo,
    /// Its classes.
    pub classes: ClassMask,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the page shows to a person who belongs to these contexts.
#[must_use]
pub fn show(
    asked: &Asked,
    person: PersonNo,
    memberships: &[ContextNo],
    state: &State,
    now: Timestamp,
) -> Consent {
    let standing = standing(state, person, asked.app, now);
    let granted = |context: &ContextNo| {
        standing.is_some_and(|(_, grant)| grant.contexts.binary_search(context).is_ok())
    };
    let named = |context: &ContextNo| asked.contexts.binary_search(context).is_ok();
    let is_live = |context: &ContextNo| state.context(*context).is_some_and(|one| one.is_live());
    let open = |context: &&ContextNo| {
        is_live(context) && (asked.contexts.is_empty() || named(context) || granted(context))
    };
    let contexts = memberships.iter().filter(open).map(|context| Candidate {
        context: *context,
        named: named(context),
        granted: granted(context),
    });
    let allowed = installed_classes(asked, state, now);
    let installable = memberships
        .iter()
        .filter(|context| allowed.is_some() && may_install(asked, person, **context, state));
    let (duration_default, duration_max) = durations(asked, state);
    Consent {
        app: asked.app,
        host: asked.redirect.host().to_owned(),
        required: asked.required,
        optional: asked.optional,
        once: asked.once,
        purposes: asked.purposes.clone(),
        contexts: contexts.collect(),
        installable: installable.copied().collect(),
        installed_classes: allowed.unwrap_or_default(),
        duration_default,
        class_defaults: class_defaults(asked, state),
        duration_max,
        standing: standing.map(|(grant, found)| Standing {
            grant,
            classes: found.classes,
            expires_at: found.expires_at,
        }),
    }
}

/// The standing grant of a person for an app. An expired one is over and is not taken up again.
pub(super) fn standing(
    state: &State,
    person: PersonNo,
    app: AppNo,
    now: Timestamp,
) -> Option<(GrantNo, &Grant)> {
    let grants = state.person(person)?.grants();
    grants.iter().rev().find_map(|no| standing_grant(state, app, *no, now).map(|one| (*no, one)))
}

/// What enabling would allow, if this request asks for enough that an admin can enable the app by it.
pub(super) fn installed_classes(asked: &Asked, state: &State, now: Timestamp) -> Option<ClassMask> {
    let offer = admin::offer(state, asked.app, now).ok()?;
    let classes = asked.classes() & offer.classes;
    (!classes.is_empty() && classes.covers(offer.required)).then_some(classes)
}

/// Whether the person is an admin of this group and the app does not stand in it.
pub(super) fn may_install(
    asked: &Asked,
    person: PersonNo,
    context: ContextNo,
    state: &State,
) -> bool {
    let asked_for = asked.contexts.is_empty() || asked.contexts.binary_search(&context).is_ok();
    let is_admin = state.context(context).is_some_and(|one| one.is_live() && one.has_admin(person));
    let stands = state.installed(asked.app, context).is_some_and(|(_, one)| state.is_standing(one));
    asked_for && is_admin && !stands
}

/// Default and longest duration: what the app asks for is the longest, within what the policy
/// and any grant may last.
pub(super) fn durations(asked: &Asked, state: &State) -> (Millis, Millis) {
    let expiry = state.policy().map(|policy| policy.expiry());
    let days = |days: Option<u32>| days.map(|days| Millis::days(days.into()));
    let most = days(expiry.and_then(|one| one.grant_max_days));
    let usual = days(expiry.and_then(|one| one.grant_days));
    let longest = [asked.duration, most, Some(limits::GRANT_LIFETIME_MAX)];
    let longest = longest.into_iter().flatten().min().unwrap_or(limits::GRANT_LIFETIME_MAX);
    (longest.min(usual.unwrap_or(limits::GRANT_LIFETIME_DEFAULT)), longest)
}

/// Classes that have less time than the grant where the person does not say how long, and how long, the shortest first.
pub(super) fn class_defaults(asked: &Asked, state: &State) -> Vec<(Millis, ClassMask)> {
    let (default, _) = durations(asked, state);
    let length = |said: &ClassExpiry| [said.days, said.max_days].into_iter().flatten().min();
    shorter(state, asked.classes(), default, length).into_iter().collect()
}

/// Those of the classes that the policy gives less time than the grant has, by how long.
pub(super) fn shorter(
    state: &State,
    classes: ClassMask,
    grant: Millis,
    length: impl Fn(&ClassExpiry) -> Option<u32>,
) -> BTreeMap<Millis, ClassMask> {
    let mut found: BTreeMap<Millis, ClassMask> = BTreeMap::new();
    for (name, said) in state.policy().into_iter().flat_map(|policy| &policy.expiry().classes) {
        let class = state.numbering().classes.get(name).filter(|class| classes.has(**class));
        let length = length(said).map(|days| Millis::days(days.into()));
        if let (Some(class), Some(length)) = (class, length.filter(|length| *length < grant)) {
            let mask = found.entry(length).or_default();
            *mask = *mask | ClassMask::of(*class);
        }
    }
    found
}
