//! The surface in process: a real store in a directory of its own, requests without a socket.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is shared among tests may fail like a test"
)]

mod admins;
mod bad_input;
mod disclosed;
mod documented;
mod facts;
mod notices;
mod partners;
mod people;
mod previews;
mod programs;
mod receipts;
mod review;
mod roles;
mod staff;
mod suspensions;
mod unaware;
mod usage;
mod world;
