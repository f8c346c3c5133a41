//! URLs of stores: which store, and which key in it.

use crate::options::invalid;
use object_store::path::Path;
use std::io;

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    S3,
    Gcs,
    Azure,
    Http,
}

/// The URL of an object, of a prefix, or a pattern of several.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) kind: Kind,
    /// The URL of the bucket, container or server, without a slash at its end.
    pub(crate) base: String,
    /// What stands behind `?` in a URL of HTTP, which may be a signature.
    pub(crate) query: Option<String>,
    /// What is behind the base: a key, a prefix, or a pattern.
    pub(crate) key: String,
}

impl Address {
    /// Reads a URL.
    pub(crate) fn parse(url: &str) -> io::Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| unknown(url))?;
        let kind = match &*scheme.to_ascii_lowercase() {
            "s3" | "s3a" => Kind::S3,
            "gs" => Kind::Gcs,
            "az" | "azure" | "adl" | "abfs" | "abfss" => Kind::Azure,
            "http" | "https" => Kind::Http,
            _ => return Err(unknown(url)),
        };
        let (host, key) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() {
            let what = match kind {
                Kind::S3 | Kind::Gcs => "the name of a bucket",
                Kind::Azure => "the name of a container",
                Kind::Http => "the name of a server",
            };
            return Err(invalid(format!("{url}: expected {what} behind `://`")));
        }
        let (key, query) = match (kind, key.split_once('?')) {
            (Kind::Http, Some((key, query))) => (key, Some(query.to_owned())),
            _ => (key, None),
        };
        Ok(Self {
            kind,
            base: format!("{scheme}://{host}"),
            query,
            key: key.to_owned(),
        })
    }

    /// The URL of a key in the same store, as messages show it: without a password and a signature.
    pub(crate) fn url_of(&self, key: &str) -> String {
        let (scheme, host) = self.base.split_once("://").unwrap_or_default();
        let host = match self.kind {
            Kind::Http => host.rsplit('@').next().unwrap_or(host),
            _ => host,
        };
        let query = if self.query.is_some() { "?…" } else { "" };
        format!("{scheme}://{host}/{key}{query}")
    }

    /// The URL itself, as messages show it.
    pub(crate) fn shown(&self) -> String {
        self.url_of(&self.key)
    }

    /// Whether the key is a pattern of several.
    pub(crate) fn is_glob(&self) -> bool {
        self.kind != Kind::Http && self.key.contains(['*', '?', '['])
    }

    /// The part of the key that all keys of a pattern begin with, up to a slash.
    pub(crate) fn prefix(&self) -> &str {
        let end = self.key.find(['*', '?', '[']).unwrap_or(self.key.len());
        let end = self.key[..end].rfind('/').map_or(0, |slash| slash + 1);
        &self.key[..end]
    }

    /// The key as the store takes it.
    pub(crate) fn path(&self, key: &str) -> io::Result<Path> {
        let parsed = match self.kind {
            Kind::Http => Path::from_url_path(key),
            _ => Path::parse(key),
        };
        parsed.map_err(|error| invalid(format!("{}: {error}", self.url_of(key))))
    }
}

#[cold]
fn unknown(url: &str) -> io::Error {
    let scheme = url.split("://").next().unwrap_or(url);
    invalid(format!(
        "{scheme}://: expected a URL with s3, s3a, gs, az, abfs, abfss, http or https"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_store_and_a_key() {
        let parsed = |url: &str| {
            let it = Address::parse(url).expect("a URL");
            (it.kind, it.base, it.key, it.query)
        };
        let none = None::<String>;
        for (url, kind, base, key) in [
            ("s3://b/a/c.json", Kind::S3, "s3://b", "a/c.json"),
            ("s3a://b", Kind::S3, "s3a://b", ""),
            ("gs://b/a?.json", Kind::Gcs, "gs://b", "a?.json"),
            (
                "abfss://c@a.dfs.core.windows.net/x/",
                Kind::Azure,
                "abfss://c@a.dfs.core.windows.net",
                "x/",
            ),
        ] {
            let expected = (kind, base.to_owned(), key.to_owned(), none.clone());
            assert_eq!(parsed(url), expected);
        }
        let signed = Address::parse("https://user:word@host:8/a/b.json?sig=secret").expect("a URL");
        assert_eq!(signed.query.as_deref(), Some("sig=secret"));
        assert_eq!(signed.shown(), "https://host:8/a/b.json?…");
        for wrong in ["s3:///a", "ftp://host/a", "no url", "s3://"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_begins_with_a_prefix() {
        for (key, is_glob, prefix) in [
            ("a/b/c.json", false, "a/b/"),
            ("a/b*/c.json", true, "a/"),
            ("*.json", true, ""),
            ("a/**/x.json", true, "a/"),
            ("a/[12].json", true, "a/"),
        ] {
            let address = Address::parse(&format!("s3://b/{key}")).expect("a URL");
            assert_eq!((address.is_glob(), address.prefix()), (is_glob, prefix));
        }
    }
}
