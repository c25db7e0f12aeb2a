# The one debug build that quickstart and test share. Sourced, not run; sets `binaries`.
# build_debug [OPTION...]: builds what is out of date.
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

package=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# A target may import only what Package.swift gives it: the C libraries stay in the targets meant for them.
build_options=(--package-path "$package" --explicit-target-dependency-import-check error)

build_debug() {
    command -v swift >/dev/null || { echo "Swift 6.2 or newer is needed: https://www.swift.org/install" >&2; return 69; }
    need_packages libcurl4-openssl-dev libexpat1-dev libssl-dev zlib1g-dev openssl util-linux || return
    swift build "${build_options[@]}" "$@" || return
    binaries=$(swift build "${build_options[@]}" --show-bin-path)
}
