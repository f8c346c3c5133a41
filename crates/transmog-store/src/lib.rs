//! Object stores for transmog: inputs in S3, GCS and Azure, and over HTTP.
//!
//! | | |
//! | --- | --- |
//! | `s3://BUCKET/KEY`, `s3a://…` | S3 of Amazon, and what speaks its protocol (`endpoint`) |
//! | `gs://BUCKET/KEY` | Google Cloud Storage |
//! | `az://CONTAINER/KEY`, `abfs://…`, `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/KEY` | Azure Blob Storage |
//! | `http://…`, `https://…` | servers of files; only read |
//!
//! A read object is fixed when it is found, by its ETag: if another one takes its place meanwhile, that is
//! an error. Requests are repeated when a server fails or a connection breaks, and go on where they were.
//!
//! The work is done by the crate `object_store`, on two threads of an own runtime; the functions here wait
//! for it and can be called from anywhere.

mod address;
mod connect;
mod error;
mod object;
mod options;
mod profile;
mod stores;
mod threads;

pub use object::{Object, ObjectReader};
pub use options::StoreOptions;
pub use stores::{Found, Stores};
