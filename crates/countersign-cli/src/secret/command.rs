//! Which command about secrets.

use clap::Subcommand;

use super::add::Add;
use super::create::Create;
use super::drain::Drain;
use super::list::List;
use super::retire::Retire;
use super::rotate::Rotate;
use crate::context::Context;
use crate::failure::Result;

/// Create, rotate and retire the shared secrets of keys
#[derive(Subcommand)]
pub(crate) enum SecretCommand {
    Create(Create),
    Add(Add),
    Rotate(Rotate),
    Drain(Drain),
    Retire(Retire),
    List(List),
}

impl SecretCommand {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::Add(add) => add.run(context).await,
            Self::Rotate(rotate) => rotate.run(context).await,
            Self::Drain(drain) => drain.run(context).await,
            Self::Retire(retire) => retire.run(context).await,
            Self::List(list) => list.run(context).await,
        }
    }
}
