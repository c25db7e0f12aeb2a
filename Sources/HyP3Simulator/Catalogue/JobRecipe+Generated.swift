extension JobRecipe {
    /// The jobs of a generated catalogue, newest first.
    package static func generated(
        _ configuration: CatalogueConfiguration,
        user: String,
        now: CalendarTime
    ) -> [JobRecipe] {
        (0..<max(0, configuration.jobs)).map { index in
            generated(index, configuration, user: user, now: now)
        }
    }

    private static func generated(
        _ index: Int,
        _ configuration: CatalogueConfiguration,
        user: String,
        now: CalendarTime
    ) -> JobRecipe {
        let seed = configuration.seed
        func share(_ salt: UInt64) -> Double { Double(mix(seed &+ salt, UInt64(index)) >> 11) / Double(1 << 53) }

        // Submissions of one to forty jobs share a second.
        let span = max(1, configuration.spanDays) * 86_400
        let submission = index / (1 + Int(mix(seed &+ 31, UInt64(index / 40)) % 40))
        let base = index / 40 * 40 + submission % 40
        let age = 600 + min(span - 1, Int(Double(base) / Double(max(1, configuration.jobs)) * Double(span)))
        let requestTime = now.adding(seconds: -age)

        let draw = share(32)
        let kind: JobKind =
            draw < configuration.rtcShare
            ? .rtc
            : draw < configuration.rtcShare + configuration.insarShare
                ? .insar
                : draw < configuration.rtcShare + configuration.insarShare + configuration.autoriftShare
                    ? .autorift : .waterMap
        let names = configuration.names
        let nameIndex = names.isEmpty ? nil : names.indices.first { share(33 + UInt64($0) * 7) < 0.55 } ?? 0
        var status = JobStatus.succeeded
        if share(34) < configuration.failedShare {
            status = .failed
        } else if age < 2 * 86_400 || configuration.unfinishedShare > 0.5, share(35) < configuration.unfinishedShare {
            status = share(36) < 0.5 ? .pending : .running
        }
        let sizes = configuration.rasterSizes
        var recipe = JobRecipe(
            seed: seed,
            index: index,
            kind: kind,
            status: status,
            requestTime: requestTime,
            name: nameIndex.map { names[$0] },
            user: user,
            rasterSize: sizes.isEmpty ? 128 : sizes[Int(share(37) * Double(sizes.count)) % sizes.count]
        )
        if kind == .waterMap { recipe.estimator = share(38) < configuration.withoutFloodDepth ? nil : "iterative" }
        if status == .succeeded || status == .failed {
            recipe.expires = requestTime.adding(days: configuration.lifetimeDays + 1).midnight
        }
        if status == .succeeded, share(39) < configuration.withoutFilesShare {
            recipe.files = [.missing, .null, .empty][Int(share(40) * 3) % 3]
        }
        if share(41) < 0.02 { recipe.isLegacy = true }
        if !recipe.isLegacy, share(42) < 0.02 { recipe.ownPrefix = "own-products/batch-\(index / 400)" }
        return recipe
    }

    /// The few jobs of the demonstration: a flood season in Nepal, with one job of each state that matters.
    package static func demonstration(
        _ configuration: CatalogueConfiguration,
        user: String,
        now: CalendarTime
    ) -> [JobRecipe] {
        let plan: [(kind: JobKind, status: JobStatus, ageHours: Int, floodDepth: Bool)] = [
            (.waterMap, .running, 2, true), (.waterMap, .succeeded, 26, true), (.waterMap, .succeeded, 26, true),
            (.rtc, .succeeded, 50, false), (.waterMap, .succeeded, 74, true), (.waterMap, .succeeded, 98, false),
            (.insar, .succeeded, 120, false), (.waterMap, .succeeded, 146, true), (.rtc, .succeeded, 170, false),
            (.waterMap, .failed, 194, true), (.waterMap, .succeeded, 218, true), (.waterMap, .succeeded, 600, true),
        ]
        return plan.enumerated().map { index, row in
            var recipe = JobRecipe(
                seed: configuration.seed,
                index: index,
                kind: row.kind,
                status: row.status,
                requestTime: now.adding(seconds: -row.ageHours * 3_600),
                name: configuration.names.first,
                user: user,
                rasterSize: 256
            )
            recipe.estimator = row.floodDepth ? "iterative" : nil
            if row.status != .running {
                recipe.expires = recipe.requestTime.adding(days: configuration.lifetimeDays + 1).midnight
            }
            return recipe
        }
    }
}
