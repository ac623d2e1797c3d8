//! A proxy between a store and its server, which does to connections what networks do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{interval, sleep};

use crate::servers::free_port;

/// What the proxy does with connections, those that stand and those that come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Mode {
    /// Passes everything on.
    Pass,
    /// Nobody listens; connections that stand are reset.
    Refuse,
    /// Passes requests on, and resets the connection in the middle of the answer.
    ResetMidAnswer,
    /// Holds every answer back for so long.
    Delay(Duration),
    /// Passes nothing on, and closes nothing.
    Blackhole,
    /// A black hole for those connections alone over which a client says, or has said, this word (in capitals).
    Silence(&'static str),
}

/// Passes connections to one address; ends when it is dropped.
#[derive(Debug)]
pub struct Chaos {
    address: SocketAddr,
    orders: mpsc::Sender<(Mode, oneshot::Sender<()>)>,
    accepting: JoinHandle<()>,
}

impl Chaos {
    /// In front of a server on this port.
    pub async fn start(port: u16) -> Self {
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        let listener = TcpListener::bind(address).await.unwrap();
        let (orders, ordered) = mpsc::channel(1);
        let accepting = tokio::spawn(accept(address, listener, (Ipv4Addr::LOCALHOST, port).into(), ordered));
        Self { address, orders, accepting }
    }

    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Does this from now on: when it returns, it is so.
    pub async fn set(&self, mode: Mode) {
        let (done, is_done) = oneshot::channel();
        self.orders.send((mode, done)).await.expect("the proxy is there");
        is_done.await.expect("the proxy is there");
    }

    /// Takes turns between refusing and passing on, so many times each, and ends passing on.
    pub async fn flap(&self, every: Duration, times: usize) {
        let mut turns = interval(every);
        for mode in [Mode::Refuse, Mode::Pass].into_iter().cycle().take(2 * times) {
            turns.tick().await;
            self.set(mode).await;
        }
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    address: SocketAddr,
    listener: TcpListener,
    server: SocketAddr,
    mut ordered: mpsc::Receiver<(Mode, oneshot::Sender<()>)>,
) {
    let mut listener = Some(listener);
    let (mode, is_mode) = watch::channel(Mode::Pass);
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = next => {
                let (client, _) = accepted.unwrap();
                connections.spawn(serve(client, server, is_mode.clone()));
            }
            Some(_) = connections.join_next() => {}
            order = ordered.recv() => {
                let Some((to, done)) = order else { return };
                mode.send_replace(to);
                if to == Mode::Refuse {
                    listener = None;
                    while connections.join_next().await.is_some() {}
                } else if listener.is_none() {
                    listener = Some(TcpListener::bind(address).await.unwrap());
                }
                // Whoever waits no longer does not mind.
                let _ = done.send(());
            }
        }
    }
}

/// Passes one connection on until it ends or is ended. What a client or the server does to it is their affair.
async fn serve(client: TcpStream, server: SocketAddr, mode: watch::Receiver<Mode>) {
    let server = TcpStream::connect(server).await;
    let Ok(server) = server else { return reset(&client) };
    let mut connection = Connection { client, server, mode, said: Vec::new(), broken: false };
    if connection.pass().await.is_err() {
        reset(&connection.client);
        reset(&connection.server);
    }
}

struct Connection {
    client: TcpStream,
    server: TcpStream,
    mode: watch::Receiver<Mode>,
    /// What the client said first, in capitals.
    said: Vec<u8>,
    /// Something was not passed on, so that there is no going on.
    broken: bool,
}

impl Connection {
    /// `Err` when the connection is to be reset.
    async fn pass(&mut self) -> io::Result<()> {
        let (mut asked, mut answered) = ([0; 16 << 10], [0; 16 << 10]);
        loop {
            let mode = *self.mode.borrow_and_update();
            let silent = match mode {
                Mode::Refuse => return Err(io::ErrorKind::ConnectionReset.into()),
                Mode::Blackhole => true,
                Mode::Silence(word) => self.has_said(word),
                Mode::Pass | Mode::ResetMidAnswer | Mode::Delay(_) => false,
            };
            if silent {
                // The sender is gone with the proxy.
                self.mode.changed().await.map_err(io::Error::other)?;
                continue;
            }
            if self.broken {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            tokio::select! {
                // Before anything else: what is read after an order is treated by it.
                biased;
                changed = self.mode.changed() => changed.map_err(io::Error::other)?,
                read = self.client.read(&mut asked) => {
                    let asked = &asked[..read?];
                    if asked.is_empty() {
                        return Ok(());
                    }
                    self.note(asked);
                    match mode {
                        Mode::Silence(word) if self.has_said(word) => self.broken = true,
                        _ => self.server.write_all(asked).await?,
                    }
                }
                read = self.server.read(&mut answered) => {
                    let answered = &answered[..read?];
                    if answered.is_empty() {
                        return Ok(());
                    }
                    match mode {
                        Mode::ResetMidAnswer => {
                            // No more, since there may be several answers in this.
                            self.client.write_all(&answered[..1]).await?;
                            return Err(io::ErrorKind::ConnectionReset.into());
                        }
                        Mode::Delay(by) => tokio::select! {
                            () = sleep(by) => {}
                            changed = self.mode.changed() => changed.map_err(io::Error::other)?,
                        },
                        _ => {}
                    }
                    self.client.write_all(answered).await?;
                }
            }
        }
    }

    fn note(&mut self, asked: &[u8]) {
        self.said.extend(asked.iter().map(u8::to_ascii_uppercase));
        // Enough of the beginning to know what the connection is for.
        self.said.truncate(64 << 10);
    }

    fn has_said(&self, word: &str) -> bool {
        self.said.windows(word.len()).any(|window| window == word.as_bytes())
    }
}

/// Dropped from now on, the connection ends with a reset.
fn reset(stream: &TcpStream) {
    // One that has ended already cannot be reset.
    let _ = stream.set_zero_linger();
}
