/* slowfs DELAY_US SOURCE MOUNTPOINT [FUSE OPTIONS]: SOURCE, read-only, where each question takes so long, as on a share far
 * away. Questions side by side take no longer than one. */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static long delay;
static const char *source;

static void wait_for_share(void) {
    struct timespec rest = {delay / 1000000, delay % 1000000 * 1000};
    while (nanosleep(&rest, &rest) == -1 && errno == EINTR) {}
}

static int place(char *full, const char *path) {
    wait_for_share();
    return snprintf(full, PATH_MAX, "%s%s", source, path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int slow_getattr(const char *path, struct stat *status, struct fuse_file_info *info) {
    (void)info;
    char full[PATH_MAX];
    int error = place(full, path);
    return error ? error : lstat(full, status) == -1 ? -errno : 0;
}

static int slow_opendir(const char *path, struct fuse_file_info *info) {
    char full[PATH_MAX];
    int error = place(full, path);
    if (error) return error;
    DIR *directory = opendir(full);
    if (!directory) return -errno;
    info->fh = (uint64_t)(uintptr_t)directory;
    return 0;
}

static int slow_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                        enum fuse_readdir_flags flags) {
    (void)path, (void)flags;
    wait_for_share();
    DIR *directory = (DIR *)(uintptr_t)info->fh;
    seekdir(directory, offset);
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct stat status = {.st_ino = entry->d_ino, .st_mode = (mode_t)entry->d_type << 12};
        if (fill(buffer, entry->d_name, &status, telldir(directory), 0)) break;
    }
    return 0;
}

static int slow_releasedir(const char *path, struct fuse_file_info *info) {
    (void)path;
    closedir((DIR *)(uintptr_t)info->fh);
    return 0;
}

static int slow_open(const char *path, struct fuse_file_info *info) {
    char full[PATH_MAX];
    int error = place(full, path);
    if (error) return error;
    int file = open(full, O_RDONLY | O_CLOEXEC);
    if (file == -1) return -errno;
    info->fh = (uint64_t)file;
    return 0;
}

static int slow_read(const char *path, char *bytes, size_t count, off_t offset, struct fuse_file_info *info) {
    (void)path;
    wait_for_share();
    ssize_t read = pread((int)info->fh, bytes, count, offset);
    return read == -1 ? -errno : (int)read;
}

static int slow_release(const char *path, struct fuse_file_info *info) {
    (void)path;
    close((int)info->fh);
    return 0;
}

static const struct fuse_operations operations = {
    .getattr = slow_getattr, .opendir = slow_opendir, .readdir = slow_readdir, .releasedir = slow_releasedir,
    .open = slow_open, .read = slow_read, .release = slow_release,
};

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: slowfs DELAY_US SOURCE MOUNTPOINT [FUSE OPTIONS]\n");
        return 64;
    }
    delay = atol(words[1]);
    source = realpath(words[2], NULL);
    if (!source) {
        perror(words[2]);
        return 66;
    }
    words[2] = words[0];
    return fuse_main(count - 2, words + 2, &operations, NULL);
}
