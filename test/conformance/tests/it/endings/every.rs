//! Every kind of ending, upon a stage where there is something to end.

use super::{for_a_reason, said};
use conformance::{Answer, App, POLICY_AFTER, POLICY_BEFORE, World};
use flows::Said;
use flows::staff::{
    Announcement, NewCertification, NewException, Selection, Stage as ProgramStage, SuspensionWish,
};
use ledger::{CutOffSubject, Event, GrantMade, SettingScope, Why};
use model::{
    Actor, AppStatus, CertificationNo, ClassMask, GrantNo, InstallationNo, Millis, PersonNo,
    Position, ProgramNo, ProgramStatus,
};
use platform::GroupId;
use sequence::{Commit, Lookup};
use serde_json::{Value, json};
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
    VersionEnds,
    /// "Not through groups".
    SettingGroups,
    GrantNarrowed,
    CertificationEnd,
    AgreementEnd,
    CatalogActivation,
}

impl Kind {
    /// All of them, in an order in which each finds something to end.
    pub const ALL: [Self; 26] = [
        Self::OptOut,
        Self::Setting,
        Self::SettingGroups,
        Self::SettingFriends,
        Self::SettingBeyond,
        Self::PolicyActivation,
        Self::GrantNarrowed,
        Self::GrantEnd,
        Self::InstallationNarrowed,
        Self::MemberGone,
        Self::AdminGone,
        Self::InstallationEnd,
        Self::CutOff,
        Self::CertificationEnd,
        Self::TesterRemoved,
        Self::ReviewWithdrawn,
        Self::SuspendedWithOthers,
        Self::AgreementEnd,
        Self::CredentialEnd,
        Self::AppSuspended,
        Self::PartnerSuspended,
        Self::ExperimentClosed,
        Self::ProgramClosed,
        Self::ExceptionEnded,
        Self::VersionEnds,
        Self::CatalogActivation,
    ];

    /// Those that no fact of the platform tells.
    pub fn without_platform() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| !matches!(kind, Self::MemberGone | Self::AdminGone))
    }
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
    certification: CertificationNo,
}

/// The built-in catalog with a program that nobody has opened yet.
fn with_a_trial() -> Value {
    let mut document: Value = serde_json::from_str(platform::CATALOG_JSON).expect("json");
    document["x-programs"]["trial"] = json!({ "title": "A trial" });
    document
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
        let certification = Self::rules(world, app, person).await;
        let stage = Self {
            app,
            group,
            token,
            installation,
            admin,
            leaver,
            person,
            grant,
            person_token,
            certification,
        };
        assert_eq!(stage.read(world).await.status, 200);
        assert_eq!(stage.read_as_person(world).await.status, 200);
        stage
    }

    /// What staff may end one day: an experiment, a certification, a tester.
    async fn rules(world: &World, app: App, person: PersonNo) -> CertificationNo {
        world.adopt(with_a_trial().to_string()).await;
        let trial = world.store.state().program_named("trial").expect("a program");
        let until = world.store.now().plus(Millis::days(30));
        world
            .commit(move |s, _, env| {
                let stage = ProgramStage::Experiment { until, cap: Some(10) };
                flows::staff::move_program(s, env, &said(), trial, &stage)
            })
            .await;
        world
            .commit(move |s, _, env| flows::staff::add_tester(s, env, &said(), app.no, person))
            .await;
        world
            .commit(move |s, _, env| {
                let catalog = s.catalog().expect("a catalog");
                let classes = catalog.classes.iter().map(|class| class.number).collect();
                let purpose = catalog.purposes.first().expect("a purpose").number;
                let new = NewCertification { app: app.no, classes, purpose, from: env.now, until };
                flows::staff::certify(s, env, &said(), &new)
            })
            .await
            .reply
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
            Kind::Setting | Kind::SettingGroups | Kind::SettingFriends | Kind::SettingBeyond => {
                let scope = match kind {
                    Kind::SettingGroups => SettingScope::AllGroups,
                    Kind::SettingFriends => SettingScope::Friends,
                    Kind::SettingBeyond => SettingScope::Beyond,
                    _ => SettingScope::AllApps,
                };
                run(world, move |s, _, _| {
                    Ok::<_, ()>(flows::person::set(s, person, scope, ClassMask::ALL))
                })
                .await
            }
            Kind::GrantNarrowed => {
                run(world, move |s, _, _| {
                    narrower(s, grant).map(|event| Commit::event(event, ())).ok_or("no grant")
                })
                .await
            }
            Kind::TesterRemoved
            | Kind::ReviewWithdrawn
            | Kind::SuspendedWithOthers
            | Kind::ExceptionEnded
            | Kind::ExperimentClosed
            | Kind::VersionEnds
            | Kind::CertificationEnd
            | Kind::AgreementEnd
            | Kind::CatalogActivation => self.end_rules(world, kind).await,
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
                    flows::staff::set_app_status(
                        s,
                        env,
                        &for_a_reason(),
                        app.no,
                        AppStatus::Suspended,
                    )
                })
                .await
            }
            Kind::PartnerSuspended => {
                let to = model::PartnerStatus::Suspended;
                run(world, move |s, _, env| {
                    flows::staff::set_partner_status(s, env, &for_a_reason(), app.partner, to)
                })
                .await
            }
            Kind::ProgramClosed => {
                let program = program(world, "groups")?;
                let until = world.store.now().plus(Millis::days(30));
                let reason = "its people wait for an export".to_owned();
                let exceptions = vec![NewException { app: app.no, until, reason }];
                run(world, move |s, _, env| {
                    let stage = ProgramStage::Closed { exceptions: exceptions.clone() };
                    flows::staff::move_program(s, env, &said(), program, &stage)
                })
                .await
            }
        }
    }

    /// What staff end by the rules around the gate.
    async fn end_rules(&self, world: &World, kind: Kind) -> Result<Position, String> {
        let (app, person, certification) = (self.app.no, self.person, self.certification);
        let (groups, trial) = (program(world, "groups")?, program(world, "trial")?);
        match kind {
            Kind::SuspendedWithOthers => {
                run(world, |s, _, env| {
                    let selection = Selection::parse(s, ["program:groups"], |_| None)?;
                    let (reason, severity) =
                        (Some(model::EndingReason::Incident), Some(model::Severity::High));
                    let said = Said { reason, severity, ..said() };
                    flows::staff::suspend_alone(s, env, &SuspensionWish { said, selection })
                })
                .await
            }
            Kind::VersionEnds => {
                let version = world.store.state().catalog().expect("a catalog").version;
                run(world, move |s, _, env| {
                    // No flow ends a version at once, but this one brings the end nearer.
                    let ends = Announcement::Ends(env.now.plus(Millis::days(1)));
                    flows::staff::announce_version(s, env, &said(), version, ends)
                })
                .await
            }
            Kind::CatalogActivation => {
                let mut document = with_a_trial();
                document["info"]["description"] = "Another one".into();
                let text = document.to_string();
                run(world, move |s, _, env| {
                    flows::staff::activate_catalog(s, env, &said(), text.as_bytes())
                })
                .await
            }
            _ => {
                run(world, move |s, _, env| match kind {
                    Kind::TesterRemoved => {
                        flows::staff::remove_tester(s, env, &said(), app, person)
                    }
                    Kind::ReviewWithdrawn => {
                        flows::staff::withdraw_review(s, env, &said(), app, ClassMask::ALL)
                    }
                    Kind::ExceptionEnded => {
                        flows::staff::end_exception(s, env, &said(), groups, app)
                    }
                    Kind::CertificationEnd => {
                        flows::staff::end_certification(s, env, &said(), certification)
                    }
                    Kind::AgreementEnd => {
                        let first = s.app(app).and_then(|app| app.agreements.first().copied());
                        flows::staff::end_agreement(s, env, &said(), first.expect("an agreement"))
                    }
                    _ => {
                        let to = ProgramStatus::Closed;
                        flows::staff::set_program_status(s, env, &said(), trial, to)
                    }
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

fn program(world: &World, name: &str) -> Result<ProgramNo, String> {
    world.store.state().program_named(name).ok_or_else(|| format!("no program `{name}`"))
}

/// The same grant as its person would make it anew: without any group.
fn narrower(state: &consent::State, grant: GrantNo) -> Option<Event> {
    let found = state.grant(grant)?;
    Some(Event::GrantMade(GrantMade {
        grant,
        app: found.app,
        person: found.person,
        classes: found.classes,
        contexts: Vec::new(),
        expires_at: found.expires_at,
        why: Why::by(Actor::Person(found.person)),
        ends: None,
        once: None,
        purposes: None,
    }))
}
