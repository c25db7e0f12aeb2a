import CExpat

/// The expat that this process runs with: `expat_2.5.0`.
package var expatVersion: String { String(cString: XML_ExpatVersion()) }
