//! A process that serves tells by itself: its reporter, its mailer and its webhook run as `[notices]` says.

use flows::Said;
use flows::staff::{self, NewAgreement, NewApp, Terms};
use model::{Actor, ClassMask, Env, Millis, ProgramStatus, Timestamp};
use outbound::WebhookKey;
use sequence::{Clock, Commit};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use store::{Options, Store, Urgency};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Longer ago than a report may be.
const DAYS_AGO: u64 = 100;
/// It takes some seconds; a machine that is busy may take longer.
const PATIENCE: Duration = Duration::from_secs(120);
/// Headers of a message by name, in small letters, and its body.
type Message = (Vec<(String, String)>, Vec<u8>);

/// The system's clock, set back.
struct Back(Arc<dyn Clock + Send + Sync>);

impl Clock for Back {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now().0.saturating_sub(Millis::days(DAYS_AGO).0))
    }

    fn seed(&self) -> [u8; 32] {
        self.0.seed()
    }

    fn is_trusted(&self) -> bool {
        self.0.is_trusted()
    }
}

async fn commit<R: Send + 'static>(
    store: &Store,
    flow: impl Fn(&consent::State, &Env, &Said) -> Result<Commit<R>, staff::Refusal> + Send + 'static,
) -> R {
    let said = Said::by(Actor::Operator);
    let flow =
        move |state: &consent::State, _: &dyn sequence::Lookup, env: &Env| flow(state, env, &said);
    store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap().reply
}

/// A directory as a process left it long ago: a catalog, a rule, and an app that holds an agreement without end.
async fn left_long_ago(data: &Path) {
    let clock = Arc::new(Back(Options::default().clock));
    let store = Store::open(data, Options { clock, ..Options::default() }).unwrap();
    let catalog = platform::CATALOG_JSON.as_bytes();
    commit(&store, move |state, env, said| staff::activate_catalog(state, env, said, catalog))
        .await;
    let groups = store.state().program_named("groups").unwrap();
    let live = ProgramStatus::Live;
    commit(&store, move |state, env, said| {
        staff::set_program_status(state, env, said, groups, live)
    })
    .await;
    let policy =
        br#"{"policy": "first", "title": "First", "programs": {"groups": {"classes": {}}}}"#;
    commit(&store, move |state, env, said| staff::activate_policy(state, env, said, policy)).await;
    let partner = commit(&store, |state, env, said| {
        staff::make_partner(state, env, said, "Blue Harbour Ltd")
    })
    .await;
    let app = NewApp {
        partner,
        name: "Meadow Planner".to_owned(),
        public: true,
        redirects: vec!["https://meadow.example/back".to_owned()],
        reviewed: ClassMask::ALL,
    };
    let app = commit(&store, move |state, env, said| staff::make_app(state, env, said, &app)).await;
    commit(&store, move |state, env, said| {
        let new = NewAgreement {
            app,
            program: groups,
            classes: state.catalog().unwrap().classes.iter().map(|class| class.number).collect(),
            required: ClassMask::NONE,
            purposes: state.numbering().purposes.values().copied().collect(),
            from: env.now,
            until: Timestamp::NEVER,
            terms: Terms::default(),
        };
        staff::make_agreement(state, env, said, &new)
    })
    .await;
}

/// Takes connections at a port of its own; what each brings goes out of the other end.
fn listening<T: Send + 'static>(
    take: impl Fn(TcpStream, &Sender<T>) -> std::io::Result<()> + Send + Sync + 'static,
) -> (u16, Receiver<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ((into, out), take) = (channel(), Arc::new(take));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (into, take) = (into.clone(), Arc::clone(&take));
            std::thread::spawn(move || {
                // Whoever hangs up has nothing more to say.
                let _ = take(stream, &into);
            });
        }
    });
    (port, out)
}

/// A mail server that takes every letter: what was said of it, and the letter.
fn mail_server(stream: TcpStream, into: &Sender<String>) -> std::io::Result<()> {
    let mut say = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let (mut all, mut in_letter) = (String::new(), false);
    say.write_all(b"220 sink\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        all.push_str(&line);
        let answer: &[u8] = match (in_letter, line.as_str()) {
            (true, ".\r\n") => {
                in_letter = false;
                let _ = into.send(std::mem::take(&mut all));
                b"250 taken\r\n"
            }
            (true, _) => continue,
            (false, "DATA\r\n") => {
                in_letter = true;
                b"354 go on\r\n"
            }
            (false, "QUIT\r\n") => b"221 bye\r\n",
            (false, _) => b"250 ok\r\n",
        };
        say.write_all(answer)?;
    }
}

/// A receiver of webhooks that takes one message a connection.
fn platform_end(stream: TcpStream, into: &Sender<Message>) -> std::io::Result<()> {
    let mut say = stream.try_clone()?;
    let mut from = BufReader::new(stream);
    let (mut headers, mut line) = (Vec::new(), String::new());
    from.read_line(&mut line)?;
    assert_eq!(line, "POST /bailment HTTP/1.1\r\n");
    loop {
        line.clear();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let mut body = vec![0; header(&headers, "content-length").parse().unwrap()];
    from.read_exact(&mut body)?;
    let _ = into.send((headers, body));
    say.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> &'h str {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap()
}

/// A process that ends with the test, however that ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_process_that_serves_reports_writes_letters_and_calls_the_webhook() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    tokio::runtime::Runtime::new().unwrap().block_on(left_long_ago(&at("data")));
    let (mail_port, letters) = listening(mail_server);
    let (webhook_port, messages) = listening(platform_end);
    std::fs::write(at("key"), KEY).unwrap();
    let config = format!(
        "data = \"data\"\n[listen]\naddress = \"127.0.0.1:0\"\n[prober]\nevery_minutes = 0\n[notices]\n\
         mail_host = \"127.0.0.1\"\nmail_port = {mail_port}\nmail_security = \"plain\"\n\
         mail_from = \"Bailment <notices@platform.example>\"\nmail_staff = \"privacy@platform.example\"\n\
         webhook = \"http://127.0.0.1:{webhook_port}/bailment\"\nwebhook_key_file = \"key\"\n"
    );
    std::fs::write(at("bailment.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailment"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BAILMENT_")) {
        command.env_remove(name);
    }
    let output = std::fs::File::create(at("output")).unwrap();
    let command = command
        .args(["--config", "bailment.toml", "serve"])
        .current_dir(directory.path())
        .stdout(Stdio::from(output.try_clone().unwrap()))
        .stderr(Stdio::from(output));
    let _served = Served(command.spawn().unwrap());
    let said = || std::fs::read_to_string(at("output")).unwrap();

    // The rule of long ago is news to staff, who have a mailbox.
    let letter = letters.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no letter: {}", said()));
    for expected in
        ["MAIL FROM:<notices@platform.example>", "RCPT TO:<privacy@platform.example>", "ntc_"]
    {
        assert!(letter.contains(expected), "{expected} in {letter}");
    }
    // The partner was never told what it holds: the reporter tells, and the platform hears of it, signed.
    let (begun, mut kinds, key) = (Instant::now(), Vec::new(), WebhookKey::parse(KEY).unwrap());
    while !kinds.iter().any(|kind| kind == "notice.report-issued") {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let next = messages.recv_timeout(left);
        let (headers, body) = next.unwrap_or_else(|_| panic!("only {kinds:?}: {}", said()));
        let seconds: u64 = header(&headers, "webhook-timestamp").parse().unwrap();
        let signed = key.sign(header(&headers, "webhook-id"), Timestamp(seconds * 1_000), &body);
        assert_eq!(header(&headers, "webhook-signature"), signed);
        let told: Value = serde_json::from_slice(&body).unwrap();
        kinds.push(told.get("type").and_then(Value::as_str).unwrap().to_owned());
    }
    assert!(kinds.iter().any(|kind| kind == "notice.rule-changed"), "{kinds:?}");
}
