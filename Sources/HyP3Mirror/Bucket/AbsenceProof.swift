/// What proves that a product does not exist though it has not expired. A refusal alone proves nothing: buckets that may
/// not be listed answer 403 for what is not there, and so do firewalls, policies and portals for everything.
package enum AbsenceProof: String, Sendable, Hashable, Codable {
    /// The bucket's listing names HyP3's own files and not this one.
    case listing
    /// The bucket's own word, while a file that HyP3 names for the same job answers.
    case witness
}
