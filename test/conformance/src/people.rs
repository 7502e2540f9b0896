//! What people do in a world.

use crate::world::World;
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
}
