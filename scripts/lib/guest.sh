# What a test in a guest needs outside of it. Sourced, not run; exports HYP3_MIRROR and HYP3_SIMULATOR, where they are not
# given release builds that bring Swift's libraries with them.
. "$(dirname "${BASH_SOURCE[0]}")/release.sh"

need_guest() {
    # dpkg-dev makes the index of the guest's own repository.
    need_packages python3 openssl curl binutils qemu-system-x86 qemu-utils debootstrap e2fsprogs dpkg-dev || return
    if [ -z "${HYP3_MIRROR:-}" ] || [ -z "${HYP3_SIMULATOR:-}" ]; then
        build_release hyp3-mirror hyp3-simulator || return
    fi
    export HYP3_MIRROR=${HYP3_MIRROR:-$binaries/hyp3-mirror}
    export HYP3_SIMULATOR=${HYP3_SIMULATOR:-$binaries/hyp3-simulator}
    export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$package/scripts/lib
}
