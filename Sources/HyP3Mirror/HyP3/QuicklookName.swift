/// What names of the images end in that HyP3 shows of jobs.
enum QuicklookName {
    static let endings = [".png", ".jpg", ".jpeg"]
}
