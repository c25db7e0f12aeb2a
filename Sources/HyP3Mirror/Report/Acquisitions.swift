import FoundationEssentials

/// What became of the scenes, by the day (UTC) on which they were taken, as product names tell it.
package struct Acquisitions: Sendable, Hashable, Codable {
    /// One day with acquisitions; the counts are of products.
    package struct Day: Sendable, Hashable, Codable {
        /// `2026-11-27`
        package var day: String
        /// On record, and not found damaged.
        package var archived = 0
        /// Wanted and not archived, and perhaps still to be had.
        package var open = 0
        /// On record, and not as archived at the last look.
        package var damaged = 0
        /// Lost, or archived once and gone.
        package var lost = 0

        package init(day: String) { self.day = day }

        package var standing: Standing {
            if self.lost > 0 { return .lost }
            if self.open + self.damaged == 0 { return .complete }
            return self.archived > 0 ? .partial : .missing
        }
    }

    package enum Standing: String, Sendable, Hashable, CaseIterable {
        /// All that HyP3 made is archived.
        case complete
        /// Some is archived, some not.
        case partial
        /// Nothing is archived, and nothing lost.
        case missing
        /// Something was lost.
        case lost
    }

    /// Days that are told at most, the newest: more than ten years.
    static let most = 4000

    /// Oldest first.
    package var days: [Day] = []
    /// Products whose names tell no day.
    package var undated = 0

    package init() {}

    /// - Parameters:
    ///   - known: read with the days of acquisition.
    ///   - open, lost: that are wanted.
    init(_ known: KnownFiles, open: [OpenRecord], lost: [AbsenceRecord]) {
        var byDay: [UInt16: Day] = [:]
        func note(_ day: AcquisitionDay, _ change: (inout Day) -> Void) {
            guard day.number > 0 else {
                self.undated += 1
                return
            }
            change(&byDay[day.number, default: Day(day: day.text)])
        }
        // What the manifest knows and is wanted all the same is not there any more.
        var gone: Set<UInt64> = []
        for row in open where !row.file.isEmpty {
            note(AcquisitionDay(of: row.file)) { $0.open += 1 }
            if row.state != ProductState.duplicateName.rawValue { gone.insert(ByteStrings.hash(row.file)) }
        }
        for record in lost {
            note(AcquisitionDay(of: record.file)) { $0.lost += 1 }
            gone.insert(ByteStrings.hash(record.file))
        }
        for file in known.all where !file.isQuicklook && !gone.contains(file.name) {
            note(AcquisitionDay(number: file.acquired)) { day in
                if file.result.isDamage { day.damaged += 1 } else { day.archived += 1 }
            }
        }
        self.days = byDay.sorted { $0.key < $1.key }.suffix(Self.most).map(\.value)
    }
}

extension Acquisitions {
    /// The same of the newest months in which there are acquisitions, and of those between them.
    func newest(months: Int) -> Acquisitions {
        guard let last = self.days.last, let first = PageMonth(ofDay: last.day)?.earlier(by: months - 1) else {
            return self
        }
        var acquisitions = self
        acquisitions.days = self.days.filter { $0.day >= first.day(1) }
        return acquisitions
    }

    /// The sum of the days.
    var total: Day {
        var total = Day(day: "")
        for day in self.days {
            total.archived += day.archived
            total.open += day.open
            total.damaged += day.damaged
            total.lost += day.lost
        }
        return total
    }
}
