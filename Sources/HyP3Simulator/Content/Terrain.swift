import CZlib

/// A made-up valley with a river in flood: what the rasters of one scene show.
///
/// Scenes are few and shared by many jobs; a product differs from job to job in its header (name and place).
struct Terrain: Sendable {
    let size: Int
    /// Metres above the river's level before the flood; below zero is river bed.
    let heights: [Float]
    /// Speckle between 0 and 1.
    let noise: [Float]

    init(size: Int, scene: Int) {
        self.size = size
        var heights: [Float] = []
        var noise: [Float] = []
        heights.reserveCapacity(size * size)
        noise.reserveCapacity(size * size)
        let seed = mix(0x7E88, UInt64(scene))
        let octaves: [(cells: Int, weight: Float)] = [(4, 60), (9, 25), (21, 8), (55, 2)]
        let lattices = octaves.map { octave in
            (0..<(octave.cells + 2) * (octave.cells + 2)).map { unit(mix(seed &+ UInt64(octave.cells), UInt64($0))) }
        }
        for y in 0..<size {
            let v = Float(y) / Float(size)
            let bend = unit(mix(seed, 1)) * 0.3 + 0.35
            let river = bend + 0.18 * wave(v * 1.3 + unit(mix(seed, 2))) + 0.05 * wave(v * 4.1)
            for x in 0..<size {
                let u = Float(x) / Float(size)
                var height = -10 + abs(u - river) * 260
                for (octave, lattice) in zip(octaves, lattices) {
                    height += octave.weight * (sample(lattice, octave.cells, u, v) - 0.4)
                }
                heights.append(height)
                noise.append(unit(mix(seed &+ 99, UInt64(y * size + x))))
            }
        }
        self.heights = heights
        self.noise = noise
    }
}

private func unit(_ value: UInt64) -> Float {
    Float(value >> 40) / Float(1 << 24)
}

/// A smooth wave of period 1 between -1 and 1.
private func wave(_ turns: Float) -> Float {
    let part = turns - turns.rounded(.down)
    let half = part < 0.5 ? part * 2 : (part - 0.5) * 2
    return (part < 0.5 ? 4 : -4) * half * (1 - half)
}

private func sample(_ lattice: [Float], _ cells: Int, _ u: Float, _ v: Float) -> Float {
    let x = u * Float(cells)
    let y = v * Float(cells)
    let column = Int(x)
    let row = Int(y)
    let a = smooth(x - Float(column))
    let b = smooth(y - Float(row))
    let base = row * (cells + 2) + column
    let top = lattice[base] * (1 - a) + lattice[base + 1] * a
    let bottom = lattice[base + cells + 2] * (1 - a) + lattice[base + cells + 3] * a
    return top * (1 - b) + bottom * b
}

private func smooth(_ t: Float) -> Float {
    t * t * (3 - 2 * t)
}
