#!/bin/sh
# RelayTray: setting a relay up, v2ray or Xray as a service. See setup-common.sh and setup-services.sh.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script
#
# What it is to do comes as files of the payload: config.json for the program, state.json (the record of which
# it was made, with every secret), and tls.crt and tls.key where they are new. They become one folder in one step.

v2ray_home=$etc/v2ray
cores=$libexec/cores
v2ray_unit=relaytray-v2ray.service
v2ray_account=relaytray-v2ray
v2ray_watch=$libexec/v2ray-watch v2ray_watch_unit=relaytray-v2ray-watch.service
machine=$(uname -m)
core='' use='' sha='' needed=0 module='' python_version='' package='' expect='' ports='' tls=''
for word in "$@"; do
    case $word in
    core=v2ray | core=xray) core=${word#*=} ;;
    use=*) use=${word#*=} ;;             # a program of this machine, found on the PATH
    sha=*) sha=${word#*=} ;;             # of what is brought
    needed=*) needed=${word#*=} ;;       # kilobytes of disk
    module=*) module=${word#*=} ;;       # its file name, where it is an extension of Python
    python_version=*) python_version=${word#*=} ;;
    package=*) package=${word#*=} ;;
    expect=*) expect=${word#*=} ;;       # the record on which the new one was built
    ports=*) ports=${word#*=} ;;
    tls=*) tls=${word#*=} ;;             # name of the certificate's files
    esac
done
core_file=$cores/$core-$machine # also sent on to GPU servers
python_home=$cores/xray-python
arrived=$cores/arrived # a program that the service has not been started with yet

# --- what is there ------------------------------------------------------------------------------------------------

# as_somebody PROGRAM...: not as root, as far as this system knows how
as_somebody() {
    who=nobody
    if entry passwd "$v2ray_account" >/dev/null; then who=$v2ray_account; fi
    if command -v timeout >/dev/null 2>&1; then set -- timeout 20 "$@"; fi
    if [ -z "$root" ] && command -v runuser >/dev/null 2>&1; then
        runuser -u "$who" -- "$@"
    else
        "$@"
    fi
}

# version_of PROGRAM: "V2Ray 4.34.0"; v2ray 4 knows -version only, v2ray 5 "version" only
version_of() {
    for word in -version version; do
        said=$(cd / && as_somebody env -i PATH=/usr/bin:/bin "$1" "$word" 2>/dev/null </dev/null |
            sed -n 's/^\(V2Ray\|Xray\) v\{0,1\}\([0-9][0-9.]*\).*/\1 \2/p' | head -n 1)
        if [ "$said" ]; then
            printf '%s\n' "$said"
            return 0
        fi
    done
    return 1
}

python_here() { # the version of a Python that can run an extension
    as_somebody python3 -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null
}

# now_folder: what is in use; a change that was broken off in the middle left the one before it
now_folder() {
    if [ -d "$v2ray_home/now" ]; then echo "$v2ray_home/now"; else echo "$v2ray_home/old"; fi
}

sha_of() { # FILE
    sha256sum "$1" 2>/dev/null | cut -d' ' -f1
}

now_digest() {
    file=$(now_folder)/state.json
    if [ -f "$file" ]; then sha_of "$file"; fi
}

found_program() {
    for place in $(printf '%s\n' "$PATH" | tr ':' ' '); do
        if [ -x "$place/$core" ] && [ -f "$place/$core" ]; then
            printf '%s\n' "$place/$core"
            return 0
        fi
    done
    return 1
}

look_v2ray() {
    state=right
    printf 'systemd=%s\nmachine=%s\npython=%s\n' "$(has_systemd && echo yes)" "$machine" "$(python_here)"
    file=$(now_folder)/state.json
    if [ -s "$file" ]; then
        sed 's/^/record=/' "$file"
    elif [ -f "$file" ]; then
        echo record= # damaged: nothing was written
    fi
    if [ -f "$python_home/about" ]; then sed 's/^/python_/' "$python_home/about"; fi
    if [ -e "$core_file" ]; then
        printf 'core_sha=%s\ncore_version=%s\ncore_link=%s\n' \
            "$(sha_of "$core_file")" "$(version_of "$core_file")" "$(readlink "$core_file")"
    fi
    if place=$(found_program); then
        if ! is_safe "$(readlink -f "$place")"; then
            : # others than root may change it: it is none of the system's
        elif found=$(version_of "$place"); then
            printf 'found=%s\nfound_version=%s\n' "$place" "$found"
        fi
    fi
    # asked last, for it takes half a second
    if [ "$core" = v2ray ] && [ ! -e "$core_file" ] && [ -z "$place" ] && [ "$(packager)" = apt-get ]; then
        candidate=$(apt-cache policy v2ray 2>/dev/null | sed -n 's/^  Candidate: //p')
        case $candidate in
        '' | '(none)') ;;
        *) echo package=v2ray ;;
        esac
    fi
}

# --- the program --------------------------------------------------------------------------------------------------

free_kilobytes() { # FOLDER
    df -Pk "$1" 2>/dev/null | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p'
}

# The program comes packed over descriptor 3. Nobody waits for the lock meanwhile: it may take minutes.
bring_v2ray() {
    make_dir "$libexec" 755
    make_dir "$cores" 755
    unlock
    new=$cores/.arriving.$$
    trap 'rm -f "$new"' EXIT
    trap 'exit 1' PIPE # who brings it has gone
    find "$cores" -name '.arriving.*' -mmin +60 -exec rm -f {} + 2>/dev/null
    free=$(free_kilobytes "$cores")
    [ "${free:-0}" -gt "$needed" ] || fail "there are $((${free:-0} / 1024)) MB free in $cores, and $((needed / 1024)) are needed"
    command -v gzip >/dev/null 2>&1 || fail "gzip is not installed there"
    (umask 077 && : >"$new") || fail "$cores could not be written"
    echo ready=yes
    gzip -dc <&3 >"$new" 2>/dev/null
    [ "$(sha_of "$new")" = "$sha" ] || fail "the program did not arrive whole"
    chmod 755 "$new"
    lock
    trap 'rm -f "$new"; unlock' EXIT
    state='done'
    if [ "$module" ]; then
        put_module
        return
    fi
    version=$(version_of "$new") || fail "it does not run there: it is no v2ray or Xray, or not for this system"
    case $core:$version in
    v2ray:V2Ray* | xray:Xray*) ;;
    *) fail "it is $version, and $core is wanted" ;;
    esac
    printf 'core_version=%s\n' "$version"
    new_enough "$version" || fail "it is $version, and $least or newer is needed"
    : >"$arrived"
    keep_program "$core_file"
    mv -f "$new" "$core_file" || fail "$core_file could not be written"
    relabel "$core_file"
}

# new_enough "NAME 1.2.3": least is the version that is needed
new_enough() {
    least=4.34.0
    [ "$core" = v2ray ] || least=26.5.3
    [ "$(printf '%s\n' "$least" "${1##* }" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$least" ]
}

put_module() {
    rm -rf "$python_home.new"
    mkdir -p "$python_home.new/xray" || fail "$python_home could not be made"
    chmod 755 "$python_home.new" "$python_home.new/xray"
    mv -f "$new" "$python_home.new/xray/$module" || fail "$python_home could not be written"
    echo 'from .xray import *' | put "$python_home.new/xray/__init__.py" 644 || exit 3
    runner_text | put "$python_home.new/run.py" 644 || exit 3
    told=$(cd / && as_somebody python3 -I -B "$python_home.new/run.py" 2>&1 </dev/null) || fail "Python there cannot load it: $told"
    printf 'version=%s\nfile_sha=%s\n' "$python_version" "$sha" | put "$python_home.new/about" 644 || exit 3
    : >"$arrived"
    keep_program "$python_home"
    mv "$python_home.new" "$python_home" || fail "$python_home could not be made"
    relabel "$python_home"
}

# keep_program PLACE: the program that was there, until the new one has shown that it runs
keep_program() {
    if [ -e "$1.old" ] || [ -L "$1.old" ]; then
        rm -rf "$1" # of a change that was broken off
    elif [ -e "$1" ] || [ -L "$1" ]; then
        mv "$1" "$1.old" || fail "$1 could not be changed"
    fi
}

program_back() {
    for place in "$core_file" "$python_home"; do
        if [ -e "$place.old" ] || [ -L "$place.old" ]; then
            rm -rf "$place"
            mv "$place.old" "$place"
            rm -f "$arrived"
        fi
    done
}

runner_text() {
    cat <<'PYTHON'
"""RelayTray set this up: runs Xray, which is an extension of Python here, with one configuration."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import xray

if len(sys.argv) > 1:
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.exit(xray.startFromJSON(file.read()))
PYTHON
}

install_v2ray() {
    state='done'
    make_dir "$cores" 755
    : >"$arrived"
    install_package v2ray "$package"
    [ -x "$root/usr/bin/$package" ] || fail "the package $package is installed and has no program /usr/bin/$package"
}

# is_python: whether what runs is the extension
is_python() { [ "$core" = xray ] && [ ! -e "$core_file" ] && [ -f "$python_home/about" ]; }

# --- as it is to be -----------------------------------------------------------------------------------------------

start_line() {
    if is_python; then
        echo "$(command -v python3) -I -B $python_home/run.py $v2ray_home/now/config.json"
        return
    fi
    case $core:$(version_of "$core_file") in
    "v2ray:V2Ray 4."*) echo "$core_file -config $v2ray_home/now/config.json" ;;
    v2ray:*) echo "$core_file run -format jsonv4 -c $v2ray_home/now/config.json" ;;
    *) echo "$core_file run -c $v2ray_home/now/config.json" ;;
    esac
}

low_port() {
    for port in $ports; do
        [ "$port" -ge 1024 ] || return 0
    done
    return 1
}

v2ray_unit_text() {
    may=''
    if low_port; then may=CAP_NET_BIND_SERVICE; fi
    cat <<UNIT
# RelayTray set this up; it takes it away again.
[Unit]
Description=RelayTray: $core, a second way to GPU servers
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=$v2ray_account
Group=$v2ray_account
ExecStart=$start_line_now
Environment=V2RAY_VMESS_AEAD_FORCED=true GOMEMLIMIT=256MiB
WorkingDirectory=/
Restart=always
RestartSec=5
UMask=0077
LimitNOFILE=65536
LimitCORE=0
TasksMax=512
MemoryMax=384M
CapabilityBoundingSet=$may
AmbientCapabilities=$may
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
$(system_calls)
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
UNIT
}

# --- the watch over bridges -------------------------------------------------------------------------------------

# bridge_port: where bridges dial in; nothing where there are none, or where nobody could look
bridge_port() {
    # shellcheck disable=SC2086 # two words: that of computers comes first
    set -- $ports
    [ -z "${2-}" ] || ! command -v ss >/dev/null 2>&1 || echo "$2"
}

watch_unit_text() {
    cat <<UNIT
# RelayTray set this up; it takes it away again.
[Unit]
Description=RelayTray: ends the links of GPU servers that died without a word
After=$v2ray_unit
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh $v2ray_watch $(bridge_port) $v2ray_unit
Restart=always
RestartSec=5
TasksMax=32
MemoryMax=32M
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK
RestrictNamespaces=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes

[Install]
WantedBy=multi-user.target
UNIT
}

check_watch() {
    if [ -z "$(bridge_port)" ]; then
        if recorded unit "$v2ray_watch_unit"; then changed; fi
        return
    fi
    if ! payload v2ray-watch | holds "$v2ray_watch"; then
        note file-differs "path=$v2ray_watch"
        changed
    elif ! watch_unit_text | unit_holds "$v2ray_watch_unit"; then
        note file-differs "path=$units/$v2ray_watch_unit"
        changed
    elif ! unit_is_up "$v2ray_watch_unit"; then
        note service-not-running "service=$v2ray_watch_unit"
        changed
    fi
}

apply_watch() {
    if [ -z "$(bridge_port)" ]; then
        take_watch
        return
    fi
    payload v2ray-watch | put "$v2ray_watch" 755 || exit 3
    watch_unit_text | put_unit "$v2ray_watch_unit" || exit 3
    start_unit "$v2ray_watch_unit"
}

take_watch() {
    take_unit "$v2ray_watch_unit"
    rm -f "$v2ray_watch"
}

listed_ports() {
    for port in $ports; do printf '%s/tcp ' "$port"; done
}

group_number() { field "$(entry group "$v2ray_account")" 3; }

check_v2ray() {
    if ! has_systemd; then
        note needs-systemd
        state=impossible
        return
    fi
    # shellcheck disable=SC2046 # several words
    for port in $(listed_ports); do
        if ! check_port "$v2ray_unit" "$port"; then
            state=impossible
            return
        fi
    done
    if ! service_account_is_right "$v2ray_account"; then
        note account-missing "account=$v2ray_account"
        changed
    fi
    if [ "$use" ] && [ "$(readlink "$core_file")" != "$use" ]; then
        note file-missing "path=$core_file"
        changed
    elif [ -z "$use" ] && [ ! -e "$core_file" ] && ! is_python; then
        changed # its note says what will be brought
    fi
    for name in config.json state.json; do
        if [ ! -f "$v2ray_home/now/$name" ]; then
            note file-missing "path=$v2ray_home/now/$name"
            changed
        elif ! payload "$name" | holds "$v2ray_home/now/$name"; then
            note file-differs "path=$v2ray_home/now/$name"
            changed
        fi
    done
    if [ -d "$v2ray_home/old" ] || [ -e "$arrived" ]; then changed; fi # a change was broken off
    check_rights
    start_line_now=$(start_line)
    if [ ! -e "$units/$v2ray_unit" ]; then
        note file-missing "path=$units/$v2ray_unit"
        changed
    elif ! v2ray_unit_text | unit_holds "$v2ray_unit"; then
        note file-differs "path=$units/$v2ray_unit"
        changed
    elif ! unit_is_up "$v2ray_unit" || ! all_listen; then
        note service-not-running "service=$v2ray_unit"
        changed
    fi
    check_watch
    # shellcheck disable=SC2046
    check_firewall v2ray $(listed_ports)
}

all_listen() {
    for port in $(listed_ports); do
        unit_listens "$v2ray_unit" "$port" || return 1
    done
}

# rights: PATH MODE OWNER GROUP of everything that holds a secret
rights() {
    group=$(group_number)
    printf '%s\n' "$v2ray_home drwxr-x--- 0 $group" "$v2ray_home/now drwxr-x--- 0 $group" \
        "$v2ray_home/now/config.json -rw-r----- 0 $group" "$v2ray_home/now/state.json -rw------- 0 0"
    if [ "$tls" ]; then
        printf '%s\n' "$v2ray_home/$tls.crt -rw-r----- 0 $group" "$v2ray_home/$tls.key -rw-r----- 0 $group"
    fi
}

check_rights() {
    told=$(rights | while read -r path wanted; do
        if [ -e "$path" ] && [ "$(about "$path")" != "$wanted" ]; then note file-differs "path=$path"; fi
    done)
    if [ "$told" ]; then
        printf '%s\n' "$told"
        changed
    fi
}

set_rights() {
    rights | while read -r path wanted owner group; do
        [ -e "$path" ] || continue
        case $wanted in
        drwxr-x---) digits=750 ;;
        -rw-r-----) digits=640 ;;
        *) digits=600 ;;
        esac
        chown "$owner:$group" "$path" && chmod "$digits" "$path" || exit 1
    done || fail "the rights below $v2ray_home could not be set"
}

apply_v2ray() {
    go_on
    if [ "$(now_digest)" != "$expect" ]; then
        echo "changed_meanwhile=yes"
        fail "another computer has changed it meanwhile"
    fi
    service_account "$v2ray_account"
    if [ "$use" ]; then
        make_dir "$cores" 755
        [ "$(readlink "$core_file")" = "$use" ] || keep_program "$core_file"
        ln -sf "$use" "$core_file.new" && mv -f "$core_file.new" "$core_file" || fail "$core_file could not be made"
    fi
    make_new
    start_line_now=$(start_line)
    judge
    if [ -d "$v2ray_home/now" ]; then
        if [ -f "$units/$v2ray_unit" ]; then cp -p "$units/$v2ray_unit" "$v2ray_home/now/unit"; fi
        rm -rf "$v2ray_home/old"
        mv "$v2ray_home/now" "$v2ray_home/old" || fail "$v2ray_home could not be changed"
    fi
    mv "$v2ray_home/new" "$v2ray_home/now" || fail "$v2ray_home could not be changed"
    # shellcheck disable=SC2046 # several words
    if told=$(bring_up $(listed_ports)); then
        [ -z "$told" ] || printf '%s\n' "$told"
    else
        put_back
        printf '%s\n' "$told"
        exit 3
    fi
    rm -rf "$v2ray_home/old" "$arrived" "$core_file.old" "$python_home.old"
    take_other_certificates
    take_other_core
    # shellcheck disable=SC2046
    close_ports v2ray $(listed_ports)
}

# In a shell of its own: where one of them fails, the rest is put back.
bring_up() { # PORT/tcp...
    v2ray_unit_text | put_unit "$v2ray_unit" || exit 3
    for port in "$@"; do open_port v2ray "$port"; done
    start_unit "$v2ray_unit" "$@"
    apply_watch
}

# go_on: a change that was broken off between its two steps is taken back; behind them it is repeated
go_on() {
    if [ ! -d "$v2ray_home/now" ] && [ -d "$v2ray_home/old" ]; then mv "$v2ray_home/old" "$v2ray_home/now"; fi
    rm -rf "$v2ray_home/new"
}

make_new() {
    make_dir "$v2ray_home" 700
    (umask 077 && mkdir "$v2ray_home/new") || fail "$v2ray_home could not be written"
    for name in config.json state.json; do
        payload "$name" | put "$v2ray_home/new/$name" 600 || exit 3
    done
    for name in tls.crt tls.key; do
        if [ "$tls" ] && payload "$name" >/dev/null 2>&1; then
            (umask 077 && payload "$name" | put "$v2ray_home/$tls.${name#tls.}" 600) || exit 3
        fi
    done
    if [ "$tls" ] && [ ! -s "$v2ray_home/$tls.key" ]; then fail "$v2ray_home/$tls.key is missing"; fi
    group=$(group_number)
    chown "0:$group" "$v2ray_home/new" "$v2ray_home/new/config.json" && chmod 750 "$v2ray_home/new" &&
        chmod 640 "$v2ray_home/new/config.json" || fail "the rights below $v2ray_home could not be set"
    set_rights
    # a loss of power must not leave empty files in the place of the ones before, which are gone in a moment
    sync "$v2ray_home/new/config.json" "$v2ray_home/new/state.json" 2>/dev/null || sync
}

# The program says itself whether it takes the settings, as the account that will run it. The extension cannot.
judge() {
    if is_python; then
        note v2ray-unjudged
        return 0
    fi
    # shellcheck disable=SC2046 # several words
    set -- $(printf '%s\n' "$start_line_now" | sed "s| $v2ray_home/now/| $v2ray_home/new/|")
    program=$1
    shift
    case " $* " in
    *" -format jsonv4 "*) shift && set -- test "$@" ;;
    " run "*) set -- "$@" -test ;;
    *) set -- -test "$@" ;;
    esac
    told=$(cd / && as_somebody env -i PATH=/usr/bin:/bin "$program" "$@" 2>&1 </dev/null) || {
        rm -rf "$v2ray_home/new"
        program_back
        fail "$core does not take the settings: $(printf '%s' "$told" | tail -n 1 | sed 's/.* > //' | without_ids)"
    }
}

# A complaint may quote what it complains about.
without_ids() {
    sed 's/[0-9a-fA-F]\{8\}\(-[0-9a-fA-F]\{4\}\)\{3\}-[0-9a-fA-F]\{12\}/***/g'
}

put_back() {
    rm -rf "$v2ray_home/new"
    program_back
    if [ ! -d "$v2ray_home/old" ]; then # there was nothing before
        take_unit "$v2ray_unit"
        rm -rf "$v2ray_home/now"
        take_other_certificates
        close_ports v2ray
        return
    fi
    mv "$v2ray_home/now" "$v2ray_home/new" && mv "$v2ray_home/old" "$v2ray_home/now"
    rm -rf "$v2ray_home/new"
    if [ -f "$v2ray_home/now/unit" ]; then
        put "$units/$v2ray_unit" 644 <"$v2ray_home/now/unit"
        rm -f "$v2ray_home/now/unit"
        systemctl daemon-reload 2>/dev/null
        systemctl reset-failed "$v2ray_unit" 2>/dev/null
        systemctl --quiet enable "$v2ray_unit" 2>/dev/null
        systemctl restart "$v2ray_unit" 2>/dev/null
    fi
    take_other_certificates
    close_new_ports
}

# Those that this change has opened: the ports of the settings that are back stay open.
close_new_ports() {
    kept=''
    # shellcheck disable=SC2013 # numbers
    for port in $(sed -n 's/^ *"port": \([0-9]*\),\{0,1\}$/\1/p' "$v2ray_home/now/config.json"); do
        kept="$kept $port/tcp"
    done
    # shellcheck disable=SC2086 # several words
    close_ports v2ray $kept
}

take_other_certificates() {
    for file in "$v2ray_home"/tls-*; do
        [ -e "$file" ] || continue
        name=${file##*/}
        grep -qF "/${name%.*}." "$v2ray_home/now/config.json" 2>/dev/null || rm -f "$file"
    done
}

# The program of the settings before these, where it was another one.
take_other_core() {
    if [ "$core" = xray ]; then
        rm -f "$cores/v2ray-$machine"
        take_packages v2ray
        if [ -e "$core_file" ]; then rm -rf "$python_home"; fi
    else
        rm -f "$cores/xray-$machine"
        rm -rf "$python_home"
        case $(readlink "$core_file") in
        /usr/bin/*) ;;
        *) take_packages v2ray ;; # another program of the same name took its place
        esac
    fi
}

# --- and away -----------------------------------------------------------------------------------------------------

left_v2ray() {
    for place in "$v2ray_home" "$cores" "$v2ray_watch"; do
        if [ -e "$place" ]; then changed; fi
    done
    if recorded unit "$v2ray_unit" || recorded unit "$v2ray_watch_unit" || recorded user "$v2ray_account" || has_open_ports v2ray ||
        [ "$(values "$record" package | sed -n 's/^v2ray //p')" ]; then
        changed
    fi
}

undo_v2ray() {
    take_watch
    take_unit "$v2ray_unit"
    close_ports v2ray
    rm -rf "$v2ray_home" "$cores"
    forget dir "$v2ray_home"
    forget dir "$cores"
    take_packages v2ray
    take_service_account "$v2ray_account"
}
