//! What a process that opens things asks of the system before it opens the first.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No core dump, and no other process of this user reads this one's memory. Best effort: where the system refuses,
/// the desk works all the same.
pub fn harden_process() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, none).is_err()
        || set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err()
    {
        tracing::warn!("the system did not let core dumps be switched off");
    }
}
