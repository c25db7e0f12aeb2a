import CExpat

/// Reads documents of plain XML: elements and their text, as web services answer with.
///
/// A document type is refused before anything in it is read, so that a document can declare no entity: neither one that
/// grows without end nor one that names a file. Only the five entities of XML itself and character references exist.
package enum PlainXML {
    /// Takes a document in, piece by piece. Attributes, comments and processing instructions are left out.
    package protocol Reader {
        /// An element begins.
        mutating func begin(_ element: String)
        /// Text of the innermost open element, references resolved; may come in several pieces.
        mutating func add(_ text: UnsafeBufferPointer<UInt8>)
        /// The innermost open element ends.
        mutating func end(_ element: String)
    }

    /// Why bytes are no document of plain XML.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// One clause for people, with the line.
        package let description: String
    }

    /// Elements inside one another; no service we read nests more than a handful.
    private static let mostDepth = 64

    /// Hands the document that `bytes` are to `reader`, in order, and gives the reader back. Blocks.
    ///
    /// - Throws: `Failure` where it is not well-formed to its very end, has a document type, or nests too deep.
    package static func read<R: Reader>(_ bytes: [UInt8], into reader: R) throws(Failure) -> R {
        guard let parser = XML_ParserCreate(nil) else { throw Failure(description: "no memory to read it") }
        defer { XML_ParserFree(parser) }
        guard let count = Int32(exactly: bytes.count) else { throw Failure(description: "it is too long") }
        let session = Session(parser, reader)
        XML_SetUserData(parser, Unmanaged.passUnretained(session).toOpaque())
        XML_SetElementHandler(
            parser,
            { context, name, _ in Session.of(context)?.begin(name) },
            { context, name in Session.of(context)?.end(name) }
        )
        XML_SetCharacterDataHandler(parser) { context, text, count in Session.of(context)?.add(text, count) }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            Session.of(context)?.refuse("it has a document type, which no answer of a service has")
        }
        let status = bytes.withUnsafeBytes { bytes in
            XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count, 1)
        }
        return try withExtendedLifetime(session) { () throws(Failure) -> R in
            if let refusal = session.refusal { throw Failure(description: refusal) }
            guard status == XML_STATUS_OK else {
                let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "not readable"
                throw Failure(description: "line \(XML_GetCurrentLineNumber(parser)): \(reason)")
            }
            guard let reader = session.reader as? R else { throw Failure(description: "not readable") }
            return reader
        }
    }

    /// What expat's callbacks work on; lives for one call of `read`, on one thread.
    private final class Session {
        private let parser: XML_Parser
        var reader: any Reader
        var refusal: String?
        private var depth = 0

        init(_ parser: XML_Parser, _ reader: any Reader) {
            self.parser = parser
            self.reader = reader
        }

        static func of(_ context: UnsafeMutableRawPointer?) -> Session? {
            context.map { Unmanaged<Session>.fromOpaque($0).takeUnretainedValue() }
        }

        func begin(_ name: UnsafePointer<XML_Char>?) {
            self.depth += 1
            guard self.depth <= PlainXML.mostDepth else { return self.refuse("its elements nest too deep") }
            if let name, self.refusal == nil { self.reader.begin(String(cString: name)) }
        }

        func end(_ name: UnsafePointer<XML_Char>?) {
            self.depth -= 1
            if let name, self.refusal == nil { self.reader.end(String(cString: name)) }
        }

        func add(_ text: UnsafePointer<XML_Char>?, _ count: Int32) {
            guard let text, count > 0, self.refusal == nil else { return }
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
            self.reader.add(bytes.assumingMemoryBound(to: UInt8.self))
        }

        func refuse(_ reason: String) {
            self.refusal = self.refusal ?? reason
            XML_StopParser(self.parser, XML_Bool(XML_FALSE))
        }
    }
}
