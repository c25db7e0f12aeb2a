#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
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
