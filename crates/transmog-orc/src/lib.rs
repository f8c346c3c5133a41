//! ORC writer of transmog
