//! Problem documents (RFC 9457) as answers.

use crate::store::StoreError;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use wire::{Problem, ProblemCode};

/// A call that was not done, as the caller hears of it.
#[derive(Debug, Clone)]
pub(crate) struct Refused(Box<Problem>);

impl Refused {
    /// A problem that travels with another status than its code's.
    pub(crate) fn with_status(code: ProblemCode, status: StatusCode) -> Self {
        let mut problem = Problem::new(code);
        problem.status = status.as_u16();
        Self(Box::new(problem))
    }

    /// The body came too slowly.
    pub(crate) fn too_slow() -> Self {
        Self::with_status(ProblemCode::BadRequest, StatusCode::REQUEST_TIMEOUT)
    }
}

impl From<ProblemCode> for Refused {
    fn from(code: ProblemCode) -> Self {
        Self(Box::new(Problem::new(code)))
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(code) => code.into(),
            StoreError::Incomplete(missing) => Self(Box::new(Problem::incomplete(missing))),
            StoreError::Full => ProblemCode::Full.into(),
            StoreError::Unavailable => ProblemCode::Unavailable.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self.0.code);
        response
    }
}
