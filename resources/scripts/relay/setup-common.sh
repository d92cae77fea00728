#!/bin/sh
# RelayTray: setting this machine up as a relay, and taking that away again. First part: what all steps use.
#
# The parts are joined by RelayTray and run over SSH: sh -s -- check|apply|left|undo STEP name=value ...
# Output: "state=...", "note=CODE<tab>NAME=VALUE...", "reason=..." lines. Nothing that is read is ever run.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script

LC_ALL=C
export LC_ALL
umask 022
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
tab=$(printf '\t')
newline='
'

note() { # CODE NAME=VALUE ...
    printf 'note=%s' "$1"
    shift
    for detail in "$@"; do
        printf '%s%s' "$tab" "$detail"
    done
    printf '\n'
}

# The end of a step that did not work; the last line of what a program said is reason enough.
fail() {
    printf 'state=failed\nreason=%s\n' "$(printf '%s' "$*" | tr '\n\t' '  ')"
    exit 3
}

changed() { state=change; }

# value FILE NAME: every value of this name, one a line
values() {
    [ -f "$1" ] || return 0
    while IFS= read -r line; do
        case $line in
        "$2="*) printf '%s\n' "${line#*=}" ;;
        esac
    done <"$1"
}

# --- the record: what was here before, and what we made; written before it is made ---------------------------

recorded() { # NAME VALUE
    [ -f "$record" ] || return 1
    while IFS= read -r line; do
        [ "$line" = "$1=$2" ] && return 0
    done <"$record"
    return 1
}

remember() { # NAME VALUE
    recorded "$1" "$2" && return 0
    make_base
    {
        { [ ! -f "$record" ] || cat "$record"; } && printf '%s=%s\n' "$1" "$2"
    } >"$record.new" && mv -f "$record.new" "$record" || unwritten
}

forget() { # NAME [VALUE]: every line of that name, or that one
    [ -f "$record" ] || return 0
    remaining=$(
        while IFS= read -r line; do
            case $line in
            "$1=${2-}"*) [ $# -lt 2 ] || [ "$line" = "$1=$2" ] || printf '%s\n' "$line" ;;
            *) printf '%s\n' "$line" ;;
            esac
        done <"$record"
    )
    # in one go: a loop's status is that of its last round, and a full disk would cost the lines before it
    printf '%s' "$remaining${remaining:+$newline}" >"$record.new" && mv -f "$record.new" "$record" || unwritten
}

unwritten() {
    rm -f "$record.new"
    fail "$record could not be written"
}

make_base() {
    [ -d "$etc" ] && return 0
    mkdir -p "$etc" || fail "$etc could not be made"
    chmod "$dir_mode" "$etc"
}

# --- files ------------------------------------------------------------------------------------------------

# about PATH: mode, owner and group, as "drwxr-xr-x 0 0"
about() {
    # shellcheck disable=SC2012 # stat has no options that all systems know
    ls -ldn "$1" 2>/dev/null | {
        read -r kind _ owner group _
        printf '%s %s %s\n' "${kind%[.+]}" "$owner" "$group" # a mark of SELinux or of an ACL
    }
}

is_safe() { # PATH: nobody but its owner may write, and that is root (or us, without root)
    told=$(about "$1")
    case $told in
    ?????w* | ????????w*) return 1 ;;
    *" $me "*) return 0 ;;
    esac
    return 1
}

# make_dir PATH MODE: with the folders above it; those that we make are taken away again
make_dir() {
    [ -d "$1" ] && return 0
    [ -d "${1%/*}" ] || [ -z "${1%/*}" ] || make_dir "${1%/*}" 755
    remember dir "$1"
    mkdir "$1" && chmod "$2" "$1" || fail "$1 could not be made"
    relabel "$1"
}

# holds PATH: whether the file has exactly the text that comes in
holds() {
    wanted=$(cat && echo x)
    [ -f "$1" ] && [ ! -L "$1" ] && [ "$(cat "$1" && echo x)" = "$wanted" ]
}

# put PATH MODE: the text that comes in becomes the file, in one step
put() {
    new=${1%/*}/.relaytray-new.$$
    rm -f "$new"
    cat >"$new" && chmod "$2" "$new" && mv -f "$new" "$1" || {
        rm -f "$new"
        fail "$1 could not be written"
    }
    relabel "$1"
}

# Where SELinux is used, what sshd runs has to be labelled as the folder that it lies in.
relabel() {
    if command -v restorecon >/dev/null 2>&1; then restorecon "$1" >/dev/null 2>&1; fi
    return 0
}

take_dirs() { # PREFIX: the folders below it that we made, if they are empty
    values "$record" dir | sort -r | while IFS= read -r made; do
        case $made in
        "$1" | "$1"/*) if [ -d "$made" ]; then rmdir "$made" 2>/dev/null; fi ;;
        esac
    done
    return 0
}

# --- one at a time ------------------------------------------------------------------------------------------

# The same lock as that of the permissions; one whose holder died is taken away.
lock() {
    make_base
    tries=0
    until mkdir "$etc/lock" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 5 ] && [ ! -d "$etc/lock" ]; then # the disk is full, or may not be written to
            fail "$etc could not be written"
        elif [ "$tries" -gt 5 ] && ! is_held; then
            mv "$etc/lock" "$etc/lock.$$" 2>/dev/null && rm -rf "$etc/lock.$$"
        elif [ "$tries" -gt 60 ]; then
            fail "another set-up of this machine is at work"
        fi
        sleep 0.5 2>/dev/null || sleep 1
    done
    printf 'pid=%s\nborn=%s\n' $$ "$(born $$)" >"$etc/lock/pid"
    trap unlock EXIT
    trap 'exit 1' HUP INT TERM
}

# born PID: when that process began, as the kernel counts; with its number that names it for good
born() {
    stat=''
    { read -r stat <"$proc/$1/stat"; } 2>/dev/null
    # shellcheck disable=SC2086 # these are words
    set -- ${stat##*) }
    printf '%s' "${20-}"
}

# The lock lies on the disk: after a restart of the machine its holder's number is another process's.
is_held() {
    holder=$(values "$etc/lock/pid" pid)
    since=$(values "$etc/lock/pid" born)
    if [ -z "$holder" ]; then # killed before it could say so, or the disk was full
        [ "$tries" -le 20 ]
        return
    fi
    kill -0 "$holder" 2>/dev/null && { [ -z "$since" ] || [ "$(born "$holder")" = "$since" ]; }
}

unlock() {
    rm -rf "$etc/lock"
    if [ ! -f "$record" ]; then
        rmdir "$etc" 2>/dev/null
        [ "$mode" = system ] || rmdir "$base" 2>/dev/null
    fi
    return 0
}

# --- processes ----------------------------------------------------------------------------------------------

proc_value() { # PID NAME: of /proc/PID/status
    while read -r name value _; do
        if [ "$name" = "$2:" ]; then
            printf '%s\n' "$value"
            return 0
        fi
    done 2>/dev/null <"$proc/$1/status"
    return 1
}

# end_processes UID: all of them, and wait until they are gone
end_processes() {
    rounds=0
    while [ "$rounds" -lt 50 ]; do
        found=''
        for folder in "$proc"/[0-9]*; do
            pid=${folder##*/}
            [ "$(proc_value "$pid" Uid)" = "$1" ] || continue
            case $(proc_value "$pid" State) in
            Z) continue ;;
            esac
            found=yes
            kill -KILL "$pid" 2>/dev/null
        done
        [ "$found" ] || return 0
        rounds=$((rounds + 1))
        sleep 0.1 2>/dev/null || sleep 1
    done
    return 1
}
