//! Signals that would end the process without a message.

/// Turns a file size limit (`ulimit -f`) into a write error, like a full disk. Otherwise the signal
/// would end the process, and its temporary folder would stay.
#[cfg(unix)]
pub(crate) fn make_full_files_errors() {
    // SAFETY: this sets no handler, and no other thread runs yet. If it fails, nothing changes.
    #[expect(unsafe_code, reason = "the setting has no safe interface")]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Other systems have no such signal.
#[cfg(not(unix))]
pub(crate) fn make_full_files_errors() {}
