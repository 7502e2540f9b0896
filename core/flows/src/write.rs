//! Writes to the upstream: permitted and recorded before, their end recorded where no disclosure does it.

use consent::{Request, State, authorize, marks_of_use};
use ledger::{Entry, Leaf, Payload, WriteOutcome, WriteOutcomeKind, WritePermitted};
use model::{Chain, ContextKind, Env, ObjectNo, Position, Reason};
use sequence::Commit;

/// What the gateway knows of a write beside the request.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Request id.
    pub request_id: [u8; 16],
    /// Truncated source network.
    pub network: Option<Vec<u8>>,
    /// SHA-256 of the idempotency key.
    pub idempotency: Option<[u8; 32]>,
    /// What it is written under, if the path names an object.
    pub object: Option<ObjectNo>,
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
/// The first link that fails.
pub fn permit(
    state: &State,
    env: &Env,
    request: &Request,
    attempt: &Attempt,
) -> Result<Commit<()>, Reason> {
    authorize(state, request, env.now)?;
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
