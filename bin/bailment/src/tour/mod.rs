//! Tours: stories played over real sockets, each step with what was expected. A tour whose expectations fail fails.

mod m1;
mod step;

pub(crate) use m1::play as m1;
pub(crate) use step::{Step, show};
