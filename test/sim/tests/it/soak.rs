//! Many seeds, a few thousand steps each.

use sim::{Counts, Simulation};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

/// `BAILMENT_SEED` runs one seed; `BAILMENT_STEPS` so many steps altogether instead of about a minute.
#[test]
fn the_protocol_holds() {
    const STEPS: u64 = 20_000;
    let day = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    let first = number("BAILMENT_SEED");
    let steps = number("BAILMENT_STEPS");
    let begun = Instant::now();
    let mut counts = Counts::default();
    for seed in (first.unwrap_or(day * 1_000_000)).. {
        let run = Simulation::new(seed).and_then(|mut simulation| simulation.run(STEPS));
        match run {
            Ok(more) => counts = counts.plus(more),
            Err(violation) => panic!("BAILMENT_SEED={seed}: {violation:#?}"),
        }
        let enough = match steps {
            Some(steps) => counts.steps >= steps,
            None => first.is_some() || begun.elapsed() > Duration::from_secs(55),
        };
        if enough {
            break;
        }
    }
    if first.is_some() {
        return;
    }
    eprintln!("{counts:#?} in {:?}", begun.elapsed());
    // A simulation in which nothing happens would hold as well.
    assert!(counts.handed > 0 && counts.drained > 0 && counts.went_back > 0 && counts.ended > 0);
    assert!(counts.releasing > 0 && counts.marks > 0);
    assert!(counts.failed > 0 && counts.crashed > 0 && counts.lapsed > 0);
}
