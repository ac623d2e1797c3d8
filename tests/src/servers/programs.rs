//! Which programs are there, and how they are run.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::SmallDisk;

/// The programs that tests need.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Ends a process with the thread that started it.
    setpriv: Result<PathBuf, String>,
    redis: Result<PathBuf, String>,
    postgres: Result<PostgresPrograms, String>,
    disk: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct PostgresPrograms {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    /// PostgreSQL refuses to run as root.
    pub(super) user: Option<User>,
}

/// Who runs a program that refuses to be run by root.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    uid: u32,
    gid: u32,
}

impl Programs {
    /// Looks for them on `PATH`, and where Debian keeps PostgreSQL.
    pub fn find() -> Self {
        Self {
            setpriv: on_path("setpriv").ok_or_else(|| "there is no setpriv (Debian: util-linux)".to_owned()),
            redis: on_path("redis-server").ok_or_else(|| "there is no redis-server".to_owned()),
            postgres: PostgresPrograms::find(),
            disk: SmallDisk::is_missing(),
        }
    }

    /// Why no program can be started that ends with the tests, if none can.
    pub fn are_missing(&self) -> Option<String> {
        self.setpriv.as_ref().err().cloned()
    }

    /// Why no [`SmallDisk`] can be had, if none can.
    pub fn disk_is_missing(&self) -> Option<String> {
        self.are_missing().or_else(|| self.disk.clone())
    }

    /// Why no Redis can be started, if none can.
    pub fn redis_is_missing(&self) -> Option<String> {
        self.are_missing().or_else(|| self.redis.as_ref().err().cloned())
    }

    /// Why no PostgreSQL can be started, if none can.
    pub fn postgres_is_missing(&self) -> Option<String> {
        self.are_missing().or_else(|| self.postgres.as_ref().err().cloned())
    }

    pub(super) fn redis(&self) -> &Path {
        self.redis.as_ref().expect("who is missing is not asked for")
    }

    pub(super) fn postgres(&self) -> &PostgresPrograms {
        self.postgres.as_ref().expect("who is missing is not asked for")
    }

    /// Runs a program such that it is killed when the thread that starts it ends, whatever ends that.
    pub fn command(&self, program: &Path) -> Command {
        self.command_as(program, None)
    }

    /// The same, as another user.
    pub(super) fn command_as(&self, program: &Path, user: Option<User>) -> Command {
        let mut command = Command::new(self.setpriv.as_ref().expect("who is missing is not asked for"));
        command.args(["--pdeathsig", "KILL"]);
        if let Some(User { uid, gid }) = user {
            command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
        }
        command.arg("--").arg(program);
        command
    }
}

impl PostgresPrograms {
    fn find() -> Result<Self, String> {
        let folder = on_path("initdb").and_then(|path| Some(path.parent()?.to_owned())).or_else(debian_postgres);
        let folder = folder.ok_or("there is no initdb and postgres (Debian: postgresql)")?;
        let (initdb, postgres) = (folder.join("initdb"), folder.join("postgres"));
        if !postgres.is_file() {
            return Err(format!("there is no {}", postgres.display()));
        }
        let user = match rustix::process::getuid().is_root() {
            false => None,
            true => {
                Some(User::named("postgres").ok_or("there is no user `postgres`, and root may not run PostgreSQL")?)
            }
        };
        Ok(Self { initdb, postgres, user })
    }
}

impl User {
    fn named(name: &str) -> Option<Self> {
        let id = |which| {
            let output = Command::new("id").args([which, name]).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        Some(Self { uid: id("-u")?, gid: id("-g")? })
    }

    pub(super) fn mount_options(self) -> String {
        format!(",uid={},gid={}", self.uid, self.gid)
    }

    pub(super) fn own(self, path: &Path) {
        chown(path, Some(self.uid), Some(self.gid)).unwrap();
    }
}

/// A port that nobody listens on. It is none of those that the system gives to whoever asks for any, so that it stays free
/// while a server is down; and processes of about the same age look in different places.
pub fn free_port() -> u16 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let place = || std::process::id().wrapping_mul(64).wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
    let mut ports = std::iter::repeat_with(|| u16::try_from(10_000 + place() % 22_000).expect("below 32,000"));
    ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).expect("some port is free")
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The newest version's, from <https://wiki.debian.org/PostgreSql>.
fn debian_postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    folders.filter(|folder| folder.join("initdb").is_file()).max_by_key(version)
}
