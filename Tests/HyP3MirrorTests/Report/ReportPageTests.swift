import Foundation
import Testing

@testable import HyP3Mirror

/// The page is fit to be read, whatever is on it.
@Suite struct ReportPageTests {
    static func full(_ rows: Int) -> ArchiveReport {
        let now = Date(timeIntervalSince1970: 1_795_000_000)
        var report = ArchiveReport(project: "<b>&floods", host: "https://h", directory: "/a", made: now)
        let provenance = Provenance(
            jobID: "j",
            jobType: "RTC",
            jobName: nil,
            parametersJSON: nil,
            requested: now,
            expires: now.addingTimeInterval(7200)
        )
        let evil = "</script><script>alert(1)</script>\u{202E}"
        for number in 0..<min(rows, ArchiveReport.most) {
            let file = "\(number)_\(evil)"
            report.open.append(OpenRecord(provenance, state: "fetch", file: file, reason: evil))
            report.lostProducts.append(OpenRecord(provenance, state: "lost", file: file, reason: evil))
        }
        (report.lost, report.openProducts, report.expiring) = (rows, rows, .init())
        report.expiring?.within24Hours = rows
        report.asOf = now
        report.runs = (0..<1000).map { number in
            let record = RunRecord(
                started: now,
                ended: now,
                exit: [0, 1, 69][number % 3],
                isComplete: false,
                isFull: true,
                query: ""
            )
            return ArchiveReport.Run(record)
        }
        report.days = (0..<366).map { day in
            let text = CivilTime(now.addingTimeInterval(Double(-86400 * day))).dayText
            return ArchiveReport.Day(day: text, products: day, bytes: Int64(day) << 20)
        }
        return report
    }

    @Test(arguments: [1, 30]) func `is small whatever is lost, and escapes what others wrote`(projects: Int) throws {
        let page = try ReportPage(Array(repeating: Self.full(100_000), count: projects)).bytes()
        #expect(page.count < 1_000_000, "\(page.count)")
        let text = String(decoding: page, as: UTF8.self)
        #expect(
            text.components(separatedBy: "<script").count == 2 && text.components(separatedBy: "</script").count == 2
        )
        #expect(!text.contains("\u{202E}") && text.contains("&lt;b&gt;&amp;floods"))
        #expect(text.contains("data-field=\"lost\">100000<"))
    }

    /// WCAG 2: the ratio of the relative luminances of two colours `#rrggbb`.
    private static func contrast(_ a: String, _ b: String) throws -> Double {
        func luminance(_ colour: String) throws -> Double {
            let number = try #require(Int(colour.dropFirst(), radix: 16))
            let parts = [16, 8, 0].map { shift -> Double in
                let part = Double(number >> shift & 255) / 255
                return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
        }
        let (x, y) = (try luminance(a), try luminance(b))
        return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }

    @Test func `every text has the contrast that WCAG AA asks for, in both themes`() throws {
        let themes = PageStyle.text.matches(of: #/:root\{([^}]*)\}/#).map { String($0.1) }
        #expect(themes.count == 2)
        for theme in themes {
            let pairs = theme.matches(of: #/--([a-z]+):(#[0-9a-f]{6})/#).map { (String($0.1), String($0.2)) }
            let colours = Dictionary(uniqueKeysWithValues: pairs)
            for name in ["text", "muted", "good", "warn", "bad"] {
                for ground in ["page", "card"] {
                    let (a, b) = (try #require(colours[name]), try #require(colours[ground]))
                    #expect(try Self.contrast(a, b) >= 4.5, "\(name) on \(ground)")
                }
            }
        }
    }
}
