package import FoundationEssentials

/// One file that HyP3 has made, or is to make: what the stages that fetch, prove, commit and record it know of it.
///
/// Made of a plan's row or of a line of the manifest (`init(_: ManifestEntry)`).
package struct Product: Sendable {
    /// As which it is wanted.
    package struct Wanted: Sendable, Hashable {
        /// What its name adds to the stem, e.g. `_FM_iterative_WaterDepth.tif`.
        package var suffix: String
        /// The wanted suffix that it came of, as configured.
        package var template: String

        package init(suffix: String, template: String) {
            self.suffix = suffix
            self.template = template
        }
    }

    /// File name; empty where no name could be made.
    package let file: String
    /// Path below the project's directory: where it is, or where it will be put; empty where it must not be put anywhere.
    package let path: String
    /// Where to fetch it; empty where there is none, as for a pattern that no listing has told the files of.
    package let url: String
    package let provenance: Provenance
    /// The files that HyP3 itself names for the job, as far as they are known.
    package let named: [Job.File]
    /// Nil for one that no plan asks for.
    package let wanted: Wanted?
    /// As the bucket lists it; nil where it was not asked.
    package var listed: ListedObject?
    /// An image that HyP3 shows of the job, beside its products.
    package var isQuicklook = false

    package init(
        file: String,
        path: String,
        url: String,
        provenance: Provenance,
        named: [Job.File] = [],
        wanted: Wanted? = nil,
        listed: ListedObject? = nil
    ) {
        self.file = file
        self.path = path
        self.url = url
        self.provenance = provenance
        self.named = named
        self.wanted = wanted
        self.listed = listed
    }

    package var jobID: String { self.provenance.jobID }
    /// When HyP3 deletes it (UTC); nil means never, or not said.
    package var expires: Date? { self.provenance.expires }
    /// See `Wanted`; empty for one that no plan asks for.
    package var suffix: String { self.wanted?.suffix ?? "" }

    /// Whether HyP3 itself names it, so that it must be there.
    package var isNamed: Bool { self.named.contains { $0.url == self.url } }

    var urgency: Urgency {
        Urgency(
            // What may be deleted any day comes first.
            expires: self.provenance.hasUnknownEnd ? .distantPast : self.expires ?? .distantFuture,
            requested: self.provenance.requested,
            path: self.path
        )
    }

    /// What is known of its object before it is asked for.
    var expectation: ObjectExpectation {
        ObjectExpectation(
            name: self.file,
            listed: self.listed.map { .init(size: $0.size, etag: $0.etag) },
            stated: self.named.first { $0.url == self.url }?.size
        )
    }
}
