//! Room for what an ending writes beside its entry: a proof used up, a proposal taken, a number for somebody who is new.

use crate::jobs::Urgency;
use crate::open::SharedParts;
use sequence::StoreError;

impl SharedParts {
    /// Runs a write, all of it or nothing, as the appending thread runs a flow: what ends something gets the reserve, and
    /// anything else is turned away while what room is left is kept for endings.
    pub(crate) fn with_room<R>(
        &self,
        urgency: Urgency,
        mut write: impl FnMut() -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        match urgency {
            Urgency::Ordinary if self.reserve.is_full() => Err(StoreError::Full),
            Urgency::Ordinary => write(),
            Urgency::Ending => {
                let seen = self.reserve.times_given();
                match write() {
                    Err(StoreError::Full) if self.reserve.make_room(seen) => write(),
                    result => result,
                }
            }
        }
    }
}
