//! Which names go with secrets, and secrets inside of URLs.

use std::ops::Range;

/// What replaces a secret.
pub const MASK: &str = "***";

/// Words that mark a secret, in a name without its separators and in lower case. The manifest publishes this list.
pub const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accountkey",
    "sharedkey",
    "privatekey",
    "credential",
    "authorizationcode",
    "signature",
];

/// Names of pagination tokens: no secrets, though they contain a secret's word. The manifest publishes this list.
pub const PAGE_TOKENS: &[&str] = &["nexttoken", "continuationtoken"];

/// Ends of names that only say where a secret is, or whose it is. The manifest publishes this list.
pub const HARMLESS_ENDS: &[&str] =
    &["id", "arn", "arns", "name", "uri", "url", "path", "type", "ttl", "expiry", "endpoint", "enabled"];

/// Whether a value by this name is likely a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end))
        && !PAGE_TOKENS.contains(&plain.as_str())
        && has_secret_word(plain.as_bytes())
}

/// Setting up a search for a word takes longer than looking at each letter of a name.
fn has_secret_word(plain: &[u8]) -> bool {
    let begins = |rest: &[u8]| {
        SECRET_WORDS.iter().any(|word| rest[0] == word.as_bytes()[0] && rest.starts_with(word.as_bytes()))
    };
    (0..plain.len()).any(|at| begins(&plain[at..]))
}

/// A value with the credentials inside of it masked: those before the host of a URL, and those of parameters.
#[must_use]
pub fn mask_url(value: &str) -> String {
    let mut masked = String::with_capacity(value.len());
    let mut end = 0;
    for secret in secrets_in_url(value) {
        masked.push_str(&value[end..secret.start]);
        masked.push_str(MASK);
        end = secret.end;
    }
    masked.push_str(&value[end..]);
    masked
}

/// Where the credentials inside of a value stand: in order, apart, and never empty.
#[must_use]
pub fn secrets_in_url(value: &str) -> Vec<Range<usize>> {
    let user_info = password_before_host(value);
    let after = user_info.as_ref().map_or(0, |found| found.end);
    user_info.into_iter().chain(secret_parameters(value, after)).collect()
}

/// `scheme://user:password@host` and Oracle's `jdbc:oracle:thin:user/password@host`.
fn password_before_host(value: &str) -> Option<Range<usize>> {
    let (start, separator) = match (value.find("://"), value.find(":thin:")) {
        (Some(at), _) => (at + 3, ':'),
        (None, Some(at)) => (at + 6, '/'),
        (None, None) => return None,
    };
    let password = start + value[start..].find(separator)? + 1;
    // A password may hold any character, so the host is what follows the last @ that is not inside of a parameter.
    let last = start + value[start..].rfind('@')?;
    let parameters = start + value[start..].find('?').unwrap_or(value.len() - start);
    let end = if parameters < last && value[parameters..last].contains('=') {
        start + value[start..parameters].rfind('@')?
    } else {
        last
    };
    (end > password).then_some(password..end)
}

/// `…?password=x&…`, `…;password=x;…`, and SQL Server's `password={x;y}`, from `start` on.
fn secret_parameters(value: &str, start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(equals) = value[at..].find('=').map(|offset| at + offset) {
        let name = value[at..equals].rfind(['?', '&', ';', ',', '(']).map_or(at, |offset| at + offset + 1);
        let begin = equals + 1;
        at = begin;
        if !is_secret(&value[name..equals]) {
            continue;
        }
        let rest = &value[begin..];
        let length = match rest.strip_prefix('{').and_then(|inside| inside.find('}')) {
            Some(close) => close + 2,
            None => rest.find(['&', ';', ')']).unwrap_or(rest.len()),
        };
        if length > 0 {
            found.push(begin..begin + length);
            at = begin + length;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_about_secrets() {
        for name in [
            "PASSWORD",
            "ENCRYPTED_PASSWORD",
            "KAFKA_CLIENT_KEYSTORE_PASSWORD",
            "KAFKA_CLIENT_KEY_PASSWORD",
            "ENCRYPTED_KAFKA_CLIENT_KEY_PASSWORD",
            "KAFKA_SASL_PLAIN_PASSWORD",
            "KAFKA_SASL_SCRAM_PASSWORD",
            "sfPassword",
            "api-key",
            "access_token",
            "client_secret",
            "--db_password",
            "secretAccessKey",
            "pwd",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "SECRET_ID",
            "secretArn",
            "KAFKA_SASL_SCRAM_SECRETS_ARN",
            "USERNAME",
            "KAFKA_CLIENT_KEYSTORE",
            "HOST",
            "tokenUrl",
            "--day",
            "accessKeyId",
            "SKIP_CUSTOM_JDBC_CERT_VALIDATION",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn credentials_in_urls_are_masked_and_the_rest_stays() {
        for (given, masked) in [
            ("jdbc:postgresql://h:5432/db", "jdbc:postgresql://h:5432/db"),
            (
                "jdbc:postgresql://h:5432/db?user=a@b&password=p&ssl=true",
                "jdbc:postgresql://h:5432/db?user=a@b&password=***&ssl=true",
            ),
            ("mongodb://u:p@h1,h2/db?authSource=admin", "mongodb://u:***@h1,h2/db?authSource=admin"),
            ("mongodb+srv://u:p:@/?@h/db", "mongodb+srv://u:***@h/db"),
            ("https://token:x@h/", "https://token:***@h/"),
            ("https://u@h/", "https://u@h/"),
            (
                "jdbc:sqlserver://h:1433;user=u;password={p;w};encrypt=true",
                "jdbc:sqlserver://h:1433;user=u;password=***;encrypt=true",
            ),
            ("jdbc:sqlserver://h;Password=p", "jdbc:sqlserver://h;Password=***"),
            ("jdbc:oracle:thin:scott/tiger@//h:1521/s", "jdbc:oracle:thin:scott/***@//h:1521/s"),
            ("jdbc:snowflake://h/?token=abc", "jdbc:snowflake://h/?token=***"),
            ("no URL", "no URL"),
            ("", ""),
        ] {
            assert_eq!(mask_url(given), masked, "{given}");
        }
    }
}
