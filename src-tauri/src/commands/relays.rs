//! Which relay new requests are made on, and how the relays in use go.

use super::Answer;
use crate::{
    Shell,
    view::{Enrolment, RelaySettings, Rule},
};
use desk::tables::relay::RelayId;
use tauri::State as Managed;

/// What the settings show.
#[tauri::command]
pub(crate) async fn relay_settings(shell: Managed<'_, Shell>) -> Answer<RelaySettings> {
    let desk = shell.desk()?;
    let relays = desk.relays().await?.into_iter().map(Into::into).collect();
    Ok(RelaySettings { relays, shares: desk.relay_shares().await? })
}

/// Takes up a relay elsewhere, by its address and the code its operator gave.
#[tauri::command]
pub(crate) async fn enrol(shell: Managed<'_, Shell>, args: Enrolment) -> Answer<()> {
    Ok(shell.desk()?.enrol(&args.address, &args.code).await?)
}

/// Goes back to the relay inside this desk.
#[tauri::command]
pub(crate) async fn use_relay_inside(shell: Managed<'_, Shell>) -> Answer<()> {
    Ok(shell.desk()?.use_relay_inside().await?)
}

/// Lets go of a relay that does not come back and on which everything has ended.
#[tauri::command]
pub(crate) async fn give_up_relay(shell: Managed<'_, Shell>, args: u32) -> Answer<()> {
    Ok(shell.desk()?.give_up_relay(RelayId::from_number(args)).await?)
}

/// Sets whether new requests need the relay's part of their keys.
#[tauri::command]
pub(crate) async fn set_relay_shares(shell: Managed<'_, Shell>, args: Rule) -> Answer<()> {
    Ok(shell.desk()?.set_relay_shares(args.on).await?)
}
