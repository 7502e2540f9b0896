//! Benchmarks of the decision, the snapshot, resident memory, and pages over HTTP. Run by `cargo xtask bench`; prints Markdown.

mod cedar;
mod community;
mod decide;
mod emergency;
mod http;
mod machine;
mod memory;
mod suspend;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => {
            println!("{}", machine::heading()?);
            print!("{}", decide::report()?);
            print!("{}", memory::report()?);
            print!("{}", suspend::report()?);
            print!("{}", http::report()?);
            print!("{}", http::postgres()?);
        }
        ["decide"] => print!("{}", decide::report()?),
        ["suspend"] => print!("{}", suspend::report()?),
        // One size a process: memory of the one before would warm the next.
        ["suspend-size", people] => suspend::size(people.parse()?)?,
        ["emergency"] => print!("{}", emergency::report(10_000_000)?),
        ["emergency", grants] => print!("{}", emergency::report(grants.parse()?)?),
        ["memory"] => print!("{}", memory::report()?),
        // The two below are the memory benchmark's own processes: memory is measured where nothing else was.
        ["memory-fold", file] => memory::fold(file)?,
        ["memory-load", file] => memory::load(file)?,
        ["http"] => print!("{}", http::report()?),
        ["postgres"] => print!("{}", http::postgres()?),
        // The processes of the two above.
        ["http-prepare", directory] => http::prepare(directory)?,
        ["http-gate", directory] => http::gate(directory)?,
        ["http-bare", directory] => http::bare(directory)?,
        ["http-floor", directory] => http::floor(directory)?,
        ["http-load", file, connections, seconds] => http::load(file, connections, seconds)?,
        _ => bail!("usage: bench [decide | memory | suspend | emergency | http | postgres]"),
    }
    Ok(())
}
