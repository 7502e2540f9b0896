//! What would be if: events that the log does not hold, and changes that are watched before they are made.

use crate::fold::FoldError;
use crate::state::State;
use catalog::{Document, Numbering};
use ledger::{
    AgreementEnded, AgreementMade, Assigned, AuditedAgreement, AuditedCatalog, AuditedChange,
    AuditedProgram, CatalogActivated, Event, ExceptionMade, PolicyActivated, ProgramStatusChanged,
    Why,
};
use model::{Actor, AgreementNo, AppNo, ClassMask, Position, ProgramNo, Timestamp};
use std::collections::BTreeMap;

/// The number of an agreement that nobody has made: the log goes on giving numbers from below, and never comes here.
const SUPPOSED: AgreementNo = AgreementNo(u32::MAX - 1);

/// Nobody did it.
const fn supposed() -> Why {
    Why::by(Actor::System)
}

impl State {
    /// Takes in an event that the log does not hold, between two that it does: for a state that asks what would be if.
    /// The next entry of the log still fits.
    ///
    /// # Errors
    /// Those of [`State::apply`].
    pub fn suppose(&mut self, event: &Event) -> Result<(), FoldError> {
        self.fold(Position(self.next), Timestamp(self.time), event)
    }

    /// The events that would make a watched change here, in their order. Names that a catalog brings get the next numbers,
    /// as they would, and an agreement gets one that the log never gives.
    ///
    /// # Errors
    /// It cannot follow this state.
    pub fn events_of(&self, change: &AuditedChange) -> Result<Vec<Event>, FoldError> {
        Ok(match change {
            AuditedChange::Policy(policy) => {
                let document = policy.document.clone();
                vec![Event::PolicyActivated(PolicyActivated { document, why: supposed() })]
            }
            AuditedChange::Catalog(catalog) => vec![activation(catalog, &self.numbering)?],
            AuditedChange::Agreement(wanted) => {
                let ended = wanted.replaces.map(|replaced| self.ending(replaced)).transpose()?;
                std::iter::once(agreement(wanted)).chain(ended).collect()
            }
            AuditedChange::AgreementEnd(no) => vec![self.ending(*no)?],
            AuditedChange::Program(stage) => stage_events(stage),
        })
    }

    fn ending(&self, no: AgreementNo) -> Result<Event, FoldError> {
        let app = self.agreement(no).ok_or(FoldError::Number("agreement"))?.app;
        Ok(Event::AgreementEnded(AgreementEnded { agreement: no, app, why: supposed() }))
    }

    /// Whether an event, of which this is the state before, really changes what a watched change is about, so that there is
    /// nothing left to hold that against. Of a policy there always is: it says everything about its subject, whichever
    /// other one comes into force. The others are changes to something: to the versions served, to what an app may have in
    /// a program, to a program's stage.
    #[must_use]
    pub fn overtakes(&self, event: &Event, change: &AuditedChange) -> bool {
        match (change, event) {
            (AuditedChange::Catalog(_), Event::CatalogActivated(_)) => true,
            (AuditedChange::Program(stage), Event::ProgramStatusChanged(event)) => {
                event.program == stage.program
            }
            (AuditedChange::Agreement(_) | AuditedChange::AgreementEnd(_), event) => {
                let about = self.agreed_with(change);
                about.is_some() && about == self.agreed_by(event)
            }
            (
                AuditedChange::Policy(_) | AuditedChange::Catalog(_) | AuditedChange::Program(_),
                _,
            ) => false,
        }
    }

    /// Whose agreements a change is about, and in which program.
    fn agreed_with(&self, change: &AuditedChange) -> Option<(AppNo, ProgramNo)> {
        match change {
            AuditedChange::Agreement(wanted) => Some((wanted.app, wanted.program)),
            AuditedChange::AgreementEnd(no) => {
                self.agreement(*no).map(|found| (found.app, found.program))
            }
            AuditedChange::Policy(_) | AuditedChange::Catalog(_) | AuditedChange::Program(_) => {
                None
            }
        }
    }

    fn agreed_by(&self, event: &Event) -> Option<(AppNo, ProgramNo)> {
        match event {
            Event::AgreementMade(made) => Some((made.app, made.program)),
            Event::AgreementEnded(ended) => {
                self.agreement(ended.agreement).map(|found| (found.app, found.program))
            }
            _ => None,
        }
    }
}

fn activation(catalog: &AuditedCatalog, known: &Numbering) -> Result<Event, FoldError> {
    let wrong = |mistakes| FoldError::Document(format!("{mistakes:?}"));
    let document = Document::parse(&catalog.document).map_err(wrong)?;
    let new = document.new_names(known).map_err(wrong)?;
    Ok(Event::CatalogActivated(CatalogActivated {
        document: catalog.document.clone(),
        classes: assigned(&new.classes, |no| no.number().into()),
        operations: assigned(&new.operations, |no| no.0.into()),
        purposes: assigned(&new.purposes, |no| no.0.into()),
        programs: assigned(&new.programs, |no| no.0.into()),
        keeps: catalog.keeps.clone(),
        why: supposed(),
    }))
}

fn assigned<N: Copy>(names: &BTreeMap<String, N>, number: impl Fn(N) -> u32) -> Vec<Assigned> {
    names.iter().map(|(name, no)| Assigned { name: name.clone(), number: number(*no) }).collect()
}

fn agreement(wanted: &AuditedAgreement) -> Event {
    Event::AgreementMade(AgreementMade {
        agreement: SUPPOSED,
        app: wanted.app,
        program: wanted.program,
        classes: wanted.classes,
        // What decides nothing is not said of an agreement that nobody has made.
        required: ClassMask::NONE,
        purposes: wanted.purposes.clone(),
        from: wanted.from,
        until: wanted.until,
        retention: None,
        anonymise_by: None,
        terms: None,
        why: supposed(),
    })
}

fn stage_events(stage: &AuditedProgram) -> Vec<Event> {
    let AuditedProgram { program, status, until, cap, .. } = *stage;
    let exceptions = stage.exceptions.iter().flatten().map(|one| {
        let (app, until) = (one.app, one.until);
        Event::ExceptionMade(ExceptionMade { program, app, until, why: supposed() })
    });
    let changed = ProgramStatusChanged { program, status, until, cap, why: supposed() };
    exceptions.chain(std::iter::once(Event::ProgramStatusChanged(changed))).collect()
}
