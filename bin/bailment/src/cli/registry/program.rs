//! `bailment program`.

use super::{Because, Wish, list, read, status};
use crate::cli::preview::OfProgram;
use clap::Subcommand;

/// Programs: families of operations offered under terms.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  bailment program close groups --reason terms")]
pub(crate) enum Program {
    /// List all.
    List,
    /// Show one.
    Show {
        /// Name in the catalog.
        program: String,
    },
    /// Open it.
    Open {
        /// Name in the catalog.
        program: String,
        #[command(flatten)]
        because: Because,
    },
    /// Only what exists goes on.
    Restrict {
        /// Name in the catalog.
        program: String,
        #[command(flatten)]
        because: Because,
    },
    /// What its next stage would give and take; nothing is changed.
    Preview(OfProgram),
    /// Every access through it ends, for good.
    Close {
        /// Name in the catalog.
        program: String,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Program> for Wish {
    fn from(asked: &Program) -> Self {
        match asked {
            Program::List => list("/programs", &["program", "name", "status"]),
            Program::Show { program } => read(format!("/programs/{program}")),
            Program::Open { program, because } => status("programs", program, "live", because),
            Program::Restrict { program, because } => {
                status("programs", program, "restricted", because)
            }
            Program::Preview(of) => of.wish(),
            Program::Close { program, because } => status("programs", program, "closed", because),
        }
    }
}
