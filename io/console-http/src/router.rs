//! Which page is where.

use crate::page::Halt;
use crate::parts::{Console, Parts};
use crate::{assets, authorize, groups, home, inbox, privacy, sign_in, staff};
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The console's pages. Handlers find the [`edge::Connection`] that asks among the request's extensions.
pub fn router(parts: Parts) -> Router {
    people()
        .merge(staff_pages())
        .fallback(|| async { Halt::NotFound })
        .method_not_allowed_fallback(|| async { Halt::Method })
        .with_state(Console::new(parts))
}

fn people() -> Router<Arc<Console>> {
    Router::new()
        .route("/", get(home::home))
        .route("/assets/{name}", get(assets::serve))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        //= rfc6749#3.1
        //# The authorization server MUST support the use of the HTTP "GET" method [RFC2616] for
        //# the authorization endpoint
        //= rfc9700#2.6
        //# However, CORS MUST NOT be supported at the authorization endpoint, as the client
        //# does not access this endpoint directly; instead, the client redirects the user agent
        //# to it.
        .route("/oauth/authorize", get(authorize::ask).post(authorize::decide))
        .route("/privacy", get(privacy::overview))
        .route("/privacy/apps/{app}", get(privacy::app_page))
        .route("/privacy/choices", post(privacy::choose))
        .route("/privacy/apps/{app}/report", post(privacy::report))
        .route("/privacy/settings", post(privacy::set))
        .route("/privacy/grants/{grant}/withdraw", post(privacy::withdraw))
        .route("/privacy/recipients", get(privacy::recipients))
        .route("/privacy/seen", get(privacy::seen))
        .route("/privacy/history", get(privacy::history))
        .route("/messages", get(inbox::messages).post(inbox::read))
        .route("/groups", get(groups::list))
        .route("/groups/enable", get(groups::choose).post(groups::enable))
        .route("/groups/apps/{installation}", get(groups::manage))
        .route("/groups/apps/{installation}/narrow", post(groups::narrow))
        .route("/groups/apps/{installation}/confirm", post(groups::confirm))
        .route(
            "/groups/apps/{installation}/disable",
            get(groups::disable_page).post(groups::disable),
        )
}

fn staff_pages() -> Router<Arc<Console>> {
    Router::new()
        .route("/staff", get(staff::dashboard))
        .route("/staff/sign-in", get(sign_in::staff_form).post(sign_in::staff_enter))
        .route("/staff/sign-out", post(sign_in::staff_leave))
        .route("/staff/messages", get(inbox::staff_messages).post(inbox::staff_read))
        .route("/staff/act", get(staff::ask).post(staff::act))
        .route("/staff/partners", get(staff::partners))
        .route("/staff/partners/new", get(staff::new_partner).post(staff::make_partner))
        .route("/staff/partners/{partner}", get(staff::partner))
        .route(
            "/staff/partners/{partner}/details",
            get(staff::partner_details).post(staff::change_partner),
        )
        .route("/staff/partners/{partner}/timeline", get(staff::timeline))
        .route("/staff/timelines", get(staff::timelines))
        .route("/staff/apps/{app}/usage", get(staff::usage))
        .route("/staff/apps", get(staff::apps))
        .route("/staff/apps/new", get(staff::new_app).post(staff::make_app))
        .route("/staff/apps/{app}", get(staff::app))
        .route("/staff/apps/{app}/review/{step}", get(staff::ask_review).post(staff::change_review))
        .route("/staff/apps/{app}/credentials/new", get(staff::new_credential))
        .route("/staff/apps/{app}/details", get(staff::app_details).post(staff::change_app))
        .route("/staff/apps/{app}/keys/new", get(staff::new_key))
        .route("/staff/keys/new", post(staff::make_key))
        .route("/staff/apps/{app}/redirects", get(staff::new_redirects))
        .route("/staff/redirects", post(staff::change_redirects))
        .route("/staff/credentials/new", post(staff::make_credential))
        .route("/staff/agreements", get(staff::agreements))
        .route("/staff/agreements/new", get(staff::new_agreement).post(staff::make_agreement))
        .route("/staff/agreements/{agreement}", get(staff::agreement))
        .route(
            "/staff/certifications/new",
            get(staff::new_certification).post(staff::make_certification),
        )
        .route("/staff/programs", get(staff::programs))
        .route("/staff/programs/{program}", get(staff::program))
        .route(
            "/staff/programs/{program}/experiment",
            get(staff::ask_experiment).post(staff::begin_experiment),
        )
        .route("/staff/programs/{program}/close", get(staff::ask_close).post(staff::close))
        .route("/staff/versions", get(staff::versions))
        .route("/staff/cases", get(staff::cases))
        .route("/staff/cases/new", get(staff::new_case).post(staff::open_case))
        .route("/staff/cases/{case}", get(staff::case))
        .route("/staff/cases/{case}/{step}", get(staff::ask_case).post(staff::go_on_with_case))
        .route("/staff/reported", get(staff::reported))
        .route("/staff/findings", get(staff::findings))
        .route("/staff/members", get(staff::members))
        .route("/staff/members/new", get(staff::new_member).post(staff::make_member))
        .route("/staff/policies", get(staff::policy))
        .route("/staff/policies/preview", post(staff::preview))
        .route("/staff/policies/activate", post(staff::activate))
        .route("/staff/policies/audit", post(staff::watch))
        .route("/staff/watched", get(staff::watched))
        .route("/staff/watched/end", post(staff::stop_watching))
        .route("/staff/watched/catalog", get(staff::ask_catalog).post(staff::watch_catalog))
        .route("/staff/watched/{kind}/{number}", get(staff::ask_watched).post(staff::watch_change))
        .route("/staff/suspensions", get(staff::suspensions))
        .route("/staff/suspensions/preview", post(staff::preview_suspension))
        .route("/staff/suspensions/propose", post(staff::propose))
        .route("/staff/suspensions/confirm", post(staff::confirm))
        .route("/staff/suspensions/{proposal}", get(staff::proposal))
        .route("/staff/cut-off", get(staff::cut_off))
        .route("/staff/log", get(staff::log))
}
