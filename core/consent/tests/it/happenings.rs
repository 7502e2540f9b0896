//! One random event of each kind, and what the world remembers of it.

use crate::world::{APPS, CONTEXTS, Granted, Installed, PARTNERS, PEOPLE, World};
use crate::{around, documents};
use ledger::{
    AgreementEnded, AgreementMade, AppMade, AppStatusChanged, CertificationEnded,
    CertificationMade, CredentialEnded, CredentialMade, CutOff, CutOffSubject, Event, Fact, Facts,
    GrantEnded, GrantMade, InstallationBacked, InstallationEnded, InstallationMade,
    InstallationNarrowed, OptIn, OptOut, PartnerMade, PartnerStatusChanged, ProgramStatusChanged,
    SettingChanged, SettingScope, Why,
};
use model::{
    Actor, AgreementNo, AppNo, AppStatus, CertificationNo, ClassMask, ContextKind, ContextNo,
    CredentialNo, GrantNo, InstallationNo, PartnerNo, PartnerStatus, PersonNo, Position, ProgramNo,
    ProgramStatus, PurposeNo, SourceNo,
};

const fn staff() -> Why {
    Why::by(Actor::Operator)
}

/// What every history begins with; the rest is chance.
pub fn begin(world: &mut World) {
    if world.dice.percent(97) {
        let policy = documents::policy(&mut world.dice);
        world.happen(policy);
    }
    for partner in (0..PARTNERS).map(PartnerNo) {
        world.happen(Event::PartnerMade(PartnerMade { partner, why: staff(), details: None }));
    }
    for app in (0..APPS).map(AppNo) {
        if app.0 + 1 == APPS && world.dice.percent(30) {
            continue;
        }
        let partner = PartnerNo(app.0 % PARTNERS);
        let (public, redirects) = (world.dice.percent(30), Vec::new());
        let reviewed = world.dice.percent(30).then(|| world.most_classes());
        world.happen(Event::AppMade(AppMade {
            app,
            partner,
            public,
            redirects,
            why: staff(),
            details: None,
            category: None,
            reviewed,
        }));
    }
    for program in programs(world) {
        if world.dice.percent(95) {
            let status = match world.dice.below(4) {
                0 => ProgramStatus::Experimental,
                _ => ProgramStatus::Live,
            };
            let changed = changed_to(world, program, status);
            world.happen(changed);
        }
    }
    people(world);
    around::testers_and_exceptions(world);
    for make in [agreement, agreement, agreement, certification, certification, credential]
        .into_iter()
        .cycle()
        .take(36)
    {
        if let Some(event) = make(world) {
            world.happen(event);
        }
    }
    for make in [installation, grant, opt_in, opt_in, setting].into_iter().cycle().take(60) {
        if let Some(event) = make(world) {
            world.happen(event);
        }
    }
}

fn people(world: &mut World) {
    let mut facts: Vec<Fact> = (1..PEOPLE).map(|person| Fact::Person(PersonNo(person))).collect();
    for context in (0..CONTEXTS).map(ContextNo) {
        let group = context.0 + 1 < CONTEXTS;
        let kind = if group { ContextKind::Group } else { ContextKind::Conversation };
        facts.push(Fact::Context(context, kind));
        for person in (1..PEOPLE).map(PersonNo) {
            match world.dice.below(10) {
                0..=2 => facts.push(Fact::Admin(person, context)),
                3..=7 => facts.push(Fact::Member(person, context)),
                _ => {}
            }
        }
    }
    tell(world, facts);
}

fn tell(world: &mut World, facts: Vec<Fact>) {
    let event = facts_of(world, facts);
    world.happen(event);
}

fn facts_of(world: &mut World, facts: Vec<Fact>) -> Event {
    world.facts += facts.len() as u64;
    Event::Facts(Facts { source: SourceNo(0), up_to: world.facts, facts })
}

/// The event of this kind (of 1400), if the world has what it takes.
pub fn make(world: &mut World, kind: u64) -> Option<Event> {
    match kind {
        0..=8 => {
            let served: Vec<_> = world.state.versions().collect();
            Some(documents::catalog(&mut world.dice, world.state.numbering(), &served))
        }
        9..=17 => Some(documents::policy(&mut world.dice)),
        18..=44 => Some(partner_status(world)),
        45..=66 => Some(app_status(world)),
        67..=84 => program_status(world),
        85..=124 => agreement(world),
        125..=139 => agreement_ended(world),
        140..=179 => certification(world),
        180..=189 => certification_ended(world),
        190..=204 => credential(world),
        205..=207 => credential_ended(world),
        208..=249 => cut_off(world),
        250..=339 => installation(world),
        340..=409 => backed(world),
        410..=424 => narrowed(world),
        425..=444 => installation_ended(world),
        445..=544 => grant(world),
        545..=559 => grant_ended(world),
        560..=659 => opt_in(world),
        660..=689 => opt_out(world),
        690..=749 => setting(world),
        750..=974 => some_facts(world),
        975..=999 => Some(other_days(world)),
        _ => around::make(world, kind - 1000),
    }
}

fn programs(world: &World) -> Vec<ProgramNo> {
    world.state.numbering().programs.values().copied().collect()
}

fn other_days(world: &mut World) -> Event {
    match world.state.policy_document() {
        [] => documents::policy(&mut world.dice),
        in_force => documents::other_days(&mut world.dice, in_force),
    }
}

fn partner_status(world: &mut World) -> Event {
    let (partner, why) = (PartnerNo(world.dice.up_to(PARTNERS)), staff());
    let status = match world.dice.below(30) {
        0 => PartnerStatus::Suspended,
        1 => PartnerStatus::Surrendered,
        2 => PartnerStatus::Revoked,
        _ => PartnerStatus::Active,
    };
    Event::PartnerStatusChanged(PartnerStatusChanged { partner, status, why })
}

fn app_status(world: &mut World) -> Event {
    let apps = world.apps.clone();
    let app = world.dice.pick(&apps).copied().unwrap_or(AppNo(0));
    let status = match world.dice.below(30) {
        0 | 1 => AppStatus::Suspended,
        2 => AppStatus::Removed,
        _ => AppStatus::Active,
    };
    Event::AppStatusChanged(AppStatusChanged { app, status, why: staff() })
}

fn program_status(world: &mut World) -> Option<Event> {
    let all = programs(world);
    let program = *world.dice.pick(&all)?;
    let status = match world.dice.below(30) {
        0 => ProgramStatus::Draft,
        1..=4 => ProgramStatus::Closed,
        5..=6 => ProgramStatus::Restricted,
        7..=13 => ProgramStatus::Experimental,
        _ => ProgramStatus::Live,
    };
    Some(changed_to(world, program, status))
}

fn changed_to(world: &mut World, program: ProgramNo, status: ProgramStatus) -> Event {
    let experimental = status == ProgramStatus::Experimental;
    let until = (experimental && world.dice.percent(50)).then(|| world.later());
    let cap = (experimental && world.dice.percent(75)).then(|| world.dice.up_to(PEOPLE));
    let why = staff();
    Event::ProgramStatusChanged(ProgramStatusChanged { program, status, why, until, cap })
}

fn agreement(world: &mut World) -> Option<Event> {
    let apps = world.apps.clone();
    let app = *world.dice.pick(&apps)?;
    let all = programs(world);
    let program = *world.dice.pick(&all)?;
    let (from, until) = world.span();
    let both = world.dice.percent(60);
    let one = PurposeNo(u16::try_from(world.dice.up_to(2)).unwrap());
    let purposes = world.state.numbering().purposes.values().copied();
    Some(Event::AgreementMade(AgreementMade {
        agreement: AgreementNo(u32::try_from(world.agreements.len()).unwrap()),
        app,
        program,
        purposes: purposes.filter(|purpose| both || *purpose == one).collect(),
        classes: world.most_classes(),
        required: ClassMask::NONE,
        from,
        until,
        why: staff(),
        retention: None,
        anonymise_by: None,
        terms: None,
    }))
}

fn agreement_ended(world: &mut World) -> Option<Event> {
    let number = world.dice.below(world.agreements.len().max(1) as u64) as usize;
    let app = *world.agreements.get(number)?;
    let agreement = AgreementNo(u32::try_from(number).unwrap());
    Some(Event::AgreementEnded(AgreementEnded { agreement, app, why: staff() }))
}

fn certification(world: &mut World) -> Option<Event> {
    let apps = world.apps.clone();
    let app = *world.dice.pick(&apps)?;
    let purposes: Vec<PurposeNo> = world.state.numbering().purposes.values().copied().collect();
    let purpose = *world.dice.pick(&purposes)?;
    let (from, until) = world.span();
    Some(Event::CertificationMade(CertificationMade {
        certification: CertificationNo(u32::try_from(world.certifications.len()).unwrap()),
        app,
        purpose,
        classes: world.most_classes(),
        from,
        until,
        why: staff(),
        statement: None,
    }))
}

fn certification_ended(world: &mut World) -> Option<Event> {
    let number = world.dice.below(world.certifications.len().max(1) as u64) as usize;
    let app = *world.certifications.get(number)?;
    let certification = CertificationNo(u32::try_from(number).unwrap());
    Some(Event::CertificationEnded(CertificationEnded { certification, app, why: staff() }))
}

fn credential(world: &mut World) -> Option<Event> {
    let apps = world.apps.clone();
    let app = *world.dice.pick(&apps)?;
    let credential = CredentialNo(u32::try_from(world.credentials.len()).unwrap());
    let expires_at = world.later();
    let digest = [u8::try_from(credential.0 % 256).unwrap(); 32];
    Some(Event::CredentialMade(CredentialMade {
        credential,
        app,
        digest,
        expires_at,
        why: staff(),
        key: None,
    }))
}

fn credential_ended(world: &mut World) -> Option<Event> {
    let credentials = world.credentials.clone();
    let (credential, app) = *world.dice.pick(&credentials)?;
    Some(Event::CredentialEnded(CredentialEnded { credential, app, why: staff() }))
}

fn cut_off(world: &mut World) -> Option<Event> {
    let subject = match world.dice.below(14) {
        0 => CutOffSubject::Platform,
        1 => CutOffSubject::Key(u8::try_from(world.dice.up_to(2)).unwrap()),
        2 => CutOffSubject::Partner(PartnerNo(world.dice.up_to(PARTNERS))),
        3 => CutOffSubject::App(world.some_app()),
        4 | 5 => {
            let number = world.dice.below(world.installations.len().max(1) as u64) as usize;
            CutOffSubject::Installation(world.installations.get(number)?.number)
        }
        6 | 7 => CutOffSubject::Context(world.some_context()?),
        8 => CutOffSubject::Person(world.somebody()?),
        9 | 10 => CutOffSubject::PersonApp(world.somebody()?, world.some_app()),
        11 | 12 => {
            let number = world.dice.below(world.grants.len().max(1) as u64) as usize;
            CutOffSubject::Grant(world.grants.get(number)?.number)
        }
        _ => {
            let number = world.dice.below(world.credentials.len().max(1) as u64) as usize;
            CutOffSubject::Credential(world.credentials.get(number)?.0)
        }
    };
    Some(Event::CutOff(CutOff { subject, why: staff() }))
}

fn installation(world: &mut World) -> Option<Event> {
    let (backer, context) = world.some_admin()?;
    let apps = world.apps.clone();
    let app = *world.dice.pick(&apps)?;
    let enabled = world
        .installations
        .iter()
        .any(|one| one.app == app && one.context == context && !one.ended);
    if enabled {
        return None;
    }
    Some(Event::InstallationMade(InstallationMade {
        installation: InstallationNo(u32::try_from(world.installations.len()).unwrap()),
        app,
        context,
        classes: world.most_classes(),
        backer,
        why: world.why(backer),
    }))
}

fn some_installation(world: &mut World) -> Option<(InstallationNo, AppNo, ContextNo)> {
    let enabled: Vec<_> = world
        .installations
        .iter()
        .filter(|one| !one.ended && world.contexts.contains(&one.context))
        .map(|one| (one.number, one.app, one.context))
        .collect();
    world.dice.pick(&enabled).copied()
}

fn backed(world: &mut World) -> Option<Event> {
    let (installation, app, context) = some_installation(world)?;
    let (backer, of) = world.some_admin()?;
    let why = world.why(backer);
    (of == context).then_some(Event::InstallationBacked(InstallationBacked {
        installation,
        app,
        backer,
        why,
    }))
}

fn narrowed(world: &mut World) -> Option<Event> {
    let (installation, app, _) = some_installation(world)?;
    let allowed = world.installations.get(installation.index())?.classes;
    let classes = world.dice.some_of(allowed, 75);
    let why = staff();
    Some(Event::InstallationNarrowed(InstallationNarrowed { installation, app, classes, why }))
}

fn installation_ended(world: &mut World) -> Option<Event> {
    let (installation, app, _) = some_installation(world)?;
    Some(Event::InstallationEnded(InstallationEnded { installation, app, why: staff() }))
}

fn grant(world: &mut World) -> Option<Event> {
    let person = world.somebody()?;
    let apps = world.apps.clone();
    let app = *world.dice.pick(&apps)?;
    let expires_at = world.later();
    let standing = world.grants.iter().find(|one| {
        one.app == app && one.person == person && !one.ended && one.expires_at > world.time
    });
    let next = GrantNo(u32::try_from(world.grants.len()).unwrap());
    let grant = standing.map_or(next, |one| one.number);
    let mut contexts = Vec::new();
    for context in (0..CONTEXTS).map(ContextNo) {
        let member = world.members.contains(&(person, context));
        if world.dice.percent(if member { 92 } else { 10 }) {
            contexts.push(context);
        }
    }
    let (classes, why) = (world.most_classes(), world.why(person));
    let (ends, once, purposes) = around::terms(world);
    Some(Event::GrantMade(GrantMade {
        grant,
        app,
        person,
        classes,
        contexts,
        expires_at,
        why,
        ends,
        once,
        purposes,
    }))
}

fn grant_ended(world: &mut World) -> Option<Event> {
    let standing: Vec<_> =
        world.grants.iter().filter(|one| !one.ended).map(|one| (one.number, one.app)).collect();
    let (grant, app) = *world.dice.pick(&standing)?;
    Some(Event::GrantEnded(GrantEnded { grant, app, why: staff() }))
}

fn opt_in(world: &mut World) -> Option<Event> {
    let (installation, app, context) = some_installation(world)?;
    let person = world.somebody()?;
    if !world.members.contains(&(person, context)) && world.dice.percent(90) {
        return None;
    }
    let (classes, why) = (world.most_classes(), world.why(person));
    Some(Event::OptIn(OptIn { person, installation, app, classes, why }))
}

fn opt_out(world: &mut World) -> Option<Event> {
    let (installation, app, _) = some_installation(world)?;
    let person = world.somebody()?;
    let all = world.most_classes();
    let (classes, why) = (world.dice.some_of(all, 40), world.why(person));
    Some(Event::OptOut(OptOut { person, installation, app, classes, why }))
}

fn setting(world: &mut World) -> Option<Event> {
    let person = world.somebody()?;
    let scope = match world.dice.below(9) {
        0 | 1 => SettingScope::AllApps,
        2 | 3 => SettingScope::Context(world.some_context()?),
        4 | 5 => SettingScope::App(world.some_app()),
        6 => SettingScope::AllGroups,
        7 => SettingScope::Beyond,
        _ => SettingScope::Friends,
    };
    let all = world.most_classes();
    let chance = if world.dice.percent(60) { 0 } else { 40 };
    let (blocked, why) = (world.dice.some_of(all, chance), world.why(person));
    Some(Event::SettingChanged(SettingChanged { person, scope, blocked, why }))
}

/// One to three facts: mostly of people coming, going and coming back.
fn some_facts(world: &mut World) -> Option<Event> {
    let mut facts = Vec::new();
    for _ in 0..=world.dice.below(3) {
        let person = world.somebody()?;
        let context = world.some_context()?;
        let lively = world.people.len() > 5;
        let told = match world.dice.below(100) {
            0..=1 if lively => Fact::PersonGone(person),
            2 if world.contexts.len() > 2 => Fact::ContextGone(context),
            3 => Fact::Person(world.anybody()),
            4..=5 => Fact::Friend(person, world.anybody()),
            6..=7 => Fact::FriendGone(person, world.anybody()),
            8..=9 => Fact::ObjectGone(model::ObjectNo(world.dice.below(5))),
            10..=34 => Fact::Member(person, context),
            35..=59 => Fact::Admin(person, context),
            60..=79 => {
                let (admin, of) = world.some_admin()?;
                Fact::AdminGone(admin, of)
            }
            80..=84 => Fact::AdminGone(person, context),
            _ => Fact::MemberGone(person, context),
        };
        facts.push(told);
    }
    Some(facts_of(world, facts))
}

/// What the world must remember of an event to make plausible ones after it.
pub fn remember(world: &mut World, position: Position, event: &Event) {
    match event {
        Event::AppMade(made) => world.apps.push(made.app),
        Event::CredentialMade(made) => world.credentials.push((made.credential, made.app)),
        Event::AgreementMade(made) => world.agreements.push(made.app),
        Event::CertificationMade(made) => world.certifications.push(made.app),
        Event::CutOff(_) => world.deaths.push(position),
        Event::InstallationMade(made) => world.installations.push(Installed {
            number: made.installation,
            app: made.app,
            context: made.context,
            classes: made.classes,
            backers: [made.backer].into(),
            ended: false,
        }),
        Event::InstallationBacked(made) => {
            world.installations[made.installation.index()].backers.insert(made.backer);
        }
        Event::InstallationNarrowed(narrowed) => {
            let one = &mut world.installations[narrowed.installation.index()];
            one.classes = one.classes & narrowed.classes;
        }
        Event::InstallationEnded(ended) => {
            world.installations[ended.installation.index()].ended = true;
        }
        Event::GrantMade(made) => {
            let (number, app, person) = (made.grant, made.app, made.person);
            world.grants.retain(|one| one.number != number);
            let expires_at = made.expires_at;
            world.grants.push(Granted { number, app, person, expires_at, ended: false });
            world.grants.sort_by_key(|one| one.number);
        }
        Event::GrantEnded(ended) => world.grants[ended.grant.index()].ended = true,
        Event::Facts(batch) => {
            for fact in &batch.facts {
                remember_fact(world, position, *fact);
            }
        }
        _ => {}
    }
}

fn remember_fact(world: &mut World, position: Position, fact: Fact) {
    match fact {
        Fact::Person(person) => {
            if !world.erased.contains(&person) {
                world.people.insert(person);
            }
        }
        Fact::PersonGone(person) => {
            world.erased.insert(person);
            world.deaths.push(position);
            world.people.remove(&person);
            world.unback(person, None);
        }
        Fact::Context(context, _) => {
            world.contexts.insert(context);
        }
        Fact::ContextGone(context) => {
            world.contexts.remove(&context);
        }
        Fact::Member(person, context) => {
            world.members.insert((person, context));
        }
        Fact::Admin(person, context) => {
            world.members.insert((person, context));
            world.admins.insert((person, context));
        }
        Fact::MemberGone(person, context) => {
            world.deaths.push(position);
            world.members.remove(&(person, context));
            world.admins.remove(&(person, context));
            world.unback(person, Some(context));
        }
        Fact::AdminGone(person, context) => {
            world.deaths.push(position);
            world.admins.remove(&(person, context));
            world.unback(person, Some(context));
        }
        Fact::Friend(..) | Fact::FriendGone(..) | Fact::ObjectGone(_) => {}
    }
}
