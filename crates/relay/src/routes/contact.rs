//! Whom to ask about a link that does not work.

use crate::relay::Shared;
use axum::{Json, extract::State};
use wire::api::Contact;

/// Whom to ask when there is nothing else to show. The same for everyone.
#[utoipa::path(
    get, path = "/v1/contact", tag = "customer",
    responses((status = 200, description = "plain text, or nothing", body = Contact))
)]
pub(crate) async fn show(State(app): State<Shared>) -> Json<Contact> {
    Json(Contact { contact: app.contact() })
}
