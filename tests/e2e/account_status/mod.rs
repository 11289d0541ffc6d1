mod changed;
mod contention;
mod invalid;
mod many;
mod refused;
