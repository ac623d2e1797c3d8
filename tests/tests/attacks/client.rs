//! A client that sends bytes as they are and takes what comes until the server hangs up.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use countersign_tests::Answer;

/// All responses to what was sent. The connection stays open for writing: the server has to end it.
pub(crate) fn exchange(address: SocketAddr, request: &[u8], head_only: bool) -> Result<Vec<Answer>, String> {
    let mut reading = TcpStream::connect(address).map_err(|error| format!("cannot connect: {error}"))?;
    let mut writing = reading.try_clone().unwrap();
    reading.set_read_timeout(Some(STUCK)).unwrap();
    let received = std::thread::scope(|scope| {
        // A server that refuses early does not read to the end.
        scope.spawn(move || writing.write_all(request));
        let received = read(&mut reading);
        let _ = reading.shutdown(Shutdown::Both);
        received
    })?;
    answers(&received, head_only)
}

fn read(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    let (mut received, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(received),
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // What the server did not read makes its end of the connection a reset.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(received),
            Err(error) => return Err(format!("the server neither answers nor hangs up: {error}")),
        }
    }
}

fn answers(mut received: &[u8], head_only: bool) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    while !received.is_empty() {
        let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or("half a head came")? + 4;
        let (head, rest) = received.split_at(end);
        let head = String::from_utf8(head.to_vec()).map_err(|_| "the head is not UTF-8")?;
        let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or("no status came")?;
        let mut answer = Answer { status, head, body: Vec::new() };
        let length = match answer.field("content-length") {
            Some(length) if !head_only => length.parse().map_err(|_| "no length")?,
            _ => 0,
        };
        let (body, rest) = rest.split_at_checked(length).ok_or("half a body came")?;
        answer.body = body.to_vec();
        answers.push(answer);
        received = rest;
    }
    Ok(answers)
}

/// Nothing takes so long: it is only there so that a fault does not hang the tests.
const STUCK: Duration = Duration::from_secs(60);
