#!/bin/sh
# RelayTray: who may do what at this relay. Run over SSH by the person who set it up:
#
#   sh -s -- system|account OPERATION name=value ...
#
# It prints name=value lines. A refusal is "error=CODE" with more lines about it, and status 3.

# shellcheck disable=SC2015 # what stands behind || ends the script or the round

LC_ALL=C
export LC_ALL
umask 022
PATH=$PATH:/usr/sbin:/sbin
FIRST_PORT=22222

refuse() { # CODE DETAIL=TEXT ...
    echo "error=$1"
    shift
    for detail in "$@"; do
        printf '%s\n' "$detail"
    done
    exit 3
}

value() {
    [ -f "$1" ] || return 0
    while IFS= read -r line; do
        case $line in
        "$2="*)
            printf '%s\n' "${line#*=}"
            return 0
            ;;
        esac
    done <"$1"
}

# given NAME: what the caller said for it; all values are checked by whoever uses them
given() {
    for argument in $arguments; do
        eval "word=\$argument_$argument"
        # shellcheck disable=SC2154 # set by the line before
        case $word in
        "$1="*) printf '%s\n' "${word#*=}" ;;
        esac
    done
}

is_id() {
    case $1 in
    *[!a-z0-9]*) return 1 ;;
    ????????) ;;
    *) return 1 ;;
    esac
}

is_port() {
    case $1 in
    '' | 0* | *[!0-9]* | ??????*) return 1 ;;
    esac
    [ "$1" -le 65535 ]
}

is_alias() {
    case $1 in
    '' | [!a-z0-9]* | *[!a-z0-9._-]*) return 1 ;;
    esac
    [ ${#1} -le 64 ]
}

is_key() {
    case $1 in
    ssh-ed25519\ AAAA* | ssh-rsa\ AAAA* | ecdsa-sha2-nistp*\ AAAA* | sk-*@openssh.com\ AAAA*) ;;
    *) return 1 ;;
    esac
    rest=${1#* }
    case ${1%% *}$rest in
    *[!A-Za-z0-9+/=.@-]*) return 1 ;;
    esac
}

# put FILE: what comes in becomes the file, in one step
put() {
    new=${1%/*}/.${1##*/}.$$
    cat >"$new" && mv -f "$new" "$1" || {
        rm -f "$new"
        refuse unwritable "path=$1"
    }
}

# One at a time; a lock whose holder died is taken away.
lock() {
    tries=0
    until mkdir "$etc/lock" 2>/dev/null; do
        tries=$((tries + 1))
        holder=$(value "$etc/lock/pid" pid)
        if [ "$tries" -gt 20 ] && [ ! -d "$etc/lock" ]; then # the disk is full, or may not be written to
            refuse unwritable "path=$etc"
        elif [ "$tries" -gt 5 ] && [ "$holder" ] && ! kill -0 "$holder" 2>/dev/null || [ "$tries" -gt 200 ]; then
            mv "$etc/lock" "$etc/lock.$$" 2>/dev/null && rm -rf "$etc/lock.$$"
        fi
        sleep 0.1 2>/dev/null || sleep 1
    done
    echo "pid=$$" >"$etc/lock/pid"
    trap 'rm -rf "$etc/lock"' EXIT
    trap 'exit 1' HUP INT TERM
}

folders() {
    if [ "$account" ]; then
        umask 077
        [ -d "$reports" ] || mkdir -p "$reports" || refuse unwritable "path=$reports"
    fi
    [ -d "$reports" ] || refuse not-set-up
    for folder in "$etc" "$etc/pcs" "$etc/servers" "$etc/tokens"; do
        [ -d "$folder" ] || mkdir -p "$folder" || refuse unwritable "path=$folder"
    done
}

sync() {
    [ -z "$account" ] || "$libexec/authorized-keys" --sync || refuse unwritable "path=~/.ssh/authorized_keys"
}

# listeners PORT: the kernel's lines on who listens there, at any address
listeners() {
    grep -h "$(printf ':%04X [0-9A-F]*:0000 0A ' "$1")" /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

is_listening() {
    [ "$(listeners "$1")" ]
}

# is_held PORT: whether a tunnel may hold it. Without root all tunnels are logins of our own account, and sshd listens
# with its rights: a listener of another user, or of a program that we can see, is none of them.
is_held() {
    [ "$account" ] || {
        is_listening "$1"
        return
    }
    me=$(id -u)
    mine=$(listeners "$1" | while read -r _ _ _ _ _ _ _ uid _; do [ "$uid" = "$me" ] && echo "$uid"; done)
    [ "$mine" ] || return 1
    seen=$(holders "$1")
    for pid in $seen; do
        is_sshd "$pid" && return
    done
    [ -z "$seen" ] # sshd's descriptors are hidden from everybody but root
}

# holders PORT: the processes that listen there, as far as we may see them
holders() {
    listeners "$1" | while read -r _ _ _ _ _ _ _ _ _ inode _; do
        # shellcheck disable=SC2010 # the names of descriptors are numbers; one readlink for each is far too slow
        ls -l /proc/[0-9]*/fd 2>/dev/null | grep -e '^/proc/' -e "socket:\\[$inode\\]" |
            while read -r line; do
                case $line in
                /proc/*) pid=${line#/proc/} ;;
                *) printf '%s\n' "${pid%%/*}" ;;
                esac
            done
    done | sort -u
}

is_sshd() {
    read -r name <"/proc/$1/comm" 2>/dev/null || return 1
    case $name in
    sshd*) ;;
    *) return 1 ;;
    esac
}

# who PORT: a word on who holds the port
who() {
    name=$(value "$etc/servers/$1" alias)
    if [ "$name" ]; then
        echo "server $name"
        return
    fi
    for pid in $(holders "$1"); do
        read -r name <"/proc/$pid/comm" && echo "$name" && return
    done
    echo "another program"
}

# without_token ID: takes back a line, and what came of it
without_token() {
    rm -f "$etc/tokens/$1" "$reports/$1" "$etc/bridges/$1"
}

# Lines that expired unused leave nothing behind. Those that were used stay: their report is the permission.
forget_expired() {
    now=$(date +%s)
    for file in "$etc"/tokens/*; do
        token=${file##*/}
        expires=$(value "$file" expires)
        is_id "$token" || continue
        [ "${expires:-0}" -gt "$now" ] || [ -f "$reports/$token" ] || rm -f "$etc/bridges/$token"
        [ "${expires:-0}" -gt $((now - 604800)) ] || [ -f "$reports/$token" ] || rm -f "$file"
    done
}

# is_its_own PORT: whether the port is this server's: by an earlier line of the same profile; or, where no line
# was ever made for the port, by its name. Two people may each have a server "gpu".
is_its_own() {
    tokens=$(value "$etc/servers/$1" tokens)
    if [ -z "$tokens" ]; then
        [ "$(value "$etc/servers/$1" alias)" = "$alias" ]
        return
    fi
    for token in $(given known); do
        case " $tokens " in
        *" $token "*) return 0 ;;
        esac
    done
    return 1
}

# choose_port: puts the port for this server into $port, or refuses
choose_port() {
    port=$(given port)
    any=$(given any)
    if is_port "$port"; then
        if is_its_own "$port"; then
            return
        elif [ ! -f "$etc/servers/$port" ] && ! is_listening "$port"; then
            return
        elif [ "$any" != yes ]; then
            refuse port-taken "port=$port" "holder=$(who "$port")"
        fi
    elif [ "$port" != auto ]; then
        refuse not-understood "what=port"
    fi
    port=$FIRST_PORT
    while [ -f "$etc/servers/$port" ] || is_listening "$port"; do
        port=$((port + 1))
        [ "$port" -le 65535 ] || refuse port-taken "port=auto" "holder=other programs"
    done
}

# allot: notes the server at its port: $alias, $port, $pc and, where there is one, its newest token
allot() {
    file=$etc/servers/$port
    pcs=$(value "$file" pcs)
    tokens=$(value "$file" tokens)
    case " $pcs " in
    *" $pc "*) ;;
    *) pcs=$pcs${pcs:+ }$pc ;;
    esac
    printf 'alias=%s\ntokens=%s\npcs=%s\n' "$alias" "$1${1:+${tokens:+ }}$tokens" "$pcs" | put "$file" || exit 3
}

named_server() {
    alias=$(given alias)
    pc=$(given pc)
    is_alias "$alias" || refuse not-understood "what=alias"
    [ -z "$pc" ] || is_id "$pc" || refuse not-understood "what=pc"
}

op_allot() {
    named_server
    choose_port
    allot ''
    sync
    echo "port=$port"
}

op_issue() {
    id=$(given id)
    key=$(given key)
    person_key=$(given person_key)
    hours=$(given hours)
    user_sshd=$(given user_sshd)
    sshd_port=$(given sshd_port)
    is_id "$id" && [ ! -f "$etc/tokens/$id" ] || refuse not-understood "what=id"
    is_key "$key" || refuse not-understood "what=key"
    [ -z "$person_key" ] || is_key "$person_key" || refuse not-understood "what=person_key"
    is_port "$hours" || refuse not-understood "what=hours"
    is_port "$sshd_port" || refuse not-understood "what=sshd_port"
    [ "$user_sshd" = 1 ] || user_sshd=0
    named_server
    [ -f "$etc/host" ] || refuse not-set-up
    forget_expired
    choose_port
    now=$(date +%s)
    expires=$((now + hours * 3600))
    put "$etc/tokens/$id" <<END
port=$port
expires=$expires
key=$key
person_key=$person_key
user_sshd=$user_sshd
sshd_port=$sshd_port
alias=$alias
END
    # a line that was never used is of no use once there is a newer one, and no bridge of an older one is let in
    for older in $(value "$etc/servers/$port" tokens); do
        is_id "$older" || continue
        rm -f "$etc/bridges/$older"
        [ -f "$reports/$older" ] || without_token "$older"
    done
    allot "$id"
    sync
    printf 'port=%s\nexpires=%s\n' "$port" "$expires"
    {
        read -r host host_port
        printf 'host=%s\nhost_port=%s\n' "$host" "$host_port"
        while read -r _ type blob _; do
            printf 'host_key=%s %s\n' "$type" "$blob"
        done
    } <"$etc/host"
}

# What a server's bridge needs: secret, for the account alone that gives it to the server. It comes by the script.
op_bridge() {
    id=$(given id)
    is_id "$id" && [ -f "$etc/tokens/$id" ] || refuse missing
    [ -z "$account" ] || refuse not-understood "what=mode"
    # set up by an older RelayTray: its scripts know no bridges
    [ -f "$libexec/bridge.sh" ] || [ -f "$root/usr/lib/relaytray/bridge.sh" ] || refuse not-set-up
    file=$etc/bridges/$id
    [ -d "${file%/*}" ] || mkdir "${file%/*}" || refuse unwritable "path=${file%/*}"
    new=${file%/*}/.$id.$$
    (umask 077 && payload >"$new") && chgrp relaytray-enrol "$new" && chmod 640 "$new" && mv -f "$new" "$file" || {
        rm -f "$new"
        refuse unwritable "path=$file"
    }
}

op_report() {
    id=$(given id)
    is_id "$id" || refuse not-understood "what=id"
    [ -f "$etc/tokens/$id" ] || refuse missing
    if [ ! -f "$reports/$id" ]; then
        if [ "$(value "$etc/tokens/$id" expires)" -le "$(date +%s)" ]; then
            rm -f "$etc/bridges/$id"
            refuse expired
        fi
        echo "state=waiting"
        return
    fi
    echo "state=reported"
    cat "$reports/$id"
    if is_listening "$(value "$etc/tokens/$id" port)"; then echo "listening=yes"; else echo "listening=no"; fi
}

# The same, once it differs from what the caller has seen; at the latest after so many seconds.
op_wait() {
    seen=$(given seen)
    left=$(given seconds)
    case $left in
    '' | *[!0-9]* | ????*) refuse not-understood "what=seconds" ;;
    esac
    while :; do
        told=$(op_report)
        status=$?
        case $told in
        *listening=yes*) now=listening ;;
        *state=reported*) now=reported ;;
        *) now=waiting ;;
        esac
        [ "$status" = 0 ] && [ "$now" = "$seen" ] && [ "$left" -gt 0 ] || break
        sleep 2
        left=$((left - 2))
    done
    printf '%s\n' "$told"
    return "$status"
}

# A computer may reach a server that did not come by a line, or came by that of another computer.
op_permit_route() {
    named_server
    port=$(given port)
    is_port "$port" || refuse not-understood "what=port"
    [ "$pc" ] || refuse not-understood "what=pc"
    known=$(value "$etc/servers/$port" alias)
    alias=${known:-$alias}
    allot ''
    sync
}

# end_tunnel PORT: ends the login that holds the port, so that it cannot stay after its permission is gone
end_tunnel() {
    for pid in $(holders "$1"); do
        is_sshd "$pid" && kill "$pid"
    done
    noted=$(value "${libexec%/*}/tunnels/$1" pid)
    if [ "$account" ] && [ "$noted" ] && is_held "$1" && is_sshd "$noted"; then
        rm -f "${libexec%/*}/tunnels/$1"
        kill "$noted" 2>/dev/null && is_gone "$1" 20 && return
    fi
    if [ "$account" ] && is_held "$1"; then
        # without root it cannot be seen which of our own logins it is: one without a session, newest first
        for file in $(printf '%s\n' /proc/[0-9]*/cmdline | sort -t/ -k3,3nr); do
            title=$(tr -d '\000' <"$file" 2>/dev/null)
            case $title in
            sshd*": $(id -un)") ;;
            *) continue ;;
            esac
            pid=${file#/proc/}
            kill "${pid%%/*}" 2>/dev/null || continue
            is_gone "$1" 5 && return
        done
    fi
    is_gone "$1" 20
}

is_gone() { # PORT TENTHS
    rounds=0
    while is_held "$1"; do
        rounds=$((rounds + 1))
        [ "$rounds" -le "$2" ] || return 1
        sleep 0.1 2>/dev/null || sleep 1
    done
}

op_drop() {
    port=$(given port)
    id=$(given id)
    is_port "$port" || refuse not-understood "what=port"
    file=$etc/servers/$port
    case " $(value "$file" tokens) " in
    *" ${id:-none} "*) ;;
    *) # the port is another server's by now
        is_id "$id" && without_token "$id"
        sync
        echo "dropped=no"
        return
        ;;
    esac
    for token in $(value "$file" tokens); do
        is_id "$token" && without_token "$token"
    done
    rm -f "$file"
    sync
    echo "dropped=yes"
    if ! is_held "$port"; then
        echo "tunnel=none"
    elif end_tunnel "$port"; then
        echo "tunnel=ended"
    else
        echo "tunnel=stays"
    fi
}

# Ports that servers have; "permitted": those that the computer which asks may reach. "pc": the other computers.
op_list() {
    pc=$(given pc)
    for file in "$etc"/pcs/*; do
        is_id "${file##*/}" && [ "${file##*/}" != "$pc" ] && echo "pc=${file##*/} $(value "$file" name)"
    done
    for file in "$etc"/servers/*; do
        port=${file##*/}
        is_port "$port" || continue
        listening=no reported=no
        is_listening "$port" && listening=yes
        for token in $(value "$file" tokens); do
            is_id "$token" && [ -f "$reports/$token" ] && reported=yes
        done
        echo "server=$port $(value "$file" alias) $listening $reported"
        case " $(value "$file" pcs) " in
        *" ${pc:-none} "*) echo "permitted=$port" ;;
        esac
    done
}

op_permit_pc() {
    id=$(given id)
    key=$(given key)
    exit=$(given exit)
    name=$(given name)
    is_id "$id" || refuse not-understood "what=id"
    is_key "$key" || refuse not-understood "what=key"
    [ "$exit" = yes ] || exit=no
    case $name in
    *[[:cntrl:]]*) refuse not-understood "what=name" ;;
    esac
    printf 'key=%s\nexit=%s\nname=%s\n' "$key" "$exit" "$name" | put "$etc/pcs/$id" || exit 3
    sync
}

op_drop_pc() {
    id=$(given id)
    is_id "$id" || refuse not-understood "what=id"
    rm -f "$etc/pcs/$id"
    sync
}

op_host() {
    host=$(given host)
    port=$(given port)
    is_port "$port" || refuse not-understood "what=port"
    case $host in
    '' | -* | *[!A-Za-z0-9.:_%-]*) refuse not-understood "what=host" ;;
    esac
    {
        echo "$host $port"
        given key | while IFS= read -r key; do
            is_key "$key" && echo "relay $key"
        done
    } | put "$etc/host" || exit 3
}

mode=$1
operation=$2
shift 2
case $mode in
system)
    root=${RELAYTRAY_ROOT-}
    etc=$root/etc/relaytray reports=$root/var/lib/relaytray/enrol
    libexec=$root/usr/local/libexec/relaytray account=''
    ;;
account)
    base=$HOME/.relaytray
    etc=$base/etc reports=$base/enrol libexec=$base/libexec account=yes
    ;;
*) refuse not-understood "what=mode" ;;
esac
arguments='' count=0
for word in "$@"; do
    count=$((count + 1))
    arguments="$arguments $count"
    eval "argument_$count=\$word"
done

folders
case $operation in
report | list | wait) ;;
*) lock ;;
esac
case $operation in
permit-pc) op_permit_pc ;;
permit-route) op_permit_route ;;
drop-pc) op_drop_pc ;;
host) op_host ;;
allot) op_allot ;;
issue) op_issue ;;
bridge) op_bridge ;;
report) op_report ;;
wait) op_wait ;;
drop) op_drop ;;
list) op_list ;;
*) refuse not-understood "what=operation" ;;
esac
