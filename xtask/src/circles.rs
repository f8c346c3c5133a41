//! Checks that the files of a crate do not depend on each other in circles. The root of a crate,
//! which declares and re-exports its modules, does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::visit::{self, Visit};

/// A module by the names in its path; empty for the root.
type Module = Vec<String>;

/// For each module, the modules that it names.
type Edges = BTreeMap<Module, BTreeSet<Module>>;

/// The circles among the files of a crate, one line each.
pub(crate) fn circles(sources: &Path) -> Result<Vec<String>, String> {
    let mut files = BTreeMap::new();
    read(sources, &mut Vec::new(), &mut files)?;
    Ok(find(&edges(&files)))
}

/// Reads the files of a module's directory.
fn read(
    directory: &Path,
    module: &mut Module,
    files: &mut BTreeMap<Module, syn::File>,
) -> Result<(), String> {
    let wrong = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let entries = fs::read_dir(directory).map_err(|e| wrong(directory, &e))?;
    for entry in entries {
        let path: PathBuf = entry.map_err(|e| wrong(directory, &e))?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem.into_owned();
        if path.is_dir() {
            module.push(stem);
            read(&path, module, files)?;
            module.pop();
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).map_err(|e| wrong(&path, &e))?;
            let file = syn::parse_file(&text).map_err(|e| wrong(&path, &e))?;
            let mut of = module.clone();
            if !matches!(&*stem, "lib" | "main" | "mod") {
                of.push(stem);
            }
            files.insert(of, file);
        }
    }
    Ok(())
}

fn edges(files: &BTreeMap<Module, syn::File>) -> Edges {
    let modules: BTreeSet<Module> = files.keys().cloned().collect();
    // Names that the root re-exports lead to their modules.
    let mut exported = BTreeMap::new();
    if let Some(root) = files.get(&Module::new()) {
        for path in paths(root) {
            if let (Some(to), Some(name)) = (target(&path, &[], &modules), path.last()) {
                exported.insert(name.clone(), to);
            }
        }
    }
    let edges = files.iter().filter(|(module, _)| !module.is_empty());
    edges
        .map(|(module, file)| {
            let to = paths(file).into_iter().filter_map(|path| {
                let found = target(&path, module, &modules);
                let by_root = || exported.get(path.get(1)?).filter(|_| path[0] == "crate");
                found.or_else(|| by_root().cloned())
            });
            (module.clone(), to.filter(|to| to != module).collect())
        })
        .collect()
}

/// The module that a path in `from` leads to, if it is another file of the crate.
fn target(path: &[String], from: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let mut at = match path.first()?.as_str() {
        "crate" => Module::new(),
        "self" => from.to_vec(),
        "super" => from.get(..from.len().checked_sub(1)?)?.to_vec(),
        child => {
            let child = [from, &[child.to_owned()]].concat();
            return modules.contains(&child).then_some(child);
        }
    };
    for name in &path[1..] {
        match name.as_str() {
            "super" => drop(at.pop()),
            name => {
                at.push(name.to_owned());
                if !modules.contains(&at) {
                    at.pop();
                    break;
                }
            }
        }
    }
    (!at.is_empty()).then_some(at)
}

/// All paths in a file except in its tests.
fn paths(file: &syn::File) -> Vec<Vec<String>> {
    let mut paths = Paths::default();
    paths.visit_file(file);
    paths.0
}

#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn add_use(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.0.push(with(&name.ident)),
            syn::UseTree::Rename(name) => self.0.push(with(&name.ident)),
            syn::UseTree::Glob(_) => self.0.push(before.to_vec()),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before);
                }
            }
        }
    }
}

impl<'f> Visit<'f> for Paths {
    fn visit_item_use(&mut self, item: &'f syn::ItemUse) {
        self.add_use(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'f syn::Path) {
        let segments = path.segments.iter();
        self.0
            .push(segments.map(|it| it.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// Visibility is not a dependency.
    fn visit_visibility(&mut self, _: &'f syn::Visibility) {}

    fn visit_item_mod(&mut self, item: &'f syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            let condition = attribute.path().is_ident("cfg");
            condition
                && attribute
                    .parse_args::<syn::Path>()
                    .is_ok_and(|it| it.is_ident("test"))
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }
}

/// The groups of modules that all lead to each other.
fn find(edges: &Edges) -> Vec<String> {
    let reached = |from: &Module| {
        let mut reached = BTreeSet::new();
        let mut left = vec![from];
        while let Some(module) = left.pop() {
            for to in edges.get(module).into_iter().flatten() {
                if reached.insert(to) {
                    left.push(to);
                }
            }
        }
        reached
    };
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = edges
        .keys()
        .map(|module| (module, reached(module)))
        .collect();
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for (module, reached) in &reach {
        if reached.contains(*module) && told.insert(*module) {
            let mut circle = vec![module.join("::")];
            for other in reached {
                if reach.get(*other).is_some_and(|back| back.contains(*module))
                    && told.insert(other)
                {
                    circle.push(other.join("::"));
                }
            }
            circles.push(circle.join(" <-> "));
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
        let module = |name: &str| match name {
            "" => Module::new(),
            name => name.split("::").map(str::to_owned).collect(),
        };
        let parsed = files
            .iter()
            .map(|(name, text)| (module(name), syn::parse_file(text).expect("Rust")));
        find(&edges(&parsed.collect()))
    }

    #[test]
    fn circles_are_found_however_files_are_named() {
        let by_use = [
            ("", "mod a; mod b;"),
            ("a", "use crate::{b::{B, C}, x};"),
            ("b", "fn f() -> super::a::A {}"),
        ];
        assert_eq!(circles_of(&by_use), ["a <-> b"]);
        let by_root = [
            ("", "mod a; mod b; pub use a::A;"),
            ("a", "type B = crate::b::B;"),
            ("b", "use crate::A;"),
        ];
        assert_eq!(circles_of(&by_root), ["a <-> b"]);
        let by_child = [
            ("", "mod json;"),
            ("json", "mod fast; pub use fast::Fast;"),
            ("json::fast", "use super::Shared;"),
        ];
        assert_eq!(circles_of(&by_child), ["json <-> json::fast"]);
        let of_three = [
            ("a", "use crate::b::B;"),
            ("b", "use crate::c::C;"),
            ("c", "use crate::a::A;"),
        ];
        assert_eq!(circles_of(&of_three), ["a <-> b <-> c"]);
    }

    #[test]
    fn trees_and_tests_are_not_circles() {
        let tree = [
            ("", "mod a; mod b; mod c; pub use {a::A, b::B};"),
            ("a", "use crate::{b::B, c::C};"),
            (
                "b",
                "use crate::c::C; #[cfg(test)] mod tests { use crate::a::A; }",
            ),
            ("c", "use std::a; pub(in crate::a) fn a() { a::b(); }"),
        ];
        assert_eq!(circles_of(&tree), [] as [&str; 0]);
    }
}
