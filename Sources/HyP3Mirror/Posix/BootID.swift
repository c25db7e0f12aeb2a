/// Tells one boot of this machine from the next: what a killed process wrote lasts as long as the boot does.
package enum BootID {
    /// `/proc/sys/kernel/random/boot_id` (proc_sys_kernel(5)); empty where it cannot be read, which never equals anything.
    package static var current: String {
        guard let bytes = try? SystemCalls.contents(ofStream: "/proc/sys/kernel/random/boot_id") else { return "" }
        return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    }
}
