import FoundationEssentials
import HyP3Mirror
import Testing

private let folder = "https://b.s3.us-west-2.amazonaws.com/01bd96cf"

private func job(
    _ filenames: [String],
    folder: String = folder,
    urls: [String]? = nil,
    type: String = "WATER_MAP",
    id: String = "01bd96cf",
    name: String? = "p",
    parameters: [String: String?] = [:]
) -> Job {
    let files = filenames.enumerated().map { index, name in
        Job.File(filename: name, size: 1, url: urls?[index] ?? "\(folder)/\(name)")
    }
    return Job(
        id: id,
        type: type,
        name: name,
        status: .succeeded,
        requestTime: TestPace.now,
        expires: nil,
        files: files,
        templateParameters: parameters
    )
}

private func named(_ job: Job, _ suffix: String, layout: String = "{filename}") throws -> ProductNaming.Name {
    ProductNaming(layout: try Layout(layout)).product(of: job, suffix: try SuffixTemplate(suffix))
}

private let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"

@Suite struct `Product naming` {
    @Test(arguments: [
        ["\(stem).zip"], ["\(stem).zip", "\(stem)_WM.zip"], ["\(stem).zip", "\(stem)_FM.zip", "\(stem)_WM.zip"],
        ["\(stem)_WM.zip", "\(stem).zip"], ["\(stem)_WM.zip"], ["\(stem)_FM.zip", "\(stem)_WM.zip"],
    ])
    func `the stem of a water map is what its zips share`(_ files: [String]) throws {
        let names = ProductNaming(layout: .flat).names(of: job(files))
        #expect(names.stem == (files == ["\(stem)_WM.zip"] ? "\(stem)_WM" : stem))
    }

    @Test(arguments: [
        ("_VV.tif", "\(stem)_VV.tif"), (".zip", "\(stem).zip"), ("_WM.zip", "\(stem)_WM.zip"),
        ("_WM_HAND.tif", "\(stem)_WM_HAND.tif"), (".README.md.txt", "\(stem).README.md.txt"),
    ])
    func `a product is the zip with its ending replaced`(_ suffix: String, _ file: String) throws {
        let job = job(["\(stem).zip", "\(stem)_WM.zip"])
        #expect(try named(job, suffix) == .product(file: file, path: file, url: "\(folder)/\(file)"))
    }

    @Test func `the URL comes from the file's URL, whatever else is in it`() throws {
        let own = job(
            ["\(stem).zip"],
            urls: ["https://me.s3.us-west-2.amazonaws.com/a.zip/b/\(stem).zip?versionId=x#y"]
        )
        let folder = "https://me.s3.us-west-2.amazonaws.com/a.zip/b"
        #expect(
            try named(own, "_VV.tif")
                == .product(file: "\(stem)_VV.tif", path: "\(stem)_VV.tif", url: "\(folder)/\(stem)_VV.tif")
        )
        #expect(
            try named(own, ".zip") == .product(file: "\(stem).zip", path: "\(stem).zip", url: "\(folder)/\(stem).zip")
        )
    }

    @Test func `an encoded URL and a raw name go together`() throws {
        let odd = job(["a+b c.zip"], urls: ["https://h.example/k%C3%A9y/a%2Bb%20c.zip"])
        #expect(
            try named(odd, "_é 1.tif")
                == .product(
                    file: "a+b c_é 1.tif",
                    path: "a+b c_é 1.tif",
                    url: "https://h.example/k%C3%A9y/a%2Bb%20c_%C3%A9%201.tif"
                )
        )
        let raw = job(["a b.zip"], urls: ["https://h.example/ké y/a b.zip"])
        #expect(
            try named(raw, ".zip")
                == .product(file: "a b.zip", path: "a b.zip", url: "https://h.example/k%C3%A9%20y/a%20b.zip")
        )
    }

    @Test func `a job of one file that is no zip gives that file`() throws {
        let velocity = job(["S1_X_S2.nc"], type: "AUTORIFT")
        #expect(
            try named(velocity, ".nc")
                == .product(file: "S1_X_S2.nc", path: "S1_X_S2.nc", url: "\(folder)/S1_X_S2.nc")
        )
        #expect(
            try named(velocity, "_thumb.png")
                == .product(file: "S1_X_S2_thumb.png", path: "S1_X_S2_thumb.png", url: "\(folder)/S1_X_S2_thumb.png")
        )
        #expect(try named(velocity, ".zip") == .notProduced(reason: "the job lists no .zip file"))
        #expect(try named(job(["a.parquet"]), ".parquet") != .noFiles)
    }

    @Test func `a job without files has no names`() throws {
        #expect(try named(job([]), "_VV.tif") == .noFiles)
    }

    @Test(arguments: [nil, "None", ""] as [String?])
    func `a parameter that is null makes no product`(_ value: String?) throws {
        let job = job(["\(stem).zip"], parameters: ["flood_depth_estimator": value])
        let name = try named(job, "_FM_{flood_depth_estimator}_PW.tif")
        #expect(name == .notProduced(reason: "the job has no flood_depth_estimator"))
    }

    @Test func `a parameter fills the suffix`() throws {
        let job = job(["\(stem).zip"], parameters: ["flood_depth_estimator": "iterative", "resolution": "30"])
        guard case .product(let file, _, let url) = try named(job, "_FM_{flood_depth_estimator}_{resolution}.tif")
        else { return #expect(Bool(false)) }
        #expect(file == "\(stem)_FM_iterative_30.tif")
        #expect(url.hasSuffix("/\(file)"))
    }

    @Test func `a parameter that was not read makes no product`() throws {
        #expect(try named(job(["\(stem).zip"]), "_{x}.tif") == .notProduced(reason: "the job has no x"))
    }

    @Test(arguments: ["../../etc", "a/b", "a b", "[1]", "é"])
    func `a parameter that is not fit for a name is refused`(_ value: String) throws {
        let job = job(["\(stem).zip"], parameters: ["x": value])
        guard case .unsafe(_, let reason) = try named(job, "_{x}.tif") else { return #expect(Bool(false)) }
        #expect(reason.contains("job parameter x"))
    }

    struct BadName: Sendable {
        let name: String
        let reason: String
    }

    @Test(arguments: [
        BadName(name: "../evil.zip", reason: "slash"), BadName(name: "/etc/passwd.zip", reason: "slash"),
        BadName(name: "", reason: "empty"), BadName(name: String(repeating: "x", count: 300), reason: "300 bytes"),
        BadName(name: "a\nb.zip", reason: "control"), BadName(name: "a\u{0}b.zip", reason: "NUL"),
        BadName(name: "a\\b.zip", reason: "backslash"), BadName(name: "..", reason: "direction"),
        BadName(name: "..zip", reason: "direction"), BadName(name: "a\u{85}b.zip", reason: "control"),
        BadName(name: ".hyp3-mirror.zip", reason: "archive itself"),
        BadName(name: ".HYP3-Mirror", reason: "archive itself"),
        BadName(name: "SHA256SUMS.zip", reason: "archive itself"),
        BadName(name: "sha256sums", reason: "archive itself"),
    ])
    func `a name that could leave the archive or harm it is refused`(_ bad: BadName) throws {
        let job = job([bad.name], urls: ["https://h.example/k/x.zip"])
        guard case .unsafe(let name, let reason) = try named(job, "_VV.tif") else { return #expect(Bool(false)) }
        #expect(name == bad.name)
        #expect(reason.contains(bad.reason), "\(reason)")
    }

    @Test func `a name that is too long only with its suffix is refused`() throws {
        let long = String(repeating: "x", count: 250)
        guard case .unsafe(let name, let reason) = try named(job(["\(long).zip"]), "_VV.tif") else {
            return #expect(Bool(false))
        }
        #expect(name == "\(long)_VV.tif")
        #expect(reason.contains("257 bytes"))
    }

    @Test(arguments: [
        "http://b.s3.us-west-2.amazonaws.com/k/a.zip", "ftp://h/a.zip", "file:///etc/a.zip", "a.zip", "",
        "https://user@h.example/a.zip", "https://h.example/a.tar", "https://h.example/\n/a.tar",
    ])
    func `a URL that must not be used is refused`(_ url: String) throws {
        guard case .unsafe(let name, let reason) = try named(job(["a.zip"], urls: [url]), "_VV.tif") else {
            return #expect(Bool(false))
        }
        #expect(name == "a.zip")
        #expect(reason.contains("URL"))
    }

    @Test func `a layout sorts by acquisition, job and stem`() throws {
        let layout = "{year}/{month}-{day}/{acquired_date}_{job_type}/{job_id}/{name}/{stem}/{filename}"
        guard case .product(let file, let path, _) = try named(job(["\(stem).zip"]), "_VV.tif", layout: layout)
        else { return #expect(Bool(false)) }
        #expect(file == "\(stem)_VV.tif")
        #expect(path == "2023/05-20/2023-05-20_WATER_MAP/01bd96cf/p/\(stem)/\(file)")
    }

    @Test func `a name without a date is sorted as undated`() throws {
        guard case .product(_, let path, _) = try named(job(["x.zip"]), "_VV.tif", layout: "{year}/{filename}")
        else { return #expect(Bool(false)) }
        #expect(path == "undated/x_VV.tif")
    }

    @Test(arguments: ["..", "a/b", "", ".hyp3-mirror", "a\u{7F}"])
    func `a job's name that must not be a directory refuses its products`(_ name: String) throws {
        guard
            case .unsafe(_, let reason) = try named(
                job(["x.zip"], name: name),
                "_VV.tif",
                layout: "{name}/{filename}"
            )
        else { return #expect(Bool(false)) }
        #expect(reason.contains("of the layout"))
    }

    @Test(arguments: [
        "", "{filename}/", "/{filename}", "a//{filename}", "../{filename}", "./{filename}", "x{filename}", "{stem}",
        "{filename}/{filename}", "{yea}/{filename}", "{year/{filename}", "year}/{filename}", ".hyp3-mirror/{filename}",
        "a\u{1}/{filename}", "a\\b/{filename}",
    ])
    func `a layout that is no safe place is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try Layout(text) }
    }

    @Test(arguments: ["lost+found", "#recycle", "@eaDir", ".snapshot", "~snapshot", ".Trash-1000", ".git", "old-2019"])
    func `a layout must not lead where a scan does not look`(name: String) throws {
        let ignored = PassedOver(["old-*"])
        let error = #expect(throws: InvalidValue.self) {
            try Layout("{year}/\(name)/{filename}", passingOver: ignored)
        }
        #expect(error?.advice.contains("\"\(name)\"") == true)
        let named = try Layout("{name}/{filename}", passingOver: ignored)
        let job = Job(
            id: "a",
            type: "RTC_GAMMA",
            name: name,
            status: .succeeded,
            requestTime: planNow,
            expires: nil,
            files: [],
            templateParameters: [:]
        )
        #expect(throws: InvalidValue.self) { try named.directory(of: job, stem: "P", acquired: nil) }
    }

    @Test(arguments: [
        "", "a/b", "a\\b", "_{x", "_x}", "_{}", "_{a-b}", "a\nb", String(repeating: "x", count: 201),
    ])
    func `a suffix that is none is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try SuffixTemplate(text) }
    }
}

@Suite struct `Acquisition time` {
    @Test(arguments: [
        ("S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D", "2023-05-20T00:15:30Z"),
        ("S1AA_20150504T120217_20150621T120220_VVP048_INT80_G_ueF_5CED", "2015-05-04T12:02:17Z"),
        ("S1_136231_IW2_20200604_20200616_VV_INT80_12E3", "2020-06-04T00:00:00Z"),
        ("S1_064_000000s1n00-136231s2n02-000000s3n00_IW_20200616_20200604_VV_INT80_77F1", "2020-06-04T00:00:00Z"),
        (
            "S1A_IW_SLC__1SSV_20170221T204710_20170221T204737_015387_0193F6_AB07_X_"
                + "S1B_IW_SLC__1SSV_20170227T204628_20170227T204655_004491_007D11_6654_G0240V02_P095",
            "2017-02-21T20:47:10Z"
        ),
        (
            "LC08_L1TP_009011_20261026_20261101_02_T1_X_LC08_L1TP_009011_20261010_20261020_02_T1_G0120V02_P090",
            "2026-10-10T00:00:00Z"
        ),
        (
            "S2B_MSIL1C_20200612T150759_N0209_R025_T22WEB_20200612T184700_X_"
                + "S2A_MSIL1C_20200627T150921_N0209_R025_T22WEB_20200627T170912_G0120V02_P039",
            "2020-06-12T15:07:59Z"
        ),
        ("S1-GUNW-D-R-087-tops-20240501_20240419-161520-00154W_00019N-PP-5e5d-v3_0_1", "2024-04-19T16:15:20Z"),
        ("OPERA_L2_RTC-S1_T035-073251-IW2_20240806T003615Z_20240806T123456Z_S1A_30_v1.0", "2024-08-06T00:36:15Z"),
    ])
    func `each family tells its acquisition start`(_ name: String, _ time: String) throws {
        let date = try #require(AcquisitionTime.earliest(in: name))
        #expect(CivilTime(date).text == time)
    }

    @Test(arguments: ["", "flood", "x_20231301_y", "x_20230520T250000_y", "123456789", "2023-05-20", "00000000"])
    func `a name without a date tells none`(_ name: String) {
        #expect(AcquisitionTime.earliest(in: name) == nil)
    }
}

@Suite struct `URLs` {
    @Test(arguments: [
        ("https://h.example", "https://h.example/"), ("HTTPS://H.Example:443/a?b#c", "https://h.example/a?b"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"), ("https://h.example?x=1", "https://h.example/?x=1"),
        ("https://127.0.0.1/x", "https://127.0.0.1/x"), ("https://h.1a", "https://h.1a/"),
        ("https://1.h", "https://1.h/"),
    ])
    func `a URL is read`(_ text: String, _ normal: String) throws {
        #expect(try HTTPURL(text).text == normal)
    }

    @Test(arguments: [
        "", "h.example", "//h.example", "https://", "https:///a", "https://a@h.example",
        "https://h.example\\@evil.example",
        "https://h example", "https://h.example:0", "https://h.example:65536", "https://h.example:",
        "https://h.example:8x",
        "https://h.example/\u{0}", "https://é.example", "javascript://x", "https://[zz]/", "https://%68.example/",
        "https://0.1", "https://127.1", "https://2130706433", "https://0x7f.1", "https://0177.0.0.1",
        "https://1.2.3.256",
        "https://1.2.3.4.5", "https://h.0X1", "https://127.0.0.1.", "https://h.1",
    ])
    func `what two parsers could read differently is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try HTTPURL(text) }
    }

    @Test(arguments: [
        ("/x?y", "https://h.example:8443/x?y"), ("?y", "https://h.example:8443/a/b?y"),
        ("c", "https://h.example:8443/a/c"), ("//o.example/x", "https://o.example/x"),
        ("https://o.example/x", "https://o.example/x"),
        ("/r?u=https://o.example", "https://h.example:8443/r?u=https://o.example"),
    ])
    func `a reference is resolved against its document`(_ reference: String, _ target: String) throws {
        #expect(try HTTPURL("https://h.example:8443/a/b?q").resolving(reference).text == target)
    }

    @Test func `an origin is scheme, host and port`() throws {
        #expect(try HTTPURL("https://h.example/a").origin == HTTPURL("https://H.example:443/b").origin)
        #expect(try HTTPURL("https://h.example/a").origin != HTTPURL("http://h.example/a").origin)
        #expect(try HTTPURL("https://h.example/a").origin != HTTPURL("https://h.example:8443/a").origin)
        #expect(try HTTPURL("https://h.example/a").origin != HTTPURL("https://h.example.evil.example/a").origin)
    }

    @Test func `a description shows no query`() throws {
        #expect("\(try HTTPURL("https://h.example/login?code=secret"))" == "https://h.example/login?…")
    }
}
