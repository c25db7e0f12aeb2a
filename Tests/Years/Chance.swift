import TestSupport

/// Chance, by a seed.
struct Chance: Sendable {
    private var generator: SeededGenerator

    init(_ seed: UInt64) { self.generator = SeededGenerator(seed: seed) }

    /// Chance of its own for one matter, so that what is drawn for one changes nothing of another.
    init(_ seed: UInt64, _ matter: String, _ number: Int = 0) {
        var mixed = seed ^ 0xCBF2_9CE4_8422_2325
        for byte in matter.utf8 { mixed = (mixed ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var generator = SeededGenerator(seed: mixed &+ UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9)
        self.init(generator.next())
    }

    /// From 0 up to 1.
    mutating func fraction() -> Double { Double(self.generator.next() >> 11) / Double(1 << 53) }

    /// Whether what happens with that probability happens.
    mutating func happens(_ probability: Double) -> Bool { self.fraction() < probability }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }

    mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * self.fraction()
    }

    mutating func one<Element>(of choices: [Element]) -> Element? { choices.randomElement(using: &self.generator) }

    /// So many of them, or all.
    mutating func some<Element>(_ count: Int, of choices: [Element]) -> [Element] {
        Array(choices.shuffled(using: &self.generator).prefix(count))
    }
}
