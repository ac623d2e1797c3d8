//! `countersign completions`.

use std::io::{self, Write};

use clap::Args;
use clap_complete::Shell;

use crate::failure::{Failure, Result};

/// Print what a shell needs to complete commands and options
///
/// The script goes to stdout. Where a shell looks for it is the shell's own business; the examples are the usual places.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result {
        // The generator panics where it cannot write, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::command(), "countersign", &mut script);
        let mut out = io::stdout().lock();
        out.write_all(&script).and_then(|()| out.flush()).map_err(|error| Failure::of_output(&error))
    }
}

const AFTER_HELP: &str = "\
Examples:
  DIR=~/.local/share/bash-completion/completions
  mkdir -p $DIR && countersign completions bash > $DIR/countersign
  DIR=~/.config/fish/completions
  mkdir -p $DIR && countersign completions fish > $DIR/countersign.fish

In PowerShell, `countersign completions powershell | Out-String | Invoke-Expression` in the profile does the same.";
