//! What people do in a world.

use crate::world::{OPERATOR_TOKEN, World};
use ledger::SettingScope;
use model::{ClassMask, InstallationNo, PersonNo};

impl World {
    /// Opts a member in to everything offered.
    pub async fn opt_in(&self, person: PersonNo, installation: InstallationNo) -> u64 {
        self.commit(move |s, lookup, env| {
            flows::person::opt_in(s, lookup, env.now, person, (installation, ClassMask::ALL))
        })
        .await
        .position
        .0
    }

    /// Opts a person out of everything.
    pub async fn opt_out(&self, person: PersonNo, installation: InstallationNo) -> u64 {
        self.commit(move |s, _, _| flows::person::opt_out(s, person, installation, ClassMask::ALL))
            .await
            .position
            .0
    }

    /// Sets or lifts a standing choice.
    pub async fn set(&self, person: PersonNo, scope: SettingScope, blocked: ClassMask) -> u64 {
        self.commit(move |s, _, _| Ok::<_, ()>(flows::person::set(s, person, scope, blocked)))
            .await
            .position
            .0
    }

    /// Has the operator change something over the staff API, which must succeed; says where it stands in the log.
    pub async fn operate(&self, path: &str, body: &serde_json::Value) -> u64 {
        let url = format!("{}/staff/v1{path}", self.origin);
        let request = self.client.post(url).bearer_auth(OPERATOR_TOKEN).json(body);
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let position = response.headers().get("bailment-position");
        let position = position.and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().await.unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {text}");
        position.expect("a change says where it stands")
    }
}
