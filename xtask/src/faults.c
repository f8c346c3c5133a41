/* Makes a system call fail, or kills the process at it: preloaded by `cargo xtask torture`.
 *
 * Counted are the calls that concern files below FAULT_DIR. The one with the number FAULT_AT fails
 * with the error FAULT_ERROR, and with FAULT_STAYS those after it, too; the error 0 is SIGKILL.
 * With FAULT_NO_LINKS no link is made at all, and at the call FAULT_KILL comes SIGKILL.
 * FAULT_LOG gets the name of each call when FAULT_AT is 0, else the name of the first that failed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 65536

static const char *folder;
static size_t folder_length;
static long fault_at;
static long fault_kill;
static int fault_error, fault_stays, fault_no_links, fault_log = -1;
static atomic_long calls;
static atomic_uchar watched[FILES];

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("FAULT_LOG"), *at = getenv("FAULT_AT");
    const char *error = getenv("FAULT_ERROR");
    folder = getenv("FAULT_DIR");
    folder_length = folder ? strlen(folder) : 0;
    fault_at = at ? atol(at) : 0;
    fault_error = error ? atoi(error) : EIO;
    fault_kill = getenv("FAULT_KILL") ? atol(getenv("FAULT_KILL")) : 0;
    fault_stays = getenv("FAULT_STAYS") != NULL;
    fault_no_links = getenv("FAULT_NO_LINKS") != NULL;
    if (log)
        fault_log = syscall(SYS_openat, AT_FDCWD, log,
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void say(const char *name) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s\n", name);
    if (syscall(SYS_write, fault_log, line, length) != length)
        abort();
}

static void stop(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

static int fails(const char *name) {
    long number = ++calls;
    if (number == fault_kill)
        stop();
    if (fault_at == 0)
        say(name);
    if (fault_no_links && strcmp(name, "link") == 0 && number != fault_at) {
        errno = EPERM;
        return 1;
    }
    if (fault_at == 0 || number < fault_at || (number > fault_at && !fault_stays))
        return 0;
    if (number == fault_at)
        say(name);
    if (fault_error == 0)
        stop();
    errno = fault_error;
    return 1;
}

static int is_below(const char *path) {
    return folder_length > 0 && path && strncmp(path, folder, folder_length) == 0 &&
           (path[folder_length] == 0 || path[folder_length] == '/');
}

static int is_watched(int file) { return file >= 0 && file < FILES && watched[file]; }

/* The function of the C library behind one of ours. */
#define NEXT(type, name)                                                                         \
    static type (*next)() = NULL;                                                                \
    if (!next)                                                                                   \
        next = (type(*)())dlsym(RTLD_NEXT, name)

static int opened(int file, const char *path) {
    if (file >= 0 && file < FILES)
        watched[file] = is_below(path);
    return file;
}

#define OPEN(name)                                                                               \
    int name(const char *path, int flags, ...) {                                                 \
        NEXT(int, #name);                                                                        \
        va_list rest;                                                                            \
        va_start(rest, flags);                                                                   \
        int mode = va_arg(rest, int);                                                            \
        va_end(rest);                                                                            \
        if (is_below(path) && fails(flags & O_CREAT ? "create" : "open"))                        \
            return -1;                                                                           \
        return opened(next(path, flags, mode), path);                                            \
    }
OPEN(open)
OPEN(open64)

#define PATH(type, failed, name, call, parameters, arguments)                                    \
    type call parameters {                                                                       \
        NEXT(type, #call);                                                                       \
        if (is_below(path) && fails(name))                                                       \
            return failed;                                                                       \
        return next arguments;                                                                   \
    }
PATH(int, -1, "mkdir", mkdir, (const char *path, mode_t mode), (path, mode))
PATH(int, -1, "rmdir", rmdir, (const char *path), (path))
PATH(int, -1, "unlink", unlink, (const char *path), (path))
PATH(int, -1, "rename", rename, (const char *path, const char *to), (path, to))
PATH(int, -1, "link", link, (const char *path, const char *to), (path, to))
PATH(int, -1, "link", linkat, (int at, const char *path, int from, const char *to, int flags),
     (at, path, from, to, flags))
PATH(int, -1, "stat", statx, (int at, const char *path, int flags, unsigned mask, struct statx *to),
     (at, path, flags, mask, to))
PATH(DIR *, NULL, "opendir", opendir, (const char *path), (path))

#define DESCRIPTOR(type, name, call, parameters, arguments)                                      \
    type call parameters {                                                                       \
        NEXT(type, #call);                                                                       \
        if (is_watched(file) && fails(name))                                                     \
            return -1;                                                                           \
        return next arguments;                                                                   \
    }
DESCRIPTOR(ssize_t, "write", write, (int file, const void *from, size_t n), (file, from, n))
DESCRIPTOR(ssize_t, "write", writev, (int file, const struct iovec *from, int n), (file, from, n))
DESCRIPTOR(ssize_t, "write", pwrite64, (int file, const void *from, size_t n, off_t at),
           (file, from, n, at))
DESCRIPTOR(ssize_t, "read", read, (int file, void *to, size_t n), (file, to, n))
DESCRIPTOR(ssize_t, "read", pread64, (int file, void *to, size_t n, off_t at), (file, to, n, at))
DESCRIPTOR(off_t, "lseek", lseek64, (int file, off_t at, int whence), (file, at, whence))
DESCRIPTOR(int, "ftruncate", ftruncate64, (int file, off_t length), (file, length))
DESCRIPTOR(int, "fchmod", fchmod, (int file, mode_t mode), (file, mode))
DESCRIPTOR(int, "flock", flock, (int file, int operation), (file, operation))

/* What is to be durable is lost with the machine only, which no process can try. */
int fsync(int file) { return is_watched(file) && fails("fsync") ? -1 : 0; }
int fdatasync(int file) { return is_watched(file) && fails("fdatasync") ? -1 : 0; }

int close(int file) {
    NEXT(int, "close");
    int failed = is_watched(file) && fails("close");
    int error = errno;
    if (file >= 0 && file < FILES)
        watched[file] = 0;
    int closed = next(file);
    if (!failed)
        return closed;
    errno = error;
    return -1;
}
