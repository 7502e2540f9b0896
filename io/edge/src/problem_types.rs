//! The types of problems: stable, documented where their `type` leads.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// A type: its last path segment, what it means, what to do.
type Kind = (&'static str, &'static str, &'static str);

const KINDS: &[Kind] = &[
    ("app-not-active", "The app is suspended or removed.", "Ask the platform's staff."),
    (
        "app-restricted",
        "Nothing new can be allowed to this app: a report was not acknowledged in time, or an experiment is full.",
        "What stands goes on. The partner acknowledges the report, or waits for room.",
    ),
    (
        "body-invalid",
        "The request body is JSON, and not what the operation takes.",
        "See `errors`: a JSON pointer and what is wrong, each.",
    ),
    (
        "body-malformed",
        "The request body is no JSON.",
        "Send one JSON document in UTF-8, no property twice.",
    ),
    ("body-too-large", "The request body is larger than is taken.", "See `bytes_max`."),
    ("body-unreadable", "The request body broke off.", "Send it again."),
    (
        "changing",
        "What was asked for changes faster than it can be read.",
        "Ask again after `Retry-After`.",
    ),
    ("conflict", "The state does not allow it.", "Read the state again."),
    (
        "cross-site",
        "The request was sent by a page of another site.",
        "Send it from the platform's own pages, or without a cookie.",
    ),
    (
        "csrf-token-missing",
        "A request with a cookie changes something and has no token.",
        "Send the session's `X-CSRF-Token`.",
    ),
    (
        "document-mistakes",
        "The document has mistakes.",
        "See `mistakes`: a JSON pointer and what to do, each.",
    ),
    (
        "facts-missing",
        "A fact between what is known and this batch is missing.",
        "Send from `expected` on, or a snapshot.",
    ),
    (
        "facts-stale",
        "The platform's facts are too old to be believed.",
        "Ask again after `Retry-After`.",
    ),
    (
        "group-not-allowed",
        "The person did not allow this group to the app.",
        "Ask the person anew.",
    ),
    (
        "idempotency-key-invalid",
        "The idempotency key is empty or too long.",
        "Send 1 to 255 visible characters.",
    ),
    ("internal", "Something is wrong on our side.", "Name the `Request-Id` to the platform."),
    ("invalid-path", "The path cannot be read.", "Percent-encode it."),
    ("invalid-query", "A query parameter is not what it must be.", "See the detail."),
    ("invalid-value", "A value is not what it must be.", "See the detail and `pointer`."),
    ("link-expired", "The media link has expired.", "Ask for the record again; it has a new link."),
    (
        "log-full",
        "Nothing can be recorded, so nothing is answered. Ending things still works.",
        "Ask again after `Retry-After`.",
    ),
    (
        "log-unavailable",
        "Nothing can be recorded, so nothing is answered.",
        "Ask again after `Retry-After`.",
    ),
    ("malformed-json", "The request body is no JSON of the expected form.", "See the detail."),
    (
        "media-type-unsupported",
        "The request body has another media type than is taken.",
        "Send `application/json`.",
    ),
    ("method-not-allowed", "The path has other methods.", "See `Allow`."),
    (
        "no-agreement",
        "No agreement covers this data for this purpose now.",
        "Ask the platform's staff for an agreement.",
    ),
    ("no-catalog", "No catalog is in force yet.", "The platform's staff activates one."),
    (
        "no-certification",
        "No certification covers this data for this purpose now.",
        "Certify the purpose anew.",
    ),
    ("not-admin", "You are not an admin of this group.", "Ask an admin."),
    (
        "not-allowed-by-admin",
        "The group's admin did not allow this to the app.",
        "Ask the admin to enable the app anew.",
    ),
    (
        "not-allowed-any-more",
        "What the person allowed the app has ended for this data, by time or because it was for one use.",
        "Ask the person anew.",
    ),
    ("not-allowed-by-person", "The person did not allow this to the app.", "Ask the person anew."),
    (
        "not-found",
        "There is nothing of this id for whoever asks.",
        "Nothing tells absent from withheld.",
    ),
    (
        "not-installed",
        "The app is not enabled in this group, or no admin stands behind it now.",
        "Ask an admin of the group.",
    ),
    ("not-member", "You are not a member of this group.", "Join it first."),
    ("not-operator", "Only whoever runs the machine may do this.", "Use the command line there."),
    ("not-own-account", "The account belongs to somebody else.", "Sign in as its owner."),
    (
        "not-second-person",
        "It takes two of the staff, and this is the one who proposed it.",
        "Ask a colleague who may respond.",
    ),
    ("not-released", "This is not released.", "Nothing on your side changes it."),
    (
        "not-reviewed",
        "This data of the app is not reviewed: only its testers and sandboxes can be seen.",
        "Ask the platform to review the class.",
    ),
    (
        "not-shown",
        "This can be changed and is shown to nobody.",
        "Set it anew if you have to know what it is.",
    ),
    ("not-signed-in", "Nobody is signed in.", "Sign in first."),
    ("not-staff", "Only staff may do this.", "Sign in as staff."),
    (
        "not-standing",
        "No admin stands behind the app in this group at present.",
        "Wait until an admin confirms it.",
    ),
    (
        "nothing-to-allow",
        "None of these kinds of data is yours to allow here.",
        "See what is offered.",
    ),
    ("parameter-invalid", "A parameter is not what it must be.", "See `parameter` and the detail."),
    ("partner-not-active", "The partner is not active.", "Ask the platform's staff."),
    (
        "person-token-needed",
        "The operation needs a token that a person granted.",
        "Use the authorization code flow.",
    ),
    (
        "platform-conflict",
        "The platform has a different attempt under this idempotency key.",
        "Use another key.",
    ),
    (
        "platform-refused",
        "The platform does not take this write.",
        "See what the platform demands.",
    ),
    ("program-not-open", "The program is not open to this app.", "Ask the platform's staff."),
    (
        "purpose-not-allowed",
        "The person allowed the app another purpose than this operation's.",
        "Ask the person anew, for this purpose.",
    ),
    ("query-too-long", "The query is too long.", "Send less."),
    ("request-timeout", "The request body did not arrive in time.", "Send it again."),
    (
        "required-missing",
        "The app does not work without the required kinds of data.",
        "Include them, or do not enable the app.",
    ),
    (
        "result-changed",
        "The selection means other apps by now than those that were seen.",
        "Read the proposal again and confirm what it says now.",
    ),
    (
        "role-not-allowed",
        "The staff member's role does not allow this.",
        "Ask an admin; see `role` and `act`.",
    ),
    ("sign-in-failed", "Login or password is wrong.", "Nothing tells which."),
    ("token-insufficient", "The token does not cover this request.", "Ask for more, or less."),
    (
        "token-invalid",
        "The token is unknown, expired or ended.",
        "Refresh it, or ask the person anew (RFC 6750).",
    ),
    (
        "token-malformed",
        "The token is sent in a wrong way.",
        "Send it once, in the `Authorization` header.",
    ),
    ("token-missing", "There is no token.", "See `WWW-Authenticate` (RFC 9728)."),
    ("too-many", "Too many at once.", "Send less."),
    (
        "too-many-at-once",
        "Another request of yours that takes long is being answered.",
        "Ask again after `Retry-After`.",
    ),
    ("too-many-attempts", "Too many attempts failed.", "Wait for `Retry-After`."),
    ("too-many-facts", "A batch has too many facts.", "Send smaller ones."),
    (
        "too-many-previews",
        "As many previews as can are being computed.",
        "Ask again after `Retry-After`.",
    ),
    ("unknown-source", "The source of the facts is not known.", "Use the configured source."),
    (
        "unused-ended",
        "The app did not use this class of data for so long that its right to it ended.",
        "Agree on it anew with the platform, if the feature needs it.",
    ),
    (
        "upstream-unavailable",
        "The platform does not answer at present.",
        "Ask again after `Retry-After`.",
    ),
    (
        "upstream-unusable",
        "The platform's answer cannot be recorded, so it cannot leave.",
        "Ask for less at once.",
    ),
    ("version-not-served", "This API version is not served.", "See `served`."),
    (
        "write-outcome-unknown",
        "Nobody knows whether it was written.",
        "Repeat it with the same idempotency key.",
    ),
];

/// Whether a type is documented.
#[must_use]
pub fn is_known(slug: &str) -> bool {
    KINDS.iter().any(|(known, ..)| *known == slug)
}

/// `/problems` and `/problems/TYPE`: what each means, as text.
pub fn router() -> Router {
    //= rfc9457#3.1.1
    //# If the type URI is a locator (e.g., those with an "http" or "https" scheme),
    //# dereferencing it SHOULD provide human-readable documentation for the problem type (e.g.,
    //# using HTML [HTML5]).
    Router::new().route("/problems", get(all)).route("/problems/{slug}", get(one))
}

async fn all() -> impl IntoResponse {
    let list: String = KINDS
        .iter()
        .map(|(slug, meaning, _)| format!("/problems/{slug}\n    {meaning}\n"))
        .collect();
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], list)
}

async fn one(Path(slug): Path<String>) -> impl IntoResponse {
    let found = KINDS.iter().find(|(known, ..)| *known == slug);
    let (status, text) = match found {
        Some((slug, meaning, remedy)) => {
            (StatusCode::OK, format!("{slug}\n\n{meaning}\nWhat to do: {remedy}\n"))
        }
        None => {
            (StatusCode::NOT_FOUND, "There is no such type of problem. See /problems\n".to_owned())
        }
    };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}
