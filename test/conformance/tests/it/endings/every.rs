//! Every kind of ending, upon a stage where there is something to end.

use super::said;
use conformance::{Answer, App, POLICY_AFTER, POLICY_BEFORE, World};
use flows::Said;
use ledger::{
    AppList, AppsSuspended, CutOffSubject, Event, ExceptionEnded, ProgramStatusChanged,
    ReviewWithdrawn, SettingChanged, SettingScope, TesterRemoved, VersionChanged, Why,
};
use model::{
    Actor, AppNo, AppStatus, ClassMask, GrantNo, InstallationNo, PersonNo, Position, ProgramStatus,
    Timestamp,
};
use platform::GroupId;
use sequence::{Commit, Lookup};
use store::Urgency;

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    OptOut,
    Setting,
    PolicyActivation,
    GrantEnd,
    InstallationNarrowed,
    MemberGone,
    AdminGone,
    InstallationEnd,
    CutOff,
    CredentialEnd,
    AppSuspended,
    PartnerSuspended,
    ProgramClosed,
    SettingFriends,
    SettingBeyond,
    TesterRemoved,
    ReviewWithdrawn,
    SuspendedWithOthers,
    ExceptionEnded,
    ExperimentClosed,
    SunsetNow,
}

impl Kind {
    /// Those that no fact of the platform tells.
    pub const WITHOUT_PLATFORM: [Self; 19] = [
        Self::OptOut,
        Self::Setting,
        Self::PolicyActivation,
        Self::GrantEnd,
        Self::InstallationNarrowed,
        Self::InstallationEnd,
        Self::CutOff,
        Self::CredentialEnd,
        Self::AppSuspended,
        Self::PartnerSuspended,
        Self::ProgramClosed,
        Self::SettingFriends,
        Self::SettingBeyond,
        Self::TesterRemoved,
        Self::ReviewWithdrawn,
        Self::SuspendedWithOthers,
        Self::ExceptionEnded,
        Self::ExperimentClosed,
        Self::SunsetNow,
    ];
    /// All of them, in an order in which each finds something to end.
    pub const ALL: [Self; 21] = [
        Self::OptOut,
        Self::Setting,
        Self::PolicyActivation,
        Self::GrantEnd,
        Self::InstallationNarrowed,
        Self::MemberGone,
        Self::AdminGone,
        Self::InstallationEnd,
        Self::CutOff,
        Self::CredentialEnd,
        Self::AppSuspended,
        Self::PartnerSuspended,
        Self::ProgramClosed,
        Self::SettingFriends,
        Self::SettingBeyond,
        Self::TesterRemoved,
        Self::ReviewWithdrawn,
        Self::SuspendedWithOthers,
        Self::ExceptionEnded,
        Self::ExperimentClosed,
        Self::SunsetNow,
    ];
}

/// An app in a group, with an opt-in and a grant.
pub struct Stage {
    pub app: App,
    pub group: GroupId,
    pub token: String,
    installation: InstallationNo,
    admin: PersonNo,
    /// Who leaves.
    leaver: PersonNo,
    person: PersonNo,
    grant: GrantNo,
    person_token: String,
}

impl Stage {
    /// Sets it.
    pub async fn set(world: &World) -> Self {
        let (app, group) = (world.app("Grouply").await, world.group(0));
        world.activate(POLICY_BEFORE).await;
        let installation = world.install(app, group).await;
        let token = world.installation_token(app, installation);
        let admin = world.admin(group);
        let members = world.store.members(world.context(group)).unwrap();
        let mut others = members.into_iter().filter(|one| *one != admin);
        let (person, leaver) = (others.next().unwrap(), others.next().unwrap());
        world.opt_in(person, installation).await;
        let (grant, person_token) = world.grant(app, person, &[world.context(group)]).await;
        let stage =
            Self { app, group, token, installation, admin, leaver, person, grant, person_token };
        assert_eq!(stage.read(world).await.status, 200);
        assert_eq!(stage.read_as_person(world).await.status, 200);
        stage
    }

    /// A read under the installation.
    pub async fn read(&self, world: &World) -> Answer {
        let id = world.group_name(self.app, self.group);
        world.get(&format!("/v1/groups/{id}/posts?limit=5"), &self.token).await
    }

    /// A read under the grant.
    pub async fn read_as_person(&self, world: &World) -> Answer {
        world.get("/v1/me", &self.person_token).await
    }

    /// Ends something; gives its position.
    pub async fn end(&mut self, world: &World, kind: Kind) -> Result<Position, String> {
        let (app, installation, person, admin, grant) =
            (self.app, self.installation, self.person, self.admin, self.grant);
        match kind {
            Kind::OptOut => {
                run(world, move |s, _, _| {
                    flows::person::opt_out(s, person, installation, ClassMask::ALL)
                })
                .await
            }
            Kind::Setting => {
                run(world, move |s, _, _| {
                    Ok::<_, ()>(flows::person::set(
                        s,
                        person,
                        SettingScope::AllApps,
                        ClassMask::ALL,
                    ))
                })
                .await
            }
            Kind::SettingFriends
            | Kind::SettingBeyond
            | Kind::TesterRemoved
            | Kind::ReviewWithdrawn
            | Kind::SuspendedWithOthers
            | Kind::ExceptionEnded
            | Kind::ExperimentClosed
            | Kind::SunsetNow => {
                let stage = (app.no, person);
                run(world, move |s, _, env| {
                    rules_event(s, env.now, kind, stage).map(|event| Commit::event(event, ()))
                })
                .await
            }
            Kind::PolicyActivation => {
                run(world, move |s, _, env| {
                    flows::staff::activate_policy(
                        s,
                        env,
                        &Said::by(Actor::Operator),
                        POLICY_AFTER.as_bytes(),
                    )
                })
                .await
            }
            Kind::GrantEnd => {
                run(world, move |s, _, _| flows::person::end_grant(s, person, grant)).await
            }
            Kind::InstallationNarrowed => {
                run(world, move |s, _, _| {
                    flows::admin::narrow(s, admin, installation, ClassMask(!0 << 1))
                })
                .await
            }
            Kind::InstallationEnd => {
                run(world, move |s, _, _| flows::admin::disable(s, admin, installation)).await
            }
            Kind::MemberGone => self.facts(world, self.leaver, ledger::Fact::MemberGone).await,
            Kind::AdminGone => {
                let second = world
                    .store
                    .state()
                    .context(world.context(self.group))
                    .and_then(|c| c.admins().last().copied());
                let gone = second.filter(|one| *one != admin).unwrap_or(self.leaver);
                self.facts(world, gone, ledger::Fact::AdminGone).await
            }
            Kind::CutOff => {
                let subject = CutOffSubject::App(app.no);
                run(world, move |s, _, env| flows::staff::cut_off(s, env, &said(), subject)).await
            }
            Kind::CredentialEnd => {
                run(world, move |s, _, env| {
                    flows::staff::end_credential(s, env, &said(), app.credential)
                })
                .await
            }
            Kind::AppSuspended => {
                run(world, move |s, _, env| {
                    flows::staff::set_app_status(s, env, &said(), app.no, AppStatus::Suspended)
                })
                .await
            }
            Kind::PartnerSuspended => {
                let to = model::PartnerStatus::Suspended;
                run(world, move |s, _, env| {
                    flows::staff::set_partner_status(s, env, &said(), app.partner, to)
                })
                .await
            }
            Kind::ProgramClosed => {
                let program = world.store.state().program_named("groups").ok_or("no program")?;
                run(world, move |s, _, env| {
                    flows::staff::set_program_status(
                        s,
                        env,
                        &said(),
                        program,
                        ProgramStatus::Closed,
                    )
                })
                .await
            }
        }
    }

    /// As the platform's call tells it: in a batch of its own, numbered after the last.
    async fn facts(
        &self,
        world: &World,
        who: PersonNo,
        fact: fn(PersonNo, model::ContextNo) -> ledger::Fact,
    ) -> Result<Position, String> {
        let (source, fact) = (model::SourceNo(1), fact(who, world.context(self.group)));
        run(world, move |s, _, _| {
            let first = s.source_up_to(source) + 1;
            flows::platform::take_in(
                s,
                &flows::platform::Batch { source, first, facts: vec![Some(fact)] },
            )
        })
        .await
    }
}

/// Runs a flow as its caller would; it must end something.
pub async fn run<R, E, F>(world: &World, flow: F) -> Result<Position, String>
where
    F: FnMut(&consent::State, &dyn Lookup, &model::Env) -> Result<Commit<R>, E> + Send + 'static,
    R: Send + 'static,
    E: Send + std::fmt::Debug + 'static,
{
    let done = world
        .store
        .commit(Urgency::Ending, None, flow)
        .await
        .map_err(|failure| failure.to_string())?;
    let done = done.map_err(|refusal| format!("{refusal:?}"))?;
    let kinds: Vec<u16> = done.events.iter().map(Event::kind).collect();
    if done.events.iter().any(sequence::is_ending) {
        Ok(done.position)
    } else {
        Err(format!("ended nothing: {kinds:?}"))
    }
}

/// What ends by the rules around the gate, as the log holds it.
fn rules_event(
    state: &consent::State,
    now: Timestamp,
    kind: Kind,
    (app, person): (AppNo, PersonNo),
) -> Result<Event, &'static str> {
    let program = state.program_named("groups").ok_or("no program")?;
    let version = state.catalog().ok_or("no catalog")?.version;
    let (classes, why) = (ClassMask::ALL, Why::by(Actor::Operator));
    let setting = |scope, why| {
        Event::SettingChanged(SettingChanged { person, scope, blocked: ClassMask::ALL, why })
    };
    Ok(match kind {
        Kind::SettingFriends => setting(SettingScope::Friends, why),
        Kind::SettingBeyond => setting(SettingScope::Beyond, why),
        Kind::TesterRemoved => Event::TesterRemoved(TesterRemoved { app, person, why }),
        Kind::ReviewWithdrawn => Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why }),
        Kind::SuspendedWithOthers => {
            let apps = AppList::new(state.apps().map(|(no, _)| no).collect());
            Event::AppsSuspended(AppsSuspended { apps, selection: None, why })
        }
        Kind::ExceptionEnded => Event::ExceptionEnded(ExceptionEnded { program, app, why }),
        Kind::ExperimentClosed => {
            let status = ProgramStatus::Experimental;
            let (until, cap) = (Some(now), Some(0));
            Event::ProgramStatusChanged(ProgramStatusChanged { program, status, until, cap, why })
        }
        Kind::SunsetNow => {
            let (deprecated_at, sunset) = (Some(now), Some(now));
            Event::VersionChanged(VersionChanged { version, deprecated_at, sunset, why })
        }
        _ => return Err("no such event"),
    })
}
