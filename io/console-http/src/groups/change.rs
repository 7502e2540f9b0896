//! What an admin's forms do to an app in a group.

use super::refused;
use crate::classes;
use crate::page::{Answer, Halt, redirect};
use crate::parts::Console;
use crate::visitor::PersonForm;
use axum::extract::{Path, State};
use flows::admin;
use model::InstallationNo;
use std::sync::Arc;
use store::Urgency;

fn number(text: &str) -> Result<InstallationNo, Halt> {
    text.parse().map_err(|_| Halt::NotFound)
}

/// `POST /groups/apps/{installation}/narrow`
pub(crate) async fn narrow(
    State(console): State<Arc<Console>>,
    Path(installation): Path<String>,
    form: PersonForm,
) -> Answer {
    let (no, who) = (number(&installation)?, form.person.no);
    let keep = classes::chosen(&console.store().state(), &form.fields);
    if keep.is_empty() {
        // Nothing left is a disabled app, which has a page of its own that says what it means.
        return Ok(redirect(&format!("/groups/apps/{no}/disable")));
    }
    console
        .store()
        .commit(Urgency::Ending, form.person.own, move |state, _, _| {
            admin::narrow(state, who, no, keep)
        })
        .await?
        .map_err(|refusal| refused(&refusal))?;
    Ok(redirect(&format!("/groups/apps/{no}?done=narrowed")))
}

/// `POST /groups/apps/{installation}/confirm`
pub(crate) async fn confirm(
    State(console): State<Arc<Console>>,
    Path(installation): Path<String>,
    form: PersonForm,
) -> Answer {
    let (no, who) = (number(&installation)?, form.person.no);
    console
        .store()
        .commit(Urgency::Ordinary, form.person.own, move |state, _, env| {
            admin::confirm(state, env.now, who, no)
        })
        .await?
        .map_err(|refusal| refused(&refusal))?;
    Ok(redirect(&format!("/groups/apps/{no}?done=backed")))
}

/// `POST /groups/apps/{installation}/disable`
pub(crate) async fn disable(
    State(console): State<Arc<Console>>,
    Path(installation): Path<String>,
    form: PersonForm,
) -> Answer {
    let (no, who) = (number(&installation)?, form.person.no);
    console
        .store()
        .commit(Urgency::Ending, form.person.own, move |state, _, _| admin::disable(state, who, no))
        .await?
        .map_err(|refusal| refused(&refusal))?;
    Ok(redirect("/groups?done=disabled"))
}
