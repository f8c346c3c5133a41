//! The reader from outside: what it accepts, what it rejects and where, and
//! that nothing depends on how the input was cut.
#![allow(clippy::unwrap_used, reason = "a test that fails here has failed")]

mod conformance;
mod files;
mod framing;
mod lenient;
mod paths;
mod records;
mod recovery;
mod sources;
