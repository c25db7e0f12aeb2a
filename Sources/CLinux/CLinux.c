#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int linux_rename_noreplace(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
}

const void *linux_last_byte(const void *bytes, unsigned char byte, size_t count) {
    return memrchr(bytes, byte, count);
}

void linux_share_arenas(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
#endif
}

int linux_keep_room(int descriptor, int64_t offset, int64_t count) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, count) == 0 ? 0 : errno;
}

int linux_is_mount_point(const char *path) {
    struct statx here, above;
    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &here) != 0) return -errno;
    if (here.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) return (here.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -errno;
    int failed = statx(directory, "..", AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &above) != 0 ? errno : 0;
    close(directory);
    if (failed) return -failed;
    return here.stx_dev_major != above.stx_dev_major || here.stx_dev_minor != above.stx_dev_minor
        || here.stx_ino == above.stx_ino;
}

void linux_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

int linux_direct(void) {
    return O_DIRECT;
}

int linux_memory_file(void) {
    int descriptor = memfd_create("hyp3-mirror", MFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int linux_output_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        int code = errno;
        close(ends[0]);
        close(ends[1]);
        return code;
    }
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int linux_spawn(int *child, const char *path, char *const *words, char *const *environment, int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) return code;
    code = posix_spawnattr_init(&attributes);
    if (code != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    sigemptyset(&none);
    sigfillset(&usual);
    sigdelset(&usual, SIGKILL);
    sigdelset(&usual, SIGSTOP);
    code = posix_spawn_file_actions_adddup2(&actions, input, 0);
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, output, 2);
    // The locks of the run are on descriptors that a program which outlives it must not hold.
    if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (code == 0) code = posix_spawnattr_setsigmask(&attributes, &none);
    if (code == 0) code = posix_spawnattr_setsigdefault(&attributes, &usual);
    if (code == 0) code = posix_spawnattr_setpgroup(&attributes, 0);
    if (code == 0)
        code = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (code == 0) code = posix_spawn(child, path, &actions, &attributes, words, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}
