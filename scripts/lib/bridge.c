// A line between two network namespaces: delay, rate, a bounded queue and seeded random loss, in both directions.
//
// Each namespace gets a TUN device called "line"; packets read from one are written to the other when a line of that
// rate and delay would have delivered them. The kernel hands over TCP data in larger pieces (segmentation offload,
// IFF_VNET_HDR), which is what lets one core carry a gigabit; loss and queue are still those of single packets: a
// piece is cut where one of its segments is lost.
//
//   bridge --server NS --client NS --delay NANOSECONDS --rate BITS_PER_SECOND --loss FRACTION --queue BYTES
//          --seed N --state DIRECTORY [--owner PID]
//
// Delay is one way, rate counts IP bytes. Ends on SIGTERM or SIGINT, or when the owner is gone, and then removes both
// namespaces. The file `status` in the state directory says {"ready": true} and in the end what passed (JSON); with its
// owner gone there is nobody to read it, and the directory is removed, too.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <math.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    largest = 65535 + sizeof(struct virtio_net_hdr),
    batch = 256,                   // packets read from one side before the other side and the clock are looked at
    grain = 50 * 1000,             // nanoseconds: the timer is set no finer than this
};

// A packet on its way: `length` bytes (virtio header and IP packet) follow it in the ring. Length 0 marks the wrap.
struct packet {
    uint64_t release;
    uint32_t length;
    uint32_t reserved;
};

struct direction {
    const char *name;
    int from, to;
    unsigned char *ring;
    size_t capacity, head, tail;   // packets are taken at head and added at tail
    uint64_t busy;                 // when the last packet admitted has left the queue, in nanoseconds
    uint64_t random[2];
    uint64_t until_loss;           // segments that pass before the next is lost
    uint64_t bytes, segments, lost, overflowed, undelivered;
};

static uint64_t delay, rate, queue_limit;
static double loss;

static _Noreturn void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("bridge: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// splitmix64 to seed, xorshift128+ to draw.
static uint64_t mix(uint64_t *state) {
    uint64_t value = (*state += 0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

static double draw(struct direction *line) {
    uint64_t first = line->random[0], second = line->random[1];
    line->random[0] = second;
    first ^= first << 23;
    line->random[1] = first ^ second ^ (first >> 17) ^ (second >> 26);
    return (double)((line->random[1] + second) >> 11) * 0x1p-53;
}

// How many segments pass before one is lost, for independent losses.
static uint64_t next_loss(struct direction *line) {
    if (loss <= 0) return UINT64_MAX;
    if (loss >= 1) return 0;
    double passed = floor(log1p(-draw(line)) / log1p(-loss));
    return passed >= 1e18 ? (uint64_t)1e18 : (uint64_t)passed;
}

static uint64_t serialising(uint64_t bytes) {
    return (uint64_t)((unsigned __int128)bytes * 8000000000u / rate);
}

static uint64_t queued(const struct direction *line, uint64_t time) {
    if (line->busy <= time) return 0;
    return (uint64_t)((unsigned __int128)(line->busy - time) * rate / 8000000000u);
}

// Room for a packet of up to `largest` bytes at the tail, or NULL if the ring is full.
static struct packet *room(struct direction *line) {
    size_t need = sizeof(struct packet) + largest + 64;
    if (line->tail >= line->head) {
        if (line->capacity - line->tail >= need + sizeof(struct packet)) return (void *)(line->ring + line->tail);
        if (line->head < need + sizeof(struct packet)) return NULL;
        ((struct packet *)(void *)(line->ring + line->tail))->length = 0;
        line->tail = 0;
    }
    return line->head - line->tail >= need + sizeof(struct packet) ? (void *)(line->ring + line->tail) : NULL;
}

static void admit(struct direction *line, struct packet *packet, uint32_t length, uint64_t wire, uint32_t segments,
                  uint64_t time) {
    if (line->busy < time) line->busy = time;
    line->busy += serialising(wire);
    packet->release = line->busy + delay;
    packet->length = length;
    line->tail += (sizeof(struct packet) + length + 15) & ~(size_t)15;
    line->bytes += wire;
    line->segments += segments;
}

static uint16_t folded(uint32_t sum) {
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static uint32_t summed(const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2) sum += (uint32_t)(byte[i] << 8 | byte[i + 1]);
    return sum;
}

// Segments `from` up to `to` of a piece of TCP data become a piece of their own in `target`.
static uint32_t cut(unsigned char *target, const unsigned char *piece, uint32_t length, uint32_t headers,
                    uint32_t segment, uint32_t from, uint32_t to, uint32_t count) {
    const uint32_t prefix = sizeof(struct virtio_net_hdr);
    uint32_t begin = from * segment, end = to == count ? length - headers : to * segment;
    memcpy(target, piece, prefix + headers);
    memcpy(target + prefix + headers, piece + prefix + headers + begin, end - begin);

    struct virtio_net_hdr *about = (void *)target;
    struct iphdr *ip = (void *)(target + prefix);
    uint32_t ip_length = ip->ihl * 4u;
    struct tcphdr *tcp = (void *)(target + prefix + ip_length);
    if (to - from == 1) {
        about->gso_type = VIRTIO_NET_HDR_GSO_NONE;
        about->gso_size = 0;
    }
    ip->tot_len = htons((uint16_t)(headers + end - begin));
    ip->id = htons((uint16_t)(ntohs(ip->id) + from));
    ip->check = 0;
    ip->check = htons((uint16_t)~folded(summed(ip, ip_length)));
    tcp->seq = htonl(ntohl(tcp->seq) + begin);
    if (to != count) tcp->fin = tcp->psh = 0;
    if (from != 0) ((unsigned char *)tcp)[13] &= 0x7f;  // CWR belongs to the first segment
    // The checksum field of an unfinished checksum holds the sum of the pseudo header.
    tcp->check = htons(folded(summed(&ip->saddr, 8) + IPPROTO_TCP + headers - ip_length + end - begin));
    return prefix + headers + end - begin;
}

// Takes what was read into the ring's tail through loss and queue.
static void arrive(struct direction *line, struct packet *packet, uint32_t length, uint64_t time) {
    const uint32_t prefix = sizeof(struct virtio_net_hdr);
    unsigned char *bytes = (unsigned char *)(packet + 1);
    const struct virtio_net_hdr *about = (const void *)bytes;
    uint32_t size = length - prefix, headers = 0, segment = 0, count = 1;
    if (about->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
        const struct iphdr *ip = (const void *)(bytes + prefix);
        const struct tcphdr *tcp = (const void *)(bytes + prefix + ip->ihl * 4u);
        headers = ip->ihl * 4u + tcp->doff * 4u;
        segment = about->gso_size;
        if (ip->version != 4 || ip->protocol != IPPROTO_TCP || segment == 0 || size <= headers) {
            line->undelivered += 1;
            return;
        }
        count = (size - headers + segment - 1) / segment;
    }
    uint64_t wire = size + (uint64_t)(count - 1) * headers;
    uint64_t waiting = queued(line, time);
    if (line->until_loss >= count && waiting + wire <= queue_limit) {
        if (line->until_loss != UINT64_MAX) line->until_loss -= count;
        admit(line, packet, length, wire, count, time);
        return;
    }

    // Some segment does not get through: decide one by one, then pass on each run of those that do.
    static unsigned char piece[largest + 64];
    memcpy(piece, bytes, length);
    uint32_t begin = 0;
    for (uint32_t i = 0; i <= count; i++) {
        bool kept = false;
        if (i < count) {
            uint64_t own = count == 1 ? size : headers + (i + 1 == count ? size - headers - i * segment : segment);
            bool lost = line->until_loss == 0;
            if (lost) line->until_loss = next_loss(line);
            else if (line->until_loss != UINT64_MAX) line->until_loss -= 1;
            bool full = !lost && waiting + own > queue_limit;
            line->lost += lost;
            line->overflowed += full;
            kept = !lost && !full;
            if (kept) waiting += own;
        }
        if (kept) continue;
        if (i > begin) {
            struct packet *next = room(line);
            if (next == NULL) line->undelivered += i - begin;
            else if (count == 1) {
                memcpy(next + 1, piece, length);
                admit(line, next, length, size, 1, time);
            } else {
                uint32_t made = cut((unsigned char *)(next + 1), piece, size, headers, segment, begin, i, count);
                uint64_t cost = made - prefix + (uint64_t)(i - begin - 1) * headers;
                admit(line, next, made, cost, i - begin, time);
            }
        }
        begin = i + 1;
    }
}

static void take(struct direction *line, uint64_t time) {
    for (int i = 0; i < batch; i++) {
        struct packet *packet = room(line);
        if (packet == NULL) return;
        ssize_t length = read(line->from, packet + 1, largest);
        if (length < (ssize_t)(sizeof(struct virtio_net_hdr) + sizeof(struct iphdr))) {
            if (length < 0 && errno != EAGAIN && errno != EINTR) give_up("reading a packet: %s", strerror(errno));
            if (length < 0) return;
            continue;
        }
        arrive(line, packet, (uint32_t)length, time);
    }
}

static struct packet *first(struct direction *line) {
    if (line->head == line->tail) return NULL;
    struct packet *packet = (void *)(line->ring + line->head);
    if (packet->length == 0) {
        line->head = 0;
        if (line->head == line->tail) return NULL;
        packet = (void *)line->ring;
    }
    return packet;
}

// Delivers what is due; gives the time of the next delivery, UINT64_MAX if nothing is on its way.
static uint64_t deliver(struct direction *line, uint64_t time) {
    for (struct packet *packet; (packet = first(line)) != NULL;) {
        if (packet->release > time) return packet->release;
        if (write(line->to, packet + 1, packet->length) < 0) line->undelivered += 1;
        line->head += (sizeof(struct packet) + packet->length + 15) & ~(size_t)15;
    }
    return UINT64_MAX;
}

static int device(const char *namespace) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    int inside = open(path, O_RDONLY | O_CLOEXEC);
    if (inside < 0 || setns(inside, CLONE_NEWNET) != 0) give_up("entering %s: %s", path, strerror(errno));
    close(inside);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    strcpy(request.ifr_name, "line");
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) != 0) give_up("making a TUN device: %s", strerror(errno));
    if (ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) != 0) give_up("TUNSETOFFLOAD: %s", strerror(errno));
    return tun;
}

static void open_line(struct direction *line, const char *name, int from, int to, uint64_t *seed) {
    // In flight, queued and to spare for the records' own bytes; pages are the kernel's only once touched.
    uint64_t flying = (uint64_t)((unsigned __int128)rate * delay / 8000000000u);
    *line = (struct direction){.name = name, .from = from, .to = to,
                               .capacity = ((flying + queue_limit) * 3 + ((size_t)8 << 20)) & ~(size_t)4095};
    line->ring = mmap(NULL, line->capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (line->ring == MAP_FAILED) give_up("no memory for %zu bytes on their way", line->capacity);
    line->random[0] = mix(seed);
    line->random[1] = mix(seed);
    line->until_loss = next_loss(line);
}

static void report(const char *path, const struct direction *lines) {
    FILE *file = fopen(path, "w");
    if (file == NULL) return;
    fputs("{", file);
    for (int i = 0; i < 2; i++) {
        const struct direction *line = &lines[i];
        fprintf(file, "%s\"%s\": {", i ? ", " : "", line->name);
        fprintf(file, "\"bytes\": %" PRIu64 ", \"packets\": %" PRIu64 ", ", line->bytes, line->segments);
        fprintf(file, "\"lost\": %" PRIu64 ", \"overflowed\": %" PRIu64 ", \"undelivered\": %" PRIu64 "}", line->lost,
                line->overflowed, line->undelivered);
    }
    fputs("}\n", file);
    fclose(file);
}

static void forget(const char *namespace) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    umount2(path, MNT_DETACH);
    unlink(path);
}

// Removes the state directory with what `scripts/lib/line` puts there.
static void clear(const char *state) {
    static const char *const files[] = {"status", "pid", "log"};
    int directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) unlinkat(directory, files[i], 0);
    close(directory);
    rmdir(state);
}

static void watch(int epoll, int file, uint32_t tag) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) != 0) give_up("epoll: %s", strerror(errno));
}

int main(int count, char **arguments) {
    static const struct option known[] = {
        {"server", 1, 0, 's'}, {"client", 1, 0, 'c'}, {"delay", 1, 0, 'd'}, {"rate", 1, 0, 'r'}, {"loss", 1, 0, 'l'},
        {"queue", 1, 0, 'q'}, {"seed", 1, 0, 'S'}, {"state", 1, 0, 'o'}, {"owner", 1, 0, 'O'}, {0}};
    const char *server = NULL, *client = NULL, *state = NULL;
    uint64_t seed = 1;
    pid_t owner = 0;
    for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        switch (option) {
        case 's': server = optarg; break;
        case 'c': client = optarg; break;
        case 'd': delay = strtoull(optarg, NULL, 10); break;
        case 'r': rate = strtoull(optarg, NULL, 10); break;
        case 'l': loss = strtod(optarg, NULL); break;
        case 'q': queue_limit = strtoull(optarg, NULL, 10); break;
        case 'S': seed = strtoull(optarg, NULL, 10); break;
        case 'o': state = optarg; break;
        case 'O': owner = (pid_t)strtol(optarg, NULL, 10); break;
        default: return 64;
        }
    }
    if (!server || !client || !state || rate == 0 || queue_limit == 0) give_up("an option is missing");
    char status[4096];
    snprintf(status, sizeof status, "%s/status", state);

    // The owner first: should it go while the rest is set up, the loop below sees it at once.
    int owned = owner > 0 ? (int)syscall(SYS_pidfd_open, owner, 0) : -1;
    if (owner > 0 && owned < 0) give_up("process %d: %s", owner, strerror(errno));
    prctl(PR_SET_TIMERSLACK, 1);
    // A line does not become slower because the hosts at its ends are busy. Where this is refused it does, a little.
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 10});
    int at_server = device(server), at_client = device(client);
    struct direction lines[2];
    open_line(&lines[0], "to_client", at_server, at_client, &seed);
    open_line(&lines[1], "to_server", at_client, at_server, &seed);

    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    int signalled = signalfd(-1, &ending, SFD_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, at_server, 0);
    watch(epoll, at_client, 1);
    watch(epoll, timer, 2);
    watch(epoll, signalled, 3);
    if (owned >= 0) watch(epoll, owned, 4);

    FILE *ready = fopen(status, "w");
    if (ready == NULL || fputs("{\"ready\": true}\n", ready) < 0 || fclose(ready) != 0) give_up("writing %s", status);

    // On a long line half a millisecond is nothing: looking only so often spares the cores for what is measured.
    uint64_t rest = delay / 150 < 100 * 1000 ? 0 : delay / 150 > 500 * 1000 ? 500 * 1000 : delay / 150;
    bool running = true, orphaned = false;
    while (running) {
        struct epoll_event events[8];
        int happened = epoll_wait(epoll, events, 8, -1);
        uint64_t time = now();
        for (int i = 0; i < happened; i++) {
            if (events[i].data.u32 >= 3) {
                running = false;
                orphaned = orphaned || events[i].data.u32 == 4;
            } else if (events[i].data.u32 == 2) {
                uint64_t expirations;
                if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
                    give_up("reading the timer: %s", strerror(errno));
            } else take(&lines[events[i].data.u32], time);
        }
        time = now();
        uint64_t next = deliver(&lines[0], time), other = deliver(&lines[1], time);
        if (other < next) next = other;
        if (next != UINT64_MAX) {
            if (next < time + grain) next = time + grain;
            struct itimerspec at = {.it_value = {(time_t)(next / 1000000000), (long)(next % 1000000000)}};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
            if (rest > 0) clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = (long)rest}, NULL);
        }
    }
    report(status, lines);
    forget(server);
    forget(client);
    if (orphaned) clear(state);
    return 0;
}
