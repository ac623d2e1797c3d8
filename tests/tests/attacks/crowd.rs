//! Thousands of clients that send their bodies slowly, all at once.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime};

use countersign::hmac::schemes::UstudioV2;
use countersign::{KeyId, Secret, sign_request};
use countersign_tests::allow_open_files;
use http::Request;

use crate::Checked;
use crate::corpus::case;
use crate::target::Target;

/// `COUNTERSIGN_CONNECTIONS`: how many there are. 1,000 unless told otherwise; who asks for more has a machine that does
/// nothing else, on which the healthy can also be timed.
fn connections() -> (usize, bool) {
    let Ok(text) = std::env::var("COUNTERSIGN_CONNECTIONS") else { return (1000, false) };
    (text.parse().unwrap_or_else(|_| panic!("COUNTERSIGN_CONNECTIONS={text}: it is a number")), true)
}

/// All are let in once they have sent everything; until then each costs no more than an idle connection and its body, and
/// whoever has nothing to do with them is served.
pub(crate) fn slow_bodies() -> Checked {
    let (count, timed) = connections();
    let crowd = Crowd::hold(count, 1024)?;
    crowd.judge_memory()?;
    let slowest = crowd.healthy_requests()?;
    if timed && slowest > Duration::from_millis(50) {
        return Err(format!("beside {count} slow clients, one request in a hundred took {slowest:?}"));
    }
    crowd.finish()
}

/// What is kept of a body is noticed, as soon as it has arrived.
pub(crate) fn more_memory_is_noticed() -> Checked {
    let crowd = Crowd::hold(200, 128 << 10)?;
    let until = Instant::now() + STUCK;
    while crowd.judge_memory().is_ok() {
        if Instant::now() > until {
            return Err("bodies of 64 KiB each cost nothing".into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// Requests of which the server has the head and half of the body.
struct Crowd {
    target: Target,
    clients: Vec<TcpStream>,
    rest: Vec<u8>,
    /// What the server had without them, in KiB, where the system says.
    before: Option<usize>,
}

impl Crowd {
    fn hold(count: usize, body: usize) -> Result<Self, String> {
        allow_open_files(count as u64 + 256)?;
        let target = Target::start("ustudio-hmac-v2", &["body_timeout_ms=600000".into()]);
        let body = vec![b'x'; body];
        let (half, rest) = body.split_at(body.len() / 2);
        let credentials = credentials(&body);
        let head = format!(
            "POST /p HTTP/1.1\r\nHost: api.test\r\nAuthorization: {credentials}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            body.len()
        );
        // What the first requests cost is no connection's.
        target.send(case("A00-control-get").raw.as_deref().unwrap_or_default(), false)?;
        let ([asked, _], before) = (target.counters(), target.memory_kib());
        let first = [head.as_bytes(), half].concat();
        let mut clients = Vec::with_capacity(count);
        for _ in 0..count {
            let mut client =
                TcpStream::connect(target.address()).map_err(|error| format!("cannot connect: {error}"))?;
            client.write_all(&first).map_err(|error| format!("cannot send: {error}"))?;
            client.set_read_timeout(Some(STUCK)).map_err(|error| error.to_string())?;
            clients.push(client);
        }
        // The store is asked for the key when the head was read, and then the body is.
        let until = Instant::now() + STUCK;
        while target.counters()[0] < asked + count {
            if Instant::now() > until {
                return Err(format!("of {count} heads, {} were read", target.counters()[0] - asked));
            }
            std::thread::yield_now();
        }
        Ok(Self { target, clients, rest: rest.to_vec(), before })
    }

    fn judge_memory(&self) -> Checked {
        let (count, allowed) = (self.clients.len(), self.clients.len() * KIB_EACH + KIB_ALL);
        let growth = self.target.memory_kib().zip(self.before).map(|(now, before)| now.saturating_sub(before));
        match growth.filter(|growth| *growth > allowed) {
            None => Ok(()),
            Some(growth) => Err(format!("{count} connections cost {growth} KiB, more than {allowed}")),
        }
    }

    /// What the slowest but one in a hundred took.
    fn healthy_requests(&self) -> Result<Duration, String> {
        let mut took = Vec::new();
        for _ in 0..200 {
            let began = Instant::now();
            let outcome = self.target.send(case("A00-control-get").raw.as_deref().unwrap_or_default(), false)?;
            took.push(began.elapsed());
            if outcome.answers.iter().map(|answer| answer.status).ne([200]) {
                return Err(format!("beside the slow clients: {:?}", outcome.answers));
            }
        }
        took.sort_unstable();
        Ok(took[took.len() - 3])
    }

    /// All are let in.
    fn finish(mut self) -> Checked {
        let [_, called] = self.target.counters();
        for client in &mut self.clients {
            client.write_all(&self.rest).map_err(|error| format!("cannot send the rest: {error}"))?;
        }
        for client in &mut self.clients {
            let mut answer = Vec::new();
            match client.read_to_end(&mut answer) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset && !answer.is_empty() => {}
                Err(error) => return Err(format!("no answer came: {error}")),
            }
            if !answer.starts_with(b"HTTP/1.1 200 ") {
                return Err(String::from_utf8_lossy(&answer).into_owned());
            }
        }
        let calls = self.target.counters()[1] - called;
        if calls == self.clients.len() { Ok(()) } else { Err(format!("{calls} inner calls")) }
    }
}

/// Of a key of the fixtures.
fn credentials(body: &[u8]) -> String {
    let (mut head, ()) = Request::post("/p").body(()).unwrap().into_parts();
    let (key_id, secret) = (KeyId::new("correct-key").unwrap(), Secret::new("secret").unwrap());
    sign_request(&mut head, body, &UstudioV2::new(), &key_id, &secret, SystemTime::UNIX_EPOCH).unwrap();
    head.headers["authorization"].to_str().unwrap().to_owned()
}

/// What a connection costs without any guard, and 1 KiB of body.
const KIB_EACH: usize = 24 + 1;
/// What does not depend on how many there are.
const KIB_ALL: usize = 4 << 10;
/// Nothing takes so long: it is only there so that a fault does not hang the tests.
const STUCK: Duration = Duration::from_secs(120);
