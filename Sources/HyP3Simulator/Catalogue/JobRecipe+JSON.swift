/// Where the products of a catalogue are.
struct ProductLocation: Sendable {
    /// `https://…` up to and with the slash before the key.
    var base: String
    var bucket: String
}

extension JobRecipe {
    /// The job as HyP3 gives it, with HyP3's spacing.
    func entry(at location: ProductLocation, payloads: RasterPayloads) -> JobEntry {
        let id = jobID
        let stem = stem
        let base = location.base + percentEncoded(prefix, allowing: "/") + "/"
        var fields = [
            "\"job_id\": \"\(id)\"", "\"user_id\": \(jsonString(user))", "\"status_code\": \"\(status.rawValue)\"",
        ]
        if !isLegacy { fields.append("\"execution_started\": \(status != .pending)") }
        fields.append("\"request_time\": \"\(requestTime.jobTime)\"")
        if !isLegacy { fields.append("\"priority\": \(9_999 - index % 10_000)") }
        fields.append("\"job_type\": \"\(kind.rawValue)\"")
        fields.append("\"job_parameters\": \(parameters)")
        if !isLegacy {
            fields.append("\"bucket\": \"\(location.bucket)\"")
            fields.append("\"bucket_prefix\": \(jsonString(prefix))")
            fields.append("\"credit_cost\": \(kind == .insar ? "10" : kind == .autorift ? "25" : "1")")
        }
        if let name { fields.append("\"name\": \(jsonString(name))") }

        let listed = ProductSet(recipe: self, payloads: payloads).listed
        if status == .running || status == .failed || status == .succeeded {
            switch files {
            case .missing: break
            case .null: fields.append("\"files\": null")
            case .empty: fields.append("\"files\": []")
            case .listed where listed.isEmpty && status == .running: break
            case .listed:
                let items = listed.map { file in
                    let s3 =
                        isLegacy
                        ? ""
                        : ", \"s3\": {\"bucket\": \"\(location.bucket)\", \"key\": \(jsonString("\(prefix)/\(stem)\(file.suffix)"))}"
                    return "{\"url\": \"\(base)\(stem)\(file.suffix)\", \"size\": \(file.size), "
                        + "\"filename\": \"\(stem)\(file.suffix)\"\(s3)}"
                }
                fields.append("\"files\": [\(items.joined(separator: ", "))]")
            }
        }
        if status == .succeeded, !listed.isEmpty {
            fields.append("\"browse_images\": [\"\(base)\(stem).png\"]")
            fields.append("\"thumbnail_images\": [\"\(base)\(stem)_thumb.png\"]")
        }
        if status == .succeeded || status == .failed {
            fields.append("\"logs\": []")
            fields.append("\"expiration_time\": \(expires.map { "\"\($0.jobTime)\"" } ?? "null")")
            let steps = status == .failed ? "null" : "[\(600 + pick(60, below: 5_000)).5]"
            fields.append("\"processing_times\": \(steps)")
        }
        return JobEntry(
            id: id,
            user: user,
            requestTime: requestTime,
            status: status.rawValue,
            jobType: kind.rawValue,
            name: name,
            json: Array("{\(fields.joined(separator: ", "))}".utf8)
        )
    }

    private var parameters: String {
        let granules = scenes.map { "\"\($0)\"" }.joined(separator: ", ")
        switch kind {
        case .waterMap:
            let estimator = estimator.map { "\"\($0)\"" } ?? "null"
            return "{\"granules\": [\(granules)], \"resolution\": 30, \"speckle_filter\": false, "
                + "\"max_vv_threshold\": -15.5, \"max_vh_threshold\": -23, \"hand_threshold\": 15, "
                + "\"hand_fraction\": 0.8, \"membership_threshold\": 0.45, "
                + "\"flood_depth_estimator\": \(estimator), \"water_level_sigma\": 3, "
                + "\"known_water_threshold\": null, \"iterative_min\": 0, \"iterative_max\": 15, "
                + "\"iterative_min_size\": 0, \"minimization_metric\": \"ts\"}"
        case .rtc:
            return "{\"granules\": [\(granules)], \"dem_matching\": false, \"include_dem\": false, "
                + "\"include_inc_map\": false, \"include_rgb\": false, \"include_scattering_area\": false, "
                + "\"radiometry\": \"gamma0\", \"resolution\": 30.0, \"scale\": \"power\", "
                + "\"speckle_filter\": false, \"dem_name\": \"copernicus\"}"
        case .insar:
            return "{\"granules\": [\(granules)], \"apply_water_mask\": false, \"include_dem\": false, "
                + "\"include_displacement_maps\": false, \"include_inc_map\": false, "
                + "\"include_look_vectors\": false, \"include_los_displacement\": false, "
                + "\"include_wrapped_phase\": false, \"looks\": \"20x4\", \"phase_filter_parameter\": 0.6}"
        case .autorift:
            return "{\"granules\": [\(granules)], \"parameter_file\": \"autorift_landice_0120m.shp\"}"
        }
    }
}

/// `text` as a JSON string, ASCII only, as Python writes it.
func jsonString(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) { return "\"\(text)\"" }
    var result = "\""
    for unit in text.utf16 {
        switch unit {
        case 0x22: result += "\\\""
        case 0x5C: result += "\\\\"
        case 0x0A: result += "\\n"
        case 0x0D: result += "\\r"
        case 0x09: result += "\\t"
        case 0x20..<0x7F: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
        default:
            let digits = String(unit, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
    return result + "\""
}
