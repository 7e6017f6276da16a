//! A Freshdesk in this process, in the shapes that its documentation gives: <https://developers.freshdesk.com/api/>, "List
//! All Tickets", "View a Ticket", "List All Conversations of a Ticket".

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub const KEY: &str = "aBcD1234eFgH5678iJkL";
/// What Freshdesk calls them.
pub const OPEN: u32 = 2;
pub const CLOSED: u32 = 5;

/// One ticket, #7: its status, and how often that changed.
pub struct Freshdesk {
    pub address: String,
    ticket: Ticket,
}

type Ticket = Arc<Mutex<(u32, u32)>>;

impl Freshdesk {
    pub async fn start() -> Self {
        let ticket: Ticket = Arc::new(Mutex::new((OPEN, 0)));
        let app = Router::new()
            .route(
                "/api/v2/agents/me",
                get(|headers: HeaderMap| async move { says(&headers, json!({ "id": 1 })) }),
            )
            .route("/api/v2/tickets", get(|headers: HeaderMap| async move { says(&headers, json!([])) }))
            .route("/api/v2/tickets/{id}", get(view))
            .route(
                "/api/v2/tickets/{id}/conversations",
                get(|headers: HeaderMap| async move { says(&headers, json!([])) }),
            )
            .with_state(Arc::clone(&ticket));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, ticket }
    }

    pub fn set(&self, status: u32) {
        let mut ticket = self.ticket.lock().unwrap();
        *ticket = (status, ticket.1 + 1);
    }
}

fn says(headers: &HeaderMap, body: Value) -> Response {
    // The key as the name, and any password.
    let basic = data_encoding::BASE64.encode(format!("{KEY}:X").as_bytes());
    if headers.get(header::AUTHORIZATION).is_some_and(|value| value == &format!("Basic {basic}")) {
        Json(body).into_response()
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn view(State(ticket): State<Ticket>, Path(id): Path<u64>, headers: HeaderMap) -> Response {
    if id != 7 {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (status, changes) = *ticket.lock().unwrap();
    says(
        &headers,
        json!({ "id": id, "status": status, "updated_at": format!("2026-11-17T10:00:{changes:02}Z") }),
    )
}
