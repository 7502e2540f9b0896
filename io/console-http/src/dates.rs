//! Dates for people, in UTC: the same text for everybody, and in the log.

use model::{Millis, Timestamp};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn format(at: Timestamp, pattern: &str) -> String {
    if at == Timestamp::NEVER {
        return "never".to_owned();
    }
    let time = i64::try_from(at.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| "far in the future".to_owned(), |time| time.strftime(pattern).to_string())
}

/// `21 November 2026`
pub(crate) fn day(at: Timestamp) -> String {
    format(at, "%-d %B %Y")
}

/// `21 Nov 2026, 14:05`
pub(crate) fn minute(at: Timestamp) -> String {
    format(at, "%-d %b %Y, %H:%M")
}

/// `2026-11-21`, as date fields want it.
pub(crate) fn iso(at: Timestamp) -> String {
    format(at, "%Y-%m-%d")
}

/// The day with this number since the epoch.
pub(crate) fn of_day(day: u64) -> Timestamp {
    Timestamp(day.saturating_mul(DAY_MS))
}

/// Whole days of a length of time, rounded up.
pub(crate) const fn days(length: Millis) -> u64 {
    length.0.div_ceil(DAY_MS)
}

/// The first instant of the day that a date field named.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
    u64::try_from(at).ok().map(Timestamp)
}

/// `3 months`, for choosing how long.
pub(crate) fn length(days: u64) -> String {
    match days {
        1 => "1 day".to_owned(),
        365 => "1 year".to_owned(),
        730 => "2 years".to_owned(),
        days if days >= 60 && days % 30 == 0 => format!("{} months", days / 30),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_reads_back() {
        let at = parse("2026-11-21").unwrap();
        assert_eq!((iso(at), day(at)), ("2026-11-21".to_owned(), "21 November 2026".to_owned()));
        assert_eq!(minute(at.plus(Millis::minutes(65))), "21 Nov 2026, 01:05");
        assert_eq!(
            (day(Timestamp::NEVER), day(Timestamp(u64::MAX - 1))),
            ("never".into(), "far in the future".into())
        );
        assert_eq!(parse("1969-12-31"), None);
        assert_eq!(
            (length(90), length(7), length(365)),
            ("3 months".into(), "7 days".into(), "1 year".into())
        );
    }
}
