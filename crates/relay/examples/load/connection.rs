//! A client that costs as little as it can: one connection, one call after the other.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A body up to this size travels with its head.
const TOGETHER: usize = 16 * 1024;

pub(crate) struct Connection<S> {
    pub(crate) stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Over this stream, reading so many bytes at once.
    pub(crate) fn over(stream: S, at_once: usize) -> Self {
        Self { stream, buffer: vec![0; at_once] }
    }

    /// The status of the answer, when all of it was read.
    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        media_type: &str,
        body: &[u8],
    ) -> u16 {
        let kind =
            if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{kind}\
             Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        if body.len() < TOGETHER {
            head.extend_from_slice(body);
            self.stream.write_all(&head).await.unwrap();
        } else {
            self.stream.write_all(&head).await.unwrap();
            self.stream.write_all(body).await.unwrap();
        }
        self.stream.flush().await.unwrap();
        self.answer().await
    }

    async fn answer(&mut self) -> u16 {
        let mut filled = 0;
        let head = loop {
            filled += self.read(filled).await;
            let whole = self.buffer[..filled].windows(4).take(4096).position(|four| four == b"\r\n\r\n");
            if let Some(end) = whole {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).unwrap().to_ascii_lowercase();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let length = text.split("content-length: ").nth(1);
        let length = length.map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        let mut left = length - (filled - head);
        while left > 0 {
            left -= self.read(0).await;
        }
        status
    }

    /// What came, written from there on.
    async fn read(&mut self, from: usize) -> usize {
        let read = self.stream.read(&mut self.buffer[from..]).await.unwrap();
        assert!(read > 0, "the relay closed the connection");
        read
    }
}
