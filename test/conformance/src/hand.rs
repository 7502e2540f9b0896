//! A clock that is moved by hand.

use model::Timestamp;
use sequence::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that is moved by hand; it begins with the present.
#[derive(Debug, Clone)]
pub struct Hand(Arc<AtomicU64>);

impl Default for Hand {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(store::SystemClock::default().now().0)))
    }
}

impl Hand {
    /// Moves it.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        store::SystemClock::default().seed()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}
