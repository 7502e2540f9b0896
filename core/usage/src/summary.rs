//! Use of each class in the last days.

use crate::{DAY_MS, ShownDay, UsedDay};
use model::{ClassNo, Timestamp};
use std::collections::BTreeMap;

/// Lengths of time that reports look back over, in days; the present day counts.
pub const WINDOWS: [u64; 3] = [7, 28, 90];

/// Use within so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InWindow {
    /// Answers.
    pub disclosures: u64,
    /// Nodes of answers that carried the class.
    pub records: u64,
    /// Days on which it was used.
    pub days: u64,
    /// Distinct people on the day on which they were most: people are told apart within a day, not over days.
    pub people_most: u64,
}

/// Use of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassUse {
    /// Which class.
    pub class: ClassNo,
    /// In the last [`WINDOWS`] days.
    pub windows: [InWindow; 3],
    /// When it was first used, ever.
    pub first_at: Timestamp,
    /// When it was last used.
    pub last_at: Timestamp,
}

/// Sums up an app's use by class, every feature together. Classes that were never used are left out.
#[must_use]
pub fn class_use(used: &[UsedDay], shown: &[ShownDay], now: Timestamp) -> Vec<ClassUse> {
    let today = now.0 / DAY_MS;
    let is_in = |day: u64, window: u64| day + window > today;
    let mut found: BTreeMap<ClassNo, ClassUse> = BTreeMap::new();
    // A class may be used for several features on one day; the day counts once.
    let mut days: BTreeMap<(ClassNo, u64), (u64, u64)> = BTreeMap::new();
    for one in used {
        let (windows, first_at, last_at) = ([InWindow::default(); 3], one.first_at, one.last_at);
        let sum = found.entry(one.class).or_insert(ClassUse {
            class: one.class,
            windows,
            first_at,
            last_at,
        });
        sum.first_at = sum.first_at.min(one.first_at);
        sum.last_at = sum.last_at.max(one.last_at);
        let day = days.entry((one.class, one.day)).or_default();
        *day = (day.0 + one.disclosures, day.1 + one.records);
    }
    for ((class, day), (disclosures, records)) in days {
        let Some(sum) = found.get_mut(&class) else { continue };
        for (window, length) in sum.windows.iter_mut().zip(WINDOWS) {
            if is_in(day, length) {
                window.disclosures += disclosures;
                window.records += records;
                window.days += 1;
            }
        }
    }
    for one in shown {
        let Some(sum) = found.get_mut(&one.class) else { continue };
        for (window, length) in sum.windows.iter_mut().zip(WINDOWS) {
            if is_in(one.day, length) {
                window.people_most = window.people_most.max(one.people);
            }
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Feature;
    use model::{AppNo, ProgramNo, PurposeNo};

    #[test]
    fn a_day_is_in_a_window_up_to_its_last_and_not_after_it() {
        let class = ClassNo::new(1).unwrap();
        let day = |purpose, day: u64| UsedDay {
            app: AppNo(1),
            feature: Feature { program: ProgramNo(0), purpose: PurposeNo(purpose) },
            class,
            day,
            disclosures: 2,
            records: 5,
            first_at: Timestamp(day * DAY_MS),
            last_at: Timestamp(day * DAY_MS + 9),
        };
        let shown = |day, people| ShownDay { app: AppNo(1), class, day, people };
        let used =
            [day(0, 100), day(1, 100), day(0, 94), day(0, 93), day(0, 73), day(0, 72), day(0, 11)];
        let now = Timestamp(100 * DAY_MS + 7);
        let sums = class_use(&used, &[shown(94, 4), shown(93, 9), shown(100, 3)], now);
        let told = |n: usize| {
            let window = sums[0].windows[n];
            (window.disclosures, window.records, window.days, window.people_most)
        };
        assert_eq!(told(0), (6, 15, 2, 4));
        assert_eq!(told(1), (10, 25, 4, 9));
        assert_eq!(told(2), (14, 35, 6, 9), "day 11 is the first of 90");
        assert_eq!(
            (sums[0].first_at, sums[0].last_at.0),
            (Timestamp(11 * DAY_MS), 100 * DAY_MS + 9)
        );
    }
}
