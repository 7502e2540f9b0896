//! Why: for each class of each node, the chain that allowed it or the first link that failed.

use crate::decide::{Pass, Request, authorize};
use crate::state::State;
use ledger::{About, Node};
use model::{
    AgreementNo, CertificationNo, Chain, ClassMask, ClassNo, GrantNo, InstallationNo, PersonNo,
    Position, Reason, Timestamp,
};

/// One link of a chain that held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The policy in force, activated at this position.
    Policy(Position),
    /// An agreement that covers class and purpose.
    Agreement(AgreementNo),
    /// A certification.
    Certification(CertificationNo),
    /// A standing installation, and the admins behind it.
    Installation(InstallationNo, Vec<PersonNo>),
    /// The acting person's grant.
    Grant(GrantNo),
    /// The record is published.
    Published,
    /// Everyone it is about opted in.
    OptIn(Vec<PersonNo>),
    /// It is about the acting person.
    OwnData,
}

/// Why a class of a node left or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It left.
    Released(Vec<Link>),
    /// It did not.
    Withheld(Reason),
    /// The node itself, or one around it, did not appear.
    NotShown(Option<Reason>),
}

/// The explanation of one class of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Index of the node.
    pub node: usize,
    /// Which class.
    pub class: ClassNo,
    /// Why.
    pub why: Why,
}

/// Explains a decision class by class; agrees with [`crate::decide`] on what leaves.
///
/// # Errors
/// The reason for which the whole request is refused.
pub fn explain(
    state: &State,
    request: &Request,
    nodes: &[Node],
    now: Timestamp,
) -> Result<Vec<Explained>, Reason> {
    let authority = authorize(state, request, now)?;
    let mut pass = Pass::new(state, request, &authority, now);
    let mut out = Vec::new();
    let mut contexts = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let mut failed = Vec::new();
        let released = pass.node(node, &mut failed);
        let inherited =
            node.within.and_then(|within| contexts.get(within as usize)).copied().flatten();
        let context = node.record.as_ref().map_or(inherited, |record| record.context);
        contexts.push(context);
        for class in node.asked.iter() {
            let bit = ClassMask::of(class);
            let reason = |mask: ClassMask| {
                failed
                    .iter()
                    .find(|(_, classes)| !(*classes & mask).is_empty())
                    .map(|(reason, _)| *reason)
            };
            let why = if released.has(class) {
                Why::Released(chain(state, request, node, context, class, now))
            } else {
                match reason(bit) {
                    Some(reason) => Why::Withheld(reason),
                    None => Why::NotShown(reason(node.presence)),
                }
            };
            out.push(Explained { node: index, class, why });
        }
    }
    Ok(out)
}

fn chain(
    state: &State,
    request: &Request,
    node: &Node,
    context: Option<model::ContextNo>,
    class: ClassNo,
    now: Timestamp,
) -> Vec<Link> {
    let bit = ClassMask::of(class);
    let rules = state.rules_of(request.version).map(|rules| rules.program(request.program));
    let rules = rules.unwrap_or_default();
    let has = |mask: ClassMask| !(mask & bit).is_empty();
    let mut links: Vec<Link> = state.policy_at().map(Link::Policy).into_iter().collect();
    let app = state.app(request.app);
    let agreement = app.into_iter().flat_map(|app| &app.agreements).find(|no| {
        state.agreement(**no).is_some_and(|a| {
            a.is_standing(now)
                && a.classes.has(class)
                && a.program == request.program
                && a.purposes.contains(&request.purpose)
        })
    });
    links.extend(agreement.map(|no| Link::Agreement(*no)));
    if has(rules.certification) {
        let held = app.into_iter().flat_map(|app| &app.certifications).find(|no| {
            state.certification(**no).is_some_and(|c| {
                !c.ended
                    && c.from <= now
                    && now < c.until
                    && c.classes.has(class)
                    && c.purpose == request.purpose
            })
        });
        links.extend(held.map(|no| Link::Certification(*no)));
    }
    let by_installation = matches!(request.chain, Chain::Installation(_));
    if by_installation || has(rules.installation | rules.opt_in) {
        let installed = context.and_then(|context| state.installed(request.app, context));
        links.extend(installed.map(|(no, one)| Link::Installation(no, one.backers().to_vec())));
    }
    if let Chain::Grant(grant) = request.chain {
        links.push(Link::Grant(grant));
    }
    if has(rules.published) {
        links.push(Link::Published);
    }
    if let (true, About::People(people)) = (has(rules.opt_in), &node.about) {
        links.push(Link::OptIn(people.to_vec()));
    }
    if has(rules.own_data) {
        links.push(Link::OwnData);
    }
    links
}
