//! Arrow IPC writer of transmog
