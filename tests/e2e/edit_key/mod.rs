mod edited;
mod held;
mod refused;

const MEMBER: &str = "acme-member-1";
