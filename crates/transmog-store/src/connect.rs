//! Clients of stores, from a URL, options, and the environment.

use crate::{
    address::{Address, Kind},
    error::failed,
    options::{StoreOptions, invalid},
    profile::Profile,
};
use object_store::{
    ClientConfigKey, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    azure::{AzureConfigKey, MicrosoftAzureBuilder},
    gcp::{GoogleCloudStorageBuilder, GoogleConfigKey},
    http::HttpBuilder,
    multipart::MultipartStore,
};
use std::{io, sync::Arc};

/// The option that says how often a request is repeated.
const RETRIES: &str = "retries";

/// The client of a store.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Uploads in parts; `None` over HTTP, where nothing is written.
    pub(crate) uploads: Option<Arc<dyn MultipartStore>>,
}

impl Client {
    fn writable<S: ObjectStore + MultipartStore>(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            objects: Arc::clone(&store) as _,
            uploads: Some(store),
        }
    }

    /// The client of the store of an address.
    pub(crate) fn connect(address: &Address, options: &StoreOptions) -> io::Result<Self> {
        let retry = retry(options)?;
        let wrong = |error| failed(address, &address.shown(), &error);
        Ok(match address.kind {
            Kind::S3 => {
                let mut builder = AmazonS3Builder::from_env();
                for (key, value) in Profile::find(options)?.options() {
                    builder = builder.with_config(key, value);
                }
                for (key, value) in known::<AmazonS3ConfigKey>(options, "S3")? {
                    builder = builder.with_config(key, value);
                }
                let is_plain = |key| {
                    let endpoint = builder.get_config_value(&key);
                    endpoint.is_some_and(|url| url.starts_with("http://"))
                };
                // Whoever names an endpoint without TLS wants none.
                let allow = AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp);
                if is_plain(AmazonS3ConfigKey::Endpoint) || is_plain(AmazonS3ConfigKey::S3Endpoint)
                {
                    builder = builder.with_config(allow, "true");
                }
                let store = builder.with_url(&address.base).with_retry(retry);
                Self::writable(store.build().map_err(wrong)?)
            }
            Kind::Gcs => {
                let mut builder = GoogleCloudStorageBuilder::from_env();
                for (key, value) in known::<GoogleConfigKey>(options, "GCS")? {
                    builder = builder.with_config(key, value);
                }
                let store = builder.with_url(&address.base).with_retry(retry);
                Self::writable(store.build().map_err(wrong)?)
            }
            Kind::Azure => {
                let mut builder = MicrosoftAzureBuilder::from_env();
                for (key, value) in known::<AzureConfigKey>(options, "Azure")? {
                    builder = builder.with_config(key, value);
                }
                let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
                if endpoint.is_some_and(|url| url.starts_with("http://")) {
                    builder = builder.with_allow_http(true);
                }
                let store = builder.with_url(&address.base).with_retry(retry);
                Self::writable(store.build().map_err(wrong)?)
            }
            Kind::Http => {
                let query = address.query.as_deref();
                let query = query.map_or_else(String::new, |query| format!("/?{query}"));
                let mut builder = HttpBuilder::new()
                    .with_url(format!("{}{query}", address.base))
                    .with_config(ClientConfigKey::AllowHttp, "true")
                    .with_retry(retry);
                for (key, value) in known::<ClientConfigKey>(options, "HTTP")? {
                    builder = builder.with_config(key, value);
                }
                Self {
                    objects: Arc::new(builder.build().map_err(wrong)?),
                    uploads: None,
                }
            }
        })
    }
}

fn retry(options: &StoreOptions) -> io::Result<RetryConfig> {
    let mut retry = RetryConfig::default();
    if let Some(count) = options.get(RETRIES) {
        let wrong = |_| invalid("the store option `retries`: expected a number");
        retry.max_retries = count.parse().map_err(wrong)?;
    }
    Ok(retry)
}

/// The options that this kind of store knows. Inputs and outputs may be in stores of several kinds, so
/// an option of another kind is passed over, and one of no kind is an error.
fn known<K: std::str::FromStr>(
    options: &StoreOptions,
    store: &str,
) -> io::Result<Vec<(K, String)>> {
    let mut known = Vec::new();
    for (key, value) in options.iter().filter(|(key, _)| *key != RETRIES) {
        if let Ok(parsed) = key.parse() {
            known.push((parsed, value.to_owned()));
            continue;
        }
        let is_of_another = key.parse::<AmazonS3ConfigKey>().is_ok()
            || key.parse::<GoogleConfigKey>().is_ok()
            || key.parse::<AzureConfigKey>().is_ok()
            || key.parse::<ClientConfigKey>().is_ok();
        if !is_of_another {
            return Err(invalid(format!(
                "`{key}` is no option of {store} or another store; `region`, `endpoint` and `retries` are \
                 such options"
            )));
        }
        tracing::debug!(
            option = key,
            store,
            "the option is of another kind of store"
        );
    }
    Ok(known)
}
