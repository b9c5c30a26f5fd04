//! Names that mark a secret, and credentials inside of URLs.

use std::ops::Range;

/// The text in place of a secret.
pub const MASK: &str = "***";

/// Words that mark a secret, in a name without its separators and in lower case.
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

/// Names that are no secrets: tokens that lead to the next page, the name of a tag or of a parameter, and the column
/// that a job writes to.
pub const HARMLESS_NAMES: &[&str] = &["nexttoken", "continuationtoken", "key", "tokey"];

/// Ends of names that tell where a secret is, or whose it is, and not the secret itself.
pub const HARMLESS_ENDS: &[&str] =
    &["id", "arn", "arns", "name", "uri", "url", "path", "type", "ttl", "expiry", "endpoint", "enabled"];

/// Ends of names whose key opens nothing. Any other name that ends in "key" marks a secret.
pub const HARMLESS_KEYS: &[&str] = &[
    // Columns, and what else finds a record.
    "primarykey",
    "foreignkey",
    "uniquekey",
    "surrogatekey",
    "naturalkey",
    "businesskey",
    "lookupkey",
    "joinkey",
    "mergekey",
    "recordkey",
    "rowkey",
    "sortkey",
    "distkey",
    "hashkey",
    "rangekey",
    "partitionkey",
    "shardkey",
    "routingkey",
    "messagekey",
    "cachekey",
    // Places in a store, and in a list.
    "objectkey",
    "s3key",
    "startkey",
    "evaluatedkey",
    "nextkey",
    // Names of something that has a value beside it.
    "tagkey",
    "metadatakey",
    "headerkey",
    // The ID or ARN of a key that never leaves AWS.
    "kmskey",
    "publickey",
    "idempotencykey",
];

/// True when a value by this name is likely a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    has_mark(name, |plain| has_secret_word(plain.as_bytes()) || is_secret_key(plain))
}

/// Tells whether a name is marked, unless it is known to be harmless. The mark is looked for in the name without its
/// separators and in lower case.
fn has_mark(name: &str, mark: impl Fn(&str) -> bool) -> bool {
    let mut plain = String::with_capacity(name.len());
    plain.extend(name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()));
    mark(&plain) && !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end)) && !HARMLESS_NAMES.contains(&plain.as_str())
}

fn is_secret_key(plain: &str) -> bool {
    plain.ends_with("key") && !HARMLESS_KEYS.iter().any(|end| plain.ends_with(end))
}

/// Setting up a search for a word takes longer than looking at each letter of a name.
fn has_secret_word(plain: &[u8]) -> bool {
    let begins = |rest: &[u8]| {
        SECRET_WORDS.iter().any(|word| rest[0] == word.as_bytes()[0] && rest.starts_with(word.as_bytes()))
    };
    (0..plain.len()).any(|at| matches!(plain[at], b'a' | b'c' | b'p' | b's' | b't') && begins(&plain[at..]))
}

/// Masks credentials inside of a value: those before the host of a URL, and those of parameters.
pub fn mask_url(value: &mut String) {
    for secret in secrets_in_url(value).into_iter().rev() {
        value.replace_range(secret, MASK);
    }
}

/// The places of credentials inside of a value: in order, apart, and never empty.
#[must_use]
pub fn secrets_in_url(value: &str) -> Vec<Range<usize>> {
    // Most texts have neither, and looking once is quicker than searching for each.
    if !value.bytes().any(|byte| byte == b':' || byte == b'=') {
        return Vec::new();
    }
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
    // Outside of URLs, `key=` is most often a condition: `ON a.order_key=b.order_key`.
    let is_secret = |name: &str| {
        has_mark(name, |plain| has_secret_word(plain.as_bytes()) || (is_secret_key(plain) && is_url(value)))
    };
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

/// True for a text that begins with a scheme.
fn is_url(value: &str) -> bool {
    let is_scheme = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    value.split_once(':').is_some_and(|(scheme, _)| !scheme.is_empty() && is_scheme(scheme))
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
            "encryptionKey",
            "clientKey",
            "sslKey",
            "private_key",
            "--signing-key",
            "masterKey",
            "secret_s3_key",
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
            "Key",
            "--key",
            "ToKey",
            "--idempotency_key",
            "idempotencyKey",
            "--order_primary_key",
            "partitionKey",
            "PublicKey",
            "KmsKey",
            "kmsKeyId",
            "keyArn",
            "KeyName",
            "PartitionKeys",
            "keystore",
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
            ("jdbc:x://h/?sslKey=p&primaryKey=id", "jdbc:x://h/?sslKey=***&primaryKey=id"),
            ("SELECT * FROM a JOIN b ON a.order_key=b.order_key", "SELECT * FROM a JOIN b ON a.order_key=b.order_key"),
            ("--conf spark.x.secret.key=p", "--conf spark.x.secret.key=***"),
            ("no URL", "no URL"),
            ("", ""),
        ] {
            let mut text = given.to_owned();
            mask_url(&mut text);
            assert_eq!(text, masked, "{given}");
        }
    }
}
