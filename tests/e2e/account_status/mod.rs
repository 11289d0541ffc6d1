mod changed;
mod contention;
mod invalid;
mod refused;
