/* Records what a process writes, truncates, syncs, renames and removes below a directory, and what it says on standard
 * output, in order. Loaded before the C library; the calls go through unchanged.
 * Record: op(1) id(4) offset(8) length(4) data. Ops: W write, T truncate, S sync, O open (data: path), U unlink (data: path),
 * R rename (data: from NUL to), A said on standard output. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int trace = -1;
static char root[4096];
static int known[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ssize_t (*real_write)(int, const void *, size_t);

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static void start(void) {
    if (trace != -1) return;
    const char *dir = getenv("SHIM_DIR"), *out = getenv("SHIM_TRACE");
    if (!dir || !out) { trace = -2; return; }
    real_write = next("write");
    strncpy(root, dir, sizeof root - 1);
    int (*real_open)(const char *, int, ...) = next("open");
    trace = real_open(out, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

static void record(char op, uint32_t id, uint64_t offset, const void *data, uint32_t length) {
    if (trace < 0) return;
    char head[17];
    head[0] = op;
    memcpy(head + 1, &id, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &length, 4);
    pthread_mutex_lock(&lock);
    real_write(trace, head, sizeof head);
    if (length) real_write(trace, data, length);
    pthread_mutex_unlock(&lock);
}

static int below(const char *path) { return path && root[0] && strncmp(path, root, strlen(root)) == 0; }

static int opened(int fd, const char *path) {
    if (fd >= 0 && fd < 4096) {
        known[fd] = below(path);
        if (known[fd]) record('O', (uint32_t)fd, 0, path, (uint32_t)strlen(path));
    }
    return fd;
}

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        start();                                                       \
        va_list list;                                                  \
        va_start(list, flags);                                         \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, mode_t) : 0; \
        va_end(list);                                                  \
        int (*real)(const char *, int, ...) = next(#name);             \
        int fd = real(path, flags, mode);                              \
        opened(fd, path);                                              \
        if (fd >= 0 && (flags & O_TRUNC) && below(path)) record('T', (uint32_t)fd, 0, 0, 0); \
        return fd;                                                     \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *data, size_t length) {
    start();
    if (!real_write) real_write = next("write");
    if (fd == 1) record('A', 1, 0, data, (uint32_t)length);
    if (fd >= 0 && fd < 4096 && known[fd]) {
        off_t at = lseek(fd, 0, SEEK_CUR);
        ssize_t done = real_write(fd, data, length);
        if (done > 0) record('W', (uint32_t)fd, (uint64_t)at, data, (uint32_t)done);
        return done;
    }
    return real_write(fd, data, length);
}

#define PWRITE(name, type)                                             \
    ssize_t name(int fd, const void *data, size_t length, type at) {   \
        start();                                                       \
        ssize_t (*real)(int, const void *, size_t, type) = next(#name);\
        ssize_t done = real(fd, data, length, at);                     \
        if (done > 0 && fd >= 0 && fd < 4096 && known[fd])             \
            record('W', (uint32_t)fd, (uint64_t)at, data, (uint32_t)done); \
        return done;                                                   \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name)                                                     \
    int name(int fd) {                                                 \
        start();                                                       \
        int (*real)(int) = next(#name);                                \
        int done = real(fd);                                           \
        if (done == 0 && fd >= 0 && fd < 4096 && known[fd]) record('S', (uint32_t)fd, 0, 0, 0); \
        return done;                                                   \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, type)                                           \
    int name(int fd, type length) {                                    \
        start();                                                       \
        int (*real)(int, type) = next(#name);                          \
        int done = real(fd, length);                                   \
        if (done == 0 && fd >= 0 && fd < 4096 && known[fd]) record('T', (uint32_t)fd, (uint64_t)length, 0, 0); \
        return done;                                                   \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
    start();
    int (*real)(const char *) = next("unlink");
    int done = real(path);
    if (done == 0 && below(path)) record('U', 0, 0, path, (uint32_t)strlen(path));
    return done;
}

int rename(const char *from, const char *to) {
    start();
    int (*real)(const char *, const char *) = next("rename");
    int done = real(from, to);
    if (done == 0 && below(to)) {
        char both[8192];
        int length = snprintf(both, sizeof both, "%s%c%s", from, 0, to);
        record('R', 0, 0, both, (uint32_t)length);
    }
    return done;
}
