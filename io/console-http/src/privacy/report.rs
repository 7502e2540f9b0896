//! Reporting an app to the platform.

use crate::page::{Answer, Halt, redirect};
use crate::parts::Console;
use crate::visitor::PersonForm;
use axum::extract::{Path, State};
use flows::person;
use model::{AppNo, EndingReason};
use std::sync::Arc;
use store::Urgency;

/// `POST /privacy/apps/{app}/report`
pub(crate) async fn report(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    form: PersonForm,
) -> Answer {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    let who = form.person.no;
    let reason = EndingReason::from_word(form.fields.text("reason"))
        .filter(|reason| *reason != EndingReason::OwnWish)
        .ok_or_else(|| Halt::Bad("Choose what is wrong with the app.".to_owned()))?;
    let text = form.fields.text("text").to_owned();
    console
        .store()
        .commit(Urgency::Ordinary, form.person.own, move |state, _, env| {
            person::report_app(state, env, who, no, (reason, Some(text.clone())))
        })
        .await?
        .map_err(|_| Halt::NotFound)?;
    Ok(redirect(&format!("/privacy/apps/{no}?done=reported")))
}
