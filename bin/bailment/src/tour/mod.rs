//! Tours: stories played over real sockets, each step with what was expected. A tour whose expectations fail fails.

mod m1;
mod m12;
mod m2;
mod m6;
mod m7;
mod m8;
mod signed;
mod step;
mod village;

pub(crate) use m1::play as m1;
pub(crate) use m2::play as m2;
pub(crate) use m6::play as m6;
pub(crate) use m7::play as m7;
pub(crate) use m8::play as m8;
pub(crate) use m12::play as m12;
pub(crate) use step::Step;
pub(crate) use village::Play;

use crate::cli::Result;
use crate::output::{Output, Shade};
use serde_json::json;

/// Takes a step in, and shows it to people.
fn told(steps: &mut Vec<Step>, step: Step, output: Output) -> Result<()> {
    if !output.is_json() {
        step::show(steps.len() + 1, &step, output)?;
    }
    steps.push(step);
    Ok(())
}

/// Whether every expectation was met, said at the end.
fn verdict(tour: &str, steps: &[Step], output: Output) -> Result<bool> {
    let passed = steps.iter().all(Step::is_passed);
    if output.is_json() {
        output.document(&json!({ "tour": tour, "passed": passed, "steps": steps }))?;
    } else {
        let verdict = if passed {
            output.shade(Shade::Good, "every expectation was met")
        } else {
            output.shade(Shade::Bad, "some expectations were NOT met")
        };
        output.line(format_args!("\n{verdict}"))?;
    }
    Ok(passed)
}
