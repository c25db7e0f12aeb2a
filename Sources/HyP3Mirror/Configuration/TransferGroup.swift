/// How products are fetched, and what is asked of them.
package enum TransferGroup: SettingGroup {
    package static let title = "Transfer"

    package static let settings: [Setting] = [
        .value(
            "connections",
            "n",
            \.connections,
            kind: .quantity,
            default: "auto",
            help: "Transfers at once, 1 to 256, or auto.",
            read: Self.connections
        ),
        .value(
            "limit-rate",
            "rate",
            \.rate,
            kind: .quantity,
            default: "off",
            example: "20M",
            help: "Bytes a second at most: 20M, or by local time 08:00,2M 18:00,off.",
            read: { text throws(InvalidValue) in try RateLimit(text) }
        ),
        .value(
            "max-runtime",
            "time",
            \.maximumRuntime,
            example: "2h",
            help: "Stop after so long, e.g. 2h; what is under way is kept for resuming.",
            read: { text throws(InvalidValue) in try DurationText.positive(text, example: "90m") }
        ),
        .value(
            "min-free",
            "size",
            \.minimumFree,
            kind: .quantity,
            example: "50G",
            help: "Bytes to leave free on the archive's disk, e.g. 50G.",
            read: Self.bytes
        ),
        .path(
            "lock-dir",
            "dir",
            \.lockDirectory,
            example: "/run/lock",
            help: "Keep locks there, not in the archive: for a share that locks badly."
        ),
        .value(
            "lock-wait",
            "time",
            \.lockPatience,
            default: "0s",
            help: "Wait so long for another run to end, e.g. 30m, before giving up with 75.",
            read: { text throws(InvalidValue) in try DurationText.duration(text) }
        ),
        .flag(
            "require-mount",
            \.requiresMount,
            help: "Refuse an archive directory that is no mount point and has no .hyp3-mirror-archive: its disk may be "
                + "missing."
        ),
        .flag(
            "no-structure-check",
            \.checksStructure,
            to: false,
            help: "Archive a file even if it cannot be read as what its name says."
        ),
        .flag(
            "require-checksum",
            \.requiresChecksum,
            help: "Refuse a product for which the service gives no usable digest."
        ),
    ]

    private static func connections(_ text: String) throws(InvalidValue) -> ProjectSettings.Connections {
        if text.lowercased() == "auto" { return .auto }
        guard let count = Int(text), (1...256).contains(count) else {
            throw InvalidValue("must be auto or a number from 1 to 256")
        }
        return .fixed(count)
    }

    private static func bytes(_ text: String) throws(InvalidValue) -> Int64? {
        guard let bytes = ByteQuantity.bytes(text) else {
            throw InvalidValue("must be a number of bytes, as in 10G or 500MiB")
        }
        return bytes
    }
}
