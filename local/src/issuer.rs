//! The development issuer of access tokens, a stand-in for Cognito.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use domain::{identity::Identity, time::Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use pem::Pem;
use serde_json::{Map, Value, json};
use store::{Service, random};

/// The issuer of the demonstration's identities: a pool in the region `local`, the same on every port.
pub const IDENTITY_ISSUER: &str = "https://cognito-idp.local.amazonaws.com/demonstration";
/// The audience of the tokens.
pub const AUDIENCE: &str = "company-dashboard";
/// The scope that the admin plane requires.
const ADMIN_SCOPE: &str = "company-api-keys/admin";
/// The name of the signing key in tokens and in the key set.
const KEY_ID: &str = "local";
/// The number of seconds until a token expires, as on AWS.
pub(crate) const LIFETIME: i64 = 15 * 60;

/// Signs tokens, and verifies them as API Gateway's JWT authorizer does.
pub struct Issuer {
    private_key: EncodingKey,
    public_key: Jwk,
    /// The claim `iss` of the tokens.
    pub url: String,
}

impl Issuer {
    /// An issuer with a random key. The key is stored in this folder, if there is one.
    pub fn open(url: String, folder: Option<&Path>) -> Result<Self, String> {
        let Some(folder) = folder else {
            return Self::of(&new_private_key()?, url);
        };
        let path = folder.join("signing-key.pem");
        let pem = match fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let pem = new_private_key()?;
                write_private(&path, pem.as_bytes())
                    .map_err(|error| format!("{} can't be written: {error}", path.display()))?;
                pem
            }
            Err(error) => return Err(format!("{} can't be read: {error}", path.display())),
        };
        Self::of(&pem, url)
            .map_err(|_| format!("{} is not a signing key: delete it and start again", path.display()))
    }

    /// The issuer with this private key: PKCS #8, as PEM.
    fn of(pem: &str, url: String) -> Result<Self, String> {
        let failed = |error: jsonwebtoken::errors::Error| error.to_string();
        let private_key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(failed)?;
        let mut public_key = Jwk::from_encoding_key(&private_key, Algorithm::RS256).map_err(failed)?;
        public_key.common.key_id = Some(KEY_ID.into());
        public_key.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { private_key, public_key, url })
    }

    /// An access token for the person who signs in now with this address in the demonstration.
    pub async fn token(
        &self,
        service: &Service,
        email: &str,
        now: Timestamp,
    ) -> Result<String, token_gate::Refused> {
        let subject = email.to_ascii_lowercase();
        let claims = self.admit(service, &subject, "TokenGeneration_HostedAuth", now).await?;
        Ok(self.access_token(&subject, &format!("openid {ADMIN_SCOPE}"), &claims, now.seconds(), now))
    }

    /// The claims that `token-gate` adds for a subject. It decides by the event that Cognito would send.
    pub(crate) async fn admit(
        &self,
        service: &Service,
        subject: &str,
        trigger: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, token_gate::Refused> {
        if Identity::new(IDENTITY_ISSUER, subject).is_none() {
            return Err(token_gate::Refused::Unknown);
        }
        let event = json!({
            "version": "2",
            "triggerSource": trigger,
            "region": "local",
            "userPoolId": "demonstration",
            "userName": subject,
            "callerContext": {"awsSdkVersion": "local", "clientId": AUDIENCE},
            "request": {"userAttributes": {"sub": subject, "email": subject}, "scopes": ["openid", ADMIN_SCOPE]},
            "response": {},
        });
        let mut admitted = token_gate::handle(service, event, &random::ulid(now)).await?;
        let added = &mut admitted["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
        Ok(added["claimsToAddOrOverride"].as_object_mut().map(std::mem::take).unwrap_or_default())
    }

    /// An access token with these added claims, for a person who signed in at `auth_time` (seconds since the epoch).
    pub(crate) fn access_token(
        &self,
        subject: &str,
        scope: &str,
        added: &Map<String, Value>,
        auth_time: i64,
        now: Timestamp,
    ) -> String {
        let mut claims = json!({
            "iss": self.url,
            "aud": AUDIENCE,
            "client_id": AUDIENCE,
            "sub": subject,
            "token_use": "access",
            "scope": scope,
            "auth_time": auth_time,
            "iat": now.seconds(),
            "exp": now.seconds() + LIFETIME,
        });
        for (name, value) in added {
            claims[name] = value.clone();
        }
        self.sign(&claims)
    }

    /// The public key, as a JSON Web Key Set (RFC 7517, RFC 7518 §6.3.1).
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.public_key.clone()] }
    }

    /// Signs claims as a JWT with RS256.
    ///
    /// # Panics
    /// If the key can't sign, which doesn't happen with the keys of this issuer.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(KEY_ID.into()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.private_key).expect("an RSA key signs")
    }

    /// Verifies a token as the JWT authorizer does: RS256, signature, issuer, audience (`aud`, or `client_id` if the token
    /// has no `aud`), `nbf`, `iat`, `exp`
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>).
    /// Returns the claims.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Map<String, Value>> {
        let mut validation = Validation::new(Algorithm::RS256);
        // Times and audience are checked below, by the stack's clock and API Gateway's rule.
        (validation.validate_exp, validation.validate_aud) = (false, false);
        validation.set_issuer(&[&self.url]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        let key = DecodingKey::from_jwk(&self.public_key).ok()?;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).ok()?.claims;
        let time = |name: &str| claims.get(name).map(|value| value.as_f64().ok_or(()));
        let now = f64::from(u32::try_from(now.seconds()).ok()?);
        let expires = time("exp")?.ok()?;
        let begun = |name: &str| time(name).is_none_or(|at| at.is_ok_and(|at| at <= now));
        let audience = match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == AUDIENCE),
            Some(audience) => audience == AUDIENCE,
            None => claims.get("client_id").is_some_and(|client| client == AUDIENCE),
        };
        (now < expires && begun("nbf") && begun("iat") && audience).then_some(claims)
    }
}

/// A new RSA key: PKCS #8, as PEM.
fn new_private_key() -> Result<String, String> {
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| "no signing key could be created")?;
    let der = AsDer::<Pkcs8V1Der>::as_der(&key).map_err(|_| "the signing key has no DER form")?;
    Ok(pem::encode(&Pem::new("PRIVATE KEY", der.as_ref())))
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn the_demonstrations_identities_are_those_of_its_pool() {
        assert_eq!(token_gate::issuer("local", "demonstration"), IDENTITY_ISSUER);
    }

    #[test]
    fn only_what_the_authorizer_accepts() {
        let issuer = Issuer::open("http://localhost:3000".into(), None).expect("a key");
        let other = Issuer::open("http://localhost:3000".into(), None).expect("a key");
        let now = Timestamp::from_millis(1_700_000_000_000);
        let good =
            json!({"iss": issuer.url, "aud": AUDIENCE, "exp": now.seconds() + 1, "iat": now.seconds()});
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        assert!(issuer.verify(&issuer.sign(&good), now).is_some());
        let mut by_client = with("client_id", AUDIENCE.into());
        by_client.as_object_mut().expect("an object").remove("aud");
        assert!(issuer.verify(&issuer.sign(&by_client), now).is_some());
        assert!(issuer.verify(&issuer.sign(&with("aud", json!(["x", AUDIENCE]))), now).is_some());
        for bad in [
            with("iss", "http://localhost:3001".into()),
            with("aud", "another".into()),
            with("exp", now.seconds().into()),
            with("iat", (now.seconds() + 60).into()),
            with("nbf", (now.seconds() + 60).into()),
            with("exp", Value::Null),
        ] {
            assert!(issuer.verify(&issuer.sign(&bad), now).is_none(), "{bad}");
        }
        assert!(issuer.verify(&other.sign(&good), now).is_none());
        let unsigned = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(good.to_string())
        );
        for noise in [unsigned.as_str(), "", "a.b.c", domain::key::EXAMPLE] {
            assert!(issuer.verify(noise, now).is_none(), "{noise}");
        }
    }
}
