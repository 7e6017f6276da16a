//! How much is measured.

/// What every group works through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Times a file is sealed in the browser.
    pub(crate) sealings: usize,
    /// Files of 1 MiB sent to the relay.
    pub(crate) uploads: usize,
    /// Boxes made at the relay.
    pub(crate) creations: usize,
    /// Times a part is read back from the relay.
    pub(crate) downloads: usize,
    /// Submissions collected by a desk.
    pub(crate) rounds: usize,
    /// Requests in the inbox, and entries in the ledger.
    pub(crate) requests: u64,
    /// Queries of each kind.
    pub(crate) queries: u64,
    /// Times a whole ledger is read.
    pub(crate) readings: usize,
    /// Tickets purged at once.
    pub(crate) tickets: usize,
    /// Keys that outlive that.
    pub(crate) survivors: usize,
    /// Times a person unlocks.
    pub(crate) unlocks: usize,
    /// Requests in the inbox of an app that is started.
    pub(crate) shown: u64,
    /// Times a thing is done on a screen.
    pub(crate) rounds_on_screen: usize,
    /// Tickets typed into its filter, eight keys each.
    pub(crate) keys: usize,
    /// Tickets pulled from a helpdesk.
    pub(crate) pulled: u64,
}

impl Size {
    /// What the goals speak of.
    pub(crate) const FULL: Self = Self {
        sealings: 7,
        uploads: 2048,
        creations: 60_000,
        downloads: 40,
        rounds: 120,
        requests: 1_000_000,
        queries: 500,
        readings: 5,
        tickets: 10_000,
        survivors: 100_000,
        unlocks: 10,
        shown: 100_000,
        rounds_on_screen: 10,
        keys: 12,
        pulled: 1_000,
    };

    /// Enough to see that everything can be measured; its figures say nothing about the goals.
    pub(crate) const QUICK: Self = Self {
        sealings: 2,
        uploads: 256,
        creations: 4_096,
        downloads: 4,
        rounds: 5,
        requests: 20_000,
        queries: 50,
        readings: 2,
        tickets: 200,
        survivors: 2_000,
        unlocks: 2,
        shown: 2_000,
        rounds_on_screen: 2,
        keys: 2,
        pulled: 150,
    };
}
