//! Credentials in `~/.aws`, as the tools of AWS keep them.

use crate::options::{StoreOptions, invalid};
use object_store::aws::AmazonS3ConfigKey;
use std::{
    collections::HashMap,
    env, fs,
    io::{self, ErrorKind},
    path::PathBuf,
};

/// What else may give credentials of S3.
const OTHERS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];
/// The settings of a profile whose credentials only other programs can make.
const MADE_BY_OTHERS: [&str; 5] = [
    "credential_process",
    "sso_session",
    "sso_start_url",
    "source_profile",
    "web_identity_token_file",
];

/// The settings of a profile.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile(HashMap<String, String>);

impl Profile {
    /// The profile that counts: that of `AWS_PROFILE`, or `default` where nothing else gives
    /// credentials. Without files there is none.
    pub(crate) fn find(options: &StoreOptions) -> io::Result<Self> {
        let named = variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE"));
        let keys = [
            "access_key_id",
            "aws_access_key_id",
            "skip_signature",
            "aws_skip_signature",
        ];
        let is_given = keys.iter().any(|key| options.get(key).is_some());
        let has_other = OTHERS.iter().any(|name| variable(name).is_some());
        if is_given || named.is_none() && has_other {
            return Ok(Self::default());
        }
        let text = |name: &str, file: &str| {
            let path = variable(name).map(PathBuf::from);
            let home = || {
                Some(PathBuf::from(
                    variable("HOME").or_else(|| variable("USERPROFILE"))?,
                ))
            };
            let path = path.or_else(|| Some(home()?.join(".aws").join(file)));
            match path.map(fs::read_to_string) {
                Some(Ok(text)) => Ok(text),
                Some(Err(error)) if error.kind() != ErrorKind::NotFound => {
                    let message = format!("cannot read ~/.aws/{file}: {error}");
                    Err(io::Error::new(error.kind(), message))
                }
                _ => Ok(String::new()),
            }
        };
        let credentials = text("AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let config = text("AWS_CONFIG_FILE", "config")?;
        let name = named.as_deref().unwrap_or("default");
        let profile = Self::of(name, &credentials, &config);
        match (&named, profile) {
            (_, Some(profile)) => profile.checked(name, named.is_some()),
            (Some(name), None) => Err(invalid(format!(
                "AWS_PROFILE is {name:?}, but neither ~/.aws/credentials nor ~/.aws/config has this profile"
            ))),
            (None, None) => Ok(Self::default()),
        }
    }

    /// The profile of this name in the text of both files; those of `credentials` go before those of
    /// `config`.
    fn of(name: &str, credentials: &str, config: &str) -> Option<Self> {
        let in_config = match name {
            "default" => section(config, "default"),
            name => section(config, &format!("profile {name}")),
        };
        let in_credentials = section(credentials, name);
        if in_config.is_none() && in_credentials.is_none() {
            return None;
        }
        let mut settings = in_config.unwrap_or_default();
        settings.extend(in_credentials.unwrap_or_default());
        Some(Self(settings))
    }

    /// An error if another program has to make the credentials.
    fn checked(self, name: &str, is_named: bool) -> io::Result<Self> {
        let has_keys = self.0.contains_key("aws_access_key_id");
        let made = MADE_BY_OTHERS.iter().find(|key| self.0.contains_key(**key));
        match made.filter(|_| !has_keys && is_named) {
            Some(key) => Err(invalid(format!(
                "the profile {name:?} in ~/.aws has `{key}`, which only the command line of AWS can use; put \
                 the credentials into the environment: eval \"$(aws configure export-credentials --profile \
                 {name} --format env)\""
            ))),
            None => Ok(self),
        }
    }

    /// The settings that a client takes.
    pub(crate) fn options(&self) -> impl Iterator<Item = (AmazonS3ConfigKey, &str)> {
        const KEYS: [(&str, AmazonS3ConfigKey); 5] = [
            ("aws_access_key_id", AmazonS3ConfigKey::AccessKeyId),
            ("aws_secret_access_key", AmazonS3ConfigKey::SecretAccessKey),
            ("aws_session_token", AmazonS3ConfigKey::Token),
            ("region", AmazonS3ConfigKey::Region),
            ("endpoint_url", AmazonS3ConfigKey::Endpoint),
        ];
        KEYS.into_iter()
            .filter_map(|(name, key)| Some((key, self.0.get(name)?.as_str())))
    }
}

/// The settings of a section of an INI file, as the tools of AWS read it: `#` and `;` begin a comment
/// line, and indented lines belong to the setting above them.
fn section(text: &str, name: &str) -> Option<HashMap<String, String>> {
    let mut found = None;
    let mut is_in = false;
    for line in text.lines() {
        let plain = line.trim();
        if plain.is_empty() || plain.starts_with(['#', ';']) {
            continue;
        }
        if let Some(title) = plain
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            let words: Vec<_> = title.0.split_whitespace().collect();
            is_in = words.join(" ") == name;
            if is_in {
                found.get_or_insert_with(HashMap::new);
            }
            continue;
        }
        let is_nested = line.starts_with([' ', '\t']);
        if let Some(settings) = found.as_mut().filter(|_| is_in && !is_nested)
            && let Some((key, value)) = plain.split_once('=')
        {
            settings.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

/// The value of an environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "\
# mine
[default]
aws_access_key_id = D
[work]
aws_access_key_id=AK
aws_secret_access_key = a=b
";
    const CONFIG: &str = "\
[default]
region = eu-west-1
[profile work]
region = eu-central-1
aws_access_key_id = other
s3 =
    max_concurrent_requests = 20
[profile  sso]
sso_session = x
";

    #[test]
    fn both_files_make_a_profile() {
        let options = |name| {
            let profile = Profile::of(name, CREDENTIALS, CONFIG).expect("the profile");
            let mut options: Vec<_> = profile
                .options()
                .map(|(_, value)| value.to_owned())
                .collect();
            options.sort();
            options
        };
        assert_eq!(options("default"), ["D", "eu-west-1"]);
        assert_eq!(options("work"), ["AK", "a=b", "eu-central-1"]);
        assert_eq!(Profile::of("none", CREDENTIALS, CONFIG), None);
        let sso = Profile::of("sso", CREDENTIALS, CONFIG).expect("the profile");
        let error = sso
            .checked("sso", true)
            .expect_err("another program makes them");
        assert!(
            error
                .to_string()
                .contains("export-credentials --profile sso")
        );
    }
}
