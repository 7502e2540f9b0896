//! Partners, apps, programs, agreements, installations, grants in a snapshot.

use super::SnapshotError;
use super::bytes::{Reader, Writer};
use crate::disuse::Streak;
use crate::registry::{
    Agreement, App, Appeal, Case, Certification, Credential, CutOffs, Family, Grant, GrantTerms,
    Installation, Partner, Program, Registry, Review, Suspension,
};
use ledger::{ClassEnd, Retention};
use model::{
    AgreementNo, AppNo, AppStatus, CaseKind, CaseNo, CaseOutcome, CertificationNo, ClassNo,
    ContextNo, CredentialNo, GrantNo, InstallationNo, PartnerNo, PartnerStatus, PersonNo, Position,
    ProgramNo, ProgramStatus, PurposeNo, Timestamp,
};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, SnapshotError>;

pub(super) fn write(w: &mut Writer, registry: &Registry) {
    w.list(&registry.partners, |w, (no, partner)| {
        w.uint(no.0);
        w.uint(partner.status.code());
        w.list(&partner.apps, |w, no| w.uint(no.0));
        w.position(partner.cut_off);
    });
    w.list(&registry.apps, |w, (no, app)| {
        w.uint(no.0);
        write_app(w, app);
    });
    w.list(&registry.credentials, |w, (no, credential)| {
        w.uint(no.0);
        w.uint(credential.app.0);
        w.bytes.extend(credential.digest);
        w.uint(credential.expires_at.0);
        w.bool(credential.ended);
        w.option(credential.key.as_ref(), |w, key| w.bytes(key));
        w.position(credential.cut_off);
    });
    w.list(&registry.programs, |w, (no, program)| {
        w.uint(no.0);
        w.bytes(program.name.as_bytes());
        w.uint(program.status.code());
        w.option(program.until, |w, until| w.uint(until.0));
        w.option(program.cap, |w, cap| w.uint(cap));
        w.list(&program.participants, |w, (person, before)| {
            w.uint(person.0);
            w.uint(*before);
        });
        w.list(&program.exceptions, |w, (app, until)| {
            w.uint(app.0);
            w.uint(until.0);
        });
    });
    w.list(&registry.agreements, |w, (no, agreement)| {
        w.uint(no.0);
        write_agreement(w, agreement);
    });
    w.list(&registry.certifications, |w, (no, one)| {
        w.uint(no.0);
        w.uint(one.app.0);
        w.mask(one.classes);
        w.uint(one.purpose.0);
        w.uint(one.from.0);
        w.uint(one.until.0);
        w.option(one.ended_before, |w, next| w.uint(next.0));
        w.option(one.statement, |w, digest| w.bytes.extend(digest));
    });
    w.list(&registry.installations, write_installation);
    w.list(&registry.grants, write_grant);
    let CutOffs { platform, keys, contexts } = &registry.cut_offs;
    w.position(*platform);
    w.list(keys, |w, (key, at)| {
        w.uint(*key);
        w.uint(at.0);
    });
    w.list(contexts, |w, (context, at)| {
        w.uint(context.0);
        w.uint(at.0);
    });
    w.list(&registry.suspensions, |w, (at, one)| {
        w.uint(at.0);
        w.uint(one.apps);
        w.bool(one.lifted);
    });
    w.list(&registry.sandboxes, |w, context| w.uint(context.0));
    w.list(&registry.cases, |w, (no, case)| {
        w.uint(no.0);
        write_case(w, case);
    });
}

fn write_case(w: &mut Writer, case: &Case) {
    w.uint(case.app.0);
    w.uint(case.kind.code());
    w.uint(case.opened_at.0);
    w.option(case.outcome, |w, outcome| w.uint(outcome.code()));
    w.uint(match case.appeal {
        Appeal::None => 0u8,
        Appeal::Open => 1,
        Appeal::Upheld => 2,
        Appeal::Rejected => 3,
    });
}

fn read_certification(r: &mut Reader<'_>) -> Result<Certification> {
    let (app, classes, purpose) = (AppNo(r.small()?), r.mask()?, PurposeNo(r.small()?));
    let (from, until) = (Timestamp(r.uint()?), Timestamp(r.uint()?));
    let ended_before = r.option(|r| r.small().map(CertificationNo))?;
    let statement = r.option(Reader::digest)?;
    let ended = ended_before.is_some();
    Ok(Certification { app, classes, purpose, from, until, ended, ended_before, statement })
}

fn read_case(r: &mut Reader<'_>) -> Result<Case> {
    Ok(Case {
        app: AppNo(r.small()?),
        kind: r.code(CaseKind::from_code)?,
        opened_at: Timestamp(r.uint()?),
        outcome: r.option(|r| r.code(CaseOutcome::from_code))?,
        appeal: match r.small::<u8>()? {
            0 => Appeal::None,
            1 => Appeal::Open,
            2 => Appeal::Upheld,
            3 => Appeal::Rejected,
            _ => return Err(SnapshotError::Malformed("appeal")),
        },
    })
}

fn write_app(w: &mut Writer, app: &App) {
    w.uint(app.partner.0);
    w.uint(app.status.code());
    w.bool(app.public);
    w.list(&app.redirects, |w, uri| w.bytes(uri.as_bytes()));
    w.list(&app.credentials, |w, no| w.uint(no.0));
    w.list(&app.agreements, |w, no| w.uint(no.0));
    w.list(&app.certifications, |w, no| w.uint(no.0));
    w.bytes(app.category.as_bytes());
    w.option(app.review.as_deref(), |w, review| {
        w.mask(review.classes);
        w.list(&review.testers, |w, person| w.uint(person.0));
    });
    w.option(app.report, |w, (at, due)| {
        w.uint(at.0);
        w.uint(due.0);
    });
    w.list(&app.suspensions, |w, at| w.uint(at.0));
    w.list(&app.used, |w, (class, streak)| {
        w.uint(class.number());
        w.uint(streak.reaches.0);
        w.uint(streak.last_day);
    });
    w.position(app.cut_off);
}

fn write_agreement(w: &mut Writer, agreement: &Agreement) {
    w.uint(agreement.app.0);
    w.uint(agreement.program.0);
    w.mask(agreement.classes);
    w.mask(agreement.required);
    w.list(&agreement.purposes, |w, no| w.uint(no.0));
    w.uint(agreement.from.0);
    w.uint(agreement.until.0);
    w.option(agreement.ended_at, |w, at| w.uint(at.0));
    w.uint(agreement.made_at.0);
    w.list(&agreement.retention, |w, one| {
        w.mask(one.classes);
        w.uint(one.days);
    });
    w.option(agreement.anonymise_by, |w, at| w.uint(at.0));
}

fn write_installation(w: &mut Writer, installation: &Installation) {
    // The ordinal follows from the order of the installations of a context.
    w.uint(installation.app.0);
    w.uint(installation.context.0);
    w.mask(installation.classes);
    w.bool(installation.ended);
    w.list(&installation.backers, |w, person| w.uint(person.0));
    w.position(installation.cut_off);
}

fn write_grant(w: &mut Writer, grant: &Grant) {
    w.uint(grant.app.0);
    w.uint(grant.person.0);
    w.mask(grant.classes);
    w.list(&grant.contexts, |w, no| w.uint(no.0));
    w.uint(grant.expires_at.0);
    w.bool(grant.ended);
    w.uint(grant.made_at.0);
    w.uint(grant.active_at.0);
    w.option(grant.terms.as_deref(), |w, terms| {
        w.list(&terms.ends, |w, end| {
            w.mask(end.classes);
            w.uint(end.until.0);
        });
        w.mask(terms.once);
        w.mask(terms.spent);
        w.option(terms.purposes.as_ref(), |w, list| w.list(list, |w, no| w.uint(no.0)));
    });
    w.list(&grant.redeemed, |w, at| w.uint(at.0));
    w.list(&grant.families, |w, family| {
        w.uint(family.id.0);
        w.uint(family.counter);
        w.uint(family.rotated_at.0);
    });
    w.position(grant.cut_off);
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Registry> {
    let partners = map(r, PartnerNo, |r| {
        let status = r.code(PartnerStatus::from_code)?;
        let apps = r.list(|r| r.small().map(AppNo))?;
        Ok(Partner { status, apps, cut_off: r.position()? })
    })?;
    let apps = map(r, AppNo, read_app)?;
    let credentials = map(r, CredentialNo, |r| {
        Ok(Credential {
            app: AppNo(r.small()?),
            digest: r.digest()?,
            expires_at: Timestamp(r.uint()?),
            ended: r.bool()?,
            key: r.option(|r| Ok(r.bytes()?.to_vec()))?,
            cut_off: r.position()?,
        })
    })?;
    let programs =
        map(r, |no: u32| ProgramNo(u16::try_from(no).unwrap_or(u16::MAX)), read_program)?;
    let agreements = map(r, AgreementNo, read_agreement)?;
    let certifications = map(r, CertificationNo, read_certification)?;
    let installations = r.list(read_installation)?;
    let grants = r.list(read_grant)?;
    let platform = r.position()?;
    let keys = r.list(|r| Ok((r.small()?, Position(r.uint()?))))?.into_iter().collect();
    let contexts =
        r.list(|r| Ok((ContextNo(r.small()?), Position(r.uint()?))))?.into_iter().collect();
    let cut_offs = CutOffs { platform, keys, contexts };
    let suspensions = r.list(|r| {
        let at = Position(r.uint()?);
        Ok((at, Suspension { apps: r.small()?, lifted: r.bool()? }))
    })?;
    let sandboxes = r.list(|r| r.small().map(ContextNo))?;
    let cases = map(r, CaseNo, read_case)?;
    Ok(Registry {
        partners,
        apps,
        credentials,
        programs,
        agreements,
        certifications,
        installations,
        grants,
        cut_offs,
        suspensions: suspensions.into_iter().collect(),
        sandboxes: sandboxes.into_iter().collect(),
        cases,
    })
}

fn read_program(r: &mut Reader<'_>) -> Result<Program> {
    Ok(Program {
        name: r.text()?,
        status: r.code(ProgramStatus::from_code)?,
        until: r.option(|r| r.uint().map(Timestamp))?,
        cap: r.option(Reader::small)?,
        participants: r.list(|r| Ok((PersonNo(r.small()?), r.small()?)))?.into_iter().collect(),
        exceptions: r
            .list(|r| Ok((AppNo(r.small()?), Timestamp(r.uint()?))))?
            .into_iter()
            .collect(),
    })
}

fn map<K: Ord, V>(
    r: &mut Reader<'_>,
    key: impl Fn(u32) -> K,
    value: impl Fn(&mut Reader<'_>) -> Result<V>,
) -> Result<BTreeMap<K, V>> {
    Ok(r.list(|r| Ok((key(r.small()?), value(r)?)))?.into_iter().collect())
}

fn read_app(r: &mut Reader<'_>) -> Result<App> {
    Ok(App {
        partner: PartnerNo(r.small()?),
        status: r.code(AppStatus::from_code)?,
        public: r.bool()?,
        redirects: r.list(Reader::text)?,
        credentials: r.list(|r| r.small().map(CredentialNo))?,
        agreements: r.list(|r| r.small().map(AgreementNo))?,
        certifications: r.list(|r| r.small().map(CertificationNo))?,
        category: r.text()?,
        review: r.option(|r| {
            let classes = r.mask()?;
            Ok(Box::new(Review { classes, testers: r.list(|r| r.small().map(PersonNo))? }))
        })?,
        report: r.option(|r| Ok((Position(r.uint()?), Timestamp(r.uint()?))))?,
        suspensions: r.list(|r| r.uint().map(Position))?.into_iter().collect(),
        used: r
            .list(|r| {
                let class = r.code(ClassNo::new)?;
                Ok((class, Streak { reaches: Timestamp(r.uint()?), last_day: r.small()? }))
            })?
            .into_iter()
            .collect(),
        cut_off: r.position()?,
    })
}

fn read_agreement(r: &mut Reader<'_>) -> Result<Agreement> {
    let (app, program) = (AppNo(r.small()?), ProgramNo(r.small()?));
    let (classes, required) = (r.mask()?, r.mask()?);
    let purposes = r.list(|r| r.small().map(PurposeNo))?;
    let (from, until) = (Timestamp(r.uint()?), Timestamp(r.uint()?));
    let ended_at = r.option(|r| r.uint().map(Timestamp))?;
    Ok(Agreement {
        app,
        program,
        classes,
        required,
        purposes,
        from,
        until,
        ended: ended_at.is_some(),
        ended_at,
        made_at: Timestamp(r.uint()?),
        retention: r.list(|r| Ok(Retention { classes: r.mask()?, days: r.small()? }))?,
        anonymise_by: r.option(|r| r.uint().map(Timestamp))?,
    })
}

fn read_installation(r: &mut Reader<'_>) -> Result<Installation> {
    let (app, context) = (AppNo(r.small()?), ContextNo(r.small()?));
    let (classes, ended) = (r.mask()?, r.bool()?);
    let count = r.count()?;
    let backers = (0..count).map(|_| r.small().map(PersonNo)).collect::<Result<_>>()?;
    let cut_off = r.position()?;
    Ok(Installation { app, context, classes, ordinal: 0, ended, backers, cut_off })
}

fn read_grant(r: &mut Reader<'_>) -> Result<Grant> {
    Ok(Grant {
        app: AppNo(r.small()?),
        person: PersonNo(r.small()?),
        classes: r.mask()?,
        contexts: r.list(|r| r.small().map(ContextNo))?,
        expires_at: Timestamp(r.uint()?),
        ended: r.bool()?,
        made_at: Timestamp(r.uint()?),
        active_at: Timestamp(r.uint()?),
        terms: r.option(|r| read_terms(r).map(Box::new))?,
        redeemed: r.list(|r| r.uint().map(Position))?,
        families: r.list(|r| {
            let id = Position(r.uint()?);
            Ok(Family { id, counter: r.small()?, rotated_at: Timestamp(r.uint()?) })
        })?,
        cut_off: r.position()?,
    })
}

/// Numbers of the grants of each person, as they were given: the index that people keep.
pub(super) fn grants_of_people(
    registry: &Registry,
) -> impl Iterator<Item = (PersonNo, GrantNo)> + '_ {
    registry.grants.iter().zip(0u32..).map(|(grant, no)| (grant.person, GrantNo(no)))
}

/// The context of each installation, oldest first: the index that contexts keep.
pub(super) fn installations_of_contexts(
    registry: &mut Registry,
) -> impl Iterator<Item = (InstallationNo, &mut Installation)> + '_ {
    registry.installations.iter_mut().zip(0u32..).map(|(one, no)| (InstallationNo(no), one))
}

fn read_terms(r: &mut Reader<'_>) -> Result<GrantTerms> {
    Ok(GrantTerms {
        ends: r.list(|r| Ok(ClassEnd { classes: r.mask()?, until: Timestamp(r.uint()?) }))?,
        once: r.mask()?,
        spent: r.mask()?,
        purposes: r.option(|r| r.list(|r| r.small().map(PurposeNo)))?,
    })
}
