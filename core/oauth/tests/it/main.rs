//! Properties and golden vectors of the messages, tokens and ids.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod strategies;
