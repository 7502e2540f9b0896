//! The whole program from outside.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod powerloss;
#[cfg(test)]
mod recompute;
