/// How much of one project the page shows.
struct PageBounds {
    /// Of each list.
    var rows: Int
    var runs: Int
    var days: Int
    var months: Int
}
