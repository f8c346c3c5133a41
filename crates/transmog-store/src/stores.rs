//! The handle of all stores that a program uses.

use crate::{
    address::Address,
    connect::Client,
    error::failed,
    object::Object,
    options::{StoreOptions, invalid},
    threads::Threads,
};
use futures_util::TryStreamExt;
use glob::{MatchOptions, Pattern};
use object_store::{GetOptions, ObjectMeta};
use std::{
    collections::HashMap,
    fmt,
    io::{self, ErrorKind},
    sync::{Arc, Mutex, PoisonError},
};

/// The stores of a program, with their credentials and open connections. Its clones share them.
///
/// # Examples
/// ```no_run
/// use std::io::Read;
/// use transmog_store::{Found, StoreOptions, Stores};
/// let stores = Stores::new(StoreOptions::default());
/// if let Found::Object(object) = stores.find("s3://bucket/orders.jsonl.gz")? {
///     let mut bytes = Vec::new();
///     object.reader(8 << 20).read_to_end(&mut bytes)?;
///     assert_eq!(bytes.len() as u64, object.size());
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Stores(Arc<Shared>);

#[derive(Default)]
struct Shared {
    options: StoreOptions,
    clients: Mutex<HashMap<(String, Option<String>), Client>>,
    threads: Threads,
}

/// What a URL names.
///
/// See [`Stores`] for an example.
#[derive(Debug)]
pub enum Found {
    /// One object.
    Object(Object),
    /// The objects below a prefix, as files in a directory and those below it, by their keys.
    Prefix(Vec<Object>),
    /// The objects that a pattern fits, by their keys.
    Matches(Vec<Object>),
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stores").field(&self.0.options).finish()
    }
}

impl Stores {
    /// Stores with these options.
    #[must_use]
    pub fn new(options: StoreOptions) -> Self {
        Self(Arc::new(Shared {
            options,
            ..Shared::default()
        }))
    }

    /// What a URL names: an object; the objects below a prefix (`s3://bucket/exports/`); or those that
    /// a pattern fits, where `*`, `?` and `[ab]` fit no slash and `**` fits any number of
    /// directories. Over HTTP it is one object.
    ///
    /// # Errors
    /// When there is none, or the store cannot be asked.
    pub fn find(&self, url: &str) -> io::Result<Found> {
        let address = Arc::new(Address::parse(url)?);
        let client = self.client(&address)?;
        let shown = address.shown();
        if address.is_glob() {
            let pattern = Pattern::new(&address.key)
                .map_err(|error| invalid(format!("{shown}: the pattern is not valid: {error}")))?;
            let options = MatchOptions {
                require_literal_separator: true,
                require_literal_leading_dot: true,
                ..MatchOptions::default()
            };
            let mut objects = self.list(&address, &client, address.prefix())?;
            objects.retain(|object| pattern.matches_with(object.key(), options));
            return match objects.is_empty() {
                true => Err(missing(format!("{shown}: no object matches"))),
                false => Ok(Found::Matches(objects)),
            };
        }
        let is_prefix = address.key.is_empty() || address.key.ends_with('/');
        if client.uploads.is_none() || !is_prefix {
            let path = address.path(&address.key)?;
            let head = GetOptions {
                head: true,
                ..GetOptions::default()
            };
            let objects = Arc::clone(&client.objects);
            match self
                .0
                .threads
                .run(async move { objects.get_opts(&path, head).await })?
            {
                Ok(found) => {
                    let key = address.key.clone();
                    return Ok(Found::Object(
                        self.object(&address, &client, key, found.meta),
                    ));
                }
                Err(object_store::Error::NotFound { .. }) if client.uploads.is_some() => {}
                Err(error) => return Err(failed(&address, &shown, &error)),
            }
        }
        let mut prefix = address.key.clone();
        if !is_prefix {
            prefix.push('/');
        }
        let objects = self.list(&address, &client, &prefix)?;
        match objects.is_empty() {
            true if is_prefix => Err(missing(format!("{shown}: no object is below this prefix"))),
            true => Err(missing(format!("{shown}: there is no such object"))),
            false => Ok(Found::Prefix(objects)),
        }
    }

    /// The objects whose keys begin with this prefix, by their keys. What stands for a directory is
    /// none.
    fn list(
        &self,
        address: &Arc<Address>,
        client: &Client,
        prefix: &str,
    ) -> io::Result<Vec<Object>> {
        let path = match prefix.trim_end_matches('/') {
            "" => None,
            plain => Some(address.path(plain)?),
        };
        let objects = Arc::clone(&client.objects);
        let listed = self.0.threads.run(async move {
            let listed = objects.list(path.as_ref());
            listed.try_collect::<Vec<ObjectMeta>>().await
        })?;
        let listed = listed.map_err(|error| failed(address, &address.url_of(prefix), &error))?;
        let is_directory = |found: &ObjectMeta| {
            found.size == 0 && prefix.trim_end_matches('/') == found.location.as_ref()
        };
        let mut objects: Vec<_> = (listed.into_iter())
            .filter(|found| !is_directory(found))
            .map(|found| self.object(address, client, found.location.to_string(), found))
            .collect();
        objects.sort_by(|a, b| a.key().cmp(b.key()));
        Ok(objects)
    }

    fn object(
        &self,
        address: &Arc<Address>,
        client: &Client,
        key: String,
        found: ObjectMeta,
    ) -> Object {
        Object {
            threads: self.0.threads.clone(),
            address: Arc::clone(address),
            client: client.clone(),
            key,
            found: Arc::new(found),
        }
    }

    /// The client of the store of an address.
    pub(crate) fn client(&self, address: &Address) -> io::Result<Client> {
        let mut clients = self
            .0
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = (address.base.clone(), address.query.clone());
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = Client::connect(address, &self.0.options)?;
        clients.insert(key, client.clone());
        Ok(client)
    }
}

#[cold]
fn missing(message: String) -> io::Error {
    io::Error::new(ErrorKind::NotFound, message)
}
