import CLinux

extension ArchiveIndex {
    /// Where the product that a record lists at some path is.
    enum Whereabouts: Equatable {
        /// At that path.
        case there
        /// Nowhere at that path, and under its name in just this directory (by number).
        case moved(directory: Int)
        /// Nowhere at that path, and under its name in several directories, or as something else than a file.
        case unclear
        /// Nowhere in the archive.
        case gone
    }

    /// - Parameter path: below the project's directory.
    /// - Returns: nil for a name that ends in no wanted suffix; of such the index knows nothing.
    func whereabouts(_ path: UnsafeRawBufferPointer) -> (place: Whereabouts, name: IndexedName?)? {
        let (directory, file) = Self.split(path: path)
        guard let (stem, known) = self.splitWanted(file) else { return nil }
        guard let suffix = known else { return (.gone, nil) }
        guard let number = self.contents.files.number(of: stem),
            self.contents.files.isHeld(number, suffix: suffix)
        else {
            let isObstacle = self.contents.obstacles.values.contains { $0.contains(stem, suffix: suffix) }
            return (isObstacle ? .unclear : .gone, nil)
        }
        let name = IndexedName(stem: number, suffix: suffix)
        let listed = self.contents.directories.number(of: directory)
        if let only = self.contents.files.onlyDirectory(number, suffix) {
            return (only == listed ? .there : .moved(directory: only), name)
        }
        let isThere = listed.map { self.contents.files.directories(number, suffix).contains($0) } ?? false
        return (isThere ? .there : .unclear, name)
    }

    /// The path of a file of that name in that directory, both as `whereabouts` gives them; nil where a record cannot hold
    /// it: bytes that are no UTF-8, or that sha256sum(1) would escape.
    func recordPath(of path: UnsafeRawBufferPointer, in directory: Int) -> [UInt8]? {
        let directory = self.contents.directories[directory]
        let moved = directory + (directory.isEmpty ? [] : [UInt8(ascii: "/")]) + Self.split(path: path).name
        let isPlain = moved.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\\") && $0 != 0x7F }
        guard isPlain, String(validating: moved, as: UTF8.self) != nil else { return nil }
        return Array(moved)
    }

    /// A path's directory, without a slash at its end, and its last component.
    static func split(
        path: UnsafeRawBufferPointer
    ) -> (directory: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer) {
        guard let base = path.baseAddress, let found = linux_last_byte(base, UInt8(ascii: "/"), path.count) else {
            return (UnsafeRawBufferPointer(rebasing: path[..<0]), path)
        }
        let slash = UnsafeRawPointer(found) - base
        return (
            UnsafeRawBufferPointer(rebasing: path[..<slash]), UnsafeRawBufferPointer(rebasing: path[(slash + 1)...])
        )
    }

    /// How many regular files of that name there are.
    func copies(of name: IndexedName) -> Int {
        if self.contents.files.onlyDirectory(name.stem, name.suffix) != nil { return 1 }
        return self.contents.files.directories(name.stem, name.suffix).count
    }

    /// The number of a stem with files; nil for another.
    func number(ofStem stem: String) -> Int? {
        var stem = stem
        return stem.withUTF8 { self.contents.files.number(of: UnsafeRawBufferPointer($0)) }
    }

    /// Every file whose name is `stem` and a wanted suffix: its path below the project's directory.
    func paths(stem: String) -> [String] {
        guard let number = self.number(ofStem: stem) else { return [] }
        return self.contents.files.files(of: number).flatMap { suffix, directories in
            let file = stem + String(decoding: self.contents.suffixes[suffix], as: UTF8.self)
            return directories.map { directory in
                let path = String(decoding: self.contents.directories[directory], as: UTF8.self)
                return path.isEmpty ? file : path + "/" + file
            }
        }
    }

    /// Every place of a file name: paths below the project's directory, in the order of bytes.
    func paths(ofFile file: String) -> [String] {
        var text = file
        let directories = text.withUTF8 { bytes -> [Int] in
            guard let name = self.name(UnsafeRawBufferPointer(bytes)) else { return [] }
            return self.contents.files.directories(name.stem, name.suffix)
        }
        let found = directories.map { number -> String in
            let directory = String(decoding: self.contents.directories[number], as: UTF8.self)
            return directory.isEmpty ? file : directory + "/" + file
        }
        return found.sorted()
    }

    /// Calls `body` with the name of each regular file that ends in a wanted suffix, and the numbers of its directories.
    func forEachFile(_ body: (_ name: [UInt8], _ directories: [Int]) throws -> Void) rethrows {
        for stem in 0..<self.contents.files.count {
            let text = Array(self.contents.files.stem(stem))
            for (suffix, directories) in self.contents.files.files(of: stem) {
                try body(text + self.contents.suffixes[suffix], directories)
            }
        }
    }

    /// The name of a file that is in the archive; nil for another.
    func name(_ file: UnsafeRawBufferPointer) -> IndexedName? {
        guard let (stem, suffix) = self.split(file), let number = self.contents.files.number(of: stem) else {
            return nil
        }
        return IndexedName(stem: number, suffix: suffix)
    }
}
