//! The queue of notices: once, in order, by its reader alone.

use super::{Told, open, partner};
use consent::State;
use ledger::{Event, Fact, Facts};
use model::{AppNo, ContextNo, Env, PartnerNo, PersonNo, Position, Severity, SourceNo, Timestamp};
use notices::{Audience, Channel, Details, Kind, Notice, Recipient, Subject};
use sequence::{Commit, Lookup, Membership, VaultWrite};
use std::convert::Infallible;
use store::{Address, Options, Outcome, Store, TellerCursor, Urgency};

const ADA: PersonNo = PersonNo(1);
const BEN: PersonNo = PersonNo(2);
const GROUP: ContextNo = ContextNo(7);

fn notice(audience: Audience, at: u64) -> Notice {
    Notice {
        audience,
        kind: Kind::AppEnabled,
        subject: Subject::Entry(Position(at)),
        details: Details { app: Some(AppNo(3)), ..Details::default() },
        severity: Severity::Low,
    }
}

const fn person(person: PersonNo) -> Audience {
    Audience::One(Recipient::Person(person))
}

const MEMBERS: Audience = Audience::Members { context: GROUP, but: Some(BEN) };

async fn join(store: &Store, people: &'static [PersonNo]) {
    let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
        let member = |person: &PersonNo| VaultWrite::Member {
            person: *person,
            context: GROUP,
            membership: Membership::Member,
        };
        let commit = Commit::nothing(());
        Ok(people.iter().map(member).fold(commit, Commit::with))
    };
    store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
}

/// Tells, and moves the cursor on by one entry.
fn tell(store: &Store, due: &[Notice], channels: &[Channel]) -> usize {
    let from = store.teller_cursor().unwrap();
    let to = TellerCursor { next: Position(from.next.0 + 1), ..from };
    store.tell((from, to), due, &[], channels).unwrap().unwrap()
}

fn ids(store: &Store, who: PersonNo) -> Vec<u64> {
    let inbox = store.inbox(Recipient::Person(who), None, 100).unwrap();
    inbox.iter().map(|one| one.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_not_told_again_and_a_cursor_moves_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let from = store.teller_cursor().unwrap();
    let to = TellerCursor { next: Position(5), ..from };
    let due = [notice(person(ADA), 1), notice(person(BEN), 1), notice(person(ADA), 2)];
    assert_eq!(store.tell((from, to), &due, &[], &[]).unwrap(), Some(3));
    assert_eq!(store.tell((from, to), &due, &[], &[]).unwrap(), None, "somebody else moved it");
    assert_eq!(store.teller_cursor().unwrap(), to);
    assert_eq!(tell(&store, &due, &[]), 0, "the same from an older cursor");
    assert_eq!((ids(&store, ADA).len(), ids(&store, BEN).len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_reads_for_themselves_what_all_members_are_told() {
    const CAL: PersonNo = PersonNo(3);
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    join(&store, &[ADA, BEN, CAL]).await;
    tell(&store, &[notice(MEMBERS, 1), notice(person(ADA), 2), notice(MEMBERS, 3)], &[]);
    let unread = |who| store.unread(Recipient::Person(who)).unwrap();
    assert_eq!((unread(ADA), unread(BEN), unread(CAL), unread(PersonNo(4))), (3, 0, 2, 0));
    let all = ids(&store, ADA);
    assert!(all.is_sorted_by(|a, b| a > b), "newest first: {all:?}");
    let mark = |who, ids| store.mark_read(Recipient::Person(who), ids, Timestamp(9)).unwrap();
    assert_eq!((mark(ADA, all[2]..=all[2]), mark(ADA, all[2]..=all[2])), (1, 0));
    assert_eq!((unread(ADA), unread(CAL)), (2, 2));
    assert_eq!(mark(BEN, 0..=u64::MAX), 0, "none of them is Ben's");
    assert_eq!((mark(ADA, 0..=u64::MAX), unread(ADA), unread(CAL)), (2, 0, 2));
    let read = store.inbox(Recipient::Person(CAL), None, 9).unwrap();
    assert!(read.iter().all(|one| !one.is_read));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_an_inbox_follow_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    join(&store, &[ADA]).await;
    let due: Vec<Notice> =
        (0..25).map(|at| notice(if at % 3 == 0 { MEMBERS } else { person(ADA) }, at)).collect();
    tell(&store, &due, &[]);
    let (mut pages, mut below) = (Vec::new(), None);
    loop {
        let page = store.inbox(Recipient::Person(ADA), below, 4).unwrap();
        let Some(last) = page.last() else { break };
        below = Some(last.id);
        pages.extend(page.iter().map(|one| one.id));
    }
    assert_eq!(pages, ids(&store, ADA));
    assert_eq!(pages.len(), 25);
    assert!(store.is_told(Recipient::Person(ADA), pages[3]).unwrap());
    assert!(!store.is_told(Recipient::Staff, pages[3]).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_platform_erases_is_told_nothing_and_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let to = Recipient::Person(ADA);
    let address = Address { email: "ada@example.org".to_owned(), language: "de".to_owned() };
    store.set_address(to, Some(&address)).unwrap();
    assert_eq!(store.address(to).unwrap(), Some(address));
    assert_eq!(store.with_address(&[BEN, ADA]).unwrap(), [ADA]);
    tell(&store, &[notice(person(ADA), 1), notice(person(BEN), 1)], &[Channel::Email]);
    let from = store.teller_cursor().unwrap();
    let gone = vec![Fact::PersonGone(ADA)];
    let gone = Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts: gone });
    store.tell((from, from), &[], &[gone], &[]).unwrap().unwrap();
    assert_eq!(store.address(to).unwrap(), None);
    assert_eq!((ids(&store, ADA).len(), ids(&store, BEN).len()), (0, 1));
    assert_eq!(store.due_deliveries(Channel::Email, Timestamp::NEVER, 9).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_waits_is_tried_again_and_ends_once() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Told::at(1_000);
    let store = Store::open(directory.path(), Options { reserve_bytes: 0, clock }).unwrap();
    tell(&store, &[notice(MEMBERS, 1)], &[Channel::Email, Channel::Webhook]);
    let due = |channel, now| store.due_deliveries(channel, Timestamp(now), 9).unwrap();
    let webhook = due(Channel::Webhook, 1_000).remove(0);
    let later = Outcome::Later { at: Timestamp(2_000), trouble: "http 503".to_owned() };
    assert!(store.attempted(&webhook, &later, Timestamp(1_000)).unwrap());
    assert!(!store.attempted(&webhook, &Outcome::Done, Timestamp(1_000)).unwrap(), "an old copy");
    assert!(due(Channel::Webhook, 1_999).is_empty());
    let again = due(Channel::Webhook, 2_000).remove(0);
    assert_eq!(again.attempts, 1);
    let dead = Outcome::Dead { trouble: "http 503".to_owned() };
    assert!(store.attempted(&again, &dead, Timestamp(2_000)).unwrap());
    assert!(due(Channel::Webhook, u64::MAX >> 1).is_empty());
    // E-mail to members is one for each that has an address.
    let email = due(Channel::Email, 1_000).remove(0);
    store.attempted(&email, &Outcome::Instead(vec![ADA, BEN]), Timestamp(1_000)).unwrap();
    let readers: Vec<_> = due(Channel::Email, 1_000).iter().map(|one| one.reader).collect();
    assert_eq!(readers, [Some(ADA), Some(BEN)]);
    assert_eq!(store.delivery_counts(Channel::Email).unwrap(), [2, 1, 0, 0]);
    assert_eq!(store.prune_notices(Timestamp::NEVER).unwrap(), 0, "something waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_new_begins_at_the_head_and_one_that_is_ahead_goes_back_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for _ in 0..3 {
        store.commit(Urgency::Ordinary, None, partner).await.unwrap().unwrap();
    }
    assert_eq!(store.teller_cursor().unwrap().next, Position(0));
    let events = store.control_events(Position(1), Position(3), 9).unwrap();
    let partners: Vec<_> = events
        .iter()
        .map(|(at, _, event)| match event {
            Event::PartnerMade(event) => (*at, event.partner),
            _ => panic!("{event:?}"),
        })
        .collect();
    assert_eq!(partners, [(Position(1), PartnerNo(2)), (Position(2), PartnerNo(3))]);
    assert_eq!(store.control_events(Position(0), Position(3), 2).unwrap().len(), 2);
    let from = store.teller_cursor().unwrap();
    let ahead = TellerCursor { next: Position(90), ..from };
    store.tell((from, ahead), &[], &[], &[]).unwrap().unwrap();
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.teller_cursor().unwrap().next, Position(3));
    drop(store);
    for name in ["notices.db", "notices.db-wal", "notices.db-shm"] {
        let _ = std::fs::remove_file(directory.path().join(name));
    }
    assert_eq!(open(directory.path()).teller_cursor().unwrap().next, Position(3));
}
