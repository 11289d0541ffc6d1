//! What holds for the stack as a whole: the gateway, the description, the rights, the events to try.

mod cors;
mod deployment;
mod description;
mod events;
mod gateway;
mod hardening;
mod page;
mod rights;
mod steps;
