/// The job types a generated catalogue knows.
package enum JobKind: String, Sendable, CaseIterable {
    case waterMap = "WATER_MAP"
    case rtc = "RTC_GAMMA"
    case insar = "INSAR_GAMMA"
    case autorift = "AUTORIFT"
}

/// The states of a job.
package enum JobStatus: String, Sendable, CaseIterable {
    case pending = "PENDING"
    case running = "RUNNING"
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"
}

/// Every job type HyP3's interface accepts as a filter, in the order its error message lists them.
let knownJobTypes = [
    "AK_FIRE_SAFE", "AUTORIFT", "ARIA_RAIDER", "ARIA_S1_COSEIS", "ARIA_S1_GUNW", "ARTRAFF_RTC", "FIRE_TRACK",
    "INSAR_GAMMA", "INSAR_ISCE", "INSAR_ISCE_BURST", "INSAR_ISCE_BURST_EC2", "INSAR_ISCE_MULTI_BURST",
    "ITS_LIVE_CROP", "ITS_LIVE_CROP_BULK", "ITS_LIVE_META_BULK", "NISAR_GUNW", "OPERA_DISP_TMS", "OPERA_DIST_S1",
    "OPERA_DIST_S1_CONFIRMATION", "PISM_TERRA_EXECUTE", "PISM_TERRA_RUN_FORWARD", "PISM_TERRA_RUN_INVERSE",
    "RTC_GAMMA", "SLIMSAR_TDBP", "SRG_GSLC", "SRG_TIME_SERIES", "VOLCSARVATORY_MINTPY", "WATER_MAP", "WATER_MAP_EQ",
]
