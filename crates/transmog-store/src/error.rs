//! What went wrong in a store, in words: the URL, what the server said, and what to do.

use crate::address::{Address, Kind};
use object_store::Error as Source;
use std::io::{self, ErrorKind};

/// The most characters of what a server said.
const MAX_DETAIL: usize = 300;

/// The error of a request about `url`, which shows no secrets.
#[cold]
pub(crate) fn failed(address: &Address, url: &str, error: &Source) -> io::Error {
    let detail = detail(error);
    let bucket = &address.base;
    let credentials = match address.kind {
        Kind::S3 => {
            "check the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a role, or \
             --store access_key_id=…), the region and the endpoint"
        }
        Kind::Gcs => "check the credentials (GOOGLE_APPLICATION_CREDENTIALS)",
        Kind::Azure => {
            "check the credentials (AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or \
             AZURE_STORAGE_SAS_TOKEN)"
        }
        Kind::Http => "the server wants credentials; a signed URL has them",
    };
    let (kind, message) = match error {
        Source::NotFound { .. } if detail.contains("NoSuchBucket") => (
            ErrorKind::NotFound,
            format!("{url}: there is no bucket {bucket}"),
        ),
        Source::NotFound { .. } => (
            ErrorKind::NotFound,
            format!("{url}: there is no such object"),
        ),
        Source::PermissionDenied { .. } => (
            ErrorKind::PermissionDenied,
            format!("{url}: access is denied ({detail}); {credentials}, and what they allow"),
        ),
        Source::Unauthenticated { .. } => (
            ErrorKind::PermissionDenied,
            format!("{url}: the credentials are not accepted ({detail}); {credentials}"),
        ),
        Source::Precondition { .. } => (
            ErrorKind::InvalidData,
            format!("{url}: the object changed while it was used; run it again"),
        ),
        Source::AlreadyExists { .. } => (
            ErrorKind::AlreadyExists,
            format!("{url}: the object exists"),
        ),
        Source::NotSupported { .. } | Source::NotImplemented { .. } => (
            ErrorKind::Unsupported,
            format!("{url}: the store does not support this ({detail})"),
        ),
        _ => (
            ErrorKind::Other,
            format!("{url}: {detail}; {}", advice(&detail)),
        ),
    };
    io::Error::new(kind, message)
}

/// What to do about an error that has no kind of its own.
fn advice(detail: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| detail.contains(part));
    if has(&["credential", "169.254.169.254"]) {
        return "no credentials were found; set those of the store in the environment, or give them as \
                store options (--store KEY=VALUE)";
    }
    if has(&[
        "PermanentRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocation",
    ]) {
        return "the bucket is in another region; set AWS_REGION, or --store region=…";
    }
    if has(&["dns error", "error trying to connect", "tcp connect"]) {
        return "the server cannot be reached; check its name and the network";
    }
    "the request was repeated as often as the options say (--store retries=N)"
}

/// What the server or the connection said, in one line, without URLs and their signatures.
fn detail(error: &Source) -> String {
    let mut text = String::new();
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
    if source.is_none() {
        text = error.to_string();
    }
    while let Some(cause) = source {
        let message = cause.to_string();
        // Some errors repeat what caused them.
        if !text.contains(&message) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&message);
        }
        source = cause.source();
    }
    let plain = match (element(&text, "Code"), element(&text, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => text,
    };
    let plain: String = without_queries(&plain)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_DETAIL)
        .collect();
    plain.trim().to_owned()
}

/// The text of an element of XML.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let begin = text.find(&format!("<{name}>"))? + name.len() + 2;
    let end = text[begin..].find(&format!("</{name}>"))?;
    Some(&text[begin..begin + end])
}

/// The text without what stands behind `?` in URLs.
fn without_queries(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("://") {
        let (before, url) = rest.split_at(begin + 3);
        plain.push_str(before);
        let is_end = |c: char| c.is_whitespace() || matches!(c, ')' | '"' | '\'' | '>');
        let end = url.find(is_end).unwrap_or(url.len());
        let (url, after) = url.split_at(end);
        let (path, query) = url
            .split_once('?')
            .map_or((url, ""), |(path, _)| (path, "?…"));
        let (host, key) = path.split_once('/').unwrap_or((path, ""));
        plain.push_str(host.rsplit('@').next().unwrap_or(host));
        if path.contains('/') {
            plain.push('/');
        }
        plain.push_str(key);
        plain.push_str(query);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_and_passwords_are_not_shown() {
        let text = "error for url (https://u:word@host/a/b?X-Amz-Signature=12) and http://x?y";
        let expected = "error for url (https://host/a/b?…) and http://x?…";
        assert_eq!(without_queries(text), expected);
        assert_eq!(without_queries("nothing"), "nothing");
    }

    #[test]
    fn what_a_server_says_is_short() {
        let source = "Client error: <Error><Code>SignatureDoesNotMatch</Code><Message>no</Message>\
                      <AWSAccessKeyId>AK</AWSAccessKeyId></Error>";
        let error = Source::Generic {
            store: "S3",
            source: source.into(),
        };
        assert_eq!(detail(&error), "SignatureDoesNotMatch: no");
    }
}
