//! Tests of the stack as a whole: the gateway, the description, the rights, and the sample events.

mod cors;
mod deployment;
mod description;
mod events;
mod gateway;
mod hardening;
mod leaks;
mod notices;
mod page;
mod rights;
mod steps;
