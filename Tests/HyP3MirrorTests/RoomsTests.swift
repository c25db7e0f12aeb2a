import Foundation
import Testing

/// The rooms of the library, each with what it may know: itself and those before it. Values go down, outcomes come up.
@Suite struct Rooms {
    private static let order = [
        "Text", "Posix", "HTTP", "Bucket", "Download", "HyP3", "Configuration", "Archive", "Plan", "Fetch", "Report",
        "Mirror",
    ]

    @Test func `no room names a type of a room above it`() throws {
        let library = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/HyP3Mirror").standardizedFileURL
        let folders = try FileManager.default.contentsOfDirectory(atPath: library.path)
        #expect(folders.sorted() == Self.order.sorted(), "every room has its place")
        var declared: [Set<String>] = []
        var own: [Set<String>] = []
        var sources: [(room: Int, file: String, text: String)] = []
        let declaration =
            #/
            (?m)^(?<indent>\ *)(?<access>(?:[a-z]+\ )*?)
            (?:struct|class|enum|actor|protocol|typealias)\ (?<name>\w+)
            /#
        for (room, folder) in Self.order.enumerated() {
            declared.append([])
            own.append([])
            let directory = library.appending(path: folder)
            for file in try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() {
                let text = try String(contentsOf: directory.appending(path: file), encoding: .utf8)
                for match in text.matches(of: declaration) {
                    own[room].insert(String(match.name))
                    let isShared = match.indent.isEmpty && !match.access.contains("private")
                    if isShared { declared[room].insert(String(match.name)) }
                }
                let code = text.replacing(#/\/\/.*|"(?:\\.|[^"\\\n])*"|Swift\.\w+/#, with: "")
                sources.append((room, String(file.dropLast(".swift".count)), code))
            }
        }
        var found: Set<String> = []
        for source in sources {
            let above = declared[(source.room + 1)...].reduce(into: Set()) { $0.formUnion($1) }
            let words = Set(source.text.matches(of: #/\b[A-Z]\w+/#).map { String($0.output) })
            for word in words.intersection(above).subtracting(own[source.room]) {
                found.insert("\(source.file): \(word)")
            }
        }
        #expect(found.isEmpty, "\(found.sorted())")
    }
}
