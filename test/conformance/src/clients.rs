//! Apps as their makers register them, with real secrets and redirect URIs, and people who can sign in.

use crate::world::World;
use edge::passwords;
use flows::Said;
use flows::staff::NewApp;
use model::{Actor, AppNo, Millis, PersonNo};
use oauth::client_auth::{SecretDigest, secret_text};
use sequence::AccountOf;

/// Whether an app can keep a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It can, and has one.
    Confidential,
    /// It cannot.
    Public,
}

/// A registered client, as its maker knows it.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its number.
    pub app: AppNo,
    /// Its id.
    pub id: String,
    /// Its secret; none for a public one.
    pub secret: Option<String>,
    /// Its redirect URI.
    pub redirect_uri: String,
}

impl World {
    /// Registers a client of a partner of its own that may have everything in both programs.
    pub async fn client(&self, name: &str, kind: Kind, redirect_uri: &str) -> Client {
        let (said, legal) = (Said::by(Actor::Operator), format!("{name} Ltd"));
        let partner = self
            .commit(move |s, _, env| flows::staff::make_partner(s, env, &said, &legal))
            .await
            .reply;
        let said = Said::by(Actor::Operator);
        let new = NewApp {
            partner,
            name: name.to_owned(),
            public: kind == Kind::Public,
            redirects: vec![redirect_uri.to_owned()],
            reviewed: model::ClassMask::ALL,
        };
        let app =
            self.commit(move |s, _, env| flows::staff::make_app(s, env, &said, &new)).await.reply;
        let until = self.store.now().plus(Millis::days(365));
        let secret = match kind {
            Kind::Public => None,
            Kind::Confidential => {
                let random = self.store.env().random("client secret");
                let digest = *SecretDigest::of(&random).as_bytes();
                let said = Said::by(Actor::Operator);
                self.commit(move |s, _, env| {
                    flows::staff::make_credential(s, env, &said, app, digest, until)
                })
                .await;
                Some(secret_text(&random).expose().clone())
            }
        };
        for program in ["groups", "login"] {
            self.agree(app, program, until).await;
        }
        Client { app, id: app.to_string(), secret, redirect_uri: redirect_uri.to_owned() }
    }

    /// Gives a person a login and password.
    pub async fn account(&self, person: PersonNo, login: &str, password: &str) {
        let hashed = passwords::hash(password.to_owned()).await.expect("a hash");
        let login = login.to_owned();
        self.commit(move |s, _, env| {
            flows::account::set_password(s, env, AccountOf::Person(person), &login, &hashed)
        })
        .await;
    }
}
