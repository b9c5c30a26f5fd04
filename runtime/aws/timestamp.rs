//! Times: epoch seconds on the wire, RFC 3339 in UTC with milliseconds in data.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::{SignedDuration, UtcDateTime};

/// An instant, to the millisecond. AWS's floats hold no more, and the nearest millisecond is the one that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(UtcDateTime);

impl Timestamp {
    /// The present, by this machine's clock.
    #[must_use]
    pub fn now() -> Self {
        Self(UtcDateTime::now())
    }

    /// The instant of an HTTP `Date`.
    #[must_use]
    pub fn from_http_date(text: &str) -> Option<Self> {
        UtcDateTime::parse(text, &Rfc2822).ok().map(Self)
    }

    /// The instant `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)))
    }

    /// The instant `duration` later.
    #[must_use]
    pub fn plus(self, duration: SignedDuration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// The time since `other`; negative when this is before it.
    #[must_use]
    pub fn since(self, other: Self) -> SignedDuration {
        self.0 - other.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second, millisecond) = self.0.as_hms_milli();
        let month = u8::from(month);
        serializer.collect_str(&format_args!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"
        ))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EpochSeconds)
    }
}

/// AWS sends numbers; our own data, read back, is text.
struct EpochSeconds;

impl Visitor<'_> for EpochSeconds {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        #[allow(clippy::cast_possible_truncation, reason = "a time out of range saturates and is refused below")]
        let milliseconds = (seconds * 1000.0).round() as i64;
        UtcDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000)
            .map(Timestamp)
            .map_err(|_| E::custom("a time out of range"))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        UtcDateTime::from_unix_timestamp(seconds).map(Timestamp).map_err(|_| E::custom("a time out of range"))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        i64::try_from(seconds).map_err(|_| E::custom("a time out of range")).and_then(|seconds| self.visit_i64(seconds))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        UtcDateTime::parse(text, &Rfc3339).map(Timestamp).map_err(|_| E::custom("not a time"))
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn epoch_seconds_become_rfc_3339_with_milliseconds() {
        for (wire, text) in [
            ("1763676000", r#""2025-11-20T22:00:00.000Z""#),
            ("1763676000.123", r#""2025-11-20T22:00:00.123Z""#),
            ("1.763676000123E9", r#""2025-11-20T22:00:00.123Z""#),
            ("1763676000.1239", r#""2025-11-20T22:00:00.124Z""#),
            ("0", r#""1970-01-01T00:00:00.000Z""#),
            ("-0.5", r#""1969-12-31T23:59:59.500Z""#),
        ] {
            let time: Timestamp = serde_json::from_str(wire).expect(wire);
            assert_eq!(serde_json::to_string(&time).expect("text"), text);
            assert_eq!(serde_json::from_str::<Timestamp>(text).expect("read back"), time);
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for wire in ["1e300", "\"yesterday\"", "true"] {
            serde_json::from_str::<Timestamp>(wire).expect_err(wire);
        }
    }
}
