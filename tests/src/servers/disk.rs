//! A small disk, which can be full.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Process;
use super::programs::User;

/// A folder that, for the process which is started on it and for nobody else, is a disk of a few megabytes. It is gone with
/// that process.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
    megabytes: usize,
    owner: Option<User>,
}

impl SmallDisk {
    pub fn new(megabytes: usize) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), megabytes, owner: None }
    }

    #[must_use]
    pub(super) const fn owned_by(mut self, owner: Option<User>) -> Self {
        self.owner = owner;
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Why nobody can have one, if nobody can: disks are mounted by root alone.
    pub(super) fn is_missing() -> Option<String> {
        let mut mount = Command::new("unshare");
        mount.args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stdin(Stdio::null());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        (!mounted).then(|| "no disk can be mounted (unshare --mount, as root)".to_owned())
    }

    /// What starts the program of `command` on the disk.
    pub(crate) fn around(&self, command: &Command) -> Command {
        let owner = self.owner.map(User::mount_options).unwrap_or_default();
        let mut around = Command::new("unshare");
        around.args(["--mount", "sh", "-c", r#"mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@""#, "sh"]);
        around.arg(format!("size={}m,mode=700{owner}", self.megabytes)).arg(self.path());
        around.arg(command.get_program()).args(command.get_args());
        around
    }

    /// Fills it to the last byte, as the process sees it.
    pub fn fill(&self, process: &mut Process) {
        let mut ballast = File::create(self.ballast(process)).expect("the process has the disk");
        for size in [1 << 20, 4096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn free(&self, process: &mut Process) {
        std::fs::remove_file(self.ballast(process)).expect("the disk was filled");
    }

    /// The path of a file on the disk, from outside.
    fn ballast(&self, process: &mut Process) -> PathBuf {
        let inside = self.path().join("ballast");
        let root = PathBuf::from(format!("/proc/{}/root", process.child().id()));
        root.join(inside.strip_prefix("/").expect("the path is absolute"))
    }
}
