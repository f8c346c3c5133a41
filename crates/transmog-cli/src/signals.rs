//! Signals that would end the process before it can say why.

/// Has a file that may not grow (`ulimit -f`) be an error of writing, as a full disk is, and no
/// end of the process that leaves its temporary folder behind.
#[cfg(unix)]
pub(crate) fn make_full_files_errors() {
    // SAFETY: no handler is set, and no other thread runs yet. A setting that is refused changes
    // nothing.
    #[expect(unsafe_code, reason = "the setting has no safe interface")]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Other systems have no such signal.
#[cfg(not(unix))]
pub(crate) fn make_full_files_errors() {}
