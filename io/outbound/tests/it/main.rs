//! What goes out, taken by real servers on loopback.

#[cfg(test)]
mod mail;
#[cfg(test)]
mod sink;
#[cfg(test)]
mod webhook;
