//! API versions: what is served, since when it is deprecated, when it ends.

use super::said::Because;
use crate::api::Api;
use crate::input::{Asked, instant, invalid};
use crate::reply::{self, Answer};
use crate::view::{self, Page};
use consent::{State, VersionTerms};
use flows::staff::Announcement;
use model::{ApiVersion, Env, Timestamp};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// A version.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionView {
    version: String,
    /// `in-force`, `kept` beside it, or `ended`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated_at: Option<String>,
    /// End, exclusive: from then on nothing leaves through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sunset: Option<String>,
}

/// What is announced of a version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAnnouncement {
    /// `deprecated`, `ends`, or `nothing` to take back what was announced.
    announcement: String,
    /// When, such as `2027-01-31T00:00:00Z`; now for a deprecation unless said.
    at: Option<String>,
    #[serde(default)]
    because: Because,
}

fn view(state: &State, version: ApiVersion, terms: VersionTerms, now: Timestamp) -> VersionView {
    let in_force = state.catalog().is_some_and(|catalog| catalog.version == version);
    let ended = terms.sunset.is_some_and(|sunset| sunset <= now);
    VersionView {
        version: version.to_string(),
        status: match (ended, in_force) {
            (true, _) => "ended",
            (false, true) => "in-force",
            (false, false) => "kept",
        },
        deprecated_at: terms.deprecated_at.and_then(view::instant),
        sunset: terms.sunset.and_then(view::instant),
    }
}

pub(super) async fn list(api: Api, _: Asked) -> Answer {
    let (state, now) = (api.store().state(), api.store().now());
    let items = state.versions().map(|one| view(&state, one, state.version_terms(one), now));
    reply::ok(&Page { items: items.collect(), next: None })
}

pub(super) async fn announce(api: Api, asked: Asked) -> Answer {
    let version: ApiVersion = asked.number("version")?;
    let wish: NewAnnouncement = asked.json()?;
    let at = wish.at.as_deref().map(|text| instant("at", text)).transpose()?;
    let announcement = match (wish.announcement.as_str(), at) {
        ("deprecated", at) => Announcement::Deprecated(at.unwrap_or_else(|| api.store().now())),
        ("ends", Some(at)) => Announcement::Ends(at),
        ("ends", None) => return Err(invalid("at", "is missing: when does the version end?")),
        ("nothing", None) => Announcement::Nothing,
        ("nothing", Some(_)) => return Err(invalid("at", "goes with no such announcement")),
        _ => return Err(invalid("announcement", "is `deprecated`, `ends` or `nothing`")),
    };
    let said = wish.because.said(asked.staff()?)?;
    // What ends later is an ending now: the instant counts from the entry on, for answers on their way too.
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::announce_version(state, env, &said, version, announcement)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    let shown = view(&api.store().state(), version, done.reply, api.store().now());
    reply::changed(done.position, &shown)
}
