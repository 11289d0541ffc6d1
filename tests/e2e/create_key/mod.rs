mod created;
mod idempotency;
mod invalid;
mod limit;
mod refused;
