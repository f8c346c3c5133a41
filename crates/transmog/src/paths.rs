//! Paths that are none: URLs, and the names of files where a directory is expected.

use std::path::{Path, PathBuf};
use transmog_engine::{Error, Result};

/// Endings of the files of tables, and their formats.
const ENDINGS: [(&str, &str); 6] = [
    ("csv", "csv"),
    ("parquet", "parquet"),
    ("orc", "orc"),
    ("avro", "avro"),
    ("arrow", "arrow"),
    ("feather", "arrow"),
];

/// Schemes that are also recognized without a second slash, which libraries of paths remove.
const SCHEMES: [&str; 10] = [
    "abfs", "abfss", "az", "file", "gs", "hdfs", "http", "https", "s3", "s3a",
];

/// The scheme of a URL: `https` of `https://example.com/a.json`; `None` for a path. A common one is
/// recognized also if one of the two slashes is missing.
///
/// # Examples
/// ```
/// use transmog::url_scheme;
/// assert_eq!(url_scheme("s3://bucket/key"), Some("s3".to_owned()));
/// assert_eq!(url_scheme("s3:/bucket/key"), Some("s3".to_owned()));
/// assert_eq!(url_scheme("exports/a.json"), None);
/// ```
#[must_use]
pub fn url_scheme(path: impl AsRef<Path>) -> Option<String> {
    let text = path.as_ref().to_string_lossy();
    let (scheme, rest) = text.split_once(":/")?;
    if !rest.starts_with('/') && !SCHEMES.contains(&scheme) {
        return None;
    }
    // One letter is a drive.
    let begins = scheme.len() > 1 && scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (begins && scheme.chars().all(is_scheme)).then(|| scheme.to_owned())
}

/// The URL that a path is, with both slashes behind its scheme.
pub(crate) fn url(path: &Path) -> Option<String> {
    let scheme = url_scheme(path)?;
    let text = path.to_string_lossy();
    let rest = &text[scheme.len() + 1..];
    let slashes = match (rest.starts_with("//"), scheme.as_str()) {
        (true, _) => "",
        (false, "file") => "//",
        (false, _) => "/",
    };
    Some(format!("{scheme}:{slashes}{rest}"))
}

/// The path of a `file:` URL (RFC 8089); `None` for one of another scheme.
pub(crate) fn file_of(url: &str) -> Result<Option<PathBuf>> {
    let Some(rest) = url.strip_prefix("file:///") else {
        return Ok(None);
    };
    let rest = rest.strip_prefix("localhost/").unwrap_or(rest);
    let mut bytes = b"/".to_vec();
    let mut rest = rest.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        match byte {
            b'%' => match (rest.next().and_then(digit), rest.next().and_then(digit)) {
                (Some(high), Some(low)) => bytes.push((high << 4 | low) as u8),
                _ => {
                    return Err(Error::config(format!(
                        "{url}: expected two hexadecimal digits behind `%`; give the path without `file://`"
                    )));
                }
            },
            _ => bytes.push(byte),
        }
    }
    match String::from_utf8(bytes) {
        Ok(path) => Ok(Some(path.into())),
        Err(_) => Err(Error::config(format!(
            "{url}: expected UTF-8; give the path without `file://`"
        ))),
    }
}

/// The error of a URL in a build without stores.
#[cfg(not(feature = "store"))]
#[cold]
pub(crate) fn no_store(url: &str) -> Error {
    let scheme = url.split(':').next().unwrap_or_default();
    Error::config(format!(
        "{scheme}://: expected a path, found a URL; stores need the feature `store` of the crate `transmog`; \
         without it, copy the objects to files, or pipe them to standard input"
    ))
}

/// An error if files would go to a URL.
pub(crate) fn check_not_url(directory: &Path) -> Result<()> {
    let shown = directory.display();
    let advice = match url_scheme(directory).as_deref() {
        None => return Ok(()),
        Some("file") => "give the path of the directory without `file://`",
        Some(_) => "write to a directory, and copy its files from there",
    };
    Err(Error::config(format!(
        "{shown}: expected the path of a directory, found a URL; {advice}"
    )))
}

/// An error if the output directory is a URL, or has the name of a file and does not exist.
pub(crate) fn check_output(directory: &Path) -> Result<()> {
    check_not_url(directory)?;
    let shown = directory.display();
    let Some((stem, format)) = file_name(directory).filter(|_| !directory.is_dir()) else {
        return Ok(());
    };
    Err(Error::config(format!(
        "{shown}: expected the name of a directory, which gets one file for each table, found the \
         name of a file; write to the directory {stem}, in the format {format} \
         (-o {stem} -f {format})"
    )))
}

/// The stem and the format, if the path has the name of a table's file.
fn file_name(path: &Path) -> Option<(String, &'static str)> {
    let name = path.to_string_lossy();
    let lower = name.to_ascii_lowercase();
    let mut compressions = [".gz", ".zst"].into_iter();
    let plain = compressions.find_map(|end| lower.strip_suffix(end));
    let (stem, ending) = plain.unwrap_or(&lower).rsplit_once('.')?;
    let (_, format) = ENDINGS.iter().find(|(known, _)| *known == ending)?;
    let has_name = !stem.is_empty() && !stem.ends_with('/');
    has_name.then(|| (name[..stem.len()].to_owned(), *format))
}
