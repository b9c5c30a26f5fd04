//! The grants of an operator to every request of a process.

use std::sync::Arc;

/// The grants of an operator to every request of a process. The default reveals nothing and changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// Secrets in answers may be seen, where a request asks for them.
    pub reveal_secrets: bool,
    /// Something may be changed.
    pub changes: bool,
    /// The operations that may be sent.
    pub operations: Arc<OperationRules>,
}

/// The operations that may be sent to AWS, by their names; the default allows all. A denied one is denied even where it
/// is allowed, too.
#[derive(Clone, Debug, Default)]
pub struct OperationRules {
    /// Only these; none: all.
    pub only: Option<Vec<&'static str>>,
    /// None of these.
    pub denied: Vec<&'static str>,
}

impl OperationRules {
    /// True when an operation may be sent. Nothing promises that AWS minds capital letters, so they do not matter here.
    #[must_use]
    pub fn allow(&self, operation: &str) -> bool {
        let among = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(operation));
        !among(&self.denied) && self.only.as_deref().is_none_or(among)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_operation_is_denied_however_it_is_written() {
        let all = OperationRules::default();
        assert!(all.allow("GetJob"));
        let rules = OperationRules { only: Some(vec!["GetJob", "StartJobRun"]), denied: vec!["StartJobRun"] };
        for (operation, allowed) in [
            ("GetJob", true),
            ("getjob", true),
            ("GetJobs", false),
            ("Get", false),
            ("StartJobRun", false),
            ("STARTJOBRUN", false),
        ] {
            assert_eq!(rules.allow(operation), allowed, "{operation}");
        }
    }
}
