import HyP3Mirror

/// What help says about settings.
enum SettingHelp {
    /// What no single option can tell.
    static let explanation = """
        Suffixes (--suffix, or transfer_spec.extensions in a configuration) choose the products of a job: _VV.tif, \
        _WM.tif, .zip, .nc. {parameter} stands for a parameter of the job, as in \
        _FM_{flood_depth_estimator}_WaterDepth.tif.

        Layout (archive.layout in a configuration) places them below the project's directory: {year} {month} {day} \
        {acquired_date} {job_id} {job_type} {name} {stem} {filename}, as in {year}/{month}/{filename}. Years, months and \
        days are UTC.

        Credentials, first found: EARTHDATA_TOKEN; EARTHDATA_USERNAME and EARTHDATA_PASSWORD, or EDL_USERNAME and \
        EDL_PASSWORD; --netrc-file; the file that NETRC names; earthdata_token or earthdata_netrc in systemd's \
        CREDENTIALS_DIRECTORY; ~/.netrc with a line such as \
        machine urs.earthdata.nasa.gov login NAME password PASSWORD. EARTHDATA_TOKEN_FILE and EARTHDATA_PASSWORD_FILE name files that hold them.

        Times are UTC unless they say otherwise (2024-08-01T06:00:00+05:45); --limit-rate alone goes by local time.

        Each option may also be given as a variable (HYP3_MIRROR_MIN_FREE=50G), or in the configuration \
        ("archive": {"min_free": "50G"}). What a configuration calls otherwise is named beside the option. Without \
        an option are:
        \(Self.withoutFlag)
        """

    private static let withoutFlag = Setting.all.filter { $0.flag == nil }.map { setting in
        "\(setting.keys[0])\(setting.variable.map { " or \($0)" } ?? ""): \(setting.help)"
    }.joined(separator: "\n")
}
