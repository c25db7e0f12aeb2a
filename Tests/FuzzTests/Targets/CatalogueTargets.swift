import FoundationEssentials
import HyP3Mirror

extension FuzzTarget {
    /// A page of HyP3's jobs, and the names that its products would get.
    static let jobPage = FuzzTarget(name: "job-page") { input, _ in
        let page: JobPage
        do throws(InvalidValue) {
            page = try JobPage(body: input, parameters: ["flood_depth_estimator"])
        } catch {
            return
        }
        let naming = ProductNaming(layout: try Layout("{year}/{job_type}/{job_id}/{filename}"))
        for job in page.jobs(keepingParametersOf: { _ in true }) {
            try requireKept(job)
            let names = naming.names(of: job)
            for suffix in ["_VV.tif", ".zip", "_FM_{flood_depth_estimator}_WaterDepth.tif", "*.tif"] {
                try requireSafe(names.product(try SuffixTemplate(suffix)))
            }
        }
        // Half a page must never pass for a whole one: what is on the other half would be missing without a word.
        guard let last = input.lastIndex(where: { ![9, 10, 13, 32].contains($0) }) else { return }
        let isCut = (try? JobPage(body: Array(input[..<last]), parameters: [])) == nil
        try require(isCut, "a page without its last byte is taken for a page")
    }

    private static func requireKept(_ job: Job) throws {
        guard let text = job.parametersJSON else { return }
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        // Foundation refuses numbers that no number of its own can hold.
        let isOdd = text.contains(where: { $0 == "e" || $0 == "E" }) || text.utf8.count > 300 || text.contains("\\u")
        try require(value != nil || isOdd, "parameters were kept that are no JSON: \(text.debugDescription)")
    }

    /// No name of the service's leads out of the project's directory, to a place that scans pass over, or over a line.
    private static func requireSafe(_ name: ProductNaming.Name) throws {
        switch name {
        case .product(let file, let path, let url):
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            let isSafe = parts.allSatisfy { part in
                !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
                    && part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
            }
            try require(
                isSafe && path.hasSuffix(file) && !PassedOver().contains(fileAt: path),
                "a product may have the path \(path.debugDescription)"
            )
            let isURL = url.isEmpty || (try? HTTPURL(url))?.origin.isConfidential == true
            try require(isURL, "a product may have the URL \(url.debugDescription)")
        case .unsafe, .notProduced, .noFiles: break
        }
    }
}
