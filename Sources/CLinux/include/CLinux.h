#ifndef HYP3_MIRROR_CLINUX_H
#define HYP3_MIRROR_CLINUX_H

// GNU extensions that Swift's Glibc module does not show, because it is compiled without _GNU_SOURCE.

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// renameat2(2) with RENAME_NOREPLACE; returns 0 or the errno value. EINVAL: the file system cannot; ENOSYS: the kernel
/// cannot.
int linux_rename_noreplace(const char *from, const char *to);

/// memrchr(3): the last of `count` bytes that is `byte`; NULL without any.
const void *_Nullable linux_last_byte(const void *bytes, unsigned char byte, size_t count);

/// fallocate(2) with FALLOC_FL_KEEP_SIZE; returns 0 or the errno value.
int linux_keep_room(int descriptor, int64_t offset, int64_t count);

/// statx(2): 1 where a mount begins at `path`, 0 where none does, or the negative errno value.
int linux_is_mount_point(const char *path);

/// O_DIRECT of open(2): what is read comes from the disk, not from memory.
int linux_direct(void);

/// memfd_create(2): an empty file in memory, or the negative errno value.
int linux_memory_file(void);

/// posix_spawn(3) of the program at `path`, in a process group of its own, with the signals as a shell has them and no
/// descriptor but these: `input` as standard input, `output` as standard output and standard error. Returns 0 or the errno
/// value.
int linux_spawn(int *child, const char *path, char *_Nullable const *_Nonnull words,
                char *_Nullable const *_Nonnull environment, int input, int output);

/// pipe2(2) with O_CLOEXEC, whose end for reading does not block; returns 0 or the errno value.
int linux_output_pipe(int *reading, int *writing);

/// mallopt(3), M_ARENA_MAX: few heaps for all threads. By default there are up to eight a core, each with holes that only
/// its own threads fill; they made up a tenth of a long run's memory.
void linux_share_arenas(void);

/// malloc_trim(3): gives memory that was freed back to the system.
void linux_give_back_memory(void);

#pragma clang assume_nonnull end

#endif
