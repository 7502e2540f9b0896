//! The console from outside: a browser without JavaScript in front of the router, a real store behind it.

// `cfg(test)` tells clippy that helpers here are tests too.
#[cfg(test)]
mod admin;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod certified;
#[cfg(test)]
mod details;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod people;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod suspensions;
mod timelines;
#[cfg(test)]
mod world;
