//! Holdings, advice and timelines against slow obvious models: asking the gate itself for everybody, counting use pair by pair,
//! looking at every instant.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod holdings;
#[cfg(test)]
mod recipients;
#[cfg(test)]
mod timeline;
#[cfg(test)]
mod world;
