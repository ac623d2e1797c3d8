//! A PostgreSQL server.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use rustix::process::Signal;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, query_scalar, raw_sql};
use tempfile::TempDir;

use super::{Process, Programs, SmallDisk, eventually_async, free_port};

/// An empty database cluster, made once, copied for each server. Clones share it.
#[derive(Clone, Debug)]
pub struct PostgresTemplate {
    programs: Programs,
    folder: Arc<OnceLock<TempDir>>,
}

/// A server with data of its own, durable as PostgreSQL is by default. Everybody may connect from this machine.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    disk: Option<SmallDisk>,
    process: Option<Process>,
}

impl PostgresTemplate {
    pub fn new(programs: &Programs) -> Self {
        Self { programs: programs.clone(), folder: Arc::default() }
    }

    fn copy_to(&self, folder: &Path) {
        let template = self.folder.get_or_init(|| self.make());
        let mut copy = Command::new("cp");
        run(copy.arg("-a").arg(template.path().join("data")).arg(folder));
    }

    fn make(&self) -> TempDir {
        let programs = self.programs.postgres();
        let folder = tempfile::tempdir().unwrap();
        programs.user.inspect(|user| user.own(folder.path()));
        let mut initdb = self.programs.command_as(&programs.initdb, programs.user);
        initdb.arg("-D").arg(folder.path().join("data"));
        // Data checksums, so that damage is noticed; small segments, so that copies are small.
        initdb.args(["--auth=trust", "--username", USER, "--no-locale", "--encoding=UTF8", "--no-sync"]);
        run(initdb.args(["--data-checksums", "--wal-segsize=1"]));
        folder
    }
}

impl Postgres {
    /// Starts a server, and waits until it answers.
    pub async fn start(template: &PostgresTemplate) -> Self {
        Self::start_with(template, &[]).await
    }

    /// With settings as in `postgresql.conf`: `synchronous_commit=off`.
    pub async fn start_with(template: &PostgresTemplate, settings: &[&str]) -> Self {
        let mut server = Self::new(template, settings);
        server.start_again().await;
        server
    }

    /// With new tables and indexes, and nothing else, on a small disk. It cannot be started again.
    pub async fn start_on(template: &PostgresTemplate, disk: SmallDisk) -> Self {
        let mut server = Self::new(template, &[]);
        let place = disk.path().display().to_string();
        server.disk = Some(disk.owned_by(template.programs.postgres().user));
        server.start_again().await;
        let mut connection = server.connect().await;
        for statement in [
            format!("CREATE TABLESPACE small LOCATION '{place}'"),
            "ALTER SYSTEM SET default_tablespace = small".to_owned(),
            "SELECT pg_reload_conf()".to_owned(),
        ] {
            raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
        eventually_async("the disk is used", async || {
            let used: String = query_scalar("SHOW default_tablespace").fetch_one(&mut connection).await.unwrap();
            (used == "small").then_some(())
        })
        .await;
        server
    }

    fn new(template: &PostgresTemplate, settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        template.programs.postgres().user.inspect(|user| user.own(folder.path()));
        template.copy_to(folder.path());
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Self { programs: template.programs.clone(), folder, port: free_port(), settings, disk: None, process: None }
    }

    /// Starts it over the data it left, on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_again(&mut self) {
        let programs = self.programs.postgres();
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = self.programs.command_as(&programs.postgres, programs.user);
        command.arg("-D").arg(self.folder.path().join("data")).arg("-k").arg(self.folder.path());
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        let settings = OWN.iter().copied().chain(self.settings.iter().map(String::as_str));
        for setting in settings {
            command.args(["-c", setting]);
        }
        if let Some(disk) = &self.disk {
            command = disk.around(&command);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let process = self.process.insert(Process::start(&mut command));
        let options = PgConnectOptions::new().host("127.0.0.1").port(self.port).username(USER).database(DATABASE);
        let options = options.disable_statement_logging();
        eventually_async("PostgreSQL answers", async || {
            let ended = process.has_ended();
            assert!(!ended, "PostgreSQL did not start: {}", log_of(self.folder.path()));
            let connection = options.connect().await.ok()?;
            connection.close().await.ok()
        })
        .await;
    }

    /// Where it is, as a URL.
    pub fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// The same by way of a proxy on another port.
    pub fn url_through(&self, port: u16) -> String {
        format!("postgres://{USER}@127.0.0.1:{port}/{DATABASE}")
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder with its files.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// A connection past every store.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// The disk that it was started on, and its process.
    ///
    /// # Panics
    /// When it was started on no disk of its own, or is stopped.
    pub fn disk(&mut self) -> (&SmallDisk, &mut Process) {
        let disk = self.disk.as_ref().expect("it was started on a small disk");
        (disk, self.process.as_mut().expect("the server is running"))
    }

    /// The server and all processes that serve its connections.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the server is running")
    }

    /// Kills it in the midst of whatever it does.
    pub fn kill(&mut self) {
        self.process().kill();
        self.process = None;
    }

    /// Stops it, having written what there is to be written.
    pub fn stop(&mut self) {
        self.process().end(Signal::INT);
        self.process = None;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.resume();
            // At once, but so that it gives back its shared memory.
            process.end(Signal::QUIT);
        }
    }
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const USER: &str = "countersign";
const DATABASE: &str = "postgres";

/// Small, and with its shared memory where its data is, so that nothing is left of a server that was killed.
const OWN: [&str; 5] = [
    "fsync=on",
    "shared_buffers=16MB",
    "max_connections=100",
    "dynamic_shared_memory_type=mmap",
    "unix_socket_permissions=0700",
];
