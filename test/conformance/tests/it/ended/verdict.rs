//! Holding what readers got against the endings.

use super::kind::{Kind, Revives, Rule, Since};
use super::lane::{Lane, Round};
use super::machine::Machine;
use super::readers::{Sample, Samples};
use conformance::Handed;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What was found wrong, and what was held against what.
#[derive(Default)]
pub struct Verdict {
    pub wrong: Vec<String>,
    /// Answers begun after an ending had returned.
    after: u64,
    /// Answers that an ending of their lane changed, and that had to be handed over before it returned.
    before: u64,
    /// Those of them that were on their way when the ender called.
    crossing: u64,
    /// How much of what was given had been handed over how long before the ender returned, in microseconds, at least.
    closest: Option<u128>,
}

/// Judges what readers of one world got.
pub fn judge(lanes: &[Arc<Lane>], samples: &Samples, handed: &Handed) -> Verdict {
    let mut verdict = Verdict::default();
    let rounds: Vec<Vec<Round>> = lanes.iter().map(|lane| lane.rounds.lock().clone()).collect();
    let horizon = horizon(&rounds);
    for sample in &samples.good {
        verdict.decided_after(lanes, &horizon, sample);
        let lane = &lanes[sample.lane];
        for rule in lane.kind.rules() {
            verdict.gone(lane.kind, *rule, &rounds[sample.lane], sample, handed);
        }
    }
    verdict
}

/// For each return of an ending: the highest position that had ended by then.
fn horizon(rounds: &[Vec<Round>]) -> Vec<(Instant, u64)> {
    let mut all: Vec<(Instant, u64)> =
        rounds.iter().flatten().map(|round| (round.returned, round.ended)).collect();
    all.sort_unstable();
    let mut highest = 0;
    for (_, ended) in &mut all {
        highest = highest.max(*ended);
        *ended = highest;
    }
    all
}

impl Verdict {
    /// (a) Whatever was begun after an ending had returned is decided behind it, whomever it is about.
    fn decided_after(&mut self, lanes: &[Arc<Lane>], horizon: &[(Instant, u64)], sample: &Sample) {
        let returned = horizon.partition_point(|(returned, _)| *returned < sample.begun);
        let Some((_, ended)) = returned.checked_sub(1).and_then(|last| horizon.get(last)) else {
            return;
        };
        self.after += 1;
        if sample.position <= *ended {
            let kind = lanes[sample.lane].kind;
            self.wrong.push(format!("{kind:?}: begun after {ended} had returned: {sample:?}"));
        }
    }

    /// (a) What was taken shows behind no ending; (b) where it showed, it was with the socket before the ender returned.
    fn gone(&mut self, kind: Kind, rule: Rule, rounds: &[Round], sample: &Sample, handed: &Handed) {
        // The first post of a lane whose posts are deleted stays.
        let stays = kind == Kind::PostDeleted && sample.generation == 0;
        if stays || !sample.shows.has(rule.what) {
            return;
        }
        let from = |round: &Round| match rule.since {
            Since::Given => round.from,
            Since::Named => round.named_from,
        };
        let index = match rule.revives {
            // The first generation is that of the first round too.
            Revives::Never => Some(sample.generation.saturating_sub(1)),
            Revives::WhenGivenAgain => {
                rounds.partition_point(|round| from(round) < sample.position).checked_sub(1)
            }
        };
        let Some(round) = index.and_then(|index| rounds.get(index)) else { return };
        if sample.position > round.ended {
            self.wrong.push(format!("{kind:?}: shows what {round:?} took: {sample:?}"));
            return;
        }
        self.before += 1;
        self.crossing += u64::from(sample.begun < round.asked && sample.done > round.asked);
        match handed.at(sample.connection, sample.upto) {
            Some(at) if at <= round.returned => {
                let before = (round.returned - at).as_micros();
                self.closest = Some(self.closest.map_or(before, |closest| closest.min(before)));
            }
            at => self.wrong.push(format!(
                "{kind:?}: handed over {at:?}, after {round:?} had returned: {sample:?}"
            )),
        }
    }

    /// Prints what was held against what, and ends the test if anything was wrong.
    pub fn print(&self, lanes: &[Arc<Lane>], samples: &Samples, took: Duration) {
        let mut text = String::new();
        let good = samples.good.len();
        let _ = writeln!(
            text,
            "{good} answers, {} refusals, {} unavailable, {} broken off in {took:?}; {} begun after an ending, {} before \
             one that changes them, {} of these on their way when it was called, the closest handed over {:?} us before",
            samples.refused,
            samples.unavailable,
            samples.broken,
            self.after,
            self.before,
            self.crossing,
            self.closest
        );
        for lane in lanes {
            let rounds = lane.rounds.lock();
            let mut times: Vec<Duration> =
                rounds.iter().map(|round| round.returned - round.asked).collect();
            times.sort_unstable();
            let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
            let _ = writeln!(
                text,
                "  {:20} {:5} times: p50 {:?}, p90 {:?}, p99 {:?}, most {:?}",
                format!("{:?}", lane.kind),
                times.len(),
                at(50),
                at(90),
                at(99),
                times[times.len() - 1]
            );
        }
        println!("{text}");
        let shown: Vec<&String> = self.wrong.iter().take(5).collect();
        assert!(self.wrong.is_empty(), "{} answers are wrong: {shown:#?}", self.wrong.len());
        let marked = |lane: &Lane, sample: &Sample| sample.shows.has(lane.kind.mark());
        for (number, lane) in lanes.iter().enumerate() {
            let some = samples.good.iter().any(|one| one.lane == number && marked(lane, one));
            assert!(some, "{:?}: nothing was held against anything", lane.kind);
        }
        assert!(self.after > 0 && self.before > 0 && self.crossing > 0);
    }
}

/// (c) `drain_max`, one fsync behind the batch under way, and what a machine of two cores needs to come to it while 64
/// readers, the gate and the ender share them in an unoptimized build.
pub const RETURNS_IN: Duration = Duration::from_millis(500 + 2_000);

pub fn returns_in_time(lanes: &[Arc<Lane>], machine: &Machine) {
    for lane in lanes {
        for round in lane.rounds.lock().iter() {
            let took = round.returned - round.asked;
            let stalled = match took <= RETURNS_IN {
                true => Duration::ZERO,
                false => machine.stalled(round.asked, round.returned),
            };
            let kind = lane.kind;
            if stalled > Duration::ZERO {
                println!("{kind:?} took {took:?}, of which the machine stood still {stalled:?}");
            }
            assert!(took <= RETURNS_IN + stalled, "{kind:?} took {took:?}, stalled {stalled:?}");
        }
    }
}
