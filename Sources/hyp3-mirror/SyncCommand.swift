import ArgumentParser
import HyP3Mirror

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Fetch what is missing; the main job.")

    @OptionGroup var selection: SelectionOptions
    @OptionGroup var transfer: TransferOptions

    func run() async throws {
        for path in self.selection.configurations {
            do {
                let session = try Session(
                    configuration: path, given: self.selection.given.merging(self.transfer.given) { $1 },
                    accepting: SelectionOptions.names.union(TransferOptions.names))
                var n = 0
                let traffic = Traffic()
                let mirror = Mirror(session.settings, environment: session.environment, logger: session.logger)
                let plan = try await mirror.sync(traffic: traffic, onPlan: { print("plan", $0.counts) }) { o in
                    n += 1
                    if case .failed(let f) = o.result { print("FAILED", o.product.file, f, o.tally) } 
                }
                print("done", n, plan.counts, traffic.bytes, traffic.requests)
            } catch {
                throw self.fail(error, status(error))
            }
        }
    }
}
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what sync would do and why, file by file; changes nothing.")
    @OptionGroup var selection: SelectionOptions
    func run() async throws {
        for path in self.selection.configurations {
            do {
                let session = try Session(
                    configuration: path, given: self.selection.given, accepting: SelectionOptions.names)
                let mirror = Mirror(session.settings, environment: session.environment, logger: session.logger)
                for p in try await mirror.plan().products() { print(p.job.id, p.suffix, p.file, p.path, p.url, p.state.rawValue, p.reason) }
            } catch {
                throw self.fail(error, status(error))
            }
        }
    }
}
