//! A server that a connection may name: the endpoint of a service, or a proxy.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use glue_actions::glue::GLUE;
use http::Uri;
use regex_lite::Regex;

/// A scheme, a host and a port. It is read as the HTTP client reads it, so that no spelling means one server here and
/// another there, and equal however it is capitalised and whether its usual port is written or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    scheme: String,
    host: String,
    port: u16,
}

/// The services that requests go to, as their endpoints name them.
const SERVICES: [&str; 2] = [GLUE.signing_name, "sts"];

const REGION: &str = r"[a-z]{2,}(-[a-z]+)+-[0-9]+";
const PARTITIONS: &str = r"(amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(com\.cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)";

impl Server {
    /// The server of a URL. None for a URL that cannot be read.
    pub(super) fn of_url(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let usual = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        // What is read in more than one way.
        if authority.as_str().matches('@').count() > 1 || authority.host().contains('%') {
            return None;
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        let host = host.parse::<Ipv6Addr>().map_or(host, |address| address.to_string());
        let port = authority.port_u16().unwrap_or(usual);
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// True when both have the same host and port, whatever is spoken to them.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    /// True for what the machine calls itself. Only the plain spellings are: others are no names of AWS's either.
    pub(super) fn is_loopback(&self) -> bool {
        let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
        self.host == "localhost" || self.host.parse().is_ok_and(is_loopback)
    }

    /// True for the public endpoints of the services, in every partition. Not just any name of AWS's: some are handed out
    /// to customers.
    pub(super) fn is_public_aws(&self) -> bool {
        self.is_aws(&format!(r"({})(-fips)?(\.{REGION})?", SERVICES.join("|")))
    }

    /// True for VPC endpoints of the services. They are AWS's, but at private addresses.
    pub(super) fn is_vpc_endpoint(&self) -> bool {
        self.is_aws(&format!(r"vpce-[a-z0-9-]+\.({})(-fips)?\.{REGION}\.vpce", SERVICES.join("|")))
    }

    fn is_aws(&self, names: &str) -> bool {
        // Compiling a pattern costs more than all the rest of a policy.
        (self.scheme.as_str(), self.port) == ("https", 443)
            && Regex::new(&format!(r"^{names}\.{PARTITIONS}$")).is_ok_and(|pattern| pattern.is_match(&self.host))
    }
}

/// An endpoint as a flag names it.
#[derive(Clone, Debug)]
pub(super) struct Endpoint(pub(super) Server);

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Server::of_url(url).map(Self).ok_or("give it as https://host:port")
    }
}

/// A proxy as a flag names it.
#[derive(Clone, Debug)]
pub(super) struct Proxy(pub(super) Server);

impl FromStr for Proxy {
    type Err = &'static str;

    fn from_str(address: &str) -> Result<Self, Self::Err> {
        let with_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let plain = with_port && !address.contains(['/', '@']);
        plain.then(|| Server::of_url(&format!("http://{address}"))).flatten().map(Self).ok_or("give it as host:port")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(url: &str, what: fn(&Server) -> bool) -> bool {
        Server::of_url(url).is_some_and(|server| what(&server))
    }

    #[test]
    fn endpoints_of_aws_are_told_from_those_of_its_customers() {
        for ours in [
            "https://glue.eu-west-1.amazonaws.com",
            "https://glue-fips.us-gov-west-1.amazonaws.com/",
            "https://glue.us-east-1.api.aws:443",
            "https://GLUE.us-east-1.api.aws/path",
            "https://sts.amazonaws.com",
            "https://sts.cn-north-1.amazonaws.com.cn",
        ] {
            assert!(is(ours, Server::is_public_aws) && !is(ours, Server::is_vpc_endpoint), "{ours}");
        }
        let private = "https://vpce-0a1b-2c.glue.eu-west-1.vpce.amazonaws.com:443";
        assert!(is(private, Server::is_vpc_endpoint) && !is(private, Server::is_public_aws));
        for theirs in [
            "http://glue.eu-west-1.amazonaws.com",
            "https://glue.eu-west-1.amazonaws.com:8443",
            "https://glue.eu-west-1.amazonaws.com.",
            "https://glue.s3.amazonaws.com",
            "https://glue.evil.com",
            "https://amazonaws.com",
            "https://x.execute-api.eu-west-1.amazonaws.com",
            "https://glue.eu-west-1.amazonaws.com.evil.com",
            "https://glue-1.eu-west-1.elb.amazonaws.com",
            "https://glue.eu-west-1.amazonaws.com@evil.com",
            "https://evil.com@x@glue.eu-west-1.amazonaws.com",
            "https://evil.com\\@glue.eu-west-1.amazonaws.com",
            "https://glue.eu-west-1.amazonaws.com:443:443",
            "https://glue.eu-west-1.amazonaws.com%2eevil.com",
            "https://gl\u{fc}e.eu-west-1.amazonaws.com",
            "https://\u{ff47}lue.eu-west-1.amazonaws.com",
            "https://glue.eu-west-1.amazonaws\u{3002}com",
        ] {
            assert!(!is(theirs, Server::is_public_aws) && !is(theirs, Server::is_vpc_endpoint), "{theirs}");
        }
    }

    #[test]
    fn loopback_is_what_the_machine_calls_itself() {
        for (url, loopback) in [
            ("http://127.0.0.1:4566/x", true),
            ("http://localhost", true),
            ("http://LOCALHOST", true),
            ("https://[::1]:1", true),
            ("https://[0:0:0:0:0:0:0:1]:1", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://127.9.9.9", true),
            ("http://localhost.", false),
            ("http://localhost.evil.com", false),
            ("http://localhost@evil.com", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
            ("http://127.1", false),
            ("http://2130706433", false),
            ("http://0x7f.1", false),
            ("http://0177.0.0.1", false),
            ("http://169.254.169.254", false),
            ("http://[::]", false),
        ] {
            assert_eq!(is(url, Server::is_loopback), loopback, "{url}");
        }
    }

    #[test]
    fn servers_are_equal_however_they_are_written() {
        let same =
            |one: &str, other: &str| Server::of_url(one).expect("a server") == Server::of_url(other).expect("a server");
        assert!(same("HTTPS://Glue.Example.com/path", "https://glue.example.com:443"));
        assert!(same("http://[::1]", "http://[0:0::1]:80/"));
        for other in ["http://glue.example.com", "https://glue.example.com:444", "https://glue.example.com."] {
            assert!(!same("https://glue.example.com", other), "{other}");
        }
        for unreadable in ["", "glue.example.com", "ftp://glue.example.com", "https://", "https://:443"] {
            assert_eq!(Server::of_url(unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn proxies_of_flags_are_hosts_and_ports() {
        let flag: Proxy = "Proxy.example.com:3128".parse().expect("a proxy");
        for (url, allowed) in [
            ("http://proxy.example.com:3128", true),
            ("https://user:pass@PROXY.example.com:3128/", true),
            ("http://proxy.example.com", false),
            ("http://proxy.example.com:3128@evil.com:3128", false),
            ("http://evil.com:3128@proxy.example.com:1", false),
        ] {
            assert_eq!(is_at(url, &flag), allowed, "{url}");
        }
        for wrong in ["proxy", "http://proxy:1", "proxy:", "proxy:x", ":1", "u@proxy:1"] {
            assert!(wrong.parse::<Proxy>().is_err(), "{wrong}");
        }
    }

    fn is_at(url: &str, flag: &Proxy) -> bool {
        Server::of_url(url).is_some_and(|server| server.is_at(&flag.0))
    }
}
