/// One entry of a directory.
package struct DirectoryEntry {
    /// The name: any bytes but `/` and NUL, not always UTF-8. Valid only until the next entry is read.
    package var name: UnsafeRawBufferPointer
    package var kind: FileKind
}
