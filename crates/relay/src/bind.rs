//! A port of this machine alone.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::net::TcpListener;

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Someone else listens there.
    #[error(
        "port {0} of this computer is used by another program; close that program, or choose another port for \
         Cloakroom (links given out before then stop working)"
    )]
    Taken(u16),
    /// Ports below 1024 are the administrator's.
    #[error("this user may not use port {0}; choose a port above 1023")]
    NotAllowed(u16),
    /// Anything else.
    #[error("no port of this computer could be opened ({0}); check the network settings and start again")]
    Other(std::io::Error),
}

/// Listens on 127.0.0.1: on `port`, or on any free one, whose number the caller keeps for the next time
/// (a link names its port).
pub async fn bind_loopback(port: Option<u16>) -> Result<TcpListener, BindError> {
    let port = port.unwrap_or(0);
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| {
        match error.kind() {
            ErrorKind::AddrInUse => BindError::Taken(port),
            ErrorKind::PermissionDenied => BindError::NotAllowed(port),
            _ => BindError::Other(error),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_said() {
        let first = bind_loopback(None).await.unwrap();
        let port = first.local_addr().unwrap().port();
        let refused = bind_loopback(Some(port)).await.unwrap_err();
        assert!(matches!(refused, BindError::Taken(taken) if taken == port));
        assert!(refused.to_string().contains(&port.to_string()));
        drop(first);
        assert_eq!(bind_loopback(Some(port)).await.unwrap().local_addr().unwrap().port(), port);
    }
}
