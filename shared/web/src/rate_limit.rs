//! Tells clients about the limits of requests, with the header fields of the IETF's draft
//! (<https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html>).

use domain::limits::Limit;
use store::limiter::{Allowance, OverLimit};

use crate::{problem::Problem, problem_type::ProblemType};

/// The length of the windows, in seconds.
const WINDOW: u64 = 60;

/// The limits, `RateLimit-Policy`: `"key";q=3000;w=60, "company";q=6000;w=60`.
pub(crate) fn policy(allowances: &[Allowance]) -> String {
    list(allowances, |it| format!("q={};w={WINDOW}", it.number))
}

/// What is left of them and the seconds until the minute ends, `RateLimit`: `"key";r=2950;t=37, "company";r=5950;t=37`.
pub(crate) fn remaining(allowances: &[Allowance]) -> String {
    list(allowances, |it| format!("r={};t={}", it.remaining, it.seconds_left))
}

fn list(allowances: &[Allowance], parameters: impl Fn(&Allowance) -> String) -> String {
    let items = allowances.iter().map(|it| format!("\"{}\";{}", it.limit.policy(), parameters(it)));
    items.collect::<Vec<_>>().join(", ")
}

/// The problem of a request that a limit refuses.
pub(crate) fn rate_limited(refused: OverLimit) -> Problem {
    let OverLimit { limit, number, remaining, seconds_left } = refused;
    let counted = match limit {
        Limit::Key => "with this API key",
        Limit::AuditLog => "to the audit log with this API key",
        Limit::Company => "with all API keys of the company together",
    };
    // Only a request that counts more than once is refused while some are left.
    let left = match remaining {
        0 => String::new(),
        _ => format!("{remaining} are left, and this request counts once for each account that it names. "),
    };
    let detail = format!(
        "The limit is {number} requests a minute {counted}. {left}This request was not carried out and doesn't count. \
         Repeat it in {seconds_left} s, when the next minute begins."
    );
    Problem::of(ProblemType::RateLimited).with_detail(detail).with_retry_after(seconds_left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_lists_of_the_drafts_form() {
        let allowance = |limit, number, remaining| Allowance { limit, number, remaining, seconds_left: 37 };
        let allowances = [allowance(Limit::Key, 3_000, 2_950), allowance(Limit::AuditLog, 120, 0)];
        assert_eq!(policy(&allowances), "\"key\";q=3000;w=60, \"audit-log\";q=120;w=60");
        assert_eq!(remaining(&allowances), "\"key\";r=2950;t=37, \"audit-log\";r=0;t=37");
    }
}
