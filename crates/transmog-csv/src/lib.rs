//! CSV writer of transmog (RFC 4180)
