/* Tells ThreadSanitizer what Synchronization.Mutex does when threads contend for it.
 *
 * The fast path of Mutex is compiled into its user, and ThreadSanitizer sees its atomics. The slow path lies in
 * libswiftSynchronization.so, which is not instrumented: it spins with its own compare-and-swap and then has the kernel hand
 * the lock over (FUTEX_LOCK_PI, FUTEX_UNLOCK_PI), so that every contended lock looks like a race of whatever it guards. A
 * suppression would hide true races of the same code. Instead, these functions come before the library's of the same name,
 * call them, and report the order that the lock has made.
 *
 * The names are those of Swift 6's ABI (`_MutexHandle._lockSlow(UInt32)` and so on); `self` is the address of the word in which
 * the lock is kept, the one that the fast path's atomics are about.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

SWIFT void mutex_lock(uint32_t thread, SELF void *word) __asm__(LOCK);
SWIFT _Bool mutex_try_lock(SELF void *word) __asm__(TRY_LOCK);
SWIFT void mutex_unlock(SELF void *word) __asm__(UNLOCK);

/* dlsym takes no lock of Swift's, and what it gives is the same each time: no need to keep it. */
static void *library_function(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        fprintf(stderr, "tsan_mutex.c: libswiftSynchronization has no %s\n", name);
        abort();
    }
    return function;
}

SWIFT void mutex_lock(uint32_t thread, SELF void *word) {
    ((SWIFT void (*)(uint32_t, SELF void *))library_function(LOCK))(thread, word);
    __tsan_acquire(word);
}

SWIFT _Bool mutex_try_lock(SELF void *word) {
    _Bool locked = ((SWIFT _Bool (*)(SELF void *))library_function(TRY_LOCK))(word);
    if (locked) __tsan_acquire(word);
    return locked;
}

SWIFT void mutex_unlock(SELF void *word) {
    __tsan_release(word);
    ((SWIFT void (*)(SELF void *))library_function(UNLOCK))(word);
}
