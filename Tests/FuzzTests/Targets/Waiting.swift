import Glibc

/// A value that one thread waits for.
final class Waiting<Value: Sendable>: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private var value: Value?

    init() { sem_init(self.semaphore, 0, 0) }

    deinit {
        sem_destroy(self.semaphore)
        self.semaphore.deallocate()
    }

    /// Call once.
    func give(_ value: Value) {
        self.value = value
        sem_post(self.semaphore)
    }

    func take() -> Value {
        while true {
            while sem_wait(self.semaphore) != 0 {}
            if let value = self.value { return value }
        }
    }
}
