//! Everything at once: a gate and the built-in platform over real sockets, for the demo and the tours.

mod cast;
mod run;
mod stage;
mod traffic;

pub(crate) use run::{Wanted, open_address, run};
pub(crate) use stage::{Account, Ahead, Client, Place, Stage, word};
