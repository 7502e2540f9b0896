//! Writes to the upstream: permitted and recorded before, their end recorded where no disclosure does it.

use consent::{Request, State, authorize, decide, marks_of_use};
use ledger::{Entry, Leaf, Node, Payload, WriteOutcome, WriteOutcomeKind, WritePermitted};
use model::{Chain, ContextKind, Env, ObjectNo, Position, Reason};
use sequence::Commit;

/// What the gateway knows of a write beside the request.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Where the catalog was activated that the request was understood by.
    pub catalog: Position,
    /// Request id.
    pub request_id: [u8; 16],
    /// Truncated source network.
    pub network: Option<Vec<u8>>,
    /// SHA-256 of the idempotency key.
    pub idempotency: Option<[u8; 32]>,
    /// What it is written under, if the path names an object.
    pub object: Option<ObjectNo>,
    /// What it is written below, asking for what it shows by: it must show to whoever writes there.
    pub above: Option<Node>,
}

/// Why a write is not permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The first link that fails.
    Reason(Reason),
    /// Another catalog came into force since the request was understood: what it needs, and what its body may be, is
    /// to be looked up anew.
    CatalogChanged,
    /// What it is written below does not show to this app: it is absent, whatever the reason.
    Absent,
}

fn leaf(state: &State, request: &Request, request_id: [u8; 16]) -> Leaf {
    let (grant, installation) = match request.chain {
        Chain::Grant(grant) => (Some(grant), None),
        Chain::Installation(installation) => (None, Some(installation)),
    };
    let kind =
        request.context.and_then(|no| state.context(no)).and_then(consent::ContextState::kind);
    Leaf {
        partner: state.app(request.app).map(|app| app.partner),
        app: Some(request.app),
        credential: request.credential,
        grant,
        installation,
        issue: Some(request.issue),
        key: Some(request.key),
        family: request.family,
        operation: Some(request.operation),
        version: Some(request.version),
        purpose: Some(request.purpose),
        program: Some(request.program),
        policy: state.policy_at(),
        request: Some(request_id),
        context: Some(kind.unwrap_or(ContextKind::None)),
        classes: Some(request.requires).filter(|classes| !classes.is_empty()),
        ..Leaf::blank()
    }
}

/// Permits a write: the entry is durable before the upstream is called.
///
/// # Errors
/// The first link that fails, for the action or for what is written below.
pub fn permit(
    state: &State,
    env: &Env,
    request: &Request,
    attempt: &Attempt,
) -> Result<Commit<()>, Refusal> {
    if state.catalog_at() != Some(attempt.catalog) {
        return Err(Refusal::CatalogChanged);
    }
    authorize(state, request, env.now).map_err(Refusal::Reason)?;
    if let Some(above) = &attempt.above {
        let decision = decide(state, request, std::slice::from_ref(above), env.now);
        if decision.released.iter().all(|mask| mask.is_empty()) {
            return Err(Refusal::Absent);
        }
    }
    let payload = WritePermitted {
        acting: request.acting,
        context: request.context,
        network: attempt.network.clone(),
        idempotency: attempt.idempotency,
        facts_up_to: request.facts_up_to,
        object: attempt.object,
    };
    let leaf = leaf(state, request, attempt.request_id);
    let marks = marks_of_use(state, request, request.requires, env.now);
    let entry = Entry { leaf, payload: Payload::WritePermitted(payload) };
    Ok(Commit { marks, ..Commit::entry(entry, ()) })
}

/// Records how a permitted write ended when no answer of it is released.
#[must_use]
pub fn outcome(
    state: &State,
    request: &Request,
    permitted_at: Position,
    outcome: WriteOutcomeKind,
) -> Commit<()> {
    let leaf = leaf(state, request, [0; 16]);
    let leaf = Leaf { request: None, ..leaf };
    Commit::entry(
        Entry { leaf, payload: Payload::WriteOutcome(WriteOutcome { permitted_at, outcome }) },
        (),
    )
}
