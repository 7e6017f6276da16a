//! Who calls: a customer with an upload token, or a desk with its own.

use crate::{
    refused::Refused,
    relay::Shared,
    store::{ChunkPlace, UploadKey},
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, header, request::Parts},
};
use std::{convert::Infallible, str::FromStr};
use wire::{BoxId, DataClass, DeskToken, HookId, PartId, ProblemCode, TokenHash, UploadToken};

impl FromRequestParts<Shared> for UploadKey {
    type Rejection = Infallible;

    /// Never fails: what is malformed goes the same way as what is unknown, and ends there.
    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let path = PathParams::read(parts, app).await;
        let id = path.parse::<BoxId>("id");
        let token = bearer(&parts.headers).and_then(|text| UploadToken::parse(text).ok());
        Ok(Self {
            well_formed: id.is_some() && token.is_some(),
            id: id.unwrap_or(BoxId::from_bytes([0; 16])),
            token: token.unwrap_or(UploadToken::from_bytes([0; 32])).hash(),
        })
    }
}

/// A customer's call about one chunk.
pub(crate) struct ChunkKey {
    pub(crate) key: UploadKey,
    pub(crate) place: ChunkPlace,
}

impl FromRequestParts<Shared> for ChunkKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let mut key = UploadKey::from_request_parts(parts, app).await?;
        let path = PathParams::read(parts, app).await;
        let (part, n) = (path.parse::<PartId>("part"), path.number("n"));
        key.well_formed &= part.is_some() && n.is_some();
        let place = ChunkPlace { part: part.unwrap_or(PartId::from_bytes([0; 16])), n: n.unwrap_or(0) };
        Ok(Self { key, place })
    }
}

/// A desk whose token was shown: its number in the store, and the token's hash.
#[derive(Clone, Copy)]
pub(crate) struct Desk(pub(crate) i64, TokenHash);

impl Desk {
    /// Whether the token is still the desk's: what takes long asks again.
    pub(crate) fn may_call(self, app: &Shared) -> bool {
        app.desks().iter().any(|desk| desk.n == self.0 && desk.token == self.1)
    }
}

impl FromRequestParts<Shared> for Desk {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refused> {
        let token = bearer(&parts.headers).and_then(|text| DeskToken::parse(text).ok());
        let shown = token.as_ref().map(DeskToken::hash);
        let hash = shown.unwrap_or(TokenHash::from_bytes([0; 32]));
        // Every desk is compared, so that the time does not tell which one came close.
        let found = app
            .desks()
            .iter()
            .fold(None, |found, desk| if desk.token == hash { Some(desk.n) } else { found });
        match (found, shown) {
            (Some(n), Some(_)) => {
                app.heard.now(n, app.store.now());
                Ok(Self(n, hash))
            }
            _ => Err(ProblemCode::Unauthorized.into()),
        }
    }
}

/// A desk's call about one of its hooks, or one of its deliveries. Malformed ones are nobody's.
pub(crate) struct HookPath {
    pub(crate) desk: Desk,
    path: PathParams,
}

impl HookPath {
    pub(crate) fn hook(&self) -> Result<HookId, Refused> {
        self.path.parse("hook").ok_or_else(|| ProblemCode::NotHere.into())
    }

    pub(crate) fn number(&self) -> Result<u64, Refused> {
        self.path.number("n").ok_or_else(|| ProblemCode::NotHere.into())
    }
}

impl FromRequestParts<Shared> for HookPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refused> {
        let desk = Desk::from_request_parts(parts, app).await?;
        Ok(Self { desk, path: PathParams::read(parts, app).await })
    }
}

/// A webhook's call, which shows no token. A malformed hook is looked up all the same.
pub(crate) struct HookKey {
    pub(crate) hook: HookId,
    pub(crate) well_formed: bool,
}

impl FromRequestParts<Shared> for HookKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let hook = PathParams::read(parts, app).await.parse("hook");
        Ok(Self { well_formed: hook.is_some(), hook: hook.unwrap_or(HookId::from_bytes([0; 16])) })
    }
}

/// A desk's call about one box, and perhaps one thing of it.
pub(crate) struct DeskPath {
    pub(crate) desk: Desk,
    pub(crate) id: BoxId,
    path: PathParams,
}

impl DeskPath {
    pub(crate) fn part(&self) -> Result<PartId, Refused> {
        self.path.parse("part").ok_or_else(|| ProblemCode::NotHere.into())
    }

    pub(crate) fn class(&self) -> Result<DataClass, Refused> {
        self.path.parse("class").ok_or_else(|| ProblemCode::NotHere.into())
    }

    pub(crate) fn number(&self, name: &str) -> Result<u32, Refused> {
        self.path.number(name).ok_or_else(|| ProblemCode::NotHere.into())
    }
}

impl FromRequestParts<Shared> for DeskPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refused> {
        let desk = Desk::from_request_parts(parts, app).await?;
        let path = PathParams::read(parts, app).await;
        let id = path.parse("id").ok_or(ProblemCode::NotHere)?;
        Ok(Self { desk, id, path })
    }
}

/// The variable pieces of the path; none when they are not even text.
struct PathParams(Option<RawPathParams>);

impl PathParams {
    async fn read(parts: &mut Parts, app: &Shared) -> Self {
        Self(RawPathParams::from_request_parts(parts, app).await.ok())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    /// A decimal number in the one way to write it.
    fn number<T: FromStr + ToString>(&self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        let number: T = text.parse().ok()?;
        (number.to_string() == text).then_some(number)
    }
}

/// The token of `Authorization: Bearer …`, when there is exactly one such header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
