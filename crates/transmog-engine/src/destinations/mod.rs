//! The destinations of the engine.

mod channel;
mod directory;
mod memory;
mod nothing;

pub use channel::Channel;
pub use directory::{
    BeforeCommit, Companion, Directory, DirectoryPlan, FileId, IfExists, Layout, MANIFEST,
    MakeCompanion, Manifest, ManifestFile, OutputFiles, Plan, PlannedFile, save,
};
pub use memory::{Memory, Row, Table};
pub use nothing::Nothing;
