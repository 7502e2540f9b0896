//! The pass over deliveries, and the task that runs both passes.

use crate::facts::{facts, instant};
use crate::language::Language;
use crate::names::Names;
use crate::telling::tell;
use crate::texts::{footer, text};
use model::{Millis, PersonNo, Severity, Timestamp};
use notices::{Audience, Channel, Details, Kind, Notice, Reader, Recipient, Subject};
use outbound::{Asking, Letter, Mailer, Undelivered, Webhook};
use sequence::StoreError;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::{Address, Delivery, ExternalKind, Failure, Outcome, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often log and deliveries are looked at. Looking costs a query or two that find nothing.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Deliveries under way at a time, on each channel.
const AT_ONCE: usize = 8;
/// How long a channel rests on which nothing arrived.
const REST: Millis = Millis::seconds(30);
/// The first wait after a failure; each later one is twice as long, up to the longest.
const WAIT_FIRST: Millis = Millis::minutes(1);
const WAIT_LONGEST: Millis = Millis::minutes(360);
/// With these waits the last attempt is some two days after the first.
const ATTEMPTS_MAX: u32 = 16;
/// How long notices are kept.
const KEPT: Millis = Millis::days(400);
const PRUNE_EVERY: Millis = Millis::days(1);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Ways out beside the inbox; none unless the operator names one.
#[derive(Default)]
pub struct Ways {
    /// E-mail.
    pub mailer: Option<Mailer>,
    /// The platform's webhook.
    pub webhook: Option<Webhook>,
    /// Where e-mail to staff goes.
    pub staff: Option<Address>,
}

/// What tells: over the log, the clock and the deliveries.
pub struct Post {
    store: Store,
    upstream: Asking,
    ways: Ways,
    /// Where the console is, for letters.
    home: String,
}

/// How long to wait after so many failures.
fn wait(failures: u32) -> Millis {
    let factor = 1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
    Millis(WAIT_FIRST.0.saturating_mul(factor).min(WAIT_LONGEST.0))
}

/// Who reads a delivery.
const fn reader(delivery: &Delivery) -> Option<Recipient> {
    match (delivery.reader, delivery.notice.audience) {
        (Some(person), _) => Some(Recipient::Person(person)),
        (None, Audience::One(recipient)) => Some(recipient),
        (None, Audience::Members { .. }) => None,
    }
}

impl Post {
    /// A post office over a store, with names from the platform.
    #[must_use]
    pub fn new(store: Store, upstream: Asking, ways: Ways, home: &str) -> Arc<Self> {
        Arc::new(Self { store, upstream, ways, home: home.trim_end_matches('/').to_owned() })
    }

    fn channels(&self) -> Vec<Channel> {
        let email = self.ways.mailer.is_some().then_some(Channel::Email);
        let webhook = self.ways.webhook.is_some().then_some(Channel::Webhook);
        email.into_iter().chain(webhook).collect()
    }

    /// Runs until it is stopped. What is under way then is tried again later. A mail server that does not answer holds up
    /// letters, and nothing else.
    pub async fn run(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&self).telling(stopped.clone()));
        for channel in self.channels() {
            tasks.spawn(Arc::clone(&self).delivering(channel, stopped.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of notices ended badly");
            }
        }
    }

    async fn telling(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let mut pruned_at = Timestamp(0);
        while rest(&mut stopped).await {
            let (post, channels) = (Arc::clone(&self), self.channels());
            let prunes = self.store.now().since(pruned_at) >= PRUNE_EVERY;
            if prunes {
                pruned_at = self.store.now();
            }
            let pass = move || {
                // What room is left is for endings; a clock that lies would announce ends that are not near.
                if post.store.ready().is_err() {
                    return;
                }
                match tell(&post.store, &channels) {
                    Ok(0) => {}
                    Ok(new) => {
                        metrics::counter!("bailment_notices_made").increment(new as u64);
                        tracing::debug!(new, "notices were made");
                    }
                    Err(error) => tracing::warn!(%error, "notices fall behind"),
                }
                if prunes {
                    let before = Timestamp(post.store.now().0.saturating_sub(KEPT.0));
                    if let Err(error) = post.store.prune_notices(before) {
                        tracing::warn!(%error, "old notices stay");
                    }
                }
            };
            if let Err(error) = tokio::task::spawn_blocking(pass).await {
                tracing::error!(%error, "a pass over the log ended badly");
            }
        }
    }

    async fn delivering(self: Arc<Self>, channel: Channel, mut stopped: watch::Receiver<bool>) {
        let mut rests_until = Timestamp(0);
        while rest(&mut stopped).await {
            let full = matches!(self.store.ready(), Err(Failure::Full));
            if full || self.store.now() < rests_until {
                continue;
            }
            let pass = Arc::clone(&self).deliver(channel);
            let done = tokio::select! {
                done = pass => done,
                _ = stopped.wait_for(|stopped| *stopped) => return,
            };
            match done {
                Ok(Pass { failed, arrived: 0 }) if failed > 0 => {
                    rests_until = self.store.now().plus(REST);
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "deliveries cannot be read or noted"),
            }
        }
    }

    /// Makes every attempt on a channel that is due, a few at a time, until none is or one round brought nothing.
    ///
    /// # Errors
    /// The queue cannot be read or written; what was sent may be sent again.
    pub async fn deliver(self: Arc<Self>, channel: Channel) -> Result<Pass, StoreError> {
        let mut all = Pass { arrived: 0, failed: 0 };
        loop {
            let due = self.store.due_deliveries(channel, self.store.now(), AT_ONCE)?;
            if due.is_empty() {
                return Ok(all);
            }
            let mut round = JoinSet::new();
            for delivery in due {
                let post = Arc::clone(&self);
                round.spawn(async move { post.attempt(delivery).await });
            }
            let mut arrived = 0;
            while let Some(ended) = round.join_next().await {
                match ended {
                    Ok(Ok(true)) => arrived += 1,
                    Ok(Ok(false)) => all.failed += 1,
                    Ok(Err(error)) => return Err(error),
                    Err(error) => {
                        tracing::error!(%error, "a delivery ended badly");
                        return Ok(all);
                    }
                }
            }
            all.arrived += arrived;
            if arrived == 0 {
                return Ok(all);
            }
        }
    }

    /// One attempt, and its outcome noted. Whether it brought something to an end.
    async fn attempt(&self, delivery: Delivery) -> Result<bool, StoreError> {
        let (sent, failures) = (self.send(&delivery).await?, delivery.attempts.saturating_add(1));
        let now = self.store.now();
        let outcome = match sent {
            Sent::Settled(outcome) => outcome,
            Sent::Tried(Ok(())) => Outcome::Done,
            Sent::Tried(Err(Undelivered::Never(trouble))) => Outcome::Dead { trouble },
            Sent::Tried(Err(Undelivered::Later(trouble))) if failures >= ATTEMPTS_MAX => {
                Outcome::Dead { trouble }
            }
            Sent::Tried(Err(Undelivered::Later(trouble))) => {
                Outcome::Later { at: now.plus(wait(failures)), trouble }
            }
        };
        let noted = self.store.attempted(&delivery, &outcome, now)?;
        let word = match &outcome {
            Outcome::Done | Outcome::Instead(_) => "done",
            Outcome::Nobody => "nobody",
            Outcome::Later { .. } => "later",
            Outcome::Dead { .. } => "dead",
        };
        metrics::counter!("bailment_notice_deliveries", "channel" => delivery.channel.word(), "outcome" => word)
            .increment(1);
        if let (Outcome::Dead { trouble }, true) = (&outcome, noted) {
            tracing::warn!(delivery = delivery.id, channel = delivery.channel.word(), %trouble, "a notice cannot be delivered");
            self.tell_staff(&delivery, now)?;
        }
        Ok(!matches!(outcome, Outcome::Later { .. }))
    }

    /// Staff hear once a day and channel, in their inbox: what carries notices out is what failed.
    fn tell_staff(&self, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError> {
        let details = Details {
            notice: Some(delivery.notice.id),
            channel: Some(delivery.channel.code()),
            ..Details::default()
        };
        let notice = Notice {
            audience: Audience::One(Recipient::Staff),
            kind: Kind::DeliveryFailed,
            subject: Subject::Failing(delivery.channel, now.0 / DAY_MS),
            details,
            severity: Severity::High,
        };
        self.store.tell_of(&notice, now).map(drop)
    }

    async fn send(&self, delivery: &Delivery) -> Result<Sent, StoreError> {
        match (delivery.channel, &self.ways.mailer, &self.ways.webhook) {
            (Channel::Email, Some(mailer), _) => self.send_letter(mailer, delivery).await,
            (Channel::Webhook, _, Some(webhook)) => self.send_webhook(webhook, delivery).await,
            (Channel::Email, None, _) | (Channel::Webhook, _, None) => {
                Ok(Sent::Settled(Outcome::Nobody))
            }
        }
    }

    /// Members who gave an address. A group can have a million of them: read where waiting for the disk holds up nobody.
    async fn members(&self, delivery: &Delivery) -> Result<Vec<PersonNo>, StoreError> {
        let Audience::Members { context, but } = delivery.notice.audience else {
            return Ok(Vec::new());
        };
        let store = self.store.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut members = store.members(context)?;
            members.retain(|member| Some(*member) != but);
            store.with_address(&members)
        });
        reading.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    async fn send_letter(&self, mailer: &Mailer, delivery: &Delivery) -> Result<Sent, StoreError> {
        let Some(recipient) = reader(delivery) else {
            return Ok(Sent::Settled(Outcome::Instead(self.members(delivery).await?)));
        };
        let address = match (recipient, &self.ways.staff) {
            (Recipient::Staff, Some(address)) => Some(address.clone()),
            _ => crate::address(&self.store, recipient)?,
        };
        let Some(address) = address else { return Ok(Sent::Settled(Outcome::Nobody)) };
        let notice = &delivery.notice;
        let names = Names::of(&self.store, &self.upstream, std::slice::from_ref(notice)).await?;
        let language = Language::of_tag(&address.language).unwrap_or(Language::English);
        let reader = recipient.reader();
        let written = text(language, (notice.kind, reader), &notice.details, &names);
        let footer = footer(language, reader, &self.home);
        let letter = Letter {
            id: format!("ntc_{}.{}", notice.id, delivery.id),
            to: address.email,
            subject: written.subject,
            body: format!("{}\n\n-- \n{footer}\n", written.body),
            language: language.tag().to_owned(),
            written_at: notice.created_at,
        };
        Ok(Sent::Tried(mailer.send(&letter).await))
    }

    async fn send_webhook(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
    ) -> Result<Sent, StoreError> {
        let Some(body) = self.message(delivery).await? else {
            return Ok(Sent::Settled(Outcome::Nobody));
        };
        let id = format!("ntc_{}", delivery.notice.id);
        let body = body.to_string().into_bytes();
        Ok(Sent::Tried(webhook.post(&id, self.store.now(), body).await))
    }

    /// The message to the platform, with the platform's own ids; none about somebody who is erased.
    async fn message(&self, delivery: &Delivery) -> Result<Option<Value>, StoreError> {
        let notice = &delivery.notice;
        let external = |kind, number: u32| self.store.external(kind, number.into());
        let group = match notice.details.context {
            Some(context) => external(ExternalKind::Context, context.0)?,
            None => None,
        };
        let (recipient, reader) = match notice.audience {
            Audience::One(Recipient::Person(person)) => {
                let Some(id) = external(ExternalKind::Person, person.0)? else { return Ok(None) };
                (json!({ "kind": "person", "person": *id }), Reader::Person)
            }
            Audience::Members { context, but } => {
                let Some(id) = external(ExternalKind::Context, context.0)? else {
                    return Ok(None);
                };
                let but = match but {
                    Some(person) => external(ExternalKind::Person, person.0)?,
                    None => None,
                };
                (json!({ "kind": "members", "group": *id, "but": but.as_deref() }), Reader::Person)
            }
            Audience::One(Recipient::Partner(no)) => {
                (json!({ "kind": "partner", "partner": no.to_string() }), Reader::Partner)
            }
            Audience::One(Recipient::Staff) => (json!({ "kind": "staff" }), Reader::Staff),
        };
        let names = Names::of(&self.store, &self.upstream, std::slice::from_ref(notice)).await?;
        let texts = Language::ALL.map(|language| {
            let written = text(language, (notice.kind, reader), &notice.details, &names);
            let text = json!({ "subject": written.subject, "body": written.body });
            (language.tag().to_owned(), text)
        });
        let mut facts = facts(notice.kind, &notice.details, self.store.state().numbering());
        if let Some(group) = group {
            facts.insert("group".to_owned(), (*group).into());
        }
        Ok(Some(json!({
            "type": format!("notice.{}", notice.kind),
            "timestamp": instant(notice.created_at),
            "data": {
                "notice": format!("ntc_{}", notice.id),
                "severity": notice.severity.word(),
                "recipient": recipient,
                "facts": facts,
                "texts": texts.into_iter().collect::<serde_json::Map<_, _>>(),
            },
        })))
    }
}

/// What a pass over deliveries came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Deliveries that came to an end, good or bad.
    pub arrived: usize,
    /// Deliveries that will be tried again.
    pub failed: usize,
}

enum Sent {
    Tried(Result<(), Undelivered>),
    Settled(Outcome),
}

/// Waits for the next look; whether there is one.
async fn rest(stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(LOOK_EVERY) => true,
        // A sender that is gone means the same.
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_after_two_days() {
        assert_eq!(
            (wait(1), wait(2), wait(6)),
            (Millis::minutes(1), Millis::minutes(2), Millis::minutes(32))
        );
        assert_eq!(wait(70), WAIT_LONGEST);
        let all: u64 = (1..ATTEMPTS_MAX).map(|failures| wait(failures).0).sum();
        assert!((40..50).contains(&(all / 3_600_000)), "{} hours", all / 3_600_000);
    }
}
