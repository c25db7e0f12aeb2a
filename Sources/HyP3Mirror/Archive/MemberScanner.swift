import Glibc

/// Walks over the members of the JSON object that a line is.
struct MemberScanner {
    struct Member {
        let key: UnsafeRawBufferPointer
        /// As written, with its quotation marks if it is a string.
        let value: UnsafeRawBufferPointer

        func isKey(_ name: StaticString) -> Bool {
            guard name.utf8CodeUnitCount == self.key.count, let key = self.key.baseAddress else { return false }
            return memcmp(key, name.utf8Start, self.key.count) == 0
        }

        /// What a string holds, escapes as written; nil for another value.
        var text: UnsafeRawBufferPointer? {
            guard self.value.count >= 2, self.value[0] == UInt8(ascii: "\"") else { return nil }
            return UnsafeRawBufferPointer(rebasing: self.value[1..<self.value.count - 1])
        }

        var isTrue: Bool { self.value.prefix { $0 > UInt8(ascii: " ") }.elementsEqual("true".utf8) }

        /// Nil for anything but a whole number without a sign, of up to 18 digits.
        var number: Int64? { self.number(digits: 18) }

        /// As `number`, of any size that fits: nanoseconds have 19 digits.
        var longNumber: Int64? { self.number(digits: 19) }

        private func number(digits most: Int) -> Int64? {
            let digits = self.value.prefix { $0 > UInt8(ascii: " ") }
            guard !digits.isEmpty, digits.count <= most else { return nil }
            var number: Int64 = 0
            for byte in digits {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
                let (sum, isOver) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                if isTooLarge || isOver { return nil }
                number = sum
            }
            return number
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Whether the object has ended, and the line with it.
    private(set) var isAtEnd = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Nil at the end, and where the line is none of ours.
    mutating func next() -> Member? {
        if self.isAtEnd { return nil }
        let opening = self.position == 0 ? UInt8(ascii: "{") : UInt8(ascii: ",")
        guard let mark = self.take() else { return nil }
        if mark == UInt8(ascii: "}") {
            self.isAtEnd = self.peek() == nil
            return nil
        }
        guard mark == opening, self.peek() == UInt8(ascii: "\""), let key = self.string() else { return nil }
        guard self.take() == UInt8(ascii: ":"), let value = self.value() else { return nil }
        return Member(key: UnsafeRawBufferPointer(rebasing: key.dropFirst().dropLast()), value: .init(rebasing: value))
    }

    private mutating func peek() -> UInt8? {
        while self.position < self.bytes.count {
            let byte = self.bytes[self.position]
            if byte != UInt8(ascii: " "), byte != 9, byte != 13 { return byte }
            self.position += 1
        }
        return nil
    }

    private mutating func take() -> UInt8? {
        guard let byte = self.peek() else { return nil }
        self.position += 1
        return byte
    }

    /// With its quotation marks.
    private mutating func string() -> Slice<UnsafeRawBufferPointer>? {
        let start = self.position
        self.position += 1
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                self.position += 1
                return self.bytes[start..<self.position]
            case UInt8(ascii: "\\"): self.position += 2
            default: self.position += 1
            }
        }
        return nil
    }

    private mutating func value() -> Slice<UnsafeRawBufferPointer>? {
        guard let first = self.peek() else { return nil }
        if first == UInt8(ascii: "\"") { return self.string() }
        let start = self.position
        var depth = 0
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                guard self.string() != nil else { return nil }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return self.bytes[start..<self.position] }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return self.bytes[start..<self.position]
            default: break
            }
            self.position += 1
        }
        return nil
    }
}
