#!/bin/sh
# RelayTray: setting a relay up, what every service needs: account, unit, packages, firewall. See setup-common.sh.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script
#
# Whatever is made is written to the record before it is made, and has a function that takes it away again.
# All end the script by "fail" when they cannot do what they are for, and all are safe to repeat.
#
#   has_systemd                       status: systemd runs this machine
#   service_account NAME              a system account for one service: no shell, no home, no password
#   service_account_is_right NAME     status
#   take_service_account NAME         with all of its processes
#   unit_holds NAME                   status: the unit's file has exactly the text that comes in
#   put_unit NAME                     the text that comes in becomes /etc/systemd/system/NAME
#   unit_is_up NAME                   status: it runs, and will after a boot
#   system_calls                      the line of a unit that says what it may ask of the kernel
#   start_unit NAME [PORT/tcp|udp]... enabled, (re)started, and waited for until it listens on these ports
#   take_unit NAME                    stopped, disabled, gone
#   listens tcp|udp PORT              status: somebody does, on any address
#   unit_listens NAME PORT/tcp|udp    status: this unit does
#   check_port UNIT PORT/tcp|udp      note port-taken, and state=failed for the caller, when somebody else does
#   check_firewall SERVICE PORT/tcp|udp...   notes; "changed" when open_port would change something
#   open_port SERVICE PORT/tcp|udp    in ufw or firewalld, where one of them is at work
#   close_ports SERVICE [KEPT...]     those that open_port has opened for it, but not these
#   has_open_ports SERVICE            status: the record has some
#   package_there NAME                status
#   install_package SERVICE NAME...   what is missing of them; no service of theirs is started or enabled
#   has_packages SERVICE              status: some were installed for it
#   take_packages SERVICE             what was installed for it, with what came along, if nothing else needs it

units=$root/etc/systemd/system

has_systemd() { [ -d "$root/run/systemd/system" ] && command -v systemctl >/dev/null 2>&1; }

# --- accounts -------------------------------------------------------------------------------------------------

service_account() { # NAME
    if ! entry passwd "$1" >/dev/null; then
        make_account "$1"
    elif [ "$(wrong_about "$1")" ]; then
        recorded user "$1" || fail "there is an account $1 already, and RelayTray did not make it"
        mend_account "$1"
    fi
}

service_account_is_right() { # NAME
    entry passwd "$1" >/dev/null && [ -z "$(wrong_about "$1")" ]
}

take_service_account() { # NAME
    if recorded user "$1"; then
        take_account "$1"
        forget user "$1"
    fi
    if recorded group "$1"; then
        if entry group "$1" >/dev/null; then # with useradd's usual settings it went with the account
            told=$(groupdel "$1" 2>&1 || delgroup "$1" 2>&1) || fail "the group $1 stays: $told"
        fi
        forget group "$1"
    fi
}

# --- units ----------------------------------------------------------------------------------------------------

unit_holds() { # NAME
    holds "$units/$1" && [ "$(about "$units/$1" | cut -d' ' -f1,2)" = "-rw-r--r-- 0" ]
}

put_unit() { # NAME
    if [ -e "$units/$1" ] || [ -L "$units/$1" ]; then
        recorded unit "$1" || fail "there is a unit $1 already, and RelayTray did not make it"
    fi
    remember unit "$1"
    make_dir "$units" 755
    put "$units/$1" 644
}

of_unit() { # NAME PROPERTY
    systemctl show --property="$2" "$1" 2>/dev/null | sed "s/^$2=//" # --value is newer than some relays
}

# What a service may ask of the kernel. Before 239 systemd does not know that group: it would take the list for an
# empty one, and nothing could run.
system_calls() {
    number=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    if [ "${number:-0}" -ge 239 ]; then
        echo SystemCallFilter=@system-service
    else
        echo 'SystemCallFilter=~@clock @cpu-emulation @debug @keyring @module @mount @obsolete @raw-io @reboot @swap'
    fi
}

unit_is_up() { # NAME
    [ "$(of_unit "$1" ActiveState)" = active ] && [ "$(systemctl is-enabled "$1" 2>/dev/null)" = enabled ]
}

start_unit() { # NAME PORT/tcp|udp...
    unit=$1
    shift
    told=$(systemctl --quiet enable "$unit" 2>&1) || fail "$unit: $told" # which reads all units anew
    systemctl reset-failed "$unit" 2>/dev/null
    started_at=$(date +%s)
    told=$(systemctl restart "$unit" 2>&1) || fail "$unit does not start: $(last_words "$unit")"
    until is_ready "$unit" "$@"; do
        restarts=$(of_unit "$unit" NRestarts) # before 235 nobody counts
        if [ "${restarts:-0}" != 0 ] || [ "$(of_unit "$unit" ActiveState)" = failed ] ||
            [ $(($(date +%s) - started_at)) -gt 30 ]; then
            told=$(last_words "$unit")
            systemctl --quiet disable --now "$unit" 2>/dev/null # else it tries for ever
            fail "$unit does not run: $told"
        fi
        sleep 0.1 2>/dev/null || sleep 1
    done
}

is_ready() { # NAME PORT/tcp|udp...
    [ "$(of_unit "$1" ActiveState)" = active ] || return 1
    ready_unit=$1
    shift
    for wanted in "$@"; do
        unit_listens "$ready_unit" "$wanted" || return 1
    done
}

# What the service itself said last: systemd's own remarks about it say less.
last_words() { # NAME
    words=$(journalctl "_SYSTEMD_UNIT=$1" --since="@$started_at" --lines=4 --output=cat --no-pager --quiet 2>/dev/null)
    printf '%s' "${words:-$(of_unit "$1" Result)}" | tr '\n\t' '; '
}

take_unit() { # NAME
    recorded unit "$1" || return 0
    if has_systemd; then
        systemctl --quiet disable --now "$1" 2>/dev/null
        case $(of_unit "$1" ActiveState) in
        active | deactivating | reloading | activating)
            systemctl --quiet kill --signal=KILL "$1" 2>/dev/null
            systemctl --quiet stop "$1" 2>/dev/null
            ;;
        esac
    fi
    rm -f "$units/$1" "$units"/*.wants/"$1"
    if has_systemd; then
        systemctl daemon-reload 2>/dev/null
        systemctl reset-failed "$1" 2>/dev/null
    fi
    forget unit "$1"
}

# --- ports ----------------------------------------------------------------------------------------------------

# sockets tcp|udp PORT: the kernel's numbers of those that wait for strangers there
sockets() {
    hex=$(printf '%04X' "$2")
    waits=0A
    [ "$1" = tcp ] || waits=07
    for table in "$proc/net/$1" "$proc/net/${1}6"; do
        [ -r "$table" ] || continue
        while read -r _ local _ status _ _ _ _ _ inode _; do
            case $local:$status in
            *":$hex:$waits") printf '%s\n' "$inode" ;;
            esac
        done <"$table"
    done
}

listens() { # tcp|udp PORT
    [ "$(sockets "$1" "$2")" ]
}

pids_of_unit() { # NAME
    group=$(of_unit "$1" ControlGroup)
    [ "$group" ] || return 0
    cat "/sys/fs/cgroup$group/cgroup.procs" 2>/dev/null || cat "/sys/fs/cgroup/systemd$group/cgroup.procs" 2>/dev/null
}

unit_listens() { # NAME PORT/tcp|udp
    unit_sockets=$(sockets "${2#*/}" "${2%/*}")
    [ "$unit_sockets" ] || return 1
    for pid in $(pids_of_unit "$1"); do
        # shellcheck disable=SC2012 # links of the kernel, with plain names
        held=$(ls -l "$proc/$pid/fd" 2>/dev/null)
        for inode in $unit_sockets; do
            case $held in
            *"socket:[$inode]"*) return 0 ;;
            esac
        done
    done
    return 1
}

# Whoever has the port already keeps it: also a server whose tunnel is down for the moment.
check_port() { # UNIT PORT/tcp|udp
    if [ -f "$etc/servers/${2%/tcp}" ] ||
        { listens "${2#*/}" "${2%/*}" && ! unit_listens "$1" "$2"; }; then
        note port-taken "port=$2"
        return 1
    fi
}

# --- the firewall of this machine ---------------------------------------------------------------------------------

# Which one is at work: ufw, firewalld, or one that was written by hand, which is not ours to edit.
firewall() {
    if command -v ufw >/dev/null 2>&1 && ufw status 2>/dev/null | grep -q '^Status: active'; then
        echo ufw
    elif command -v firewall-cmd >/dev/null 2>&1 && [ "$(firewall-cmd --state 2>/dev/null)" = running ]; then
        echo firewalld
    elif nft_closes; then
        echo nftables
    elif iptables_closes iptables || iptables_closes ip6tables; then
        echo iptables
    fi
}

nft_closes() {
    command -v nft >/dev/null 2>&1 || return 1
    # one line for each chain; what ends one closes it where it has no condition (fail2ban's rules have some)
    nft list ruleset 2>/dev/null | tr '\n' ';' | tr -s ' \t' ' ' | sed 's/chain /\
chain /g' | grep 'hook input' | grep -Eq 'policy drop|; ?(counter [^;]*)?(drop|reject[^;]*) ?; ?}'
}

iptables_closes() { # iptables|ip6tables
    command -v "$1" >/dev/null 2>&1 || return 1
    "$1" -S INPUT 2>/dev/null | grep -Eq '^-P INPUT DROP|^-A INPUT -j (DROP|REJECT)'
}

zone() { # of firewalld: that of the network card that leads to the internet
    card=$(ip route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
    found=''
    [ -z "$card" ] || found=$(firewall-cmd --get-zone-of-interface="$card" 2>/dev/null) || found=''
    printf '%s\n' "${found:-$(firewall-cmd --get-default-zone 2>/dev/null)}"
}

is_open() { # FIREWALL PORT/tcp|udp: no matter who has opened it
    case $1 in
    ufw) ufw show added 2>/dev/null | grep -Eq "^ufw (allow|limit) (in )?(${2%/*}|$2)( comment .*)?\$" ;;
    firewalld)
        is_open_zone=$(zone)
        firewall-cmd --zone="$is_open_zone" --query-port="$2" >/dev/null 2>&1 &&
            firewall-cmd --permanent --zone="$is_open_zone" --query-port="$2" >/dev/null 2>&1
        ;;
    *) return 0 ;;
    esac
}

check_firewall() { # SERVICE PORT/tcp|udp...
    shift
    guard=$(firewall)
    joined=''
    for wanted in "$@"; do
        case $guard in
        ufw | firewalld)
            if ! is_open "$guard" "$wanted"; then
                note port-closed "port=$wanted" "firewall=$guard"
                changed
            fi
            ;;
        *) joined="$joined${joined:+, }$wanted" ;;
        esac
    done
    case $guard in
    ufw | firewalld) ;;
    '') note provider-firewall "ports=$joined" ;;
    *) note firewall-by-hand "ports=$joined" "firewall=$guard" ;;
    esac
}

open_port() { # SERVICE PORT/tcp|udp
    guard=$(firewall)
    case $guard in
    ufw)
        is_open ufw "$2" && return 0
        remember opened "$1 ufw $2"
        told=$(ufw allow "$2" comment "RelayTray $1" 2>&1) || fail "ufw: $told"
        ;;
    firewalld)
        is_open firewalld "$2" && return 0
        open_zone=$(zone)
        for duration in --permanent ''; do
            # shellcheck disable=SC2086 # no word or one
            if ! firewall-cmd $duration --zone="$open_zone" --query-port="$2" >/dev/null 2>&1; then
                remember opened "$1 firewalld$duration $2 $open_zone"
                # shellcheck disable=SC2086
                told=$(firewall-cmd $duration --zone="$open_zone" --add-port="$2" 2>&1) || fail "firewalld: $told"
            fi
        done
        ;;
    esac
}

has_open_ports() { # SERVICE
    [ "$(values "$record" opened | sed -n "s/^$1 //p")" ]
}

close_ports() { # SERVICE KEPT...
    service=$1
    shift
    kept=" $* "
    opened=$(values "$record" opened | sed -n "s/^$service //p")
    while read -r guard wanted open_zone; do
        [ "$guard" ] || continue
        case $kept in
        *" $wanted "*) continue ;;
        esac
        told=$(close_port "$guard" "$wanted" "$open_zone" 2>&1) || fail "the port $wanted stays open: $told"
        forget opened "$service $guard $wanted${open_zone:+ $open_zone}"
    done <<RELAYTRAY
$opened
RELAYTRAY
}

# shellcheck disable=SC2086 # "firewalld" stands for no word, "firewalld--permanent" for one
close_port() { # FIREWALL PORT/tcp|udp ZONE
    case $1 in
    ufw)
        # there is nothing to close where somebody has taken the rule, or ufw itself, away, or has made the rule theirs
        if command -v ufw >/dev/null 2>&1 && ufw show added | grep -Fqx "ufw allow $2 comment 'RelayTray $service'"; then
            ufw --force delete allow "$2"
        fi
        ;;
    firewalld*)
        if [ "$(firewall-cmd --state 2>/dev/null)" = running ]; then
            if firewall-cmd ${1#firewalld} --zone="$3" --query-port="$2" >/dev/null 2>&1; then
                firewall-cmd ${1#firewalld} --zone="$3" --remove-port="$2"
            fi
        elif command -v firewall-offline-cmd >/dev/null 2>&1; then
            firewall-offline-cmd --zone="$3" --remove-port="$2"
        fi
        ;;
    esac
}

# --- packages -------------------------------------------------------------------------------------------------

packager() {
    for program in apt-get dnf apk; do
        if command -v "$program" >/dev/null 2>&1; then
            echo "$program"
            return 0
        fi
    done
    return 1
}

package_there() { # NAME
    case $(packager) in
    apt-get) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    dnf) rpm -q "$1" >/dev/null 2>&1 ;;
    apk) apk info -e "$1" >/dev/null 2>&1 ;;
    *) return 1 ;;
    esac
}

apt() { # as no person is there to answer
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=yes apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 -o APT::Keep-Downloaded-Packages=false -o Dpkg::Options::=--force-confold \
        -o Dpkg::Use-Pty=0 "$@" 2>&1 </dev/null
}

# would_apt ACTION NAME...: the packages that it would install or take away, one a line
would_apt() {
    apt -s "$@" | sed -n 's/^\(Inst\|Remv\|Purg\) \([^ :]*\).*/\2/p' | sort -u
}

install_package() { # SERVICE NAME...
    service=$1
    shift
    calm_down
    missing=''
    for name in "$@"; do
        package_there "$name" || missing="$missing $name"
    done
    [ "$missing" ] || return 0
    case $(packager) in
    apt-get)
        # shellcheck disable=SC2086 # several words
        install_by_apt "$service" $missing
        ;;
    dnf)
        rpm -qa --qf '%{NAME}\n' | sort -u >"$etc/packages.new"
        # shellcheck disable=SC2086
        told=$(dnf -q -y --setopt=install_weak_deps=False install $missing 2>&1 </dev/null) ||
            fail "dnf: $(printf '%s' "$told" | tail -n 1)"
        # shellcheck disable=SC2013 # names without blanks
        for name in $(rpm -qa --qf '%{NAME}\n' | sort -u | comm -13 "$etc/packages.new" -); do
            remember package "$service $name"
        done
        rm -f "$etc/packages.new"
        ;;
    apk)
        for name in $missing; do remember package "$service $name"; done
        # shellcheck disable=SC2086
        told=$(apk add --no-cache $missing 2>&1) || fail "apk: $(printf '%s' "$told" | tail -n 1)"
        ;;
    *) fail "there is no apt-get, dnf or apk to install$missing with" ;;
    esac
}

install_by_apt() { # SERVICE NAME...
    service=$1
    shift
    if [ "$(dpkg --audit 2>/dev/null)" ]; then # a set-up that was broken off in the middle of it
        told=$(DEBIAN_FRONTEND=noninteractive dpkg --configure -a --force-confold 2>&1 </dev/null) || fail "dpkg: $told"
    fi
    for name in "$@"; do
        apt -s install "$name" >/dev/null && continue
        told=$(apt update) || fail "apt-get update: $(printf '%s' "$told" | tail -n 1)"
        break
    done
    told=$(apt -s install "$@") || fail "apt-get: $(printf '%s' "$told" | grep '^E:' | tail -n 1)"
    for name in $(would_apt install "$@"); do
        if package_there "$name"; then continue; fi # a newer one of it: not ours to take away
        remember package "$service $name"
    done
    keep_calm "$@"
    told=$(apt install "$@") || {
        calm_down
        fail "apt-get: $(printf '%s' "$told" | grep '^E:' | tail -n 1)"
    }
    calm_down
}

# Debian starts and enables what it installs. A mask in /run keeps it from starting and is gone after a boot,
# whatever becomes of us; what was enabled is disabled afterwards, or by the next run.
keep_calm() { # NAME...
    has_systemd || return 0
    for name in "$@"; do
        for unit in "$name.service" "$name-server.service"; do
            if [ "$(systemctl is-enabled "$unit" 2>/dev/null)" ]; then continue; fi # it was there before
            remember calm "$unit"
            systemctl --quiet mask --runtime "$unit" 2>/dev/null
        done
    done
}

calm_down() {
    has_systemd || return 0
    for unit in $(values "$record" calm); do
        systemctl --quiet unmask --runtime "$unit" 2>/dev/null
        if [ -e "$root/lib/systemd/system/$unit" ] || [ -e "$root/usr/lib/systemd/system/$unit" ]; then
            systemctl --quiet disable --now "$unit" 2>/dev/null
        fi
    done
    [ -z "$(values "$record" calm)" ] || systemctl daemon-reload 2>/dev/null
    forget calm
}

has_packages() { # SERVICE
    values "$record" package | grep -q "^$1 "
}

take_packages() { # SERVICE
    calm_down
    ours=$(values "$record" package | sed -n "s/^$1 //p")
    there=''
    for name in $ours; do
        if package_there "$name" && ! for_others "$1" "$name" && ! is_used "$name"; then there="$there $name"; fi
    done
    if [ "$there" ]; then
        case $(packager) in
        apt-get) take_by_apt "$there" ;;
        dnf) # rpm refuses to take what others need
            # shellcheck disable=SC2086
            rpm -e $there 2>/dev/null || for name in $there; do rpm -e "$name" 2>/dev/null; done
            ;;
        apk)
            # shellcheck disable=SC2086
            told=$(apk del $there 2>&1) || fail "apk: $told"
            ;;
        esac
    fi
    for name in $ours; do forget package "$1 $name"; done
}

for_others() { # SERVICE PACKAGE: another service of ours has come to need it
    values "$record" package | grep -v "^$1 " | grep -q " $2\$"
}

# is_used PACKAGE: somebody has made it theirs since: its own service runs or will (ours run by units of ours, and
# what the package would have started was disabled), or its settings were changed.
is_used() {
    case $(packager) in
    apt-get) ! dpkg --verify "$1" 2>/dev/null | grep -q '^..5.* c ' || return 0 ;;
    esac
    has_systemd || return 1
    for unit in $(units_of_package "$1" | sed -n 's|.*/systemd/system/\([^/]*\.service\)$|\1|p'); do
        case $unit in
        *@.service)
            for wanted in "$units"/*.wants/"${unit%.service}"?*.service; do
                if [ -L "$wanted" ]; then return 0; fi
            done
            [ -z "$(systemctl list-units --plain --no-legend --state=active "${unit%.service}*" 2>/dev/null)" ] || return 0
            ;;
        *)
            if [ "$(of_unit "$unit" ActiveState)" = active ] ||
                [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = enabled ]; then
                return 0
            fi
            ;;
        esac
    done
    return 1
}

units_of_package() { # NAME
    case $(packager) in
    apt-get) dpkg -L "$1" 2>/dev/null ;;
    dnf) rpm -ql "$1" 2>/dev/null ;;
    esac
}

take_by_apt() { # "NAME..."
    # shellcheck disable=SC2086 # several words
    set -- $1
    if only_ours "$*" "$@"; then
        told=$(apt purge "$@") || fail "apt-get: $(printf '%s' "$told" | grep '^E:' | tail -n 1)"
        return
    fi
    all=$*
    for name in "$@"; do # somebody has come to need one of them: it stays, and the others go
        if package_there "$name" && only_ours "$all" "$name"; then
            told=$(apt purge "$name") || fail "apt-get: $(printf '%s' "$told" | grep '^E:' | tail -n 1)"
        fi
    done
}

only_ours() { # "OURS..." NAME...: taking these away takes nothing else along
    may=" $1 "
    shift
    for name in $(would_apt purge "$@"); do
        case $may in
        *" $name "*) ;;
        *) return 1 ;;
        esac
    done
}
