import Foundation

/// Somebody who works with the archive: sorts files into folders, takes one out, puts one back.
struct Person {
    private let root: String
    /// What was taken out and can be put back.
    private var taken: [TrueProduct] = []

    init(_ root: String) { self.root = root }

    /// What they do now, if anything.
    ///
    /// - Parameter tell: gets each act, a sentence.
    mutating func act(
        _ chance: inout Chance,
        _ inspector: Inspector,
        _ world: World,
        _ oracle: inout Oracle,
        at date: Date,
        tell: (String) -> Void
    ) throws {
        let files = inspector.tree.files.keys.sorted()
        if chance.happens(0.03) {
            let folder = "\(chance.number(2024...2027))/\(["a", "b", "nice ones"][chance.number(0...2)])"
            try FileManager.default.createDirectory(
                atPath: "\(self.root)/\(folder)",
                withIntermediateDirectories: true
            )
            for path in chance.some(chance.number(1...8), of: files) {
                let target = "\(folder)/\(Inspector.name(of: path))"
                guard target != path else { continue }
                try FileManager.default.moveItem(atPath: "\(self.root)/\(path)", toPath: "\(self.root)/\(target)")
                tell("somebody moves \(path) to \(target)")
            }
        }
        if chance.happens(0.01), let path = chance.one(of: files.suffix(40)) {
            guard let product = world.byFile[Inspector.name(of: path)],
                FileManager.default.fileExists(atPath: "\(self.root)/\(path)")
            else { return }
            try FileManager.default.removeItem(atPath: "\(self.root)/\(path)")
            self.taken.append(product)
            oracle.note(removed: product.file, at: date)
            tell("somebody takes \(path) out")
        }
        if chance.happens(0.01), let product = self.taken.popLast(), !inspector.names.contains(product.file) {
            guard FileManager.default.createFile(atPath: "\(self.root)/\(product.file)", contents: Data(product.bytes))
            else { throw Finding("the person cannot put \(product.file) back") }
            oracle.note(restored: product.file)
            tell("somebody puts \(product.file) back")
        }
    }
}
