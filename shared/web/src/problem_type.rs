//! The catalog of problems. Each is an RFC 9457 problem type. `docs/errors.md` explains them.

/// The prefix of a problem's `type`, before its name.
pub const TYPE_PREFIX: &str = "urn:company-api-keys:problem:";

macro_rules! catalog {
    ($($(#[$doc:meta])* $variant:ident: $name:literal, $status:literal, $title:literal, $detail:literal;)*) => {
        /// A kind of problem. Its name and status never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($(#[$doc])* $variant,)* }

        impl ProblemType {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The last part of `type`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// A summary that is the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What the problem means and what to do. Used if the occurrence has no detail of its own.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$variant => $detail,)* }
            }
        }
    };
}

catalog! {
    /// The request doesn't match what the operation expects.
    InvalidRequest: "invalid-request", 400, "The request is invalid",
        "The request doesn't match what this operation expects. Correct the listed fields.";
    /// An API key is in a place that is often logged or stored.
    MisplacedKey: "misplaced-key", 400, "An API key is in the wrong place",
        "The request contains an API key outside the Authorization header. Send the key only as `Authorization: apikey KEY`. If anybody else may have seen the request, revoke the key.";
    /// No credential, or one that isn't accepted.
    Unauthenticated: "unauthenticated", 401, "Authentication is required",
        "The request has no credential that is accepted here.";
    /// The report isn't signed as GitHub signs.
    SignatureRefused: "signature-refused", 403, "The signature is not accepted",
        "The report has no signature, or it doesn't match the body and one of GitHub's published keys. Nothing was done. To report a key that you found, send it to /leaks/v1/revoke.";
    /// The key doesn't have the scope.
    InsufficientScope: "insufficient-scope", 403, "The API key lacks a scope",
        "The API key doesn't have the scope that this operation needs. A Company Administrator can create a key with this scope.";
    /// The key has a list of networks, and the request came from elsewhere.
    NetworkNotAllowed: "network-not-allowed", 403, "The API key may not be used from this network",
        "The API key may only be used from the networks that a Company Administrator listed for it, and this request came from another one. Send the request from a listed network, or ask an administrator to add this one.";
    /// The account isn't a Company Administrator.
    NotCompanyAdministrator: "not-company-administrator", 403, "Not a Company Administrator",
        "This account is not a Company Administrator. Ask a Company Administrator to do this.";
    /// The company isn't on the Enterprise plan.
    EnterprisePlanRequired: "enterprise-plan-required", 403, "The Enterprise plan is required",
        "Creating and rotating API keys, setting the key policy and managing accounts require the Enterprise plan. You can still list, edit, hold, release and revoke keys, and complete or cancel rotations.";
    /// The administrator's own account is suspended.
    AccountSuspended: "account-suspended", 403, "The account is suspended",
        "This account is suspended. Another Company Administrator can unsuspend it in the Company Dashboard.";
    /// A key tried to grant authority.
    AdministratorProtected: "administrator-protected", 403, "Company Administrators are protected from API keys",
        "An API key can suspend a Company Administrator. It can't unsuspend or delete one, or change an administrator's user name, email address or existing external ID. Another Company Administrator can unsuspend an administrator in the Company Dashboard.";
    /// The key may not rotate itself.
    SelfRotationNotAllowed: "self-rotation-not-allowed", 403, "The API key may not rotate itself",
        "No Company Administrator has allowed this API key to rotate itself. An administrator can rotate it in the Company Dashboard, or allow it to rotate itself.";
    /// The company has no such object.
    NotFound: "not-found", 404, "Not found",
        "The company has no key or account with this identifier. Check the identifier.";
    /// The resource exists but doesn't support the method.
    MethodNotAllowed: "method-not-allowed", 405, "The method is not allowed",
        "This resource doesn't support this method. The header Allow lists the supported methods.";
    /// Another account has this user name, email address or external ID.
    AlreadyExists: "already-exists", 409, "Another account already has this value",
        "Another account of this company has this user name, email address or external ID.";
    /// The characters don't match the key.
    KeyMismatch: "key-mismatch", 409, "The characters don't match the API key",
        "The first four and last four characters don't match this API key. Nothing was revoked. Compare them with the list of keys.";
    /// The company would have no active administrator left.
    LastAdministrator: "last-administrator", 409, "The last active Company Administrator",
        "This is the company's last active Company Administrator. Make another account a Company Administrator first.";
    /// The key has two secrets already.
    RotationInProgress: "rotation-in-progress", 409, "The API key is being rotated",
        "The API key has two secrets. Complete the rotation, or wait until the old secret ends.";
    /// There is no rotation to complete or cancel.
    NoRotation: "no-rotation", 409, "The API key is not being rotated",
        "The API key has no second secret, so there is nothing to complete or cancel. Nothing was changed.";
    /// The key has expired or was revoked.
    KeyNotActive: "key-not-active", 409, "The API key is not active",
        "The API key has expired, was revoked or is being revoked. It can't be changed. Create another key.";
    /// The key is held.
    KeyHeld: "key-held", 409, "The API key is held",
        "The API key is held: by an administrator, because nobody used it, or because of its scopes. Release it, or take away the scopes that the key policy doesn't offer. Then rotate it.";
    /// The company's key policy.
    KeyPolicy: "key-policy", 409, "The key policy doesn't allow this",
        "The company's key policy doesn't allow this. Correct the listed fields, or ask a Company Administrator to change the policy.";
    /// The company has 40 keys with two secrets.
    SecretLimitReached: "secret-limit-reached", 409, "Too many API keys are being rotated",
        "The company has 40 API keys with two secrets, which is the maximum. Complete a rotation, or wait until an old secret ends.";
    /// The company has 50 active keys.
    KeyLimitReached: "key-limit-reached", 409, "The limit of active API keys is reached",
        "The company has 50 active API keys, which is the maximum. Revoke a key that you no longer need.";
    /// The body is too large.
    PayloadTooLarge: "payload-too-large", 413, "The request body is too large",
        "The request body is too large. The limit is 64 KiB, or 1 MiB for a SCIM request or a report of leaked keys.";
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused: "idempotency-key-reused", 422, "The Idempotency-Key was used for another request",
        "Within the last 24 hours, a request with this Idempotency-Key and another body was carried out. Use a new Idempotency-Key for a new request.";
    /// The key may suspend no more accounts in this hour.
    SuspensionLimitReached: "suspension-limit-reached", 429, "The API key has reached its limit of suspensions",
        "The API key has suspended and deleted as many accounts in this hour as it may. Repeat the request after the time in Retry-After, or ask a Company Administrator to let the key go on.";
    /// A limit of requests.
    RateLimited: "rate-limited", 429, "Too many requests",
        "The API key or its company has made as many requests in this minute as its limit allows. This request was not carried out and doesn't count. Repeat it after the time in Retry-After.";
    /// An error on our side.
    InternalError: "internal-error", 500, "Something went wrong on our side",
        "The request failed because of an error on our side. It is logged under the request ID.";
    /// The service is busy or unreachable.
    Unavailable: "unavailable", 503, "Temporarily unavailable",
        "The request could not be carried out, or its outcome is unknown. Repeat it after the time in Retry-After. Repeat a creation with the same Idempotency-Key, so that it is carried out only once.";
}
