//! `awsDefault`: whatever credentials the machine has.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::connection::{Fields, Meta, Plan};
use crate::credentials::Source;
use crate::error::Result;
use crate::settings::Settings;

/// The form of a default credentials connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DefaultChain {
    /// # Profile
    /// The profile of the shared AWS configuration files. Without it, AWS_PROFILE and then the profile called default apply.
    #[schemars(length(max = 255))]
    profile: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

impl Fields for DefaultChain {
    const META: Meta = Meta {
        key: "awsDefault",
        label: "AWS Default Credentials",
        description: "Uses the credentials of the machine: environment, shared files, SSO, web identity, container or instance.",
    };

    fn plan(self) -> Result<Plan> {
        Ok(Plan { source: Source::Chain { profile: self.profile }, settings: self.settings })
    }
}
