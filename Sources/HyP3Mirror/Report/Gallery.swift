/// The newest scenes.
struct Gallery {
    let report: ArchiveReport
    let images: PageImages

    var text: String {
        guard let quicklooks = self.report.quicklooks else { return "" }
        let figures = quicklooks.newest.compactMap { image -> String? in
            guard let source = self.images.source(of: image, in: self.report) else { return nil }
            let name = SystemCalls.name(of: image.path)
            return """
                <figure><img alt="\(HTMLText.escaped(name))" src="\(source)">\
                <figcaption>\(image.day ?? "day unknown")<br><span class="name">\(HTMLText.escaped(name))</span></figcaption>\
                </figure>
                """
        }
        if figures.isEmpty { return "" }
        return """
            <h3>Newest scenes, <span data-field="gallery">\(figures.count)</span> of \(quicklooks.files) images on record</h3>
            <div class="gallery">\(figures.joined(separator: "\n"))</div>
            """
    }
}
