//! The setup of the C library's allocator for this process.

/// Makes all threads allocate from one arena. One thread fills a buffer and another frees it. With
/// an arena per thread, the GNU C library keeps freed memory in arenas that do not reuse it: 2 GB
/// of orders to Parquet on two threads took 173 MiB, compared with 138 with one arena, in the same
/// time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn share_one_arena() {
    // SAFETY: `mallopt` takes two integers, and no other thread runs yet. It ignores values it does
    // not support.
    #[expect(unsafe_code, reason = "the setting has no safe interface")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Other C libraries do not have an arena per thread.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn share_one_arena() {}
