import FoundationEssentials

extension RunMetrics {
    /// A number of what the archive holds, by labels; none where it is not known.
    struct ArchiveFamily: Sendable {
        let name: String
        let help: String
        let samples: @Sendable (ArchiveReport) -> [(labels: [(String, String)], value: String)]

        init(_ name: String, _ help: String, _ value: @escaping @Sendable (ArchiveReport) -> String?) {
            self.init(name, help, labelled: { report in value(report).map { [([], $0)] } ?? [] })
        }

        init(
            _ name: String,
            _ help: String,
            labelled samples: @escaping @Sendable (ArchiveReport) -> [(labels: [(String, String)], value: String)]
        ) {
            self.name = name
            self.help = help
            self.samples = samples
        }
    }

    static let archiveFamilies: [ArchiveFamily] = [
        ArchiveFamily("archive_files", "Products on record in the archive.") { "\($0.files)" },
        ArchiveFamily("archive_bytes", "Bytes of the products on record.") { "\($0.bytes)" },
        ArchiveFamily(
            "unarchived_expiring_products",
            "Products not archived that HyP3 deletes within so long, as the last run left them.",
            labelled: { report in
                guard let expiring = report.expiring else { return [] }
                return [
                    ([("within", "24h")], "\(expiring.within24Hours)"),
                    ([("within", "72h")], "\(expiring.within72Hours)"),
                    ([("within", "7d")], "\(expiring.within7Days)"),
                ]
            }
        ),
        ArchiveFamily("lost_products", "Products found lost since the archive is kept.") { "\($0.lost)" },
        ArchiveFamily("missing_products", "Products archived once, gone from the archive and upstream.") {
            "\($0.missing)"
        },
        ArchiveFamily("damaged_files", "Files that were not as archived when they were last verified.") {
            "\($0.verified.damaged)"
        },
        ArchiveFamily("never_verified_files", "Files not verified since they were archived.") {
            "\($0.verified.never)"
        },
        ArchiveFamily(
            "oldest_verification_timestamp_seconds",
            "When the file not looked at for longest was verified, or archived, in Unix time."
        ) { $0.verified.oldest.map { "\(Int64($0.timeIntervalSince1970))" } },
        ArchiveFamily("free_bytes", "Bytes that may still be written to the archive's file system.") {
            $0.disk.free.map { "\(max(0, $0))" }
        },
        ArchiveFamily("disk_full_seconds", "Seconds until the disk is full at the growth of the last 30 days.") {
            $0.disk.daysLeft.map { "\(Int64(min($0, 1_000_000)) * 86400)" }
        },
    ]
}
