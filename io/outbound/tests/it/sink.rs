//! A small mail server: takes letters, and says what it is told to say.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A letter as it arrived.
#[derive(Debug, Clone)]
pub struct Taken {
    pub to: String,
    pub data: String,
    pub over_tls: bool,
    pub login: String,
}

/// Makes a TLS stream of a plain one.
pub type Wrap = Arc<
    dyn Fn(
            TcpStream,
        )
            -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Box<dyn Stream>>> + Send>>
        + Send
        + Sync,
>;

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How the server offers TLS.
#[derive(Clone)]
pub enum Offers {
    Plain,
    StartTls(Wrap),
    Tls(Wrap),
}

/// What the server has taken, and what it answers to `RCPT`.
#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    pub taken: Arc<Mutex<Vec<Taken>>>,
    /// Every line that came in the clear.
    pub clear: Arc<Mutex<Vec<String>>>,
    pub answer: Arc<Mutex<&'static str>>,
}

impl Sink {
    pub async fn open(offers: Offers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            taken: Arc::default(),
            clear: Arc::default(),
            answer: Arc::new(Mutex::new("250 ok")),
        };
        let serving = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sink, offers) = (serving.clone(), offers.clone());
                tokio::spawn(async move {
                    let _ = sink.serve(stream, offers).await;
                });
            }
        });
        sink
    }

    pub fn letters(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    async fn serve(&self, stream: TcpStream, offers: Offers) -> std::io::Result<()> {
        match offers {
            Offers::Plain => self.talk(BufReader::new(stream), "", None).await.map(drop),
            Offers::Tls(wrap) => {
                let stream = wrap(stream).await?;
                self.talk(BufReader::new(stream), "", Some(())).await.map(drop)
            }
            Offers::StartTls(wrap) => {
                let plain = self.talk(BufReader::new(stream), "STARTTLS", None).await?;
                let Some(plain) = plain else { return Ok(()) };
                let stream = wrap(plain).await?;
                self.again(BufReader::new(stream)).await
            }
        }
    }

    /// After STARTTLS there is no greeting.
    async fn again(&self, stream: BufReader<Box<dyn Stream>>) -> std::io::Result<()> {
        self.converse(stream, "", Some(())).await.map(drop)
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        offer: &str,
        tls: Option<()>,
    ) -> std::io::Result<Option<S>> {
        stream.get_mut().write_all(b"220 sink\r\n").await?;
        self.converse(stream, offer, tls).await
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        offer: &str,
        tls: Option<()>,
    ) -> std::io::Result<Option<S>> {
        let mut letter = Taken {
            to: String::new(),
            data: String::new(),
            over_tls: tls.is_some(),
            login: String::new(),
        };
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            if tls.is_none() {
                self.clear.lock().unwrap().push(line.clone());
            }
            let word = line.split_whitespace().next().unwrap_or_default().to_uppercase();
            let say: String = match word.as_str() {
                "EHLO" if offer.is_empty() => "250-sink\r\n250 AUTH PLAIN".to_owned(),
                "EHLO" => format!("250-sink\r\n250 {offer}"),
                "STARTTLS" if !offer.is_empty() => {
                    stream.get_mut().write_all(b"220 go\r\n").await?;
                    return Ok(Some(stream.into_inner()));
                }
                "AUTH" => {
                    line.trim().clone_into(&mut letter.login);
                    "235 welcome".to_owned()
                }
                "RCPT" => {
                    line.trim().clone_into(&mut letter.to);
                    self.answer.lock().unwrap().to_string()
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 go on\r\n").await?;
                    letter.data = data(&mut stream).await?;
                    self.taken.lock().unwrap().push(letter.clone());
                    "250 taken".to_owned()
                }
                "QUIT" => "221 bye".to_owned(),
                _ => "250 ok".to_owned(),
            };
            stream.get_mut().write_all(format!("{say}\r\n").as_bytes()).await?;
        }
    }
}

async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(all);
        }
        all.push_str(&line);
    }
}
