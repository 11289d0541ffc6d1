//! The Lambda binary; see the library.

fn main() {}
