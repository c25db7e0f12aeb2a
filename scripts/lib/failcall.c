/* Runs a command and makes one kind of its system calls fail: strace's --inject, but counted over all threads together and
 * only where a path or a descriptor lies in a given place, so that "the 7th openat below the archive" is one call.
 *
 *   failcall LOG CALL[,CALL...] PLACE ERRNO FIRST COUNT COMMAND [ARGUMENT...]
 *
 * PLACE: `all`, `socket`, `below:DIR`, `outside:DIR` (of what is a path or a descriptor of a file). ERRNO 0 only counts.
 * COUNT 0: all from FIRST on. LOG gets a line a counted call: its number, name, place, and FAILED where it failed.
 * Ends as the command does; 128 and the signal where one ended it. Needs Linux 5.6 (seccomp_unotify(2)), and no privilege. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Which argument is a path, the descriptor that it is relative to, or a descriptor; -1: none. */
struct call {
    const char *name;
    int number, path, directory, descriptor;
};

#define CALL(name, path, directory, descriptor) { #name, SYS_##name, path, directory, descriptor }
static const struct call calls[] = {
    CALL(openat, 1, 0, -1), CALL(newfstatat, 1, 0, -1), CALL(statx, 1, 0, -1), CALL(readlink, 0, -1, -1),
    CALL(mkdir, 0, -1, -1), CALL(mkdirat, 1, 0, -1), CALL(rename, 0, -1, -1), CALL(renameat, 1, 0, -1),
    CALL(renameat2, 1, 0, -1), CALL(link, 0, -1, -1), CALL(linkat, 1, 0, -1), CALL(unlink, 0, -1, -1),
    CALL(unlinkat, 1, 0, -1), CALL(rmdir, 0, -1, -1), CALL(statfs, 0, -1, -1), CALL(access, 0, -1, -1),
    CALL(utimensat, 1, 0, -1), CALL(chdir, 0, -1, -1),
    CALL(read, -1, -1, 0), CALL(pread64, -1, -1, 0), CALL(readv, -1, -1, 0), CALL(write, -1, -1, 0),
    CALL(writev, -1, -1, 0), CALL(pwrite64, -1, -1, 0), CALL(fsync, -1, -1, 0), CALL(fdatasync, -1, -1, 0),
    CALL(ftruncate, -1, -1, 0), CALL(fallocate, -1, -1, 0), CALL(fstat, -1, -1, 0), CALL(fstatfs, -1, -1, 0),
    CALL(getdents64, -1, -1, 0), CALL(flock, -1, -1, 0), CALL(fcntl, -1, -1, 0), CALL(close, -1, -1, 0),
    CALL(ioctl, -1, -1, 0), CALL(lseek, -1, -1, 0), CALL(fchmod, -1, -1, 0), CALL(syncfs, -1, -1, 0),
    CALL(copy_file_range, -1, -1, 0), CALL(fadvise64, -1, -1, 0),
    CALL(connect, -1, -1, 0), CALL(sendto, -1, -1, 0), CALL(sendmsg, -1, -1, 0), CALL(sendmmsg, -1, -1, 0),
    CALL(recvfrom, -1, -1, 0), CALL(recvmsg, -1, -1, 0), CALL(setsockopt, -1, -1, 0), CALL(getsockopt, -1, -1, 0),
    CALL(getsockname, -1, -1, 0), CALL(getpeername, -1, -1, 0), CALL(bind, -1, -1, 0),
    CALL(epoll_wait, -1, -1, 0), CALL(epoll_ctl, -1, -1, 0), CALL(timerfd_settime, -1, -1, 0),
    CALL(socket, -1, -1, -1), CALL(socketpair, -1, -1, -1), CALL(poll, -1, -1, -1), CALL(ppoll, -1, -1, -1),
    CALL(epoll_create1, -1, -1, -1), CALL(eventfd2, -1, -1, -1), CALL(timerfd_create, -1, -1, -1),
    CALL(signalfd4, -1, -1, -1), CALL(pipe2, -1, -1, -1), CALL(mmap, -1, -1, -1), CALL(munmap, -1, -1, -1),
    CALL(madvise, -1, -1, -1), CALL(mprotect, -1, -1, -1), CALL(clone3, -1, -1, -1), CALL(getrandom, -1, -1, -1),
    CALL(uname, -1, -1, -1), CALL(sysinfo, -1, -1, -1), CALL(prlimit64, -1, -1, -1), CALL(setpriority, -1, -1, -1),
    CALL(sched_getaffinity, -1, -1, -1), CALL(getcwd, -1, -1, -1),
};
enum { most = 16, known = sizeof calls / sizeof *calls };

static void die(const char *what) {
    fprintf(stderr, "failcall: %s: %s\n", what, strerror(errno));
    exit(125);
}

static const struct call *find(const char *name) {
    for (int i = 0; i < known; i++)
        if (strcmp(calls[i].name, name) == 0) return &calls[i];
    fprintf(stderr, "failcall: no call named %s is known\n", name);
    exit(125);
}

/* Hands every call of the kind to the listener, and returns it. */
static int install(const struct call **wanted, int count) {
    struct sock_filter code[most + 6];
    int n = 0;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < count; i++)
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)wanted[i]->number,
                                                 (uint8_t)(count - i), 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog program = { .len = (unsigned short)n, .filter = code };
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Where a descriptor of the process leads; empty where it leads nowhere. */
static void place_of(pid_t pid, int descriptor, char *place, size_t room) {
    char link[64];
    snprintf(link, sizeof link, descriptor == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d", pid, descriptor);
    ssize_t length = readlink(link, place, room - 1);
    place[length < 0 ? 0 : length] = 0;
}

static void read_path(pid_t pid, uint64_t address, char *path, size_t room) {
    path[0] = 0;
    /* A page at a time, since the next one may not be there. */
    for (size_t done = 0; done + 1 < room;) {
        size_t piece = 4096 - (address + done) % 4096;
        if (piece > room - 1 - done) piece = room - 1 - done;
        struct iovec here = { path + done, piece }, there = { (void *)(uintptr_t)(address + done), piece };
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (got <= 0) break;
        if (memchr(path + done, 0, (size_t)got)) return;
        done += (size_t)got;
        path[done] = 0;
    }
}

static void describe(const struct seccomp_notif *request, const struct call *call, char *place, size_t room) {
    pid_t pid = (pid_t)request->pid;
    place[0] = 0;
    if (call->descriptor >= 0) {
        place_of(pid, (int)request->data.args[call->descriptor], place, room);
    } else if (call->path >= 0) {
        char path[4096];
        read_path(pid, request->data.args[call->path], path, sizeof path);
        if (path[0] != '/') place_of(pid, call->directory < 0 ? AT_FDCWD : (int)request->data.args[call->directory], place, room);
        size_t length = strlen(place);
        snprintf(place + length, room - length, "%s%s", length && path[0] ? "/" : "", path);
    } else if (call->number == SYS_mmap) {
        snprintf(place, room, "%llu bytes%s", (unsigned long long)request->data.args[1],
                 request->data.args[3] & MAP_STACK ? " of stack" : (int)request->data.args[4] >= 0 ? " of a file" : "");
    }
}

static int is_in(const char *place, const char *wanted) {
    if (strcmp(wanted, "all") == 0) return 1;
    if (strcmp(wanted, "socket") == 0) return strncmp(place, "socket:", 7) == 0;
    if (strcmp(wanted, "stack") == 0) return strstr(place, " of stack") != NULL;
    const char *directory = strchr(wanted, ':');
    if (!directory) return 0;
    size_t length = strlen(++directory);
    int is_below = strncmp(place, directory, length) == 0 && (place[length] == 0 || place[length] == '/' || place[length] == ' ');
    return wanted[0] == 'b' ? is_below : !is_below && strncmp(place, "socket:", 7) != 0;
}

int main(int argc, char **argv) {
    if (argc < 8) {
        fprintf(stderr, "usage: failcall LOG CALL[,CALL...] PLACE ERRNO FIRST COUNT COMMAND [ARGUMENT...]\n");
        return 125;
    }
    FILE *log = fopen(argv[1], "we");
    if (!log) die(argv[1]);
    /* Whoever loses patience kills us. */
    setvbuf(log, NULL, _IOLBF, 0);
    const struct call *wanted[most];
    int count = 0;
    for (char *name = strtok(argv[2], ","); name && count < most; name = strtok(NULL, ",")) wanted[count++] = find(name);
    const char *where = argv[3];
    int error = atoi(argv[4]);
    long first = atol(argv[5]), times = atol(argv[6]);

    /* The child's listener, and that the parent has it. */
    volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) die("mmap");
    shared[0] = shared[1] = -1;
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die("prctl");
        int listener = install(wanted, count);
        if (listener < 0) die("seccomp");
        shared[0] = listener;
        /* No system call that may be one of those. */
        while (shared[1] < 0) sched_yield();
        execvp(argv[7], argv + 7);
        _exit(127);
    }
    int status;
    while (shared[0] < 0) {
        if (waitpid(child, &status, WNOHANG) == child) return 125;
        sched_yield();
    }
    int process = (int)syscall(SYS_pidfd_open, child, 0);
    int listener = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, shared[0], 0);
    if (listener < 0) die("pidfd_getfd");
    shared[1] = 1;

    struct seccomp_notif request;
    struct seccomp_notif_resp response;
    struct pollfd events = { .fd = listener, .events = POLLIN };
    char place[8192];
    for (long number = 0;;) {
        if (poll(&events, 1, -1) < 0 && errno != EINTR) break;
        if (!(events.revents & POLLIN)) {
            if (events.revents & (POLLHUP | POLLERR)) break;
            continue;
        }
        memset(&request, 0, sizeof request);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) continue;
        const struct call *call = wanted[0];
        for (int i = 0; i < count; i++)
            if (wanted[i]->number == request.data.nr) call = wanted[i];
        describe(&request, call, place, sizeof place);
        int fails = 0;
        if (is_in(place, where)) {
            number++;
            fails = error && number >= first && (times == 0 || number < first + times);
            for (char *c = place; *c; c++)
                if (*c == '\n') *c = '?';
            fprintf(log, "%ld %s %s%s\n", number, call->name, place, fails ? " FAILED" : "");
        }
        memset(&response, 0, sizeof response);
        response.id = request.id;
        if (fails) response.error = -error;
        else response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        /* Somebody may have killed the thread meanwhile. */
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
    }
    fclose(log);
    if (waitpid(child, &status, 0) != child) die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
