//! Reading connections, used on blocking threads.

use super::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Connections that read at the same time.
const READERS: usize = 4;

/// A few reading connections.
pub(crate) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn open(mut connect: impl FnMut() -> rusqlite::Result<Connection>) -> rusqlite::Result<Self> {
        let free = (0..READERS).map(|_| connect()).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self { free: Arc::new(Mutex::new(free)), turns: Arc::new(Semaphore::new(READERS)) })
    }

    /// Runs `read` in one read transaction: everything it sees is from one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| StoreError::Unavailable)?;
        let free = Arc::clone(&self.free);
        tokio::task::spawn_blocking(move || {
            let mut loan = Loan { conn: None, free };
            loan.conn = loan.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let conn = loan.conn.as_ref().ok_or(StoreError::Unavailable)?;
            conn.prepare_cached("BEGIN")?.execute([])?;
            let result = read(conn);
            conn.prepare_cached("COMMIT")?.execute([])?;
            drop(loan);
            drop(turn);
            result
        })
        .await
        .map_err(|_| StoreError::Unavailable)?
    }
}

/// A connection that goes back whatever happens to its borrower.
struct Loan {
    conn: Option<Connection>,
    free: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() {
                tracing::error!("a reading transaction could not be ended");
            }
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}
