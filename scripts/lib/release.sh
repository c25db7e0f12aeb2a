# The release build. Sourced, not run; sets `package` and `binaries`.
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"

# build_release [PRODUCT...]: of hyp3-mirror where none is named.
build_release() {
    command -v swift >/dev/null || { echo "Swift 6.2 or newer is needed: https://www.swift.org/install" >&2; return 69; }
    need_packages libcurl4-openssl-dev libexpat1-dev libssl-dev zlib1g-dev binutils || return
    local options=(--package-path "$package" -c release --static-swift-stdlib) product
    for product in "${@:-hyp3-mirror}"; do swift build "${options[@]}" --product "$product" >&2 || return; done
    binaries=$(swift build "${options[@]}" --show-bin-path)
}
