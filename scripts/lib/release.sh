# The release build. Sourced, not run; sets `package` and `binaries`.
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"

build_release() {
    command -v swift >/dev/null || { echo "Swift 6.2 or newer is needed: https://www.swift.org/install" >&2; return 69; }
    need_packages libcurl4-openssl-dev libexpat1-dev libssl-dev zlib1g-dev binutils || return
    local options=(--package-path "$package" -c release --static-swift-stdlib --product hyp3-mirror)
    swift build "${options[@]}" >&2 || return
    binaries=$(swift build "${options[@]}" --show-bin-path)
}
