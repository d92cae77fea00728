#!/bin/sh
# RelayTray: setting a relay up, a Shadowsocks server as a service. See setup-common.sh and setup-services.sh.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script
#
# What is asked for comes as the payload "shadowsocks", name=value lines: it has passwords, which must never be
# words of a command line. So no program here gets one as a word either: the shell's own printf writes them.
#
# Whoever has a password may reach the internet from here, and nothing else: not this machine (whose own
# firewall does not see what comes from itself) and no private network. Two things see to that:
#   * TCP: the server's list of what it does not connect to. shadowsocks-libev looks a name up first, and
#     compares the very address that it then connects to (connect_to_remote in its src/server.c).
#   * UDP: shadowsocks-libev has no such list for it (src/udprelay.c). So UDP is served by a unit of its own,
#     to which systemd lets no packet from or to these addresses (IPAddressDeny=, a filter in the kernel).
#     Where a trial shows that the kernel does not do that, there is no UDP; the unit tries it at each start.
#     So UDP also serves nobody who comes from a private network, and knows no names (its name server may be
#     in one): phones send addresses.
#   * shadowsocks-rust looks a name up twice, once to compare and once to connect, so a name server could
#     answer differently: all of its units get the kernel's filter. A plugin talks to its server through
#     127.0.0.1, which that filter forbids, too: no camouflage with shadowsocks-rust.

shadowsocks_account=relaytray-shadowsocks
shadowsocks_folder=$etc/shadowsocks
shadowsocks_old=$shadowsocks_folder/old # as long as a change is not done
shadowsocks_instances='main phones phones-udp'
filters='' # not known yet whether the kernel does

# Everything that is not the public internet: RFC 6890 and its successors; IPv6 forms that carry an IPv4 address
# (mapped, compatible, NAT64, Teredo, 6to4) could else name an address of the first list. 168.63.129.16 is what
# Azure gives a machine its secrets by; the other clouds do that within 169.254.0.0/16 and 100.64.0.0/10.
not_public='0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16
168.63.129.16/32 224.0.0.0/4 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/32 2002::/16 fc00::/7
fe80::/10 fec0::/10 ff00::/8'

# --- what is asked for ----------------------------------------------------------------------------------------

asked() { # NAME
    payload shadowsocks | sed -n "s/^$1=//p"
}

read_wishes() {
    method=$(asked method) main_port=$(asked port) plugin=$(asked plugin) plugin_options=$(asked plugin_options)
    phones=$(asked phones) phones_port=$(asked phones_port) phones_method=chacha20-ietf-poly1305
    [ "$method" ] && [ "$main_port" ] || fail "nothing was asked for"
}

unit_of() { # INSTANCE
    case $1 in
    main) echo "$shadowsocks_account.service" ;;
    *) echo "$shadowsocks_account-$1.service" ;;
    esac
}

port_of() { # INSTANCE
    case $1 in
    main) echo "$main_port/tcp" ;;
    phones) echo "$phones_port/tcp" ;;
    phones-udp) echo "$phones_port/udp" ;;
    esac
}

wanted_instances() {
    echo main
    if [ "$phones" = yes ]; then
        echo phones
        if kernel_filters; then echo phones-udp; fi
    fi
}

is_wanted() { # INSTANCE
    case " $instances " in
    *" $1 "*) return 0 ;;
    esac
    return 1
}

# --- programs -------------------------------------------------------------------------------------------------

# find_program: "kind" and "program", of those that can do what is asked for
find_program() {
    kind='' program=''
    found=$(command -v ss-server 2>/dev/null)
    if [ "$found" ]; then
        told=$("$found" -h 2>&1)
        case $told in # the first word of the method's name stands alone: "aes-256-gcm,"
        *--acl*) case $told in *[\ ]"$method"[,.]*) kind=libev program=$found && return 0 ;; esac ;;
        esac
    fi
    found=$(command -v ssserver 2>/dev/null)
    if [ "$found" ]; then
        told=$("$found" --version 2>/dev/null)
        case $told in
        shadowsocks\ 1.1[5-9].* | shadowsocks\ 1.[2-9][0-9].* | shadowsocks\ [2-9].*)
            kind=rust program=$found
            return 0
            ;;
        esac
    fi
    return 1
}

find_plugin() {
    plugin_program=''
    case $plugin in
    '') return 0 ;;
    obfs-server) names=obfs-server ;;
    v2ray-plugin) names='v2ray-plugin ss-v2ray-plugin' ;;
    *) fail "there is no plugin $plugin" ;;
    esac
    for name in $names; do
        plugin_program=$(command -v "$name" 2>/dev/null) && return 0
    done
    return 1
}

# packages_wanted: the names are Debian's, and most others have them from there
packages_wanted() {
    case $method in
    2022-*) ;;
    *) [ "$program" ] || echo shadowsocks-libev ;;
    esac
    case $plugin_program:$plugin in
    :obfs-server) echo simple-obfs ;;
    :v2ray-plugin) echo shadowsocks-v2ray-plugin ;;
    esac
}

# The trial: a packet to this machine itself, from where none may be sent. The same without a fence must pass.
trial='logger --socket-errors=on --udp --server 127.0.0.1 --port 9 RelayTray'

kernel_filters() {
    [ "$filters" ] || {
        filters=no
        if command -v systemd-run >/dev/null 2>&1 && command -v logger >/dev/null 2>&1 &&
            told=$($trial 2>&1 </dev/null) && [ -z "$told" ]; then
            # shellcheck disable=SC2086 # words
            told=$(systemd-run --quiet --wait --pipe --collect --setenv=LC_ALL=C \
                --property=IPAddressDeny=127.0.0.0/8 $trial 2>&1 </dev/null)
            case $told in
            *"Operation not permitted"*) filters=yes ;;
            esac
        fi
    }
    [ "$filters" = yes ]
}

# --- files ----------------------------------------------------------------------------------------------------

# The addresses of this machine that are not on the other list: what it keeps from the outside by a firewall
# could be reached by them from the inside.
own_addresses() {
    {
        leaf=''
        while read -r mark address rest; do
            case "$mark $address $rest" in
            '/32 host LOCAL'*) printf '%s\n' "$leaf" ;;
            '|-- '*) leaf=$address ;;
            esac
        done 2>/dev/null <"$proc/net/fib_trie"
        sed 's/ .*//; s/..../&:/g; s/:$//' "$proc/net/if_inet6" 2>/dev/null
    } | sort -u | while IFS= read -r address; do
        case $address in
        0.* | 10.* | 127.* | 192.168.* | 169.254.* | 0000:* | f[cdef]*) ;;
        172.1[6-9].* | 172.2?.* | 172.3[01].* | 100.6[4-9].* | 100.[7-9]?.* | 100.1[01]?.* | 100.12[0-7].*) ;;
        *) printf '%s\n' "$address" ;;
        esac
    done
}

list_text() {
    echo "# RelayTray made this: nobody reaches this machine or a private network through Shadowsocks."
    echo "[outbound_block_list]"
    # shellcheck disable=SC2086 # words
    printf '%s\n' $not_public $own
}

password_of() { # main|phones: the one that clients have already, where it is of use; else the one that was sent
    kept_in=$shadowsocks_old/$1.json # where a change was broken off, people have that of before it
    [ -f "$kept_in" ] || kept_in=$shadowsocks_folder/$1.json
    kept=$(sed -n 's/^ *"password": "\(.*\)",$/\1/p' "$kept_in" 2>/dev/null)
    if [ "$1" = main ]; then fits=$method sent=password; else fits=$phones_method sent=phones_password; fi
    case $fits:${#kept} in
    *:0 | 2022-blake3-aes-128-gcm:4? | 2022-blake3-aes-256-gcm:[!4]? | 2022-blake3-chacha20-poly1305:[!4]?)
        asked "$sent" # a method of 2022 takes keys of its own length only: 16 or 32 bytes, 24 or 44 characters
        ;;
    2022-*:24 | 2022-*:44 | [!2]*) printf '%s\n' "$kept" ;;
    *) asked "$sent" ;;
    esac
}

server_text() {
    if [ -z "$(cat "$proc/net/if_inet6" 2>/dev/null)" ]; then
        printf '"0.0.0.0"'
    elif [ "$kind" = rust ]; then
        printf '"::"' # takes IPv4, too
    else
        printf '["::0", "0.0.0.0"]'
    fi
}

config_text() { # INSTANCE
    mode_word=tcp_only idle_s=3600
    case $1 in
    main) port=$main_port cipher=$method password=$(password_of main) ;;
    phones) port=$phones_port cipher=$phones_method password=$(password_of phones) ;;
    phones-udp)
        port=$phones_port cipher=$phones_method password=$(password_of phones)
        mode_word=udp_only idle_s=300
        ;;
    esac
    printf '{\n    "server": %s,\n    "server_port": %s,\n' "$(server_text)" "$port"
    printf '    "password": "%s",\n    "method": "%s",\n' "$password" "$cipher"
    if [ "$1" = main ] && [ "$plugin" ]; then
        printf '    "plugin": "%s",\n    "plugin_opts": "%s",\n' "$plugin_program" "$plugin_options"
    fi
    printf '    "mode": "%s",\n    "timeout": %s,\n    "no_delay": true\n}\n' "$mode_word" "$idle_s"
}

config_is_right() { # INSTANCE
    config_text "$1" | holds "$shadowsocks_folder/$1.json" &&
        [ "$(about "$shadowsocks_folder/$1.json")" = "-rw-r----- 0 $(group_number)" ]
}

group_number() { field "$(entry group "$shadowsocks_account")" 3; }

# From its first byte on, nobody but root and the service can read it.
put_config() { # INSTANCE
    file=$shadowsocks_folder/$1.json
    remember file "$file"
    rm -f "$file.new"
    (umask 077 && config_text "$1" >"$file.new") && chown "0:$(group_number)" "$file.new" && chmod 640 "$file.new" &&
        mv -f "$file.new" "$file" || {
        rm -f "$file.new"
        fail "$file could not be written"
    }
    relabel "$file"
}

unit_text() { # INSTANCE
    port=$(port_of "$1")
    options='' privilege=''
    [ "$1" != phones-udp ] || [ "$kind" != libev ] || options=' -U'
    [ "${port%/*}" -ge 1024 ] || privilege=CAP_NET_BIND_SERVICE
    cat <<RELAYTRAY
# RelayTray made this; it takes it away again.
[Unit]
Description=Shadowsocks server of RelayTray ($1)
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=$shadowsocks_account
Group=$shadowsocks_account
ExecStart=$program -c $shadowsocks_folder/$1.json --acl $shadowsocks_folder/not-public.acl$options
Restart=always
RestartSec=2
LimitNOFILE=32768
LimitCORE=0
AmbientCapabilities=$privilege
CapabilityBoundingSet=$privilege
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
$(system_calls)
SystemCallFilter=~@privileged
UMask=0077
RELAYTRAY
    if [ "$1" = phones-udp ] || [ "$kind" = rust ]; then
        # shellcheck disable=SC2086 # words
        printf 'IPAddressDeny=%s\n' $not_public $own
        # whatever kernel it is one day: without the fence it does not start
        printf "ExecStartPre=+/bin/sh -c 'case \"\$\$(LC_ALL=C %s 2>&1)\" in *\"not permitted\"*) ;; *) %s' \n" "$trial" \
            'echo "this kernel filters no packets of a service" >&2; exit 1 ;; esac'
    fi
    printf '\n[Install]\nWantedBy=multi-user.target\n'
}

# --- the step -------------------------------------------------------------------------------------------------

# After "prepare". cannot: notes of what stands in the way on this machine; nothing when it can be done
cannot() {
    if ! has_systemd; then
        note needs-systemd
        return
    fi
    if [ -z "$program" ]; then
        case $method in
        2022-*) note shadowsocks-method-unknown "method=$method" ;;
        *) packager >/dev/null || note shadowsocks-program-missing program=ss-server ;;
        esac
    elif [ "$kind" = rust ] && [ "$plugin" ]; then
        note shadowsocks-no-camouflage "program=$program"
    elif [ "$plugin" ] && [ -z "$plugin_program" ]; then
        packager >/dev/null || note shadowsocks-program-missing "program=$plugin"
    fi
    if [ "$kind" = rust ] && ! kernel_filters; then note shadowsocks-unfenced "program=$program"; fi
    check_port "$(unit_of main)" "$main_port/tcp"
    if [ "$phones" = yes ]; then
        check_port "$(unit_of phones)" "$phones_port/tcp"
        if kernel_filters; then check_port "$(unit_of phones-udp)" "$phones_port/udp"; fi
    fi
}

# differences: notes of what is not as it must be; nothing when all of it is right
differences() {
    for package in $(packages_wanted); do note package-installed "package=$package"; done
    service_account_is_right "$shadowsocks_account" || note account-missing "account=$shadowsocks_account"
    differs_unless "$shadowsocks_folder" folder_is_right
    [ ! -d "$shadowsocks_old" ] || note file-differs "path=$shadowsocks_folder" # a change was broken off
    differs_unless "$shadowsocks_folder/not-public.acl" list_is_right
    for instance in $shadowsocks_instances; do
        unit=$(unit_of "$instance")
        if is_wanted "$instance"; then
            differs_unless "$shadowsocks_folder/$instance.json" config_is_right "$instance"
            differs_unless "$units/$unit" unit_is_right "$instance"
            is_running "$instance" || note service-not-running "service=$unit"
        elif recorded unit "$unit"; then
            note shadowsocks-service-goes "service=$unit"
        fi
    done
}

folder_is_right() { [ "$(about "$shadowsocks_folder")" = "drwxr-x--- 0 $(group_number)" ]; }

list_is_right() {
    list_text | holds "$shadowsocks_folder/not-public.acl" &&
        [ "$(about "$shadowsocks_folder/not-public.acl")" = "-rw-r--r-- 0 0" ]
}

unit_is_right() { unit_text "$1" | unit_holds "$(unit_of "$1")"; }

differs_unless() { # FILE TEST...
    differing=$1
    shift
    if [ ! -e "$differing" ]; then
        note file-missing "path=$differing"
    elif ! "$@"; then
        note file-differs "path=$differing"
    fi
}

prepare() {
    read_wishes
    own=$(own_addresses)
    find_program
    find_plugin
    if has_systemd && { [ "$phones" = yes ] || [ "$kind" = rust ]; }; then kernel_filters; fi
    instances=$(wanted_instances | tr '\n' ' ')
}

check_shadowsocks() {
    prepare
    told=$(cannot)
    if [ "$told" ]; then
        printf '%s\n' "$told"
        state=impossible
        return
    fi
    told=$(differences)
    ports=$(for instance in $instances; do port_of "$instance"; done)
    if [ "$told" ]; then
        # where nothing of it is there yet, a list of its files says nothing
        recorded unit "$(unit_of main)" || told=$(printf '%s\n' "$told" | grep -v '^note=\(file\|service\)-')
        note shadowsocks-server "port=$main_port" "method=$method" "camouflage=$plugin${plugin_options:+ $plugin_options}"
        if [ "$phones" = yes ]; then note shadowsocks-phones "port=$phones_port" "method=$phones_method"; fi
        [ -z "$told" ] || printf '%s\n' "$told"
        changed
    fi
    if [ "$phones" = yes ] && ! is_wanted phones-udp; then note shadowsocks-without-udp; fi
    # shellcheck disable=SC2086 # words
    check_firewall shadowsocks $ports
}

apply_shadowsocks() {
    # shellcheck disable=SC2046 # words
    install_package shadowsocks $(packages_wanted)
    prepare
    [ "$program" ] || fail "no Shadowsocks server that can do $method was found after the package was installed"
    find_plugin || fail "the plugin $plugin was not found after its package was installed"
    service_account "$shadowsocks_account"
    make_dir "$shadowsocks_folder" 750
    chmod 750 "$shadowsocks_folder" && chown "0:$(group_number)" "$shadowsocks_folder" || fail "$shadowsocks_folder could not be changed"
    changed_instances=$(for instance in $instances; do is_running_right "$instance" || echo "$instance"; done)
    keep_old
    # in the record: a run that breaks off here leaves new files beside a server that has read the old ones
    for instance in $changed_instances; do remember restart "$(unit_of "$instance")"; done
    remember file "$shadowsocks_folder/not-public.acl"
    list_text | put "$shadowsocks_folder/not-public.acl" 644 || exit 3
    ports=''
    for instance in $shadowsocks_instances; do
        is_wanted "$instance" || take_instance "$instance"
    done
    for instance in $instances; do
        put_config "$instance"
        unit_text "$instance" | put_unit "$(unit_of "$instance")" || exit 3 # a pipe has a shell of its own
        ports="$ports $(port_of "$instance")"
    done
    # shellcheck disable=SC2086 # words
    check_firewall shadowsocks $ports
    for port in $ports; do open_port shadowsocks "$port"; done
    if told=$(start_changed); then
        [ -z "$told" ] || printf '%s\n' "$told"
    else
        printf '%s\n' "$told"
        put_back
        exit 3
    fi
    rm -rf "$shadowsocks_old"
    # shellcheck disable=SC2086 # words
    close_ports shadowsocks $ports
}

start_changed() {
    for instance in $changed_instances; do
        start_unit "$(unit_of "$instance")" "$(port_of "$instance")"
        forget restart "$(unit_of "$instance")"
    done
}

# What was there before anything is written, complete or not at all. A run that was broken off has left that of the
# last one that went well.
keep_old() {
    [ ! -d "$shadowsocks_old" ] && [ -f "$shadowsocks_folder/main.json" ] && recorded unit "$(unit_of main)" || return 0
    rm -rf "$shadowsocks_old.new"
    (umask 077 && mkdir "$shadowsocks_old.new" && copy_to_old) && mv "$shadowsocks_old.new" "$shadowsocks_old" || {
        rm -rf "$shadowsocks_old.new"
        fail "$shadowsocks_folder could not be written"
    }
}

copy_to_old() {
    for instance in $shadowsocks_instances; do
        for kept_file in "$shadowsocks_folder/$instance.json" "$units/$(unit_of "$instance")"; do
            [ ! -f "$kept_file" ] || cp -p "$kept_file" "$shadowsocks_old.new" || return 1
        done
    done
    cp -p "$shadowsocks_folder/not-public.acl" "$shadowsocks_old.new"
}

# put_back: what is new does not run, so what was there does again, with the passwords that people have
put_back() {
    [ -d "$shadowsocks_old" ] || return 0
    old_ports='' restarted=''
    for instance in $shadowsocks_instances; do
        old_unit=$(unit_of "$instance")
        if [ ! -f "$shadowsocks_old/$instance.json" ] || [ ! -f "$shadowsocks_old/$old_unit" ]; then
            take_instance "$instance"
            continue
        fi
        if ! holds "$units/$old_unit" <"$shadowsocks_old/$old_unit" || recorded restart "$old_unit" ||
            ! holds "$shadowsocks_folder/$instance.json" <"$shadowsocks_old/$instance.json"; then
            restarted="$restarted $old_unit"
        fi
        remember file "$shadowsocks_folder/$instance.json"
        remember unit "$old_unit"
        mv -f "$shadowsocks_old/$instance.json" "$shadowsocks_folder/$instance.json"
        put "$units/$old_unit" 644 <"$shadowsocks_old/$old_unit"
        old_port=$(sed -n 's/^ *"server_port": \([0-9]*\),$/\1/p' "$shadowsocks_folder/$instance.json")
        case $instance in
        *-udp) old_ports="$old_ports $old_port/udp" ;;
        *) old_ports="$old_ports $old_port/tcp" ;;
        esac
    done
    mv -f "$shadowsocks_old/not-public.acl" "$shadowsocks_folder/not-public.acl"
    systemctl daemon-reload 2>/dev/null
    for old_unit in $restarted; do
        systemctl --quiet enable "$old_unit" 2>/dev/null
        systemctl reset-failed "$old_unit" 2>/dev/null
        if systemctl restart "$old_unit" 2>/dev/null; then forget restart "$old_unit"; fi
    done
    # shellcheck disable=SC2086 # words
    close_ports shadowsocks $old_ports
    rm -rf "$shadowsocks_old"
}

# Whoever is connected by one that is right already stays connected.
is_running_right() { # INSTANCE
    list_is_right && config_is_right "$1" && unit_is_right "$1" && is_running "$1"
}

is_running() { # INSTANCE: with what it was given last
    running=$(unit_of "$1")
    unit_is_up "$running" && unit_listens "$running" "$(port_of "$1")" && ! recorded restart "$running"
}

take_instance() { # INSTANCE
    forget restart "$(unit_of "$1")"
    take_unit "$(unit_of "$1")"
    rm -f "$shadowsocks_folder/$1.json" "$shadowsocks_folder/$1.json.new"
    forget file "$shadowsocks_folder/$1.json"
}

# The passwords that are in force, for the person's keyring. Only root can read them here.
reveal_shadowsocks() {
    for instance in main phones; do
        sed -n "s/^ *\"password\": \"\\(.*\\)\",\$/password=$instance \\1/p" "$shadowsocks_folder/$instance.json" 2>/dev/null
    done
}

left_shadowsocks() {
    if [ -e "$shadowsocks_folder" ] || recorded user "$shadowsocks_account"; then changed; fi
    for instance in $shadowsocks_instances; do
        if recorded unit "$(unit_of "$instance")"; then changed; fi
    done
    if has_open_ports shadowsocks || has_packages shadowsocks; then changed; fi
}

undo_shadowsocks() {
    for instance in $shadowsocks_instances; do take_instance "$instance"; done
    close_ports shadowsocks
    rm -rf "$shadowsocks_folder"
    forget file "$shadowsocks_folder/not-public.acl"
    forget dir "$shadowsocks_folder"
    take_service_account "$shadowsocks_account"
    take_packages shadowsocks
}
