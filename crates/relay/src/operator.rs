//! What the operator asks about desks: add one, list them, revoke one, give one a new code.

use crate::{
    relay::Shared,
    store::{DeskLine, Naming, NewCode, StoreError},
};
use serde::{Deserialize, Serialize};

/// The longest name of a desk, characters.
const NAME_MAX: usize = 64;

/// What the operator asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "lowercase", deny_unknown_fields)]
pub enum DeskOrder {
    /// Make a desk known, and a code for it.
    Add {
        /// What to call it.
        name: String,
    },
    /// Every desk.
    List,
    /// End a desk's token and code at once. What it has at the relay stays until its time is over.
    Revoke {
        /// Which.
        name: String,
    },
    /// Make a new code. The desk's token works until the code is used.
    Rotate {
        /// Which.
        name: String,
    },
}

/// What became of an order.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum DeskAnswer {
    /// The code, to be given to whoever sets the desk up.
    Code(NewCode),
    /// The desks, by name.
    Desks {
        /// One a line.
        desks: Vec<DeskLine>,
    },
    /// The desk may call no more.
    Revoked,
}

/// Why an order was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "lowercase")]
pub enum OrderError {
    /// Not a name.
    #[error("a desk's name is 1 to 64 letters, digits, spaces, dots, dashes or underscores; choose another")]
    Name,
    /// There is one of that name.
    #[error(
        "a desk of this name is known already; choose another name, or give it a new code with: desk rotate"
    )]
    Taken,
    /// There is none of that name.
    #[error("no desk of this name is known; see what there is with: desk list")]
    Unknown,
    /// No room.
    #[error("the relay's disk is full and nothing was changed; make room, then try again")]
    Full,
    /// The store failed.
    #[error("the relay's store cannot be used now; look at the relay's log, then try again")]
    Store,
}

impl From<Naming> for OrderError {
    fn from(error: Naming) -> Self {
        match error {
            Naming::Taken => Self::Taken,
            Naming::Unknown => Self::Unknown,
            Naming::Store(StoreError::Full) => Self::Full,
            Naming::Store(_) => Self::Store,
        }
    }
}

pub(crate) async fn carry_out(app: &Shared, order: DeskOrder) -> Result<DeskAnswer, OrderError> {
    match order {
        DeskOrder::Add { name } => Ok(DeskAnswer::Code(app.store.add_desk(checked(&name)?).await?)),
        DeskOrder::Rotate { name } => Ok(DeskAnswer::Code(app.store.rotate_desk(checked(&name)?).await?)),
        DeskOrder::Revoke { name } => {
            let revoking = app.store.revoke_desk(checked(&name)?);
            app.change_desks(async { revoking.await.map(|desks| ((), Some(desks))) }).await?;
            Ok(DeskAnswer::Revoked)
        }
        DeskOrder::List => {
            let mut desks = app.store.desk_lines().await.map_err(Naming::Store)?;
            for desk in &mut desks {
                desk.heard = desk.heard.max(app.heard.last(desk.n));
            }
            Ok(DeskAnswer::Desks { desks })
        }
    }
}

fn checked(name: &str) -> Result<String, OrderError> {
    let name = name.trim();
    let fine = (1..=NAME_MAX).contains(&name.chars().count())
        && name.chars().all(|character| character.is_alphanumeric() || " ._-".contains(character))
        && !name.starts_with('-');
    if fine { Ok(name.to_owned()) } else { Err(OrderError::Name) }
}
