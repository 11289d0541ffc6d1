//! Where GitHub publishes its keys.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// The names of this machine, to which requests may go without TLS.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The address of the published keys, and the certificate authorities that may vouch for its server.
#[derive(Clone, Debug)]
pub struct KeySource {
    address: String,
    /// Root certificates (PEM) to use instead of the usual ones.
    roots: Option<Vec<u8>>,
}

impl KeySource {
    /// The source with this address, or `None` for the empty one. An address begins with `https://`, or with `http://` and a
    /// name of this machine. The error is a sentence about the address.
    pub fn at(address: &str) -> Result<Option<Self>, &'static str> {
        if address.is_empty() {
            return Ok(None);
        }
        let is_address = match address.split_once("://") {
            Some(("https", rest)) => !authority(rest).is_empty(),
            Some(("http", rest)) => is_loopback(authority(rest)),
            _ => false,
        };
        let is_uri = !address.contains(['@', '#']) && HttpRequest::get(address).is_ok();
        if is_address && is_uri {
            Ok(Some(Self { address: address.into(), roots: None }))
        } else {
            Err("the address of GitHub's public keys must begin with https://")
        }
    }

    /// The same source with these root certificates (PEM) instead of the usual ones.
    #[must_use]
    pub fn trusting(mut self, roots: Vec<u8>) -> Self {
        self.roots = Some(roots);
        self
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn roots(&self) -> Option<&[u8]> {
        self.roots.as_deref()
    }
}

/// The host and the port at the beginning of an address without its scheme.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?']).next().unwrap_or_default()
}

fn is_loopback(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    LOOPBACK.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_tls_or_is_on_this_machine() {
        for good in [
            "https://api.github.com/meta/public_keys/secret_scanning",
            "https://api.github.com:8443/keys?of=github",
            "http://localhost:3000/keys",
            "http://127.0.0.1/keys",
            "http://[::1]:3000/keys",
        ] {
            assert!(KeySource::at(good).is_ok_and(|source| source.is_some()), "{good}");
        }
        for bad in [
            "http://api.github.com/keys",
            "http://localhost.example/keys",
            "http://127.0.0.1@api.github.com/keys",
            "http://localhost:80:90/keys",
            "https://user@api.github.com/keys",
            "https://",
            "https:///keys",
            "https://a b/keys",
            "https://api.github.com/keys#first",
            "ftp://api.github.com/keys",
            "file:///etc/passwd",
            "api.github.com/keys",
            "/keys",
            " ",
        ] {
            assert!(KeySource::at(bad).is_err(), "{bad}");
        }
        assert!(KeySource::at("").is_ok_and(|source| source.is_none()));
    }
}
