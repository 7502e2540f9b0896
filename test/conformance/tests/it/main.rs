//! The whole program from outside.

#[cfg(test)]
mod below;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod catalogs;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod expiry;
#[cfg(test)]
mod friends;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod gates;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod powerloss;
#[cfg(test)]
mod prepared;
#[cfg(test)]
mod prober;
#[cfg(test)]
mod real;
#[cfg(test)]
mod recompute;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod taint;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod versions;
