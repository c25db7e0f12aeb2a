// swift-tools-version: 6.2
import PackageDescription

/// Given to every Swift target. Why each: Swift 6 mode finds data races; the upcoming features make imports and
/// existentials visible where they are used; a warning left alone becomes the bug of a later year.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// What is fuzzed, and what judges it.
let fuzzed: [Target.Dependency] = [
    "CCurl", "Checksums", "CurlTransfer", "HyP3Mirror", "TestSupport",
    .product(name: "Logging", package: "swift-log"),
]

let package = Package(
    name: "hyp3-mirror",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "hyp3-mirror", targets: ["hyp3-mirror"]),
        .executable(name: "hyp3-simulator", targets: ["hyp3-simulator"]),
    ],
    dependencies: [
        // The command line of both executables.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The library logs and never prints; the command decides where lines go.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // FilePath and Errno.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CurlShim", dependencies: ["CCurl"], linkerSettings: [.linkedLibrary("ssl")]),
        .target(name: "CLinux"),
        .target(name: "CurlTransfer", dependencies: ["CCurl", "CurlShim"], swiftSettings: strict),
        // CRC and MD5 where they need particular CPU instructions.
        // Optimised in debug builds, too: a test or a demo that digests should not take four times as long.
        .target(name: "CChecksums", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        .target(name: "Checksums", dependencies: ["CChecksums", "COpenSSL", "CZlib"], swiftSettings: strict),
        // The answers of buckets.
        .target(name: "PlainXML", dependencies: ["CExpat"], swiftSettings: strict),
        .target(
            name: "HyP3Mirror",
            dependencies: [
                "Checksums", "CLinux", "CurlTransfer", "PlainXML",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "hyp3-mirror",
            dependencies: [
                "CLinux", "HyP3Mirror",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        // What the simulator needs to speak TLS as a server.
        .systemLibrary(name: "CTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "HyP3Simulator", dependencies: ["COpenSSL", "CTLS", "CZlib"], swiftSettings: strict),
        .executableTarget(
            name: "hyp3-simulator",
            dependencies: [
                "HyP3Simulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        // Kills the program that it is part of at a given system call.
        .target(name: "CutOff", path: "Tests/CutOff"),
        // Whole years of a project against the simulator, on virtual time; a program, so that any number can be lived.
        .executableTarget(
            name: "hyp3-years",
            dependencies: [
                "Checksums", "CutOff", "HyP3Mirror", "HyP3Simulator", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Years",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChecksumsTests",
            dependencies: ["Checksums", "CChecksums", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CurlTransferTests",
            dependencies: ["CurlTransfer", "HyP3Simulator", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HyP3MirrorTests",
            dependencies: [
                "HyP3Mirror", "CLinux", "Checksums", "CurlTransfer", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HyP3SimulatorTests",
            dependencies: ["HyP3Simulator", "hyp3-simulator", "Checksums", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "HyP3Mirror", "hyp3-mirror",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "HyP3Simulator", "HyP3Mirror", "CurlTransfer", "TestSupport", "hyp3-mirror", "hyp3-simulator",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: fuzzed,
            exclude: ["Corpus", "Driver"],
            swiftSettings: strict
        ),
    ]
)

// `scripts/fuzz` builds a program of what `FuzzTests` tries: libFuzzer wants to be asked with every parser in it
// instrumented, and no test target becomes a program.
if Context.environment["HYP3_FUZZ"] != nil {
    package.targets.removeAll { $0.name == "FuzzTests" }
    package.products.append(.executable(name: "hyp3-fuzz", targets: ["hyp3-fuzz"]))
    package.targets.append(
        .executableTarget(
            name: "hyp3-fuzz",
            dependencies: fuzzed,
            path: "Tests/FuzzTests",
            exclude: ["Corpus", "Tests"],
            swiftSettings: strict
        )
    )
}
