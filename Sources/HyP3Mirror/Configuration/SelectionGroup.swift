/// Which jobs and products.
package enum SelectionGroup: SettingGroup {
    package static let title = "Selection"

    package static let settings: [Setting] = [
        .value(
            "job-type",
            "type",
            \.jobType,
            example: "WATER_MAP",
            help: "Only jobs of this type, e.g. WATER_MAP.",
            read: Self.jobType
        ),
        .value(
            "user-id",
            "user",
            \.userID,
            example: "somebody",
            help: "Jobs of this user instead of the one logged in.",
            read: Self.user
        ),
        .moment(
            "start",
            \.requested.start,
            keys: ["transfer_spec.start_date", "archive.start"],
            example: "2024-01-01",
            help:
                "Jobs requested from then on (UTC): 2024-08-01, '2024-08-01 06:00', or 14d, 36h or 2w for so long ago."
        ),
        .moment(
            "end",
            \.requested.end,
            notBefore: ("start", \.requested.start),
            example: "2024-12-31",
            help: "Jobs requested up to then (UTC); a date covers its whole day."
        ),
        .moment(
            "acquired-start",
            \.acquired.start,
            example: "2023-06-01",
            help: "Products acquired from then on (UTC, the date in the product's name)."
        ),
        .moment(
            "acquired-end",
            \.acquired.end,
            notBefore: ("acquired-start", \.acquired.start),
            example: "2023-09-30",
            help: "Products acquired up to then (UTC); a date covers its whole day."
        ),
        .flag(
            "incremental",
            \.isIncremental,
            help: "List only jobs that may still matter since the last complete run; everything now and then."
        ),
        .value(
            "full-every",
            "time",
            \.fullEvery,
            default: "7d",
            help: "With --incremental: list everything once the last full listing is so old.",
            read: { text throws(InvalidValue) in try DurationText.positive(text, example: "7d") }
        ),
        .value(
            "shard",
            "k/n",
            \.shard,
            example: "1/2",
            help: "Only part K of N of the jobs, for N runs at once on one archive.",
            read: { text throws(InvalidValue) in try Shard(text) }
        ),
    ]

    private static func jobType(_ text: String) throws(InvalidValue) -> String? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "_") }) else {
            throw InvalidValue("must be a HyP3 job type, as in WATER_MAP")
        }
        return text
    }

    private static func user(_ text: String) throws(InvalidValue) -> String? {
        guard !text.isEmpty else { throw InvalidValue("must be an Earthdata Login user name") }
        return text
    }
}
