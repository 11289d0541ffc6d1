//! The HTTP boundary: requests, authentication, answers, their description; running a function on Lambda.
//!
//! A function's handler gets a [`Call`], which says nothing but its route until [`auth`] has exchanged it for a caller
//! and an [`Input`]. It gives back a [`Reply`] or a [`Problem`].
//!
//! Promises:
//! - An operation that takes a caller was reached by an authenticated one, and the body was not read before.
//! - This crate knows nothing of `DynamoDB`: it reaches the tables through what `store`, `keys` and `accounts` offer.

mod answer;
pub mod auth;
mod authorization;
mod call;
mod event;
pub mod examples;
pub mod fields;
pub mod openapi;
pub mod page_token;
mod problem;
mod refusals;
mod reply;
pub mod runtime;
pub mod telemetry;
pub mod wire;

pub use answer::answer;
pub use authorization::Authorization;
pub use call::{BODY_LIMIT, Call, Input, REQUEST_TIME, SCIM_BODY_LIMIT};
pub use event::GatewayEvent;
pub use problem::{
    FieldError, Problem, ProblemDetails, ProblemType, ScimError, ScimType, Source, TYPE_PREFIX,
};
pub use reply::{Form, Reply};
