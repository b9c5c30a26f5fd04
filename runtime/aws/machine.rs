//! The machine's AWS settings as AWS's own tools have them: environment variables, then a profile of the shared files.

use std::convert::Infallible;
use std::{fmt, iter};

use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::{EnvConfigValue, source};
use aws_types::app_name::AppName;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::error::{Error, Kind, Result};
use crate::form;

const ENDPOINT_URL: (&str, &str) = ("AWS_ENDPOINT_URL", "endpoint_url");

/// Environment variables and one profile, read once.
#[derive(Clone)]
pub(super) struct Machine {
    environment: Env,
    files: EnvConfigSections,
}

/// The files may hold keys.
impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("profile", &self.files.selected_profile()).finish_non_exhaustive()
    }
}

impl Machine {
    /// Reads the shared files, where that is allowed. The profile is `profile`, that of AWS_PROFILE, or the one called default.
    ///
    /// # Errors
    /// `connection` when `profile` is given and not there, or the files that should hold it cannot be read.
    pub(super) async fn load(profile: Option<&str>, shared_files: bool) -> Result<Self> {
        let environment = Env::real();
        if !shared_files {
            return Ok(Self { environment, files: EnvConfigSections::default() });
        }
        let mut files = match source::load(&environment, &Fs::real(), &EnvConfigFiles::default()).await {
            Ok(files) => files,
            Err(problem) => return unreadable(environment, profile, &problem),
        };
        if let Some(name) = profile {
            files.profile = name.to_owned().into();
        }
        let files = match EnvConfigSections::parse(files) {
            Ok(files) => files,
            Err(problem) => return unreadable(environment, profile, &problem),
        };
        if let Some(name) = profile
            && files.get_profile(name).is_none()
        {
            return Err(missing_profile(name, &files));
        }
        Ok(Self { environment, files })
    }

    /// The region of the environment, of the profile, or of the profiles that its role is assumed with.
    pub(super) fn region(&self) -> Option<Region> {
        let property = |profile: &str, key: &str| self.files.get_profile(profile)?.get(key);
        let of_profile = || {
            // A chain is no longer than there are profiles, unless it is a loop.
            iter::successors(Some(self.files.selected_profile()), |name| property(name, "source_profile"))
                .take(self.files.profiles().count())
                .find_map(|name| property(name, "region").filter(|region| !region.is_empty()))
        };
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let name = variables.iter().find_map(|name| self.look_up(EnvConfigValue::new().env(name)));
        name.or_else(|| of_profile().map(str::to_owned)).map(Region::new)
    }

    /// Whether FIPS endpoints are wanted, where somebody says so.
    pub(super) fn fips(&self) -> Option<bool> {
        self.switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
    }

    /// Whether dual-stack endpoints are wanted, where somebody says so.
    pub(super) fn dual_stack(&self) -> Option<bool> {
        self.switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
    }

    /// The name of the application, for the user agent. One that AWS does not allow is none.
    pub(super) fn app_name(&self) -> Option<AppName> {
        AppName::new(self.value("AWS_SDK_UA_APP_ID", "sdk_ua_app_id")?).ok()
    }

    /// The most attempts at a request, where somebody bounds them.
    pub(super) fn max_attempts(&self) -> Option<u32> {
        self.value("AWS_MAX_ATTEMPTS", "max_attempts")?.parse().ok().filter(|most| *most > 0)
    }

    /// Whether requests are signed with this machine's time, however wrong it is.
    pub(super) fn keeps_clock(&self) -> Option<bool> {
        self.switch("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "disable_clock_skew_correction")
    }

    fn switch(&self, variable: &str, key: &str) -> Option<bool> {
        self.value(variable, key)?.to_lowercase().parse().ok()
    }

    /// The value that is set for a service, or else the one for all.
    fn value_for(&self, service: &str, (variable, key): (&str, &str)) -> Option<String> {
        self.look_up(EnvConfigValue::new().env(variable).profile(key).service_id(service))
            .or_else(|| self.value(variable, key))
    }

    fn value(&self, variable: &str, key: &str) -> Option<String> {
        self.look_up(EnvConfigValue::new().env(variable).profile(key))
    }

    fn look_up(&self, value: EnvConfigValue<'_>) -> Option<String> {
        let found = value.validate(&self.environment, Some(&self.files), |text| Ok::<_, Infallible>(text.to_owned()));
        found.ok().flatten().filter(|text| !text.trim().is_empty())
    }
}

/// The SDK's clients look their endpoints up here.
impl LoadServiceConfig for Machine {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let is_endpoint = key.env() == ENDPOINT_URL.0;
        if is_endpoint
            && self.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") == Some(true)
        {
            return None;
        }
        self.value_for(key.service_id(), (key.env(), key.profile()))
    }
}

/// The key of a service's endpoint. `service` is the name that AWS's tools have for it, with spaces.
pub(super) fn endpoint_key(service: &str) -> Option<ServiceConfigKey<'_>> {
    let (variable, key) = ENDPOINT_URL;
    ServiceConfigKey::builder().service_id(service).env(variable).profile(key).build().ok()
}

/// Files that nobody asked for count as empty, as AWS's tools have it.
fn unreadable(environment: Env, profile: Option<&str>, problem: &dyn fmt::Display) -> Result<Machine> {
    let Some(profile) = profile else {
        tracing::warn!("the shared AWS configuration files cannot be read");
        return Ok(Machine { environment, files: EnvConfigSections::default() });
    };
    let message = format!("The profile `{profile}` cannot be read: {problem}.");
    Err(Error::new(Kind::Connection, message).with_field("/profile"))
}

fn missing_profile(name: &str, files: &EnvConfigSections) -> Box<Error> {
    let nearest = form::closest(name, files.profiles());
    let advice = nearest.map_or_else(String::new, |nearest| format!(" Did you mean `{nearest}`?"));
    let message = format!("The shared AWS configuration files have no profile `{name}`.{advice}");
    Error::new(Kind::Connection, message).with_field("/profile")
}

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::EnvConfigFileKind;

    use super::*;

    async fn machine(environment: &[(&str, &str)], config: &str) -> Machine {
        let environment = Env::from_slice(environment);
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        let files = source::load(&environment, &Fs::real(), &files).await.expect("files");
        Machine { files: EnvConfigSections::parse(files).expect("profiles"), environment }
    }

    #[tokio::test]
    async fn keys_of_the_files_are_never_printed() {
        let machine = machine(&[], "[default]\naws_secret_access_key = s3cret\n").await;
        assert!(!format!("{machine:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn a_blank_or_unreadable_setting_is_none() {
        let blank = [("AWS_ENDPOINT_URL_GLUE", " "), ("AWS_ENDPOINT_URL", "http://general"), ("AWS_MAX_ATTEMPTS", "0")];
        let machine = machine(&blank, "[default]\nuse_fips_endpoint = yes\n").await;
        let endpoint = endpoint_key("Glue").and_then(|key| machine.load_config(key));
        assert_eq!(endpoint.as_deref(), Some("http://general"));
        assert_eq!((machine.max_attempts(), machine.fips()), (None, None));
    }

    #[tokio::test]
    async fn profiles_that_name_each_other_as_their_source_have_no_region() {
        let machine = machine(&[], "[default]\nsource_profile = a\n[profile a]\nsource_profile = default\n").await;
        assert_eq!(machine.region(), None);
    }
}
