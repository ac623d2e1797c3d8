//! A running instance.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use http::Request;

use crate::guards::{Client, Contract};
use crate::servers::{Process, Programs, SmallDisk};

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Instance {
    process: Process,
    client: Client,
}

impl Instance {
    /// `program` is the instance's, which uses the store of this URL.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(programs: &Programs, program: &Path, store: &str, more: &[&str]) -> Self {
        let mut command = programs.command(program);
        command.args(["--store", store]).args(more);
        Self::of(&mut command)
    }

    /// The same with a disk of its own, on which the store begins anew as `auth.sqlite`.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_on(programs: &Programs, program: &Path, disk: &SmallDisk) -> Self {
        let mut command = programs.command(program);
        command.arg("--store").arg(format!("sqlite:{}", disk.path().join("auth.sqlite").display())).arg("--create");
        Self::of(&mut disk.around(&command))
    }

    fn of(command: &mut Command) -> Self {
        let mut process = Process::start(command.stdin(Stdio::null()).stdout(Stdio::piped()));
        let mut line = String::new();
        let stdout = process.child().stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let address = line.trim_end().strip_prefix("listening on ").and_then(|address| address.parse().ok());
        Self { process, client: Client::new(address.unwrap_or_else(|| panic!("it says {line:?}"))) }
    }

    pub const fn client(&self) -> &Client {
        &self.client
    }

    pub const fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// How often the store was asked for a token.
    ///
    /// # Panics
    /// When it does not say.
    pub async fn asked(&self) -> usize {
        self.counts("/asked").await[Contract::Tokens as usize]
    }

    /// How often each inner service was called.
    ///
    /// # Panics
    /// When it does not say.
    pub async fn inner(&self) -> [usize; 3] {
        self.counts("/inner").await
    }

    /// Presents a token; the status.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn present(&self, token: &str) -> u16 {
        self.client.present(Contract::Tokens.path(), token).await.expect("an answer comes").status().as_u16()
    }

    /// Issues a token through this instance: its id and itself, or the status.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn issue(&self) -> Result<(String, String), u16> {
        let request = Request::post("/issue").body(()).expect("it is a path");
        let reply = self.client.send(request).await.expect("an answer comes");
        if reply.status() != 200 {
            return Err(reply.status().as_u16());
        }
        let text = String::from_utf8(reply.into_body().to_vec()).expect("it is text");
        let (id, token) = text.split_once(' ').expect("there are an id and a token");
        Ok((id.to_owned(), token.to_owned()))
    }

    /// Revokes a token through this instance; the status.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn revoke(&self, id: &str) -> u16 {
        let request = Request::post(format!("/revoke/{id}")).body(()).expect("an id is part of a path");
        self.client.send(request).await.expect("an answer comes").status().as_u16()
    }

    async fn counts(&self, path: &str) -> [usize; 3] {
        let reply = self.client.get(path).await.expect("an answer comes");
        let text = String::from_utf8(reply.into_body().to_vec()).expect("it is text");
        let counts: Vec<usize> = text.split(' ').map(|count| count.parse().expect("it is a number")).collect();
        counts.try_into().expect("there are three")
    }
}
