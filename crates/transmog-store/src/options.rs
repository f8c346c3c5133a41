//! What a caller says about stores: credentials, endpoints, retries.

use std::{collections::BTreeMap, fmt, io};

/// Options of stores by name, as in `endpoint=http://localhost:9000`: those of the crate
/// `object_store`, with or without the prefix of the store (`aws_`, `azure_`, `google_`), and
/// `retries`, the number of times that a request is repeated (default 10).
///
/// What is not given comes from the environment, by the names that the tools of the stores use
/// (`AWS_ACCESS_KEY_ID`, `AZURE_STORAGE_ACCOUNT_NAME`, `GOOGLE_APPLICATION_CREDENTIALS` and others),
/// and for S3 from the profile `AWS_PROFILE` in `~/.aws`. Values are secret: they are in no message.
///
/// # Examples
/// ```
/// use transmog_store::StoreOptions;
/// let options = StoreOptions::parse(["region=eu-central-1", "secret_access_key=secret"])?;
/// assert_eq!(format!("{options:?}"), r#"StoreOptions["region", "secret_access_key"]"#);
/// assert!(StoreOptions::parse(["region"]).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StoreOptions(BTreeMap<String, String>);

impl StoreOptions {
    /// Options written as `KEY=VALUE`.
    ///
    /// # Errors
    /// When one has no `=`, or a key is there twice.
    pub fn parse<O: AsRef<str>>(options: impl IntoIterator<Item = O>) -> io::Result<Self> {
        let mut parsed = Self::default();
        for option in options {
            let Some((key, value)) = option.as_ref().split_once('=') else {
                return Err(invalid(
                    "expected a store option as KEY=VALUE, found no `=` (the text may be secret and is not \
                     shown)",
                ));
            };
            let key = key.trim().to_ascii_lowercase();
            if parsed.0.insert(key.clone(), value.to_owned()).is_some() {
                return Err(invalid(format!("the store option `{key}` is there twice")));
            }
        }
        Ok(parsed)
    }

    /// The same with this option, in place of an earlier one.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.0.insert(key.to_ascii_lowercase(), value.to_owned());
        self
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }
}

/// Only the names: values may be secret.
impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreOptions")?;
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cold]
pub(crate) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}
