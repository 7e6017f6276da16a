//! A client that costs as little as it can: one connection, one call after the other. It shares the machine with the
//! server that is measured.

use super::MIB;
use journeys::{Outcome, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Bodies up to here go out in one piece with the head.
const SMALL: usize = 16 * 1024;

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: address.to_owned(), buffer: vec![0; MIB] })
    }

    /// Makes a call, reads the whole answer and throws its body away. `headers` end with a line break each.
    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Outcome<u16> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        if body.len() <= SMALL {
            head.extend_from_slice(body);
            self.stream.write_all(&head).await?;
        } else {
            self.stream.write_all(&head).await?;
            self.stream.write_all(body).await?;
        }
        self.answer().await
    }

    /// The same, and anything but this status is an error.
    pub(crate) async fn expect(
        &mut self,
        status: u16,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Outcome {
        let answered = self.call(method, path, headers, body).await?;
        ensure(answered == status, format!("{method} was answered {answered}, not {status}"))
    }

    async fn answer(&mut self) -> Outcome<u16> {
        let mut filled = 0;
        let head = loop {
            let read = self.stream.read(self.buffer.get_mut(filled..).unwrap_or_default()).await?;
            ensure(read > 0, "the server closed the connection")?;
            filled += read;
            let seen = self.buffer.get(..filled.min(SMALL)).unwrap_or_default();
            if let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?.to_ascii_lowercase();
        let status = text.split(' ').nth(1).ok_or("no status")?.parse()?;
        let length: usize = match text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()) {
            Some(length) => length.parse()?,
            None => 0,
        };
        let mut left = length - (filled - head);
        while left > 0 {
            let most = left.min(self.buffer.len());
            let read = self.stream.read(self.buffer.get_mut(..most).unwrap_or_default()).await?;
            ensure(read > 0, "the server closed the connection")?;
            left -= read;
        }
        Ok(status)
    }
}
