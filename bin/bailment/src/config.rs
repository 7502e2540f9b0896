//! Configuration: a file, environment and flags, checked as a whole. Every mistake is reported at once.

mod notices;

pub(crate) use notices::Notices;

use confique::Config as _;
use confique::meta::{Expr, Field, FieldKind, LeafKind, Meta};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The configuration as it is typed. The comments are the manual: `bailment config` prints them.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
struct RawConfig {
    /// Directory of the log, the vault and the keys. Made on first start.
    #[config(default = "bailment-data", env = "BAILMENT_DATA")]
    data: String,

    /// Where clients find this process: the issuer of tokens (RFC 8414) and the origin of every link. `https`, or `http` on
    /// loopback.
    #[config(default = "http://127.0.0.1:8080", env = "BAILMENT_ISSUER")]
    issuer: String,

    #[config(nested)]
    listen: RawListen,

    #[config(nested)]
    upstream: RawUpstream,

    #[config(nested)]
    log: RawLog,

    #[config(nested)]
    snapshot: RawSnapshot,

    #[config(nested)]
    notices: notices::RawNotices,

    #[config(nested)]
    prober: RawProber,
}

/// Addresses, `HOST:PORT`.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
struct RawListen {
    /// Pages, OAuth, the partners' API, the JSON APIs.
    #[config(default = "127.0.0.1:8080", env = "BAILMENT_LISTEN")]
    address: String,

    /// A second listener for partners alone (`/v1` and OAuth), for a separate network. Not set: partners use `address` too.
    #[config(env = "BAILMENT_LISTEN_PARTNERS")]
    partners: Option<String>,

    /// `/metrics` (Prometheus), `/health`, `/ready`. Not set: `/metrics` is not offered; the others are on `address`.
    #[config(env = "BAILMENT_LISTEN_METRICS")]
    metrics: Option<String>,

    /// Where `bailment platform serve` offers the built-in platform.
    #[config(default = "127.0.0.1:8081", env = "BAILMENT_LISTEN_PLATFORM")]
    platform: String,
}

/// The platform whose people's data it is.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
struct RawUpstream {
    /// `in-process`: the built-in platform in `DATA/platform`. Else the origin of the platform's API, `http://127.0.0.1:8081`.
    #[config(default = "in-process", env = "BAILMENT_UPSTREAM")]
    address: String,

    /// File with the secret that platform and gate share, both ways: at least 32 characters. Needed unless `in-process`.
    #[config(env = "BAILMENT_UPSTREAM_SECRET_FILE")]
    secret_file: Option<String>,

    /// For `bailment platform serve`: where its facts go, the origin of `bailment serve`.
    #[config(default = "http://127.0.0.1:8080", env = "BAILMENT_UPSTREAM_FACTS")]
    facts: String,
}

/// What is written to standard error while serving. Never personal data, tokens or keys.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
struct RawLog {
    /// `text` or `json`.
    #[config(default = "text", env = "BAILMENT_LOG_FORMAT")]
    format: String,

    /// Levels by module, as tracing's `EnvFilter` reads them: `info`, `warn,store=debug`.
    #[config(default = "info", env = "BAILMENT_LOG")]
    filter: String,
}

/// Snapshots of the fold, so that a start does not replay the whole log.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
struct RawSnapshot {
    /// Minutes between two, 1 to 1440.
    #[config(default = 10, env = "BAILMENT_SNAPSHOT_EVERY_MINUTES")]
    every_minutes: u64,
}

/// The prober: tries, over HTTP, credentials of its own that must fail, and raises a finding if one works, or if it can try
/// no more what it tried before. It needs the built-in platform. `bailment probe run` runs it once, whatever stands here.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
struct RawProber {
    /// Minutes between two rounds, 1 to 1440; 0: it runs only when asked. Not set: 60 where the built-in platform serves in
    /// this process, else only when asked. The first round comes a minute after the start.
    #[config(env = "BAILMENT_PROBER_EVERY_MINUTES")]
    every_minutes: Option<u64>,
}

/// Between two rounds of the prober, where nothing is said and it can run.
const PROBE_MINUTES_DEFAULT: u64 = 60;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Upstream {
    /// The built-in one, in this process.
    InProcess,
    /// One over HTTP, and the file with the secret.
    Http {
        /// Scheme, host, port.
        origin: String,
        /// Where the secret is.
        secret_file: PathBuf,
    },
}

/// The configuration as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) issuer: String,
    pub(crate) listen: SocketAddr,
    pub(crate) listen_partners: Option<SocketAddr>,
    pub(crate) listen_metrics: Option<SocketAddr>,
    pub(crate) listen_platform: SocketAddr,
    pub(crate) upstream: Upstream,
    /// For the platform as a process of its own.
    pub(crate) secret_file: Option<PathBuf>,
    pub(crate) facts_origin: String,
    pub(crate) log_format: LogFormat,
    pub(crate) log_filter: String,
    pub(crate) snapshot_every: Duration,
    pub(crate) notices: Notices,
    /// Time between two rounds of the prober; none: only when asked.
    pub(crate) probe_every: Option<Duration>,
}

/// Where a value comes from; later ones win.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Default,
    File(PathBuf),
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment("") => f.write_str("environment"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Key, such as `listen.address`; empty where the whole source is wrong.
    pub(crate) key: String,
    from: Origin,
    /// What is wrong and what to write instead.
    pub(crate) problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.from, self.problem)
        } else {
            write!(f, "`{}` ({}): {}", self.key, self.from, self.problem)
        }
    }
}

/// Every mistake of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "the configuration has {} mistake{plural}:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// What flags set: key, flag, value.
pub(crate) type Flags = Vec<(&'static str, &'static str, String)>;

/// The documented template of a configuration file.
pub(crate) fn template() -> String {
    confique::toml::template::<RawConfig>(confique::toml::FormatOptions::default())
}

/// Reads file, environment and flags, in this order.
///
/// # Errors
/// Every mistake of all of them.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    flags: Flags,
) -> Result<Config, Mistakes> {
    let mut layers = Layers::default();
    layers.defaults(&RawConfig::META, "");
    if let Some(file) = file {
        layers.file(file);
    }
    layers.environment(environment);
    for (key, flag, value) in flags {
        layers.values.insert(key.to_owned(), (Origin::Flag(flag), toml::Value::String(value)));
    }
    layers.check()
}

/// Values of every key as far as they are known, and what was wrong on the way.
#[derive(Default)]
struct Layers {
    values: BTreeMap<String, (Origin, toml::Value)>,
    variables: BTreeMap<&'static str, String>,
    keys: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl Layers {
    fn defaults(&mut self, meta: &'static Meta, prefix: &str) {
        for Field { name, kind, .. } in meta.fields {
            let key =
                if prefix.is_empty() { (*name).to_owned() } else { format!("{prefix}.{name}") };
            match kind {
                FieldKind::Nested { meta } => self.defaults(meta, &key),
                FieldKind::Leaf { env, kind } => {
                    if let Some(env) = env {
                        self.variables.insert(env, key.clone());
                    }
                    if let LeafKind::Required { default: Some(value) } = kind {
                        self.values.insert(key.clone(), (Origin::Default, written(value)));
                    }
                    self.keys.push(key);
                }
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let from = Origin::File(path.to_owned());
        let wrong = |problem: String| Mistake { key: String::new(), from: from.clone(), problem };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.mistakes.push(wrong(format!("cannot be read: {error}"))),
        };
        match text.parse::<toml::Table>() {
            Ok(table) => self.table(&from, "", table),
            Err(error) => {
                self.mistakes.push(wrong(format!("is not TOML: {}", error.to_string().trim())));
            }
        }
    }

    fn table(&mut self, from: &Origin, prefix: &str, table: toml::Table) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            let within = format!("{key}.");
            match value {
                toml::Value::Table(table) if self.keys.iter().any(|k| k.starts_with(&within)) => {
                    self.table(from, &key, table);
                }
                value if self.keys.contains(&key) => {
                    self.values.insert(key, (from.clone(), value));
                }
                _ => {
                    let problem = format!("is not known; known are {}", self.keys.join(", "));
                    self.mistakes.push(Mistake { key, from: from.clone(), problem });
                }
            }
        }
    }

    fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in variables {
            let known = self.variables.get_key_value(name.as_str());
            if let Some((variable, key)) = known {
                let from = Origin::Environment(variable);
                self.values.insert(key.clone(), (from, toml::Value::String(value)));
            } else if name.starts_with("BAILMENT_") && name != "BAILMENT_CONFIG" {
                let known: Vec<_> = self.variables.keys().copied().collect();
                let problem =
                    format!("variable {name} is not known; known are {}", known.join(", "));
                self.mistakes.push(Mistake {
                    key: String::new(),
                    from: Origin::Environment(""),
                    problem,
                });
            }
        }
    }

    fn wrong(&mut self, key: &str, problem: impl Into<String>) {
        let from = self.values.get(key).map_or(Origin::Default, |(from, _)| from.clone());
        self.mistakes.push(Mistake { key: key.to_owned(), from, problem: problem.into() });
    }

    /// A text; empty counts as not set.
    fn text(&mut self, key: &str) -> Option<String> {
        match self.values.get(key) {
            None => None,
            Some((_, toml::Value::String(text))) if text.trim().is_empty() => None,
            Some((_, toml::Value::String(text))) => Some(text.trim().to_owned()),
            Some(_) => {
                self.wrong(key, "must be a text in quotes");
                None
            }
        }
    }

    fn number(&mut self, key: &str, range: std::ops::RangeInclusive<u64>) -> u64 {
        let found = match self.values.get(key) {
            Some((_, toml::Value::Integer(number))) => u64::try_from(*number).ok(),
            Some((_, toml::Value::String(text))) => text.trim().parse().ok(),
            Some(_) | None => None,
        };
        match found.filter(|number| range.contains(number)) {
            Some(number) => number,
            None => {
                let problem =
                    format!("must be a whole number from {} to {}", range.start(), range.end());
                self.wrong(key, problem);
                *range.start()
            }
        }
    }

    fn address(&mut self, key: &str) -> Option<SocketAddr> {
        let text = self.text(key)?;
        match text.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                let problem = format!("`{text}` is no address; write one like `127.0.0.1:8080`");
                self.wrong(key, problem);
                None
            }
        }
    }

    fn required_address(&mut self, key: &str) -> SocketAddr {
        if self.values.get(key).is_none_or(|(_, value)| value.as_str() == Some("")) {
            self.wrong(key, "must be set");
        }
        self.address(key).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Scheme, host and port; without TLS only where the traffic does not leave the machine.
    fn origin(&mut self, key: &str) -> String {
        let Some(text) = self.text(key) else {
            self.wrong(key, "must be set");
            return String::new();
        };
        let parsed = url::Url::parse(&text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
        });
        let Some(parsed) = parsed else {
            let problem =
                format!("`{text}` is no origin; write one like `https://api.example.org`");
            self.wrong(key, problem);
            return text;
        };
        let loopback = match parsed.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if parsed.scheme() == "http" && !loopback && key == "issuer" {
            self.wrong(
                key,
                "must be `https`, because tokens travel to it; `http` only on loopback",
            );
        }
        text.trim_end_matches('/').to_owned()
    }

    fn upstream(&mut self) -> Upstream {
        let secret_file = self.text("upstream.secret_file").map(PathBuf::from);
        match self.text("upstream.address").as_deref() {
            Some("in-process") => Upstream::InProcess,
            _ => {
                let origin = self.origin("upstream.address");
                if secret_file.is_none() {
                    self.wrong(
                        "upstream.secret_file",
                        "must be set where the platform is another process",
                    );
                }
                Upstream::Http { origin, secret_file: secret_file.unwrap_or_default() }
            }
        }
    }

    /// Minutes between two rounds of the prober; 0: none. Only the built-in platform lends it people.
    fn probe_minutes(&mut self, upstream: &Upstream) -> u64 {
        const KEY: &str = "prober.every_minutes";
        let is_here = *upstream == Upstream::InProcess;
        if !self.values.contains_key(KEY) {
            return if is_here { PROBE_MINUTES_DEFAULT } else { 0 };
        }
        let minutes = self.number(KEY, 0..=1_440);
        if minutes > 0 && !is_here {
            self.wrong(KEY, "needs the built-in platform: the prober has no people on another one");
        }
        minutes
    }

    fn check(mut self) -> Result<Config, Mistakes> {
        let before = self.mistakes.len();
        let data = self.text("data").map(PathBuf::from);
        if data.is_none() && self.mistakes.len() == before {
            self.wrong("data", "must be set");
        }
        let log_format = match self.text("log.format").as_deref() {
            Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            _ => {
                self.wrong("log.format", "must be `text` or `json`");
                LogFormat::Text
            }
        };
        let log_filter = self.text("log.filter").unwrap_or_else(|| "info".to_owned());
        if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&log_filter) {
            self.wrong("log.filter", format!("cannot be read: {error}"));
        }
        let minutes = self.number("snapshot.every_minutes", 1..=1_440);
        let mut config = Config {
            data: data.unwrap_or_default(),
            issuer: self.origin("issuer"),
            listen: self.required_address("listen.address"),
            listen_partners: self.address("listen.partners"),
            listen_metrics: self.address("listen.metrics"),
            listen_platform: self.required_address("listen.platform"),
            upstream: self.upstream(),
            secret_file: self.text("upstream.secret_file").map(PathBuf::from),
            facts_origin: self.origin("upstream.facts"),
            log_format,
            log_filter,
            snapshot_every: Duration::from_secs(minutes * 60),
            notices: self.notices(),
            probe_every: None,
        };
        let probe_minutes = self.probe_minutes(&config.upstream);
        config.probe_every = (probe_minutes > 0).then(|| Duration::from_secs(probe_minutes * 60));
        if self.mistakes.is_empty() { Ok(config) } else { Err(Mistakes(self.mistakes)) }
    }
}

/// A default as TOML.
fn written(value: &Expr) -> toml::Value {
    toml::Value::try_from(value).unwrap_or_else(|_| toml::Value::String(String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(file: &str, environment: &[(&str, &str)], expected: Expect) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bailment.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let text = match load(Some(&path), environment, Vec::new()) {
            Ok(config) => format!("{config:#?}"),
            Err(mistakes) => mistakes.to_string(),
        };
        expected.assert_eq(&text.replace(&*path.to_string_lossy(), "FILE"));
    }

    #[test]
    fn nothing_at_all_is_a_configuration() {
        check(
            "",
            &[],
            expect![[r#"
                Config {
                    data: "bailment-data",
                    issuer: "http://127.0.0.1:8080",
                    listen: 127.0.0.1:8080,
                    listen_partners: None,
                    listen_metrics: None,
                    listen_platform: 127.0.0.1:8081,
                    upstream: InProcess,
                    secret_file: None,
                    facts_origin: "http://127.0.0.1:8080",
                    log_format: Text,
                    log_filter: "info",
                    snapshot_every: 600s,
                    notices: Notices {
                        mail: None,
                        webhook: None,
                    },
                    probe_every: Some(
                        3600s,
                    ),
                }"#]],
        );
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        check(
            "data = 7\nissuer = \"http://api.example.org\"\nlisten.adress = \"x\"\n[listen]\n",
            &[],
            expect![[r#"
                the configuration has 1 mistake:
                  FILE: is not TOML: TOML parse error at line 4, column 2
                  |
                4 | [listen]
                  |  ^^^^^^
                duplicate key"#]],
        );
        check(
            "data = 7\nissuer = \"http://api.example.org\"\n[listen]\nadress = \"x\"\naddress = \"here\"\n\
             [upstream]\naddress = \"ftp://x\"\n[log]\nformat = \"xml\"\nfilter = \"store=loud\"\n",
            &[("BAILMENT_SNAPSHOT_EVERY_MINUTES", "0"), ("BAILMENT_DATUM", "x"), ("HOME", "/")],
            expect![[r#"
                the configuration has 10 mistakes:
                  `listen.adress` (FILE): is not known; known are data, issuer, listen.address, listen.partners, listen.metrics, listen.platform, upstream.address, upstream.secret_file, upstream.facts, log.format, log.filter, snapshot.every_minutes, notices.mail_host, notices.mail_port, notices.mail_security, notices.mail_from, notices.mail_login, notices.mail_password_file, notices.mail_authority_file, notices.mail_staff, notices.webhook, notices.webhook_key_file, prober.every_minutes
                  environment: variable BAILMENT_DATUM is not known; known are BAILMENT_DATA, BAILMENT_ISSUER, BAILMENT_LISTEN, BAILMENT_LISTEN_METRICS, BAILMENT_LISTEN_PARTNERS, BAILMENT_LISTEN_PLATFORM, BAILMENT_LOG, BAILMENT_LOG_FORMAT, BAILMENT_NOTICES_MAIL_AUTHORITY_FILE, BAILMENT_NOTICES_MAIL_FROM, BAILMENT_NOTICES_MAIL_HOST, BAILMENT_NOTICES_MAIL_LOGIN, BAILMENT_NOTICES_MAIL_PASSWORD_FILE, BAILMENT_NOTICES_MAIL_PORT, BAILMENT_NOTICES_MAIL_SECURITY, BAILMENT_NOTICES_MAIL_STAFF, BAILMENT_NOTICES_WEBHOOK, BAILMENT_NOTICES_WEBHOOK_KEY_FILE, BAILMENT_PROBER_EVERY_MINUTES, BAILMENT_SNAPSHOT_EVERY_MINUTES, BAILMENT_UPSTREAM, BAILMENT_UPSTREAM_FACTS, BAILMENT_UPSTREAM_SECRET_FILE
                  `data` (FILE): must be a text in quotes
                  `log.format` (FILE): must be `text` or `json`
                  `log.filter` (FILE): cannot be read: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
                  `snapshot.every_minutes` (environment variable BAILMENT_SNAPSHOT_EVERY_MINUTES): must be a whole number from 1 to 1440
                  `issuer` (FILE): must be `https`, because tokens travel to it; `http` only on loopback
                  `listen.address` (FILE): `here` is no address; write one like `127.0.0.1:8080`
                  `upstream.address` (FILE): `ftp://x` is no origin; write one like `https://api.example.org`
                  `upstream.secret_file` (default): must be set where the platform is another process"#]],
        );
    }

    #[test]
    fn the_prober_runs_each_hour_where_it_can_unless_told_otherwise() {
        let every = |file: &str| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("bailment.toml");
            std::fs::write(&path, file).unwrap();
            load(Some(&path), [], Vec::new()).map(|config| config.probe_every)
        };
        let elsewhere = "[upstream]\naddress = \"http://127.0.0.1:8081\"\nsecret_file = \"x\"\n";
        assert_eq!(every("").unwrap(), Some(Duration::from_secs(3_600)));
        assert_eq!(every("[prober]\nevery_minutes = 7\n").unwrap(), Some(Duration::from_secs(420)));
        assert_eq!(every("[prober]\nevery_minutes = 0\n").unwrap(), None);
        assert_eq!(every(elsewhere).unwrap(), None);
        let told = every(&format!("{elsewhere}[prober]\nevery_minutes = 5\n")).unwrap_err();
        assert!(told.to_string().contains("`prober.every_minutes`"), "{told}");
        assert!(every("[prober]\nevery_minutes = 1441\n").is_err());
    }

    #[test]
    fn ways_out_for_notices_are_whole_or_a_mistake() {
        check(
            "[notices]\nmail_host = \"mail.example.org\"\nmail_security = \"plain\"\nmail_login = \"x\"\nmail_staff = \"nobody\"\n\
             mail_port = 0\nwebhook = \"http://api.example.org\"\n",
            &[],
            expect![[r#"
                the configuration has 7 mistakes:
                  `notices.mail_port` (FILE): must be a whole number from 1 to 65535
                  `notices.mail_security` (FILE): may be `plain` only where the mail server is on this machine
                  `notices.mail_from` (default): must be set for e-mail
                  `notices.mail_login` (FILE): must be set together with `notices.mail_password_file`, or neither
                  `notices.mail_staff` (FILE): must be an address like `privacy@example.org`
                  `notices.webhook` (FILE): `http://api.example.org` must be `https`, because notices name people's groups and apps; `http` only on loopback
                  `notices.webhook_key_file` (default): must be set for the webhook"#]],
        );
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bailment.toml");
        std::fs::write(&path, "data = \"of-file\"\n[snapshot]\nevery_minutes = 3\n").unwrap();
        let variable = |value: &str| [("BAILMENT_DATA".to_owned(), value.to_owned())];
        let flag = |value: &str| vec![("data", "--data", value.to_owned())];
        let data = |environment: Vec<(String, String)>, flags| {
            let config = load(Some(&path), environment, flags).unwrap();
            assert_eq!(config.snapshot_every, Duration::from_secs(180));
            config.data
        };
        assert_eq!(data(Vec::new(), Vec::new()), Path::new("of-file"));
        assert_eq!(data(variable("of-env").into(), Vec::new()), Path::new("of-env"));
        assert_eq!(data(variable("of-env").into(), flag("of-flag")), Path::new("of-flag"));
    }

    #[test]
    fn the_template_is_a_configuration() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bailment.toml");
        std::fs::write(&path, template()).unwrap();
        let plain = load(None, [], Vec::new()).unwrap();
        assert_eq!(load(Some(&path), [], Vec::new()).unwrap(), plain);
        // Every key stands in it, commented out, so that uncommenting all must work as well.
        let set: String = template()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.contains(" = ") && !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        std::fs::write(&path, set).unwrap();
        assert_eq!(load(Some(&path), [], Vec::new()).unwrap(), plain);
    }
}
