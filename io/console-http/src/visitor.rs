//! Who asks: extractors that let nobody in without a session, and no form in without its token.

use crate::form::{Fields, local_path, query};
use crate::inbox;
use crate::names;
use crate::page::Halt;
use crate::parts::Console;
use crate::shell::{Role, Shell};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Request};
use edge::Connection;
use edge::session::{self, SignedIn};
use http::Method;
use http::request::Parts as Head;
use model::{Actor, PersonNo, StaffNo};
use notices::Recipient;
use sequence::AccountOf;
use std::convert::Infallible;
use std::sync::Arc;
use store::{SessionOf, Urgency};

/// A signed-in person.
pub(crate) struct Person {
    pub(crate) no: PersonNo,
    pub(crate) session: SignedIn,
    /// The connection that asks: an ending does not wait for its own answer.
    pub(crate) own: Option<u64>,
}

/// A form of a signed-in person, sent from a page of theirs.
pub(crate) struct PersonForm {
    pub(crate) person: Person,
    pub(crate) fields: Fields,
}

/// A signed-in staff member.
pub(crate) struct Staff {
    pub(crate) no: StaffNo,
    pub(crate) session: SignedIn,
    pub(crate) own: Option<u64>,
}

/// A form of a staff member.
pub(crate) struct StaffForm {
    pub(crate) staff: Staff,
    pub(crate) fields: Fields,
}

/// The query's fields.
pub(crate) struct Query(pub(crate) Fields);

fn connection(head: &Head) -> Option<u64> {
    head.extensions.get::<Arc<Connection>>().map(|connection| connection.id)
}

/// Where to sign in, and to come back to for a page; after a form, to the start.
fn sign_in(head: &Head, at: &str, start: &'static str) -> Halt {
    let asked = head.extensions.get::<OriginalUri>().map_or(&head.uri, |uri| &uri.0);
    let back = match (&head.method, asked.path_and_query()) {
        (&Method::GET, Some(path)) => local_path(path.as_str()),
        _ => start,
    };
    Halt::SignIn(format!("{at}?{}", query([("return_to", back)])))
}

impl FromRequestParts<Arc<Console>> for Person {
    type Rejection = Halt;

    async fn from_request_parts(head: &mut Head, console: &Arc<Console>) -> Result<Self, Halt> {
        let store = console.store();
        let found = session::find(
            store,
            (SessionOf::People, console.parts.transport),
            &head.headers,
            store.now(),
        );
        match found {
            Some(session) => match session.of {
                AccountOf::Person(no) => {
                    let person = Self { no, session, own: connection(head) };
                    // Most browsers that send it send it always: once it is heard, nothing is written any more.
                    let heard = flows::person::spoke_of_beyond(&store.state(), no);
                    if !heard && session::sends_gpc(&head.headers) {
                        hear_gpc(console, &person).await;
                    }
                    Ok(person)
                }
                AccountOf::Staff(_) => Err(sign_in(head, "/sign-in", "/")),
            },
            None => Err(sign_in(head, "/sign-in", "/")),
        }
    }
}

impl FromRequestParts<Arc<Console>> for Staff {
    type Rejection = Halt;

    async fn from_request_parts(head: &mut Head, console: &Arc<Console>) -> Result<Self, Halt> {
        let store = console.store();
        let found = session::find(
            store,
            (SessionOf::Staff, console.parts.transport),
            &head.headers,
            store.now(),
        );
        match found {
            Some(session) => match session.of {
                AccountOf::Staff(no) => Ok(Self { no, session, own: connection(head) }),
                AccountOf::Person(_) => Err(sign_in(head, "/staff/sign-in", "/staff")),
            },
            None => Err(sign_in(head, "/staff/sign-in", "/staff")),
        }
    }
}

impl FromRequest<Arc<Console>> for PersonForm {
    type Rejection = Halt;

    async fn from_request(request: Request<Body>, console: &Arc<Console>) -> Result<Self, Halt> {
        let (mut head, body) = request.into_parts();
        let person = Person::from_request_parts(&mut head, console).await?;
        let fields = Fields::read(console, Request::from_parts(head, body)).await?;
        fields.check(&person.session)?;
        Ok(Self { person, fields })
    }
}

impl FromRequest<Arc<Console>> for StaffForm {
    type Rejection = Halt;

    async fn from_request(request: Request<Body>, console: &Arc<Console>) -> Result<Self, Halt> {
        let (mut head, body) = request.into_parts();
        let staff = Staff::from_request_parts(&mut head, console).await?;
        let fields = Fields::read(console, Request::from_parts(head, body)).await?;
        fields.check(&staff.session)?;
        Ok(Self { staff, fields })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Halt;

    async fn from_request_parts(head: &mut Head, _: &S) -> Result<Self, Halt> {
        Ok(Self(Fields::of_query(head.uri.query())))
    }
}

/// Takes the signal for the person's choice, unless they made that choice themselves. Where the log takes nothing, the page
/// is shown all the same: the browser says so again with its next request.
async fn hear_gpc(console: &Console, person: &Person) {
    let who = person.no;
    let heard = console.store().commit(Urgency::Ending, person.own, move |state, _, _| {
        Ok::<_, Infallible>(flows::person::hear_gpc(state, who))
    });
    if let Err(failure) = heard.await {
        tracing::warn!(%failure, "a Global Privacy Control signal could not be recorded yet");
    }
}

impl Person {
    /// The frame of one of this person's pages.
    pub(crate) async fn shell(&self, console: &Console, title: &str, here: &str) -> Shell {
        let who = names::own_name(console, self.no).await;
        let role = if self.is_admin(console) { Role::Admin } else { Role::Member };
        let new = inbox::unread(console, Recipient::Person(self.no));
        Shell::person(title, here, who, &self.session.csrf, role).with_new(new)
    }

    /// Whether they are an admin of any group.
    pub(crate) fn is_admin(&self, console: &Console) -> bool {
        let memberships = console.store().memberships(self.no).unwrap_or_default();
        let state = console.store().state();
        memberships.iter().any(|context| {
            state.context(*context).is_some_and(|one| one.is_live() && one.has_admin(self.no))
        })
    }
}

impl Staff {
    /// The frame of a staff page.
    pub(crate) fn shell(&self, console: &Console, title: &str, here: &str) -> Shell {
        let who = names::staff(console.store(), self.no);
        let new = inbox::unread(console, Recipient::Staff);
        Shell::staff(title, here, who, &self.session.csrf).with_new(new)
    }

    /// Stops whoever's role does not allow this.
    pub(crate) fn may(&self, console: &Console, act: flows::staff::Act) -> Result<(), Halt> {
        flows::staff::may(&console.store().state(), self.actor(), act)
            .map_err(|refusal| Halt::Role(refusal.to_string().replace('`', "")))
    }

    pub(crate) const fn actor(&self) -> Actor {
        Actor::Staff(self.no)
    }
}
