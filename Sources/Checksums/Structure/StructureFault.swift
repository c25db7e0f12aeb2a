/// Why a check of a structure ends early.
enum StructureFault: Error {
    /// The file is not what its name says, or not whole; one clause.
    case damage(String)
    /// The check itself could not go on.
    case failure(ChecksumError)
}
