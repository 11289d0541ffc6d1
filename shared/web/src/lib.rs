//! The HTTP boundary: requests, authentication, responses and their descriptions. It also runs a function on Lambda.
//!
//! A function's handler receives a [`Call`], which shows only its route until [`auth`] exchanges it for a caller and an
//! [`Input`]. The handler returns a [`Reply`] or a [`Problem`].
//!
//! Promises:
//! - An operation that takes a caller runs only after authentication, and nothing reads the body before.
//! - This crate knows nothing about `DynamoDB`. It reaches the tables only through `store`, `keys` and `accounts`.

pub mod account_changes;
pub mod account_results;
mod answer;
mod audit_details;
mod audit_wire;
pub mod auth;
mod authorization;
pub mod batch;
mod call;
pub mod characters;
pub mod cloud_event;
mod event;
pub mod examples;
pub mod expiry;
mod exposure;
pub mod fields;
pub mod key_fields;
mod key_wire;
mod limit_wire;
mod lines;
pub mod ocsf;
pub mod openapi;
pub mod page_token;
mod problem;
mod problem_type;
mod rate_limit;
mod refusals;
mod reply;
pub mod rotation;
pub mod runtime;
pub mod telemetry;
pub mod wire;

pub use answer::answer;
pub use authorization::Authorization;
pub use call::{BODY_LIMIT, Call, Input, REQUEST_TIME, SCIM_BODY_LIMIT};
pub use event::GatewayEvent;
pub use problem::{FieldError, Problem, ProblemDetails, ScimError, ScimType, Source};
pub use problem_type::{ProblemType, TYPE_PREFIX};
pub use reply::{Form, Reply};
