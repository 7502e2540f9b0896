//! The client: keep-alive connections that each ask again as soon as they were answered. Reads as little of an answer
//! as it can, on one thread, so that the servers have the machine.

use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What one connection saw.
#[derive(Default)]
struct Seen {
    /// Latencies in microseconds, of answers after the warm-up.
    took: Vec<u32>,
    /// Answers in all.
    answers: u64,
    bytes: u64,
}

/// Asks a server for so many seconds over so many connections; prints answers counted, seconds, answers in all, bytes,
/// and the median and 99th percentile in microseconds. The first line of the file is the address, each other one a
/// path and a token.
pub fn load(file: &str, connections: &str, seconds: &str) -> Result<()> {
    let text = std::fs::read_to_string(file)?;
    let mut lines = text.lines();
    let address = lines.next().context("no address")?.to_owned();
    let requests: Vec<Vec<u8>> = lines
        .filter_map(|line| line.split_once(' '))
        .map(|(path, token)| {
            format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n")
                .into_bytes()
        })
        .collect();
    ensure!(!requests.is_empty(), "nothing to ask");
    let (connections, seconds): (usize, f64) = (connections.parse()?, seconds.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let start = Instant::now();
        let warm = start + Duration::from_secs_f64(seconds / 5.0);
        let end = start + Duration::from_secs_f64(seconds);
        let requests: &'static [Vec<u8>] = requests.leak();
        let tasks: Vec<_> = (0..connections)
            .map(|nth| tokio::spawn(one(address.clone(), requests, nth, warm, end)))
            .collect();
        let (mut took, mut answers, mut bytes) = (Vec::new(), 0, 0);
        for task in tasks {
            let seen = task.await??;
            took.extend(seen.took);
            answers += seen.answers;
            bytes += seen.bytes;
        }
        took.sort_unstable();
        let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or(0);
        let counted = (end - warm).as_secs_f64();
        println!("{} {counted} {answers} {bytes} {} {}", took.len(), at(50), at(99));
        Ok(())
    })
}

async fn one(
    address: String,
    requests: &'static [Vec<u8>],
    nth: usize,
    warm: Instant,
    end: Instant,
) -> Result<Seen> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let mut seen = Seen::default();
    let mut buffer = vec![0u8; 256 * 1024];
    for turn in nth.. {
        let asked = Instant::now();
        if asked >= end {
            break;
        }
        stream.write_all(&requests[turn % requests.len()]).await?;
        seen.bytes += answer(&mut stream, &mut buffer).await? as u64;
        seen.answers += 1;
        let now = Instant::now();
        if asked >= warm && now <= end {
            seen.took.push(u32::try_from((now - asked).as_micros())?);
        }
    }
    Ok(seen)
}

/// Reads one answer, which must be a 200 with a length; gives its size.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    let mut size = None;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        ensure!(read > 0, "the connection broke off");
        filled += read;
        if size.is_none()
            && let Some(end) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = std::str::from_utf8(&buffer[..end])?;
            if !head.starts_with("HTTP/1.1 200") {
                bail!("{head}");
            }
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
            });
            size = Some(end + 4 + length.context("no length")??);
        }
        if size.is_some_and(|size| filled >= size) {
            ensure!(size == Some(filled), "more than was asked for");
            return Ok(filled);
        }
    }
}
