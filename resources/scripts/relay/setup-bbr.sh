#!/bin/sh
# RelayTray: setting a relay up, congestion control by BBR. See setup-common.sh.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script

bbr_file=$root/etc/sysctl.d/99-zz-relaytray-bbr.conf # sorts behind what other packages put there
module_file=$root/etc/modules-load.d/relaytray-bbr.conf
control=$proc/sys/net/ipv4/tcp_congestion_control
qdisc=$proc/sys/net/core/default_qdisc # not in containers

bbr_text() {
    echo "# RelayTray set this up; it takes it away again."
    if [ -e "$qdisc" ]; then echo "net.core.default_qdisc = fq"; fi
    echo "net.ipv4.tcp_congestion_control = bbr"
}

kernel_is_too_old() {
    major=${kernel%%.*}
    minor=${kernel#*.}
    minor=${minor%%[!0-9]*}
    [ "$major" -lt 4 ] || { [ "$major" -eq 4 ] && [ "${minor:-0}" -lt 9 ]; }
}

has_bbr() {
    case " $(tr '\t\n' '  ' <"$proc/sys/net/ipv4/tcp_available_congestion_control") " in
    *" bbr "*) return 0 ;;
    esac
    return 1
}

# A module that can be loaded; one that is built in has no state.
is_module() { [ -e "$root/sys/module/tcp_bbr/initstate" ]; }

settings_of() { # FILE: what it sets the congestion control to; the last line counts
    sed -n 's/^[[:space:]]*-\{0,1\}net[./]ipv4[./]tcp_congestion_control[[:space:]]*=[[:space:]]*\([a-z0-9_]*\).*/\1/p' \
        "$1" 2>/dev/null | tail -n 1
}

other_files() {
    for file in "$root"/usr/lib/sysctl.d/*.conf "$root"/lib/sysctl.d/*.conf "$root"/run/sysctl.d/*.conf \
        "$root"/usr/local/lib/sysctl.d/*.conf "$root"/etc/sysctl.d/*.conf "$root/etc/sysctl.conf"; do
        [ -f "$file" ] && [ "$file" != "$bbr_file" ] || continue
        [ "$(settings_of "$file")" ] && printf '%s\n' "$file"
    done
}

# would_win FILE: it is read behind ours
would_win() {
    case $1 in
    "$root/etc/sysctl.conf") return 0 ;;
    esac
    [ "$(printf '%s\n' "${1##*/}" "${bbr_file##*/}" | sort | tail -n 1)" = "${1##*/}" ]
}

check_bbr() {
    now=$(cat "$control" 2>/dev/null)
    if kernel_is_too_old; then
        note bbr-kernel-too-old "version=$kernel"
        state=impossible
        return
    fi
    others=$(other_files)
    set_elsewhere=''
    for file in $others; do
        if [ "$(settings_of "$file")" = bbr ]; then
            set_elsewhere=yes
        elif would_win "$file"; then
            note bbr-overridden "path=$file"
        fi
    done
    if [ "$now" = bbr ]; then
        bbr_text | holds "$bbr_file" || [ "$set_elsewhere" ] || {
            note bbr-on-until-reboot
            changed
        }
        return
    fi
    if [ ! -w "$control" ]; then
        note bbr-container
        state=impossible
        return
    fi
    if ! has_bbr && ! modprobe -n -q tcp_bbr 2>/dev/null; then
        note bbr-not-in-kernel
        state=impossible
        return
    fi
    note bbr-off "current=$now"
    changed
    bbr_text | holds "$bbr_file" || note file-missing "path=$bbr_file"
}

apply_bbr() {
    now=$(cat "$control" 2>/dev/null)
    if [ "$now" != bbr ]; then
        [ "$(values "$record" bbr_before)" ] || remember bbr_before "$now"
        if [ -e "$qdisc" ]; then
            [ "$(values "$record" qdisc_before)" ] || remember qdisc_before "$(cat "$qdisc")"
        fi
    fi
    has_bbr || modprobe tcp_bbr 2>/dev/null
    if [ "$now" != bbr ] && ! echo bbr 2>/dev/null >"$control"; then
        forget bbr_before
        forget qdisc_before
        note bbr-container # the file may be written to, and the kernel says no all the same
        echo "state=impossible"
        exit 0
    fi
    # without the queue "fq" BBR paces by itself, since Linux 4.13
    if [ "$now" != bbr ] && [ -e "$qdisc" ]; then { echo fq >"$qdisc"; } 2>/dev/null; fi
    if is_module; then
        make_dir "${module_file%/*}" 755
        echo tcp_bbr | put "$module_file" 644
    fi
    make_dir "${bbr_file%/*}" 755
    remember file "$bbr_file"
    bbr_text | put "$bbr_file" 644
}

left_bbr() {
    if [ -e "$bbr_file" ] || [ -e "$module_file" ] || [ "$(values "$record" bbr_before)" ]; then changed; fi
}

undo_bbr() {
    before=$(values "$record" bbr_before)
    if [ "$before" ] && [ "$(cat "$control" 2>/dev/null)" = bbr ]; then
        echo "$before" 2>/dev/null >"$control" || fail "the congestion control $before could not be put back"
        before=$(values "$record" qdisc_before)
        if [ "$before" ] && [ "$(cat "$qdisc" 2>/dev/null)" = fq ]; then { echo "$before" >"$qdisc"; } 2>/dev/null; fi
    fi
    rm -f "$bbr_file" "$module_file"
    take_dirs "${bbr_file%/*}"
    take_dirs "${module_file%/*}"
    forget bbr_before
    forget qdisc_before
}
