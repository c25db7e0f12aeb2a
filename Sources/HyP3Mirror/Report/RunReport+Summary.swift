extension RunReport {
    /// The line that every run ends with: `12 archived (345.6 MB in 12 s), 230 present, 3 failed`.
    package var summary: String {
        var parts: [String] = []
        if self.archived > 0 {
            let bytes = ByteText.decimal(self.bytesArchived)
            parts.append("\(self.archived) archived (\(bytes) in \(DurationText.short(self.duration)))")
        }
        func add(_ count: Int, _ words: String) {
            if count > 0 { parts.append("\(count) \(words)") }
        }
        add(self.count(.archivedUnproven), "of them without a digest to prove them")
        add(self.quicklooks, self.quicklooks == 1 ? "image beside them" : "images beside them")
        add(self.count(.present), "present")
        add(self.broken, "of them broken")
        add(self.count(ProductOutcome.failed), "failed")
        add(self.count(.damagedUpstream) + self.count(.damaged), "damaged upstream")
        add(self.count(.unverifiable), "unverifiable")
        add(self.newlyLost, "newly lost")
        add(self.count(.unsafeName), "with an unsafe name")
        add(self.left, "left for the next run")
        add(self.count(ProductOutcome.absent) + self.count(ProductState.absent), "absent")
        add(self.count(.unfinished), "unfinished")
        add(self.count(ProductState.failed), "of failed jobs")
        add(self.count(.expired), "expired")
        add(self.count(.lost) + self.count(ProductOutcome.foundLost) - self.newlyLost, "lost before")
        add(self.count(.missing), "missing from the archive")
        add(self.unproven, "unproven by any record")
        add(self.count(.unknown), "in directories that could not be read")
        add(self.count(.notProduced), "not produced")
        add(self.count(.duplicateName), "with a duplicate name")
        add(self.unreadableJobs, self.unreadableJobs == 1 ? "unreadable job" : "unreadable jobs")
        add(self.hooksFailed, self.hooksFailed == 1 ? "failed hook" : "failed hooks")
        let counts = parts.isEmpty ? "no products" : parts.joined(separator: ", ")
        let project = ForeignText.shown(self.project)
        if !self.isPlanned, let stopped = self.stopped {
            let reason = self.stoppedAsAsked == nil ? "exit \(self.exitCode.rawValue): \(self.exitMeaning)" : stopped
            return "\(project): stopped (\(reason)) before it was known what there is to do"
        }
        if let asked = self.stoppedAsAsked { return "\(project): stopped (\(asked)): \(counts)" }
        if self.stopped != nil {
            // The reason is a sentence of its own.
            return "\(project): stopped (exit \(self.exitCode.rawValue): \(self.exitMeaning)): \(counts)"
        }
        let isIdle = self.archived == 0 && self.exitCode == .ok
        return "\(project): \(isIdle ? "nothing new: " : "")\(counts)"
    }
}

extension RunReport {
    /// Why it ended before its end, where somebody asked for that: a signal, or `--max-runtime`.
    package var stoppedAsAsked: String? {
        switch self.exitCode {
        case .hungUp, .interrupted, .terminated: self.stopped
        case .again: self.stopped == "\(RunStop.Cause.maximumRuntime)" ? self.stopped : nil
        default: nil
        }
    }
}
