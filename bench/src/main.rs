//! Benchmarks of the decision, the snapshot and resident memory. Run by `cargo xtask bench`; prints Markdown.

mod cedar;
mod community;
mod decide;
mod machine;
mod memory;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => {
            println!("{}", machine::heading()?);
            print!("{}", decide::report()?);
            print!("{}", memory::report()?);
        }
        ["decide"] => print!("{}", decide::report()?),
        ["memory"] => print!("{}", memory::report()?),
        // The two below are the memory benchmark's own processes: memory is measured where nothing else was.
        ["memory-fold", file] => memory::fold(file)?,
        ["memory-load", file] => memory::load(file)?,
        _ => bail!("usage: bench [decide | memory]"),
    }
    Ok(())
}
