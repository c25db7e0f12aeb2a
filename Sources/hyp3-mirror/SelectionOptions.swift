import ArgumentParser
import HyP3Mirror

/// The options that choose jobs and products; every command about a project takes them. Their values are read by the
/// library, which says where a wrong one came from.
struct SelectionOptions: ParsableArguments {
    /// What no single option can tell.
    static let explanation = """
        Suffixes (--suffix, or transfer_spec.extensions in a configuration) choose the products of a job: _VV.tif, \
        _WM.tif, .zip, .nc. {parameter} stands for a parameter of the job, as in \
        _FM_{flood_depth_estimator}_WaterDepth.tif.

        Layout (archive.layout in a configuration) places them below the project's directory: {year} {month} {day} \
        {acquired_date} {job_id} {job_type} {name} {stem} {filename}, as in {year}/{month}/{filename}. Years, months and \
        days are UTC.

        Credentials, first found: EARTHDATA_TOKEN; EARTHDATA_USERNAME and EARTHDATA_PASSWORD, or EDL_USERNAME and \
        EDL_PASSWORD; --netrc-file; the file that NETRC names; ~/.netrc with a line such as \
        machine urs.earthdata.nasa.gov login NAME password PASSWORD.

        Times are UTC unless they say otherwise (2024-08-01T06:00:00+05:45); --limit-rate alone goes by local time.

        Each option may also be given as a variable (HYP3_MIRROR_MIN_FREE=50G), or in the configuration \
        ("archive": {"min_free": "50G"}).
        """

    @Argument(
        help: ArgumentHelp("Project configurations (JSON; ASF's own files work as they are).", valueName: "config")
    )
    var configurations: [String]

    @Option(help: ArgumentHelp("Directory of the archive; the project's directory is made below it.", valueName: "dir"))
    var archive: String?

    @Option(help: ArgumentHelp("HyP3 API, e.g. https://hyp3-watermap.asf.alaska.edu.", valueName: "url"))
    var host: String?

    @Option(help: "HyP3 job name.")
    var name: String?

    @Option(help: "Suffix of a wanted product, e.g. _WM.tif; repeat for more.")
    var suffix: [String] = []

    @Option(help: ArgumentHelp("Only jobs of this type, e.g. WATER_MAP.", valueName: "type"))
    var jobType: String?

    @Option(help: ArgumentHelp("Jobs of this user instead of the one logged in.", valueName: "user"))
    var userId: String?

    @Option(
        help: ArgumentHelp(
            "Jobs requested from then on (UTC): 2024-08-01, '2024-08-01 06:00', or 14d, 36h or 2w for so long ago.",
            valueName: "when"
        )
    )
    var start: String?

    @Option(help: ArgumentHelp("Jobs requested up to then (UTC); a date covers its whole day.", valueName: "when"))
    var end: String?

    @Option(
        help: ArgumentHelp("Products acquired from then on (UTC, the date in the product's name).", valueName: "when")
    )
    var acquiredStart: String?

    @Option(help: ArgumentHelp("Products acquired up to then (UTC); a date covers its whole day.", valueName: "when"))
    var acquiredEnd: String?

    @Flag(help: "List only jobs that may still matter since the last complete run; everything now and then.")
    var incremental = false

    @Option(
        help: ArgumentHelp(
            "With --incremental: list everything once the last full listing is so old (default 7d).",
            valueName: "time"
        )
    )
    var fullEvery: String?

    @Flag(
        help: "A project without jobs, or without any product of a wanted suffix, is no mistake: before its first job."
    )
    var allowEmpty = false

    @Option(help: ArgumentHelp("Only part K of N of the jobs, for N runs at once on one archive.", valueName: "k/n"))
    var shard: String?

    @Option(
        help: ArgumentHelp("PEM file of certificate authorities to trust instead of the system's.", valueName: "file")
    )
    var cacert: String?

    @Option(help: ArgumentHelp("netrc file with the Earthdata Login entry.", valueName: "file"))
    var netrcFile: String?

    @Option(
        name: .customLong("login-url"),
        help: ArgumentHelp("Whole authorize URL of Earthdata Login.", valueName: "url")
    )
    var loginURL: String?

    @Option(help: ArgumentHelp("Lines on standard error: text or json.", valueName: "format"))
    var logFormat: String?

    @Option(
        help: ArgumentHelp(
            "Least level of those lines: trace, debug, info, notice, warning, error.",
            valueName: "level"
        )
    )
    var logLevel: String?

    @Flag(help: "Only warnings, errors and the summary.")
    var quiet = false

    /// What was given, by option.
    var given: [OptionName: [String]] {
        var given: [OptionName: [String]] = [:]
        let texts: [(OptionName, String?)] = [
            (.archive, self.archive), (.host, self.host), (.name, self.name), (.jobType, self.jobType),
            (.userID, self.userId), (.start, self.start), (.end, self.end), (.acquiredStart, self.acquiredStart),
            (.acquiredEnd, self.acquiredEnd), (.cacert, self.cacert), (.netrcFile, self.netrcFile),
            (.loginURL, self.loginURL), (.logFormat, self.logFormat), (.logLevel, self.logLevel), (.shard, self.shard),
            (.fullEvery, self.fullEvery),
        ]
        for case (let name, let text?) in texts { given[name] = [text] }
        if !self.suffix.isEmpty { given[.suffix] = self.suffix }
        if self.incremental { given[.incremental] = ["true"] }
        if self.allowEmpty { given[.allowEmpty] = ["true"] }
        if self.quiet { given[.quiet] = ["true"] }
        return given
    }

    /// The options this group has.
    static let names: Set<OptionName> = [
        .archive, .host, .name, .suffix, .jobType, .userID, .start, .end, .acquiredStart, .acquiredEnd, .cacert,
        .netrcFile, .loginURL, .logFormat, .logLevel, .quiet, .layout, .ignore, .incremental, .fullEvery,
        .shard, .allowEmpty,
    ]
}
