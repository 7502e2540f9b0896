//! What `bailment app usage` and `bailment partner timeline` show people.

use crate::cli::Result;
use crate::output::Output;
use serde_json::Value;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn words(value: &Value, name: &str) -> String {
    let list = items(value, name).iter().filter_map(Value::as_str);
    list.collect::<Vec<_>>().join(" ")
}

/// The day of an instant.
fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or_default()
}

/// What an app holds beside what it used.
pub(super) fn usage(body: &Value, output: Output) -> Result<()> {
    let app = body.get("app").unwrap_or(&Value::Null);
    output.line(format_args!(
        "{} of {}: {} installations, {} grants, {} people in reach",
        text(app, "name"),
        text(app, "partner"),
        number(body, "installations"),
        number(body, "grants"),
        number(body, "people_in_reach"),
    ))?;
    let used = |class: &Value, window: &str| {
        class.get(window).map_or(0, |window| number(window, "disclosures")).to_string()
    };
    let rows = items(body, "classes").iter().map(|class| {
        let live = class.get("live").and_then(Value::as_bool).unwrap_or_default();
        let features = items(class, "features");
        let missing: Vec<&str> = features.iter().map(|one| text(one, "missing")).collect();
        let missing: Vec<&str> = missing.into_iter().filter(|word| !word.is_empty()).collect();
        vec![
            text(class, "name").to_owned(),
            if live { "yes".to_owned() } else { format!("no {}", missing.join(" ")) },
            number(class, "people_in_reach").to_string(),
            used(class, "used_7_days"),
            used(class, "used_28_days"),
            used(class, "used_90_days"),
            day(text(class, "last_used_at")).to_owned(),
        ]
    });
    let columns = ["class", "held", "people in reach", "7 days", "28 days", "90 days", "last used"];
    output.table(&columns, rows.collect())?;
    Ok(())
}

/// The smallest agreement that covers what an app used.
pub(super) fn advice(body: &Value, output: Output) -> Result<()> {
    let rows = items(body, "agreements").iter().map(|one| {
        vec![
            text(one, "agreement").to_owned(),
            text(one, "verdict").to_owned(),
            words(one, "unused_classes"),
            words(one, "unused_purposes"),
        ]
    });
    output.table(&["agreement", "advice", "unused classes", "unused purposes"], rows.collect())?;
    for one in items(body, "smallest") {
        output.line(format_args!(
            "would do: {} for {}: {}",
            text(one, "program"),
            words(one, "purposes"),
            words(one, "classes")
        ))?;
    }
    let unused = number(body, "unused_installations_count");
    output
        .line(format_args!("{unused} installations unused since {}", day(text(body, "since"))))?;
    Ok(())
}

/// When each class was available to a partner, used or not.
pub(super) fn timeline(body: &Value, output: Output) -> Result<()> {
    let mut rows = Vec::new();
    for lane in items(body, "lanes") {
        for span in items(lane, "spans") {
            let until = match text(span, "until") {
                "" => "now",
                until => day(until),
            };
            let used = match number(span, "used_days") {
                0 => "never".to_owned(),
                days => format!("{days} days, last {}", day(text(span, "last_used_at"))),
            };
            rows.push(vec![
                text(lane, "app").to_owned(),
                text(lane, "class").to_owned(),
                text(lane, "purpose").to_owned(),
                day(text(span, "from")).to_owned(),
                until.to_owned(),
                used,
                text(span, "ended_by").to_owned(),
            ]);
        }
    }
    let columns = ["app", "class", "purpose", "from", "until", "used", "ended by"];
    output.table(&columns, rows)?;
    Ok(())
}
