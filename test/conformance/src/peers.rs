//! Two of each: apps, people, admins, so that whatever one of them has can be asked for by the other.

use crate::apps::App;
use crate::clients::{Client, Kind};
use crate::world::World;
use edge::passwords;
use flows::Said;
use model::{Actor, GrantNo, InstallationNo, PersonNo, StaffNo};
use platform::GroupId;
use sequence::AccountOf;

/// The password of everybody who has an account.
pub const PASSWORD: &str = "correct horse battery";

/// One of two: a person in a group with an app there, none of which the other has anything to do with.
#[derive(Debug, Clone)]
pub struct Peer {
    /// What the app calls itself, and how its people sign in.
    pub name: &'static str,
    /// The group.
    pub group: GroupId,
    /// Its first admin, who enabled the app.
    pub admin: PersonNo,
    /// A member who is no admin, granted the app something, and opted in.
    pub member: PersonNo,
    /// The app.
    pub app: App,
    /// The app as its maker knows it.
    pub client: Client,
    /// Where it stands.
    pub installation: InstallationNo,
    /// What the member granted.
    pub grant: GrantNo,
    /// A token of the installation.
    pub installation_token: String,
    /// A token of the grant.
    pub grant_token: String,
}

impl Peer {
    /// How its admin signs in.
    #[must_use]
    pub fn admin_login(&self) -> String {
        format!("{}-admin", self.name)
    }

    /// How its member signs in.
    #[must_use]
    pub fn member_login(&self) -> String {
        format!("{}-member", self.name)
    }
}

impl World {
    /// Sets two peers up in groups that share neither admin nor member among those who act.
    pub async fn peers(&self) -> [Peer; 2] {
        let first = self.group(0);
        let (admins, members) = self.people_of(first);
        let ada = *admins.first().expect("an admin");
        // Whoever is in both groups would see both, and rightly.
        let (second, dora, dean) = (1..i64::try_from(self.made.groups).expect("few groups"))
            .find_map(|place| {
                let group = self.group(place);
                let (others, people) = self.people_of(group);
                let stranger = |one: &&PersonNo| !admins.contains(one) && !members.contains(one);
                let admin = *others.iter().find(stranger)?;
                Some((group, admin, *people.iter().find(stranger)?))
            })
            .expect("a group with people of its own");
        let (others, strangers) = self.people_of(second);
        let ben = *members
            .iter()
            .find(|one| !others.contains(one) && !strangers.contains(one))
            .expect("a member of the first group alone");
        [self.peer("alder", first, ada, ben).await, self.peer("birch", second, dora, dean).await]
    }

    /// Admins of a group, and members who are none.
    fn people_of(&self, group: GroupId) -> (Vec<PersonNo>, Vec<PersonNo>) {
        let context = self.context(group);
        let admins = {
            let state = self.store.state();
            state.context(context).expect("a context").admins().to_vec()
        };
        let mut members = self.store.members(context).expect("members");
        members.retain(|one| !admins.contains(one));
        (admins, members)
    }

    async fn peer(
        &self,
        name: &'static str,
        group: GroupId,
        admin: PersonNo,
        member: PersonNo,
    ) -> Peer {
        let redirect_uri = format!("https://{name}.example/callback");
        let client = self.client(name, Kind::Confidential, &redirect_uri).await;
        let app = {
            let state = self.store.state();
            let found = state.app(client.app).expect("the app");
            App {
                no: client.app,
                partner: found.partner,
                credential: *found.credentials.first().expect("a credential"),
            }
        };
        let context = self.context(group);
        let installation = self
            .commit(move |state, _, env| {
                let all = model::ClassMask::ALL;
                flows::admin::enable(state, env.now, admin, app.no, &[context], all)
            })
            .await
            .reply
            .first()
            .copied()
            .expect("an installation");
        let (grant, grant_token) = self.grant(app, member, &[context]).await;
        self.opt_in(member, installation).await;
        let installation_token = self.installation_token(app, installation);
        let peer = Peer {
            name,
            group,
            admin,
            member,
            app,
            client,
            installation,
            grant,
            installation_token,
            grant_token,
        };
        self.account(admin, &peer.admin_login(), PASSWORD).await;
        self.account(member, &peer.member_login(), PASSWORD).await;
        peer
    }

    /// Somebody of the staff who can sign in.
    pub async fn staff(&self, name: &'static str, login: &'static str) -> StaffNo {
        let said = Said::by(Actor::Operator);
        let staff = self
            .commit(move |state, _, env| {
                flows::staff::make_staff(state, env, &said, name, model::StaffRole::Admin)
            })
            .await
            .reply;
        let hashed = passwords::hash(PASSWORD.to_owned()).await.expect("a hash");
        self.commit(move |state, _, env| {
            flows::account::set_password(state, env, AccountOf::Staff(staff), login, &hashed)
        })
        .await;
        staff
    }
}
