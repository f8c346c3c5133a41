//! Parse events to columns: the flatten core of transmog
