//! Inputs in object stores.

use std::{
    io::{self, ErrorKind, Read},
    sync::Arc,
};
use transmog_engine::{Category, Error, MANIFEST, Result};
use transmog_reader::{Depth, Found, LeftOut, Remote, Source, is_json_name};
use transmog_store::{Found as InStore, Object, Stores};

/// Bytes of a range that is read ahead, at most and at least. Some are under way at a time.
const MAX_RANGE: usize = 8 << 20;
const MIN_RANGE: usize = 64 << 10;
/// The part of the memory limit that a range may take.
const PART_OF_LIMIT: usize = 32;

/// The objects that a URL names.
pub(crate) fn expand(
    url: &str,
    stores: &Stores,
    depth: Depth,
    memory_limit: usize,
) -> Result<Found> {
    let range = (memory_limit / PART_OF_LIMIT).clamp(MIN_RANGE, MAX_RANGE);
    let source = |object: Object| {
        let url = object.url();
        Source::remote(&url, Arc::new(InRanges { object, range }))
    };
    let mut left_out = LeftOut::default();
    let sources = match stores.find(url).map_err(failed)? {
        InStore::Object(object) => vec![source(object)],
        InStore::Matches(objects) => objects.into_iter().map(source).collect(),
        InStore::Prefix(objects) => {
            let mut sources = Vec::new();
            for object in objects {
                match is_wanted(object.below_prefix(), depth) {
                    true => sources.push(source(object)),
                    false => left_out.add(object.url()),
                }
            }
            sources
        }
    };
    if sources.is_empty() {
        let advice = match depth {
            Depth::Directory => "; `recursive` (--recursive) also takes what is deeper",
            Depth::Tree => "",
        };
        let message = format!(
            "{url}: no .json, .jsonl, .ndjson, .json5 or .hjson object is below this prefix ({} left out: \
             {left_out}){advice}",
            left_out.count
        );
        return Err(Error::new(Category::Read, message));
    }
    Ok(Found { sources, left_out })
}

/// Whether an object below a prefix is input, as a file in a directory is.
fn is_wanted(below: &str, depth: Depth) -> bool {
    let (directories, name) = below.rsplit_once('/').unwrap_or(("", below));
    let is_deep_enough = directories.is_empty() || depth == Depth::Tree;
    let is_hidden = below.split('/').any(|part| part.starts_with('.'));
    is_deep_enough && !is_hidden && is_json_name(name) && name != MANIFEST
}

fn failed(error: io::Error) -> Error {
    let category = match error.kind() {
        ErrorKind::InvalidInput => Category::Config,
        _ => Category::Read,
    };
    Error::new(category, error.to_string())
}

/// An object that is read in ranges of so many bytes.
struct InRanges {
    object: Object,
    range: usize,
}

impl Remote for InRanges {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.object.reader(self.range)))
    }

    fn size(&self) -> Option<u64> {
        Some(self.object.size())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_searched_as_a_directory() {
        for (below, in_directory, in_tree) in [
            ("a.json", true, true),
            ("a.jsonl.gz", true, true),
            ("b/a.json", false, true),
            ("a.csv", false, false),
            (".hidden.json", false, false),
            (".hidden/a.json", false, false),
            ("_transmog.json", false, false),
            ("b/_transmog.json", false, false),
        ] {
            assert_eq!(is_wanted(below, Depth::Directory), in_directory, "{below}");
            assert_eq!(is_wanted(below, Depth::Tree), in_tree, "{below}");
        }
    }
}
