import Checksums
import CurlTransfer
import SystemPackage

/// An error that can end a run, and what the shell is told of it. Each type of such an error says so once, here.
package protocol RunEndingError: Error {
    var status: RunStatus { get }
}

extension RunStatus {
    /// What the error that ended a run is told as.
    ///
    /// All of ours are here. Of what is none nothing is known but that the run did not come to its end.
    package init(_ error: any Error) { self = (error as? any RunEndingError)?.status ?? .incomplete }
}

/// What people are told of an error that ended a run, as one sentence.
package func sentence(of error: any Error) -> String {
    error is any RunEndingError ? "\(error)" : "\(UnforeseenError("go on", cause: error))"
}

extension UnforeseenError: RunEndingError {
    package var status: RunStatus { .incomplete }
}

extension ConfigurationError: RunEndingError {
    package var status: RunStatus { self.isUsageError ? .usage : .configuration }
}

extension InvalidValue: RunEndingError {
    package var status: RunStatus { .configuration }
}

extension SuspectConfiguration: RunEndingError {
    package var status: RunStatus { .configuration }
}

extension CatalogError: RunEndingError {
    package var status: RunStatus {
        switch self.blame {
        case .service: .unavailable
        case .credentials: .credentials
        case .configuration: .configuration
        }
    }
}

extension LoginError: RunEndingError {
    package var status: RunStatus { self.isServiceFault ? .unavailable : .credentials }
}

extension ProductHostError: RunEndingError {
    package var status: RunStatus { .unavailable }
}

extension Standstill: RunEndingError {
    package var status: RunStatus { .unavailable }
}

extension FetchFailure: RunEndingError {
    package var status: RunStatus { .incomplete }
}

extension FilesystemError: RunEndingError {
    package var status: RunStatus { .storage }
}

extension NoNameGiven: RunEndingError {
    package var status: RunStatus { .storage }
}

extension NoRoom: RunEndingError {
    package var status: RunStatus { .storage }
}

extension RunLock.Failure: RunEndingError {
    package var status: RunStatus {
        switch self {
        case .busy: .again
        case .storage: .storage
        }
    }
}

extension ChecksumError: RunEndingError {
    package var status: RunStatus {
        switch self.code {
        case .cancelled: .interrupted
        // The machine's policy forbids a digest that proving products needs.
        case .algorithm: .configuration
        // Of a staged file.
        case .read: .storage
        }
    }
}

extension TransferError: RunEndingError {
    package var status: RunStatus {
        switch self.code {
        case .cancelled: .interrupted
        // A URL or a setting that no request can be made of.
        case .invalidRequest: .configuration
        case .connection, .timeout, .tls, .certificateTime, .certificateStore, .proxy, .shortBody, .bodyTooLarge,
            .refused, .internalError:
            .unavailable
        }
    }
}

extension Errno: RunEndingError {
    package var status: RunStatus { .storage }
}

extension CancellationError: RunEndingError {
    package var status: RunStatus { .interrupted }
}
