//! Whose word a certification is, wherever one is shown.

use crate::world::{World, mask, run};
use flows::Said;
use flows::partner::Statement;
use flows::staff::{self, NewCertification};
use model::{Actor, Millis, PartnerNo, Timestamp};

const KEY: &[u8] =
    br#"{"kty": "OKP", "crv": "Ed25519", "x": "J7mTs1OF0FQb21MvyLDSNRipbgNtWFT1umAnzYKoJ7U"}"#;
/// Signed with the private half of [`KEY`], which nobody has any more.
const SIGNED: &str = "eyJhbGciOiJFZERTQSIsInR5cCI6InB1cnBvc2Utc3RhdGVtZW50K2p3dCJ9.eyJpc3MiOiJhcHBfMSIsImF1ZCI6Imh0dHBzOi8vaWQuZXhhbXBsZSIsImlhdCI6MTcwMDAwMDAwMCwiY2xhc3MiOiJtZW1iZXIubmFtZSIsInB1cnBvc2UiOiJncm91cC1tYW5hZ2VtZW50In0.Pts_Wbmn117h84kTzz9UUe9K7yF0jm7xiJ10TokS4CPoQpHeuBdhhiUr1NpJt4gYq_Fk3dMqeNRd9sfcBgxoBw";

#[tokio::test]
async fn a_page_looks_at_the_signatures_of_the_newest() {
    let world = World::new().await;
    let app = world.app;
    for no in 0..52 {
        run(&world.store, move |state, env| {
            let statement = Statement {
                app,
                classes: mask(state, &["member.name"]),
                purpose: state.numbering().purposes["group-management"],
                until: None,
                jws: format!("statement.{no}.signature"),
            };
            flows::partner::certify(state, env, PartnerNo(1), &statement).unwrap()
        })
        .await;
    }
    let mut staff = world.staff_in().await;
    for path in ["/staff/apps/app_1", "/staff/partners/ptn_1/timeline"] {
        let page = staff.get(path).await.body;
        let all = page.matches("The partner signed it").count();
        let looked_at = page.matches("with a key that is not known here").count();
        // Each is listed, and can be ended; of the two oldest it is not said with which key.
        assert_eq!((all, looked_at), (52, 50), "{path}");
        let oldest = page.split(">crt_1</a></th>").nth(1).unwrap();
        assert!(!oldest.contains("not known here"), "{path}");
    }
}

#[tokio::test]
async fn a_certification_says_whether_the_partner_signed_it_or_staff_entered_it() {
    let world = World::new().await;
    let (app, staff) = (world.app, world.staff);
    run(&world.store, move |state, env| {
        let said = Said::by(Actor::Operator);
        staff::make_key(state, env, &said, app, KEY, Timestamp::NEVER).unwrap()
    })
    .await;
    run(&world.store, move |state, env| {
        let statement = Statement {
            app,
            classes: mask(state, &["member.name"]),
            purpose: state.numbering().purposes["group-management"],
            until: None,
            jws: SIGNED.to_owned(),
        };
        flows::partner::certify(state, env, PartnerNo(1), &statement).unwrap()
    })
    .await;
    run(&world.store, move |state, env| {
        let new = NewCertification {
            app,
            classes: mask(state, &["member.name"]),
            purpose: state.numbering().purposes["group-management"],
            from: env.now,
            until: env.now.plus(Millis::days(30)),
        };
        staff::certify(state, env, &Said::by(Actor::Staff(staff)), &new).unwrap()
    })
    .await;
    let mut staff = world.staff_in().await;
    for path in ["/staff/apps/app_1", "/staff/partners/ptn_1/timeline"] {
        let page = staff.get(path).await.body;
        let row = |no: &str| {
            let rest =
                page.split(&format!(">{no}</a></th>")).nth(1).unwrap_or_else(|| panic!("{page}"));
            rest.split("</tr>").next().unwrap().to_owned()
        };
        assert!(row("crt_1").contains("The partner signed it, with key crd_1"), "{page}");
        assert!(
            row("crt_2").contains("Staff entered it, without the partner’s signature"),
            "{page}"
        );
    }
    let log = staff.get("/staff/log").await.body;
    assert!(log.contains("signed by the partner"), "{log}");
    assert!(log.contains("entered by staff, without the partner’s signature"), "{log}");
    for (no, words) in [("crt_1", "The partner signed it."), ("crt_2", "Staff entered it, without")]
    {
        let page = staff.get(&format!("/staff/act?do=end-certification&on={no}")).await.body;
        assert!(page.contains(words), "{no}: {page}");
    }
    let page = staff.get("/staff/certifications/new?app=app_1").await.body;
    assert!(page.contains("shown to everybody as entered by staff"), "{page}");
}
