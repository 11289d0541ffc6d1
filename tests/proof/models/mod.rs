//! Models of the design: every order of events in a small world, and a flood in a large one.

mod flood;
mod gates;
mod rotation;
