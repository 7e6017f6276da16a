pub(crate) struct Loop;
pub(crate) struct Mounted;
pub(crate) fn run() {}
