//! What HTTP surfaces share: problems, request ids, sessions, hand-over tracking.
//!
//! In scope: serving connections so that the hand-over of an answer to the socket is seen and a connection can be reset;
//! RFC 9457 problems; scripts of other origins; sign-in sessions and their CSRF tokens; password hashing. Out of scope: any rule.

pub mod body;
pub mod connection;
pub mod cross_origin;
pub mod network;
pub mod passwords;
pub mod problem;
pub mod problem_types;
pub mod request_id;
pub mod serve;
pub mod session;
pub mod suspension;
pub mod throttle;

pub use body::{TicketBody, read_body};
pub use connection::{Connection, Witness};
pub use problem::Problem;
pub use request_id::RequestId;
