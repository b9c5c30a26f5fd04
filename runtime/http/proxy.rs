//! Proxies: which of them a server is reached by, if any.

use std::fmt;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use sha2::{Digest, Sha256};

use crate::environment::variable;
use crate::redact::Secret;

/// This machine, and the credential endpoints of containers and instances: they are never behind a proxy.
const NEVER_PROXIED: &str =
    "localhost,127.0.0.0/8,::1,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23";

/// The proxies of a client: those of the environment, or one for everything. Loopback and credential endpoints are never
/// behind one.
#[derive(Default)]
pub struct Proxy {
    http: Option<Route>,
    https: Option<Route>,
    fingerprint: [u8; 32],
}

/// The proxy for URLs of one scheme.
struct Route {
    matcher: Matcher,
    /// What keeps the proxy from being used.
    fault: Option<ProxyFault>,
}

impl Proxy {
    /// The proxies of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capital or small letters. One that is no
    /// HTTP proxy fails the requests that would go through it.
    #[must_use]
    pub fn from_environment() -> Self {
        // A CGI program's HTTP_PROXY is the `Proxy` header of whoever calls it.
        if std::env::var_os("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let no = no_proxy(&variable(&["NO_PROXY", "no_proxy"]).unwrap_or_default());
        let route = |names: [&'static str; 4]| {
            let (name, url) = names.into_iter().find_map(|name| Some((name, variable(&[name])?)))?;
            Some(Route::new(url.trim(), &no, name))
        };
        Self {
            http: route(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
            https: route(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            fingerprint: [0; 32],
        }
    }

    /// One proxy for all servers.
    ///
    /// # Errors
    /// A sentence without its end, which begins after the name of the setting, when the URL is none of an HTTP proxy.
    pub fn of_url(url: &Secret) -> Result<Self, &'static str> {
        let url = url.expose().trim();
        check(url)?;
        let route = || Some(Route::new(url, NEVER_PROXIED, ""));
        Ok(Self { http: route(), https: route(), fingerprint: Sha256::digest(url).into() })
    }

    /// A digest that tells proxies apart that were given by URL. That of the environment's is zero.
    pub(crate) const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The proxy that a server is reached by, if any.
    pub(super) fn intercept(&self, to: &Uri) -> Result<Option<Intercept>, ProxyFault> {
        let route = if to.scheme() == Some(&Scheme::HTTPS) { &self.https } else { &self.http };
        let Some(route) = route else { return Ok(None) };
        match (route.matcher.intercept(to), route.fault) {
            (Some(_), Some(fault)) => Err(fault),
            (proxy, _) => Ok(proxy),
        }
    }
}

impl Route {
    fn new(url: &str, no: &str, name: &'static str) -> Self {
        let fault = check(url).err().map(|reason| ProxyFault { name, reason });
        // With a fault, the matcher only tells who is not behind a proxy.
        let url = if fault.is_some() { "http://unusable.invalid" } else { url };
        Self { matcher: Matcher::builder().all(url).no(no).build(), fault }
    }
}

/// An environment variable that names a proxy which cannot be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProxyFault {
    name: &'static str,
    reason: &'static str,
}

impl fmt::Display for ProxyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The environment variable {} {}", self.name, self.reason)
    }
}

impl std::error::Error for ProxyFault {}

/// The URL of a proxy that speaks HTTP; without a scheme it is one, as everywhere.
fn check(url: &str) -> Result<(), &'static str> {
    let url = url.parse::<Uri>().ok().filter(|url| url.host().is_some_and(|host| !host.is_empty()));
    let url = url.ok_or("cannot be read: give it as http://host:port")?;
    match url.scheme_str() {
        None | Some("http" | "https") => Ok(()),
        Some(_) => {
            Err("is not the URL of an HTTP proxy: give it as http://host:port or https://host:port; SOCKS is not \
                        spoken")
        }
    }
}

/// A list of servers that are not proxied, and those that never are. An IPv6 address may stand in brackets, as in a URL.
fn no_proxy(list: &str) -> String {
    let plain = |entry: &str| {
        let entry = entry.trim();
        if entry == "*" {
            // The matcher takes it for names only.
            return "*,0.0.0.0/0,::/0".to_owned();
        }
        match entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, network)) if network.starts_with('/') => format!("{address}{network}"),
            Some((address, _)) => address.to_owned(),
            None => entry.to_owned(),
        }
    };
    list.split(',').map(plain).chain([NEVER_PROXIED.to_owned()]).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_url(url: &str) -> Result<Proxy, &'static str> {
        Proxy::of_url(&serde_json::from_value(url.into()).expect("a secret"))
    }

    /// Those of these URLs that are not proxied.
    fn direct<'a>(proxy: &Proxy, urls: &[&'a str]) -> Vec<&'a str> {
        let direct = |url: &str| proxy.intercept(&url.parse().expect("a URL")).expect("a proxy").is_none();
        urls.iter().copied().filter(|url| direct(url)).collect()
    }

    fn of_list(no: &str) -> Proxy {
        let route = || Some(Route::new("http://proxy:3128", &no_proxy(no), ""));
        Proxy { http: route(), https: route(), ..Proxy::default() }
    }

    #[test]
    fn loopback_and_credential_endpoints_are_never_proxied() {
        let never = [
            "http://localhost:4566",
            "https://127.0.0.1",
            "http://127.9.9.9:1",
            "http://[::1]:80",
            "http://169.254.169.254",
            "http://169.254.170.2",
            "http://169.254.170.23",
            "http://[fd00:ec2::254]",
            "http://[fd00:ec2::23]",
        ];
        let given = of_url("http://proxy:3128").expect("a proxy");
        for proxy in [given, of_list("")] {
            assert_eq!(direct(&proxy, &never), never);
            let others = ["https://glue.us-east-1.amazonaws.com", "http://128.0.0.1", "http://[fd00:ec2::255]"];
            assert_eq!(direct(&proxy, &others), [""; 0]);
        }
    }

    #[test]
    fn ipv6_addresses_may_stand_in_brackets() {
        let urls = ["http://[2001:db8::1]:8080", "https://[fd12::7]", "https://a.example", "http://10.1.2.3"];
        for list in ["2001:db8::1, fd12::/16", " [2001:db8::1],[fd12::]/16", "[2001:db8::1]:8080,[fd12::7]"] {
            assert_eq!(direct(&of_list(list), &urls), urls[..2], "{list}");
        }
        assert_eq!(direct(&of_list("example,10.0.0.0/8"), &urls), urls[2..]);
        assert_eq!(direct(&of_list("*"), &urls), urls);
    }

    #[test]
    fn only_http_proxies_are_used_and_passwords_are_not_repeated() {
        for (url, fits) in [
            ("http://proxy:3128", true),
            ("https://user:hunter2@[2001:db8::1]:3128/", true),
            ("proxy:3128", true),
            ("socks5://user:hunter2@proxy:1080", false),
            ("socks5h://proxy", false),
            ("ftp://hunter2@proxy", false),
            ("hunter2 at a proxy", false),
            ("/hunter2", false),
        ] {
            assert_eq!(of_url(url).is_ok(), fits, "{url}");
            let route = Some(Route::new(url, &no_proxy("direct.example"), "ALL_PROXY"));
            let proxy = Proxy { https: route, ..Proxy::default() };
            assert_eq!(direct(&proxy, &["https://direct.example", "http://plain.example"]).len(), 2);
            let outcome = proxy.intercept(&Uri::from_static("https://glue.us-east-1.amazonaws.com"));
            match outcome {
                Ok(proxy) => assert!(fits && proxy.is_some(), "{url}"),
                Err(fault) => {
                    let said = fault.to_string();
                    assert!(!fits && said.contains("ALL_PROXY") && !said.contains("hunter2"), "{said}");
                }
            }
        }
    }
}
