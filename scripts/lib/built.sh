# Sourced: exports HYP3_MIRROR and HYP3_SIMULATOR, building this checkout (debug) where they are not given.
if [ -z "${HYP3_MIRROR:-}" ] || [ -z "${HYP3_SIMULATOR:-}" ]; then
    package=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    swift build --package-path "$package" --product hyp3-mirror >&2
    swift build --package-path "$package" --product hyp3-simulator >&2
    built=$(swift build --package-path "$package" --show-bin-path)
fi
export HYP3_MIRROR=${HYP3_MIRROR:-$built/hyp3-mirror}
export HYP3_SIMULATOR=${HYP3_SIMULATOR:-$built/hyp3-simulator}
