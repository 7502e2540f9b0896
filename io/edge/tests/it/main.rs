//! Serving, over real sockets.

#[cfg(test)]
mod stopping;
